// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The templates that a system's VMs are restored from: found in the cache, or made. A driver VM's,
 * by booting one as it will be, with its device, its link and the driver bound, but with nobody at
 * the link's other end; that of a fleet's client: see templates_client.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/task.h"
#include "core/util.h"
#include "system/system-private.h"
#include "vm/template.h"

#define BOOT_US (60 * USEC_PER_SEC)
/* Of templates that are made at the same time. */
#define TASKS_MAX 8
/* Until all are made: each step of that has a time of its own. */
#define SEARCH_US (3600 * USEC_PER_SEC)

/* What it takes to run the one VM of a template. */
struct workshop {
	struct loop *loop;
	const struct technique_set *techniques; /* NULL: none */
	struct device dev; /* with a host's part and a link of its own */
	char *name; /* of the device */
	struct vm_spec spec;
	char *vm_name;
	char *dir_name; /* of the template */
	struct vm *vm;
};

bool system_clonable(const struct system *sys, const struct system_vm *vm)
{
	unsigned int i, n = 0;
	bool fit = true;

	for (i = 0; i < sys->desc->n_devices; i++) {
		const struct system_device_desc *d = &sys->desc->devices[i];

		if (streq(d->exported_to, vm->desc->name))
			return false;
		if (!streq(d->vm, vm->desc->name))
			continue;
		fit = d->exported_to && d->via == SYSTEM_VIA_LINK && !d->n_options &&
		      !sys->devices[i].driver->template_why;
		n++;
	}
	return n == 1 && fit;
}

static struct device *device_of(struct system *sys, const struct system_vm *vm)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_devices; i++)
		if (streq(sys->desc->devices[i].vm, vm->desc->name))
			return &sys->devices[i];
	return NULL;
}

/* Of those that several systems use by turns each has a folder, or they would be made anew. */
static char *folder_name(const struct system *sys, const struct system_vm *vm,
			 const struct device *dev)
{
	struct argv modules = { 0 };
	const char *kernel = vm->spec.kernel;
	char *name = xasprintf("%s-%s-%uM-%s%s%s%s", dev->driver->name, sys->accel,
			       vm->spec.memory_mib, vm->spec.image, vm->spec.shell ? "-shell" : "",
			       kernel ? "-" : "", kernel ?: "");
	char *longer;
	size_t i;

	if (sys->techniques)
		technique_set_modules(sys->techniques, &modules);
	for (i = 0; i < modules.n; i++) {
		longer = xasprintf("%s-%s", name, modules.v[i]);
		free(name);
		name = longer;
	}
	argv_free(&modules);
	return name;
}

/* Template device and spec as they are the first of their kind: no name of a VM's goes into it. */
static void furnish(struct workshop *w, const struct system *sys, const struct system_vm *vm,
		    const struct device *dev)
{
	*w = (struct workshop){
		.loop = sys->loop,
		.techniques = sys->techniques,
		.name = xasprintf("%s0", dev->class->prefix),
		.vm_name = xasprintf("template-%s", dev->driver->name),
		.dir_name = folder_name(sys, vm, dev),
	};
	w->dev = (struct device){
		.class = dev->class,
		.driver = dev->driver,
		.name = w->name,
		.loop = sys->loop,
	};
	w->spec = (struct vm_spec){
		.name = w->vm_name,
		.image = vm->spec.image,
		.kernel = vm->spec.kernel,
		.memory_mib = vm->spec.memory_mib,
		.vcpus = vm->spec.vcpus,
		.accel = vm->spec.accel,
		.log_dir = vm->spec.log_dir,
		.shell = vm->spec.shell,
	};
}

/* Which template that would be: its devices' arguments are what they are in a dry run. */
static char *key_of(const struct workshop *w)
{
	const struct driver_desc *driver = w->dev.driver;
	struct vm_spec spec = w->spec;
	struct argv modules = { 0 };
	char *made_by, *list, *key;
	unsigned int i;

	for (i = 0; i < driver->n_modules; i++)
		argv_add(&modules, driver->modules[i]);
	if (w->techniques)
		technique_set_modules(w->techniques, &modules);
	list = argv_quote(&modules);
	made_by = xasprintf("%s of %s", driver->name, list);
	free(list);
	argv_free(&modules);
	spec.devices = (struct argv){ 0 };
	spec.parameters = (struct argv){ 0 };
	system_add_hardware(&w->dev, &spec, 0);
	link_qemu_args(&spec.devices, w->name, DDLINK_SERVER, 0);
	if (w->techniques)
		technique_set_qemu_args(w->techniques, &spec.devices);
	key = template_key(&spec, made_by);
	argv_free(&spec.devices);
	argv_free(&spec.parameters);
	free(made_by);
	return key;
}

