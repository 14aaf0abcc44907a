/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What inject and merge do once the records are there. */
#ifndef DRIVERVM_CLI_FINISH_CAMPAIGN_H
#define DRIVERVM_CLI_FINISH_CAMPAIGN_H

/*
 * Judges the claims of the campaign's folder @dir, writes the report, says where it is and what
 * came of the trials. Returns the verb's exit status.
 */
int finish_campaign(const char *dir);

#endif
