// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk whose driver VM says what is not so: that a write was done, that a read brought data. The
 * client finds that out if it is told to (setting "integrity"), has the request done again, and
 * gives an error rather than wrong data. Without the setting it believes all of it, which shows
 * that the lies are ones. And nothing honest is taken for a lie, whatever goes on at the same time.
 */
#include "forge.h"

#include <fcntl.h>
#include <signal.h>

#include "supervise/supervisor.h"

#define DEVICE "disk0"
#define DISK "/dev/ddblk0"
#define DD "disk-dd"
#define CHECKS "/sys/bus/ddlink/devices/" DEVICE "/checks"
#define DISK_MIB 64
#define REPLY_TYPE 1
#define REPLY_BYTES 16
/* Where a lie is about, in blocks of 4 KiB; each has its own. */
#define BLOCK "4096"
#define WRITE_BLOCK \
	"dd if=/tmp/%s of=" DISK " bs=" BLOCK " count=1 seek=%d oflag=direct 2>/tmp/dd.log"
#define READ_BLOCK \
	"dd if=" DISK " of=/tmp/read bs=" BLOCK " count=1 skip=%d iflag=direct 2>/tmp/dd.log"
#define FIO                                                                                    \
	"fio --name=v --filename=" DISK " --ioengine=libaio --direct=1 --iodepth=16 --thread " \
	"--rw=randwrite --bsrange=4k-64k --verify=crc32c --verify_fatal=1 --do_verify=1 "      \
	"--end_fsync=1 --randseed=$$ --size="

static char disk_file[] = "/tmp/drivervm-integrity-XXXXXX";
static char *backing;

static void setup(void)
{
	static const char *options[2];
	int fd = mkstemp(disk_file);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)DISK_MIB << 20), 0);
	close(fd);
	backing = xasprintf(DEVICE ".backing=%s", disk_file);
	options[0] = backing;
	device_options = options;
	client_image = "client-disk";
	bring_up("isolated", "nvme", "blk");
	client_does("for f in one two; do dd if=/dev/urandom of=/tmp/$f bs=" BLOCK
		    " count=1 2>/dev/null; done");
}

static void end(void)
{
	take_down();
	unlink(disk_file);
	free(backing);
}

static long long checks(const char *key)
{
	return guest_number(system_client(sys), CHECKS, key);
}

static void set_integrity(const char *value)
{
	ck_assert_int_eq(system_set(sys, "integrity", value), 0);
}

static int writes(const char *file, int block)
{
	char *script = xasprintf(WRITE_BLOCK, file, block);
	int handle = client_starts(script);

	free(script);
	return handle;
}

static int reads(int block)
{
	char *script = xasprintf(READ_BLOCK, block);
	int handle = client_starts(script);

	free(script);
	return handle;
}

static int status_of(int handle)
{
	struct vm_exec_result result = { 0 };

	ck_assert_int_eq(vm_exec_wait(system_client(sys), handle, PATIENCE, &result), 0);
	free(result.output);
	return result.status;
}

/* Like fio, whose log says what it stumbled over. */
static void succeeded(int handle, const char *log)
{
	char *show, *output;

	if (!status_of(handle))
		return;
	show = xasprintf("cat %s " CHECKS "; dmesg | tail -n 30", log);
	client_status(show, &output);
	printf("%s\n", output);
	ck_abort_msg("failed, see above");
}

static void block_is(int block, const char *file)
{
	char *compare = xasprintf("cmp /tmp/read /tmp/%s", file);

	ck_assert_int_eq(status_of(reads(block)), 0);
	client_does(compare);
	free(compare);
}

static uint32_t ring_index(unsigned int ring, size_t member)
{
	return contents_read32(link_memory(system_link(sys, DEVICE)) +
			       ddlink_ring_ctl_offset(ring) + member);
}

/* Waits until the driver VM, which is stopped, has been sent one more request than at @head. */
static uint64_t wait_request(uint32_t head)
{
	const volatile unsigned char *ring =
		link_memory(system_link(sys, DEVICE)) + DDLINK_REGION_SIZE - 2 * DDLINK_RING_SIZE;
	struct ddlink_rec_header header;
	int i;

	for (i = 0; i < 200 && ring_index(DDLINK_RING_TO_SERVER,
					  offsetof(struct ddlink_ring_ctl, head)) == head;
	     i++)
		ck_assert_int_eq(loop_sleep(loop, 20 * USEC_PER_MSEC), 0);
	ck_assert_int_lt(i, 200);
	memcpy(&header, (const void *)(ring + (head & (DDLINK_RING_SIZE - 1))), sizeof(header));
	return header.cookie;
}