static int open_workshop(struct workshop *w)
{
	int err = w->dev.class->host_up ? w->dev.class->host_up(&w->dev.host) : 0;

	if (!err)
		err = link_new(&w->dev.link, w->loop, w->name, w->dev.class->link_class);
	return err;
}

static void stop(struct workshop *w)
{
	vm_free(w->vm);
	w->vm = NULL;
	w->dev.vm = NULL;
	vm_spec_drop_devices(&w->spec);
}

static void close_workshop(struct workshop *w)
{
	stop(w);
	link_free(w->dev.link);
	if (w->dev.host)
		w->dev.class->host_down(w->dev.host);
	free(w->dev.path);
	free(w->dev.peer_path);
	free(w->dir_name);
	free(w->vm_name);
	free(w->name);
}

/* The VM with its device, and the link that has nobody at the other end. */
static int start(struct workshop *w)
{
	int fd = -1, err;

	err = w->dev.class->backend_up(&w->dev, &fd);
	if (err)
		return err;
	if (fd >= 0)
		vm_spec_add_fd(&w->spec, fd);
	system_add_hardware(&w->dev, &w->spec, fd);
	fd = link_wait_attach(w->dev.link, w->loop, DDLINK_SERVER);
	if (fd < 0) {
		pr_err("%s: cannot attach it to its link: %s", w->vm_name, strerror(-fd));
		return fd;
	}
	vm_spec_add_fd(&w->spec, fd);
	link_qemu_args(&w->spec.devices, w->name, DDLINK_SERVER, fd);
	if (w->techniques)
		technique_set_qemu_args(w->techniques, &w->spec.devices);
	err = vm_spawn(&w->vm, w->loop, &w->spec);
	w->dev.vm = w->vm;
	return err ? err : vm_wait_ready(w->vm, BOOT_US);
}

/* What a clone finds in its link's memory may be another's, until it is told that it is not. */
static int stand_by(struct workshop *w)
{
	char *path = device_link_attribute(&w->dev, "standby");
	int err = vm_write_file(w->vm, path, "1");

	free(path);
	return err;
}

static int make(struct workshop *w, const char *key, struct vm_template **out)
{
	struct vm_template *t;
	int err = template_begin(&t, w->dir_name, key);

	if (err)
		return err;
	w->spec.memory_file = template_memory(t);
	err = start(w);
	if (!err)
		err = technique_modules_load(w->techniques, w->vm);
	if (!err)
		err = w->dev.class->start_server(&w->dev);
	if (!err && w->dev.class->settle)
		err = w->dev.class->settle(&w->dev);
	if (!err)
		err = loop_sleep(w->loop, SYSTEM_CALM_US);
	if (!err)
		err = stand_by(w);
	if (!err)
		err = template_finish(t, w->vm);
	stop(w);
	if (err)
		template_free(t);
	else
		*out = t;
	return err;
}

/* A clone that does not run has all of the memory, and QEMU saves what is not shared. */
static int make_copy(struct workshop *w, struct vm_template *t)
{
	int err;

	w->spec.memory_file = NULL;
	w->spec.origin = VM_CLONE;
	w->spec.template = t;
	w->spec.paused = true;
	err = start(w);
	if (!err)
		err = template_add_copy(t, w->vm);
	stop(w);
	return err;
}

static int find_or_make(struct system *sys, const struct system_vm *vm, const struct device *dev,
			struct vm_template **t)
{
	bool copy = sys->origin == VM_COPY, open = false;
	struct workshop w;
	char *key;
	int err, lock;

	furnish(&w, sys, vm, dev);
	key = key_of(&w);
	lock = template_lock(sys->loop, w.dir_name);
	err = lock < 0 ? lock : template_find(t, w.dir_name, key);
	if (!err && (!*t || (copy && !template_has_copy(*t)))) {
		pr_info("making the template %s...", w.dir_name);
		err = open_workshop(&w);
		open = true;
	}
	if (!err && !*t)
		err = make(&w, key, t);
	if (!err && open && copy)
		err = make_copy(&w, *t);
	if (err && err != -EINTR)
		pr_err("no template of driver %s: %s", dev->driver->name, strerror(-err));
	fd_close(&lock);
	close_workshop(&w);
	free(key);
	return err;
}

/* The one that another VM of the same driver has found already. */
static struct vm_template *known(const struct system *sys, const char *driver)
{
	size_t i;

	for (i = 0; i < sys->n_templates; i++)
		if (sys->templates[i].driver && streq(sys->templates[i].driver, driver))
			return sys->templates[i].saved;
	return NULL;
}

