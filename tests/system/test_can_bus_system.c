// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One CAN bus and two driver VMs with a controller each: what goes out of one comes in by the
 * other, at the speed that the client has set; and a bus goes on when one of them dies.
 */
#include "can.h"
#include "inject.h"

#include <signal.h>

#define DD "can1-dd"
/* Sends a frame on @from until it comes out of @to: the first after a change may be lost. */
#define PASSES(from, to)                                                                    \
	"n=0; until (" LISTEN(to) "cansend " from                                           \
				  " 123#1122 && wait && grep -q '123#1122$' /tmp/can); do " \
				  "[ $((n += 1)) -lt 20 ] || exit 1; sleep 1; done"

static void setup(void)
{
	bring_up("can-bus", NULL, "can");
}

static void frames_pass(void)
{
	client_does(PASSES("can0", "can1"));
	client_does(PASSES("can1", "can0"));
}

START_TEST(frames_pass_from_one_driver_vm_to_the_other)
{
	frames_pass();
	client_does(LISTEN("can1") "cangen can0 -g 1 -n 200 -I i -L 8 -D i -p 1000 && wait && "
				   "[ $(wc -l </tmp/can) = 200 ]");
	kernels_are_well();
}
END_TEST

/* The controller has some speeds and no others, and it is the real one that is set. */
START_TEST(only_who_has_the_same_speed_is_heard)
{
	client_does("/bin/ip link set can0 down && "
		    "/bin/ip link set can0 up type can bitrate 250000");
	client_does(LISTEN("can1") "cansend can0 123#; wait; ! grep . /tmp/can");
	ck_assert_int_eq(system_set(sys, "bitrate", "250000"), 0);
	frames_pass();
	client_does("/bin/ip link set can0 down; "
		    "! /bin/ip link set can0 type can bitrate 123456 2>/dev/null && "
		    "/bin/ip link set can0 up");
	frames_pass();
	kernels_are_well();
}
END_TEST

START_TEST(a_driver_vm_that_dies_leaves_the_other_its_bus)
{
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, DD)), SIGKILL), 0);
	client_does("for i in 1 2 3 4 5; do cansend can0 123#$i$i || exit 1; done");
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	frames_pass();
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("can-bus-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, frames_pass_from_one_driver_vm_to_the_other);
	tcase_add_test(tc, only_who_has_the_same_speed_is_heard);
	tcase_add_test(tc, a_driver_vm_that_dies_leaves_the_other_its_bus);
	return run_suite("can-bus-system", &tc, 1);
}
