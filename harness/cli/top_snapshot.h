/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `drivervm top` knows of a system: one answer (status/status.h), and rates from two. */
#ifndef DRIVERVM_CLI_TOP_SNAPSHOT_H
#define DRIVERVM_CLI_TOP_SNAPSHOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A rate that is not known: nothing to compare with, or what is compared is not the same. */
#define TOP_UNKNOWN (-1.0)

enum top_role {
	TOP_CLIENT,
	TOP_DRIVER_VM,
	TOP_REMOTE,
	TOP_ROLES,
};

/* Strings here are the answer's. */
struct top_vm {
	const char *name;
	enum top_role role;
	bool alive, ready;
	int pid; /* 0: it is not alive */
	int64_t silent_us; /* since its agent was last heard */
	int64_t memory; /* promised */
	int64_t cpu_us, rss, own;
	int64_t guest_busy_us, guest_uptime_us; /* uptime 0: it has said nothing */
	double cpu; /* of its QEMU; 1 is one processor; or TOP_UNKNOWN */
	double guest_cpu; /* as the guest counts it, likewise */
	double rate; /* bytes/s in both rings of all links that it drives; 0 where unknown */
};

struct top_device {
	const char *name, *driver, *vm, *via;
	bool linked; /* the rest is valid */
	bool up;
	const char *side[2]; /* by role: "gone", "garbage", "waiting", "up" */
	int64_t sessions[2];
	uint32_t passed[2]; /* by ring */
	int64_t record[2]; /* 0: not all of one size */
	double rate[2]; /* bytes/s, or TOP_UNKNOWN */
};

struct top_snapshot {
	json_t *answer; /* owned */
	const char *system, *accel;
	int pid;
	int processors;
	int64_t now_us, up_since_us;
	int64_t busy_us; /* of the machine; 0: not known */
	int64_t self_cpu_us, self_rss, self_own;
	double machine_cpu, self_cpu; /* 1 is one processor; or TOP_UNKNOWN */
	struct top_vm *vms;
	size_t n_vms;
	struct top_device *devices;
	size_t n_devices;
};

/*
 * Makes a snapshot of @answer, whose reference is stolen in any case, with all rates unknown. 0; or
 * -EPROTO, silently: the answer is not what it should be.
 */
int top_snapshot_new(struct top_snapshot **s, json_t *answer);
/* NULL is allowed. */
void top_snapshot_free(struct top_snapshot *s);
/* Fills the rates of @s from an earlier one. NULL, or one of another system: they stay unknown. */
void top_snapshot_rates(struct top_snapshot *s, const struct top_snapshot *before);

#endif
