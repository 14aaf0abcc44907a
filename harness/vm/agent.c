// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's side of the guest agent's protocol. */
#include "vm/agent.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "vm/channel.h"

/* What a kernel takes (__NEW_UTS_LEN). */
#define HOSTNAME_MAX 64
#define FRAME_MAX (sizeof(struct ddag_header) + DDAG_PAYLOAD_MAX)

struct request {
	struct request *next;
	int id;
	bool truncated; /* warned that output is dropped */
	size_t output_size; /* allocated */
	struct agent_reply reply;
};

struct agent {
	struct loop *loop;
	const char *name;
	struct channel channel;
	int err; /* why the connection ended; 0 while it stands */
	bool ready;
	bool beaten; /* heartbeat is valid */
	uint64_t hello_us;
	uint64_t last_heard_us;
	struct ddag_heartbeat heartbeat;
	struct request *requests;
	size_t n_requests;
	int last_id;
	size_t in_len; /* bytes in in[] */
	uint8_t in[FRAME_MAX]; /* at most one frame that is not complete */
};

static struct request *find_request(const struct agent *a, uint32_t id)
{
	struct request *r;

	for (r = a->requests; r; r = r->next)
		if ((uint32_t)r->id == id)
			return r;
	return NULL;
}

static void append_output(struct agent *a, struct request *r, const void *data, size_t len)
{
	struct agent_reply *reply = &r->reply;

	if (len > AGENT_OUTPUT_MAX - reply->output_len) {
		if (!r->truncated)
			pr_warning("VM %s: a command printed more than %u MiB; the rest is dropped",
				   a->name, AGENT_OUTPUT_MAX >> 20);
		r->truncated = true;
		len = AGENT_OUTPUT_MAX - reply->output_len;
	}
	if (len == 0)
		return;
	if (r->output_size < reply->output_len + len + 1) {
		r->output_size = 2 * (reply->output_len + len) + 1;
		reply->output = xreallocarray(reply->output, r->output_size, 1);
	}
	memcpy(reply->output + reply->output_len, data, len);
	reply->output_len += len;
	reply->output[reply->output_len] = '\0';
}

static void finish_request(struct request *r, int err)
{
	r->reply.done = true;
	r->reply.err = err;
}

/* Ends the connection, and with it every request. */
static void agent_end(struct agent *a, int err)
{
	struct request *r;

	channel_close(&a->channel);
	a->err = err;
	for (r = a->requests; r; r = r->next)
		if (!r->reply.done)
			finish_request(r, err);
}

static void handle_exit(struct request *r, const uint8_t *payload, size_t len)
{
	struct ddag_exit *ex = &r->reply.exit;

	if (len < sizeof(*ex)) {
		finish_request(r, -EPROTO);
		return;
	}
	memcpy(ex, payload, sizeof(*ex));
	finish_request(r, ex->status >= 0 && ex->status <= 255 ? 0 : -EPROTO);
}

/*
 * The guest's errno, unless it would read as something that only the host can know (the wait was
 * interrupted or timed out, the VM is gone).
 */
static int guest_errno(int32_t err)
{
	if (err >= 0 || err < -4095)
		return -EPROTO;
	if (err == -EINTR || err == -ETIMEDOUT || err == -EPIPE)
		return -EIO;
	return err;
}

static void handle_error(struct agent *a, struct request *r, const uint8_t *payload, size_t len)
{
	struct ddag_error e;

	if (len < sizeof(e)) {
		finish_request(r, -EPROTO);
		return;
	}
	memcpy(&e, payload, sizeof(e));
	r->reply.output_len = 0;
	r->reply.output[0] = '\0';
	append_output(a, r, payload + sizeof(e), len - sizeof(e));
	finish_request(r, guest_errno(e.err));
}

