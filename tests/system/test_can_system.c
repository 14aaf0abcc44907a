// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client's CAN interfaces whose controllers are in a driver VM: frames and error frames pass, the
 * client sets the bus's speed, senders outlive the driver VM, and neither half believes what the
 * other would not honestly say.
 */
/* The rest of this test takes its time too. */
#define BURST 300

#include "can.h"
#include "forge.h"
#include "hostile.h"
#include "inject.h"

#include <signal.h>

#define DEVICE "can0"
#define DD "can-dd"
#define FLOW "while :; do cangen can0 -g 1 -n 1000 -i; done >/dev/null 2>&1"

static void setup(void)
{
	bring_up("can", NULL, "can");
}

static struct vm *dd(void)
{
	return system_vm(sys, DD);
}

static void frames_pass(void)
{
	client_does("n=0; until cansend can0 123#1122 && " LISTEN(
		"can1") "cansend can0 123#4455 && wait && grep -q '123#4455$' /tmp/can; do "
			"[ $((n += 1)) -lt 15 ] || { cat /tmp/can; /bin/ip -d -s link; "
			"grep . /sys/bus/ddlink/devices/can*/state; exit 1; }; sleep 1; done");
}

START_TEST(frames_pass_both_ways)
{
	frames_pass();
	client_does(
		LISTEN("can0") "cansend can1 12345678#R && wait && grep '12345678#R$' /tmp/can");
	kernels_are_well();
}
END_TEST

/* Two controllers understand each other at one speed only: both are set, and it is the real ones.
 */
START_TEST(the_client_sets_the_speed)
{
	client_does(
		"for i in can0 can1; do /bin/ip link set $i down && "
		"/bin/ip link set $i up type can bitrate 250000 restart-ms 100 || exit 1; done; "
		"/bin/ip -details link show can0 | grep 'bitrate 250000'");
	frames_pass();
	ck_assert_int_eq(system_set(sys, "bitrate", "500000"), 0);
	client_does("/bin/ip -details link show can1 | grep 'bitrate 500000'");
	frames_pass();
	client_does("! /bin/ip link set can0 type can bitrate 1 2>/dev/null");
	kernels_are_well();
}
END_TEST

/*
 * The controller says that it has left the bus, as after 256 errors: that needs a register that
 * reads wrong, for QEMU's has no errors. Its driver believes that, and the client hears it.
 */
static void leave_the_bus(void)
{
	static const char *const pairs[] = { "reads=3:4,2:128", NULL };
	const struct fault *fault = fault_find("wrong-read");
	struct fault_shot shot;
	struct fault_site site;
	struct rng rng;

	rng_seed(&rng, 1);
	ck_assert_int_eq(fault_site_of(&site, loop, sys, DEVICE, &rng), 0);
	inject_fault(fault, &site, pairs, &shot);
	client_does("cansend can0 123#");
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC / 2), 0);
	fault->end(&site, &shot);
	ck_assert_uint_ge(shot.activated_us, shot.injected_us);
	ck_assert_int_eq(json_integer_value(json_object_get(shot.what, "reads")), 2);
	json_decref(shot.what);
}

START_TEST(bus_off_is_passed_on_and_ends_by_hand_and_by_itself)
{
	client_does("/bin/ip link set can0 down && "
		    "/bin/ip link set can0 up type can bitrate 500000 restart-ms 0");
	frames_pass();
	leave_the_bus();
	client_does("/bin/ip -details link show can0 | grep 'state BUS-OFF'");
	client_does("/bin/ip link set can0 type can restart");
	frames_pass();
	client_does("! /bin/ip -details link show can0 | grep 'state BUS-OFF'");
	client_does("/bin/ip link set can0 down && "
		    "/bin/ip link set can0 up type can restart-ms 100");
	frames_pass();
	leave_the_bus();
	frames_pass();
	client_does("/bin/ip -details link show can0 | grep 'state ERROR-ACTIVE'");
	kernels_are_well();
}
END_TEST

