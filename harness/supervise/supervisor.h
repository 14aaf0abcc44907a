/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor of a system that is up: finds out that a driver VM has failed, and has it
 * replaced by a strategy (a file of this folder each), while whoever uses the system goes on. It
 * works while the program waits on the loop: what it does is told by supervisor_recovery().
 *
 * It watches all VMs that have a device which is exported to another by a link, and no others.
 */
#ifndef DRIVERVM_SUPERVISE_SUPERVISOR_H
#define DRIVERVM_SUPERVISE_SUPERVISOR_H

#include "core/loop.h"
#include "system/system.h"

struct supervisor;

/* How a failure was found out. */
enum detector {
	DETECT_EXIT, /* its QEMU has ended, which a guest's panic and a power-off come to */
	DETECT_HANG, /* its side of the link beats no more, though the host let it run */
	DETECT_STUCK, /* it beats, but takes no requests, or answers none, that wait for it */
	DETECT_VIOLATION, /* what it writes to the link makes no sense, again and again */
	DETECT_MISMATCH, /* the client says that its work is wrong: data are not what they were */
	DETECT_ASKED, /* supervisor_replace() */
};

/* What happens in a recovery, in this order. */
enum recovery_phase {
	RECOVERY_FAULT, /* the fault was injected, if supervisor_fault() said when */
	RECOVERY_DETECTED,
	RECOVERY_ISOLATED, /* the VM that failed runs no more */
	RECOVERY_RUNNING, /* the one that takes its place runs */
	RECOVERY_DRIVER, /* its driver has the device, its translation module serves it */
	RECOVERY_LINK, /* the link's session is up */
	RECOVERY_ANSWERED, /* something has come back over it */
	RECOVERY_PHASES
};

struct recovery {
	const char *vm; /* its name; borrowed from the system */
	const char *strategy; /* static */
	enum detector detector;
	uint64_t at_us[RECOVERY_PHASES]; /* CLOCK_MONOTONIC; 0: not reached, or not known */
	unsigned int attempt; /* 1: the first; more: it failed again before it was well */
	bool over; /* nothing more will come of it */
	int err; /* over: 0, or why it did not succeed */
	bool given_up; /* over: it will not be tried again; the client is told */
};

struct supervise_options {
	const char *strategy; /* a name of supervise/; required */
	unsigned int hang_ms; /* silence that is a hang; 0: SUPERVISE_HANG_MS */
	unsigned int stuck_ms; /* without progress; 0: SUPERVISE_STUCK_MS */
	unsigned int attempts; /* to recover a VM that keeps failing; 0: SUPERVISE_ATTEMPTS */
};

#define SUPERVISE_HANG_MS 350
#define SUPERVISE_STUCK_MS 3000
#define SUPERVISE_ATTEMPTS 5

/* Is there such a strategy? */
bool supervise_strategy_known(const char *name);
/* How driver VMs have to be brought up for it. */
enum vm_origin supervise_strategy_origin(const char *name);

/*
 * Begins to watch @sys, which was brought up as supervise_strategy_origin() says; makes what the
 * strategy keeps ready. 0 or a negative errno, reported.
 */
int supervisor_open(struct supervisor **out, struct loop *loop, struct system *sys,
		    const struct supervise_options *opt);
/* Ends recoveries that are under way, at once. NULL is allowed. Before system_down(). */
void supervisor_close(struct supervisor *s);

/* From now on, until it is told otherwise: failures are only noted, nothing is replaced. */
void supervisor_pause(struct supervisor *s, bool pause);
/* A fault was injected into VM @vm at @when_us: its next recovery, if any, began then. */
void supervisor_fault(struct supervisor *s, const char *vm, uint64_t when_us);
/* Has VM @vm replaced, whatever its state, as if it had failed. Returns at once: 0 or -ENOENT. */
int supervisor_replace(struct supervisor *s, const char *vm);
/*
 * Waits until no VM is being recovered, what a strategy keeps ready is there again, and all links
 * are up. 0, -ETIMEDOUT, -EINTR; -EIO: a VM was given up.
 */
int supervisor_settle(struct supervisor *s, uint64_t timeout_us);

/* How many recoveries there have been so far. @s NULL: none. */
size_t supervisor_n_recoveries(const struct supervisor *s);
/* Recovery @i, the first being 0; those that are not over grow. NULL: there are not so many. */
const struct recovery *supervisor_recovery(const struct supervisor *s, size_t i);

/* "exit", "hang", ...; "fault", "detected", ... */
const char *detector_text(enum detector d);
const char *recovery_phase_text(enum recovery_phase phase);

#endif
