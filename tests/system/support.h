/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests that boot guests have in common. Each test program is one file and includes it.
 * Several run at a time, unless a line " * Runs alone: WHY" is in the comment at their top: if they
 * change or measure the host.
 */
#ifndef DRIVERVM_TESTS_SUPPORT_H
#define DRIVERVM_TESTS_SUPPORT_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/loop.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/util.h"
#include "system/system.h"
#include "vm/complaint.h"

#define PEER4 "10.77.0.1"
#define PEER6 "fd77::1"
#define CLIENT4 "10.77.0.2"
#define CLIENT6 "fd77::2"

/* Long enough for a loaded machine under TCG; what hangs fails all the same. */
#define PATIENCE (60 * USEC_PER_SEC)

static struct loop *loop;
static struct system_desc *desc;
static struct system *sys;
static char *log_dir;
/* Of the client, if it is to be another one than the system says; set before bring_up(). */
static const char *client_image;
/* "DEVICE.KEY=VALUE", NULL-terminated, or NULL; set before bring_up(). */
static const char *const *device_options;
/* Of the machine at the other end, if that is to be a VM; set before bring_up(). */
static const char *remote_image;

/* "KEY=VALUE" of what to bring it up with, NULL-terminated, or NULL; set before bring_up(). */
static const char *const *bring_up_with;

static CK_ATTRIBUTE_UNUSED void bring_up_options(struct system_options *opt)
{
	const char *const *pair;

	for (pair = bring_up_with; pair && *pair; pair++) {
		char *key = xstrdup(*pair), *eq = strchr(key, '=');

		*eq = '\0';
		ck_assert_int_eq(system_bring_up_set(opt, key, eq + 1), 0);
		free(key);
	}
	ck_assert_int_eq(system_desc_apply(desc, opt), 0);
}

/*
 * Brings @name up with @driver (NULL: the default) and its devices of @class (NULL: all), or fails
 * the test.
 */
static CK_ATTRIBUTE_UNUSED void bring_up(const char *name, const char *driver, const char *class)
{
	const char *const classes[] = { class, NULL };
	const char *const *option;
	struct system_options opt = { .driver = driver };

	log_dir = path_in_tree("build/logs/%s", program_invocation_short_name);
	opt.log_dir = log_dir;
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(system_desc_load(&desc, name), 0);
	bring_up_options(&opt);
	if (class)
		system_desc_keep(desc, classes);
	if (client_image)
		system_desc_set_image(desc, "client", client_image);
	for (option = device_options; option && *option; option++)
		ck_assert_int_eq(system_desc_set_option(desc, *option), 0);
	if (remote_image)
		system_desc_add_remote(desc, remote_image);
	ck_assert_int_eq(system_up(&sys, loop, desc, &opt), 0);
	pr_info("%s up after %.1f s under %s", name, (double)system_up_us(sys) / USEC_PER_SEC,
		system_accel(sys));
}

/* Any number of times; the logs go with the last of it. */
static CK_ATTRIBUTE_UNUSED void take_down(void)
{
	system_down(sys);
	sys = NULL;
	system_desc_free(desc);
	desc = NULL;
	loop_free(loop);
	loop = NULL;
	free(log_dir);
	log_dir = NULL;
}

/* Runs a shell script in a VM; returns its exit status. Fails the test if it cannot run. */
static CK_ATTRIBUTE_UNUSED int vm_status(struct vm *vm, const char *script, char **output)
{
	struct vm_exec_result result = { 0 };

	ck_assert_int_eq(vm_exec(vm, (const char *const[]){ "sh", "-c", script, NULL }, PATIENCE,
				 &result),
			 0);
	if (output)
		*output = result.output;
	else
		free(result.output);
	return result.status;
}

/* The same in the client. */
static CK_ATTRIBUTE_UNUSED int client_status(const char *script, char **output)
{
	return vm_status(system_client(sys), script, output);
}

