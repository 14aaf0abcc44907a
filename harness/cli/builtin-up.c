// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm up: brings a system up and keeps it until Ctrl-C. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "classes/class.h"
#include "cli/cli.h"
#include "cli/up_settings.h"
#include "core/log.h"
#include "core/paths.h"
#include "core/util.h"
#include "net/netns.h"
#include "status/status.h"
#include "supervise/setting.h"
#include "system/attach.h"
#include "system/runtime.h"
#include "system/system.h"
#include "vm/accel.h"

/* How often is looked whether every VM lives, if nothing else happens. */
#define LOOK_US (500 * USEC_PER_MSEC)

#define CLASSES_MAX 8

struct up_args {
	const char *system;
	const char *classes[CLASSES_MAX + 1]; /* NULL-terminated; none: all */
	size_t n_classes;
	const char *driver;
	const char *accel;
	const char *budget; /* MiB; NULL: none */
	const char *recover; /* strategy, or RECOVER_NONE */
	char **sets;
	size_t n_sets;
	struct system_options opt;
};

enum {
	OPTION_SET = 256,
	OPTION_VMS,
	OPTION_BOOT,
	OPTION_TECHNIQUE,
	OPTION_KERNEL,
	OPTION_BUDGET,
	OPTION_RECOVER
};

static const struct argp_option options[] = {
	{ "driver", 'd', "DRIVER", 0, "driver for the devices that leave theirs open", 0 },
	{ "class", 'c', "CLASS", 0,
	  "bring up devices of this class only, and the VMs that they need (may be repeated)", 0 },
	{ "set", OPTION_SET, "[DEVICE.]KEY=VALUE", 0,
	  "an option of a device, in place of what the system says of it; without DEVICE, a setting "
	  "of all devices that have it, as in experiments (may be repeated)",
	  0 },
	{ "vms", OPTION_VMS, "N", 0, "driver VMs of a system that has a fleet of them, up to 128",
	  0 },
	{ "boot", OPTION_BOOT, "HOW", 0,
	  "cold (default): boot driver VMs; clone: restore them from templates, whose memory they "
	  "share until they write to it; copy: restore them with memory of their own",
	  0 },
	{ "budget", OPTION_BUDGET, "MIB", 0,
	  "memory of the host for each driver VM, QEMU included, which they have together (0: no "
	  "limit)",
	  0 },
	{ "technique", OPTION_TECHNIQUE, "NAME[+NAME...]", 0,
	  "what they keep it with, of 'drivervm list techniques' (default with a budget: none)",
	  0 },
	{ "kernel", OPTION_KERNEL, "NAME", 0,
	  "of driver VMs: amd64 (default), or another of vm-images/kernels ('make kernels')", 0 },
	{ "recover", OPTION_RECOVER, "STRATEGY", 0,
	  "replace driver VMs that fail: cold (boot another), clone (restore another from the "
	  "template), spare (one that stands by takes over), reset (its reset button), or none "
	  "(default)",
	  0 },
	{ "accel", 'a', "ACCEL", 0, "kvm, tcg, or auto (default): KVM if a guest runs under it",
	  0 },
	{ 0 },
};

