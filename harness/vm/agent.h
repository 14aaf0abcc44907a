/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of the guest agent's protocol (vm-images/agent/protocol.h): frames, requests by
 * id, events. The guest is taken for hostile: whatever it sends, memory here stays bounded, no
 * wait loses its deadline, and nothing it says reaches a terminal unfiltered.
 */
#ifndef DRIVERVM_VM_AGENT_H
#define DRIVERVM_VM_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/protocol.h"
#include "core/loop.h"

/* Output kept of one request; what comes after is dropped, with a warning. */
#define AGENT_OUTPUT_MAX (4u << 20)
/* Requests that may be open (unfinished, or finished and not forgotten) at once. */
#define AGENT_REQUESTS_MAX 256

struct agent;

/* What has come back for a request. */
struct agent_reply {
	bool done; /* the fields below are final */
	int err; /* 0, or why there is no exit: the guest's errno, -EPIPE, -EPROTO */
	struct ddag_exit exit; /* valid if done and no err; status is 0 to 255 */
	char *output; /* NUL-terminated, never NULL; with err, the guest's message */
	size_t output_len;
};

/* Takes over @fd, in any case. @name: the VM's, for messages; borrowed. */
int agent_open(struct agent **agent, struct loop *loop, int fd, const char *name);
/* NULL is allowed. */
void agent_free(struct agent *agent);

/* Has the agent said hello, in our version of the protocol? */
bool agent_ready(const struct agent *agent);
/* 0 while the connection stands, else -EPIPE (the guest is gone) or -EPROTO (it broke the rules).
 */
int agent_error(const struct agent *agent);
/* CLOCK_MONOTONIC, microseconds; 0: not yet. */
uint64_t agent_hello_us(const struct agent *agent);
uint64_t agent_last_heard_us(const struct agent *agent);
/* NULL before the first one. */
const struct ddag_heartbeat *agent_heartbeat(const struct agent *agent);

/*
 * Sends a request. Returns its id (> 0), or a negative errno: -EPIPE, -EMSGSIZE (payload too
 * long), -EBUSY (too many requests open), -ENOBUFS (the guest does not read).
 */
int agent_send(struct agent *agent, enum ddag_type type, const void *payload, size_t len);
/*
 * Makes a guest that was restored from a template, whose agent has said its hello long ago, a
 * machine of its own, called @hostname (see DDAG_ADOPT); after that the agent is ready. 0,
 * -ETIMEDOUT, -EINTR, -EPIPE, or the guest's errno.
 */
int agent_adopt(struct agent *agent, const char *hostname, uint64_t timeout_us);
/* The guest is started anew: what was asked of it is lost (-EPIPE), and it will say hello again. */
void agent_restart(struct agent *agent);
/* What has come back so far; NULL for an id that is not open. Valid until agent_forget(). */
const struct agent_reply *agent_reply(const struct agent *agent, int id);
/* Waits for the end: 0 (then reply->done), -ETIMEDOUT, -EINTR, -ENOENT (no such id). */
int agent_wait(struct agent *agent, int id, uint64_t timeout_us);
/* Ends interest in a request, finished or not. */
void agent_forget(struct agent *agent, int id);

#endif
