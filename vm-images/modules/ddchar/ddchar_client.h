/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client half of the device-file translation module, among its own files. */
#ifndef DDCHAR_CLIENT_H
#define DDCHAR_CLIENT_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/wait.h>

#include "ddchar_config.h"
#include "ddchar_types.h"
#include "ddlink.h"

#define DDCHAR_NODE_SIZE 32 /* "watchdog0" */

/* What is asked of the driver VM, and what came back. */
struct ddchar_ask {
	enum ddchar_op op;
	u32 arg;
	u64 value;
	u32 len; /* of the data in the place's buffer, to be sent; then of that received */
	u32 reply_max; /* data of the reply at most, */
	bool reply_exact; /* and no less, without an error */
	u64 value_max; /* that the reply may have */
};

/* A place for an open file. lock below is that of the struct ddchar_client. */
struct ddchar_place {
	struct ddchar_client *c;
	u32 index;
	struct mutex one; /* held by who asks; inside it lock */
	u32 access; /* that it was opened with, O_ACCMODE */
	u8 *data; /* DDCHAR_DATA_MAX bytes; of who holds one, but of the reply while pending */
	struct completion done; /* pending, or closing, has become false */
	wait_queue_head_t wait; /* for ready */

	/* lock */
	bool used; /* somebody has it */
	bool there; /* it is open in the driver VM */
	bool lost; /* it was, in another session */
	bool broken; /* a request was given up: what it did is not known, nor is when */
	bool pending; /* a request is under way, */
	bool cut; /* which has ended with its session, */
	bool closing; /* or a CLOSE, */
	u64 cookie; /* with this cookie */
	int error; /* of the reply: 0 or a negative errno */
	u64 value;
	struct ddchar_ask *ask; /* while pending */
	bool ready; /* READY came after the last POLL, or never will */
	u32 readies; /* that may come */
};

struct ddchar_client {
	struct ddlink_device *link; /* not to be used once dead */
	struct kref refs; /* the link's, and one of each open file */
	struct work_struct appear; /* makes the file known */
	const struct ddchar_type *type; /* set once, by who sees it first; NULL: not seen */
	char name[DDCHAR_NODE_SIZE]; /* of its file, in /dev */
	int minor; /* likewise; -1: it has none */

	spinlock_t lock; /* irq; everything below, and the rings */
	wait_queue_head_t change; /* of ready or dead */
	bool up; /* there is a session, and the server kept to the rules in it */
	bool ready; /* and it has a file: requests may be sent */
	bool dead; /* there will be no other session */
	u32 unanswered; /* requests sent in this session that were not replied to */
	u64 cookie; /* the last one */
	struct ddchar_place places[DDCHAR_FILES];
};

void ddchar_put(struct ddchar_client *c);

/*
 * Asks, over as many sessions as it may; place->one held, and place->data holds what is to be sent.
 * 0 and place->value, place->data; or a negative errno.
 */
int ddchar_ask(struct ddchar_place *p, struct ddchar_ask *ask);
/* Closes it in the driver VM, and waits for that a while. */
void ddchar_ask_close(struct ddchar_place *p);
/* Records of the server; lock held. 1, 0 if there is none, or -EPROTO. */
int ddchar_receive(struct ddchar_client *c);
/* Everything that is open in the driver VM is so no more. lock held. */
void ddchar_lose(struct ddchar_client *c);
/* Nothing is sent or read any more, until the next session. lock held. */
void ddchar_violation(struct ddchar_client *c, const char *text);

/* The file in /dev. */
int ddchar_node_init(void);
void ddchar_node_exit(void);
int ddchar_node_add(struct ddchar_client *c);
void ddchar_node_remove(struct ddchar_client *c);
/* The client of a file that is opened, with a reference; NULL: it is gone. */
struct ddchar_client *ddchar_node_get(unsigned int minor);

extern const struct file_operations ddchar_fops;

#endif
