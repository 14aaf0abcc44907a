/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A system: the VMs, devices, links and backends of one configuration (native, isolated, ...),
 * brought up and taken down as a whole. What a system consists of is data (systems/NAME.yaml);
 * what a class of device needs is one file of classes/. This file names neither.
 */
#ifndef DRIVERVM_SYSTEM_SYSTEM_H
#define DRIVERVM_SYSTEM_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/argv.h"
#include "core/loop.h"
#include "core/proc.h"
#include "vm/vm.h"

/* -- descriptions, as read from systems/NAME.yaml (libcyaml; see system/desc.c) -- */

/*
 * The VM of this name is the machine at the other end of the network, where a system has one: it
 * belongs to the system's surroundings, and what it takes is not the system's.
 */
#define SYSTEM_REMOTE "remote"
/* And the one in which workloads run; every system has it. */
#define SYSTEM_CLIENT "client"

struct system_vm_desc {
	char *name; /* "client" is the one in which workloads run */
	char *image; /* "client" or "ddos" */
	unsigned int memory_mib; /* required */
	unsigned int vcpus; /* default 1 */
	bool fleet; /* one of the fleet's: if it dies, the system goes on */
};

/* How a device reaches the VM that it is exported to. */
enum system_via {
	SYSTEM_VIA_LINK, /* "link", the default: shared memory and our translation modules */
	SYSTEM_VIA_STOCK, /* "stock": what Linux and QEMU have for it anyway */
};

struct system_device_desc {
	char *name; /* "net0": the interface's name in whatever VM uses it */
	char *class; /* a name of classes/: "net" */
	char *vm; /* the VM that has the hardware and its driver */
	char *exported_to; /* the VM that uses it; NULL: used where it is */
	enum system_via via; /* if it is exported */
	char *driver; /* of drivers.yaml; NULL: the experiment's choice */
	char **options; /* "key=value", the keys being those that its class declares */
	unsigned int n_options;
	bool fleet; /* one of the fleet's */
	bool always; /* kept though nobody uses its class: the system is about its being there */
};

/* At most, in a fleet: the client has a link to each. */
#define SYSTEM_FLEET_MAX 128

/*
 * Many devices, each of the next of some drivers, and each with a driver VM of its own (called dd0,
 * dd1, ...) from which it is exported to the client.
 */
struct system_fleet_desc {
	unsigned int vms; /* how many, unless "vms" says so: see system_bring_up_set() */
	unsigned int at_most; /* more cannot be brought up on any host; 0: SYSTEM_FLEET_MAX */
	char *image; /* of the driver VMs; NULL: none, the devices are the client's own */
	unsigned int memory_mib; /* of each */
	char **drivers; /* of drivers.yaml, by turns */
	unsigned int n_drivers;
};

struct system_desc {
	char *name;
	char *summary; /* one line, for `drivervm list` */
	struct system_vm_desc *vms;
	unsigned int n_vms;
	struct system_device_desc *devices;
	unsigned int n_devices;
	struct system_fleet_desc *fleet; /* NULL: none; its VMs and devices are among the others */
	char *path; /* the file it came from */
};

/* A driver, one line of harness/drivers.yaml. */
struct driver_desc {
	char *name; /* "e1000" */
	char *class; /* "net" */
	char *device; /* QEMU model and its properties: "e1000"; NULL: every machine has it */
	char *medium; /* what is plugged into it, if it is a controller; $dev is its id; or NULL */
	/* Stock kernel modules to load, last one the driver; none: it is in every kernel, nameless.
	 */
	char **modules;
	unsigned int n_modules;
	char *machine; /* QEMU's, that the device needs: "q35"; or NULL */
	char **parameters; /* of the kernel of the VM that has the device */
	unsigned int n_parameters;
	char **features; /* "tso", "csum", "vlan", "jumbo"...: tests select by them */
	unsigned int n_features;
	unsigned int max_mtu; /* 0: the class's default */
	bool hotplug; /* may its device be plugged into a running VM, and out? */
	char *hotplug_why; /* why not; NULL if it may */
	char *template_why; /* why QEMU cannot save its device; NULL: it can */
	unsigned int settle_ms; /* from loading the driver until the device is best opened */
};

/* Loads NAME (or a path to a .yaml). Reports file, line and what was expected; -EINVAL then. */
int system_desc_load(struct system_desc **desc, const char *name);
/*
 * Leaves out all devices that are of none of @classes (NULL-terminated), unless described as kept
 * always, and then all VMs, except the client, that have and use none: nobody needs to boot them.
 */
void system_desc_keep(struct system_desc *desc, const char *const *classes);
/* Has VM @vm boot another image. No such VM: nothing changes. */
void system_desc_set_image(struct system_desc *desc, const char *vm, const char *image);
/*
 * Changes an option of a device: "DEVICE.KEY=VALUE", of --set. 0; or -EINVAL, reported, if there is
 * no such device, its class has no such option, or the value is none for it.
 */
int system_desc_set_option(struct system_desc *desc, const char *assignment);
/*
 * Adds the VM SYSTEM_REMOTE, with @image: it takes the peer's place at the other end of the
 * network. A system of which no device has another end stays without one.
 */
