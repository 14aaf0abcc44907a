// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system of three driver VMs: network and disk go on, without an error, while the driver VM of
 * the PCI bus is killed and returns.
 */
#include "support.h"

#include <signal.h>

#define DD "pci-dd"
/* Until told to end: pings, all of which must be answered, and reads of the disk. */
#define USE                                                                              \
	"rm -f /tmp/end; while [ ! -e /tmp/end ]; do "                                   \
	"/bin/ping -q -n -c 20 -i 0.05 -w 10 " PEER4 " | grep -q ' 0%% packet loss' || " \
	"{ echo ping; exit 1; }; "                                                       \
	"dd if=%s of=/dev/null bs=64k count=64 iflag=direct 2>/dev/null || "             \
	"{ echo disk; exit 1; }; n=$((n + 1)); done; [ ${n:-0} -ge 3 ]"

static void setup(void)
{
	bring_up("isolated-pci", NULL, NULL);
}

START_TEST(others_go_on_without_the_pci_bus)
{
	char *use = xasprintf(USE, system_device_path(sys, "blk"));
	int user = client_starts(use);

	ck_assert_int_eq(loop_sleep(loop, 2 * USEC_PER_SEC), 0);
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, DD)), SIGKILL), 0);
	ck_assert_int_eq(loop_sleep(loop, 3 * USEC_PER_SEC), 0);
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	ck_assert_int_eq(loop_sleep(loop, 2 * USEC_PER_SEC), 0);
	client_does("touch /tmp/end");
	client_ends_well(user);
	free(use);
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("isolated-pci-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, others_go_on_without_the_pci_bus);
	return run_suite("isolated-pci-system", &tc, 1);
}
