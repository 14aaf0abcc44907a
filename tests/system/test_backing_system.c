// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk kept in a file that the user chose: what the client writes is in the file, what is in the
 * file the client reads; a read-only one is read-only to the client, as it would be natively; and
 * while one system uses it no other gets it, not even while its driver VM is dead.
 */
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#define DISK "/dev/ddblk0"
#define MIB (1u << 20)
#define SIZE (48 * MIB + 512)

static char path[] = "/tmp/drivervm-backing-XXXXXX";
static char *backing;

static void make_file(void)
{
	int fd;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, SIZE), 0);
	ck_assert_int_eq(pwrite(fd, "from the host", 13, 5 * MIB), 13);
	close(fd);
	backing = xasprintf("disk0.backing=%s", path);
}

static void remove_file(void)
{
	take_down();
	device_options = NULL;
	unlink(path);
	free(backing);
	backing = NULL;
}

static void up_with(const char *system, const char *driver, const char *option)
{
	const char *const options[] = { backing, option, NULL };

	client_image = "client-disk";
	device_options = options;
	bring_up(system, driver, "blk");
	device_options = NULL;
}

/* What a script prints in the client, without the last newline; the caller frees. */
static char *client_says(const char *script)
{
	char *output;

	client_status(script, &output);
	output[strcspn(output, "\n")] = '\0';
	return output;
}

/* What system_options_check() says of another system on the same file. */
static int second_system(const char *option)
{
	const char *const blk[] = { "blk", NULL };
	struct system_options opt = { .driver = "virtio-blk", .log_dir = log_dir };
	struct system *second = NULL;
	struct system_desc *d;
	int err;

	ck_assert_int_eq(system_desc_load(&d, "isolated"), 0);
	system_desc_keep(d, blk);
	ck_assert_int_eq(system_desc_set_option(d, backing), 0);
	if (option)
		ck_assert_int_eq(system_desc_set_option(d, option), 0);
	err = system_options_check(d, &opt);
	if (err)
		ck_assert_int_eq(system_up(&second, loop, d, &opt), err);
	system_desc_free(d);
	return err;
}

START_TEST(the_file_is_the_disk)
{
	char *size, *text, data[16] = "";
	int fd;

	up_with("isolated", "nvme", NULL);
	size = client_says("echo $(($(cat /sys/block/ddblk0/size) * 512))");
	ck_assert_uint_eq(strtoul(size, NULL, 10), SIZE);
	free(size);
	text = client_says("dd if=" DISK " bs=1M skip=5 count=1 2>/dev/null | head -c 13");
	ck_assert_str_eq(text, "from the host");
	free(text);
	client_does("printf 'from the client' >/tmp/x && truncate -s 4096 /tmp/x && "
		    "dd if=/tmp/x of=" DISK " bs=4k seek=2048 conv=fsync 2>/dev/null");
	/* After the flush it is there, whatever becomes of the system. */
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(pread(fd, data, 15, 8 * MIB), 15);
	ck_assert_str_eq(data, "from the client");
	client_does("printf 'the last sector' >/tmp/x && truncate -s 512 /tmp/x && "
		    "dd if=/tmp/x of=" DISK " bs=512 seek=98304 conv=fsync 2>/dev/null");
	kernels_are_well();
	take_down();
	ck_assert_int_eq(pread(fd, data, 15, 48 * MIB), 15);
	ck_assert_str_eq(data, "the last sector");
	ck_assert_int_eq(pread(fd, data, 15, 8 * MIB), 15);
	ck_assert_str_eq(data, "from the client");
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), SIZE);
	close(fd);
}
END_TEST

START_TEST(nobody_else_gets_the_file)
{
	up_with("isolated", "nvme", NULL);
	ck_assert_int_eq(second_system(NULL), -EINVAL);
	ck_assert_int_eq(second_system("disk0.read_only=true"), -EINVAL);
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, "disk-dd")), SIGKILL), 0);
	while (vm_alive(system_vm(sys, "disk-dd")))
		ck_assert_int_eq(loop_sleep(loop, USEC_PER_MSEC), 0);
	ck_assert_int_eq(second_system(NULL), -EINVAL);
	ck_assert_int_eq(system_restart_vm(sys, "disk-dd"), 0);
	client_does("dd if=" DISK " of=/dev/null bs=1M count=1 2>/dev/null");
	ck_assert_int_eq(second_system(NULL), -EINVAL);
	take_down();
	/* It is free again. Two that only read do not mind each other. */
	up_with("native", "virtio-blk", "disk0.read_only=true");
	ck_assert_int_eq(second_system("disk0.read_only=true"), 0);
	ck_assert_int_eq(second_system(NULL), -EINVAL);
	take_down();
	ck_assert_int_eq(second_system(NULL), 0);
}
END_TEST

/* Whether the client's disk is read-only, and what it says to who writes, opens it to do so... */
static char *read_only_seen(const char *system, const char *driver)
{
	char *script, *said;
	const char *disk;

	up_with(system, driver, "disk0.read_only=true");
	disk = system_device_path(sys, "blk") + strlen("/dev/");
	script = xasprintf("d=%s; said() { \"$@\" 2>&1 >/dev/null | head -n 1 | sed 's/.*: //'; }; "
			   "echo ro $(cat /sys/block/$d/ro), "
			   "$(said dd if=/dev/zero of=/dev/$d bs=4k count=1 oflag=direct), "
			   "$(said dd if=/dev/zero of=/dev/$d bs=4k count=1 conv=fsync), "
			   "$(said /sbin/mke2fs -q -F /dev/$d), "
			   "$(dd if=/dev/$d bs=1M skip=5 count=1 2>/dev/null | head -c 13)",
			   disk);
	said = client_says(script);
	pr_info("%s, %s: %s", system, driver, said);
	kernels_are_well();
	free(script);
	take_down();
	return said;
}

/*
 * Drivers differ in whether a disk can be opened for writing, and in what a write then says.
 */
START_TEST(a_read_only_disk_is_read_only_to_the_client)
{
	static const char *const drivers[] = { "virtio-blk", "virtio-scsi" };
	char *native, *isolated;
	size_t i;

	ck_assert_int_eq(chmod(path, 0444), 0);
	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		native = read_only_seen("native", drivers[i]);
		isolated = read_only_seen("isolated", drivers[i]);
		ck_assert_str_eq(isolated, native);
		ck_assert_msg(strncmp(native, "ro 1, ", 6) == 0, "native: %s", native);
		ck_assert_msg(strstr(native, "from the host") != NULL, "native: %s", native);
		free(native);
		free(isolated);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("backing-system");

	tcase_add_checked_fixture(tc, make_file, remove_file);
	tcase_add_test(tc, the_file_is_the_disk);
	tcase_add_test(tc, nobody_else_gets_the_file);
	tcase_add_test(tc, a_read_only_disk_is_read_only_to_the_client);
	return run_suite("backing-system", &tc, 1);
}
