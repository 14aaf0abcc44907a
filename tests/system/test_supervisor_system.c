// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The supervisor: what it takes for a failure, and that the client's service returns by every
 * strategy, its data being what was written.
 */
#include <signal.h>

#include "inject.h"

#include "supervise/supervisor.h"

#define NET_DD "net-dd"
#define DISK_DD "disk-dd"
#define DISK "/dev/ddblk0"
#define NET_STATS "/sys/bus/ddlink/devices/net0/stats"
#define DISK_STATS "/sys/bus/ddlink/devices/disk0/stats"
#define REHEARSALS 3
#define SETTLE_US (30 * USEC_PER_SEC)

static struct supervisor *supervisor;

static void supervise(const char *strategy)
{
	struct supervise_options opt = { .strategy = strategy };

	supervisor_close(supervisor);
	supervisor = NULL;
	ck_assert_int_eq(supervisor_open(&supervisor, loop, sys, &opt), 0);
}

static void setup_net(void)
{
	bring_up_with = (const char *const[]){ "boot=clone", NULL };
	bring_up("isolated", NULL, "net");
}

static void setup_disk(void)
{
	client_image = "client-disk";
	bring_up_with = (const char *const[]){ "boot=clone", NULL };
	bring_up("isolated", "ahci", "blk");
}

static void setup_booted(void)
{
	client_image = NULL;
	bring_up_with = NULL;
	bring_up("isolated", NULL, NULL);
}

static void end(void)
{
	supervisor_close(supervisor);
	supervisor = NULL;
	take_down();
}

/* The recovery that follows a fault, in all its phases. */
static void is_recovered(size_t before, enum detector how)
{
	const struct recovery *r;
	int phase;

	/* One that is not seen yet would pass for none. */
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	ck_assert_int_eq(supervisor_settle(supervisor, SETTLE_US), 0);
	r = supervisor_recovery(supervisor, before);
	ck_assert_msg(r != NULL, "nothing was recovered");
	ck_assert_int_eq(r->err, 0);
	ck_assert_msg(r->detector == how, "found out by '%s'", detector_text(r->detector));
	for (phase = RECOVERY_FAULT; phase < RECOVERY_LINK; phase++)
		ck_assert_msg(r->at_us[phase] && r->at_us[phase] <= r->at_us[phase + 1],
			      "%s comes after %s", recovery_phase_text(phase),
			      recovery_phase_text(phase + 1));
	ck_assert_ptr_null(supervisor_recovery(supervisor, before + 1));
}

static void break_with(const char *vm, int signal, enum detector how)
{
	size_t before = supervisor_n_recoveries(supervisor);

	supervisor_fault(supervisor, vm, now_us());
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, vm)), signal), 0);
	is_recovered(before, how);
}

static void dies(const char *strategy)
{
	supervise(strategy);
	break_with(NET_DD, SIGKILL, DETECT_EXIT);
	traffic_passes(10);
	break_with(NET_DD, SIGKILL, DETECT_EXIT);
	traffic_passes(10);
	kernels_are_well();
}

static long long client_sessions(void)
{
	return guest_number(system_client(sys), NET_STATS, "sessions ");
}

/* It has done before what it does then, and the client has seen nothing of that. */
START_TEST(a_spare_takes_the_place_of_a_dead_driver_vm)
{
	long long before = client_sessions();

	dies("spare");
	ck_assert_int_eq(guest_number(system_vm(sys, NET_DD), NET_STATS, "rehearsals "),
			 REHEARSALS);
	ck_assert_int_eq(client_sessions(), before + 2);
}
END_TEST

/* Each had time to be well, if only just after another spare was made. */
START_TEST(failures_a_second_apart_are_none_in_a_row)
{
	int i;

	supervise("spare");
	for (i = 0; i < 6; i++) {
		break_with(NET_DD, SIGKILL, DETECT_EXIT);
		ck_assert_uint_eq(supervisor_recovery(supervisor, (size_t)i)->attempt, 1);
	}
	traffic_passes(10);
}
END_TEST

START_TEST(a_clone_takes_the_place_of_a_dead_driver_vm)
{
	dies("clone");
	ck_assert_int_eq(guest_number(system_vm(sys, NET_DD), NET_STATS, "rehearsals "), 0);
}
END_TEST

START_TEST(a_dead_driver_vm_is_booted_again)
{
	dies("cold");
}
END_TEST

START_TEST(a_hanging_driver_vm_is_replaced)
{
	const struct recovery *r;

	supervise("spare");
	/* Of one that has not been heard yet more patience is had. */
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	break_with(NET_DD, SIGSTOP, DETECT_HANG);
	r = supervisor_recovery(supervisor, supervisor_n_recoveries(supervisor) - 1);
	ck_assert_uint_ge(r->at_us[RECOVERY_DETECTED] - r->at_us[RECOVERY_FAULT],
			  (SUPERVISE_HANG_MS - 100) * USEC_PER_MSEC);
	traffic_passes(10);
}
END_TEST

