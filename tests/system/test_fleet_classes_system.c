// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fleet of one driver VM of each class, clones of templates, and a client that was restored with
 * all their devices in use.
 */
#include "support.h"

#include <signal.h>

/* The first drivers of many-classes are one of each class. */
#define VMS 7

static void setup(void)
{
	static const char *const clones[] = { "vms=7", "boot=clone", NULL };

	bring_up_with = clones;
	bring_up("many-classes", NULL, NULL);
}

struct tally {
	unsigned int answered;
	char *failed; /* who, and why; NULL: nobody */
};

static void on_answer(void *arg, const char *device, const char *why)
{
	struct tally *t = arg;

	if (!why)
		t->answered++;
	else if (!t->failed)
		t->failed = xasprintf("%s: %s", device, why);
}

static struct tally ask_all(void)
{
	struct tally t = { 0 };

	ck_assert_int_eq(system_ask_devices(sys, on_answer, &t), 0);
	return t;
}

static void all_answer(void)
{
	struct tally t = ask_all();

	ck_assert_msg(!t.failed, "%s", t.failed);
	ck_assert_uint_eq(t.answered, VMS);
}

START_TEST(each_class_is_there_and_was_restored)
{
	static const char *const classes[] = { "net", "blk", "snd", "can", "char", "rtc", "pci" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(classes); i++)
		ck_assert_msg(system_has_class(sys, classes[i]), "no %s", classes[i]);
	ck_assert_uint_eq(system_n_vms(sys), 1 + VMS);
	for (i = 0; i < system_n_vms(sys); i++)
		ck_assert_int_eq(vm_spec(system_vm_at(sys, i))->origin, VM_CLONE);
	all_answer();
}
END_TEST

/* The client was saved with sessions of other links, which have ended for no breach of the rules.
 */
START_TEST(the_client_has_met_new_driver_vms)
{
	client_does("cd /sys/bus/ddlink/devices; [ $(cat */stats | grep -c '^sessions 2$') = 7 ]");
	client_does(
		"cd /sys/bus/ddlink/devices; [ $(cat */stats | grep -c '^violations 0$') = 7 ]");
}
END_TEST

/*
 * What is asked is really the driver VM: without it there is no answer, and the others give theirs.
 * Of CAN, for that gives up soonest.
 */
START_TEST(who_has_no_driver_vm_does_not_answer)
{
	struct tally t;

	kill(vm_pid(system_vm(sys, "dd3")), SIGKILL);
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	t = ask_all();
	ck_assert_uint_eq(t.answered, VMS - 1);
	ck_assert_msg(t.failed && strncmp(t.failed, "can0: cannot", 12) == 0, "%s", t.failed);
	free(t.failed);
}
END_TEST

START_TEST(each_comes_back_as_a_clone)
{
	char name[8];
	int i;

	for (i = 0; i < VMS; i++) {
		snprintf(name, sizeof(name), "dd%d", i);
		if (vm_alive(system_vm(sys, name)))
			kill(vm_pid(system_vm(sys, name)), SIGKILL);
		ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC / 10), 0);
		ck_assert_int_eq(system_restart_vm(sys, name), 0);
	}
	all_answer();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("fleet-classes-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, each_class_is_there_and_was_restored);
	tcase_add_test(tc, the_client_has_met_new_driver_vms);
	tcase_add_test(tc, who_has_no_driver_vm_does_not_answer);
	tcase_add_test(tc, each_comes_back_as_a_clone);
	return run_suite("fleet-classes-system", &tc, 1);
}
