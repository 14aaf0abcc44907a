// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests of the host: those that take no time are answered here, the others become jobs. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "agent/agent.h"

void request_fail(struct frame_queue *out, uint32_t id, int err, const char *why)
{
	const struct ddag_error error = { .err = err };

	frame_queue_add(out, DDAG_ERROR, id, &error, sizeof(error), why, strlen(why));
}

static void answer_ok(struct frame_queue *out, uint32_t id)
{
	const struct ddag_exit done = { .status = 0 };

	frame_queue_add(out, DDAG_EXIT, id, &done, sizeof(done), NULL, 0);
}

static void handle_signal(struct frame_queue *out, uint32_t id, const char *payload, size_t len)
{
	struct ddag_signal s;
	int err;

	if (len != sizeof(s)) {
		request_fail(out, id, -EINVAL, "a signal's payload has another length");
		return;
	}
	memcpy(&s, payload, sizeof(s));
	err = job_signal(s.id, s.signal < NSIG ? (int)s.signal : -1);
	if (err)
		request_fail(out, id, err, strerror(-err));
	else
		answer_ok(out, id);
}

static void handle_adopt(struct frame_queue *out, uint32_t id, const char *payload, size_t len)
{
	int err = adopt(payload, len);

	if (err)
		request_fail(out, id, err, strerror(-err));
	else
		answer_ok(out, id);
}

static void power_off(void)
{
	sync();
	if (reboot(RB_POWER_OFF))
		perror("drivervm-agent: power off");
}

void request_handle(struct frame_queue *out, const struct ddag_header *header, const char *payload)
{
	static const struct {
		uint16_t type;
		job_fn fn;
	} works[] = {
		{ DDAG_EXEC, work_exec }, { DDAG_MODPROBE, work_modprobe },
		{ DDAG_READ, work_read }, { DDAG_WRITE, work_write },
		{ DDAG_LINE, work_line },
	};
	size_t i;

	for (i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (works[i].type == header->type) {
			job_start(out, header->id, works[i].fn, payload, header->length);
			return;
		}
	switch (header->type) {
	case DDAG_PING:
		answer_ok(out, header->id);
		break;
	case DDAG_SIGNAL:
		handle_signal(out, header->id, payload, header->length);
		break;
	case DDAG_ADOPT:
		handle_adopt(out, header->id, payload, header->length);
		break;
	case DDAG_POWEROFF:
		power_off();
		break;
	default:
		request_fail(out, header->id, -ENOSYS, "unknown type of request");
		break;
	}
}