static void handle_hello(struct agent *a, const uint8_t *payload, size_t len)
{
	struct ddag_hello hello = { 0 };

	if (len >= sizeof(hello))
		memcpy(&hello, payload, sizeof(hello));
	if (hello.version != DDAG_VERSION) {
		pr_err("VM %s: its agent speaks version %u of the protocol, not %u: run 'make images'",
		       a->name, hello.version, DDAG_VERSION);
		agent_end(a, -EPROTO);
		return;
	}
	a->ready = true;
	if (!a->hello_us)
		a->hello_us = a->last_heard_us;
}

static void handle_event(struct agent *a, const struct ddag_header *h, const uint8_t *payload)
{
	if (h->type == DDAG_HELLO) {
		handle_hello(a, payload, h->length);
	} else if (h->type == DDAG_HEARTBEAT && h->length >= sizeof(a->heartbeat)) {
		memcpy(&a->heartbeat, payload, sizeof(a->heartbeat));
		a->beaten = true;
	}
}

static void handle_frame(struct agent *a, const struct ddag_header *h, const uint8_t *payload)
{
	struct request *r;

	a->last_heard_us = now_us();
	if (h->id == 0) {
		handle_event(a, h, payload);
		return;
	}
	r = find_request(a, h->id);
	if (!r || r->reply.done)
		return; /* forgotten, or made up */
	if (h->type == DDAG_OUT)
		append_output(a, r, payload, h->length);
	else if (h->type == DDAG_EXIT)
		handle_exit(r, payload, h->length);
	else if (h->type == DDAG_ERROR)
		handle_error(a, r, payload, h->length);
}

/* Bytes before the next possible magic in @p. */
static size_t garbage_before_magic(const uint8_t *p, size_t len)
{
	const uint32_t magic = DDAG_MAGIC;
	size_t i, n;

	for (i = 0; i < len; i++) {
		n = len - i < sizeof(magic) ? len - i : sizeof(magic);
		if (memcmp(p + i, &magic, n) == 0)
			break;
	}
	return i;
}

/* Handles every complete frame in in[] and keeps what is left. */
static void parse_frames(struct agent *a)
{
	struct ddag_header h;
	size_t pos = 0;

	while (!a->err) {
		pos += garbage_before_magic(a->in + pos, a->in_len - pos);
		if (a->in_len - pos < sizeof(h))
			break;
		memcpy(&h, a->in + pos, sizeof(h));
		if (h.length > DDAG_PAYLOAD_MAX) {
			pr_err("VM %s: its agent sent a frame of %u bytes; no longer listening to it",
			       a->name, h.length);
			agent_end(a, -EPROTO);
			break;
		}
		if (a->in_len - pos < sizeof(h) + h.length)
			break;
		handle_frame(a, &h, a->in + pos + sizeof(h));
		pos += sizeof(h) + h.length;
	}
	a->in_len -= pos;
	memmove(a->in, a->in + pos, a->in_len);
}

static void on_data(void *arg, const uint8_t *data, size_t len)
{
	struct agent *a = arg;
	size_t n;

	/* parse_frames() leaves room: a frame of the greatest size fits in in[]. */
	while (len > 0 && !a->err) {
		n = sizeof(a->in) - a->in_len;
		if (n > len)
			n = len;
		memcpy(a->in + a->in_len, data, n);
		a->in_len += n;
		data += n;
		len -= n;
		parse_frames(a);
	}
}

static void on_closed(void *arg, int err)
{
	agent_end(arg, err);
}

static const struct channel_ops agent_channel_ops = { .data = on_data, .closed = on_closed };

int agent_open(struct agent **out, struct loop *loop, int fd, const char *name)
{
	struct agent *a = xcalloc(1, sizeof(*a));
	int err;

	a->loop = loop;
	a->name = name;
	err = channel_open(&a->channel, loop, fd, &agent_channel_ops, a);
	if (err < 0) {
		free(a);
		return err;
	}
	*out = a;
	return 0;
}

void agent_restart(struct agent *a)
{
	struct request *r;

	for (r = a->requests; r; r = r->next)
		if (!r->reply.done)
			finish_request(r, -EPIPE);
	a->ready = false;
	a->hello_us = 0;
	a->beaten = false;
	a->in_len = 0;
}

