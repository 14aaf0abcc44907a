// SPDX-License-Identifier: GPL-2.0-or-later
/* A CAN bus outside of all VMs, and its adapters. What comes out of a VM is not believed. */
#include "classes/can_bus.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/util.h"

/* The longest command: a frame of 8 bytes with an extended identifier. */
#define COMMAND_MAX (1 + 8 + 1 + 16)
#define CR "\r"
/* Bytes that wait for a VM to take them, beyond what a socket holds; some 3000 frames. */
#define QUEUE_MAX (64u << 10)
/* "No" to a command. */
#define BELL "\a"

struct adapter {
	struct can_bus *bus;
	int fd;
	sd_event_source *source;
	char command[COMMAND_MAX + 2]; /* as far as it has come, room for a CR and a NUL */
	size_t len;
	bool too_long; /* and what follows is skipped */
	char queue[QUEUE_MAX]; /* said, but not yet taken */
	size_t queued;
	char speed; /* '0' to '8' */
	bool open;
	bool listens_only;
};

struct can_bus {
	struct adapter **adapters; /* NULL: none there */
	size_t n;
};

/* Sends what is queued, as far as the socket takes it, and asks to be told when it takes more. */
static void flush(struct adapter *a)
{
	ssize_t n = send(a->fd, a->queue, a->queued, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0) {
		a->queued -= (size_t)n;
		memmove(a->queue, a->queue + n, a->queued);
	}
	sd_event_source_set_io_events(a->source, a->queued ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* All of it or nothing. */
static void say(struct adapter *a, const char *text)
{
	size_t len = strlen(text);

	if (len > QUEUE_MAX - a->queued)
		return;
	memcpy(a->queue + a->queued, text, len);
	a->queued += len;
	if (a->queued == len)
		flush(a);
}

static void unplug(struct adapter *a)
{
	sd_event_source_disable_unref(a->source);
	fd_close(&a->fd);
	free(a);
}

/* -- commands -- */

static bool all_hex(const char *text, size_t n)
{
	while (n && isxdigit((unsigned char)*text)) {
		text++;
		n--;
	}
	return !n;
}

/* "tiiiLdd..", "riiiL", and with capitals for identifiers of eight digits. */
static bool frame_ok(const char *command, size_t len)
{
	bool is_long = isupper((unsigned char)command[0]);
	bool is_remote = tolower((unsigned char)command[0]) == 'r';
	size_t digits = is_long ? 8 : 3, bytes;

	if (len < 1 + digits + 1 || !all_hex(command + 1, digits))
		return false;
	if (command[1] > (is_long ? '1' : '7'))
		return false;
	if (command[1 + digits] < '0' || command[1 + digits] > '8')
		return false;
	bytes = is_remote ? 0 : (size_t)(command[1 + digits] - '0');
	return len == 1 + digits + 1 + 2 * bytes && all_hex(command + 1 + digits + 1, 2 * bytes);
}

static void send_frame(struct adapter *a)
{
	bool is_long = isupper((unsigned char)a->command[0]);
	const struct can_bus *bus = a->bus;
	size_t i;

	if (!a->open || a->listens_only || !frame_ok(a->command, a->len)) {
		say(a, BELL);
		return;
	}
	a->command[a->len] = *CR;
	a->command[a->len + 1] = '\0';
	for (i = 0; i < bus->n; i++) {
		struct adapter *to = bus->adapters[i];

		if (to && to != a && to->open && to->speed == a->speed)
			say(to, a->command);
	}
	say(a, is_long ? "Z" CR : "z" CR);
}

static bool set_speed(struct adapter *a)
{
	if (a->open || a->len != 2 || a->command[1] < '0' || a->command[1] > '8')
		return false;
	a->speed = a->command[1];
	return true;
}

static bool open_bus(struct adapter *a)
{
	if (a->open || a->len != 1)
		return false;
	a->open = true;
	a->listens_only = a->command[0] == 'L';
	return true;
}

static bool close_bus(struct adapter *a)
{
	if (!a->open || a->len != 1)
		return false;
	a->open = false;
	return true;
}

static void obey(struct adapter *a)
{
	switch (a->command[0]) {
	case 't':
	case 'T':
	case 'r':
	case 'R':
		send_frame(a);
		break;
	case 'S':
		say(a, set_speed(a) ? CR : BELL);
		break;
	case 'O':
	case 'L':
		say(a, open_bus(a) ? CR : BELL);
		break;
	case 'C':
		say(a, close_bus(a) ? CR : BELL);
		break;
	case 'F': /* no faults */
		say(a, a->open ? "F00" CR : BELL);
		break;
	case 'V': /* versions of hardware and software */
		say(a, "V1010" CR);
		break;
	default:
		say(a, BELL);
		break;
	}
}

static void take(struct adapter *a, char c)
{
	if (c == *CR) {
		if (a->too_long)
			say(a, BELL);
		else if (a->len)
			obey(a);
		a->len = 0;
		a->too_long = false;
	} else if (a->len < COMMAND_MAX) {
		a->command[a->len++] = c;
	} else {
		a->too_long = true;
	}
}

static int on_line(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct adapter *a = arg;
	char bytes[1024];
	ssize_t i, n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (revents & EPOLLOUT)
		flush(a);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		/* Its VM has gone; the adapter stays until it is replaced. */
		a->open = false;
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	}
	for (i = 0; i < n; i++)
		take(a, bytes[i]);
	return 0;
}

/* -- the bus -- */

struct can_bus *can_bus_new(void)
{
	return xcalloc(1, sizeof(struct can_bus));
}

void can_bus_free(struct can_bus *bus)
{
	if (!bus)
		return;
	while (bus->n > 0)
		if (bus->adapters[--bus->n])
			unplug(bus->adapters[bus->n]);
	free(bus->adapters);
	free(bus);
}

int can_bus_plug(struct can_bus *bus, struct loop *loop, unsigned int index, int *fd)
{
	struct adapter *a;
	int ends[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	while (bus->n <= index) {
		bus->adapters = xreallocarray(bus->adapters, bus->n + 1, sizeof(*bus->adapters));
		bus->adapters[bus->n++] = NULL;
	}
	a = xcalloc(1, sizeof(*a));
	a->bus = bus;
	a->fd = ends[0];
	a->speed = '6';
	err = sd_event_add_io(loop->event, &a->source, a->fd, EPOLLIN, on_line, a);
	if (err < 0) {
		fd_close(&ends[1]);
		unplug(a);
		return err;
	}
	if (bus->adapters[index])
		unplug(bus->adapters[index]);
	bus->adapters[index] = a;
	*fd = ends[1];
	return 0;
}