/* An option of ours that is a setting of bringing a system up. */
static void bring_up_set(struct argp_state *state, const char *key, const char *value)
{
	struct up_args *args = state->input;

	if (system_bring_up_set(&args->opt, key, value) < 0)
		argp_error(state, "'%s' is no value for --%s (%s)", value, key,
			   system_bring_up_help(key));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct up_args *args = state->input;

	switch (key) {
	case 'd':
		args->driver = arg;
		return 0;
	case 'c':
		if (!class_find(arg))
			argp_error(state, "no class of devices is called '%s'", arg);
		if (args->n_classes == CLASSES_MAX)
			argp_error(state, "at most %d classes", CLASSES_MAX);
		args->classes[args->n_classes++] = arg;
		return 0;
	case 'a':
		args->accel = arg;
		return 0;
	case OPTION_VMS:
		bring_up_set(state, "vms", arg);
		return 0;
	case OPTION_BOOT:
		bring_up_set(state, "boot", arg);
		return 0;
	case OPTION_TECHNIQUE:
		bring_up_set(state, "technique", arg);
		return 0;
	case OPTION_KERNEL:
		bring_up_set(state, "kernel", arg);
		return 0;
	case OPTION_RECOVER:
		if (recover_check(arg) < 0)
			argp_error(state, "'%s' is no strategy of recovery", arg);
		args->recover = arg;
		return 0;
	case OPTION_BUDGET:
		if (system_setting_check("budget", arg) < 0)
			argp_error(state, "'%s' is no budget (MiB, 0 to %u)", arg,
				   SYSTEM_BUDGET_MAX_MIB);
		args->budget = arg;
		return 0;
	case OPTION_SET:
		args->sets = xreallocarray(args->sets, args->n_sets + 1, sizeof(*args->sets));
		args->sets[args->n_sets++] = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->system)
			argp_error(state, "one system at a time");
		args->system = arg;
		return 0;
	case ARGP_KEY_END:
		if (args->budget && !args->opt.technique[0])
			bring_up_set(state, "technique", "none");
		if (args->opt.boot_named && !streq(args->recover, RECOVER_NONE))
			argp_error(state, "--recover brings driver VMs up as it needs them: leave "
					  "--boot out");
		recover_bring_up(&args->opt, args->recover);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which system? 'drivervm list' lists them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "SYSTEM",
	.doc = "Brings SYSTEM up and keeps it, with a console and a shell in each VM to join with "
	       "'drivervm attach', until Ctrl-C or until a VM ends. SYSTEM is a name of "
	       "harness/systems/ or a path that ends in .yaml.",
};

static void print_vms(struct system *sys)
{
	size_t i;

	for (i = 0; i < system_n_vms(sys); i++) {
		struct vm *vm = system_vm_at(sys, i);
		const struct vm_spec *spec = vm_spec(vm);

		printf("  %-12s %5u MiB, %u vCPU, image %s, pid %d, booted in %.1f s\n", spec->name,
		       spec->memory_mib, spec->vcpus, spec->image, (int)vm_pid(vm),
		       (double)vm_boot_us(vm) / USEC_PER_SEC);
	}
}

/* What is at a device's other end, by which something of the host can join in; NULL: nothing. */
static const char *other_end(const struct system *sys, const struct system_device_desc *dev)
{
	struct system_device device;
	unsigned int i;

	for (i = 0; system_client_device(sys, dev->class, i, &device); i++)
		if (streq(device.name, dev->name))
			return device.peer_path;
	return NULL;
}

static void print_devices(struct system *sys)
{
	const struct system_desc *d = system_desc(sys);
	const char *peer = system_peer_address(sys);
	unsigned int i;

	for (i = 0; i < d->n_devices; i++) {
		const struct system_device_desc *dev = &d->devices[i];

		printf("  ");
		if (dev->exported_to)
			printf("[%s %s] <== %s ==> ", dev->exported_to, dev->name,
			       dev->via == SYSTEM_VIA_LINK ? "link" : "stock parts");
		printf("[%s %s]", dev->vm, system_driver(sys, dev->name));
		if (other_end(sys, dev))
			printf(" --- [%s]", other_end(sys, dev));
		if (peer && class_find(dev->class)->peer_netns_fd)
			printf(" --- switch --- [peer %s]", peer);
		printf("\n");
	}
}

static void print_peer(int netns_fd)
{
	int pid = (int)getpid();

	printf("  the peer's side:  nsenter ");
	if (netns_in_user_namespace())
		printf("--preserve-credentials --user=/proc/%d/ns/user ", pid);
	printf("--net=/proc/%d/fd/%d COMMAND\n", pid, netns_fd);
}

