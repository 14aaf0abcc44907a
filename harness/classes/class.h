/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A class of devices: everything about networks, or disks, that the rest of the harness must not
 * know. A class is one file in this folder that ends with DEVICE_CLASS(its ops), with more beside
 * it if it is large; nothing else has to be told.
 */
#ifndef DRIVERVM_CLASSES_CLASS_H
#define DRIVERVM_CLASSES_CLASS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/argv.h"
#include "core/loop.h"
#include "ddlink_layout.h"
#include "link/link.h"
#include "system/system.h"
#include "vm/vm.h"

struct device_class;
struct device_stock;
struct device_remote;

/* A device of a system. Everything is owned by the system. */
struct device {
	const struct device_class *class;
	const struct driver_desc *driver;
	const char *name; /* of the interface, in whatever VM uses it: "net0" */
	char *const *options; /* "key=value", of class->options and valid; see device_option() */
	unsigned int n_options;
	unsigned int index; /* among the system's devices of this class */
	unsigned int place; /* the same, among those that the same VM has the hardware of */
	struct loop *loop;
	void *host; /* what class->host_up() made; NULL before and in a dry run */
	struct vm *vm; /* has the hardware and its driver; NULL until started */
	struct vm *user; /* uses the device; the same VM if it is not exported */
	struct vm *remote; /* the machine at the other end; NULL: it is no VM, or not started */
	bool cloned; /* dev->vm is made from a template: what identifies the device is another's */
	struct link *link; /* exported through it; NULL: it has none, or in a dry run */
	const struct device_stock *stock; /* exported by stock parts; NULL: it is not */
	uint64_t loaded_us; /* when its driver was loaded, CLOCK_MONOTONIC; see steps.h */
	/* Set by the class: */
	char *path; /* of the device's file in dev->user; NULL: it has none */
	char *client_address; /* of dev->user by it, dotted IPv4; NULL: it is on no network */
	char *peer_address; /* of who answers there */
	char *peer_path; /* of a file of the host that shows what the device does; NULL: none */
};

/* Something about a device that can be changed while the system is up. */
struct device_setting {
	const char *key; /* as in descriptions; NULL ends the array */
	const char *help; /* one line, with the unit */
	bool (*valid)(const char *value); /* required */
	int (*apply)(struct device *dev, const char *value); /* required; 0 or errno, reported */
};

/* Something that a description says of a device, "key=value"; fixed while the system is up. */
struct device_option {
	const char *key; /* as in descriptions; NULL ends the array */
	const char *help; /* one line: what is expected */
	bool (*valid)(const char *value); /* required; looks at nothing but @value */
};

typedef void (*counter_fn)(const char *name, uint64_t value, void *arg);

/*
 * How devices of a class are exported without a link, by what Linux and QEMU have for it anyway
 * ("via: stock" in descriptions). The two VMs are joined by an emulated device in each, its *end*;
 * what is between the ends is the class's. @role is that of links: DDLINK_SERVER is the end in
 * dev->vm, DDLINK_CLIENT the one in dev->user. Functions return as those of struct device_class.
 */
struct device_stock {
	/*
	 * Required. The host's side of an end, as backend_up() is that of the hardware: *@fd goes
	 * to the QEMU of its VM; -1 if there is none. Either end may come first, before and after
	 * backend_up(). Called again when that VM is started again.
	 */
	int (*end_up)(struct device *dev, unsigned int role, int *fd);
	/* Required. QEMU's arguments for an end. In a dry run @fd is only a number. */
	void (*end_args)(const struct device *dev, unsigned int role, struct argv *args, int fd);

	/*
	 * Required, both: steps in running guests that stand in for those of the class. A driver VM
	 * that is started again need not find the device's user waiting for it.
	 */
	int (*start_server)(struct device *dev); /* driver, and the exporting end, in dev->vm */
	int (*start_client)(struct device *dev); /* the device as dev->user has it */

	/* Optional. More counters; names without the device's. */
	int (*counters)(struct device *dev, counter_fn fn, void *arg);
};

/*
 * How a VM is the machine at the other end of the devices of a class (SYSTEM_REMOTE): one for all
 * of them, in place of the peer's namespace and with its addresses. @dev is any of them.
 * Functions return as those of struct device_class.
 */
struct device_remote {
	/*
	 * Required. The host's side, as backend_up() is that of the hardware, and before the first
	 * of those; *@fd goes to the QEMU of that VM. Called again when it is started again.
	 */
	int (*plug)(struct device *dev, int *fd);
	/* Required. QEMU's arguments for it. In a dry run @fd is only a number. */
	void (*args)(struct argv *args, int fd);
	/* Required. Has dev->remote, which has booted, answer to the peer's addresses. */
	int (*start)(struct device *dev);
};

