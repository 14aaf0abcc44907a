// SPDX-License-Identifier: GPL-2.0-or-later
/* A VM that has come up: killed, set going after a pause, started anew in the same QEMU. */
#include <errno.h>
#include <signal.h>

#include "core/util.h"
#include "vm/vm-private.h"

/* For QEMU to carry a command out; it is not the guest's to delay. */
#define COMMAND_US (2 * USEC_PER_SEC)

bool vm_exited(const struct vm *vm)
{
	return vm->proc->exited || qmp_error(vm->qmp) == -EPIPE;
}

uint64_t vm_exited_us(const struct vm *vm)
{
	return vm->proc->exited ? vm->proc->exited_us : now_us();
}

static bool is_gone(void *arg)
{
	const struct vm *vm = arg;

	return vm->proc->exited && qmp_error(vm->qmp) && agent_error(vm->agent);
}

int vm_kill(struct vm *vm, uint64_t timeout_us)
{
	int err;

	if (!vm->proc->exited)
		kill(vm->proc->pid, SIGKILL);
	err = loop_wait_teardown(vm->loop, is_gone, vm, timeout_us);
	/* Whoever waited for an answer of its gets to know before it is freed. */
	if (!err)
		err = loop_sleep(vm->loop, 1);
	return err;
}

bool vm_paused(const struct vm *vm)
{
	return vm->stopped;
}

uint64_t vm_running_since_us(const struct vm *vm)
{
	return vm->running_us ? vm->running_us : vm->spawned_us;
}

int vm_continue(struct vm *vm, uint64_t timeout_us)
{
	return vm_qmp(vm, "cont", NULL, NULL, timeout_us);
}

int vm_adopt(struct vm *vm, uint64_t timeout_us)
{
	return agent_adopt(vm->agent, vm->spec->name, timeout_us);
}

/* What QEMU does when the guest reboots, or is made to. */
static int set_reboot_action(struct vm *vm, const char *action)
{
	return vm_qmp(vm, "set-action", json_pack("{s:s}", "reboot", action), NULL, COMMAND_US);
}

static bool was_reset(void *arg)
{
	const struct vm *vm = arg;

	return vm->was_reset || vm_exited(vm);
}

int vm_reset(struct vm *vm, uint64_t timeout_us)
{
	int err = set_reboot_action(vm, "reset");

	vm->was_reset = false;
	if (!err)
		err = vm_qmp(vm, "system_reset", NULL, NULL, COMMAND_US);
	if (!err)
		err = loop_wait(vm->loop, was_reset, vm, COMMAND_US);
	if (!err)
		err = vm_wait_ready(vm, timeout_us);
	/* Not before: the firmware resets the machine once more. */
	return err ? err : set_reboot_action(vm, "shutdown");
}

void vm_life_event(struct vm *vm, const char *event)
{
	if (streq(event, "STOP")) {
		vm->stopped = true;
	} else if (streq(event, "RESUME")) {
		vm->stopped = false;
		vm->running_us = now_us();
	} else if (streq(event, "RESET")) {
		vm->was_reset = true;
		vm->running_us = now_us();
		agent_restart(vm->agent);
	}
}
