// SPDX-License-Identifier: GPL-2.0-or-later
/* A client of QEMU's machine protocol. */
#include "vm/qmp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "vm/channel.h"
#include "vm/text.h"

#define EVENT_LOG_MAX (1L << 20)

/* A command that waits for its reply; lives on the stack of qmp_call() or in struct qmp. */
struct call {
	struct call *next;
	json_int_t id;
	const char *command;
	bool done;
	int err;
	json_t *ret; /* owned, once done without err */
	struct qmp *qmp;
};

struct qmp {
	struct loop *loop;
	const char *name;
	struct channel channel;
	int err;
	bool greeted;
	struct call hello; /* qmp_capabilities */
	struct call *calls;
	json_int_t last_id;
	char *line; /* what has come of a line that is not complete */
	size_t line_len;
	size_t line_size; /* allocated */
	FILE *log; /* NULL: none, or full */
	uint64_t opened_us;
	qmp_event_fn on_event;
	void *on_event_arg;
};

static void finish_call(struct call *c, int err)
{
	c->done = true;
	c->err = err;
}

static void qmp_end(struct qmp *q, int err)
{
	struct call *c;

	channel_close(&q->channel);
	q->err = err;
	for (c = q->calls; c; c = c->next)
		if (!c->done)
			finish_call(c, err);
}

/* What came is not QMP. */
static void qmp_violation(struct qmp *q, const char *what)
{
	pr_err("VM %s: QEMU's monitor sent %s; no longer listening to it", q->name, what);
	qmp_end(q, -EPROTO);
}

/* @fd goes with it; -1: none. */
static int send_command(struct qmp *q, struct call *c, const char *command, json_t *args, int fd)
{
	char *text = NULL, *line;
	json_t *msg;
	int err;

	c->qmp = q;
	c->command = command;
	c->id = ++q->last_id;
	msg = json_pack("{s:s, s:I, s:o*}", "execute", command, "id", c->id, "arguments", args);
	if (msg)
		text = json_dumps(msg, JSON_COMPACT);
	json_decref(msg);
	if (!text)
		return -EINVAL;
	line = xasprintf("%s\n", text);
	err = fd < 0 ? channel_send(&q->channel, line, strlen(line)) :
		       channel_send_fd(&q->channel, line, strlen(line), fd);
	free(line);
	free(text);
	if (err < 0)
		return err;
	c->next = q->calls;
	q->calls = c;
	return 0;
}

static void remove_call(struct call *c)
{
	struct call **link;

	for (link = &c->qmp->calls; *link; link = &(*link)->next) {
		if (*link == c) {
			*link = c->next;
			return;
		}
	}
}

static void handle_greeting(struct qmp *q)
{
	int err;

	if (q->greeted)
		return;
	q->greeted = true;
	err = send_command(q, &q->hello, "qmp_capabilities", NULL, -1);
	/* A QEMU that has just ended may have left events behind: they are read before its end. */
	if (err < 0)
		finish_call(&q->hello, err);
}

static void log_event(struct qmp *q, const char *event, json_t *data)
{
	uint64_t us = now_us() - q->opened_us;
	char *text = data ? json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	pr_debug("VM %s: QMP event %s %s", q->name, event, text ? text : "");
	if (q->log) {
		fprintf(q->log, "%llu.%06llu %s %s\n", us / USEC_PER_SEC, us % USEC_PER_SEC, event,
			text ? text : "");
		fflush(q->log);
		if (ftell(q->log) > EVENT_LOG_MAX) {
			fputs("(no more events are logged)\n", q->log);
			fclose(q->log);
			q->log = NULL;
		}
	}
	free(text);
}

static void handle_event(struct qmp *q, json_t *msg)
{
	const char *name = json_string_value(json_object_get(msg, "event"));
	json_t *data = json_object_get(msg, "data");
	char *event;

	if (!name) {
		qmp_violation(q, "an event without a name");
		return;
	}
	event = xstrdup(name);
	text_defuse(event);
	log_event(q, event, data);
	if (q->on_event)
		q->on_event(q->on_event_arg, event, data);
	free(event);
}

static void handle_error(struct qmp *q, struct call *c, json_t *error)
{
	const char *desc = json_string_value(json_object_get(error, "desc"));
	char *text = xstrdup(desc ? desc : "no reason given");

	text_defuse(text);
	pr_err("VM %s: QMP command %s failed: %s", q->name, c->command, text);
	free(text);
	finish_call(c, -EIO);
}