static void print_picture(struct system *sys, uint64_t since_us, const char *logs)
{
	const char *peer = system_peer_address(sys);
	const char *first = system_desc(sys)->vms[0].name;

	printf("%s is up under %s: first %s after %.1f s\n\n", system_desc(sys)->name,
	       system_accel(sys), peer ? "ping" : "answer",
	       (double)(now_us() - since_us) / USEC_PER_SEC);
	print_vms(sys);
	printf("\n");
	print_devices(sys);
	printf("\n  a shell in a VM:  drivervm attach %s:shell   (Ctrl-] leaves)\n", first);
	printf("  its console:      drivervm attach %s:console\n", first);
	if (peer)
		print_peer(system_peer_netns_fd(sys));
	printf("  logs:             %s\n\nCtrl-C takes it down.\n", logs);
	fflush(stdout);
}

/* Has the supervisor, which may be NULL, given a VM up? It has said so then. */
static bool given_up(const struct supervisor *s)
{
	const struct recovery *r;
	size_t i;

	for (i = 0; s && (r = supervisor_recovery(s, i)); i++)
		if (r->given_up)
			return true;
	return false;
}

/* Keeps it until Ctrl-C (0) or until a VM ends for good (-EPIPE, reported). */
static int keep(struct loop *loop, struct system *sys, const struct supervisor *supervisor,
		struct attach *attach)
{
	const char *dead;

	while (system_check(sys, &dead) == 0) {
		if (given_up(supervisor))
			return -EPIPE;
		attach_renew(attach);
		if (loop_sleep(loop, LOOK_US) == -EINTR)
			return 0;
	}
	pr_err("VM %s has ended; taking the system down", dead);
	return -EPIPE;
}

static int up(struct loop *loop, const struct system_desc *desc, const struct up_args *args,
	      uint64_t since_us)
{
	const struct system_options *opt = &args->opt;
	struct supervisor *supervisor = NULL;
	struct attach *attach = NULL;
	struct status *status = NULL;
	struct system *sys = NULL;
	char *dir = NULL;
	int err;

	err = runtime_create(&dir);
	if (err)
		return err;
	pr_info("bringing %s up...", desc->name);
	err = system_up(&sys, loop, desc, opt);
	if (!err && args->budget)
		err = system_set(sys, "budget", args->budget);
	if (!err)
		err = up_settings_apply(sys, args->sets, args->n_sets);
	if (!err)
		err = recover_open(&supervisor, loop, sys, args->recover);
	if (!err)
		err = attach_open(&attach, loop, sys, dir);
	if (!err)
		err = status_open(&status, loop, sys, dir);
	if (!err) {
		print_picture(sys, since_us, opt->log_dir);
		err = keep(loop, sys, supervisor, attach);
		pr_info("taking %s down", desc->name);
	}
	status_close(status);
	attach_close(attach);
	recover_close(supervisor, sys);
	system_down(sys);
	runtime_remove(dir);
	if (err == -EINTR)
		pr_info("interrupted; nothing is left behind");
	return err;
}

/* The description with what the command line changes in it. */
static int load(const struct up_args *args, struct system_desc **desc)
{
	int err = system_desc_load(desc, args->system);
	size_t i;

	if (!err)
		err = system_desc_apply(*desc, &args->opt);
	if (!err && args->n_classes)
		system_desc_keep(*desc, args->classes);
	for (i = 0; i < args->n_sets && !err; i++)
		err = up_set(*desc, args->sets[i]);
	return err;
}

int cmd_up(int argc, char **argv)
{
	uint64_t since_us = now_us();
	struct up_args args = { .recover = RECOVER_NONE, .opt = { .shell = true } };
	struct system_options *opt = &args.opt;
	struct system_desc *desc = NULL;
	struct loop *loop = NULL;
	char *logs = path_in_tree("build/logs/up"), *reason = NULL;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	opt->driver = args.driver;
	opt->log_dir = logs;
	err = load(&args, &desc);
	if (!err)
		err = system_options_check(desc, opt);
	if (!err)
		err = loop_new(&loop);
	if (!err)
		err = accel_choose(loop, args.accel, logs, &opt->accel, &reason);
	if (!err) {
		if (reason)
			pr_info("%s: %s", opt->accel, reason);
		err = up(loop, desc, &args, since_us);
	}
	free(args.sets);
	free(reason);
	loop_free(loop);
	system_desc_free(desc);
	free(logs);
	return cli_status(err);
}
