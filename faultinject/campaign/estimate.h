/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a campaign will take, about. */
#ifndef DRIVERVM_CAMPAIGN_ESTIMATE_H
#define DRIVERVM_CAMPAIGN_ESTIMATE_H

#include "faultinject/campaign/run.h"

/* What one trial takes, seconds: the mean over its targets, once the campaign is checked. */
double trial_seconds(const struct campaign *c);
/* What those trials of @run take that are not done yet, given that @done are. */
double run_seconds(const struct campaign_run *run, size_t done);
/* How many trials are the run's. */
size_t run_n_trials(const struct campaign_run *run);

#endif
