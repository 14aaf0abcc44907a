// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of JSON over a socket. */
#include "faultinject/campaign/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

static void end(struct lines *l)
{
	channel_close(&l->channel);
	l->closed = true;
}

/* Hands the whole lines of the buffer on; what is left of it is moved to its front. */
static void take_lines(struct lines *l)
{
	size_t begin = 0;
	char *newline;

	while (!l->closed && (newline = memchr(l->buf + begin, '\n', l->len - begin))) {
		json_t *json =
			json_loadb(l->buf + begin, (size_t)(newline - l->buf) - begin, 0, NULL);

		begin = (size_t)(newline - l->buf) + 1;
		if (json)
			l->line(l->arg, json);
		else
			end(l);
	}
	l->len -= begin;
	memmove(l->buf, l->buf + begin, l->len);
}

static void on_data(void *arg, const uint8_t *data, size_t len)
{
	struct lines *l = arg;

	if (len > LINE_MAX_BYTES - l->len) {
		end(l);
		return;
	}
	if (l->size < l->len + len) {
		l->size = 2 * (l->len + len);
		l->buf = xreallocarray(l->buf, l->size, 1);
	}
	memcpy(l->buf + l->len, data, len);
	l->len += len;
	take_lines(l);
}

static void on_closed(void *arg, int err)
{
	struct lines *l = arg;

	(void)err;
	l->closed = true;
}

int lines_open(struct lines *l, struct loop *loop, int fd)
{
	static const struct channel_ops ops = { .data = on_data, .closed = on_closed };

	l->closed = false;
	return channel_open(&l->channel, loop, fd, &ops, l);
}

int lines_send(struct lines *l, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15));
	char *line = text ? xasprintf("%s\n", text) : NULL;
	int err = line ? channel_send(&l->channel, line, strlen(line)) : -EINVAL;

	free(line);
	free(text);
	return err;
}

void lines_close(struct lines *l)
{
	end(l);
	free(l->buf);
	l->buf = NULL;
	l->len = l->size = 0;
}
