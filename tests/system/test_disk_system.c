// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client's disk whose driver is in a driver VM: what it looks like, that it stores what it is
 * given, and that requests outlive the driver VM: while it is stopped, over its death and return,
 * and, if it does not return, only for as long as was said.
 */
#include "hostile.h"

#include <signal.h>

#define DISK "/dev/ddblk0"
#define SYSFS "/sys/block/ddblk0"
#define DD "disk-dd"
/* Deaths in the middle of writing; more with DRIVERVM_TEST_KILLS. */
#define KILLS 4
#define FIO                                                                                    \
	"fio --name=v --filename=" DISK " --ioengine=libaio --direct=1 --iodepth=16 --thread " \
	"--rw=randwrite --bsrange=4k-64k --verify=crc32c --verify_fatal=1 --do_verify=1 "      \
	"--end_fsync=1 --randseed=$$ --size="

static void setup(void)
{
	client_image = "client-disk";
	bring_up("isolated", "nvme", "blk");
}

static unsigned long long sysfs_number(const char *file)
{
	char *path = xasprintf(SYSFS "/%s", file), *text;
	unsigned long long n;

	ck_assert_int_eq(vm_read_file(system_client(sys), path, &text), 0);
	n = strtoull(text, NULL, 10);
	free(text);
	free(path);
	return n;
}

START_TEST(the_disk_is_shown_as_it_is)
{
	ck_assert_uint_eq(sysfs_number("size"), (1u << 30) / 512);
	ck_assert_uint_eq(sysfs_number("queue/logical_block_size"), 512);
	ck_assert_uint_eq(sysfs_number("ro"), 0);
	ck_assert_uint_eq(sysfs_number("queue/rotational"), 0);
	ck_assert_uint_gt(sysfs_number("queue/discard_max_bytes"), 0);
	ck_assert_uint_gt(sysfs_number("queue/write_zeroes_max_bytes"), 0);
	client_does("grep -q 'write back' " SYSFS "/queue/write_cache");
	/* One hardware queue for each of the client's processors. */
	client_does("[ $(ls " SYSFS "/mq | wc -l) = $(grep -c ^processor /proc/cpuinfo) ]");
}
END_TEST

START_TEST(blocks_are_stored)
{
	client_does(FIO "32m >/dev/null");
	ck_assert_uint_gt(sysfs_number("stat"), 0);
	kernels_are_well();
}
END_TEST

START_TEST(partitions_are_found)
{
	client_does("printf 'n\\np\\n1\\n2048\\n+16M\\nw\\n' | fdisk " DISK
		    " >/dev/null 2>&1; [ -b " DISK "p1 ] && "
		    "dd if=/dev/zero of=" DISK "p1 bs=1M count=16 conv=fsync 2>/dev/null");
}
END_TEST

START_TEST(discarded_blocks_are_zero)
{
	client_does("dd if=/dev/urandom of=" DISK " bs=1M count=4 conv=fsync 2>/dev/null && "
		    "fio --name=t --filename=" DISK " --rw=trim --bs=512k --offset=1m --size=1m "
		    ">/dev/null && "
		    "dd if=" DISK " bs=1M skip=1 count=1 2>/dev/null | cmp -n 1048576 - /dev/zero");
	kernels_are_well();
}
END_TEST

START_TEST(a_stopped_driver_vm_only_pauses_io)
{
	pid_t dd = vm_pid(system_vm(sys, DD));
	int fio = client_starts(FIO "24m >/tmp/fio.log 2>&1");
	int i;

	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	ck_assert_int_eq(kill(dd, SIGSTOP), 0);
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
		client_answers();
	}
	ck_assert_int_eq(kill(dd, SIGCONT), 0);
	client_ends_well(fio);
	kernels_are_well();
}
END_TEST

