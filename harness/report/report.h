/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report of a run: plots/ (figures as SVG and PDF, their numbers as CSV), report.html and
 * report.md, written into the run's folder from what lies there.
 */
#ifndef DRIVERVM_REPORT_REPORT_H
#define DRIVERVM_REPORT_REPORT_H

/*
 * Writes or replaces the report of the run in @run_dir. A figure that cannot be drawn (no gnuplot,
 * no samples) is replaced by the reason. Returns 0 or a negative errno, reported.
 */
int report_write(const char *run_dir);

#endif
