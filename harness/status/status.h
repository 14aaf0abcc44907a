/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process that has a system up tells of it (`drivervm top`): a socket in its runtime folder.
 * Whoever connects gets one line of JSON, and the socket is closed. Nothing runs while nobody asks,
 * and no guest notices that somebody does: agents are not asked, links' memory is only read.
 *
 * The line is an object. Times are microseconds (_us), memory is bytes; counts run from the start
 * of whatever they are of, and who wants rates asks twice.
 *
 *	system, pid, accel	the system's name, who has it up, "kvm" or "tcg"
 *	now_us, up_since_us	CLOCK_MONOTONIC
 *	processors, busy_us	the host's, and the CPU time it has spent since its boot
 *	self			cpu_us, rss, own of the process that has it up
 *	vms			an array of
 *	  name, role		role: "client", "driver" or "remote"
 *	  alive, ready, pid	ready: its agent has answered; no pid if it is not alive
 *	  heard_us		when its agent was last heard
 *	  vcpus, memory		that it was promised
 *	  cpu_us, rss, own	of its QEMU; own: not shared with files (a template's) or others
 *	  guest			busy_us, uptime_us, memory, available: the last heartbeat, as the
 *				guest claims it; missing before the first
 *	devices			an array of
 *	  name, class, driver
 *	  vm, user		who has the hardware, and who uses it (missing: the same)
 *	  via			"link", "stock" or "none"
 *	  link			for "link":
 *	    up, server, client	server, client: "gone", "garbage", "waiting" or "up"
 *	    sessions		both sides' numbers; other numbers, other counts
 *	    passed		bytes that have passed the rings [to server, to client], modulo 2^32
 *	    record		bytes of each record in those rings; 0: they differ, as frames do
 */
#ifndef DRIVERVM_STATUS_STATUS_H
#define DRIVERVM_STATUS_STATUS_H

#include <jansson.h>

#include "core/loop.h"
#include "system/system.h"

/* Of the socket, in a runtime folder. */
#define STATUS_SOCKET "status"

struct status;

/* Tells of @sys, which is up, in @dir until closed. 0 or a negative errno, reported. */
int status_open(struct status **st, struct loop *loop, struct system *sys, const char *dir);
/* Before system_down(). NULL is allowed. */
void status_close(struct status *st);

/* What is told; a new reference. @up_since_us: see above. */
json_t *status_tell(struct system *sys, uint64_t up_since_us);

/*
 * Asks process @pid. 0 and a new reference in *@answer; -ENOENT or -ECONNREFUSED: it has no system
 * up; -EPROTO: that was no answer; -ETIMEDOUT and others. Silently.
 */
int status_ask(pid_t pid, json_t **answer);

#endif
