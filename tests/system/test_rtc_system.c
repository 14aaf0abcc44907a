// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client's clock whose driver is in a driver VM: it is that VM's clock, and set there; requests
 * outlive the driver VM, but only for as long as was said; and neither half believes what the other
 * would not honestly say.
 */
/* The rest of this test takes its time too. */
#define BURST 300

#include "forge.h"
#include "hostile.h"

#include <signal.h>

#define DEVICE "rtc0"
#define DD "clock-dd"
/* The client has a clock of its own, which is rtc0. */
#define CLOCK "/dev/rtc1"
#define NOW "/sys/class/rtc/rtc1/since_epoch"
#define DRIVER "/sys/bus/ddlink/drivers/ddrtc_client"
#define STATS "/sys/bus/ddlink/devices/" DEVICE "/stats"
#define TIMEOUT "/sys/module/ddrtc_client/parameters/timeout_ms"
/* A clock that is said to keep the time of a place five hours east of the client's. */
#define SET_AHEAD "TZ=XXX-5 hwclock -w -l -f " CLOCK
#define READ "hwclock -r -u -f " CLOCK
#define SET_BACK "hwclock -w -u -f " CLOCK
#define AHEAD_S (5 * 3600)
/* Clocks count whole seconds, and they are read one after the other. */
#define NEAR_S 2
/* After the last violation a side waits up to 5 s before it tries again. */
#define RESUME_S 30

static void setup(void)
{
	bring_up("clock", NULL, "rtc");
}

static struct vm *dd(void)
{
	return system_vm(sys, DD);
}

/* The clock is @ahead seconds ahead of the client's own time, in the driver VM as in the client. */
static void clock_is(long long ahead)
{
	char *output;
	long long own, there, seen;

	ck_assert_int_eq(client_status("date +%s", &output), 0);
	own = atoll(output);
	free(output);
	seen = guest_number(system_client(sys), NOW, "");
	there = guest_number(dd(), "/sys/class/rtc/rtc0/since_epoch", "");
	ck_assert_msg(llabs(seen - own - ahead) <= NEAR_S, "client: %lld s ahead", seen - own);
	ck_assert_msg(llabs(there - own - ahead) <= NEAR_S, "driver VM: %lld s ahead", there - own);
}

/* Waits for a script left running; it must end with @status, or (-1) fail somehow. */
static void ends_with(int handle, int status)
{
	struct vm_exec_result result = { 0 };

	ck_assert_int_eq(vm_exec_wait(system_client(sys), handle, PATIENCE, &result), 0);
	if (status < 0)
		ck_assert_int_ne(result.status, 0);
	else
		ck_assert_msg(result.status == status, "ended with %d: %s", result.status,
			      result.output);
	free(result.output);
}

static void set_timeout(unsigned int ms)
{
	char *script = xasprintf("echo %u >" TIMEOUT, ms);

	client_does(script);
	free(script);
}

/* Until what was started in the client has asked: it has the clock open, and has had a moment. */
static void let_ask(void)
{
	client_does("i=0; until ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q rtc1; do "
		    "[ $((i += 1)) -lt 100 ] || exit 1; done");
	ck_assert_int_eq(loop_sleep(loop, 500 * USEC_PER_MSEC), 0);
}

static void clock_works_again(void)
{
	char *script = xasprintf("end=$(($(date +%%s) + %u)); until cat " NOW " >/dev/null; do "
				 "[ $(date +%%s) -lt $end ] || exit 1; done",
				 RESUME_S);

	client_does(script);
	free(script);
}

START_TEST(the_clock_is_the_driver_vms)
{
	clock_is(0);
	client_does(READ);
	client_does("grep -q '^ddrtc_client " DEVICE "$' /sys/class/rtc/rtc1/name");
}
END_TEST

START_TEST(the_clock_is_set)
{
	client_does(SET_AHEAD);
	clock_is(AHEAD_S);
	client_does(SET_BACK);
	clock_is(0);
	kernels_are_well();
}
END_TEST

/* The driver cannot count so far: a client must see what it would see with the clock in itself. */
START_TEST(the_clocks_own_errors_reach_the_client)
{
	client_does("now=$(cat " NOW "); date -s 2200-01-01; "
		    "! " SET_BACK " 2>/tmp/log; status=$?; date -s @$now; "
		    "[ $status = 0 ] && grep 'Invalid argument' /tmp/log");
	clock_is(0);
}
END_TEST

/* The client's half waits while the driver VM has no clock to give. */
START_TEST(the_clock_can_be_taken_away_and_given_back)
{
	static const char lower[] = "/sys/bus/ddlink/devices/" DEVICE "/lower";
	int reader;

	ck_assert_int_eq(vm_write_file(dd(), lower, "rtc7"), -ENODEV);
	ck_assert_int_eq(vm_write_file(dd(), lower, "\n"), 0);
	reader = client_starts("cat " NOW);
	let_ask();
	ck_assert_int_eq(vm_write_file(dd(), lower, "rtc0"), 0);
	ends_with(reader, 0);
}
END_TEST

