// SPDX-License-Identifier: GPL-2.0-or-later
/* The supervisor of a system that is up. */
#include "supervise/supervisor.h"

#include <errno.h>

const char *detector_text(enum detector d)
{
	static const char *const names[] = {
		[DETECT_EXIT] = "exit",	  [DETECT_HANG] = "hang",
		[DETECT_STUCK] = "stuck", [DETECT_VIOLATION] = "violation",
		[DETECT_ASKED] = "asked",
	};

	return names[d];
}

const char *recovery_phase_text(enum recovery_phase phase)
{
	static const char *const names[RECOVERY_PHASES] = {
		[RECOVERY_FAULT] = "fault",	  [RECOVERY_DETECTED] = "detected",
		[RECOVERY_ISOLATED] = "isolated", [RECOVERY_RUNNING] = "running",
		[RECOVERY_DRIVER] = "driver",	  [RECOVERY_LINK] = "link",
		[RECOVERY_ANSWERED] = "answered",
	};

	return names[phase];
}

bool supervise_strategy_known(const char *name)
{
	(void)name;
	return false;
}

enum vm_origin supervise_strategy_origin(const char *name)
{
	(void)name;
	return VM_BOOT;
}

int supervisor_open(struct supervisor **out, struct loop *loop, struct system *sys,
		    const struct supervise_options *opt)
{
	(void)out;
	(void)loop;
	(void)sys;
	(void)opt;
	return -ENOSYS;
}

void supervisor_close(struct supervisor *s)
{
	(void)s;
}

void supervisor_pause(struct supervisor *s, bool pause)
{
	(void)s;
	(void)pause;
}

void supervisor_fault(struct supervisor *s, const char *vm, uint64_t when_us)
{
	(void)s;
	(void)vm;
	(void)when_us;
}

int supervisor_replace(struct supervisor *s, const char *vm)
{
	(void)s;
	(void)vm;
	return -ENOENT;
}

int supervisor_settle(struct supervisor *s, uint64_t timeout_us)
{
	(void)s;
	(void)timeout_us;
	return 0;
}

const struct recovery *supervisor_recovery(const struct supervisor *s, size_t i)
{
	(void)s;
	(void)i;
	return NULL;
}
