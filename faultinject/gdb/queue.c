// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What goes over the connection to QEMU's debug stub: requests in turn, their answers, and that the
 * guest stopped. Two habits of the stub shape this file. While the VM runs, any byte that arrives
 * stops it, so an answer is acknowledged before anything that lets the VM run is sent, and nothing
 * is sent after. And it says of its own accord that the VM stopped, also of the stop that
 * connecting to it causes; an answer that can be nothing else tells when that has passed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/gdb/gdb-private.h"

/* In QEMU's list of x86-64 registers RIP comes after 16 others, all of 8 bytes. */
#define RIP_AT 16

static void finish(struct gdb_request *r, int err)
{
	r->done = true;
	r->err = err;
	if (r->waited_for)
		return;
	free(r->payload);
	free(r->reply);
	free(r);
}

void gdb_end(struct gdb *g, int err)
{
	struct gdb_request *r;

	channel_close(&g->channel);
	if (!g->err)
		g->err = err;
	g->running = false;
	g->where = NULL;
	while ((r = g->queue)) {
		g->queue = r->next;
		finish(r, g->err);
	}
}

struct gdb_request *gdb_request_new(enum gdb_answer answer, char *payload)
{
	struct gdb_request *r = xcalloc(1, sizeof(*r));

	r->answer = answer;
	r->payload = payload;
	return r;
}

/* Sends what is first in the queue, if it waits for that. */
static void send_next(struct gdb *g)
{
	struct gdb_request *r = g->queue;
	char *packet;
	int err;

	if (!r || r->sent || g->running)
		return;
	packet = gdb_frame(r->payload);
	err = channel_send(&g->channel, packet, strlen(packet));
	free(packet);
	if (err) {
		gdb_end(g, err);
		return;
	}
	r->sent = true;
	if (r->answer != GDB_ANSWER_NONE)
		return;
	g->running = true;
	g->queue = r->next;
	finish(r, 0);
}

void gdb_enqueue(struct gdb *g, struct gdb_request *r)
{
	struct gdb_request **at = &g->queue;

	if (g->err) {
		finish(r, g->err);
		return;
	}
	while (*at)
		at = &(*at)->next;
	*at = r;
	send_next(g);
}

static void acknowledge(struct gdb *g)
{
	int err = channel_send(&g->channel, "+", 1);

	if (err)
		gdb_end(g, err);
}

/* It stopped; the handler is told as soon as it is known where. */
static void handle_stop(struct gdb *g, const char *payload)
{
	uint8_t sig;

	if (!gdb_unhex(payload + 1, &sig, 1)) {
		gdb_end(g, -EPROTO);
		return;
	}
	g->running = false;
	g->stop.signal = sig;
	g->where = gdb_request_new(GDB_ANSWER_HEX, xstrdup("g"));
	gdb_enqueue(g, g->where);
}

static int check_answer(const struct gdb_request *r, const char *payload)
{
	if (r->answer == GDB_ANSWER_THREAD)
		return strncmp(payload, "QC", 2) == 0 ? 0 : -EPROTO;
	if (payload[0] == 'E' && strlen(payload) == 3)
		return -EFAULT;
	if (payload[0] == '\0')
		return -EOPNOTSUPP;
	if (r->answer == GDB_ANSWER_OK)
		return streq(payload, "OK") ? 0 : -EPROTO;
	return 0;
}

/* Where it stopped has come: told, whoever asked to halt included, before anything else is sent. */
static void tell_stop(struct gdb *g, const char *registers)
{
	uint8_t rip[8];
	size_t i;

	if (strlen(registers) < (RIP_AT + 1) * 2 * sizeof(rip) ||
	    !gdb_unhex(registers + RIP_AT * 2 * sizeof(rip), rip, sizeof(rip))) {
		gdb_end(g, -EPROTO);
		return;
	}
	g->stop.pc = 0;
	for (i = 0; i < sizeof(rip); i++)
		g->stop.pc |= (uint64_t)rip[i] << (8 * i);
	g->on_stop(g->arg, &g->stop);
}

static void handle_answer(struct gdb *g, const char *payload)
{
	struct gdb_request *r = g->queue;
	bool where = r == g->where;
	int err;

	if (!r || !r->sent) {
		gdb_end(g, -EPROTO);
		return;
	}
	err = check_answer(r, payload);
	if (err == -EPROTO || (where && err) || (!r->waited_for && err)) {
		gdb_end(g, err);
		return;
	}
	g->queue = r->next;
	if (where)
		g->where = NULL;
	if (!err && r->answer == GDB_ANSWER_HEX)
		r->reply = xstrdup(payload);
	finish(r, err);
	if (where)
		tell_stop(g, payload);
	send_next(g);
}

static void handle_packet(struct gdb *g, const char *payload)
{
	bool stop = payload[0] == 'T' || payload[0] == 'S';

	/* It may also have been let run by somebody else, over QMP, which the stub does not tell.
	 */
	if (stop && (g->running || (g->greeted && !g->queue)))
		handle_stop(g, payload);
	else if (!stop || g->greeted)
		handle_answer(g, payload);
}

static void on_data(void *arg, const uint8_t *data, size_t len)
{
	struct gdb *g = arg;
	size_t i;

	for (i = 0; i < len && !g->err; i++) {
		switch (gdb_parse(&g->parser, data[i])) {
		case GDB_NOTHING:
			break;
		case GDB_PACKET:
			acknowledge(g);
			if (!g->err)
				handle_packet(g, g->parser.payload);
			break;
		case GDB_NONSENSE:
			gdb_end(g, -EPROTO);
			break;
		}
	}
}

static void on_closed(void *arg, int err)
{
	gdb_end(arg, err);
}

const struct channel_ops gdb_channel_ops = { .data = on_data, .closed = on_closed };