/* A shell script in a VM that must succeed. */
static CK_ATTRIBUTE_UNUSED void vm_does(struct vm *vm, const char *script)
{
	char *output;
	int status = vm_status(vm, script, &output);

	ck_assert_msg(status == 0, "%s: '%s' ended with %d: %s", vm_spec(vm)->name, script, status,
		      output);
	free(output);
}

/* The number that follows @key in a guest's file. */
static CK_ATTRIBUTE_UNUSED long long guest_number(struct vm *vm, const char *path, const char *key)
{
	long long n;
	char *text, *at;

	ck_assert_int_eq(vm_read_file(vm, path, &text), 0);
	at = strstr(text, key);
	ck_assert_msg(at != NULL, "no '%s' in %s", key, path);
	n = strtoll(at + strlen(key), NULL, 10);
	free(text);
	return n;
}

/* The same in the client. */
static CK_ATTRIBUTE_UNUSED void client_does(const char *script)
{
	vm_does(system_client(sys), script);
}

/* A command at the peer that must succeed. */
static CK_ATTRIBUTE_UNUSED void peer_does(const char *script)
{
	char *output = NULL;
	int status = proc_run(loop, (const char *const[]){ "sh", "-c", script, NULL },
			      system_peer_netns_fd(sys), PATIENCE, &output);

	ck_assert_msg(status == 0, "peer: '%s' ended with %d: %s", script, status,
		      output ? output : "");
	free(output);
}

/* Starts a shell script in the client and leaves it running. */
static CK_ATTRIBUTE_UNUSED int client_starts(const char *script)
{
	int handle = vm_exec_start(system_client(sys),
				   (const char *const[]){ "sh", "-c", script, NULL });

	ck_assert_int_gt(handle, 0);
	return handle;
}

/* Waits for a script left running, which must succeed. */
static CK_ATTRIBUTE_UNUSED void client_ends_well(int handle)
{
	struct vm_exec_result result = { 0 };

	ck_assert_int_eq(vm_exec_wait(system_client(sys), handle, PATIENCE, &result), 0);
	ck_assert_msg(result.status == 0, "ended with %d: %s", result.status,
		      result.output ? result.output : "");
	free(result.output);
}

/* Starts a shell script at the peer and leaves it running; proc_free() ends it. */
static CK_ATTRIBUTE_UNUSED struct proc *peer_starts(const char *script)
{
	struct proc_spec spec = {
		.argv = (const char *const[]){ "sh", "-c", script, NULL },
		.netns_fd = system_peer_netns_fd(sys),
		.log_path = "/dev/null",
	};
	struct proc *proc;

	ck_assert_int_eq(proc_spawn(&proc, loop, &spec), 0);
	return proc;
}

/* Fails unless traffic passes within @seconds. */
static CK_ATTRIBUTE_UNUSED void traffic_passes(unsigned int seconds)
{
	/* ping itself gives up as soon as an address is not resolved. */
	char *script = xasprintf("end=$(($(date +%%s) + %u)); "
				 "until /bin/ping -q -n -c 1 -i 0.1 -w 5 " PEER4 "; do "
				 "[ $(date +%%s) -lt $end ] || exit 1; done",
				 seconds);

	client_does(script);
	free(script);
}

/* The first thing that the kernel of VM @name complained of itself; NULL: nothing. */
static CK_ATTRIBUTE_UNUSED const char *kernel_complaint(const char *name)
{
	return kernel_log_complaint(log_dir, name, 0, NULL);
}

/* No kernel of the system has complained of itself. */
static CK_ATTRIBUTE_UNUSED void kernels_are_well(void)
{
	size_t i;

	for (i = 0; i < system_n_vms(sys); i++) {
		const char *name = vm_spec(system_vm_at(sys, i))->name;
		const char *complaint = kernel_complaint(name);

		ck_assert_msg(!complaint, "'%s' in %s/%s.kernel.log", complaint, log_dir, name);
	}
}

/* Runs @tc alone. Tests share a booted system, so they do not fork. */
static CK_ATTRIBUTE_UNUSED int run_suite(const char *name, TCase **tcases, size_t n)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;
	size_t i;

	for (i = 0; i < n; i++)
		suite_add_tcase(suite, tcases[i]);
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
