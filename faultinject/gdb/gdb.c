// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of QEMU's debug stub. Two of its habits shape this file. While the VM runs, any byte
 * that arrives stops it, so an answer is acknowledged before anything that lets the VM run is sent,
 * and nothing is sent after. And it says of its own accord that the VM stopped, also of the stop
 * that connecting to it causes; an answer that can be nothing else tells when that has passed.
 */
#include "faultinject/gdb/gdb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/gdb/packet.h"
#include "vm/channel.h"

/* For each answer; a guest that is stopped is not needed for it. */
#define ANSWER_US (10 * USEC_PER_SEC)
/* Bytes of memory in a packet; QEMU takes at most 2 KiB. */
#define CHUNK 1024
/* In QEMU's list of x86-64 registers RIP comes after 16 others, all of 8 bytes. */
#define RIP_AT 16

/* What the answer to a request has to be. */
enum answer {
	ANSWER_OK, /* "OK" */
	ANSWER_HEX, /* digits */
	ANSWER_THREAD, /* "QC..." */
	ANSWER_NONE, /* there is none: the VM runs */
};

struct request {
	struct request *next;
	char *payload;
	enum answer answer;
	bool sent;
	bool waited_for; /* by whoever owns it; else it is freed when it is answered */
	bool done;
	int err;
	char *reply; /* owned, once done without err; ANSWER_HEX only */
};

struct gdb {
	struct loop *loop;
	struct channel channel;
	struct gdb_parser parser;
	int err;
	bool greeted;
	bool running;
	bool halting; /* it is to stop, and stay so */
	struct request *queue; /* the first is sent, or about to be */
	struct request *where; /* in the queue: asks where it stopped; NULL: it is known */
	struct gdb_stop stop;
	gdb_stop_fn on_stop;
	void *arg;
};

static void finish(struct request *r, int err)
{
	r->done = true;
	r->err = err;
	if (r->waited_for)
		return;
	free(r->payload);
	free(r->reply);
	free(r);
}

