/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server half of the device-file translation module, among its own files. */
#ifndef DDCHAR_SERVER_H
#define DDCHAR_SERVER_H

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "ddchar_config.h"
#include "ddchar_types.h"
#include "ddlink.h"

/* Wait queues of one open file that we look at; a terminal has two. */
#define DDCHAR_QUEUES 4
#define DDCHAR_LOWER_SIZE 32 /* "watchdog0" */

struct ddchar_server;

/* A request as it was found in the ring: checked. */
struct ddchar_call {
	enum ddchar_op op;
	u64 cookie;
	u32 arg;
	u64 value;
	u32 len; /* of the data */
};

/* What goes back for it. */
struct ddchar_result {
	int error; /* 0 or a negative errno */
	u64 value;
	u32 len; /* of the data */
};

struct ddchar_queue {
	struct wait_queue_entry entry;
	wait_queue_head_t *head; /* NULL: not used */
	struct ddchar_place *place;
};

/* A place for an open file, and the thread that makes its calls. Fields by who may use them. */
struct ddchar_place {
	struct ddchar_server *srv;
	u32 index;
	struct task_struct *thread; /* NULL: there is none */
	wait_queue_head_t wake; /* the thread waits here */

	/* srv->lock */
	bool wanted; /* there is a call to make, */
	bool running; /* and one that is being made: the thread's, */
	u32 epoch; /* of this session */
	bool close; /* the client is through with the file: the thread is to close it, */
	u64 close_cookie; /* and say so with this cookie */
	bool abandoned; /* the session that opened it is over */
	struct ddchar_call call; /* the wanted one, */
	u8 *in; /* and its data */

	/* the thread's */
	struct file *file; /* NULL: not open */
	unsigned long user; /* memory in srv->mm that drivers read and write */
	u8 *buf; /* data of the call being made, and of its result */
	u32 armed; /* DDCHAR_POLL_*: what a READY is to be sent for; 0: nothing */
	struct ddchar_queue queues[DDCHAR_QUEUES];
	unsigned int n_queues;

	atomic_t woken; /* the driver has said that something may be ready */
};

struct ddchar_server {
	struct ddlink_device *link;
	struct mutex bind_lock; /* what is bound */
	char lower[DDCHAR_LOWER_SIZE]; /* name of the driver's file; "": none is bound */
	const struct ddchar_type *type; /* fixed while there are threads */
	struct mm_struct *mm; /* of whoever bound it: drivers are given its memory; or NULL */

	spinlock_t lock; /* irq; everything below, the rings, and what is said above */
	bool live; /* there is a session, and the client kept to the rules in it */
	bool bound; /* places have their threads */
	u32 epoch; /* counts sessions */
	struct ddchar_place places[DDCHAR_FILES];
};

/* Starts, and ends, a place's thread. Process context. */
int ddchar_place_start(struct ddchar_place *p);
void ddchar_place_stop(struct ddchar_place *p);

/* Sends a record about a place, with p->buf as data, if @epoch is still that of the session. */
void ddchar_send(struct ddchar_place *p, u32 epoch, u32 type, u64 cookie,
		 const struct ddchar_result *r);

/* Makes a call on the place's file. The thread's. */
void ddchar_call(struct ddchar_place *p, const struct ddchar_call *call, struct ddchar_result *r);
void ddchar_close(struct ddchar_place *p);

#endif
