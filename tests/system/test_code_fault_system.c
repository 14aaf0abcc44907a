// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults in the code of a driver that runs: debugging a VM does it no harm, what runs is found out,
 * and an instruction that is changed is seen executed. The client lives through all of it.
 */
#include "inject.h"

#include "faultinject/code/coverage.h"
#include "faultinject/code/session.h"

#define DEVICE "net0"

static struct rng rng;

static struct fault_site site_now(void)
{
	struct fault_site site;

	ck_assert_int_eq(fault_site_of(&site, loop, sys, DEVICE, &rng), 0);
	return site;
}

static void prepare(void)
{
	rng_seed(&rng, 1);
	bring_up("isolated", "e1000", "net");
}

/* Traffic for as long as the client runs; to be ended with vm_exec_kill(). */
static int start_traffic(void)
{
	return client_starts("exec /bin/ping -q -n -i 0.05 " PEER4);
}

static void end_traffic(int handle)
{
	ck_assert_int_eq(vm_exec_kill(system_client(sys), handle, 9), 0);
	ck_assert_int_eq(vm_exec_wait(system_client(sys), handle, PATIENCE, NULL), 0);
}

static void not_stopped(void *arg, const struct gdb_stop *stop)
{
	(void)arg;
	ck_assert_uint_ne(stop->signal, GDB_TRAP);
}

START_TEST(attaching_and_letting_go_does_no_harm)
{
	struct fault_site site = site_now();
	struct code_module *m;
	struct gdb *gdb;
	char *why = NULL;
	uint8_t byte;
	int i;

	ck_assert_int_eq(code_module_load(&m, &site, &why), 0);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(code_attach(&gdb, &site, m->base, not_stopped, NULL, &why), 0);
		ck_assert_int_eq(gdb_read(gdb, m->base, &byte, 1), 0);
		ck_assert_int_eq(gdb_read(gdb, 0x1000, &byte, 1), -EFAULT);
		ck_assert_int_eq(gdb_continue(gdb), 0);
		ck_assert_int_eq(gdb_read(gdb, m->base, &byte, 1), -EBUSY);
		traffic_passes(10);
		ck_assert_int_eq(gdb_halt(gdb), 0);
		ck_assert_int_eq(gdb_read(gdb, m->base, &byte, 1), 0);
		code_detach(gdb, &site);
		traffic_passes(10);
	}
	code_module_free(m);
	kernels_are_well();
}
END_TEST

START_TEST(what_runs_under_traffic_is_found_out)
{
	const struct code_coverage *ran;
	struct fault_site site = site_now();
	struct code_module *m;
	char *why = NULL;
	int traffic = start_traffic();

	ck_assert_int_eq(code_module_load(&m, &site, &why), 0);
	ck_assert_int_eq(code_coverage_measure(&ran, &site, m, 2 * USEC_PER_SEC, &why), 0);
	pr_info("%zu blocks of %s run", ran->n_blocks, m->name);
	ck_assert(code_coverage_has(ran, "e1000_xmit_frame"));
	ck_assert(code_coverage_has(ran, "e1000_clean"));
	ck_assert(!code_coverage_has(ran, "e1000_remove"));
	ck_assert_ptr_eq(code_coverage_known("e1000"), ran);
	code_module_free(m);
	end_traffic(traffic);
	traffic_passes(10);
	kernels_are_well();
}
END_TEST

static bool is_dead(void *arg)
{
	return !vm_alive(arg);
}

/* Injects @fault into the function that sends, under traffic, and sees what comes of it. */
static void break_sending(const char *name, struct fault_shot *shot)
{
	static const char *const pairs[] = { "function=e1000_xmit_frame", NULL };
	const struct fault *fault = fault_find(name);
	struct fault_site site = site_now();
	int traffic = start_traffic(), err;
	char *what;

	inject_fault(fault, &site, pairs, shot);
	err = loop_wait(loop, is_dead, site.vm, 2 * USEC_PER_SEC);
	ck_assert(err == 0 || err == -ETIMEDOUT);
	fault->end(&site, shot);
	what = json_dumps(shot->what, 0);
	pr_info("%s: %s; the driver VM %s", name, what, err ? "lives" : "is dead");
	free(what);
	end_traffic(traffic);
}

START_TEST(a_changed_instruction_is_seen_executed)
{
	struct fault_shot shot = { 0 };
	const char *complaint;

	break_sending("nop", &shot);
	ck_assert_str_eq(json_string_value(json_object_get(shot.what, "module")), "e1000");
	ck_assert_str_eq(json_string_value(json_object_get(shot.what, "function")),
			 "e1000_xmit_frame");
	ck_assert_uint_gt(shot.injected_us, 0);
	ck_assert_uint_gt(shot.activated_us, 0);
	json_decref(shot.what);
	/* What was broken is gone with the VM, and nobody else has noticed. */
	ck_assert_int_eq(system_restart_vm(sys, "net-dd"), 0);
	traffic_passes(20);
	complaint = kernel_complaint("client");
	ck_assert_msg(!complaint, "'%s' in the client's kernel log", complaint);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("code-fault-system");

	tcase_add_unchecked_fixture(tc, prepare, take_down);
	tcase_add_test(tc, attaching_and_letting_go_does_no_harm);
	tcase_add_test(tc, what_runs_under_traffic_is_found_out);
	tcase_add_test(tc, a_changed_instruction_is_seen_executed);
	return run_suite("code-fault-system", &tc, 1);
}
