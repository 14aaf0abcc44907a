// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The switch and the peer, and joints, in real namespaces, with this test in the place of a network
 * card: it writes frames into the tap and reads what comes out.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/loop.h"
#include "core/proc.h"
#include "core/util.h"
#include "net/joint.h"
#include "net/netns.h"
#include "net/switch.h"

static struct loop *loop;
static struct net_switch *sw;
static int tap = -1;

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(net_switch_new(&sw), 0);
	ck_assert_int_eq(net_switch_add_port(sw, 0, false, &tap), 0);
}

static void teardown(void)
{
	net_switch_free(sw);
	sw = NULL;
	fd_close(&tap);
	loop_free(loop);
}

static ino_t inode(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_ino;
}

/* Next read from @fd within a second, or 0. */
static size_t next_read(int fd, unsigned char *frame, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = poll(&p, 1, 1000) > 0 ? read(fd, frame, size) : 0;

	return n > 0 ? (size_t)n : 0;
}

/* Next frame of @type from the tap within a second, or 0. */
static size_t next_frame(uint16_t type, unsigned char *frame, size_t size)
{
	size_t n;

	while ((n = next_read(tap, frame, size)))
		if (n >= ETH_HLEN && ((struct ether_header *)frame)->ether_type == htons(type))
			return n;
	return 0;
}

START_TEST(the_peer_answers_a_card)
{
	static const unsigned char mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 2 };
	unsigned char frame[2048];
	struct {
		struct ether_header eth;
		struct ether_arp arp;
	} __attribute__((packed)) ask = { .eth.ether_type = htons(ETHERTYPE_ARP) };

	memset(ask.eth.ether_dhost, 0xff, ETH_ALEN);
	memcpy(ask.eth.ether_shost, mac, ETH_ALEN);
	ask.arp.ea_hdr.ar_hrd = htons(ARPHRD_ETHER);
	ask.arp.ea_hdr.ar_pro = htons(ETHERTYPE_IP);
	ask.arp.ea_hdr.ar_hln = ETH_ALEN;
	ask.arp.ea_hdr.ar_pln = 4;
	ask.arp.ea_hdr.ar_op = htons(ARPOP_REQUEST);
	memcpy(ask.arp.arp_sha, mac, ETH_ALEN);
	inet_pton(AF_INET, "10.77.0.2", ask.arp.arp_spa);
	inet_pton(AF_INET, "10.77.0.1", ask.arp.arp_tpa);
	ck_assert_int_eq(write(tap, &ask, sizeof(ask)), sizeof(ask));
	ck_assert_uint_ge(next_frame(ETHERTYPE_ARP, frame, sizeof(frame)), sizeof(ask));
	ck_assert_int_eq(memcmp(frame, mac, ETH_ALEN), 0);
	ck_assert_int_eq(memcmp(frame + ETH_HLEN + offsetof(struct ether_arp, arp_spa),
				ask.arp.arp_tpa, 4),
			 0);
}
END_TEST

START_TEST(this_process_stays_where_it_was)
{
	ino_t here = inode("/proc/self/ns/net");
	struct stat in_switch, at_peer;
	int ns;

	ck_assert_int_eq(fstat(net_switch_netns_fd(sw), &in_switch), 0);
	ck_assert_int_eq(fstat(net_switch_peer_netns_fd(sw), &at_peer), 0);
	ck_assert_uint_ne(in_switch.st_ino, here);
	ck_assert_uint_ne(at_peer.st_ino, here);
	ck_assert_uint_ne(at_peer.st_ino, in_switch.st_ino);
	ns = netns_new();
	ck_assert_int_ge(ns, 0);
	ck_assert_uint_eq(inode("/proc/self/ns/net"), here);
	close(ns);
}
END_TEST

static int open_broadcaster(void *arg)
{
	int on = 1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)arg;
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) < 0)
		return -errno;
	return fd;
}

