# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines over a numeric x axis: one per series, with its interval as a band; the second metric, if
# there is one, dashed on the right axis. Arguments: see style.gp.

here = substr(ARG0, 1, strlen(ARG0) - strlen("lines.gp"))
mark2 = "╌"
call here."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5 ARG6 ARG7

set style fill transparent solid 0.18 noborder
set offsets graph 0.03, graph 0.03, 0, 0

# gnuplot has no loop of no turns in a plot command: the second lines are left out as a whole.
SECOND = !two ? '' : ', \
	for [i = 1 : n_series] csv using "x":(of(i, 2, "median")) \
		axes x1y2 with linespoints linecolor rgb colour(i) linewidth 1.2 dashtype 2 \
		pointtype mark(i) pointsize 0.6 notitle'

plot for [i = 1 : n_series] csv using "x":(of(i, 1, "low")):(of(i, 1, "high")) \
		with filledcurves linecolor rgb colour(i) notitle, \
	for [i = 1 : n_series] csv using "x":(of(i, 1, "median")) \
		with linespoints linecolor rgb colour(i) linewidth 2 pointtype mark(i) \
		pointsize 0.9 title SERIES[i] @SECOND