void system_desc_add_remote(struct system_desc *desc, const char *image);
void system_desc_free(struct system_desc *desc);
/* All names in systems/, sorted; the caller frees each and the array. */
int system_desc_names(char ***names, size_t *n);

int driver_desc_load_all(struct driver_desc **drivers, unsigned int *n);
const struct driver_desc *driver_desc_find(const struct driver_desc *drivers, unsigned int n,
					   const char *name);
bool driver_desc_has(const struct driver_desc *driver, const char *feature);
/* NULL is allowed. */
void driver_desc_free_all(struct driver_desc *drivers, unsigned int n);

/* -- a system that is up -- */

struct system;

/* The longest combination of techniques, with its NUL. */
#define SYSTEM_TECHNIQUE_MAX 64
/* The most that a driver VM's budget can be, MiB. */
#define SYSTEM_BUDGET_MAX_MIB 65536

#define SYSTEM_KERNEL "amd64" /* the kernel of every VM that has no other */
#define SYSTEM_KERNEL_MAX 32 /* length of a kernel's name, with its end */

struct system_options {
	const char *driver; /* for devices of its class that leave theirs open; NULL: the default */
	unsigned int vms; /* of the fleet; 0: as described */
	enum vm_origin origin; /* of driver VMs with one device, that a link exports */
	bool boot_named; /* origin was asked for; else a technique may have another */
	/* Names for technique_set_parse(); "": driver VMs have no budget, and cost none. */
	char technique[SYSTEM_TECHNIQUE_MAX];
	/* Of driver VMs: one of vm-images/kernels/; "" or SYSTEM_KERNEL: that of all others. */
	char kernel[SYSTEM_KERNEL_MAX];
	const char *accel; /* "kvm", "tcg"; NULL or "auto": probe once and remember */
	const char *log_dir; /* required, except for a dry run; created */
	bool shell; /* images with a shell */
};

/*
 * Settings that a system is brought up with, by name: "vms", "boot", "technique", "kernel"; see
 * system/bring_up.c. 0, -ENOENT (no such setting), -EINVAL (no value for it); silent. @opt keeps no
 * pointer to @value.
 */
int system_bring_up_set(struct system_options *opt, const char *key, const char *value);
int system_bring_up_check(const char *key, const char *value);
/* What is expected of that setting, for messages; NULL: there is none of that name. */
const char *system_bring_up_help(const char *key);
/* What goes into the VM's vm_spec.kernel if driver VMs are to have @kernel; borrowed from it. */
const char *system_vm_kernel(const struct system_vm_desc *vm, const char *kernel);
/* Gives @desc as many driver VMs as @opt says. 0, or -EINVAL, reported: it has no fleet. */
int system_desc_apply(struct system_desc *desc, const struct system_options *opt);

/*
 * Brings the whole system up: namespaces and backends, VMs, drivers bound, links connected, every
 * device usable in the client and (for networks) the peer answering a ping. On failure nothing is
 * left. Returns 0 or a negative errno, reported.
 */
int system_up(struct system **sys, struct loop *loop, const struct system_desc *desc,
	      const struct system_options *opt);
/* Takes everything down, also after an interruption. NULL is allowed. */
void system_down(struct system *sys);
/* -- replacing one of its VMs: on failure that VM is down, the rest is as it was -- */

/* CLOCK_MONOTONIC, microseconds, of what a start comes to. */
struct system_start {
	uint64_t running_us; /* its guest runs */
	uint64_t driver_us; /* all its devices are driven, and served where they are exported */
};

/* Kills VM @name if it still lives. Handles of it are void. 0 or -ENOENT, reported. */
int system_stop_vm(struct system *sys, const char *name);
/*
 * Starts VM @name, which is not there, as it was first, and brings its devices back, on the same
 * backends and links. @when may be NULL. 0 or a negative errno, reported.
 */
int system_start_vm(struct system *sys, const char *name, struct system_start *when);
/* Both. */
int system_restart_vm(struct system *sys, const char *name);
/*
 * Starts VM @name anew by its reset button, and brings its devices back. -EPIPE, silently: there is
 * none, or it was not booted; other negative errnos are reported.
 */
int system_reset_vm(struct system *sys, const char *name, struct system_start *when);

/* A spare's state until it takes a VM's place. */
enum system_spare {
	SPARE_PAUSED, /* it does not run: it costs memory only */
	SPARE_RUNNING, /* it stands by with the code of its system at hand, as TCG has to translate
			  it */
};

/*
 * A spare of VM @name, which was restored from a template: another one restored from it, with its
 * driver bound, on the same backend and link. 0; -EBUSY: it has one; or another negative errno,
 * reported.
 */
int system_add_spare(struct system *sys, const char *name, enum system_spare state);
bool system_has_spare(struct system *sys, const char *name);
/* Ends the spare of VM @name, if there is one. */
void system_drop_spare(struct system *sys, const char *name);
/*
 * Has the spare run in the place of VM @name, which has been stopped. 0; -ENOENT, silently: there
 * is no spare, or the VM is there; or another negative errno, reported.
 */
