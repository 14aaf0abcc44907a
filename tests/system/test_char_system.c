// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client's device file whose driver is in a driver VM: programs use it as it is; a driver VM that
 * dies or stops is an error or a new beginning, in time and never a hang; and nonsense in the link
 * harms neither half.
 */
/* The rest of this test takes its time too. */
#define BURST 300

#include "hostile.h"

#include <signal.h>

#define DEVICE "char0"
#define DD "char-dd"
/* The stock client has a /dev/hwrng of its own, with nothing behind it. */
#define RNG "/dev/hwrng0"
#define WATCHDOG "/dev/watchdog"
#define TIMEOUT "/sys/module/ddchar_client/parameters/timeout_ms"
#define DRIVER "/sys/bus/ddlink/drivers/ddchar_client"
#define READ "[ $(dd if=" RNG " bs=32 count=1 2>/dev/null | wc -c) = 32 ]"

static void setup_rng(void)
{
	bring_up("files", "virtio-rng", "char");
}

static void setup_watchdog(void)
{
	bring_up("files", "i6300esb", "char");
}

static struct vm *dd(void)
{
	return system_vm(sys, DD);
}

static void set_timeout(unsigned int ms)
{
	char *script = xasprintf("echo %u >" TIMEOUT, ms);

	client_does(script);
	free(script);
}

static void works_again(void)
{
	client_does("end=$(($(date +%s) + 30)); until " READ "; do "
		    "[ $(date +%s) -lt $end ] || exit 1; done");
}

START_TEST(random_numbers_are_read)
{
	ck_assert_str_eq(system_device_path(sys, "char"), RNG);
	client_does(READ);
	/* Of two reads neither is the other, nor all the same. */
	client_does("a=$(dd if=" RNG " bs=32 count=1 2>/dev/null | md5sum); "
		    "b=$(dd if=" RNG " bs=32 count=1 2>/dev/null | md5sum); "
		    "z=$(dd if=/dev/zero bs=32 count=1 2>/dev/null | md5sum); "
		    "[ \"$a\" != \"$b\" ] && [ \"$a\" != \"$z\" ] && [ \"$b\" != \"$z\" ]");
	client_does("[ $(head -c 20000 " RNG " | wc -c) = 20000 ]");
	kernels_are_well();
}
END_TEST

/* What cannot be done to the driver's own file cannot be done to this one. */
START_TEST(other_uses_are_refused)
{
	client_does("! echo x >" RNG);
	client_does("! stty -F " RNG " 2>/tmp/log && "
		    "grep -i 'inappropriate ioctl\\|not a tty' /tmp/log");
}
END_TEST

START_TEST(more_files_than_there_are_places_are_refused)
{
	client_does("exec 3<" RNG " 4<" RNG " 5<" RNG " 6<" RNG " 7<" RNG " 8<" RNG " && "
		    "(exec 9<" RNG " && sh -c 'exec 3<" RNG "' && "
		    "! sh -c 'exec 3<" RNG " 4<" RNG "' 2>/dev/null)");
	client_does(READ);
}
END_TEST

START_TEST(a_stopped_driver_vm_is_an_error_in_time)
{
	set_timeout(3000);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	client_does("start=$(date +%s); ! " READ " && [ $(($(date +%s) - start)) -le 6 ]");
	client_answers();
	set_timeout(60000);
	/* Whoever waits can be killed all the same. */
	client_does("cat " RNG " >/dev/null & sleep 1; kill -9 $!; ! wait $!");
	ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	set_timeout(30000);
	works_again();
	kernels_are_well();
}
END_TEST

/* One process has it open over the death, and another comes while nobody is there. */
START_TEST(open_files_without_state_outlive_their_driver_vm)
{
	int holder, reader;

	holder = client_starts("exec 3<" RNG "; dd bs=32 count=1 <&3 >/dev/null 2>&1; "
			       "touch /tmp/open; until [ -e /tmp/died ]; do sleep 1; done; "
			       "[ $(dd bs=32 count=1 <&3 2>/dev/null | wc -c) = 32 ]");
	client_does("until [ -e /tmp/open ]; do sleep 1; done");
	ck_assert_int_eq(kill(vm_pid(dd()), SIGKILL), 0);
	reader = client_starts(READ);
	client_does("touch /tmp/died");
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	client_ends_well(holder);
	client_ends_well(reader);
	kernels_are_well();
}
END_TEST

