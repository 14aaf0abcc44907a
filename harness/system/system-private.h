/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a system consists of; only for the files of harness/system/. */
#ifndef DRIVERVM_SYSTEM_PRIVATE_H
#define DRIVERVM_SYSTEM_PRIVATE_H

#include "classes/class.h"
#include "system/system.h"

struct system_vm {
	const struct system_vm_desc *desc; /* borrowed */
	struct vm_spec spec; /* its fds and devices are owned */
	struct vm *vm; /* NULL until started */
	bool ready;
};

/* What a class shares among the devices of this system. */
struct system_host {
	const struct device_class *class;
	void *host;
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
};

/* Resolves the description's names; starts nothing. -EINVAL, reported. */
int system_plan(struct system **out, struct loop *loop, const struct system_desc *desc,
		const struct system_options *opt);
/* Fills the VMs' specs; makes backends and links unless it is a dry run. */
int system_prepare(struct system *sys);
/* The same for one VM, whose devices and descriptors are unset; the links are there. */
int system_prepare_vm(struct system *sys, struct system_vm *vm);
struct system_vm *system_find(struct system *sys, const char *name);
/* The first device at whose other end a VM can be; NULL: there is none. */
struct device *system_remote_door(struct system *sys);

/*
 * Is @pair ("key=value") an option of @class with a value that could be one? 0; or -EINVAL, with
 * what was expected in *@why, which the caller frees.
 */
int device_option_check(const struct device_class *class, const char *pair, char **why);

/* Does it fit into what the host has free? -ENOMEM with the arithmetic, reported. */
int system_check_memory(const struct system_desc *desc);

#endif