void agent_free(struct agent *a)
{
	if (!a)
		return;
	while (a->requests)
		agent_forget(a, a->requests->id);
	channel_close(&a->channel);
	free(a);
}

bool agent_ready(const struct agent *a)
{
	return a->ready && !a->err;
}

int agent_error(const struct agent *a)
{
	return a->err;
}

uint64_t agent_hello_us(const struct agent *a)
{
	return a->hello_us;
}

uint64_t agent_last_heard_us(const struct agent *a)
{
	return a->last_heard_us;
}

const struct ddag_heartbeat *agent_heartbeat(const struct agent *a)
{
	return a->beaten ? &a->heartbeat : NULL;
}

static int new_id(struct agent *a)
{
	do
		a->last_id = a->last_id == INT_MAX ? 1 : a->last_id + 1;
	while (find_request(a, (uint32_t)a->last_id));
	return a->last_id;
}

int agent_send(struct agent *a, enum ddag_type type, const void *payload, size_t len)
{
	struct ddag_header h = {
		.magic = DDAG_MAGIC,
		.length = (uint32_t)len,
		.type = (uint16_t)type,
	};
	uint8_t *frame;
	struct request *r;
	int err;

	if (a->err)
		return -EPIPE;
	if (len > DDAG_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (a->n_requests >= AGENT_REQUESTS_MAX)
		return -EBUSY;
	h.id = (uint32_t)new_id(a);
	frame = xcalloc(1, sizeof(h) + len);
	memcpy(frame, &h, sizeof(h));
	if (len)
		memcpy(frame + sizeof(h), payload, len);
	err = channel_send(&a->channel, frame, sizeof(h) + len);
	free(frame);
	if (err < 0)
		return err;
	r = xcalloc(1, sizeof(*r));
	r->id = (int)h.id;
	r->reply.output = xstrdup("");
	r->output_size = 1;
	r->next = a->requests;
	a->requests = r;
	a->n_requests++;
	return r->id;
}

const struct agent_reply *agent_reply(const struct agent *a, int id)
{
	struct request *r = id > 0 ? find_request(a, (uint32_t)id) : NULL;

	return r ? &r->reply : NULL;
}

static bool reply_done(void *arg)
{
	return ((const struct agent_reply *)arg)->done;
}

int agent_wait(struct agent *a, int id, uint64_t timeout_us)
{
	const struct agent_reply *reply = agent_reply(a, id);

	if (!reply)
		return -ENOENT;
	return loop_wait(a->loop, reply_done, (void *)reply, timeout_us);
}

void agent_forget(struct agent *a, int id)
{
	struct request **link, *r;

	for (link = &a->requests; *link; link = &(*link)->next) {
		r = *link;
		if (r->id != id)
			continue;
		*link = r->next;
		a->n_requests--;
		free(r->reply.output);
		free(r);
		return;
	}
}

int agent_adopt(struct agent *a, const char *hostname, uint64_t timeout_us)
{
	struct {
		struct ddag_adopt adopt;
		char name[HOSTNAME_MAX];
	} payload = { 0 };
	struct timespec now;
	int id, err;

	clock_gettime(CLOCK_REALTIME, &now);
	payload.adopt.realtime_ns = (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
	if (getentropy(payload.adopt.seed, sizeof(payload.adopt.seed)) < 0)
		return -errno;
	snprintf(payload.name, sizeof(payload.name), "%s", hostname);
	id = agent_send(a, DDAG_ADOPT, &payload, sizeof(payload.adopt) + strlen(payload.name));
	if (id < 0)
		return id;
	err = agent_wait(a, id, timeout_us);
	if (!err)
		err = agent_reply(a, id)->err;
	agent_forget(a, id);
	if (err)
		return err;
	a->ready = true;
	a->hello_us = now_us();
	return 0;
}
