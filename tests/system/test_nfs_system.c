// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file server whose disk and network card are both driven in driver VMs, with a remote machine, a
 * VM too, that works on its files: PostMark comes to its end, also while driver VMs die and come
 * back under it, and what it was told is written is there.
 */
#include "support.h"

#include <signal.h>

#include "workload/workload.h"

#define EXPORT "/tmp/export"
#define MOUNT_POINT "/tmp/postmark"
#define CONFIG "/tmp/postmark.cfg"

static struct workload_run *run;

static void setup(void)
{
	const struct drivervm_workload *w;
	char *log, reason[256];

	ck_assert_int_eq(workload_find(&w, "nfs-postmark"), 0);
	client_image = w->client_image;
	remote_image = w->peer_image;
	bring_up("isolated", NULL, NULL);
	log = xasprintf("%s/nfs-postmark.log", log_dir);
	unlink(log);
	run = workload_open(w, loop, sys, log);
	free(log);
	workload_set(run, "files", "15");
	workload_set(run, "transactions", "30");
	ck_assert_msg(!workload_supported(run, reason, sizeof(reason)), "%s", reason);
	ck_assert_msg(!workload_setup(run), "%s", workload_last_log(run));
}

static void teardown(void)
{
	workload_close(run);
	run = NULL;
	take_down();
}

static double elapsed, rate;

static void on_sample(void *arg, const struct workload_sample *s)
{
	(void)arg;
	ck_assert_str_eq(s->device, "");
	if (streq(s->metric, "elapsed") && streq(s->unit, "s"))
		elapsed = s->value;
	if (streq(s->metric, "transaction_rate") && streq(s->unit, "1/s"))
		rate = s->value;
}

START_TEST(postmark_is_measured)
{
	uint64_t before = now_us();
	double most;

	ck_assert_msg(!workload_iterate(run, on_sample, NULL), "%s", workload_last_log(run));
	most = (double)(now_us() - before) / USEC_PER_SEC;
	ck_assert_double_gt(elapsed, 0);
	ck_assert_double_le(elapsed, most);
	ck_assert_double_eq_tol(rate * elapsed, 30, 1e-6);
	kernels_are_well();
}
END_TEST

/* It is the server's disk that it works on, by the server's card. */
START_TEST(files_go_through_both_drivers)
{
	struct vm *remote = system_remote(sys);

	vm_does(remote, "grep -q '^10.77.0.2:/ " MOUNT_POINT " nfs4 .*hard' /proc/mounts");
	client_does("grep -q '^/dev/ddblk0 " EXPORT " ext4' /proc/mounts");
	vm_does(remote, "dd if=/dev/urandom of=" MOUNT_POINT "/file bs=64k count=16 conv=fsync "
			"2>/dev/null");
	/* Exported "sync", so it is on the disk by now. */
	client_does("[ $(wc -c <" EXPORT "/file) = 1048576 ] && rm " EXPORT "/file");
	kernels_are_well();
}
END_TEST

/* Kills VM @name and starts it again. */
static void replace(const char *name)
{
	uint64_t before = now_us();

	ck_assert_int_eq(kill(vm_pid(system_vm(sys, name)), SIGKILL), 0);
	ck_assert_int_eq(system_restart_vm(sys, name), 0);
	pr_info("killed %s, back after %.1f s", name, (double)(now_us() - before) / USEC_PER_SEC);
}

/* The remote machine's work only pauses, and nothing of it is lost. */
START_TEST(work_survives_the_death_of_driver_vms)
{
	static const char script[] =
		"dd if=/dev/urandom of=/tmp/random bs=64k count=32 2>/dev/null && "
		"md5sum </tmp/random >/tmp/sum && "
		"while [ ! -e /tmp/enough ]; do postmark " CONFIG " >/tmp/postmark.log && "
		"grep -q 'Deleting files...Done' /tmp/postmark.log && "
		"cp /tmp/random " MOUNT_POINT "/copy && sync && "
		"md5sum <" MOUNT_POINT "/copy | cmp - /tmp/sum || "
		"{ cat /tmp/postmark.log; exit 1; }; echo pass; done";
	static const char *const victims[] = { "disk-dd", "net-dd", "disk-dd" };
	struct vm *remote = system_remote(sys);
	struct vm_exec_result result = { 0 };
	size_t i;
	int work;

	work = vm_exec_start(remote, (const char *const[]){ "sh", "-c", script, NULL });
	ck_assert_int_gt(work, 0);
	for (i = 0; i < ARRAY_SIZE(victims); i++) {
		ck_assert_int_eq(loop_sleep(loop, 1300 * USEC_PER_MSEC), 0);
		replace(victims[i]);
	}
	vm_does(remote, "touch /tmp/enough");
	ck_assert_int_eq(vm_exec_wait(remote, work, PATIENCE, &result), 0);
	ck_assert_msg(result.status == 0, "it failed: %s", result.output);
	ck_assert_ptr_nonnull(strstr(result.output, "pass"));
	free(result.output);
	/* As it lies on the disk, past every cache. */
	client_does("sync; echo 3 >/proc/sys/vm/drop_caches; [ $(ls " EXPORT " | wc -l) = 2 ]");
	vm_does(remote, "echo 3 >/proc/sys/vm/drop_caches; "
			"md5sum <" MOUNT_POINT "/copy | cmp - /tmp/sum");
	kernels_are_well();
}
END_TEST

/* The last but one: what the workload made is gone, and can be made again. */
START_TEST(it_is_undone_and_done_again)
{
	workload_teardown(run);
	vm_does(system_remote(sys), "! grep -q " MOUNT_POINT " /proc/mounts");
	client_does("! grep -q " EXPORT " /proc/mounts && [ $(cat /proc/fs/nfsd/threads) = 0 ] && "
		    "! pidof rpc.mountd");
	ck_assert_msg(!workload_setup(run), "%s", workload_last_log(run));
	vm_does(system_remote(sys), "[ $(ls " MOUNT_POINT ") = lost+found ]");
	workload_teardown(run);
	kernels_are_well();
}
END_TEST

/* A VM at the other end is a peer like any other: it has its addresses, follows the MTU, comes
 * back. */
START_TEST(the_remote_machine_is_a_peer)
{
	char *text;

	ck_assert_int_eq(system_set(sys, "mtu", "1000"), 0);
	ck_assert_int_eq(system_set(sys, "mtu", "4000"), 0);
	ck_assert_int_eq(vm_read_file(system_remote(sys), "/sys/class/net/eth0/mtu", &text), 0);
	ck_assert_str_eq(text, "4000\n");
	free(text);
	ck_assert_int_eq(system_set(sys, "mtu", "1500"), 0);
	client_does("/bin/ping -q -n -c 1 -w 10 " PEER6);
	replace(SYSTEM_REMOTE);
	traffic_passes(10);
	client_does("/bin/ping -q -n -c 1 -w 10 " PEER6);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("nfs-system");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_test(tc, postmark_is_measured);
	tcase_add_test(tc, files_go_through_both_drivers);
	tcase_add_test(tc, work_survives_the_death_of_driver_vms);
	tcase_add_test(tc, it_is_undone_and_done_again);
	tcase_add_test(tc, the_remote_machine_is_a_peer);
	return run_suite("nfs-system", &tc, 1);
}