/* Breaks @device so that only who waits for it can tell; ended by fault->end. */
static void break_device(const struct fault *fault, const char *device, const char *pair,
			 struct fault_site *site, struct fault_shot *shot)
{
	static struct rng rng;

	ck_assert_int_eq(fault_site_of(site, loop, sys, device, &rng), 0);
	inject_fault(fault, site, (const char *const[]){ pair, NULL }, shot);
	supervisor_fault(supervisor, site->vm_name, shot->injected_us);
}

static void is_found_stuck(void)
{
	int i;

	for (i = 0; i < 15 && !supervisor_n_recoveries(supervisor); i++)
		ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	is_recovered(0, DETECT_STUCK);
}

/*
 * The card answers nobody any more, and its kernel goes on as if all were well; or it sends nothing
 * and hears all of others, who go on calling.
 */
START_TEST(a_card_that_does_not_work_is_found_out_by_its_client)
{
	const struct fault *broken = fault_find(_i ? "mute" : "deaf");
	struct proc *caller = peer_starts("exec ping -q -i 0.2 " CLIENT4 " >/dev/null");
	struct fault_shot shot;
	struct fault_site site;
	int ping;

	supervise("clone");
	traffic_passes(10);
	ping = client_starts("exec /bin/ping -q -i 0.2 " PEER4 " >/dev/null");
	break_device(broken, "net0", "ms=0", &site, &shot);
	is_found_stuck();
	broken->end(&site, &shot);
	traffic_passes(10);
	vm_exec_kill(system_client(sys), ping, SIGKILL);
	proc_free(caller);
	json_decref(shot.what);
	kernels_are_well();
}
END_TEST

/* The device has other packets and requests in flight than the spare knows of. */
START_TEST(what_was_written_is_there_after_recoveries)
{
	struct vm_exec_result result = { 0 };
	int fio, i;

	fio = client_starts("while [ ! -e /tmp/enough ]; do "
			    "fio --name=v --filename=" DISK " --ioengine=libaio --direct=1 "
			    "--iodepth=16 --thread --rw=randwrite --bsrange=4k-64k "
			    "--verify=crc32c --verify_fatal=1 --do_verify=1 --end_fsync=1 "
			    "--randseed=$$ --size=16m >/tmp/fio.log 2>&1 || exit 1; echo pass; "
			    "done");
	for (i = 0; i < 6; i++) {
		supervise(i < 3 ? "spare" : "clone");
		ck_assert_int_eq(loop_sleep(loop, 400 * USEC_PER_MSEC), 0);
		break_with(DISK_DD, SIGKILL, DETECT_EXIT);
		ck_assert_int_eq(guest_number(system_vm(sys, DISK_DD), DISK_STATS, "rehearsals "),
				 i < 3 ? REHEARSALS : 0);
	}
	client_does("touch /tmp/enough");
	ck_assert_int_eq(vm_exec_wait(system_client(sys), fio, PATIENCE, &result), 0);
	ck_assert_msg(result.status == 0, "a pass failed: %s", result.output);
	ck_assert_ptr_nonnull(strstr(result.output, "pass"));
	free(result.output);
	kernels_are_well();
}
END_TEST

START_TEST(a_healthy_driver_vm_is_replaced_if_that_is_asked_for)
{
	size_t before;

	supervise("clone");
	before = supervisor_n_recoveries(supervisor);
	supervisor_fault(supervisor, DISK_DD, now_us());
	ck_assert_int_eq(supervisor_replace(supervisor, "nobody"), -ENOENT);
	ck_assert_int_eq(supervisor_replace(supervisor, DISK_DD), 0);
	is_recovered(before, DETECT_ASKED);
	client_does("dd if=" DISK " of=/dev/null bs=4k count=8 iflag=direct 2>/dev/null");
}
END_TEST

/* The disk answers all others, as long as there are any. */
START_TEST(a_request_that_was_lost_is_done_by_the_next_driver_vm)
{
	struct fault_shot shot;
	struct fault_site site;
	const struct fault *loses = fault_find("lost-request");
	int others, lost;

	supervise("clone");
	others = client_starts("while [ ! -e /tmp/found ]; do dd if=" DISK " of=/dev/null bs=4k "
			       "count=64 iflag=direct 2>/dev/null || exit 1; done");
	break_device(loses, "disk0", "iotype=write", &site, &shot);
	lost = client_starts("dd if=/dev/zero of=" DISK " bs=4k count=1 seek=512 oflag=direct "
			     "2>/dev/null");
	is_found_stuck();
	client_does("touch /tmp/found");
	client_ends_well(lost);
	client_ends_well(others);
	loses->end(&site, &shot);
	json_decref(shot.what);
	kernels_are_well();
}
END_TEST

