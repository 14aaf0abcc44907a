/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workers of a campaign: started, given trials, and replaced when one dies. */
#ifndef DRIVERVM_CAMPAIGN_POOL_H
#define DRIVERVM_CAMPAIGN_POOL_H

#include "core/loop.h"
#include "faultinject/campaign/run.h"
#include "faultinject/campaign/store.h"

/* So many trials one after the other without a result: something is wrong with the host. */
#define POOL_FAILURES_MAX 6

/*
 * Carries out those trials of @run that @records do not have: each record is appended to the
 * file, and added to @records, as soon as it is there. Returns 0, -EINTR (the user interrupted;
 * what was under way has no record), or a negative errno, reported, after which the rest can be
 * resumed: -EIO (POOL_FAILURES_MAX), -ENOSPC and the like (no record can be written).
 */
int pool_run(struct loop *loop, const struct campaign_run *run, struct records *records);

#endif
