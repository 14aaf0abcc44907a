// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks: a backing store (in the host's memory, or a file of the user's) that outlives its driver
 * VM, a stock driver, and a block device in the client: the driver's own where there is no link,
 * /dev/ddblkN (for device "diskN") through one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "classes/blk-private.h"
#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"
#include "modules/ddblk/ddblk_config.h"

/* Sparse: memory is taken as it is written to. */
#define DISK_BYTES (1ull << 30)
/* How far above a disk in sysfs its driver's device may be: partition, host, bus, controller. */
#define LEVELS_MAX 9

/* -- the host's side -- */

static int blk_host_up(void **host)
{
	*host = xcalloc(1, sizeof(struct blk_host));
	return 0;
}

static void blk_host_down(void *host)
{
	struct blk_host *h = host;

	joints_free(&h->joints);
	while (h->n > 0)
		fd_close(&h->stores[--h->n].fd);
	free(h->stores);
	free(h);
}

static int open_backing(const struct device *dev)
{
	char *why;
	int fd = blk_backing_open(dev, &why);

	if (fd < 0) {
		pr_err("%s: %s", dev->name, why);
		free(why);
	}
	return fd;
}

static int make_store(const struct device *dev)
{
	int fd = memfd_create(dev->name, MFD_CLOEXEC);
	int err;

	if (fd < 0 || ftruncate(fd, DISK_BYTES) < 0) {
		err = -errno;
		pr_err("%s: no backing store: %s", dev->name, strerror(-err));
		fd_close(&fd);
		return err;
	}
	return fd;
}

/* A device whose VM is started again has its store already. */
static int blk_backend_up(struct device *dev, int *fd)
{
	struct blk_host *h = dev->host;

	h->stores = xgrow(h->stores, &h->n, dev->index, sizeof(*h->stores),
			  &(struct blk_store){ .fd = -1 });
	if (h->stores[dev->index].fd < 0)
		h->stores[dev->index].fd = blk_backing(dev) ? open_backing(dev) : make_store(dev);
	if (h->stores[dev->index].fd < 0)
		return h->stores[dev->index].fd;
	*fd = fcntl(h->stores[dev->index].fd, F_DUPFD_CLOEXEC, 3);
	return *fd < 0 ? -errno : 0;
}

static void blk_qemu_args(const struct device *dev, struct argv *args, int fd)
{
	const char *n = dev->name;
	const char *read_only = blk_read_only(dev) ? "on" : "off";

	argv_add(args, "-add-fd");
	argv_add(args, "fd=%d,set=%d,opaque=%s", fd, fd, n);
	argv_add(args, "-blockdev");
	argv_add(args,
		 "driver=%s,node-name=%s-file,filename=/dev/fdset/%d,locking=off,discard=unmap,"
		 "read-only=%s",
		 blk_backing_driver(dev), n, fd, read_only);
	argv_add(args, "-object");
	argv_add(args, "throttle-group,id=%s-rate", n);
	argv_add(args, "-blockdev");
	argv_add(args,
		 "driver=throttle,node-name=%s,throttle-group=%s-rate,file=%s-file,discard=unmap,"
		 "read-only=%s",
		 n, n, n, read_only);
	step_hardware_args(dev, args, "drive", "");
}

/* -- the guests' side -- */

/* Does a "DRIVER=" line of this uevent name one of the driver's modules? */
static bool names_driver(const struct device *dev, const char *uevent)
{
	const char *line = strstr(uevent, "DRIVER=");
	unsigned int i;

	if (!line)
		return false;
	line += strlen("DRIVER=");
	for (i = 0; i < dev->driver->n_modules; i++)
		if (step_same_module(line, strcspn(line, "\n"), dev->driver->modules[i]))
			return true;
	return false;
}

/* Is one of the devices above the disk @name in sysfs driven by the device's driver? 1, 0, errno.
 */
static int is_driven(const struct device *dev, const char *name)
{
	char *path = xasprintf("/sys/block/%s/device", name), *longer, *file, *text;
	unsigned int i;
	int err = 0;
	bool found = false;

	for (i = 0; i < LEVELS_MAX && !found && !err; i++) {
		file = xasprintf("%s/uevent", path);
		err = vm_read_file(dev->vm, file, &text);
		free(file);
		if (!err) {
			found = names_driver(dev, text);
			free(text);
		}
		/* Not every level has one. */
		if (err == -ENOENT && i > 0)
			err = 0;
		longer = xasprintf("%s/..", path);
		free(path);
		path = longer;
	}
	free(path);
	if (err == -ENOENT)
		return 0;
	return err ? err : found;
}

