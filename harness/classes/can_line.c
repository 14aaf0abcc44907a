// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CAN adapters at the end of a serial line: a port of the VM's that leads to one, and the line
 * discipline that makes an interface of the port.
 */
#include <errno.h>
#include <linux/tty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classes/can-private.h"
#include "classes/steps.h"
#include "core/log.h"
#include "core/util.h"

#define FEATURE "serial-line"
/* Serial ports of a guest that are looked at. */
#define PORTS_MAX 32u
#define PORT_NAME_SIZE 16

bool can_line_is(const struct device *dev)
{
	return driver_desc_has(dev->driver, FEATURE);
}

void can_line_args(const struct device *dev, struct argv *args, int fd)
{
	argv_add(args, "-chardev");
	argv_add(args, "socket,id=%s-line,fd=%d", dev->name, fd);
	argv_add(args, "-device");
	argv_add(args, "%s,chardev=%s-line,addr=0x%x,id=%s-dev", dev->driver->device, dev->name,
		 can_slot(dev), dev->name);
}

void can_line_interface(const struct device *dev, char *name)
{
	snprintf(name, CAN_NAME_SIZE, "line%u", dev->place);
}

struct port_search {
	const struct device *dev;
	char port[PORT_NAME_SIZE]; /* "/dev/ttyS4", once found */
};

/* Looks for the port in the controller's slot: 1, 0: not there yet, or errno. */
static int look_for_port(void *arg)
{
	struct port_search *search = arg;
	int err = -ENOENT;
	char *path, *text;
	unsigned int i;

	for (i = 0; i < PORTS_MAX && err == -ENOENT; i++) {
		path = xasprintf("/sys/bus/pci/devices/0000:00:%02x.0/tty/ttyS%u/dev",
				 can_slot(search->dev), i);
		err = vm_read_file(search->dev->vm, path, &text);
		free(path);
		if (err)
			continue;
		free(text);
		snprintf(search->port, sizeof(search->port), "/dev/ttyS%u", i);
		return 1;
	}
	return err == -ENOENT ? 0 : err;
}

int can_line_attach(struct device *dev)
{
	struct port_search search = { .dev = dev };
	char name[CAN_NAME_SIZE];
	int err = step_wait_found(dev, look_for_port, &search);

	if (err) {
		if (err != -EINTR)
			pr_err("%s: no serial port for its adapter in VM %s: %s", dev->name,
			       vm_spec(dev->vm)->name, strerror(-err));
		return err;
	}
	can_line_interface(dev, name);
	return vm_line(dev->vm, search.port, N_SLCAN, name);
}