static void gdb_end(struct gdb *g, int err)
{
	struct request *r;

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

static struct request *new_request(enum answer answer, char *payload)
{
	struct request *r = xcalloc(1, sizeof(*r));

	r->answer = answer;
	r->payload = payload;
	return r;
}

/* Sends what is first in the queue, if it waits for that. */
static void send_next(struct gdb *g)
{
	struct request *r = g->queue;
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
	if (r->answer != ANSWER_NONE)
		return;
	g->running = true;
	g->queue = r->next;
	finish(r, 0);
}

static void enqueue(struct gdb *g, struct request *r)
{
	struct request **at = &g->queue;

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
	g->where = new_request(ANSWER_HEX, xstrdup("g"));
	enqueue(g, g->where);
}

static int check_answer(const struct request *r, const char *payload)
{
	if (r->answer == ANSWER_THREAD)
		return strncmp(payload, "QC", 2) == 0 ? 0 : -EPROTO;
	if (payload[0] == 'E' && strlen(payload) == 3)
		return -EFAULT;
	if (payload[0] == '\0')
		return -EOPNOTSUPP;
	if (r->answer == ANSWER_OK)
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
	struct request *r = g->queue;
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
	if (!err && r->answer == ANSWER_HEX)
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

static const struct channel_ops gdb_channel_ops = { .data = on_data, .closed = on_closed };

static bool is_done(void *arg)
{
	return ((const struct request *)arg)->done;
}

/*
 * Sends a request and waits for its answer, *@reply if it is one of digits, which the caller
 * frees. @payload is freed.
 */
static int ask(struct gdb *g, enum answer answer, char *payload, char **reply)
{
	struct request r = { .payload = payload, .answer = answer, .waited_for = true };
	int err;

	if (g->running) {
		free(payload);
		return -EBUSY;
	}
	enqueue(g, &r);
	err = r.done ? 0 : loop_wait_teardown(g->loop, is_done, &r, ANSWER_US);
	/* Its answer might come yet, and be taken for another's. */
	if (err)
		gdb_end(g, err);
	if (reply)
		*reply = r.reply;
	else
		free(r.reply);
	free(payload);
	return r.err;
}

int gdb_open(struct gdb **out, struct loop *loop, int fd, gdb_stop_fn on_stop, void *arg)
{
	struct gdb *g = xcalloc(1, sizeof(*g));
	int err;

	g->loop = loop;
	g->on_stop = on_stop;
	g->arg = arg;
	err = channel_open(&g->channel, loop, fd, &gdb_channel_ops, g);
	if (!err)
		err = ask(g, ANSWER_THREAD, xstrdup("qC"), NULL);
	if (err) {
		gdb_free(g);
		return err;
	}
	g->greeted = true;
	*out = g;
	return 0;
}

void gdb_free(struct gdb *g)
{
	if (!g)
		return;
	gdb_end(g, -EPIPE);
	free(g);
}

int gdb_error(const struct gdb *g)
{
	return g->err;
}

int gdb_read(struct gdb *g, uint64_t address, void *data, size_t len)
{
	uint8_t *to = data;
	int err = 0;

	while (!err && len > 0) {
		size_t n = len < CHUNK ? len : CHUNK;
		char *hex = NULL;

		err = ask(g, ANSWER_HEX, xasprintf("m%" PRIx64 ",%zx", address, n), &hex);
		if (!err && (strlen(hex) != 2 * n || !gdb_unhex(hex, to, n)))
			err = -EPROTO;
		free(hex);
		address += n;
		to += n;
		len -= n;
	}
	return err;
}

int gdb_write(struct gdb *g, uint64_t address, const void *data, size_t len)
{
	const uint8_t *from = data;
	int err = 0;

	while (!err && len > 0) {
		size_t n = len < CHUNK ? len : CHUNK;
		char *hex = gdb_hex(from, n);

		err = ask(g, ANSWER_OK, xasprintf("M%" PRIx64 ",%zx:%s", address, n, hex), NULL);
		free(hex);
		address += n;
		from += n;
		len -= n;
	}
	return err;
}

int gdb_break(struct gdb *g, uint64_t address)
{
	return ask(g, ANSWER_OK, xasprintf("Z0,%" PRIx64 ",1", address), NULL);
}

int gdb_unbreak(struct gdb *g, uint64_t address)
{
	return ask(g, ANSWER_OK, xasprintf("z0,%" PRIx64 ",1", address), NULL);
}

int gdb_continue(struct gdb *g)
{
	g->halting = false;
	return ask(g, ANSWER_NONE, xstrdup("c"), NULL);
}

static bool is_idle(void *arg)
{
	return !((const struct gdb *)arg)->queue;
}

static bool is_halted(void *arg)
{
	return !((const struct gdb *)arg)->running && is_idle(arg);
}

int gdb_halt(struct gdb *g)
{
	int err;

	g->halting = true;
	/* What was posted may let it run yet. */
	err = loop_wait_teardown(g->loop, is_idle, g, ANSWER_US);
	if (!err && g->running)
		err = channel_send(&g->channel, "\x03", 1);
	if (!err)
		err = loop_wait_teardown(g->loop, is_halted, g, ANSWER_US);
	if (err)
		gdb_end(g, err);
	return g->err;
}

int gdb_detach(struct gdb *g)
{
	return ask(g, ANSWER_OK, xstrdup("D"), NULL);
}

void gdb_post_unbreak(struct gdb *g, uint64_t address)
{
	enqueue(g, new_request(ANSWER_OK, xasprintf("z0,%" PRIx64 ",1", address)));
}

void gdb_post_continue(struct gdb *g)
{
	if (!g->halting)
		enqueue(g, new_request(ANSWER_NONE, xstrdup("c")));
}
