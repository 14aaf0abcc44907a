// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a network must carry, through a driver VM (isolated, e1000): IPv4 and IPv6 of all sizes, TCP
 * both ways byte for byte, VLANs, multicast, every MTU and jumbo frames.
 */
#include "tcp.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

static void setup(void)
{
	bring_up("isolated", "e1000", "net");
}

START_TEST(pings_of_all_sizes_are_answered)
{
	/* Empty, ordinary, exactly full, fragmented a little and as much as there can be. */
	static const unsigned int sizes[] = { 0, 56, 1452, 1472, 1473, 8000, 65000 };
	static const char *const peers[] = { PEER4, PEER6 };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(peers); j++) {
			char *s = xasprintf("/bin/ping -q -n -c 3 -i 0.05 -w 10 -s %u %s", sizes[i],
					    peers[j]);

			client_does(s);
			free(s);
		}
	}
	peer_does("ping -q -n -c 3 -i 0.2 -w 10 -s 8000 " CLIENT4);
	peer_does("ping -q -n -c 3 -i 0.2 -w 10 -s 8000 " CLIENT6);
}
END_TEST

START_TEST(tcp_is_carried_byte_for_byte)
{
	tcp_there_and_back(PEER4, 16 << 20);
	tcp_there_and_back(PEER6, 8 << 20);
	tcp_there_and_back(PEER4, 1);
}
END_TEST

#define VLAN_ID 7

/* A raw socket on the peer's interface: not every host's kernel has VLAN interfaces. */
static int open_raw(void *arg)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	const struct timeval limit = { .tv_sec = 20 };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)), on = 1;
	struct ifreq *req = arg;

	strcpy(req->ifr_name, "peer0");
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, req) < 0)
		return -errno;
	addr.sll_ifindex = req->ifr_ifindex;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	return fd;
}

/* The next frame, without its tag; *@vlan is the tag's number, or -1. */
static size_t receive_frame(int fd, unsigned char *frame, size_t size, int *vlan)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec iov = { frame, size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct tpacket_auxdata aux;
	ssize_t n = recvmsg(fd, &msg, 0);

	*vlan = -1;
	ck_assert_msg(n > 0, "no frame came: %s", strerror(errno));
	ck_assert_ptr_nonnull(CMSG_FIRSTHDR(&msg));
	memcpy(&aux, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(aux));
	if (aux.tp_status & TP_STATUS_VLAN_VALID)
		*vlan = aux.tp_vlan_tci & 0xfff;
	return (size_t)n;
}

/* Sends an ICMP echo request back as its reply, with the tag in place. */
static void answer_ping(int fd, const unsigned char *frame, size_t n)
{
	static const unsigned char tag[] = { 0x81, 0x00, 0x00, VLAN_ID };
	unsigned char reply[2048];
	struct iphdr *ip = (struct iphdr *)(reply + ETH_HLEN + sizeof(tag));
	struct icmphdr *icmp = (struct icmphdr *)(ip + 1);
	uint32_t swap;

	memcpy(reply, frame + ETH_ALEN, ETH_ALEN);
	memcpy(reply + ETH_ALEN, frame, ETH_ALEN);
	memcpy(reply + 2 * ETH_ALEN, tag, sizeof(tag));
	memcpy(reply + 2 * ETH_ALEN + sizeof(tag), frame + 2 * ETH_ALEN, n - 2 * ETH_ALEN);
	swap = ip->saddr;
	ip->saddr = ip->daddr;
	ip->daddr = swap;
	ck_assert_uint_eq(icmp->type, ICMP_ECHO);
	icmp->type = ICMP_ECHOREPLY;
	/* One's complement: taking 0x0800 from the sum adds it to the checksum. */
	icmp->checksum = (uint16_t)(icmp->checksum + htons(0x0800) +
				    (icmp->checksum + htons(0x0800) > 0xffff));
	ck_assert_int_eq(send(fd, reply, n + sizeof(tag), 0), n + sizeof(tag));
}

START_TEST(vlans_pass)
{
	unsigned char frame[2048];
	struct ifreq req = { 0 };
	int fd, handle, vlan, answered = 0;
	size_t n;

	fd = netns_open(system_peer_netns_fd(sys), open_raw, &req);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(vm_modprobe(system_client(sys), "8021q", NULL), 0);
	client_does("/bin/ip link add link net0 name net0.7 type vlan id 7 && "
		    "/bin/ip addr add 10.78.0.2/24 dev net0.7 && "
		    "echo 1 >/proc/sys/net/ipv6/conf/net0.7/disable_ipv6 && "
		    "/bin/ip link set net0.7 up && "
		    "/bin/ip neigh add 10.78.0.1 lladdr 02:00:00:00:00:01 dev net0.7");
	/* A full frame, four bytes longer with its tag. */
	handle = client_starts("/bin/ping -q -n -M do -c 3 -i 0.2 -w 10 -s 1472 10.78.0.1");
	while (answered < 3) {
		n = receive_frame(fd, frame, sizeof(frame), &vlan);
		if (vlan < 0)
			continue;
		ck_assert_int_eq(vlan, VLAN_ID);
		ck_assert_uint_eq(n, 1514);
		answer_ping(fd, frame, n);
		answered++;
	}
	client_ends_well(handle);
	client_does("/bin/ip link del net0.7");
	close(fd);
}
END_TEST

