/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A link: one sealed memory region and its doorbells, between exactly one client and one driver VM,
 * served by the orchestrator. Each link has a server of its own, so that a driver VM reaches one
 * window into one client and nothing else. What lies in the memory is ddlink_layout.h's.
 */
#ifndef DRIVERVM_LINK_LINK_H
#define DRIVERVM_LINK_LINK_H

#include <stdbool.h>

#include "core/argv.h"
#include "core/loop.h"
#include "ddlink_layout.h"

struct link;

/* What a side of a link's shared memory shows. It may be anything: guests write it. */
enum link_side {
	LINK_SIDE_GONE, /* no VM has it, or its page is blank */
	LINK_SIDE_GARBAGE, /* its page is none of a side's */
	LINK_SIDE_WAITING, /* it is there, and not in a session with the other side */
	LINK_SIDE_UP,
};

/* A moment of a link, indexed by role and by ring (DDLINK_*). */
struct link_view {
	enum link_side sides[2];
	__u32 sessions[2]; /* the sides' numbers; rings count anew when one changes */
	__u32 passed[2]; /* bytes that have passed each ring, modulo 2^32; see ddlink_ring.h */
	__u32 waiting[2]; /* bytes in each ring that nobody has taken; may be nonsense */
	__u32 beats[2]; /* heartbeats of each side so far */
	enum ddlink_waits waits[2]; /* for the other side, when it last looked */
	__u32 complaints[2]; /* times that each side found the other's work wrong */
};

/*
 * A new link with its descriptor written. @name: of the device, as the client sees it; 1 to
 * DDLINK_NAME_MAX - 1 characters. Returns 0 or a negative errno, silently.
 */
int link_new(struct link **out, struct loop *loop, const char *name, enum ddlink_class class);
/* Frees it, and its memory once no VM has it. NULL is allowed. */
void link_free(struct link *l);
const char *link_name(const struct link *l);

/*
 * Connects a side (@role: DDLINK_SERVER, DDLINK_CLIENT): returns the socket to hand to its QEMU as
 * ivshmem's chardev, which the caller closes; or a negative errno. -EBUSY: the side is connected;
 * it is no more when its QEMU has ended, and another can take its place.
 */
int link_attach(struct link *l, unsigned int role);
/*
 * The same, but waits for a QEMU that has ended to let go of its side. -ETIMEDOUT: it did not;
 * -EINTR.
 */
int link_wait_attach(struct link *l, struct loop *loop, unsigned int role);
bool link_attached(const struct link *l, unsigned int role);
/*
 * Connects a spare of a side, that of a VM which is there and does not run (it could write over
 * what its predecessor writes): returns a socket as link_attach() does. There is one at a time: it
 * waits for the last one's QEMU to let go. -ETIMEDOUT: it did not; -EINTR.
 */
int link_attach_spare(struct link *l, struct loop *loop, unsigned int role);
/*
 * Once a side is free (it waits for a QEMU that has ended to let go): its spare is it from now on.
 * 0, -ENOENT (there is none), -ETIMEDOUT, -EINTR.
 */
int link_promote_spare(struct link *l, struct loop *loop, unsigned int role);
/*
 * How often both sides are to beat, DDLINK_BEAT_MIN_MS to DDLINK_HEARTBEAT_MS; from their next beat
 * on.
 */
int link_set_heartbeat(struct link *l, unsigned int ms);
/* QEMU's arguments for a side; @fd as link_attach() gave it (--dry-run: any number). */
void link_qemu_args(struct argv *args, const char *name, unsigned int role, int fd);
/*
 * The same for link number @n, from 0, of a VM that has many: eight share a PCI slot, as functions
 * of one card, in the upper half of the bus.
 */
void link_qemu_args_packed(struct argv *args, const char *name, unsigned int role, int fd,
			   unsigned int n);

/*
 * Cuts the sides off from each other for good: neither can ring the other any more. The memory
 * stays where a QEMU has it; take the device or the VM away too if that matters.
 */
void link_revoke(struct link *l);

/*
 * Nobody will ever be side DDLINK_SERVER again: tells the client, whose requests then fail at once
 * instead of waiting.
 */
void link_abandon(struct link *l);
/* Interrupts side @role on @vector (DDLINK_VECTOR_*), as the other side's doorbell would. */
int link_ring_doorbell(struct link *l, unsigned int role, unsigned int vector);
/*
 * The memory, DDLINK_REGION_SIZE bytes, mapped until link_free(); NULL if it cannot be. For tests
 * and fault injection: the orchestrator itself takes no part in the traffic.
 */
volatile unsigned char *link_memory(struct link *l);

/* Reads what the sides show, each field once; no guest notices. 0 or a negative errno, silently. */
int link_look(const struct link *l, struct link_view *view);
/* The same in the first DDLINK_CONTROL_SIZE bytes of such memory, both sides being attached. */
void link_view_read(struct link_view *view, const unsigned char *memory);
/* Side @role has no VM any more, whatever it has left in the memory. */
void link_view_gone(struct link_view *view, unsigned int role);
/*
 * Bytes that the driver VM has put into its ring in this session, modulo 2^32: what the client has
 * taken of them is published late, so it is not that which tells of answers.
 */
__u32 link_view_answers(const struct link_view *view);
/* Is the session up: are both sides? */
bool link_view_up(const struct link_view *view);
/* "gone", "garbage", "waiting", "up". */
const char *link_side_text(enum link_side side);

#endif