START_TEST(a_stopped_driver_vm_is_an_error_in_time)
{
	int reader;

	set_timeout(3000);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	client_does("start=$(date +%s); ! " READ " 2>/tmp/log && "
		    "[ $(($(date +%s) - start)) -le 5 ] && grep 'timed out' /tmp/log");
	client_does("! " SET_BACK " 2>/tmp/log && grep 'timed out' /tmp/log");
	client_answers();
	/* Whoever waits can be killed all the same. */
	set_timeout(60000);
	reader = client_starts("cat " NOW " & sleep 1; kill -9 $!; wait $!");
	ends_with(reader, -1);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	set_timeout(30000);
	clock_works_again();
	clock_is(0);
	kernels_are_well();
}
END_TEST

/*
 * Not one who reads it in sysfs: at just the wrong moment the kernel waits for that reader while it
 * holds the mutex that the reader wants, whatever the driver.
 */
START_TEST(the_client_half_leaves_while_somebody_waits)
{
	int reader;

	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	reader = client_starts(READ " 2>&1 | grep 'No such device'");
	let_ask();
	client_does("timeout 10 sh -c 'echo " DEVICE " >" DRIVER "/unbind' && [ ! -e " CLOCK " ]");
	ends_with(reader, 0);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	client_does("echo " DEVICE " >" DRIVER "/bind && i=0; until [ -e " CLOCK " ]; do sleep 1; "
		    "[ $((i += 1)) -lt 30 ] || exit 1; done");
	clock_is(0);
	kernels_are_well();
}
END_TEST

START_TEST(requests_outlive_their_driver_vm)
{
	int reader, setter;

	/* One that was sent and never answered; and one that comes while nobody is there. */
	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	setter = client_starts(SET_AHEAD);
	/* It waits for a second to begin. */
	ck_assert_int_eq(loop_sleep(loop, 1500 * USEC_PER_MSEC), 0);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGKILL), 0);
	reader = client_starts("cat " NOW);
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	ends_with(setter, 0);
	ends_with(reader, 0);
	/* Had it been set to what the time was when that was asked, it would be slow now. */
	clock_is(AHEAD_S);
	client_does(SET_BACK);
	clock_is(0);
	kernels_are_well();
}
END_TEST

/* A record as the honest producer of that ring would write it, but for what it says. */
struct forged {
	unsigned int ring;
	uint32_t type, len;
	uint64_t seconds;
	uint32_t error;
	uint64_t cookie;
};

static void forge(const struct forged *f)
{
	struct ddlink_rec_header header = { f->len, f->type, f->cookie };
	struct {
		uint64_t seconds;
		uint32_t error, reserved;
	} payload = { f->seconds, f->error, 0 };

	forge_record(DEVICE, f->ring, &header, &payload);
}

static const struct forged requests[] = {
	{ DDLINK_RING_TO_SERVER, 3, 8, 0, 0, 0 }, /* no such request */
	{ DDLINK_RING_TO_SERVER, 1, 0, 0, 0, 0 }, /* too short */
	{ DDLINK_RING_TO_SERVER, 2, 16, 0, 0, 0 }, /* too long */
	{ DDLINK_RING_TO_SERVER, 1, 8, 1, 0, 0 }, /* reads, and has a time */
	{ DDLINK_RING_TO_SERVER, 2, 8, 253402300800, 0, 0 }, /* the year 10000 */
	{ DDLINK_RING_TO_SERVER, 2, 8, UINT64_MAX, 0, 0 }, /* before 1970 */
};

START_TEST(a_request_that_no_client_sends_ends_the_session)
{
	long long before = violations(dd(), DEVICE);

	forge(&requests[_i]);
	wait_violation(dd(), DEVICE, before);
	clock_works_again();
	clock_is(0);
	kernels_are_well();
}
END_TEST

static const struct forged replies[] = {
	{ DDLINK_RING_TO_CLIENT, 2, 16, 0, 0, 0 }, /* no such record */
	{ DDLINK_RING_TO_CLIENT, 1, 8, 0, 0, 0 }, /* too short */
	{ DDLINK_RING_TO_CLIENT, 1, 16, 253402300800, 0, 0 }, /* the year 10000 */
};

/* Whoever asked does not notice: the next session brings the answer. */
START_TEST(a_reply_that_no_server_sends_ends_the_session)
{
	long long before = violations(system_client(sys), DEVICE);
	int reader;

	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	reader = client_starts("cat " NOW);
	let_ask();
	forge(&replies[_i]);
	wait_violation(system_client(sys), DEVICE, before);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	ends_with(reader, 0);
	clock_is(0);
	kernels_are_well();
}
END_TEST

