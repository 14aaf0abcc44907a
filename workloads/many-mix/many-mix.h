/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the plugin many-mix: its devices, the load that fio puts on them, what came of it.
 */
#ifndef DRIVERVM_WORKLOADS_MANY_MIX_H
#define DRIVERVM_WORKLOADS_MANY_MIX_H

#include <stdint.h>
#include <jansson.h>

#include "drivervm_workload.h"

#define MIX_DEVICES_MAX 256

enum mix_kind { MIX_DISK, MIX_CARD, MIX_KINDS };

/* A device, and what it carried in the iteration. */
struct mix_job {
	enum mix_kind kind;
	char name[64];
	char target[64]; /* its file, or the peer's address on its network */
	unsigned int port; /* cards: where the peer answers */
	double requests;
};

struct mix {
	struct mix_job *jobs; /* all disks before all cards */
	size_t n;
	size_t n_of[MIX_KINDS];
};

/* Bytes of one request of such a device, as the options say. */
uint64_t mix_request_bytes(struct drivervm_env *env, enum mix_kind kind);
/* Requests a second of one device, a whole one, for fio knows no others; 0: as many as it can. */
unsigned int mix_offered(struct drivervm_env *env, const struct mix *m);

/*
 * What answers at the peer, afresh for each iteration: it takes one connection. Gives the cards'
 * jobs their ports. A handle, to be stopped, or a negative errno, logged.
 */
int mix_start_peer(struct drivervm_env *env, struct mix *m);
/*
 * The load, from its beginning to its end. *@output is what fio printed, to be freed. Its exit
 * code, or a negative errno.
 */
int mix_drive(struct drivervm_env *env, const struct mix *m, char **output);

/* What the jobs carried, by what fio says of them, as samples. 0 or a negative errno, logged. */
int mix_give_samples(struct drivervm_env *env, struct mix *m, const json_t *jobs);

#endif
