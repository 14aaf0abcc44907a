/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A workload about to run or running. Internal to workload/ and its tests. */
#ifndef DRIVERVM_WORKLOAD_RUN_H
#define DRIVERVM_WORKLOAD_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include "workload/side.h"
#include "workload/workload.h"

struct workload_command {
	int handle; /* the side's */
	enum drivervm_side side;
	bool stopped;
	char *line; /* owned; for the log */
};

struct workload_run {
	const struct drivervm_workload *w;
	struct loop *loop;
	struct system *sys; /* borrowed; NULL in tests: nothing to check after an iteration */
	struct workload_side *side[2]; /* by enum drivervm_side; owned */
	char *address[2]; /* by enum drivervm_side; owned; NULL: no network */
	struct drivervm_env env;
	char **values; /* of the options, in their order; owned */
	size_t n_options;
	void *state; /* the plugin's */
	bool is_set_up;
	bool in_run; /* samples are taken */
	int broken; /* negative errno: the plugin broke the interface's rules in this call */
	struct workload_command *commands; /* left running; index + 1 is the plugin's handle */
	size_t n_commands;
	struct workload_sample *samples; /* of this iteration; their strings are owned */
	size_t n_samples;
	unsigned int next_port;
	FILE *log; /* NULL: none */
	uint64_t opened_us;
	char last_log[512];
};

/* What plugins call (ops.c). */
extern const struct drivervm_host_ops workload_host_ops;

/* A line in the log; it is workload_last_log() from then on. */
void workload_log(struct workload_run *run, const char *fmt, ...) __printf(2, 3);
/* The same for what is no reason of a failure: commands, outputs. */
void workload_note(struct workload_run *run, const char *fmt, ...) __printf(2, 3);
/* Kills the command of the plugin's @handle. 0 or -ENOENT. */
int workload_stop_command(struct workload_run *run, int handle);

/* workload_open() for sides at choice, which are owned from then on; addresses may be NULL. */
struct workload_run *workload_open_sides(const struct drivervm_workload *w, struct loop *loop,
					 struct workload_side *client, const char *client_address,
					 struct workload_side *peer, const char *peer_address,
					 const char *log_path);

#endif
