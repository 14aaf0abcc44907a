# SPDX-License-Identifier: GPL-2.0-or-later
#
# Grouped bars of the first metric on the left axis and, if there is a second (what the first one
# cost, in CPU), marks for it on the right axis: both in one figure, because neither means much
# without the other. Whiskers are intervals. Arguments: see lines.gp; the x axis
# is always of names.

here = substr(ARG0, 1, strlen(ARG0) - strlen("bars.gp"))
mark2 = "◆"
call here."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5 ARG6 ARG7

slot = (n_series > 3 ? 0.8 / n_series : 0.26)
bar_x(i) = x(strcol("x")) + (i - (n_series + 1) / 2.0) * slot
# Beside the bar's middle, so that the whiskers of both stay apart.
mark_x(i) = bar_x(i) + slot * 0.22

set xrange [0.5 : n_x + 0.5]
set xtics scale 0 ("" 1)
do for [i = 1 : n_x] { set xtics add (X[i] i) }
if (ARG9 eq "log") {
	set yrange [*:*]
	set logscale y
}
set boxwidth slot * 0.92
set style fill solid 1.0 border rgb PAPER

# gnuplot has no loop of no turns in a plot command: the marks are left out as a whole.
MARKS = !two ? '' : ', \
	for [i = 1 : n_series] csv \
		using (mark_x(i)):(of(i, 2, "low")):(0):(of(i, 2, "high") - of(i, 2, "low")) \
		axes x1y2 with vectors arrowstyle 1 notitle, \
	for [i = 1 : n_series] csv using (mark_x(i)):(of(i, 2, "median")) \
		axes x1y2 with points pointtype 13 pointsize 1.5 linecolor rgb PAPER notitle, \
	for [i = 1 : n_series] csv using (mark_x(i)):(of(i, 2, "median")) \
		axes x1y2 with points pointtype 13 pointsize 1.0 linecolor rgb INK notitle'

plot for [i = 1 : n_series] csv using (bar_x(i)):(of(i, 1, "median")) \
		with boxes linecolor rgb colour(i) title SERIES[i], \
	for [i = 1 : n_series] csv \
		using (bar_x(i)):(of(i, 1, "low")):(0):(of(i, 1, "high") - of(i, 1, "low")) \
		with vectors arrowstyle 1 notitle @MARKS