/* Nothing is wrong: nothing is done, however busy the machine is. */
START_TEST(a_busy_driver_vm_is_left_alone)
{
	supervise("clone");
	client_does("fio --name=l --filename=" DISK " --ioengine=libaio --direct=1 --iodepth=32 "
		    "--rw=randread --bs=4k --time_based --runtime=3 >/dev/null");
	ck_assert_uint_eq(supervisor_n_recoveries(supervisor), 0);
}
END_TEST

START_TEST(the_reset_button_starts_a_driver_vm_anew)
{
	static const char *const vms[] = { NET_DD, DISK_DD };
	pid_t qemu = vm_pid(system_vm(sys, vms[_i]));
	size_t before;

	supervise("reset");
	before = supervisor_n_recoveries(supervisor);
	supervisor_fault(supervisor, vms[_i], now_us());
	ck_assert_int_eq(supervisor_replace(supervisor, vms[_i]), 0);
	is_recovered(before, DETECT_ASKED);
	ck_assert_int_eq(vm_pid(system_vm(sys, vms[_i])), qemu);
	traffic_passes(10);
	client_does("dd if=" DISK " of=/dev/null bs=4k count=8 iflag=direct 2>/dev/null");
	kernels_are_well();
}
END_TEST

/* What a strategy needs and the system has not is refused. */
START_TEST(strategies_that_restore_are_not_for_what_was_booted)
{
	struct supervise_options opt = { .strategy = "clone" };

	supervisor_close(supervisor);
	supervisor = NULL;
	ck_assert_int_eq(supervisor_open(&supervisor, loop, sys, &opt), -EOPNOTSUPP);
	supervisor = NULL;
}
END_TEST

/* The last: what keeps failing is given up, and the client is told. */
START_TEST(requests_fail_at_once_when_their_driver_vm_is_given_up)
{
	struct supervise_options opt = { .strategy = "clone", .attempts = 2 };
	const struct recovery *r = NULL;
	int tries;

	supervisor_close(supervisor);
	ck_assert_int_eq(supervisor_open(&supervisor, loop, sys, &opt), 0);
	for (tries = 0; tries < 600 && !(r && r->given_up); tries++) {
		struct vm *vm = system_vm(sys, DISK_DD);

		if (vm && vm_alive(vm))
			kill(vm_pid(vm), SIGKILL);
		ck_assert_int_eq(loop_sleep(loop, 60 * USEC_PER_MSEC), 0);
		r = supervisor_recovery(supervisor, supervisor_n_recoveries(supervisor) - 1);
	}
	ck_assert(r && r->given_up);
	ck_assert_int_eq(supervisor_settle(supervisor, SETTLE_US), -EIO);
	client_does("start=$(date +%s); ! dd if=" DISK " of=/dev/null bs=4k count=1 iflag=direct "
		    "2>/dev/null && [ $(($(date +%s) - start)) -le 2 ]");
}
END_TEST

static TCase *tests_of(const char *name, void (*setup)(void))
{
	TCase *tc = tcase_create(name);

	tcase_add_unchecked_fixture(tc, setup, end);
	return tc;
}

int main(void)
{
	TCase *net = tests_of("net", setup_net), *disk = tests_of("disk", setup_disk);
	TCase *booted = tests_of("booted", setup_booted);
	TCase *all[] = { net, disk, booted };

	tcase_add_test(net, a_spare_takes_the_place_of_a_dead_driver_vm);
	tcase_add_test(net, failures_a_second_apart_are_none_in_a_row);
	tcase_add_test(net, a_hanging_driver_vm_is_replaced);
	tcase_add_loop_test(net, a_card_that_does_not_work_is_found_out_by_its_client, 0, 2);
	tcase_add_test(net, a_clone_takes_the_place_of_a_dead_driver_vm);
	tcase_add_test(disk, what_was_written_is_there_after_recoveries);
	tcase_add_test(disk, a_healthy_driver_vm_is_replaced_if_that_is_asked_for);
	tcase_add_test(disk, a_request_that_was_lost_is_done_by_the_next_driver_vm);
	tcase_add_test(disk, a_busy_driver_vm_is_left_alone);
	tcase_add_test(disk, requests_fail_at_once_when_their_driver_vm_is_given_up);
	tcase_add_loop_test(booted, the_reset_button_starts_a_driver_vm_anew, 0, 2);
	tcase_add_test(booted, a_dead_driver_vm_is_booted_again);
	tcase_add_test(booted, strategies_that_restore_are_not_for_what_was_booted);
	return run_suite("supervisor-system", all, ARRAY_SIZE(all));
}
