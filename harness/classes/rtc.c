// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Real-time clocks: a stock driver, and /dev/rtcN in the client: the driver's own where there is no
 * link, that of ddrtc through one. A machine has a clock anyway (a client too, for itself), so
 * which N it is depends: clocks are told by their drivers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"
#include "modules/ddrtc/ddrtc_config.h"

#define CLIENT_DRIVER "ddrtc_client"
/* Clocks of a guest that are looked at: rtc0, ... */
#define CLOCKS_MAX 8
#define CLOCK_NAME_MAX 8

/*
 * Is the clock of this text the one that @driver made of @device (NULL: of any)? "rtc_cmos 00:04":
 * its driver, and what that drives.
 */
static bool is_clock(const char *text, const char *driver, const char *device)
{
	size_t len = strcspn(text, " ");

	return step_same_module(text, len, driver) &&
	       (!device || (text[len] == ' ' && streq(text + len + 1, device)));
}

/* What is looked for, and where. */
struct clock_search {
	struct vm *vm;
	const char *driver;
	const char *device; /* NULL: any */
	char *name; /* of the clock, once found */
};

/* Looks for that clock among those of the VM: 1, 0: not there yet, or errno. */
static int look_for_clock(void *arg)
{
	const struct clock_search *search = arg;
	int i, err, found = 0;
	char *path, *text;

	for (i = 0; i < CLOCKS_MAX && !found; i++) {
		path = xasprintf("/sys/class/rtc/rtc%d/name", i);
		err = vm_read_file(search->vm, path, &text);
		free(path);
		if (err == -ENOENT)
			continue;
		if (err)
			return err;
		text[strcspn(text, "\n")] = '\0';
		found = is_clock(text, search->driver, search->device);
		free(text);
		if (found)
			snprintf(search->name, CLOCK_NAME_MAX, "rtc%d", i);
	}
	return found;
}

static int find_clock(struct device *dev, struct vm *vm, const char *driver, const char *device,
		      char *name)
{
	struct clock_search search = { .vm = vm, .driver = driver, .device = device, .name = name };
	int err = step_wait_found(dev, look_for_clock, &search);

	if (err && err != -EINTR)
		pr_err("%s: driver %s made no clock in VM %s: %s", dev->name, driver,
		       vm_spec(vm)->name, strerror(-err));
	return err;
}

static const char *driver_module(const struct device *dev)
{
	return dev->driver->modules[dev->driver->n_modules - 1];
}

static int rtc_start_in_place(struct device *dev)
{
	char name[CLOCK_NAME_MAX];
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = find_clock(dev, dev->vm, driver_module(dev), NULL, name);
	if (!err)
		step_set_path(dev, name);
	return err;
}

static int rtc_start_server(struct device *dev)
{
	char name[CLOCK_NAME_MAX];
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = step_load_half(dev->vm, "ddrtc_server");
	if (!err)
		err = find_clock(dev, dev->vm, driver_module(dev), NULL, name);
	return err ? err : step_bind(dev, name);
}

static int rtc_start_client(struct device *dev)
{
	char name[CLOCK_NAME_MAX];
	int err;

	err = step_load_half(dev->user, CLIENT_DRIVER);
	if (!err)
		err = find_clock(dev, dev->user, CLIENT_DRIVER, dev->name, name);
	if (!err)
		step_set_path(dev, name);
	return err;
}

static int rtc_resume_client(struct device *dev)
{
	char name[CLOCK_NAME_MAX];
	int err = step_wait_session(dev);

	if (!err)
		err = find_clock(dev, dev->user, CLIENT_DRIVER, dev->name, name);
	if (!err)
		step_set_path(dev, name);
	return err;
}

static char *rtc_check(const struct device *dev)
{
	return xasprintf("why=$(cat /sys/class/rtc/%s/since_epoch 2>&1) || "
			 "{ echo \"cannot read the clock: $why\"; exit 1; }",
			 strrchr(dev->path, '/') + 1);
}

static const struct device_class rtc_class = {
	.name = "rtc",
	.link_class = DDLINK_CLASS_RTC,
	.default_driver = "rtc_cmos",
	.prefix = "rtc",
	.on_board = true,
	.payload = { sizeof(struct ddrtc_request), sizeof(struct ddrtc_reply) },
	/* QEMU takes the time from it, and keeps what a guest sets as a difference to that. */
	.backend_up = step_no_backend,
	.qemu_args = step_device_args,
	.start_in_place = rtc_start_in_place,
	.start_server = rtc_start_server,
	.start_client = rtc_start_client,
	.resume_client = rtc_resume_client,
	.check = rtc_check,
	.counters = step_link_counters,
};

DEVICE_CLASS(rtc_class)