static int broadcaster(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = netns_open(net_switch_peer_netns_fd(sw), open_broadcaster, NULL);

	ck_assert_int_ge(fd, 0);
	inet_pton(AF_INET, "10.77.0.255", &to.sin_addr);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

START_TEST(only_the_peers_mtu_counts)
{
	static unsigned char data[8900], frame[16384];
	int udp = broadcaster();

	ck_assert_int_eq(send(udp, data, sizeof(data), 0), sizeof(data));
	ck_assert_uint_eq(next_frame(ETHERTYPE_IP, frame, sizeof(frame)), 1514);
	ck_assert_int_eq(net_switch_set_mtu(sw, 9000), 0);
	while (next_frame(ETHERTYPE_IP, frame, sizeof(frame)))
		;
	ck_assert_int_eq(send(udp, data, sizeof(data), 0), sizeof(data));
	ck_assert_uint_eq(next_frame(ETHERTYPE_IP, frame, sizeof(frame)),
			  sizeof(data) + ETH_HLEN + 20 + 8);
	ck_assert_int_eq(net_switch_set_mtu(sw, NET_MTU_MIN - 1), -EINVAL);
	ck_assert_int_eq(net_switch_set_mtu(sw, NET_MTU_MAX + 1), -EINVAL);
	close(udp);
}
END_TEST

/* A small MTU takes IPv6 off an interface; a large one must bring it back. */
START_TEST(ipv6_survives_a_small_mtu)
{
	static const char *const look[] = { "ip", "-6", "addr", "show", "dev", "peer0", NULL };
	int ns = net_switch_peer_netns_fd(sw);
	char *out;

	ck_assert_int_eq(net_switch_set_mtu(sw, 250), 0);
	ck_assert_int_eq(proc_run(loop, look, ns, 5 * USEC_PER_SEC, &out), 0);
	ck_assert_ptr_null(strstr(out, "fd77::1/64"));
	free(out);
	ck_assert_int_eq(net_switch_set_mtu(sw, 1500), 0);
	ck_assert_int_eq(proc_run(loop, look, ns, 5 * USEC_PER_SEC, &out), 0);
	ck_assert_ptr_nonnull(strstr(out, "fd77::1/64"));
	free(out);
}
END_TEST

/* Sends @n datagrams at once, returns the microseconds until the card has them all; 0: lost. */
static uint64_t time_of(int udp, int n)
{
	static unsigned char data[1400], frame[2048];
	uint64_t start = now_us();
	int i;

	for (i = 0; i < n; i++)
		ck_assert_int_eq(send(udp, data, sizeof(data), 0), sizeof(data));
	for (i = 0; i < n; i++)
		if (!next_frame(ETHERTYPE_IP, frame, sizeof(frame)))
			return 0;
	return now_us() - start;
}

START_TEST(a_rate_cap_holds_and_goes)
{
	enum { N = 250 }; /* 350 kB: well above the bucket, below a tap's and the cap's queue */
	uint64_t capped, again;
	int udp = broadcaster(), big = 4 << 20;

	ck_assert_int_eq(setsockopt(udp, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big)), 0);
	ck_assert_int_eq(net_switch_set_rate(sw, 0), 0);
	ck_assert_int_eq(net_switch_set_rate(sw, 8000000), 0);
	capped = time_of(udp, N);
	ck_assert_uint_ne(capped, 0);
	/* 350 kB less a bucket of 131 kB, at 1 MB/s. */
	ck_assert_uint_gt(capped, 200 * USEC_PER_MSEC);
	ck_assert_int_eq(net_switch_set_rate(sw, 80000000), 0);
	again = time_of(udp, N);
	ck_assert_uint_ne(again, 0);
	ck_assert_uint_lt(again, capped);
	ck_assert_int_eq(net_switch_set_rate(sw, 0), 0);
	ck_assert_int_eq(net_switch_set_rate(sw, 0), 0);
	ck_assert_int_eq(net_switch_set_rate(sw, UINT64_MAX), -EINVAL);
	close(udp);
}
END_TEST