static void handle_reply(struct qmp *q, json_t *msg)
{
	json_int_t id = json_integer_value(json_object_get(msg, "id"));
	json_t *ret = json_object_get(msg, "return");
	json_t *error = json_object_get(msg, "error");
	struct call *c;

	for (c = q->calls; c && c->id != id; c = c->next)
		;
	if (!ret && !error) {
		qmp_violation(q, "a message that is neither reply nor event");
	} else if (!c) {
		pr_debug("VM %s: QMP reply %lld comes too late", q->name, (long long)id);
	} else if (c->done) {
		return;
	} else if (error) {
		handle_error(q, c, error);
	} else {
		c->ret = json_incref(ret);
		finish_call(c, 0);
	}
}

static void handle_line(struct qmp *q, const char *line, size_t len)
{
	json_t *msg;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len == 0)
		return;
	msg = json_loadb(line, len, 0, NULL);
	if (!json_is_object(msg))
		qmp_violation(q, "a line that is not a JSON object");
	else if (json_object_get(msg, "QMP"))
		handle_greeting(q);
	else if (json_object_get(msg, "event"))
		handle_event(q, msg);
	else
		handle_reply(q, msg);
	json_decref(msg);
}

static void append_line(struct qmp *q, const void *data, size_t len)
{
	if (len > QMP_LINE_MAX - q->line_len) {
		qmp_violation(q, "a line without an end");
		return;
	}
	if (q->line_size < q->line_len + len) {
		q->line_size = 2 * (q->line_len + len);
		q->line = xreallocarray(q->line, q->line_size, 1);
	}
	memcpy(q->line + q->line_len, data, len);
	q->line_len += len;
}

static void on_data(void *arg, const uint8_t *data, size_t len)
{
	struct qmp *q = arg;
	const uint8_t *end;

	while (len > 0 && !q->err) {
		end = memchr(data, '\n', len);
		append_line(q, data, end ? (size_t)(end - data) : len);
		if (!end || q->err)
			return;
		handle_line(q, q->line, q->line_len);
		q->line_len = 0;
		len -= (size_t)(end + 1 - data);
		data = end + 1;
	}
}

static void on_closed(void *arg, int err)
{
	qmp_end(arg, err);
}

static const struct channel_ops qmp_channel_ops = { .data = on_data, .closed = on_closed };

int qmp_open(struct qmp **out, struct loop *loop, int fd, const char *name, const char *log_path,
	     qmp_event_fn on_event, void *arg)
{
	struct qmp *q = xcalloc(1, sizeof(*q));
	int err;

	q->loop = loop;
	q->name = name;
	q->opened_us = now_us();
	q->on_event = on_event;
	q->on_event_arg = arg;
	err = channel_open(&q->channel, loop, fd, &qmp_channel_ops, q);
	if (err == 0 && log_path) {
		q->log = fopen(log_path, "we");
		err = q->log ? 0 : -errno;
	}
	if (err < 0) {
		qmp_free(q);
		return err;
	}
	*out = q;
	return 0;
}

void qmp_free(struct qmp *q)
{
	if (!q)
		return;
	channel_close(&q->channel);
	json_decref(q->hello.ret);
	if (q->log)
		fclose(q->log);
	free(q->line);
	free(q);
}

bool qmp_ready(const struct qmp *q)
{
	return q->hello.done && !q->hello.err && !q->err;
}

int qmp_error(const struct qmp *q)
{
	return q->err ? q->err : q->hello.err;
}

static bool call_done(void *arg)
{
	return ((const struct call *)arg)->done;
}

static int call(struct qmp *q, const char *command, json_t *args, int fd, json_t **ret,
		uint64_t timeout_us)
{
	struct call c = { 0 };
	int err;

	if (q->err) {
		json_decref(args);
		return q->err;
	}
	err = send_command(q, &c, command, args, fd);
	if (err < 0)
		return err;
	err = loop_wait(q->loop, call_done, &c, timeout_us);
	remove_call(&c);
	if (err == 0)
		err = c.err;
	if (err == 0 && ret)
		*ret = json_incref(c.ret);
	json_decref(c.ret);
	return err;
}

int qmp_call(struct qmp *q, const char *command, json_t *args, json_t **ret, uint64_t timeout_us)
{
	return call(q, command, args, -1, ret, timeout_us);
}

int qmp_give_fd(struct qmp *q, const char *name, int fd, uint64_t timeout_us)
{
	return call(q, "getfd", json_pack("{s:s}", "fdname", name), fd, NULL, timeout_us);
}
