// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest kernel's console: logged, watched for a panic, shared with a terminal. */
#include "vm/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "vm/channel.h"
#include "vm/text.h"

#define PANIC_MARK "Kernel panic - not syncing"
#define LINE_MAX_KEPT 511

struct console {
	struct channel guest;
	struct channel terminal; /* fd -1 unless shared */
	int terminal_fd; /* the other end of terminal */
	int log_fd; /* -1 once full */
	size_t logged;
	char line[LINE_MAX_KEPT + 1]; /* the line being printed; its end is lost if longer */
	size_t line_len;
	char *panic;
};

static void write_log(struct console *c, const uint8_t *data, size_t len)
{
	static const char full[] = "\n(the log is full; the rest is dropped)\n";
	ssize_t n;

	while (len > 0 && c->log_fd >= 0) {
		n = write(c->log_fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || c->logged + (size_t)n > CONSOLE_LOG_MAX) {
			if (write(c->log_fd, full, sizeof(full) - 1) < 0)
				pr_warning("a guest's kernel log cannot be written: %s",
					   strerror(errno));
			fd_close(&c->log_fd);
			return;
		}
		c->logged += (size_t)n;
		data += n;
		len -= (size_t)n;
	}
}

static void end_line(struct console *c)
{
	char *mark;

	c->line[c->line_len] = '\0';
	c->line_len = 0;
	mark = strstr(c->line, PANIC_MARK);
	if (mark && !c->panic)
		c->panic = text_last_line(mark);
}

static void watch(struct console *c, const uint8_t *data, size_t len)
{
	for (; len > 0; data++, len--) {
		if (*data == '\n')
			end_line(c);
		else if (*data && c->line_len < LINE_MAX_KEPT)
			c->line[c->line_len++] = (char)*data;
	}
}

static void on_guest_data(void *arg, const uint8_t *data, size_t len)
{
	struct console *c = arg;

	write_log(c, data, len);
	watch(c, data, len);
	channel_send(&c->terminal, data, len);
}

static void on_guest_closed(void *arg, int err)
{
	(void)err;
	end_line(arg);
}

static void on_terminal_data(void *arg, const uint8_t *data, size_t len)
{
	struct console *c = arg;

	channel_send(&c->guest, data, len);
}

static void on_terminal_closed(void *arg, int err)
{
	(void)arg;
	(void)err;
}

static const struct channel_ops guest_ops = { .data = on_guest_data, .closed = on_guest_closed };
static const struct channel_ops terminal_ops = {
	.data = on_terminal_data,
	.closed = on_terminal_closed,
};

static int share(struct console *c, struct loop *loop)
{
	int fds[2];
	int err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	err = channel_open(&c->terminal, loop, fds[0], &terminal_ops, c);
	if (err < 0)
		fd_close(&fds[1]);
	c->terminal_fd = fds[1];
	return err;
}

int console_open(struct console **out, struct loop *loop, int fd, const char *log_path, bool shared)
{
	struct console *c = xcalloc(1, sizeof(*c));
	int err;

	c->log_fd = -1;
	c->terminal.fd = -1;
	c->terminal_fd = -1;
	err = channel_open(&c->guest, loop, fd, &guest_ops, c);
	if (err < 0)
		goto fail;
	c->log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (c->log_fd < 0) {
		err = -errno;
		goto fail;
	}
	if (shared)
		err = share(c, loop);
	if (err < 0)
		goto fail;
	*out = c;
	return 0;
fail:
	console_free(c);
	return err;
}

void console_free(struct console *c)
{
	if (!c)
		return;
	channel_close(&c->guest);
	channel_close(&c->terminal);
	fd_close(&c->terminal_fd);
	fd_close(&c->log_fd);
	free(c->panic);
	free(c);
}

bool console_closed(const struct console *c)
{
	return c->guest.fd < 0;
}

const char *console_panic(const struct console *c)
{
	return c->panic;
}

int console_fd(const struct console *c)
{
	return c->terminal_fd;
}
