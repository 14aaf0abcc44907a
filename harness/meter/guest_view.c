// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPU time as a guest counts it: asked of its agent, to the tick; or, where asking would wake a
 * whole fleet of idle guests, as they last said it of themselves.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/util.h"
#include "meter/parts.h"
#include "vm/vm.h"

/*
 * An agent that has been silent for longer, and not because its guest has nothing to do, is not
 * asked: the answer would be a time-out.
 */
#define SILENT_US ((DDAG_HEARTBEAT_IDLE_MS / 1000 + 3) * USEC_PER_SEC)

int guest_view_ask(struct vm *vm, struct guest_view *view)
{
	struct cpu_machine cpu;
	char *text;
	int err;

	if (!vm || !vm_alive(vm) || now_us() - vm_last_heard_us(vm) > SILENT_US)
		return -ENODATA;
	err = vm_read_file(vm, "/proc/stat", &text);
	if (err < 0)
		return err;
	err = cpu_parse_machine(text, &cpu);
	free(text);
	if (err == 0)
		*view = (struct guest_view){ .busy_s = (double)cpu.busy * cpu_tick_seconds() };
	return err;
}

int guest_view_heard(const struct vm *vm, struct guest_view *view)
{
	struct ddag_heartbeat hb;
	int err = vm ? vm_heartbeat(vm, &hb) : -ENODATA;

	if (err < 0)
		return err;
	view->busy_s = (double)hb.cpu_busy_us / 1e6;
	view->uptime_s = (double)hb.uptime_us / 1e6;
	return 0;
}

int guest_view_used(const struct guest_view *from, const struct guest_view *to, double wall_s,
		    double *used_s)
{
	double up = to->uptime_s - from->uptime_s, busy = to->busy_s - from->busy_s;
	bool asked = from->uptime_s <= 0 && to->uptime_s <= 0;

	if (busy < 0 || (!asked && up <= 0))
		return -ENODATA;
	*used_s = asked ? busy : busy / up * wall_s;
	return 0;
}
