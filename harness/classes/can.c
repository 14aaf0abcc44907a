// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CAN controllers: a stock driver, and an interface in the client that is called as the device
 * ("can0") whichever way it got there.
 *
 * All cards of a VM are on one bus of its QEMU, and no other: QEMU joins buses of several VMs only
 * by sockets of the host's kernel (AF_CAN), which hosts need not have. Adapters on serial lines are
 * on a bus of ours, in whatever VMs they are. See docs/can.md.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classes/can-private.h"
#include "classes/can_bus.h"
#include "classes/netdev.h"
#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"

#define BUS "can-bus,id=can-bus0"
/* Interfaces of a guest that are looked at: can0, ... */
#define INTERFACES_MAX 16u
#define IP "/bin/ip"

#define BITRATE "500000"
#define BITRATE_MIN 10000u
#define BITRATE_MAX 1000000u
/* Bus-off is left by itself after that. */
#define RESTART_MS 100
/* How long a frame may take to be sent, and how often is looked, a twentieth of a second apart. */
#define SENT_TRIES 200u

/* -- the host's side -- */

/* dev->host is the bus that is outside of all VMs. */
static int can_host_up(void **host)
{
	*host = can_bus_new();
	return 0;
}

static void can_host_down(void *host)
{
	can_bus_free(host);
}

static int can_backend_up(struct device *dev, int *fd)
{
	int err = 0;

	if (dev->place >= CAN_CONTROLLERS_MAX) {
		pr_err("%s: at most %u CAN controllers in a VM", dev->name, CAN_CONTROLLERS_MAX);
		return -EINVAL;
	}
	if (can_line_is(dev))
		err = can_bus_plug(dev->host, dev->loop, dev->index, fd);
	if (err)
		pr_err("%s: no line to its adapter: %s", dev->name, strerror(-err));
	return err;
}

unsigned int can_slot(const struct device *dev)
{
	return CAN_SLOT_FIRST + dev->place % CAN_CONTROLLERS_MAX;
}

static bool has(const struct argv *args, const char *arg)
{
	size_t i;

	for (i = 0; i < args->n; i++)
		if (streq(args->v[i], arg))
			return true;
	return false;
}

static void can_qemu_args(const struct device *dev, struct argv *args, int fd)
{
	if (can_line_is(dev)) {
		can_line_args(dev, args, fd);
		return;
	}
	if (!has(args, BUS)) {
		argv_add(args, "-object");
		argv_add(args, BUS);
	}
	argv_add(args, "-device");
	argv_add(args, "%s,canbus=can-bus0,addr=0x%x,id=%s-dev", dev->driver->device, can_slot(dev),
		 dev->name);
}

/* -- the guests' side -- */

/* What is looked for, and where. */
struct search {
	const struct device *dev;
	const char *what;
	unsigned int max;
	unsigned int number; /* once found */
};

/* 1, 0: not there yet, or errno. */
static int look_in_slot(void *arg)
{
	struct search *search = arg;
	char *path, *text;
	int err = -ENOENT;
	unsigned int i;

	for (i = 0; i < search->max && err == -ENOENT; i++) {
		path = xasprintf("/sys/bus/pci/devices/0000:00:%02x.0/%s%u/uevent",
				 can_slot(search->dev), search->what, i);
		err = vm_read_file(search->dev->vm, path, &text);
		free(path);
		if (err)
			continue;
		free(text);
		search->number = i;
		return 1;
	}
	return err == -ENOENT ? 0 : err;
}

int can_find_in_slot(const struct device *dev, const char *what, unsigned int max,
		     unsigned int *number)
{
	struct search search = { .dev = dev, .what = what, .max = max };
	int err = step_wait_found(dev, look_in_slot, &search);

	*number = search.number;
	return err;
}

/* @name has CAN_NAME_SIZE bytes. */
static int find_interface(struct device *dev, char *name)
{
	unsigned int number;
	int err;

	if (can_line_is(dev)) {
		can_line_interface(dev, name);
		return 0;
	}
	err = can_find_in_slot(dev, "net/can", INTERFACES_MAX, &number);
	if (err && err != -EINTR)
		pr_err("%s: driver %s made no CAN interface in VM %s: %s", dev->name,
		       dev->driver->name, vm_spec(dev->vm)->name, strerror(-err));
	snprintf(name, CAN_NAME_SIZE, "can%u", number);
	return err;
}

