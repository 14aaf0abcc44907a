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

int can_line_attach(struct device *dev)
{
	char name[CAN_NAME_SIZE], *port;
	unsigned int number;
	int err = can_find_in_slot(dev, "tty/ttyS", PORTS_MAX, &number);

	if (err) {
		if (err != -EINTR)
			pr_err("%s: no serial port for its adapter in VM %s: %s", dev->name,
			       vm_spec(dev->vm)->name, strerror(-err));
		return err;
	}
	can_line_interface(dev, name);
	port = xasprintf("/dev/ttyS%u", number);
	err = vm_line(dev->vm, port, N_SLCAN, name);
	free(port);
	return err;
}
