/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of QEMU's machine protocol: greeting, capabilities, commands matched with replies by
 * id, events. One JSON object per line each way. QEMU runs a hostile guest and may be taken over
 * by it, so what it sends is bounded and checked; the first thing that is not QMP ends the
 * connection.
 */
#ifndef DRIVERVM_VM_QMP_H
#define DRIVERVM_VM_QMP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"

/* Longest line taken from QEMU; the longest real one (query-qmp-schema) is some 300 KiB. */
#define QMP_LINE_MAX (4u << 20)

struct qmp;

/* An event: its name, and its data, which may be NULL. Both borrowed. Must not wait. */
typedef void (*qmp_event_fn)(void *arg, const char *event, json_t *data);

/*
 * Takes over @fd, in any case, and greets by itself. Events are appended to @log_path (up to some
 * limit) and handed to @on_event; either may be NULL. @name: the VM's, for messages; borrowed.
 */
int qmp_open(struct qmp **qmp, struct loop *loop, int fd, const char *name, const char *log_path,
	     qmp_event_fn on_event, void *arg);
/* NULL is allowed. */
void qmp_free(struct qmp *qmp);

/* Are commands accepted? */
bool qmp_ready(const struct qmp *qmp);
/* 0 while the connection stands, else -EPIPE (QEMU is gone) or -EPROTO (it did not speak QMP). */
int qmp_error(const struct qmp *qmp);

/*
 * Runs a command. @args is stolen and may be NULL; @ret may be NULL, else it receives a new
 * reference. Returns 0 or a negative errno: -EIO (QEMU refused; reported with its words),
 * -ETIMEDOUT, -EINTR, -EPIPE, -EPROTO, -ENOBUFS (QEMU does not read).
 */
int qmp_call(struct qmp *qmp, const char *command, json_t *args, json_t **ret, uint64_t timeout_us);
/* Gives QEMU a duplicate of @fd, for commands that take descriptors, as "fd:@name". As above. */
int qmp_give_fd(struct qmp *qmp, const char *name, int fd, uint64_t timeout_us);

#endif
