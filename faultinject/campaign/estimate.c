// SPDX-License-Identifier: GPL-2.0-or-later
/* How long a campaign will take, about: rather too long than too short. */
#include "faultinject/campaign/estimate.h"

/* Beside watching: starting the load, looking at the client, replacing the driver VM. */
#define AROUND_SECONDS 2.5
/* Bringing a client up anew, as is done after each trial that struck its own driver. */
#define BOOT_SECONDS 8.0
/* Bringing a target up, and measuring what it does without a fault. */
#define UP_SECONDS 15.0

double trial_seconds(const struct campaign *c)
{
	double all = 0, booted = 0;
	unsigned int i;

	for (i = 0; i < c->n_used; i++) {
		double share = 1.0 / c->targets[i].every;

		all += share;
		booted += c->targets[i].replaceable ? 0 : share;
	}
	return AROUND_SECONDS + c->watch_ms / 1000.0 + BOOT_SECONDS * booted / all;
}

size_t run_n_trials(const struct campaign_run *run)
{
	size_t n = campaign_n_trials(run->campaign);

	if (run->single)
		return run->trial < n;
	return n / run->shards + (run->shard < n % run->shards);
}

double run_seconds(const struct campaign_run *run, size_t done)
{
	size_t left = run_n_trials(run) - done;

	return (double)left * trial_seconds(run->campaign) / run->jobs +
	       run->campaign->n_used * UP_SECONDS;
}
