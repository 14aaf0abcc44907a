/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client of the debug stub from the inside: for the files of gdb/ only. */
#ifndef DRIVERVM_GDB_GDB_PRIVATE_H
#define DRIVERVM_GDB_GDB_PRIVATE_H

#include "faultinject/gdb/gdb.h"
#include "faultinject/gdb/packet.h"
#include "vm/channel.h"

/* What the answer to a request has to be. */
enum gdb_answer {
	GDB_ANSWER_OK, /* "OK" */
	GDB_ANSWER_HEX, /* digits */
	GDB_ANSWER_THREAD, /* "QC..." */
	GDB_ANSWER_NONE, /* there is none: the VM runs */
};

struct gdb_request {
	struct gdb_request *next;
	char *payload;
	enum gdb_answer answer;
	bool sent;
	bool waited_for; /* by whoever owns it; else it is freed when it is answered */
	bool done;
	int err;
	char *reply; /* owned, once done without err; GDB_ANSWER_HEX only */
};

struct gdb {
	struct loop *loop;
	struct channel channel;
	struct gdb_parser parser;
	int err;
	bool greeted;
	bool running;
	bool halting; /* it is to stop, and stay so */
	struct gdb_request *queue; /* the first is sent, or about to be */
	struct gdb_request *where; /* in the queue: asks where it stopped; NULL: it is known */
	struct gdb_stop stop;
	gdb_stop_fn on_stop;
	void *arg;
};

extern const struct channel_ops gdb_channel_ops;

/* A request that nobody waits for. It takes over @payload. */
struct gdb_request *gdb_request_new(enum gdb_answer answer, char *payload);
/* Sends it when those before it have been answered. */
void gdb_enqueue(struct gdb *gdb, struct gdb_request *r);
/* Ends the connection, and so all requests, with @err. */
void gdb_end(struct gdb *gdb, int err);

#endif