START_TEST(a_tap_has_headers_where_asked)
{
	struct ifreq plain = { 0 }, with = { 0 };
	int second = -1;

	ck_assert_int_eq(net_switch_add_port(sw, 1, true, &second), 0);
	ck_assert_int_eq(ioctl(tap, TUNGETIFF, &plain), 0);
	ck_assert_int_eq(ioctl(second, TUNGETIFF, &with), 0);
	ck_assert_int_eq(plain.ifr_flags & IFF_VNET_HDR, 0);
	ck_assert_int_ne(with.ifr_flags & IFF_VNET_HDR, 0);
	close(second);
	ck_assert_int_eq(net_switch_add_port(sw, NET_SUBNETS_MAX, false, &second), -EINVAL);
}
END_TEST

START_TEST(addresses_are_as_documented)
{
	char a[NET_ADDRESS_SIZE];

	net_address4(a, sizeof(a), 0, NET_HOST_PEER, true);
	ck_assert_str_eq(a, "10.77.0.1/24");
	net_address4(a, sizeof(a), 3, NET_HOST_CLIENT, false);
	ck_assert_str_eq(a, "10.77.3.2");
	net_address6(a, sizeof(a), 255, NET_HOST_CLIENT, true);
	ck_assert_str_eq(a, "fd77:0:0:ff::2/64");
}
END_TEST

static unsigned int count_fds(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			n++;
	return n;
}

START_TEST(a_freed_switch_leaves_no_descriptor)
{
	unsigned int before = count_fds();
	struct net_switch *own;
	int port;

	ck_assert_int_eq(net_switch_new(&own), 0);
	ck_assert_int_eq(net_switch_add_port(own, 0, false, &port), 0);
	ck_assert_uint_gt(count_fds(), before);
	net_switch_free(own);
	close(port);
	ck_assert_uint_eq(count_fds(), before);
	net_switch_free(NULL);
}
END_TEST

/* A frame of experiments (IEEE 802 local), behind an empty virtio_net_hdr. */
struct joint_frame {
	unsigned char vnet_hdr[10];
	struct ether_header eth;
	unsigned char data[9000];
} __attribute__((packed));

START_TEST(a_joint_carries_frames_from_end_to_end)
{
	struct joint_frame out = { .eth.ether_type = htons(0x88b5), .data = "to and fro" }, in;
	unsigned int before = count_fds(), i;
	struct net_joint *joint;
	struct ifreq req = { 0 };
	int ends[2] = { -1, -1 };

	memset(out.eth.ether_dhost, 0xff, ETH_ALEN);
	memcpy(out.eth.ether_shost, "\2\0\0\0\0\7", ETH_ALEN);
	ck_assert_int_eq(net_joint_new(&joint), 0);
	/* A VM that has died, and its successor. */
	ck_assert_int_eq(net_joint_plug(joint, 0, &ends[0]), 0);
	fd_close(&ends[0]);
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		ck_assert_int_eq(net_joint_plug(joint, i, &ends[i]), 0);
	ck_assert_int_eq(ioctl(ends[1], TUNGETIFF, &req), 0);
	ck_assert_int_ne(req.ifr_flags & IFF_VNET_HDR, 0);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		ck_assert_int_eq(write(ends[i], &out, sizeof(out)), sizeof(out));
		/* The first: a joint adds nothing of its own. */
		ck_assert_uint_eq(next_read(ends[!i], (unsigned char *)&in, sizeof(in)),
				  sizeof(in));
		ck_assert_int_eq(memcmp(&in.eth, &out.eth, sizeof(in) - sizeof(in.vnet_hdr)), 0);
	}
	net_joint_free(joint);
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		fd_close(&ends[i]);
	ck_assert_uint_eq(count_fds(), before);
	net_joint_free(NULL);
}
END_TEST