START_TEST(the_reply_to_another_request_is_no_answer)
{
	static const struct forged reply = { DDLINK_RING_TO_CLIENT, 1, 16, 5, 0, UINT64_MAX };
	int reader;

	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	reader = client_starts("[ $(cat " NOW ") -gt 1000000000 ]");
	let_ask();
	forge(&reply);
	let_ask();
	ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	ends_with(reader, 0);
}
END_TEST

/* 512 is what the kernel tells itself to begin a system call again. */
START_TEST(an_error_that_no_program_knows_is_an_io_error)
{
	struct forged reply = { DDLINK_RING_TO_CLIENT, 1, 16, 0, 512, 0 };
	int reader;

	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	reader = client_starts(READ " 2>&1 | grep 'Input/output error'");
	let_ask();
	/* The request's: they are counted, from when the client's half was loaded. */
	reply.cookie = (uint64_t)guest_number(system_client(sys), STATS, "tx_records ");
	forge(&reply);
	ends_with(reader, 0);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	clock_works_again();
}
END_TEST

START_TEST(a_reply_to_nothing_ends_the_session)
{
	static const struct forged reply = { DDLINK_RING_TO_CLIENT, 1, 16, 0, 0, 0 };
	long long before = violations(system_client(sys), DEVICE);

	forge(&reply);
	wait_violation(system_client(sys), DEVICE, before);
	clock_works_again();
	kernels_are_well();
}
END_TEST

/* A clock that can be set to times before it can be set to any. */
START_TEST(a_configuration_that_no_server_shows_ends_the_session)
{
	static const uint64_t first_last_flags[] = { 2, 1, 1 };
	struct link *l = system_link(sys, DEVICE);
	volatile unsigned char *side = link_memory(l) + ddlink_side_offset(DDLINK_SERVER);
	volatile unsigned char *seq = side + offsetof(struct ddlink_side, config_seq);
	long long before = violations(system_client(sys), DEVICE);

	/* Stopped, or it would put it right. */
	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	memcpy((void *)(side + offsetof(struct ddlink_side, config)), first_last_flags,
	       sizeof(first_last_flags));
	contents_write32(seq, contents_read32(seq) + 2);
	ck_assert_int_eq(link_ring_doorbell(l, DDLINK_CLIENT, DDLINK_VECTOR_CONTROL), 0);
	wait_violation(system_client(sys), DEVICE, before);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	clock_works_again();
	kernels_are_well();
}
END_TEST

START_TEST(random_link_contents_harm_nobody)
{
	int asker;

	set_timeout(500);
	asker = client_starts("while :; do cat " NOW "; " SET_BACK "; done >/dev/null 2>&1");
	write_contents(DEVICE, DD);
	vm_exec_kill(system_client(sys), asker, SIGKILL);
	set_timeout(30000);
	clock_works_again();
	client_does(SET_BACK);
	clock_is(0);
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

/* The last: the client drives the clock itself. */
START_TEST(the_same_without_a_driver_vm)
{
	take_down();
	bring_up("native", NULL, "rtc");
	ck_assert_str_eq(system_device_path(sys, "rtc"), "/dev/rtc0");
	client_does("hwclock -r -u -f /dev/rtc0");
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("rtc-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, the_clock_is_the_driver_vms);
	tcase_add_test(tc, the_clock_is_set);
	tcase_add_test(tc, the_clocks_own_errors_reach_the_client);
	tcase_add_test(tc, the_clock_can_be_taken_away_and_given_back);
	tcase_add_test(tc, a_stopped_driver_vm_is_an_error_in_time);
	tcase_add_test(tc, requests_outlive_their_driver_vm);
	tcase_add_loop_test(tc, a_request_that_no_client_sends_ends_the_session, 0,
			    ARRAY_SIZE(requests));
	tcase_add_loop_test(tc, a_reply_that_no_server_sends_ends_the_session, 0,
			    ARRAY_SIZE(replies));
	tcase_add_test(tc, the_reply_to_another_request_is_no_answer);
	tcase_add_test(tc, an_error_that_no_program_knows_is_an_io_error);
	tcase_add_test(tc, a_reply_to_nothing_ends_the_session);
	tcase_add_test(tc, a_configuration_that_no_server_shows_ends_the_session);
	tcase_add_test(tc, the_client_half_leaves_while_somebody_waits);
	tcase_add_test(tc, random_link_contents_harm_nobody);
	tcase_add_test(tc, the_same_without_a_driver_vm);
	return run_suite("rtc-system", &tc, 1);
}
