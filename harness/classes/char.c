// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices that are used through a file in /dev: a stock driver, and that file in the client: the
 * driver's own where there is no link, that of ddchar through one. What types of files there are,
 * and how the driver's is found, is said by ddchar_types.h; a driver names its type among its
 * features. What a device needs at its other end is in files of their own (char-private.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "classes/char-private.h"
#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"
#include "modules/ddchar/ddchar_types.h"

/* Files of one type that are looked at: watchdog0, ... */
#define FILES_MAX 8

static const struct ddchar_type *type_of(const struct device *dev)
{
	size_t i;

	for (i = 0; i < DDCHAR_N_TYPES; i++)
		if (driver_desc_has(dev->driver, ddchar_types[i].name))
			return &ddchar_types[i];
	return NULL;
}

/* -- the host's side -- */

static struct char_end_kind *end_kinds;

void char_end_register(struct char_end_kind *kind)
{
	kind->next = end_kinds;
	end_kinds = kind;
}

/* The host's part of a system's devices: dev->host. */
struct char_host {
	struct char_end *ends; /* by device index */
	size_t n;
};

static int char_host_up(void **host)
{
	*host = xcalloc(1, sizeof(struct char_host));
	return 0;
}

static void char_host_down(void *host)
{
	struct char_host *h = host;

	while (h->n > 0) {
		struct char_end *end = &h->ends[--h->n];

		proc_free(end->proc);
		fd_close(&end->far_fd);
		fd_close(&end->fd);
	}
	free(h->ends);
	free(h);
}

/* What the device needs at its other end; NULL: nothing. */
static const struct char_end_kind *end_kind_of(const struct device *dev)
{
	const struct ddchar_type *type = type_of(dev);
	const struct char_end_kind *kind = end_kinds;

	while (kind && !(type && str_listed(kind->types, type->name)))
		kind = kind->next;
	return kind;
}

static int char_backend_up(struct device *dev, int *fd)
{
	const struct char_end_kind *kind = end_kind_of(dev);
	struct char_host *h = dev->host;

	h->ends = xgrow(h->ends, &h->n, dev->index, sizeof(*h->ends),
			&(struct char_end){ .fd = -1, .far_fd = -1 });
	return kind ? kind->up(dev, &h->ends[dev->index], fd) : 0;
}

static void char_qemu_args(const struct device *dev, struct argv *args, int fd)
{
	const struct char_end_kind *kind = end_kind_of(dev);

	if (kind)
		kind->args(dev, args, fd);
	step_hardware_args(dev, args, kind ? kind->property : NULL, "-end");
}

/* -- the guests' side -- */

/* @pattern of the table with its one %u, if it has one, replaced by @n. */
static char *numbered(const char *pattern, unsigned int n)
{
	const char *at = strstr(pattern, "%u");

	if (!at)
		return xstrdup(pattern);
	return xasprintf("%.*s%u%s", (int)(at - pattern), pattern, n, at + strlen("%u"));
}

/* What is looked for, and where. */
struct file_search {
	struct vm *vm;
	const struct ddchar_type *type;
	char *name; /* of the file, once found; the caller frees it */
};

/* Looks for the driver's file in the VM: 1, 0: not there yet, or errno. */
static int look_for_file(void *arg)
{
	struct file_search *search = arg;
	unsigned int i, n = strstr(search->type->found, "%u") ? FILES_MAX : 1;
	char *path, *text;
	bool found = false;
	int err;

	for (i = 0; i < n && !found; i++) {
		path = numbered(search->type->found, i);
		err = vm_read_file(search->vm, path, &text);
		free(path);
		if (err == -ENOENT)
			continue;
		if (err)
			return err;
		found = !search->type->says || strstr(text, search->type->says);
		free(text);
		if (found)
			search->name = numbered(search->type->lower, i);
	}
	return found;
}

/* Loads the driver and waits for its file: 0 and *@name, which the caller frees. */
static int start_driver(struct device *dev, char **name)
{
	struct file_search search = { .vm = dev->vm, .type = type_of(dev) };
	int err;

	if (!search.type) {
		pr_err("%s: driver %s: none of its features is a type of ddchar_types.h", dev->name,
		       dev->driver->name);
		return -EINVAL;
	}
	err = step_load_driver(dev, dev->vm);
	if (err)
		return err;
	err = step_wait_found(dev, look_for_file, &search);
	if (err && err != -EINTR)
		pr_err("%s: driver %s made no %s in VM %s: %s", dev->name, dev->driver->name,
		       search.type->name, vm_spec(dev->vm)->name, strerror(-err));
	*name = search.name;
	return err;
}

static int char_start_in_place(struct device *dev)
{
	char *name = NULL;
	int err = start_driver(dev, &name);

	if (!err)
		step_set_path(dev, name);
	free(name);
	return err;
}

static int char_start_server(struct device *dev)
{
	char *name = NULL;
	int err = start_driver(dev, &name);

	if (!err)
		err = step_load_half(dev->vm, "ddchar_server");
	if (!err)
		err = step_bind(dev, name);
	free(name);
	return err;
}

/* Until the client's half has made its file, which it then names. */
static int char_resume_client(struct device *dev)
{
	char *path = xasprintf("/sys/bus/ddlink/devices/%s/file", dev->name), *name;
	int err = step_wait_file(dev, dev->user, "file", path, &name);

	free(path);
	if (err)
		return err;
	step_set_path(dev, name);
	free(name);
	return 0;
}

static int char_start_client(struct device *dev)
{
	int err = step_load_half(dev->user, "ddchar_client");

	return err ? err : char_resume_client(dev);
}

/* A file that somebody else has is there. If nobody may ask it, the link tells something. */
static char *char_check(const struct device *dev)
{
	const struct ddchar_type *type = type_of(dev);

	if (type && type->ask)
		return xasprintf("p=%s; why=$( (%s) 2>&1) || case $why in *busy*) ;; *) "
				 "echo \"cannot use $p: $why\"; exit 1 ;; esac",
				 dev->path, type->ask);
	if (!dev->link)
		return xasprintf("[ -c %s ] || { echo \"cannot find %s\"; exit 1; }", dev->path,
				 dev->path);
	return xasprintf("[ -c %s ] && read s </sys/bus/ddlink/devices/%s/state && "
			 "[ \"$s\" = up ] || { echo \"cannot use %s: link $s\"; exit 1; }",
			 dev->path, dev->name, dev->path);
}

static const struct device_class char_class = {
	.name = "char",
	.link_class = DDLINK_CLASS_CHAR,
	.default_driver = "virtio-rng",
	.prefix = "char",
	.on_board = true,
	.host_up = char_host_up,
	.host_down = char_host_down,
	.backend_up = char_backend_up,
	.qemu_args = char_qemu_args,
	.start_in_place = char_start_in_place,
	.start_server = char_start_server,
	.start_client = char_start_client,
	.resume_client = char_resume_client,
	.check = char_check,
	.counters = step_link_counters,
};

DEVICE_CLASS(char_class)