/* A record of the ring to the client, written in the driver VM's place; @error: its reply's. */
static void forge(uint32_t type, uint64_t cookie, unsigned char error)
{
	struct ddlink_rec_header header = { REPLY_BYTES, type, cookie };
	unsigned char reply[REPLY_BYTES] = { error };

	forge_record(DEVICE, DDLINK_RING_TO_CLIENT, &header, reply);
}

/* Says, in the driver VM's place, that the next request after @head is done. */
static void lie(uint32_t head)
{
	forge(REPLY_TYPE, wait_request(head), 0);
}

static uint32_t requests(void)
{
	return ring_index(DDLINK_RING_TO_SERVER, offsetof(struct ddlink_ring_ctl, head));
}

static void stop_dd(void)
{
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, DD)), SIGSTOP), 0);
}

/* It is gone without having done what it says it has. */
static void replace_dd(void)
{
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, DD)), SIGKILL), 0);
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
}

/* Before the driver VM goes on, which would write over what the client has not looked at yet. */
static void wait_counted(const char *key, long long before)
{
	int i;

	for (i = 0; i < 100 && checks(key) == before; i++)
		ck_assert_int_eq(loop_sleep(loop, 20 * USEC_PER_MSEC), 0);
	ck_assert_int_eq(checks(key), before + 1);
}

/* However long it is since the disk was last lost, requests wait for the next session. */
START_TEST(a_broken_session_fails_no_request)
{
	int io;

	client_does("echo 2000 >/sys/block/ddblk0/queue/io_timeout; sleep 3");
	io = client_starts("touch /tmp/begun; while [ ! -e /tmp/broken ]; do dd if=" DISK
			   " of=/dev/null bs=" BLOCK " count=4 iflag=direct 2>/dev/null || "
			   "exit 1; done");
	client_does("until [ -e /tmp/begun ]; do sleep 0.1; done");
	/* Stopped, or it would write over what is forged. */
	stop_dd();
	forge(REPLY_TYPE + 1, 0, 0);
	ck_assert_int_eq(loop_sleep(loop, 500 * USEC_PER_MSEC), 0);
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, DD)), SIGCONT), 0);
	client_does("touch /tmp/broken; "
		    "grep -qx 'violations 1' /sys/bus/ddlink/devices/" DEVICE "/stats");
	ck_assert_int_eq(status_of(io), 0);
	client_does("cat /sys/module/ddblk_client/parameters/timeout_ms "
		    ">/sys/block/ddblk0/queue/io_timeout");
}
END_TEST

/* Without the setting, the client believes it: the write is lost, and what is read was never there.
 */
START_TEST(lies_are_believed_by_whoever_does_not_check)
{
	uint32_t head;
	int io;

	set_integrity("off");
	ck_assert_int_eq(status_of(writes("one", 100)), 0);
	stop_dd();
	head = requests();
	io = reads(101);
	lie(head);
	ck_assert_int_eq(status_of(io), 0);
	head = requests();
	io = writes("two", 100);
	lie(head);
	ck_assert_int_eq(status_of(io), 0);
	/* What the place had of the request before. */
	client_does("! cmp /tmp/read /tmp/two && ! cmp -n " BLOCK " /tmp/read /dev/zero");
	replace_dd();
	block_is(100, "one");
}
END_TEST

/* The data area still has what was written: that nothing came is found out all the same. */
START_TEST(a_write_that_was_not_done_is_done_by_the_next_driver_vm)
{
	long long before = checks("mismatches "), verified;
	uint32_t head;
	int io;

	set_integrity("write");
	ck_assert_int_eq(status_of(writes("one", 200)), 0);
	verified = checks("verified_writes ");
	ck_assert_int_gt(verified, 0);
	stop_dd();
	head = requests();
	io = writes("two", 200);
	lie(head);
	lie(head + ddlink_record_size(32));
	wait_counted("mismatches ", before);
	replace_dd();
	ck_assert_int_eq(status_of(io), 0);
	ck_assert_int_eq(checks("verified_writes "), verified + 1);
	block_is(200, "two");
	ck_assert_int_eq(checks("failed_requests "), 0);
	kernels_are_well();
}
END_TEST

/* One of a block that is known, one of a block that was never touched. */
START_TEST(a_read_that_brought_nothing_is_done_again)
{
	long long before = checks("mismatches ");
	uint32_t head;
	int io;

	set_integrity("read");
	ck_assert_int_eq(status_of(writes("one", 300)), 0);
	stop_dd();
	head = requests();
	io = reads(_i ? 300 : 301);
	lie(head);
	wait_counted("mismatches ", before);
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, DD)), SIGCONT), 0);
	ck_assert_int_eq(status_of(io), 0);
	client_does(_i ? "cmp /tmp/read /tmp/one" : "cmp -n " BLOCK " /tmp/read /dev/zero");
	kernels_are_well();
}
END_TEST

