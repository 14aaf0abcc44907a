/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Uniting the runs of a campaign's shares. */
#ifndef DRIVERVM_CAMPAIGN_MERGE_H
#define DRIVERVM_CAMPAIGN_MERGE_H

#include <stddef.h>

/*
 * Unites the runs @names, which must be of the same campaign, seed and length, in a new folder
 * results/NAME (NULL: the date). A trial that several of them have is taken from the first that
 * could carry it out. *@dir receives the folder, to be freed. 0; -EINVAL, -ENOENT, -EEXIST or
 * another negative errno, reported: nothing is made then.
 */
int merge_runs(char **dir, char *const *names, size_t n, const char *name);

#endif
