/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of JSON over a socket: how the orchestrator and its workers talk. Internal to campaign/. */
#ifndef DRIVERVM_CAMPAIGN_LINES_H
#define DRIVERVM_CAMPAIGN_LINES_H

#include <jansson.h>
#include <stdbool.h>

#include "vm/channel.h"

/* The longest line, bytes. */
#define LINE_MAX_BYTES (1u << 20)

struct lines {
	struct channel channel;
	char *buf; /* a line that is not complete */
	size_t len, size;
	/* A line that was JSON; @json is a new reference. Set before lines_open(). */
	void (*line)(void *arg, json_t *json);
	void *arg;
	bool closed; /* the other end is gone, or talks nonsense */
};

/* Takes over @fd, in any case. 0 or a negative errno. */
int lines_open(struct lines *l, struct loop *loop, int fd);
/* 0, -EPIPE (closed), -ENOBUFS (the other end does not read). */
int lines_send(struct lines *l, const json_t *json);
void lines_close(struct lines *l);

#endif