START_TEST(the_client_half_leaves_while_a_file_is_open)
{
	int holder = client_starts("exec 3<" RNG "; touch /tmp/held; "
				   "until [ ! -e " RNG " ]; do sleep 1; done; "
				   "! dd bs=32 count=1 <&3 2>/tmp/log && "
				   "grep 'No such device' /tmp/log");

	client_does("until [ -e /tmp/held ]; do sleep 1; done; echo " DEVICE " >" DRIVER "/unbind");
	client_ends_well(holder);
	client_does("echo " DEVICE " >" DRIVER "/bind; until [ -e " RNG " ]; do sleep 1; done");
	works_again();
	kernels_are_well();
}
END_TEST

START_TEST(random_link_contents_harm_nobody)
{
	int reader;

	set_timeout(500);
	reader = client_starts("while :; do " READ "; done >/dev/null 2>&1");
	write_contents(DEVICE, DD);
	vm_exec_kill(system_client(sys), reader, SIGKILL);
	set_timeout(30000);
	works_again();
	kernels_are_well();
}
END_TEST

/* Kept alive for longer than it would wait, and then closed as it has to be. */
START_TEST(a_watchdog_is_used)
{
	ck_assert_str_eq(system_device_path(sys, "char"), WATCHDOG);
	client_does("exec 3>" WATCHDOG
		    "; for i in 1 2 3; do echo k >&3; sleep 1; done; echo V >&3");
	client_does("watchdog -F -t 1 -T 5 " WATCHDOG " & sleep 8; kill $!");
	ck_assert_int_eq(vm_ping(dd(), 10 * USEC_PER_SEC), 0);
	kernels_are_well();
}
END_TEST

/* So it is the driver's device that counted above: nobody feeds it, and it takes its VM down. */
START_TEST(a_neglected_watchdog_bites)
{
	int holder = client_starts("watchdog -F -t 60 -T 2 " WATCHDOG);
	uint64_t deadline = now_us() + 30 * USEC_PER_SEC;

	while (vm_ping(dd(), USEC_PER_SEC) == 0 && now_us() < deadline)
		ck_assert_int_eq(loop_sleep(loop, 100 * USEC_PER_MSEC), 0);
	ck_assert_int_ne(vm_ping(dd(), USEC_PER_SEC), 0);
	vm_exec_kill(system_client(sys), holder, SIGKILL);
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	kernels_are_well();
}
END_TEST

/* It counts in the driver's device, which is not the one that comes back. */
START_TEST(an_open_watchdog_is_lost_with_its_driver_vm)
{
	int holder = client_starts("exec 3>" WATCHDOG "; touch /tmp/open; "
				   "until [ -e /tmp/died ]; do sleep 1; done; "
				   "! echo k >&3 2>/tmp/log && exec 3>&- && "
				   "exec 3>" WATCHDOG " && echo V >&3");

	client_does("until [ -e /tmp/open ]; do sleep 1; done");
	ck_assert_int_eq(kill(vm_pid(dd()), SIGKILL), 0);
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	client_does("touch /tmp/died");
	client_ends_well(holder);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tcases[] = { tcase_create("rng"), tcase_create("watchdog") };

	tcase_add_unchecked_fixture(tcases[0], setup_rng, take_down);
	tcase_add_test(tcases[0], random_numbers_are_read);
	tcase_add_test(tcases[0], other_uses_are_refused);
	tcase_add_test(tcases[0], more_files_than_there_are_places_are_refused);
	tcase_add_test(tcases[0], a_stopped_driver_vm_is_an_error_in_time);
	tcase_add_test(tcases[0], open_files_without_state_outlive_their_driver_vm);
	tcase_add_test(tcases[0], the_client_half_leaves_while_a_file_is_open);
	tcase_add_test(tcases[0], random_link_contents_harm_nobody);
	tcase_add_unchecked_fixture(tcases[1], setup_watchdog, take_down);
	tcase_add_test(tcases[1], a_watchdog_is_used);
	tcase_add_test(tcases[1], a_neglected_watchdog_bites);
	tcase_add_test(tcases[1], an_open_watchdog_is_lost_with_its_driver_vm);
	return run_suite("char-system", tcases, ARRAY_SIZE(tcases));
}
