// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client outlives its driver VM: one that is stopped, one that fills the link with more than
 * 10,000 random contents while traffic runs, one that is killed. Where the driver VM is alive
 * afterwards, traffic resumes.
 */
#include "hostile.h"

#include <signal.h>

/* After the last violation a side waits up to 5 s before it tries again. */
#define RESUME_S 30

static void setup(void)
{
	bring_up("isolated", "e1000", "net");
}

START_TEST(a_stopped_driver_vm_only_pauses_traffic)
{
	pid_t dd = vm_pid(system_vm(sys, "net-dd"));
	int i;

	traffic_passes(10);
	ck_assert_int_eq(kill(dd, SIGSTOP), 0);
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
		client_answers();
	}
	client_does("/bin/ip addr show dev net0 >/dev/null");
	ck_assert_int_ne(client_status("/bin/ping -q -n -c 1 -W 1 " PEER4, NULL), 0);
	ck_assert_int_eq(kill(dd, SIGCONT), 0);
	traffic_passes(RESUME_S);
	kernels_are_well();
}
END_TEST

START_TEST(random_link_contents_harm_nobody)
{
	struct proc *flood;
	int out;

	flood = peer_starts("while :; do ping -q -n -f -w 100 -s 1200 " CLIENT4 "; done");
	out = client_starts("while :; do /bin/ping -q -n -f -w 100 -s 4000 " PEER4 "; done");
	write_contents("net0", "net-dd");
	vm_exec_kill(system_client(sys), out, SIGKILL);
	client_does("killall ping || true");
	proc_free(flood);
	traffic_passes(RESUME_S);
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

START_TEST(a_revoked_link_harms_nobody)
{
	link_revoke(system_link(sys, "net0"));
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	client_answers();
	ck_assert_int_eq(vm_ping(system_vm(sys, "net-dd"), 10 * USEC_PER_SEC), 0);
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

/* The last: nothing comes after it. */
START_TEST(a_killed_driver_vm_leaves_the_client_usable)
{
	const char *dead = NULL;
	int i;

	ck_assert_int_eq(kill(vm_pid(system_vm(sys, "net-dd")), SIGKILL), 0);
	for (i = 0; i < 5; i++) {
		client_answers();
		ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	}
	ck_assert_int_eq(system_check(sys, &dead), -EPIPE);
	ck_assert_str_eq(dead, "net-dd");
	ck_assert(!link_attached(system_link(sys, "net0"), DDLINK_SERVER));
	ck_assert(!link_is_up("net0"));
	client_does("/bin/ip link set net0 down && /bin/ip link set net0 up");
	ck_assert_int_ne(client_status("/bin/ping -q -n -c 1 -W 1 " PEER4, NULL), 0);
	client_does("dd if=/dev/urandom bs=1M count=4 2>/dev/null | sha256sum");
	client_answers();
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("hostile-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, a_stopped_driver_vm_only_pauses_traffic);
	tcase_add_test(tc, random_link_contents_harm_nobody);
	tcase_add_test(tc, a_revoked_link_harms_nobody);
	tcase_add_test(tc, a_killed_driver_vm_leaves_the_client_usable);
	return run_suite("hostile-system", &tc, 1);
}
