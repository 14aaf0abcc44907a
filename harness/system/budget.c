// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory budget of a system's driver VMs, and the techniques they keep it with: chosen at
 * bring-up ("technique"), limited while the system is up ("budget").
 */
#include <errno.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/util.h"
#include "host/file.h"
#include "system/system-private.h"
#include "techniques/budget.h"
#include "vm/template.h"

/* As if it took half of all memory besides what it takes; see proc(5). */
#define OOM_FIRST "500"

bool system_is_driver_vm(const struct system_vm_desc *vm)
{
	return !streq(vm->name, SYSTEM_CLIENT) && !streq(vm->name, SYSTEM_REMOTE);
}

/* How many driver VMs there are, and what the largest was promised. */
static unsigned int count_driver_vms(const struct system_desc *desc, unsigned int *memory_mib)
{
	unsigned int i, n = 0;

	*memory_mib = 0;
	for (i = 0; i < desc->n_vms; i++) {
		if (!system_is_driver_vm(&desc->vms[i]))
			continue;
		if (desc->vms[i].memory_mib > *memory_mib)
			*memory_mib = desc->vms[i].memory_mib;
		n++;
	}
	return n;
}

int system_plan_techniques(struct system *sys, const char *names)
{
	unsigned int memory_mib;
	char *why;

	if (!names[0])
		return 0;
	if (!count_driver_vms(sys->desc, &memory_mib)) {
		pr_err("system %s has no driver VM, whose memory could be limited",
		       sys->desc->name);
		return -EINVAL;
	}
	if (technique_set_parse(&sys->techniques, names, &why) == 0)
		return 0;
	pr_err("%s", why);
	free(why);
	return -EINVAL;
}

int system_open_budget(struct system *sys)
{
	unsigned int memory_mib, n = count_driver_vms(sys->desc, &memory_mib);
	size_t i;
	int err;

	if (!sys->techniques)
		return 0;
	err = technique_set_check(sys->techniques, system_boot_name(sys->origin));
	if (!err)
		err = budget_new(&sys->budget, sys->techniques, sys->loop, n, memory_mib);
	/* The client's is no memory of driver VMs. */
	for (i = 0; i < sys->n_templates && sys->origin == VM_CLONE && !err; i++)
		if (sys->templates[i].driver)
			budget_add_file(sys->budget, template_memory(sys->templates[i].saved));
	return err;
}

/*
 * If the host itself runs out of memory a driver VM is killed for it, and not the client or the
 * orchestrator: a driver VM can be had again. Anybody may volunteer like that.
 */
static void offer_to_die(const struct vm *vm)
{
	char *path = xasprintf("/proc/%d/oom_score_adj", (int)vm_pid(vm));

	host_write(path, OOM_FIRST);
	free(path);
}

int system_spawn_vm(struct system *sys, struct system_vm *vm)
{
	int err = vm_spawn(&vm->vm, sys->loop, &vm->spec);

	if (err || !system_is_driver_vm(vm->desc))
		return err;
	offer_to_die(vm->vm);
	return sys->budget ? budget_join(sys->budget, vm->vm) : 0;
}

int technique_modules_load(const struct technique_set *set, struct vm *vm)
{
	struct argv modules = { 0 };
	int err = 0;
	size_t i;

	if (set)
		technique_set_modules(set, &modules);
	for (i = 0; i < modules.n && !err; i++)
		err = vm_modprobe(vm, modules.v[i], NULL);
	argv_free(&modules);
	return err;
}

bool system_budget_valid(const char *value)
{
	unsigned int mib;

	return parse_uint(value, 0, SYSTEM_BUDGET_MAX_MIB, &mib) == 0;
}

int system_set_budget(struct system *sys, const char *value)
{
	struct vm **vms;
	unsigned int i, mib;
	size_t n = 0;
	int err;

	if (!sys->budget) {
		pr_err("system %s was brought up without a technique, and so without a budget",
		       sys->desc->name);
		return -EINVAL;
	}
	if (parse_uint(value, 0, SYSTEM_BUDGET_MAX_MIB, &mib) < 0) {
		pr_err("'%s' is no budget (MiB for each driver VM, 0 to %u; 0: no limit)", value,
		       SYSTEM_BUDGET_MAX_MIB);
		return -EINVAL;
	}
	vms = xcalloc(sys->desc->n_vms, sizeof(*vms));
	for (i = 0; i < sys->desc->n_vms; i++)
		if (system_is_driver_vm(sys->vms[i].desc))
			vms[n++] = sys->vms[i].vm;
	err = budget_set(sys->budget, mib, vms, n);
	free(vms);
	return err;
}

/* Passes readings on, and adds what a driver VM takes by itself. */
struct each {
	meter_emit_fn emit;
	void *arg;
	unsigned int n_vms;
};

static void on_stat(void *arg, const char *metric, const char *unit, double value, const char *vm,
		    const char *thread)
{
	struct each *e = arg;

	e->emit(e->arg, metric, unit, value, vm, thread);
	if (streq(metric, "budget.total"))
		e->emit(e->arg, "budget.each", unit, value / e->n_vms, vm, thread);
}

void system_budget_stats(const struct system *sys, meter_emit_fn emit, void *arg)
{
	struct each each = { .emit = emit, .arg = arg };
	unsigned int i, alive = 0, memory_mib;

	if (!sys->budget)
		return;
	for (i = 0; i < sys->desc->n_vms; i++)
		if (system_is_driver_vm(sys->vms[i].desc) && sys->vms[i].vm &&
		    vm_alive(sys->vms[i].vm))
			alive++;
	each.n_vms = count_driver_vms(sys->desc, &memory_mib);
	budget_stats(sys->budget, on_stat, &each);
	emit(arg, "budget.alive", "1", alive, "host", "");
}

void system_close_budget(struct system *sys)
{
	budget_free(sys->budget);
	sys->budget = NULL;
	technique_set_free(sys->techniques);
	sys->techniques = NULL;
}