START_TEST(a_vm_takes_the_peers_place)
{
	struct joint_frame in;
	/* Who has 10.77.0.1? Asked by the card; the VM has to answer, and nobody else does. */
	struct {
		struct ether_header eth;
		struct ether_arp arp;
	} __attribute__((packed)) ask = { .eth.ether_type = htons(ETHERTYPE_ARP),
					  .arp.ea_hdr.ar_hrd = htons(ARPHRD_ETHER),
					  .arp.ea_hdr.ar_pro = htons(ETHERTYPE_IP),
					  .arp.ea_hdr.ar_hln = ETH_ALEN,
					  .arp.ea_hdr.ar_pln = 4,
					  .arp.ea_hdr.ar_op = htons(ARPOP_REQUEST) };
	struct joint_frame out = { .eth.ether_type = htons(0x88b5), .data = "back" };
	unsigned int before = count_fds();
	int port = -1, remote = -1;
	struct net_switch *own;

	ck_assert_int_eq(net_switch_new(&own), 0);
	/* A VM that has died, and its successor. */
	ck_assert_int_eq(net_switch_plug_remote(own, &remote), 0);
	fd_close(&remote);
	ck_assert_int_eq(net_switch_plug_remote(own, &remote), 0);
	ck_assert_int_eq(net_switch_add_port(own, 0, false, &port), 0);
	ck_assert(net_switch_has_subnet(own, 0));
	ck_assert(!net_switch_has_subnet(own, 1));
	ck_assert(!net_switch_has_subnet(own, NET_SUBNETS_MAX));
	/* The namespace has none of its own that it could set or lose. */
	ck_assert_int_eq(net_switch_set_mtu(own, NET_MTU_MIN), 0);

	memset(ask.eth.ether_dhost, 0xff, ETH_ALEN);
	memcpy(ask.eth.ether_shost, "\2\0\0\0\0\2", ETH_ALEN);
	memcpy(ask.arp.arp_sha, ask.eth.ether_shost, ETH_ALEN);
	inet_pton(AF_INET, "10.77.0.2", ask.arp.arp_spa);
	inet_pton(AF_INET, "10.77.0.1", ask.arp.arp_tpa);
	ck_assert_int_eq(write(port, &ask, sizeof(ask)), sizeof(ask));
	ck_assert_uint_eq(next_read(remote, (unsigned char *)&in, sizeof(in)),
			  sizeof(in.vnet_hdr) + sizeof(ask));
	ck_assert_int_eq(memcmp(&in.eth, &ask, sizeof(ask)), 0);
	ck_assert_uint_eq(next_read(port, (unsigned char *)&in, sizeof(in)), 0);

	memcpy(out.eth.ether_dhost, ask.eth.ether_shost, ETH_ALEN);
	memcpy(out.eth.ether_shost, "\2\0\0\0\0\7", ETH_ALEN);
	ck_assert_int_eq(write(remote, &out, sizeof(out)), sizeof(out));
	ck_assert_uint_eq(next_read(port, (unsigned char *)&in, sizeof(in)),
			  sizeof(out) - sizeof(out.vnet_hdr));
	ck_assert_int_eq(memcmp(&in, &out.eth, sizeof(out) - sizeof(out.vnet_hdr)), 0);
	net_switch_free(own);
	fd_close(&port);
	fd_close(&remote);
	ck_assert_uint_eq(count_fds(), before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net");
	TCase *tc = tcase_create("net");
	SRunner *runner;
	int failed;

	if (access("/dev/net/tun", R_OK | W_OK) < 0) {
		puts("skipped: net: no access to /dev/net/tun");
		return EXIT_SUCCESS;
	}
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_peer_answers_a_card);
	tcase_add_test(tc, this_process_stays_where_it_was);
	tcase_add_test(tc, only_the_peers_mtu_counts);
	tcase_add_test(tc, ipv6_survives_a_small_mtu);
	tcase_add_test(tc, a_rate_cap_holds_and_goes);
	tcase_add_test(tc, a_tap_has_headers_where_asked);
	tcase_add_test(tc, addresses_are_as_documented);
	tcase_add_test(tc, a_freed_switch_leaves_no_descriptor);
	tcase_add_test(tc, a_joint_carries_frames_from_end_to_end);
	tcase_add_test(tc, a_vm_takes_the_peers_place);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
