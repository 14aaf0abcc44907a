# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines over an x axis: one per series, with its interval as a band; the second metric, if there is
# one, dashed on the right axis. Arguments: see style.gp, and behind them the x axis's scale ("linear",
# "log", or "category": names, one after the other) and the left axis's ("linear", "log").

x_scale = ARG8
y_log = (ARG9 eq "log")
here = substr(ARG0, 1, strlen(ARG0) - strlen("lines.gp"))
mark2 = "╌"
call here."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5 ARG6 ARG7

set style fill transparent solid 0.18 noborder
set offsets graph 0.03, graph 0.03, 0, 0

is_category = (x_scale eq "category")
at(s) = is_category ? x(s) : real(s)
# Of a curve of many points neither each tick nor each point is wanted.
is_curve = !is_category && n_x > 24
if (!is_curve) {
	set xtics (X[1] at(X[1]))
	do for [i = 2 : n_x] { set xtics add (X[i] at(X[i])) }
}
point_size = (is_curve ? 0 : 0.9)
if (is_category) { set xrange [0.5 : n_x + 0.5] }
if (x_scale eq "log") { set logscale x }
if (y_log) {
	set yrange [*:*]
	set logscale y
}

# gnuplot has no loop of no turns in a plot command: the second lines are left out as a whole.
SECOND = !two ? '' : ', \
	for [i = 1 : n_series] csv using (at(strcol("x"))):(of(i, 2, "median")) \
		axes x1y2 with linespoints linecolor rgb colour(i) linewidth 1.2 dashtype 2 \
		pointtype mark(i) pointsize 0.6 notitle'

plot for [i = 1 : n_series] csv using (at(strcol("x"))):(of(i, 1, "low")):(of(i, 1, "high")) \
		with filledcurves linecolor rgb colour(i) notitle, \
	for [i = 1 : n_series] csv using (at(strcol("x"))):(of(i, 1, "median")) \
		with linespoints linecolor rgb colour(i) linewidth 2 pointtype mark(i) \
		pointsize point_size title SERIES[i] @SECOND
