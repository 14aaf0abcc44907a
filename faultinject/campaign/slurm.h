/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Campaigns on a cluster: a batch script for Slurm. */
#ifndef DRIVERVM_CAMPAIGN_SLURM_H
#define DRIVERVM_CAMPAIGN_SLURM_H

#include <stdio.h>

#include "faultinject/campaign/inject.h"

/* Shares, unless it is said how many. */
#define SLURM_SHARDS 8

/*
 * Prints a script that carries out @run, prepared with @o, as a job array of @shards shares with
 * one core each, and says how to unite them. A share that is started again goes on where it was.
 */
void slurm_print(const struct campaign_run *run, const struct inject_options *o,
		 unsigned int shards, FILE *out);

#endif
