/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one iteration gave: the workload's samples and the meters' readings, collected first and
 * recorded together; and what follows from both.
 */
#ifndef DRIVERVM_EXPERIMENT_READINGS_H
#define DRIVERVM_EXPERIMENT_READINGS_H

#include <stddef.h>

struct workload_sample;

struct reading {
	char metric[64];
	char unit[16];
	double value;
	char vm[64]; /* "" if the reading is of no VM */
	char thread[16];
	char device[64]; /* "" if it is of no device */
	char phase[16]; /* of a recovery; "" if it is of none */
	char t[32]; /* of a point of a curve, milliseconds; "" if it is none */
};

struct readings {
	struct reading *v;
	size_t n, room;
};

/* Not finite ones are left out. */
void readings_add(struct readings *r, const char *metric, const char *unit, double value,
		  const char *vm, const char *thread);
/* The same, of a phase of recoveries. */
void readings_add_phase(struct readings *r, const char *phase, const char *metric, const char *unit,
			double value);
/* What a workload measured. */
void readings_add_sample(struct readings *r, const struct workload_sample *sample);
/* A copy of one. */
void readings_keep(struct readings *r, const struct reading *reading);
/* NULL: there is none, of no device, phase or curve. @vm and @thread may be "". */
const struct reading *readings_find(const struct readings *r, const char *metric, const char *vm,
				    const char *thread);
void readings_free(struct readings *r);

/*
 * Adds, where there is what they follow from:
 * - cpu_load (unit 1): cores that the parts of the system kept busy: its VMs, the peer and the
 *   orchestrator, and not what else the host did, nor a remote machine (SYSTEM_REMOTE);
 * - host_load (1): cores that the whole host kept busy; what is above cpu_load disturbed;
 * - cpu_per_mib (s/MiB): CPU time of the parts per MiB that the workload says it transferred (its
 *   sample "transferred", unit B);
 * - part_cpu_per_mib (s/MiB, with vm): the same, each part by itself;
 * - cpu_share (1): CPU time of the parts as a share of what the machine's @cores have;
 * - driver_vm_cpu_share (1): the same of one driver VM, which is any but the client and the remote
 *   machine: the mean of all;
 * - pss_sum (B): memory of all VMs but the remote machine; driver_vm_pss (B): of one driver VM, the
 *   mean of all;
 * - orchestrator_load (1), orchestrator_rss (B): cores that the orchestrator kept busy, without its
 *   meters, and its memory.
 */
void readings_derive(struct readings *r, unsigned int cores);
/*
 * Adds, for each metric of VMs whose names differ by a number only (dd0, dd1, ...), their mean,
 * with vm "dd*"; and if there are more than a handful of them, leaves out the single ones, but for
 * "cpu" of the whole VM and "pss".
 */
void readings_fold(struct readings *r);

#endif