/* What a program may not send as a frame: it would be taken for one of the controller's. */
START_TEST(error_frames_come_from_the_controller_only)
{
	static const unsigned char overrun[16] = { 4, 0, 0, 0x20, 8, 0, 0, 0, 0, 1 };
	struct ddlink_rec_header header = { sizeof(overrun), 1, 0 };
	int listener =
		client_starts("candump -L -T 2000 can0,0:0,#FFFFFFFF | grep '20000004#0001'");
	struct vm_exec_result result = { 0 };

	client_does("until grep -q '^ *can0 ' /proc/net/can/rcvlist_err; do usleep 10000; done");
	forge_record(DEVICE, DDLINK_RING_TO_CLIENT, &header, overrun);
	ck_assert_int_eq(vm_exec_wait(system_client(sys), listener, PATIENCE, &result), 0);
	ck_assert_msg(result.status == 0, "%s", result.output);
	free(result.output);
	client_does(
		LISTEN("can1") "cansend can0 20000004#0001000000000000; wait; ! grep . /tmp/can");
	kernels_are_well();
}
END_TEST

START_TEST(senders_outlive_their_driver_vm)
{
	int sender = client_starts(FLOW);

	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGKILL), 0);
	client_answers();
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	vm_exec_kill(system_client(sys), sender, SIGKILL);
	frames_pass();
	kernels_are_well();
}
END_TEST

static const struct {
	unsigned int ring;
	struct ddlink_rec_header header;
	unsigned char frame[16];
} lies[] = {
	{ DDLINK_RING_TO_SERVER, { 16, 2, 0 }, { 0 } }, /* only servers tell what was sent */
	{ DDLINK_RING_TO_SERVER, { 8, 1, 0 }, { 0x23, 1 } }, /* too short */
	{ DDLINK_RING_TO_SERVER, { 16, 1, 0 }, { 0x23, 1, 0, 0, 9 } }, /* nine bytes */
	{ DDLINK_RING_TO_SERVER, { 16, 1, 0 }, { 0x23, 9, 0, 0 } }, /* an identifier of 12 bits */
	{ DDLINK_RING_TO_SERVER, { 16, 1, 0 }, { 4, 0, 0, 0x20, 8 } }, /* an error frame */
	{ DDLINK_RING_TO_SERVER, { 16, 1, 0 }, { 0x23, 1, 0, 0, 1, 1 } }, /* says more */
	{ DDLINK_RING_TO_SERVER, { 16, 1, 0 }, { 0x23, 1, 0, 0, 0, 0, 0, 0, 1 } }, /* data beyond */
	{ DDLINK_RING_TO_CLIENT, { 16, 4, 0 }, { 0 } }, /* no such record */
	{ DDLINK_RING_TO_CLIENT, { 0, 2, 0 }, { 0 } }, /* nothing was to be sent */
	{ DDLINK_RING_TO_CLIENT, { 16, 1, 0 }, { 4, 0, 0, 0x20, 2 } }, /* a short error frame */
	{ DDLINK_RING_TO_CLIENT, { 16, 1, 0 }, { 0x23, 1, 0, 0, 9 } }, /* nine bytes */
};

START_TEST(a_record_that_nobody_sends_ends_the_session)
{
	struct vm *vm = lies[_i].ring == DDLINK_RING_TO_SERVER ? dd() : system_client(sys);
	long long before = violations(vm, DEVICE);

	forge_record(DEVICE, lies[_i].ring, &lies[_i].header, lies[_i].frame);
	wait_violation(vm, DEVICE, before);
	frames_pass();
	kernels_are_well();
}
END_TEST

START_TEST(random_link_contents_harm_nobody)
{
	int sender = client_starts(FLOW);
	int listener = client_starts("while :; do candump -n 1000 any; done >/dev/null 2>&1");

	write_contents(DEVICE, DD);
	vm_exec_kill(system_client(sys), sender, SIGKILL);
	vm_exec_kill(system_client(sys), listener, SIGKILL);
	frames_pass();
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("can-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, frames_pass_both_ways);
	tcase_add_test(tc, the_client_sets_the_speed);
	tcase_add_test(tc, bus_off_is_passed_on_and_ends_by_hand_and_by_itself);
	tcase_add_test(tc, error_frames_come_from_the_controller_only);
	tcase_add_loop_test(tc, a_record_that_nobody_sends_ends_the_session, 0, ARRAY_SIZE(lies));
	tcase_add_test(tc, senders_outlive_their_driver_vm);
	tcase_add_test(tc, random_link_contents_harm_nobody);
	return run_suite("can-system", &tc, 1);
}