START_TEST(multicast_reaches_who_joined)
{
	client_does("echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts");
	peer_does("ip route add 224.0.0.0/4 dev peer0");
	client_does("/bin/ip addr add 239.1.2.3/32 dev net0 autojoin");
	peer_does("ping -q -n -c 2 -i 0.2 -w 10 -I peer0 239.1.2.3");
	peer_does("ping -q -n -c 2 -i 0.2 -w 10 -I peer0 224.0.0.1");
	peer_does("ping -q -n -c 2 -i 0.2 -w 10 -I peer0 ff02::1%peer0");
	peer_does("ping -q -n -b -c 2 -i 0.2 -w 10 10.77.0.255");
	client_does("/bin/ip addr del 239.1.2.3/32 dev net0");
	peer_does("! ping -q -n -c 2 -i 0.2 -w 2 -I peer0 239.1.2.3");
}
END_TEST

START_TEST(every_mtu_holds_and_ipv6_returns)
{
	/* system_set() itself waits until a full frame has come back. */
	static const char *const mtus[] = { "250", "500", "1000", "9000", "1500" };
	char *text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mtus); i++) {
		ck_assert_int_eq(system_set(sys, "mtu", mtus[i]), 0);
		ck_assert_int_eq(vm_read_file(system_client(sys), "/sys/class/net/net0/mtu", &text),
				 0);
		ck_assert_int_eq(atoi(text), atoi(mtus[i]));
		free(text);
		/* The real card has followed, through the link. */
		ck_assert_int_eq(vm_read_file(system_vm(sys, "net-dd"), "/sys/class/net/eth0/mtu",
					      &text),
				 0);
		ck_assert_int_eq(atoi(text), atoi(mtus[i]));
		free(text);
		tcp_there_and_back(PEER4, 1 << 20);
	}
	client_does("/bin/ping -q -n -c 1 -i 0.1 -w 10 " PEER6);
	ck_assert_int_eq(system_set(sys, "mtu", "9001"), -EINVAL);
	ck_assert_int_eq(system_set(sys, "colour", "red"), -ENOENT);
}
END_TEST

START_TEST(jumbo_frames_pass_whole)
{
	ck_assert_int_eq(system_set(sys, "mtu", "9000"), 0);
	client_does("/bin/ping -q -n -M do -c 3 -i 0.1 -w 10 -s 8972 " PEER4);
	client_does("/bin/ping -q -n -M do -c 3 -i 0.1 -w 10 -s 8952 " PEER6);
	peer_does("ping -q -n -M do -c 3 -i 0.2 -w 10 -s 8972 " CLIENT4);
	tcp_there_and_back(PEER4, 16 << 20);
	ck_assert_int_eq(system_set(sys, "mtu", "1500"), 0);
}
END_TEST

START_TEST(a_rate_cap_is_kept)
{
	uint64_t start;

	ck_assert_int_eq(system_set(sys, "rate", "40"), 0);
	start = now_us();
	tcp_there_and_back(PEER4, 5 << 20);
	/* 40 Mbit each way at 40 Mbit/s, less a bucket's worth. */
	ck_assert_uint_gt(now_us() - start, 1800 * USEC_PER_MSEC);
	ck_assert_int_eq(system_set(sys, "rate", "0"), 0);
}
END_TEST

static void add(const char *name, uint64_t value, void *arg)
{
	uint64_t *sum = arg;

	if (streq(name, "net0.client.netdev.tx_packets"))
		sum[0] += value;
	if (streq(name, "net0.driver.card.tx_packets"))
		sum[1] += value;
	if (strstr(name, "violations"))
		sum[2] += value;
}

START_TEST(nothing_was_out_of_order)
{
	uint64_t sum[3] = { 0 };

	ck_assert_int_eq(system_counters(sys, add, sum), 0);
	ck_assert_uint_gt(sum[0], 1000);
	ck_assert_uint_gt(sum[1], 1000);
	ck_assert_uint_eq(sum[2], 0);
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("net-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, pings_of_all_sizes_are_answered);
	tcase_add_test(tc, tcp_is_carried_byte_for_byte);
	tcase_add_test(tc, vlans_pass);
	tcase_add_test(tc, multicast_reaches_who_joined);
	tcase_add_test(tc, every_mtu_holds_and_ipv6_returns);
	tcase_add_test(tc, jumbo_frames_pass_whole);
	tcase_add_test(tc, a_rate_cap_is_kept);
	tcase_add_test(tc, nothing_was_out_of_order);
	return run_suite("net-system", &tc, 1);
}