static void remember(struct system *sys, const char *driver, struct vm_template *t)
{
	sys->templates =
		xreallocarray(sys->templates, sys->n_templates + 1, sizeof(*sys->templates));
	sys->templates[sys->n_templates++] = (struct system_template){
		.driver = driver,
		.saved = t,
	};
}

static int find_template(struct system *sys, struct system_vm *vm)
{
	struct device *dev = device_of(sys, vm);
	struct vm_template *t = known(sys, dev->driver->name);
	int err;

	if (!t) {
		err = find_or_make(sys, vm, dev, &t);
		if (err)
			return err;
		remember(sys, dev->driver->name, t);
	}
	vm->spec.template = t;
	return 0;
}

static int find_clients(struct system *sys, struct system_vm *vm, const struct system_options *opt)
{
	struct vm_template *t;
	int err = system_find_client_template(sys, opt, &t);

	if (err)
		return err;
	remember(sys, NULL, t);
	vm->spec.template = t;
	return 0;
}

static bool is_client(const struct system_vm *vm)
{
	return streq(vm->desc->name, SYSTEM_CLIENT);
}

static bool needs_drivers(const struct system_vm *vm)
{
	return vm->spec.origin != VM_BOOT && !is_client(vm);
}

/* Is it the first VM that needs the template of its driver? */
static bool needs_another(struct system *sys, unsigned int number)
{
	const struct system_vm *vm = &sys->vms[number];
	unsigned int i;

	if (!needs_drivers(vm))
		return false;
	for (i = 0; i < number; i++)
		if (needs_drivers(&sys->vms[i]) &&
		    device_of(sys, &sys->vms[i])->driver == device_of(sys, vm)->driver)
			return false;
	return true;
}

/* What tasks do together: each takes the next driver that none has taken. */
struct search {
	struct system *sys;
	unsigned int next; /* of the system's VMs */
	unsigned int looking; /* tasks that have not ended */
	int err; /* the first */
};

static void look_on(void *arg)
{
	struct search *s = arg;
	int err;

	while (s->next < s->sys->desc->n_vms && !s->err) {
		unsigned int number = s->next++;

		err = needs_another(s->sys, number) ? find_template(s->sys, &s->sys->vms[number]) :
						      0;
		if (err && !s->err)
			s->err = err;
	}
	s->looking--;
}

static bool has_ended(void *arg)
{
	const struct search *s = arg;

	return s->looking == 0;
}

/* A guest that boots keeps one processor busy, so as many are made at a time as there are. */
static int find_drivers(struct system *sys)
{
	struct task *tasks[TASKS_MAX] = { NULL };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct search s = { .sys = sys };
	unsigned int n = 0;
	int err = 0;

	while (n < TASKS_MAX && n < cpus && !err) {
		s.looking++;
		err = task_start(&tasks[n], sys->loop, look_on, &s);
		if (err)
			s.looking--;
		else
			n++;
	}
	if (!err)
		err = loop_wait(sys->loop, has_ended, &s, SEARCH_US);
	while (n > 0)
		task_free(tasks[--n]);
	return err ? err : s.err;
}

int system_find_templates(struct system *sys, const struct system_options *opt)
{
	int err = find_drivers(sys);
	unsigned int i;

	for (i = 0; i < sys->desc->n_vms && !err; i++) {
		struct system_vm *vm = &sys->vms[i];

		if (vm->spec.origin == VM_BOOT)
			continue;
		err = is_client(vm) ? find_clients(sys, vm, opt) : find_template(sys, vm);
	}
	return err;
}

static void name_client_template(struct system *sys, struct system_vm *vm)
{
	char *name = system_client_template_name(sys, &vm->spec);

	remember(sys, NULL, template_named(name));
	vm->spec.template = sys->templates[sys->n_templates - 1].saved;
	free(name);
}

static void name_template(struct system *sys, struct system_vm *vm)
{
	struct device *dev = device_of(sys, vm);
	struct workshop w;

	furnish(&w, sys, vm, dev);
	if (!known(sys, dev->driver->name))
		remember(sys, dev->driver->name, template_named(w.dir_name));
	vm->spec.template = known(sys, dev->driver->name);
	close_workshop(&w);
}

void system_name_templates(struct system *sys)
{
	unsigned int i;

	for (i = 0; i < sys->desc->n_vms; i++) {
		if (sys->vms[i].spec.origin == VM_BOOT)
			continue;
		if (is_client(&sys->vms[i]))
			name_client_template(sys, &sys->vms[i]);
		else
			name_template(sys, &sys->vms[i]);
	}
}

void system_free_templates(struct system *sys)
{
	while (sys->n_templates > 0)
		template_free(sys->templates[--sys->n_templates].saved);
	free(sys->templates);
}