/* Functions return 0 or a negative errno, reported, unless they say otherwise. */
struct device_class {
	const char *name; /* required: as in descriptions */
	enum ddlink_class link_class; /* required: what the link's descriptor says */
	const char *default_driver; /* required: where nobody chooses one */
	const char *prefix; /* required: what its devices are called, before a number: "net" */
	/* Machines have such hardware anyway: a driver in drivers.yaml may leave "device" out. */
	bool on_board;
	/*
	 * Bytes of payload of every record that its translation modules put into the link's rings
	 * (DDLINK_RING_*); 0: records differ, as frames do. So requests can be counted from
	 * outside.
	 */
	unsigned int payload[2];
	const struct device_setting *settings; /* or NULL */
	const struct device_option *options; /* or NULL */
	const struct device_stock *stock; /* NULL: a description's "via: stock" is refused */
	const struct device_remote *remote; /* NULL: no VM can be at the other end */

	/*
	 * Optional. Would the device's options do, together and on this host? Asked before anything
	 * is started. 0; or -EINVAL, unreported, with a line that says why not in *@why, which the
	 * caller frees.
	 */
	int (*check_options)(const struct device *dev, char **why);

	/*
	 * Optional. The host's part that all devices of the class share, made once per system
	 * before any device; handed to each device as dev->host.
	 */
	int (*host_up)(void **host);
	void (*host_down)(void *host);
	/* Optional. The namespace that is the machine at the other end; owned by the class. */
	int (*peer_netns_fd)(void *host);

	/*
	 * Required. The host's end of the device: *@fd goes to the QEMU of dev->vm (and is closed
	 * by whoever starts it). Leave it -1 if there is no descriptor. Called again when that VM
	 * is started again: what the device holds must still be there.
	 */
	int (*backend_up)(struct device *dev, int *fd);
	/* What backend_up() gives takes long to close: see vm_spec_hold_fd(). */
	bool backend_slow;
	/* Required. QEMU's arguments for the hardware. In a dry run @fd is only a number. */
	void (*qemu_args)(const struct device *dev, struct argv *args, int fd);

	/* Required, all of them: steps in running guests, in this order; each may take seconds. */
	int (*start_in_place)(struct device *dev); /* not exported: driver, usable in dev->vm */
	int (*start_server)(struct device *dev); /* driver and translation module in dev->vm */
	int (*start_client)(struct device *dev); /* the other end of the link in dev->user */
	/*
	 * Required. Does it really work, seen from dev->user? A shell script that asks, and fails
	 * with a line on stdout that says why not, "cannot ..."; the caller frees it. Those of all
	 * devices of a VM run at the same time.
	 */
	char *(*check)(const struct device *dev);

	/*
	 * Optional. After start_server(): waits until the device is as it will be after a while,
	 * its cable found and the like. A template is saved after that.
	 */
	int (*settle)(struct device *dev);
	/*
	 * Optional. In place of start_client(), if dev->user was restored with the device in use:
	 * what is to be known of it on this side, such as dev->path.
	 */
	int (*resume_client)(struct device *dev);

	/* Optional. Counters of driver and link; names without the device's. */
	int (*counters)(struct device *dev, counter_fn fn, void *arg);
};

/* A class in the list of all; made by DEVICE_CLASS() only. */
struct device_class_entry {
	const struct device_class *class;
	const struct device_class_entry *next;
};

void class_register(struct device_class_entry *entry);

/* Registers a class, before main() begins. */
#define DEVICE_CLASS(ops)                                                   \
	static struct device_class_entry ops##_entry = { .class = &(ops) }; \
	static void __attribute__((constructor)) ops##_register(void)       \
	{                                                                   \
		class_register(&ops##_entry);                               \
	}

/* The first of all classes, in no order; NULL ends the list. */
const struct device_class_entry *class_first(void);
/* NULL: no such class. */
const struct device_class *class_find(const char *name);
/* NULL: the class has no such setting. */
const struct device_setting *class_setting(const struct device_class *class, const char *key);
/* The value that the description of @dev gives to an option of its class, or NULL. */
const char *device_option(const struct device *dev, const char *key);
/*
 * The path of an attribute of the link in dev->vm, which calls it by the device's name, or, if it
 * was made from a template, as that did. The caller frees it.
 */
char *device_link_attribute(const struct device *dev, const char *attribute);

#endif
