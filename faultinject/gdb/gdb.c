// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be asked of QEMU's debug stub; how it is asked, see queue.c. */
#include "faultinject/gdb/gdb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/gdb/gdb-private.h"

/* For each answer; a guest that is stopped is not needed for it. */
#define ANSWER_US (10 * USEC_PER_SEC)
/* Bytes of memory in a packet; QEMU takes at most 2 KiB. */
#define CHUNK 1024

static bool is_done(void *arg)
{
	return ((const struct gdb_request *)arg)->done;
}

/*
 * Sends a request and waits for its answer, *@reply if it is one of digits, which the caller
 * frees. @payload is freed.
 */
static int ask(struct gdb *g, enum gdb_answer answer, char *payload, char **reply)
{
	struct gdb_request r = { .payload = payload, .answer = answer, .waited_for = true };
	int err;

	if (g->running) {
		free(payload);
		return -EBUSY;
	}
	gdb_enqueue(g, &r);
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
		err = ask(g, GDB_ANSWER_THREAD, xstrdup("qC"), NULL);
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

		err = ask(g, GDB_ANSWER_HEX, xasprintf("m%" PRIx64 ",%zx", address, n), &hex);
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

		err = ask(g, GDB_ANSWER_OK, xasprintf("M%" PRIx64 ",%zx:%s", address, n, hex),
			  NULL);
		free(hex);
		address += n;
		from += n;
		len -= n;
	}
	return err;
}

int gdb_break(struct gdb *g, uint64_t address)
{
	return ask(g, GDB_ANSWER_OK, xasprintf("Z0,%" PRIx64 ",1", address), NULL);
}

int gdb_unbreak(struct gdb *g, uint64_t address)
{
	return ask(g, GDB_ANSWER_OK, xasprintf("z0,%" PRIx64 ",1", address), NULL);
}

int gdb_continue(struct gdb *g)
{
	g->halting = false;
	return ask(g, GDB_ANSWER_NONE, xstrdup("c"), NULL);
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
	return ask(g, GDB_ANSWER_OK, xstrdup("D"), NULL);
}

void gdb_post_unbreak(struct gdb *g, uint64_t address)
{
	gdb_enqueue(g, gdb_request_new(GDB_ANSWER_OK, xasprintf("z0,%" PRIx64 ",1", address)));
}

void gdb_post_continue(struct gdb *g)
{
	if (!g->halting)
		gdb_enqueue(g, gdb_request_new(GDB_ANSWER_NONE, xstrdup("c")));
}
