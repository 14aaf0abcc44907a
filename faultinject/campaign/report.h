/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a campaign: report.html and report.md in its folder. */
#ifndef DRIVERVM_CAMPAIGN_REPORT_H
#define DRIVERVM_CAMPAIGN_REPORT_H

/* Writes or replaces it from what lies in the folder. 0 or a negative errno, reported. */
int campaign_report_write(const char *dir);

#endif