/* Who checks has another driver VM asked; else it is the disk's error. */
START_TEST(an_error_is_not_believed_of_one_driver_vm)
{
	static const char *const modes[] = { "off", "errors", "read" };
	long long before = checks("errors ");
	uint32_t head;
	int io;

	set_integrity(modes[_i]);
	stop_dd();
	head = requests();
	io = reads(350);
	forge(REPLY_TYPE, wait_request(head), EIO);
	if (_i)
		wait_counted("errors ", before);
	else
		ck_assert_int_ne(status_of(io), 0);
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, DD)), SIGCONT), 0);
	if (_i)
		ck_assert_int_eq(status_of(io), 0);
	ck_assert_int_eq(checks("errors "), before + !!_i);
	ck_assert_int_eq(checks("failed_requests "), 0);
	kernels_are_well();
}
END_TEST

static void damage(int block)
{
	int fd = open(disk_file, O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, "damage", 6, (off_t)block * atoi(BLOCK) + 512), 6);
	close(fd);
}

/* The disk itself has wrong data: one driver VM is replaced for it, and then it is an error. */
START_TEST(damage_of_the_disk_is_an_error)
{
	const struct supervise_options opt = { .strategy = "cold" };
	struct supervisor *supervisor;
	int block;

	set_integrity("read");
	for (block = 400; block < 404; block++)
		ck_assert_int_eq(status_of(writes("one", block)), 0);
	ck_assert_int_eq(supervisor_open(&supervisor, loop, sys, &opt), 0);
	for (block = 400; block < 403; block++)
		damage(block);
	for (block = 400; block < 403; block++) {
		ck_assert_int_ne(status_of(reads(block)), 0);
		client_does("grep -q 'Invalid or incomplete multibyte' /tmp/dd.log");
	}
	block_is(403, "one");
	ck_assert_int_eq(supervisor_settle(supervisor, PATIENCE), 0);
	ck_assert_uint_eq(supervisor_n_recoveries(supervisor), 1);
	ck_assert_int_eq(supervisor_recovery(supervisor, 0)->detector, DETECT_MISMATCH);
	supervisor_close(supervisor);
	/* What is written anew is well again. */
	ck_assert_int_eq(status_of(writes("two", 400)), 0);
	block_is(400, "two");
	kernels_are_well();
}
END_TEST

/* Requests that overlap in all ways, discards among them, while driver VMs die. */
START_TEST(nothing_honest_is_taken_for_a_lie)
{
	long long before = checks("mismatches "), checked = checks("checked_blocks ");
	int verify, chaos, i;

	set_integrity("write");
	client_does("rm -f /tmp/enough");
	/* They are written by the client, and so checked. */
	client_does("grep -qx 0 /sys/block/ddblk0/queue/write_zeroes_max_bytes");
	verify = client_starts("while [ ! -e /tmp/enough ]; do " FIO
			       "8m >/tmp/fio.log 2>&1 || exit 1; done");
	chaos = client_starts("while [ ! -e /tmp/enough ]; do fio --filename=" DISK
			      " --ioengine=libaio --direct=1 --iodepth=16 --thread "
			      "--norandommap --offset=16m --size=1m --io_size=2m "
			      "--name=c --rw=randrw --bsrange=512-32k --numjobs=2 "
			      "--name=t --rw=randtrim --bs=32k --numjobs=1 --iodepth=1 "
			      ">/tmp/chaos.log 2>&1 || exit 1; "
			      "dd if=" DISK " of=/dev/null bs=64k skip=256 count=16 2>/dev/null || "
			      "exit 1; done");
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(loop_sleep(loop, (2000 + i * 619) * USEC_PER_MSEC), 0);
		replace_dd();
	}
	ck_assert_int_eq(loop_sleep(loop, USEC_PER_SEC), 0);
	client_does("touch /tmp/enough");
	succeeded(verify, "/tmp/fio.log");
	succeeded(chaos, "/tmp/chaos.log");
	ck_assert_int_eq(checks("mismatches "), before);
	ck_assert_int_gt(checks("checked_blocks "), checked);
	ck_assert_int_eq(checks("untracked_blocks "), 0);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("integrity-system");

	tcase_add_unchecked_fixture(tc, setup, end);
	tcase_add_test(tc, a_broken_session_fails_no_request);
	tcase_add_test(tc, lies_are_believed_by_whoever_does_not_check);
	tcase_add_test(tc, a_write_that_was_not_done_is_done_by_the_next_driver_vm);
	tcase_add_loop_test(tc, a_read_that_brought_nothing_is_done_again, 0, 2);
	tcase_add_loop_test(tc, an_error_is_not_believed_of_one_driver_vm, 0, 3);
	tcase_add_test(tc, nothing_honest_is_taken_for_a_lie);
	tcase_add_test(tc, damage_of_the_disk_is_an_error);
	return run_suite("integrity-system", &tc, 1);
}