/* Every request that was under way is carried out by the next driver VM, and nothing is lost. */
START_TEST(io_survives_the_death_of_its_driver_vm)
{
	const char *more = getenv("DRIVERVM_TEST_KILLS");
	unsigned long n = more ? strtoul(more, NULL, 10) : KILLS, i;
	struct vm_exec_result result = { 0 };
	uint64_t before;
	int fio;

	fio = client_starts("while [ ! -e /tmp/enough ]; do " FIO
			    "48m >/tmp/fio.log 2>&1 || exit 1; echo pass; done");
	for (i = 0; i < n; i++) {
		/* Anywhere within a pass: writing, flushing, reading back. */
		ck_assert_int_eq(loop_sleep(loop, (1200 + i * 619 % 2000) * USEC_PER_MSEC), 0);
		before = now_us();
		ck_assert_int_eq(kill(vm_pid(system_vm(sys, DD)), SIGKILL), 0);
		ck_assert_int_eq(system_restart_vm(sys, DD), 0);
		pr_info("killed %lu of %lu, back after %.1f s", i + 1, n,
			(double)(now_us() - before) / USEC_PER_SEC);
	}
	client_does("touch /tmp/enough");
	ck_assert_int_eq(vm_exec_wait(system_client(sys), fio, PATIENCE, &result), 0);
	ck_assert_msg(result.status == 0, "a pass failed: %s", result.output);
	ck_assert_msg(strstr(result.output, "pass") != NULL, "no pass came to its end");
	free(result.output);
	kernels_are_well();
}
END_TEST

/* The disk goes away under a file system that is in use: nothing is lost, unmounting waits. */
START_TEST(a_file_system_is_unmounted_once_the_driver_vm_is_back)
{
	pid_t dd = vm_pid(system_vm(sys, DD));
	struct vm_exec_result result = { 0 };
	int umount;

	client_does("modprobe crc32c_generic && modprobe ext4 && /sbin/mke2fs -q -F -t ext4 " DISK
		    " && mkdir -p /tmp/mnt && mount -t ext4 " DISK " /tmp/mnt && "
		    "dd if=/dev/urandom of=/tmp/mnt/file bs=1M count=4 2>/dev/null && "
		    "md5sum </tmp/mnt/file >/tmp/sum");
	ck_assert_int_eq(kill(dd, SIGSTOP), 0);
	umount = client_starts("umount /tmp/mnt");
	ck_assert_int_eq(vm_exec_wait(system_client(sys), umount, 4 * USEC_PER_SEC, &result),
			 -ETIMEDOUT);
	client_answers();
	ck_assert_int_eq(kill(dd, SIGCONT), 0);
	client_ends_well(umount);
	client_does("mount -t ext4 " DISK " /tmp/mnt && md5sum </tmp/mnt/file | cmp - /tmp/sum && "
		    "umount /tmp/mnt");
	kernels_are_well();
}
END_TEST

START_TEST(random_link_contents_harm_nobody)
{
	int io = client_starts("while :; do dd if=" DISK " of=/dev/null bs=64k count=64 "
			       "iflag=direct 2>/dev/null; dd if=/dev/zero of=" DISK
			       " bs=16k count=64 oflag=direct 2>/dev/null; done");

	write_contents("disk0", DD);
	vm_exec_kill(system_client(sys), io, SIGKILL);
	/* What dd has under way is stored once the link is up, maybe over what fio writes. */
	client_does("killall dd; while pidof dd >/dev/null; do usleep 100000; done");
	/* Its contents are anybody's guess; but it stores what it is given again. */
	client_does(FIO "4m >/tmp/fio.log 2>&1 || { tail -n 20 /tmp/fio.log; exit 1; }");
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

/* The last: the driver VM does not come back. */
START_TEST(a_request_fails_in_time_if_nobody_comes)
{
	client_does("echo 3000 >" SYSFS "/queue/io_timeout");
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, DD)), SIGKILL), 0);
	ck_assert_int_ne(client_status("timeout 30 dd if=" DISK " of=/dev/null bs=4k count=1 "
				       "iflag=direct 2>/tmp/dd.log",
				       NULL),
			 0);
	client_does("grep -q 'Input/output error' /tmp/dd.log");
	/* Once it has been away for as long, at once. */
	client_does("sleep 3; start=$(date +%s); dd if=" DISK
		    " of=/dev/null bs=4k count=1 iflag=direct "
		    "2>/dev/null; [ $(($(date +%s) - start)) -le 1 ]");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("disk-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, the_disk_is_shown_as_it_is);
	tcase_add_test(tc, blocks_are_stored);
	tcase_add_test(tc, partitions_are_found);
	tcase_add_test(tc, discarded_blocks_are_zero);
	tcase_add_test(tc, a_stopped_driver_vm_only_pauses_io);
	tcase_add_test(tc, io_survives_the_death_of_its_driver_vm);
	tcase_add_test(tc, a_file_system_is_unmounted_once_the_driver_vm_is_back);
	tcase_add_test(tc, random_link_contents_harm_nobody);
	tcase_add_test(tc, a_request_fails_in_time_if_nobody_comes);
	return run_suite("disk-system", &tc, 1);
}