/* Loads the driver, and finds the interface that it makes of the controller. */
static int start_driver(struct device *dev, char *name)
{
	int err = step_load_driver(dev, dev->vm);

	if (!err && can_line_is(dev))
		err = can_line_attach(dev);
	return err ? err : find_interface(dev, name);
}

/*
 * Sets the client's interface up, and takes it down before if it is not. Not all drivers know how
 * to leave bus-off.
 */
static int set_up(struct device *dev, const char *name, const char *bitrate)
{
	char *rename = streq(name, dev->name) ?
			       xstrdup("") :
			       xasprintf(" && " IP " link set %s name %s", name, dev->name);
	char *script = xasprintf(IP " link set %s down%s || exit 1; up=\"" IP
				    " link set %s up type "
				    "can bitrate %s\"; $up restart-ms %d 2>/dev/null || $up",
				 name, rename, dev->name, bitrate, RESTART_MS);
	int err = step_script(dev, dev->user, "set the interface up", script);

	free(script);
	free(rename);
	return err;
}

static int can_start_in_place(struct device *dev)
{
	char name[CAN_NAME_SIZE];
	int err = start_driver(dev, name);

	if (!err)
		err = vm_modprobe(dev->vm, "can_raw", NULL);
	return err ? err : set_up(dev, name, BITRATE);
}

static int can_start_server(struct device *dev)
{
	char name[CAN_NAME_SIZE];
	int err = start_driver(dev, name);

	if (!err)
		err = step_load_half(dev->vm, "ddcan_server");
	return err ? err : step_bind(dev, name);
}

static int can_start_client(struct device *dev)
{
	char *path, *index;
	int err = step_load_half(dev->user, "ddcan_client");

	/* Programs' sockets; the kernel would have to find a program that loads it. */
	if (!err)
		err = vm_modprobe(dev->user, "can_raw", NULL);
	if (err)
		return err;
	path = xasprintf("/sys/class/net/%s/ifindex", dev->name);
	err = step_wait_file(dev, dev->user, "CAN interface", path, &index);
	free(path);
	if (err)
		return err;
	free(index);
	return set_up(dev, dev->name, BITRATE);
}

/* A frame of least priority goes all the way out, and the way back that says so. */
static char *can_check(const struct device *dev)
{
	return xasprintf("cd /sys/class/net/%s/statistics && a=$(cat tx_packets) && n=0 && "
			 "why=$(cansend %s 7FF# 2>&1) || "
			 "{ echo \"cannot send a frame: $why\"; exit 1; }; "
			 "until [ $(cat tx_packets) != $a ]; do n=$((n + 1)); [ $n -lt %u ] || "
			 "{ echo cannot send a frame: it is not sent; exit 1; }; sleep 0.05; done",
			 dev->name, dev->name, SENT_TRIES);
}

/* -- settings -- */

static bool bitrate_valid(const char *value)
{
	unsigned int bitrate;

	return parse_uint(value, BITRATE_MIN, BITRATE_MAX, &bitrate) == 0;
}

static int bitrate_apply(struct device *dev, const char *value)
{
	return set_up(dev, dev->name, value);
}

static const struct device_setting can_settings[] = {
	{ "bitrate", "bit/s, 10000 to 1000000", bitrate_valid, bitrate_apply },
	{ 0 },
};

/* -- counters -- */

static int can_counters(struct device *dev, counter_fn fn, void *arg)
{
	char name[CAN_NAME_SIZE];
	int err = netdev_counters(dev->user, dev->name, "client.netdev.", fn, arg);

	if (err || !dev->link)
		return err;
	err = step_link_counters(dev, fn, arg);
	if (!err)
		err = find_interface(dev, name);
	return err ? err : netdev_counters(dev->vm, name, "driver.card.", fn, arg);
}

static const struct device_class can_class = {
	.name = "can",
	.link_class = DDLINK_CLASS_CAN,
	.default_driver = "kvaser_pci",
	.prefix = "can",
	.settings = can_settings,
	.host_up = can_host_up,
	.host_down = can_host_down,
	.backend_up = can_backend_up,
	.qemu_args = can_qemu_args,
	.start_in_place = can_start_in_place,
	.start_server = can_start_server,
	.start_client = can_start_client,
	/* The client's interface is there, and set up, since before it was saved. */
	.resume_client = step_wait_session,
	.check = can_check,
	.counters = can_counters,
};

DEVICE_CLASS(can_class)
