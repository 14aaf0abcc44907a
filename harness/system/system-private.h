/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a system consists of; only for the files of harness/system/. */
#ifndef DRIVERVM_SYSTEM_PRIVATE_H
#define DRIVERVM_SYSTEM_PRIVATE_H

#include "classes/class.h"
#include "system/system.h"
#include "techniques/set.h"

struct system_vm {
	const struct system_vm_desc *desc; /* borrowed */
	struct vm_spec spec; /* its fds and devices are owned */
	struct vm *vm; /* NULL until started */
	bool ready;
	bool stands_by; /* it is somebody's spare */
	struct system_vm *spare; /* restored, and does not run; NULL: there is none */
	struct system_vm *was; /* the spare that vm was, whose spec it has; or NULL */
	unsigned int n_spares; /* so far */
};

/* What a class shares among the devices of this system. */
struct system_host {
	const struct device_class *class;
	void *host;
};

/* One that VMs of this system are restored from. */
struct system_template {
	const char *driver; /* borrowed; NULL: the client's */
	struct vm_template *saved; /* owned */
};

struct system {
	struct loop *loop;
	const struct system_desc *desc; /* borrowed */
	const char *accel; /* static */
	char *log_dir;
	bool shell;
	bool dry; /* no backend, no link, nothing started: only arguments */
	int dry_fd; /* the next number that stands for a descriptor */
	uint64_t start_us; /* of bring-up, CLOCK_MONOTONIC */
	uint64_t up_us; /* that it took */
	struct driver_desc *drivers;
	unsigned int n_drivers;
	struct system_vm *vms; /* desc->n_vms of them */
	struct device *devices; /* desc->n_devices of them */
	struct system_host *hosts;
	size_t n_hosts;
	enum vm_origin origin; /* wanted of VMs that are clonable */
	char *kernel; /* wanted of driver VMs; "": that of all others */
	struct technique_set *techniques; /* NULL: none, and no budget */
	struct budget *budget; /* while it is up */
	struct system_template *templates;
	size_t n_templates;
	bool supervised; /* see system_set_supervised() */
	unsigned int n_spawned; /* VMs, in their order, whose QEMU has been started */
};

/* -- descriptions -- */

/* Is what @path says right? -EINVAL, reported, with file and line. */
int system_desc_check(const char *path, const struct system_desc *d);
/* What libcyaml allocated for one device. */
void system_device_desc_free(struct system_device_desc *dev);
/* Makes the VMs and devices of the fleet, @n of each. 0 or a negative errno, reported. */
int system_desc_scale(struct system_desc *desc, unsigned int n);
/* Has it room for the fleet? 0, or -EOPNOTSUPP, reported. */
int system_check_fleet(const struct system_desc *desc);
/* Leaves only drivers of these classes to the fleet, if there is one. */
void system_fleet_keep(struct system_desc *desc, const char *const *classes);

/* -- systems -- */

/* Resolves the description's names; starts nothing. -EINVAL, reported. */
int system_plan(struct system **out, struct loop *loop, const struct system_desc *desc,
		const struct system_options *opt);
/* Fills the VMs' specs; makes backends and links unless it is a dry run. */
int system_prepare(struct system *sys);
/* The same for one VM, whose devices and descriptors are unset; the links are there. */
int system_prepare_vm(struct system *sys, struct system_vm *vm);
/* Adds the hardware of @dev to a VM's spec; @fd as in class->qemu_args(). */
void system_add_hardware(const struct device *dev, struct vm_spec *spec, int fd);
/* QEMU's arguments for a side of the link of @dev; @fd as in link_qemu_args(). */
void system_link_args(const struct system *sys, const struct device *dev, unsigned int role,
		      struct argv *args, int fd);
struct system_vm *system_find(struct system *sys, const char *name);
/* The first device at whose other end a VM can be; NULL: there is none. */
struct device *system_remote_door(struct system *sys);

/*
 * Is @pair ("key=value") an option of @class with a value that could be one? 0; or -EINVAL, with
 * what was expected in *@why, which the caller frees.
 */
int device_option_check(const struct device_class *class, const char *pair, char **why);

/* Tells the devices which VMs they are in. */
void system_place_devices(struct system *sys);
/* Has device @i driven in its VM, which has been spawned, and served there if it is exported. */
int system_start_driver(struct system *sys, unsigned int i);
/* The same of the machine at the other end, if there is one. */
int system_start_remote(struct system *sys);
/* Kills the VM and its spare, and frees what they have. */
void system_free_vm(struct system_vm *vm);

/* Waits until all devices work, as their classes see it. 0 or a negative errno, reported. */
int system_check_devices(const struct system *sys);

/* -- templates -- */

/* What a guest that has just booted still has to do; it would be done again in each clone. */
#define SYSTEM_CALM_US (700 * USEC_PER_MSEC)

/* Can @vm be restored from a template: has it one device, of which there can be one? */
bool system_clonable(const struct system *sys, const struct system_vm *vm);
/*
 * Can the client be: is it that of a fleet, and reaches all that it uses through links, with
 * nothing said of any device that the name of its driver does not say? It is restored with its
 * devices in use already.
 */
bool system_client_clonable(const struct system *sys);
/* What its template is called; the caller frees. */
char *system_client_template_name(const struct system *sys, const struct vm_spec *spec);
/* Finds or makes it. 0 or a negative errno, reported. */
int system_find_client_template(struct system *sys, const struct system_options *opt,
				struct vm_template **t);
/*
 * Finds or makes those of all VMs that are to be restored; @opt as the system was planned with. 0
 * or a negative errno, reported.
 */
int system_find_templates(struct system *sys, const struct system_options *opt);
/*
 * The same system up, but for its client, which is booted with its memory in the file
 * @client_memory: to be saved as a template. 0 or a negative errno, reported.
 */
int system_up_model(struct system **out, struct loop *loop, const struct system_desc *desc,
		    const struct system_options *opt, const char *client_memory);
/* For a dry run: only names them. */
void system_name_templates(struct system *sys);
void system_free_templates(struct system *sys);

/* -- budgets -- */

/* The name of a way to bring VMs up; static. */
const char *system_boot_name(enum vm_origin origin);
/* The way that @opt asks for, or that fits its technique best if it leaves that open. */
enum vm_origin system_origin(const struct system_options *opt);
/* Is it none that stays if all driver VMs are gone? */
bool system_is_driver_vm(const struct system_vm_desc *vm);
/* Reads the techniques' @names; "": none. -EINVAL, reported. */
int system_plan_techniques(struct system *sys, const char *names);
/*
 * Starts the techniques, if there are any, when templates are there and VMs are not. 0, -EOPNOTSUPP
 * or another negative errno, reported.
 */
int system_open_budget(struct system *sys);
/* vm_spawn() of a VM of the system, under its budget. */
int system_spawn_vm(struct system *sys, struct system_vm *vm);
/* Loads what techniques need in a driver VM; NULL: nothing. 0 or a negative errno, reported. */
int technique_modules_load(const struct technique_set *set, struct vm *vm);
/* The setting "budget". */
bool system_budget_valid(const char *value);
int system_set_budget(struct system *sys, const char *value);
/* When all VMs are gone. Frees the techniques, too. */
void system_close_budget(struct system *sys);

/* Does it fit into what the host has free? -ENOMEM with the arithmetic, reported. */
int system_check_memory(const struct system_desc *desc, const struct system_options *opt);

#endif
