// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk's own errors: a medium that cannot be read or written, and a backing store that has run
 * out of space. Drivers make different errors of the same fault, so nothing is expected of them
 * here but this: a client sees through a link what it would see with the disk in itself; and once
 * the fault is over, all goes on.
 */
#include "support.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "net/netns.h"

/* The disk is larger than the file system that its file is on, on which a filler takes the rest. */
#define DISK_MIB 32
#define FS_MIB 24
#define FILLER_MIB 16

static char folder[] = "/tmp/drivervm-full-XXXXXX";
static char *disk_file, *filler, *backing;

/* A small file system that only this process and its children see. */
static void make_folder(void)
{
	char *options = xasprintf("size=%dm", FS_MIB);
	int netns_fd = netns_new();

	/* Who has one may have the other, too. */
	ck_assert_int_ge(netns_fd, 0);
	close(netns_fd);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("none", folder, "tmpfs", 0, options), 0);
	free(options);
	disk_file = xasprintf("%s/disk.img", folder);
	filler = xasprintf("%s/filler", folder);
	backing = xasprintf("disk0.backing=%s", disk_file);
}

static void remove_folder(void)
{
	take_down();
	umount2(folder, MNT_DETACH);
	rmdir(folder);
	free(backing);
	free(filler);
	free(disk_file);
}

static void make_file(const char *path, int mib, bool with_space)
{
	off_t bytes = (off_t)mib << 20;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(with_space ? posix_fallocate(fd, 0, bytes) : ftruncate(fd, bytes), 0);
	close(fd);
}

static struct vm *disks_vm(void)
{
	struct vm *dd = system_vm(sys, "disk-dd");

	return dd ? dd : system_client(sys);
}

/* Puts @node below the disk's throttle. */
static void put_below(const char *node)
{
	json_t *args = json_pack("{s:[{s:s, s:s, s:s, s:s, s:s}]}", "options", "driver", "throttle",
				 "node-name", "disk0", "throttle-group", "disk0-rate", "file", node,
				 "discard", "unmap");

	ck_assert_int_eq(vm_qmp(disks_vm(), "blockdev-reopen", args, NULL, PATIENCE), 0);
}

/* From now on the medium fails whatever is of @iotype, "read" or "write". */
static void break_medium(const char *iotype)
{
	json_t *args = json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:i}]}", "driver", "blkdebug",
				 "node-name", iotype, "image", "disk0-file", "inject-error",
				 "event", "none", "iotype", iotype, "errno", EIO);

	ck_assert_int_eq(vm_qmp(disks_vm(), "blockdev-add", args, NULL, PATIENCE), 0);
	put_below(iotype);
}

/* What dd says that it failed with: "Input/output error". Fails the test if it did not fail. */
static char *dd_error(const char *operands)
{
	char *script = xasprintf("d=%s; dd %s 2>/tmp/dd.log && exit 9; "
				 "sed -n '1s/.*: //p' /tmp/dd.log",
				 system_device_path(sys, "blk"), operands);
	char *said;

	ck_assert_msg(client_status(script, &said) == 0, "dd %s did not fail", operands);
	said[strcspn(said, "\n")] = '\0';
	ck_assert_msg(*said, "dd %s failed and said nothing", operands);
	free(script);
	return said;
}

static void dd_succeeds(const char *operands)
{
	char *script = xasprintf("d=%s; dd %s 2>/tmp/dd.log || { cat /tmp/dd.log; exit 1; }",
				 system_device_path(sys, "blk"), operands);

	client_does(script);
	free(script);
}

static unsigned long long sessions_of_link(void)
{
	char *text;
	unsigned long long n;

	client_status("sed -n 's/^sessions //p' /sys/bus/ddlink/devices/disk0/stats", &text);
	n = strtoull(text, NULL, 10);
	free(text);
	return n;
}

/* Whether the driver VM and its link live; *@sessions of the link so far, or 0. */
static void is_well(unsigned long long *sessions)
{
	json_t *status;

	ck_assert_int_eq(vm_qmp(disks_vm(), "query-status", NULL, &status, PATIENCE), 0);
	ck_assert_str_eq(json_string_value(json_object_get(status, "status")), "running");
	json_decref(status);
	*sessions = 0;
	if (!system_link(sys, "disk0"))
		return;
	client_does("grep -q up /sys/bus/ddlink/devices/disk0/state");
	*sessions = sessions_of_link();
}

static char *medium_errors(void)
{
	char *read, *write, *both;

	break_medium("read");
	read = dd_error("if=$d of=/dev/null bs=4k count=1 iflag=direct");
	break_medium("write");
	write = dd_error("if=/dev/zero of=$d bs=4k count=1 oflag=direct");
	put_below("disk0-file");
	dd_succeeds("if=$d of=/dev/null bs=4k count=1 iflag=direct");
	dd_succeeds("if=/dev/zero of=$d bs=4k count=1 oflag=direct");
	both = xasprintf("read: %s; write: %s", read, write);
	free(read);
	free(write);
	return both;
}

/* Until there is no space left; and then there is some again. */
static char *full_errors(void)
{
	char *direct, *flushed, *both;

	make_file(filler, FILLER_MIB, true);
	direct = dd_error("if=/dev/urandom of=$d bs=64k oflag=direct");
	flushed = dd_error("if=/dev/urandom of=$d bs=64k seek=384 count=16 conv=fsync");
	dd_succeeds("if=$d of=/dev/null bs=64k count=16 iflag=direct");
	ck_assert_int_eq(unlink(filler), 0);
	dd_succeeds("if=/dev/urandom of=/tmp/data bs=64k count=64");
	dd_succeeds("if=/tmp/data of=$d bs=64k seek=192 oflag=direct conv=fsync");
	dd_succeeds("if=$d of=/tmp/back bs=64k skip=192 count=64 iflag=direct");
	client_does("cmp /tmp/data /tmp/back");
	both = xasprintf("%s; flushed: %s", direct, flushed);
	free(direct);
	free(flushed);
	return both;
}

/* All the errors that the client sees in this system. */
static char *errors_seen(const char *system, const char *driver)
{
	const char *const options[] = { backing, NULL };
	unsigned long long before, after;
	char *medium, *full, *all;

	make_file(disk_file, DISK_MIB, false);
	client_image = "client-disk";
	device_options = options;
	bring_up(system, driver, "blk");
	device_options = NULL;
	is_well(&before);
	medium = medium_errors();
	full = full_errors();
	is_well(&after);
	ck_assert_uint_eq(before, after);
	kernels_are_well();
	take_down();
	all = xasprintf("%s; full: %s", medium, full);
	pr_info("%s, %s: %s", system, driver, all);
	free(medium);
	free(full);
	return all;
}

static const char *const drivers[] = { "nvme", "virtio-blk", "virtio-scsi", "ahci" };

START_TEST(the_client_sees_the_disks_own_errors)
{
	char *native = errors_seen("native", drivers[_i]);
	char *isolated = errors_seen("isolated", drivers[_i]);

	ck_assert_str_eq(isolated, native);
	free(isolated);
	free(native);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("disk-errors-system");

	tcase_add_unchecked_fixture(tc, make_folder, remove_folder);
	tcase_add_checked_fixture(tc, NULL, take_down);
	tcase_add_loop_test(tc, the_client_sees_the_disks_own_errors, 0, ARRAY_SIZE(drivers));
	return run_suite("disk-errors-system", &tc, 1);
}
