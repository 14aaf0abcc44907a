// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fleet of 16 driver VMs, clones of the templates of ten drivers, and one client that uses the
 * devices of all. system_up() itself waits for an answer through each.
 */
#include "support.h"

#include <signal.h>

#include "link/link.h"

#define VMS 16

/* The text of a guest's file, without its newline. */
static char *text_of(struct vm *vm, const char *path)
{
	char *text;

	ck_assert_int_eq(vm_read_file(vm, path, &text), 0);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void setup(void)
{
	static const char *const with[] = { "vms=16", "boot=clone", NULL };

	bring_up_with = with;
	bring_up("many", NULL, NULL);
}

/* The text of @path must be another one in each driver VM. */
static void check_differs(const char *path)
{
	char *texts[VMS];
	unsigned int i, j;

	for (i = 0; i < VMS; i++) {
		char *name = xasprintf("dd%u", i);

		texts[i] = text_of(system_vm(sys, name), path);
		for (j = 0; j < i; j++)
			ck_assert_msg(strcmp(texts[i], texts[j]) != 0, "%s: %s in dd%u and dd%u",
				      path, texts[i], i, j);
		free(name);
	}
	for (i = 0; i < VMS; i++)
		free(texts[i]);
}

START_TEST(each_clone_is_a_machine_of_its_own)
{
	unsigned int i;

	ck_assert_uint_eq(system_n_vms(sys), 1 + VMS);
	for (i = 0; i < VMS; i++) {
		char *name = xasprintf("dd%u", i);
		struct vm *vm = system_vm(sys, name);
		char *host = text_of(vm, "/proc/sys/kernel/hostname");

		ck_assert_int_eq(vm_spec(vm)->origin, VM_CLONE);
		ck_assert_str_eq(host, name);
		free(host);
		free(name);
	}
	check_differs("/proc/sys/kernel/random/uuid");
}
END_TEST

START_TEST(each_card_has_its_own_address)
{
	client_does("n=$(cat /sys/class/net/net*/address | sort | uniq -d | wc -l); [ $n = 0 ]");
}
END_TEST

START_TEST(one_that_dies_takes_nothing_with_it)
{
	const char *dead = NULL;

	kill(vm_pid(system_vm(sys, "dd3")), SIGKILL);
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	ck_assert(!vm_alive(system_vm(sys, "dd3")));
	ck_assert_int_eq(system_check(sys, &dead), 0);
	client_does("ping -c 1 -w 5 -I net0 10.77.0.1 >/dev/null");
	client_does("dd if=/dev/ddblk0 of=/dev/null bs=4096 count=8 2>/dev/null");
}
END_TEST

START_TEST(it_comes_back_as_a_clone)
{
	const char *device = "disk1";

	ck_assert_int_eq(system_restart_vm(sys, "dd3"), 0);
	ck_assert(link_attached(system_link(sys, device), DDLINK_SERVER));
	client_does("dd if=/dev/ddblk1 of=/dev/null bs=4096 count=8 iflag=direct 2>/dev/null");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("fleet-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, each_clone_is_a_machine_of_its_own);
	tcase_add_test(tc, each_card_has_its_own_address);
	tcase_add_test(tc, one_that_dies_takes_nothing_with_it);
	tcase_add_test(tc, it_comes_back_as_a_clone);
	return run_suite("fleet-system", &tc, 1);
}
