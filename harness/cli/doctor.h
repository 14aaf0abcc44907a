/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `drivervm doctor` looks at: tables of checks, one file doctor-GROUP.c per group. A check
 * changes nothing on the host.
 */
#ifndef DRIVERVM_CLI_DOCTOR_H
#define DRIVERVM_CLI_DOCTOR_H

#include "core/loop.h"
#include "core/util.h"

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_LIMITED, /* experiments run, but something is lost */
	DOCTOR_MISSING, /* no experiment can run */
};

struct doctor_finding {
	enum doctor_state state;
	char *found; /* one line; owned; set by doctor_found() */
	const char *cost; /* what the lack costs, and its remedy; NULL if state is DOCTOR_OK */
};

struct doctor_check {
	const char *what; /* NULL ends a table */
	/* Fills @f by one call of doctor_found(). */
	void (*run)(const struct doctor_check *check, struct loop *loop, struct doctor_finding *f);
	/* For checks that share a function. */
	const char *arg;
	const char *cost;
	enum doctor_state if_missing;
};

extern const struct doctor_check doctor_vm_checks[];
extern const struct doctor_check doctor_host_checks[];
extern const struct doctor_check doctor_net_checks[];
extern const struct doctor_check doctor_tool_checks[];

/* @cost is dropped if @state is DOCTOR_OK. */
void doctor_found(struct doctor_finding *f, enum doctor_state state, const char *cost,
		  const char *fmt, ...) __printf(4, 5);

#endif
