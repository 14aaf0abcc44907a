// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Driver VMs with other kernels than the client's: real-time, and 32-bit. Each serves a network
 * card and a disk to the same client, and what the client reads is what it wrote. Needs `make
 * kernels`.
 */
#include "support.h"

/* Beyond what one request holds, so that it takes several; past every cache. */
#define DISK_SCRIPT                                                               \
	"dd if=/dev/urandom of=/tmp/a bs=1M count=4 2>/dev/null &&"               \
	"dd if=/tmp/a of=%1$s bs=64k seek=16 oflag=direct 2>/dev/null && sync &&" \
	"dd if=%1$s of=/tmp/b bs=256k skip=4 count=16 iflag=direct 2>/dev/null && cmp /tmp/a /tmp/b"

static const struct {
	const char *name;
	const char *uname; /* a part of what /proc/version says there */
	const char *kernel[2]; /* the setting of that name */
} kernels[] = {
	{ "rt-amd64", "PREEMPT_RT", { "kernel=rt-amd64" } },
	{ "686-pae", "686-pae", { "kernel=686-pae" } },
};

static void check_kernel(const char *vm, const char *part)
{
	char *text;

	ck_assert_int_eq(vm_read_file(system_vm(sys, vm), "/proc/version", &text), 0);
	ck_assert_msg(strstr(text, part) != NULL, "%s runs %s", vm, text);
	free(text);
}

static void disk_keeps_what_is_written(void)
{
	char *script = xasprintf(DISK_SCRIPT, system_device_path(sys, "blk"));

	client_does(script);
	free(script);
}

START_TEST(serves_the_client)
{
	bring_up_with = kernels[_i].kernel;
	bring_up("isolated", NULL, NULL);
	check_kernel("net-dd", kernels[_i].uname);
	check_kernel("disk-dd", kernels[_i].uname);
	client_does("uname -m | grep -q x86_64");
	traffic_passes(10);
	disk_keeps_what_is_written();
	/* What takes the place of a VM that was killed has the same kernel. */
	ck_assert_int_eq(system_restart_vm(sys, "disk-dd"), 0);
	check_kernel("disk-dd", kernels[_i].uname);
	disk_keeps_what_is_written();
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("kernels-system");

	tcase_add_checked_fixture(tc, NULL, take_down);
	tcase_add_loop_test(tc, serves_the_client, 0, ARRAY_SIZE(kernels));
	return run_suite("kernels-system", &tc, 1);
}
