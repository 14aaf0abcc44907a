# SPDX-License-Identifier: GPL-2.0-or-later
#
# The one style of all figures, and what their scripts share. A script is called as
#
#	gnuplot -c KIND.gp CSV OUTPUT X_LABEL Y_LABEL Y_SCALE [Y2_LABEL Y2_SCALE]
#
# CSV has the columns x, series, metric, unit, median, low, high, n; rows stand in the order in
# which things are to be drawn; one without numbers (n is 0) was not measured. Values are multiplied by the scale to fit the label's unit (a plain
# decimal: gnuplot takes no exponent in an argument). The output's name ends in .svg or .pdf.
# Labels come as arguments, never as gnuplot text, so that nothing in a description is evaluated.

set encoding utf8
set datafile separator comma
set datafile missing NaN
set key autotitle columnheader

csv = ARG1
y_scale = real(ARG5)
y2_label = ARG6
y2_scale = (y2_label eq "" ? 1.0 : real(ARG7))
is_pdf = (substr(ARG2, strlen(ARG2) - 3, strlen(ARG2)) eq ".pdf")

if (is_pdf) {
	set terminal pdfcairo noenhanced size 16cm,8.6cm font "DejaVu Sans,10" rounded linewidth 1
} else {
	set terminal svg noenhanced size 600,340 dynamic background "#ffffff" \
		font "sans-serif,13" rounded linewidth 1
}
set output ARG2

# Okabe and Ito's palette, safe for colour-blind readers, in an order that also steps in grey.
array COLOUR[6] = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"]
colour(i) = COLOUR[(i - 1) % 6 + 1]
array MARK[6] = [7, 9, 5, 13, 11, 15]
mark(i) = MARK[(i - 1) % 6 + 1]
INK = "#222222"
PAPER = "#ffffff"
FAINT = "#c8c8c8"

set border 3 linecolor rgb INK linewidth 1
set tics nomirror out scale 0.6 textcolor rgb INK
set grid ytics back linecolor rgb FAINT linewidth 0.6 dashtype solid
set key above left horizontal Left reverse samplen 1.6 width 1 maxrows 1 textcolor rgb INK
set xlabel ARG3 textcolor rgb INK
set ylabel ARG4 textcolor rgb INK
set yrange [0:*]
set lmargin 11
# Intervals: vectors with flat heads, for the whiskers of gnuplot's error bars cut into what is
# drawn beneath them.
set style arrow 1 heads size screen 0.005,90 linewidth 1.2 linecolor rgb INK

# The distinct values of a column, numbered in the order in which they come. The arrays are filled
# by passing over the data once (see_all in each script does so by `stats`).
array SERIES[64]
array X[256]
array METRIC[16]
n_series = 0
n_x = 0
n_metrics = 0
find_series(s, i) = i > n_series ? 0 : (SERIES[i] eq s ? i : find_series(s, i + 1))
# A curve has 250 of these, one more than functions may call themselves: 16 at a time.
find_x_to(s, i, last) = i > last ? 0 : (X[i] eq s ? i : find_x_to(s, i + 1, last))
find_x(s, i) = i > n_x ? 0 : ((found = find_x_to(s, i, i + 15 < n_x ? i + 15 : n_x)) ? found : find_x(s, i + 16))
find_metric(s, i) = i > n_metrics ? 0 : (METRIC[i] eq s ? i : find_metric(s, i + 1))
series(s) = find_series(s, 1)
x(s) = find_x(s, 1)
metric(s) = find_metric(s, 1)
see_series(s) = series(s) ? 0 : (n_series = n_series + 1, SERIES[n_series] = s, 0)
see_x(s) = x(s) ? 0 : (n_x = n_x + 1, X[n_x] = s, 0)
see_metric(s) = metric(s) ? 0 : (n_metrics = n_metrics + 1, METRIC[n_metrics] = s, 0)
see(a, b, c) = (see_x(a), see_series(b), see_metric(c), 0)
stats csv using (see(strcol("x"), strcol("series"), strcol("metric"))) nooutput

# A column of the current row, scaled, if the row belongs to series i and metric m, else nothing.
is(i, m) = (series(strcol("series")) == i && metric(strcol("metric")) == m)
of(i, m, name) = is(i, m) ? column(name) * (m == 1 ? y_scale : y2_scale) : NaN

# The right axis, if there is a second metric. Its label begins with its mark, which the script
# names, so that it needs no key.
two = (n_metrics > 1)
if (two) {
	set border 11
	set y2label mark2." ".y2_label textcolor rgb INK
	set y2tics nomirror
	set y2range [0:*]
	set rmargin 11
}
