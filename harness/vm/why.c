// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a VM did not come up, in one line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "vm/text.h"
#include "vm/vm-private.h"

static char *how_it_ended(int code)
{
	if (code > 128)
		return xasprintf("was killed by signal %d (%s)", code - 128, strsignal(code - 128));
	return xasprintf("exited with status %d", code);
}

static char *why_ended(struct vm *vm, const char *kernel_line)
{
	const char *name = vm->spec->name;
	char *last = text_file_last_line(vm->qemu_log);
	char *how = how_it_ended(proc_exit_code(vm->proc));
	char *why;

	if (vm->powered_off)
		why = xasprintf("VM %s powered itself off; its kernel's last line: '%s' (see %s)",
				name, kernel_line, vm->kernel_log);
	else
		why = xasprintf("VM %s: QEMU %s: %s (see %s)", name, how,
				*last ? last : "it said nothing", vm->qemu_log);
	free(how);
	free(last);
	return why;
}

static char *why_silent(struct vm *vm, const char *kernel_line, uint64_t timeout_us)
{
	const char *name = vm->spec->name;
	double seconds = (double)timeout_us / USEC_PER_SEC;

	if (!qmp_ready(vm->qmp))
		return xasprintf("VM %s: QEMU's monitor did not answer within %.1f s (see %s)",
				 name, seconds, vm->qemu_log);
	if (!*kernel_line)
		return xasprintf("VM %s: its kernel printed nothing within %.1f s (see %s)", name,
				 seconds, vm->kernel_log);
	return xasprintf("VM %s: no word from its agent within %.1f s; its kernel's last line: "
			 "'%s' (see %s)",
			 name, seconds, kernel_line, vm->kernel_log);
}

char *vm_why(struct vm *vm, int err, uint64_t timeout_us)
{
	const char *name = vm->spec->name;
	const char *panic = console_panic(vm->console);
	char *kernel_line = text_file_last_line(vm->kernel_log);
	char *why;

	if (panic)
		why = xasprintf("VM %s: %s (see %s)", name, panic, vm->kernel_log);
	else if (vm->proc->exited)
		why = why_ended(vm, kernel_line);
	else if (err == -ETIMEDOUT)
		why = why_silent(vm, kernel_line, timeout_us);
	else
		why = xasprintf("VM %s: its %s is gone or talks nonsense (see %s)", name,
				qmp_error(vm->qmp) ? "monitor" : "agent",
				qmp_error(vm->qmp) ? vm->qemu_log : vm->kernel_log);
	free(kernel_line);
	return why;
}