static bool is_taken(const struct device *dev, const char *name)
{
	const struct blk_host *h = dev->host;
	size_t i;

	for (i = 0; i < h->n; i++)
		if (h->stores[i].vm == dev->vm && streq(h->stores[i].disk, name))
			return true;
	return false;
}

/* Has the device's driver made this disk, and is it not another device's? 1, 0, errno. */
static int is_ours(const struct device *dev, const char *name)
{
	return is_taken(dev, name) ? 0 : is_driven(dev, name);
}

/* What is looked for, and where. */
struct disk_search {
	const struct device *dev;
	struct vm *vm;
	int (*is)(const struct device *dev, const char *name);
	char *name; /* of the disk, once found */
};

/* The first disk for which is() holds. 1, 0: none yet, or errno. */
static int look_for_disk(void *arg)
{
	const struct disk_search *search = arg;
	char *text, *line, *save, word[BLK_NAME_MAX];
	int err, found = 0;

	err = vm_read_file(search->vm, "/proc/partitions", &text);
	if (err)
		return err;
	for (line = strtok_r(text, "\n", &save); line && !found;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, " %*u %*u %*u %31s", word) != 1)
			continue;
		found = search->is(search->dev, word);
		if (found > 0)
			strcpy(search->name, word);
	}
	free(text);
	return found;
}

int blk_wait_disk(const struct device *dev, struct vm *vm,
		  int (*is)(const struct device *dev, const char *name), char name[BLK_NAME_MAX])
{
	struct disk_search search = { .dev = dev, .vm = vm, .is = is, .name = name };

	return step_wait_found(dev, look_for_disk, &search);
}

int blk_find_disk(struct device *dev, char name[BLK_NAME_MAX])
{
	struct blk_store *store = &((struct blk_host *)dev->host)->stores[dev->index];
	int err;

	store->vm = dev->vm;
	/* What it was called before its VM was reset is no longer taken. */
	store->disk[0] = '\0';
	err = blk_wait_disk(dev, dev->vm, is_ours, name);
	if (!err)
		strcpy(store->disk, name);
	else if (err != -EINTR)
		pr_err("%s: driver %s made no disk in VM %s: %s", dev->name, dev->driver->name,
		       vm_spec(dev->vm)->name, strerror(-err));
	return err;
}

static int blk_start_in_place(struct device *dev)
{
	char name[BLK_NAME_MAX];
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = blk_find_disk(dev, name);
	if (!err)
		step_set_path(dev, name);
	return err;
}

static int blk_start_server(struct device *dev)
{
	char name[BLK_NAME_MAX];
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = step_load_half(dev->vm, "ddblk_server");
	if (!err)
		err = blk_find_disk(dev, name);
	return err ? err : step_bind(dev, name);
}

/* The disk that ddblk_client makes of the device; the caller frees. */
static char *client_disk(const struct device *dev)
{
	return xasprintf("ddblk%s", dev->name + strcspn(dev->name, "0123456789"));
}

static int blk_resume_client(struct device *dev)
{
	char *name = client_disk(dev);

	step_set_path(dev, name);
	free(name);
	return 0;
}

static int blk_start_client(struct device *dev)
{
	char *name = client_disk(dev);
	char *path = xasprintf("/sys/block/%s/size", name), *text;
	int err;

	err = step_load_half(dev->user, "ddblk_client");
	if (!err)
		err = step_wait_file(dev, dev->user, "disk", path, &text);
	if (!err) {
		free(text);
		step_set_path(dev, name);
	}
	free(path);
	free(name);
	return err;
}

static char *blk_check(const struct device *dev)
{
	return xasprintf("why=$(dd if=%s of=/dev/null bs=4096 count=1 2>&1) || "
			 "{ echo \"cannot read from the disk: $why\"; exit 1; }",
			 dev->path);
}

static const struct device_class blk_class = {
	.name = "blk",
	.link_class = DDLINK_CLASS_BLK,
	.default_driver = "nvme",
	.prefix = "disk",
	.payload = { sizeof(struct ddblk_request), sizeof(struct ddblk_reply) },
	.settings = blk_settings,
	.options = blk_options,
	.check_options = blk_check_options,
	.stock = &blk_stock,
	.host_up = blk_host_up,
	.host_down = blk_host_down,
	.backend_up = blk_backend_up,
	.qemu_args = blk_qemu_args,
	.start_in_place = blk_start_in_place,
	.start_server = blk_start_server,
	.start_client = blk_start_client,
	.resume_client = blk_resume_client,
	.check = blk_check,
	.counters = blk_counters,
};

DEVICE_CLASS(blk_class)
