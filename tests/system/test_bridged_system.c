// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Driver VMs joined to the client by stock parts (bridged, e1000 and nvme): the network carries
 * what it must, whole segments cross the joint, every part follows the MTU, and the disk stores
 * what it is given; with no module of ours in any VM.
 */
#include "tcp.h"

#define DISK "/dev/nvme0n1"

static void setup(void)
{
	bring_up("bridged", NULL, NULL);
}

START_TEST(no_module_of_ours_is_loaded)
{
	char *text;
	size_t i;

	for (i = 0; i < system_n_vms(sys); i++) {
		ck_assert_int_eq(vm_read_file(system_vm_at(sys, i), "/proc/modules", &text), 0);
		ck_assert_ptr_nonnull(strstr(text, "virtio_net "));
		ck_assert_ptr_null(strstr(text, "ddlink "));
		ck_assert_ptr_null(strstr(text, "ddnet"));
		ck_assert_ptr_null(strstr(text, "ddblk"));
		free(text);
	}
	ck_assert_ptr_null(system_link(sys, "net0"));
	ck_assert_ptr_null(system_link(sys, "disk0"));
}
END_TEST

START_TEST(pings_of_all_sizes_are_answered)
{
	static const unsigned int sizes[] = { 0, 56, 1472, 1473, 8000, 65000 };
	static const char *const peers[] = { PEER4, PEER6 };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(peers); j++) {
			char *s = xasprintf("/bin/ping -q -n -c 2 -i 0.05 -w 10 -s %u %s", sizes[i],
					    peers[j]);

			client_does(s);
			free(s);
		}
	}
	peer_does("ping -q -n -c 2 -i 0.2 -w 10 -s 8000 " CLIENT4);
}
END_TEST

struct counted {
	uint64_t to_driver, to_driver_bytes, to_client, to_client_bytes;
};

static void count(const char *name, uint64_t value, void *arg)
{
	struct counted *c = arg;

	if (streq(name, "net0.driver.joint.rx_packets"))
		c->to_driver = value;
	if (streq(name, "net0.driver.joint.rx_bytes"))
		c->to_driver_bytes = value;
	if (streq(name, "net0.driver.joint.tx_packets"))
		c->to_client = value;
	if (streq(name, "net0.driver.joint.tx_bytes"))
		c->to_client_bytes = value;
}

/* On average, bare acknowledgements among them, more than a frame of the wire holds. */
static bool cross_whole(void)
{
	struct counted before = { 0 }, after = { 0 };
	uint64_t out, in;

	ck_assert_int_eq(system_counters(sys, count, &before), 0);
	tcp_there_and_back(PEER4, 8 << 20);
	tcp_there_and_back(PEER6, 4 << 20);
	ck_assert_int_eq(system_counters(sys, count, &after), 0);
	out = after.to_driver_bytes - before.to_driver_bytes;
	in = after.to_client_bytes - before.to_client_bytes;
	ck_assert_uint_gt(out, 12 << 20);
	ck_assert_uint_gt(in, 12 << 20);
	return out / (after.to_driver - before.to_driver) > 1514 &&
	       in / (after.to_client - before.to_client) > 1514;
}

/* How many are merged depends on how fast they come: on a busy host now and then too few. */
START_TEST(tcp_passes_and_segments_cross_whole)
{
	int tries = 5;

	while (!cross_whole())
		ck_assert_int_gt(--tries, 0);
}
END_TEST

static void mtu_is(struct vm *vm, const char *netdev, int mtu)
{
	char *path = xasprintf("/sys/class/net/%s/mtu", netdev), *text;

	ck_assert_int_eq(vm_read_file(vm, path, &text), 0);
	ck_assert_int_eq(atoi(text), mtu);
	free(text);
	free(path);
}

START_TEST(every_part_follows_the_mtu)
{
	static const char *const mtus[] = { "250", "9000", "1500" };
	struct vm *dd = system_vm(sys, "net-dd");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mtus); i++) {
		/* It waits until a full frame has come back. */
		ck_assert_int_eq(system_set(sys, "mtu", mtus[i]), 0);
		mtu_is(system_client(sys), "net0", atoi(mtus[i]));
		mtu_is(dd, "br0", atoi(mtus[i]));
		mtu_is(dd, "eth0", atoi(mtus[i]));
		mtu_is(dd, "eth1", atoi(mtus[i]));
		tcp_there_and_back(PEER4, 1 << 20);
	}
	client_does("/bin/ping -q -n -c 1 -i 0.1 -w 10 " PEER6);
}
END_TEST

START_TEST(a_rate_cap_is_kept)
{
	uint64_t start;

	ck_assert_int_eq(system_set(sys, "rate", "40"), 0);
	start = now_us();
	tcp_there_and_back(PEER4, 3 << 20);
	/* 24 Mbit each way at 40 Mbit/s, less a bucket's worth. */
	ck_assert_uint_gt(now_us() - start, 1000 * USEC_PER_MSEC);
	ck_assert_int_eq(system_set(sys, "rate", "0"), 0);
}
END_TEST

START_TEST(the_disk_stores_what_it_is_given)
{
	ck_assert_str_eq(system_device_path(sys, "blk"), DISK);
	/* 2 MiB each time, from requests of one page to ones that are cut on the way. */
	client_does("dd if=/dev/urandom of=/tmp/data bs=1M count=2 2>/dev/null && "
		    "for n in 4 64 1024; do"
		    " dd if=/dev/zero of=" DISK " bs=1M count=2 oflag=direct 2>/dev/null &&"
		    " dd if=/tmp/data of=" DISK " bs=${n}k oflag=direct 2>/dev/null &&"
		    " dd if=" DISK " bs=${n}k count=$((2048 / n)) iflag=direct 2>/dev/null |"
		    " cmp - /tmp/data || exit 1; done");
}
END_TEST

START_TEST(the_disks_rate_is_kept)
{
	uint64_t start;

	ck_assert_int_eq(system_set(sys, "disk_rate", "8"), 0);
	start = now_us();
	client_does("dd if=" DISK " of=/dev/null bs=64k count=128 iflag=direct 2>/dev/null");
	ck_assert_uint_gt(now_us() - start, 800 * USEC_PER_MSEC);
	ck_assert_int_eq(system_set(sys, "disk_rate", "0"), 0);
}
END_TEST

START_TEST(a_driver_vm_can_be_started_again)
{
	ck_assert_int_eq(system_restart_vm(sys, "net-dd"), 0);
	traffic_passes(20);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("bridged-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, no_module_of_ours_is_loaded);
	tcase_add_test(tc, pings_of_all_sizes_are_answered);
	tcase_add_test(tc, tcp_passes_and_segments_cross_whole);
	tcase_add_test(tc, every_part_follows_the_mtu);
	tcase_add_test(tc, a_rate_cap_is_kept);
	tcase_add_test(tc, the_disk_stores_what_it_is_given);
	tcase_add_test(tc, the_disks_rate_is_kept);
	tcase_add_test(tc, a_driver_vm_can_be_started_again);
	return run_suite("bridged-system", &tc, 1);
}