int system_switch_to_spare(struct system *sys, const char *name, struct system_start *when);

/* Does everything exist that @opt and @desc name? 0 or -EINVAL, reported. Starts nothing. */
int system_options_check(const struct system_desc *desc, const struct system_options *opt);
/* The command lines of system_up(), one per VM, printed to @out. Starts nothing. */
int system_dry_run(const struct system_desc *desc, const struct system_options *opt, FILE *out);
/*
 * Host memory that the system may take, MiB, brought up with @opt (NULL: booted): guests' memory,
 * QEMU's own, templates and links.
 */
unsigned int system_memory_mib(const struct system_desc *desc, const struct system_options *opt);

const struct system_desc *system_desc(const struct system *sys);
const char *system_accel(const struct system *sys);
/* Microseconds system_up() took. */
uint64_t system_up_us(const struct system *sys);
struct vm *system_vm(struct system *sys, const char *name);
size_t system_n_vms(const struct system *sys);
struct vm *system_vm_at(struct system *sys, size_t i);
/* The spare that stands by for it; NULL: there is none. */
struct vm *system_spare_at(struct system *sys, size_t i);
/* The VM called "client". */
struct vm *system_client(struct system *sys);
/* The machine at the other end, if it is a VM (see system_desc_add_remote()); else NULL. */
struct vm *system_remote(struct system *sys);
/* 0 while every VM lives, else -EPIPE, with the name of the first dead one in *@vm (may be NULL).
 */
int system_check(const struct system *sys, const char **vm);
/*
 * While it is on, the death of a VM that exports devices by links is no failure of the system,
 * since somebody sees to it that the VM is replaced: system_check() passes over it. Off at first.
 */
void system_set_supervised(struct system *sys, bool on);

/*
 * The peer: the machine at the other end of the network, a namespace of the host. -1, NULL: the
 * system has no network. If there is a system_remote(), the peer's addresses are its, and the
 * namespace only forwards.
 */
int system_peer_netns_fd(const struct system *sys);
/* Their addresses on the client's first device with any, dotted IPv4. */
const char *system_peer_address(const struct system *sys);
const char *system_client_address(const struct system *sys);

/* The name of the VM that has the hardware of device @device; NULL: no such device. */
const char *system_device_vm(const struct system *sys, const char *device);
/* The driver that was chosen for it; NULL: no such device. */
const struct driver_desc *system_device_driver(const struct system *sys, const char *device);
/* The name of the driver that was chosen for device @device; NULL: no such device. */
const char *system_driver(const struct system *sys, const char *device);
/* Does the client use a device of class @class? */
bool system_has_class(const struct system *sys, const char *class);
/* The file by which the client uses its first device of class @class; NULL: there is none. */
const char *system_device_path(const struct system *sys, const char *class);

/* A device as the client uses it. The strings are the system's. */
struct system_device {
	const char *name;
	const char *path; /* of its file; NULL: it has none */
	const char *client_address; /* dotted IPv4; NULL, both: it is on no network */
	const char *peer_address;
	const char *peer_path; /* of a file of the host that shows what it does; or NULL */
};

/* The one with number @index, from 0, of those of class @class. False: there are not so many. */
bool system_client_device(const struct system *sys, const char *class, unsigned int index,
			  struct system_device *device);
/* @why: what a device said instead of an answer; NULL: it answered. Both are valid in the call
 * only. */
typedef void (*system_answer_fn)(void *arg, const char *device, const char *why);
/*
 * Has every device answer once, as its class sees to it, and tells @fn of each. 0, or a negative
 * errno if a VM cannot be asked, reported; devices that do not answer are no error.
 */
int system_ask_devices(const struct system *sys, system_answer_fn fn, void *arg);
/* The link of device @device, for tests and fault injection; NULL: it has none. */
struct link *system_link(struct system *sys, const char *device);

/*
 * A setting of a device class ("mtu", "rate": see its file in classes/) applied to a system that
 * is up, or "budget": MiB of the host's memory for each driver VM, 0 for no limit, of a system that
 * was brought up with a technique. @value as written in a description. -ENOENT: no device has it;
 * -EINVAL: bad value; both reported, as are failures.
 */
int system_set(struct system *sys, const char *key, const char *value);
/* Is @key such a setting, and would @value do? 0, -ENOENT, -EINVAL; silent. */
int system_setting_check(const char *key, const char *value);

/*
 * What the budget has come to: see budget_stats(), "budget.each" (B), budget.total for each driver
 * VM, and "budget.alive", how many of them live.
 * @vm is "host". A system without one: nothing.
 */
void system_budget_stats(const struct system *sys,
			 void (*emit)(void *arg, const char *metric, const char *unit, double value,
				      const char *vm, const char *thread),
			 void *arg);

/*
 * Counters of links and drivers for the report and for profiling: calls @fn for each (name such as
 * "net0.client.tx_doorbells"). Guest reads over the agent: not while measuring.
 */
int system_counters(struct system *sys, void (*fn)(const char *name, uint64_t value, void *arg),
		    void *arg);

#endif
