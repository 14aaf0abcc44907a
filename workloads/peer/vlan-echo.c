// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine on a VLAN, for the peer of net-conformance: answers ARP requests and pings to one IPv4
 * address, if they carry the 802.1Q tag of that VLAN, in frames that do too. It needs no VLAN
 * devices of the host's kernel, so the test is the same on every host.
 *
 *	vlan-echo INTERFACE VLAN ADDRESS
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAG_LEN 4
#define VLAN_ID_MASK 0x0fff
#define FRAME_MAX 65536

/* A frame with its tag, which the kernel takes out of those that it hands over. */
struct frame {
	uint8_t to[ETH_ALEN];
	uint8_t from[ETH_ALEN];
	uint16_t tpid;
	uint16_t tci;
	uint16_t type;
	uint8_t payload[FRAME_MAX];
} __attribute__((packed));

struct machine {
	int fd;
	uint16_t vlan;
	in_addr_t address;
	uint8_t mac[ETH_ALEN];
};

static void attach(struct machine *m, const char *interface)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct ifreq ifr = { 0 };
	int on = 1;

	m->fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (m->fd < 0)
		err(1, "packet socket");
	strncpy(ifr.ifr_name, interface, sizeof(ifr.ifr_name) - 1);
	at.sll_ifindex = (int)if_nametoindex(interface);
	if (ioctl(m->fd, SIOCGIFHWADDR, &ifr))
		err(1, "%s", interface);
	memcpy(m->mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	if (setsockopt(m->fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    bind(m->fd, (struct sockaddr *)&at, sizeof(at)))
		err(1, "%s", interface);
}

/* The tag that the kernel took out of a frame; false if there was none. */
static bool find_tag(struct msghdr *msg, uint16_t *tci)
{
	struct tpacket_auxdata aux;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		*tci = aux.tp_vlan_tci;
		return aux.tp_status & TP_STATUS_VLAN_VALID;
	}
	return false;
}

/* The next frame that came in with our tag: the length of its payload. */
static size_t receive(const struct machine *m, struct frame *f)
{
	struct iovec parts[] = {
		{ .iov_base = f->to, .iov_len = 2 * ETH_ALEN },
		{ .iov_base = &f->type, .iov_len = sizeof(f->type) + sizeof(f->payload) },
	};
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct sockaddr_ll from;
	uint16_t tci;
	ssize_t n;

	for (;;) {
		struct msghdr msg = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = parts,
			.msg_iovlen = 2,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};

		n = recvmsg(m->fd, &msg, 0);
		if (n >= ETH_HLEN && from.sll_pkttype != PACKET_OUTGOING && find_tag(&msg, &tci) &&
		    (tci & VLAN_ID_MASK) == m->vlan)
			return (size_t)n - ETH_HLEN;
	}
}

/* Turns an ARP request for our address into the answer; its length, or 0. */
static size_t answer_arp(const struct machine *m, struct frame *f, size_t len)
{
	struct ether_arp arp;

	if (len < sizeof(arp))
		return 0;
	memcpy(&arp, f->payload, sizeof(arp));
	if (arp.arp_op != htons(ARPOP_REQUEST) ||
	    memcmp(arp.arp_tpa, &m->address, sizeof(m->address)))
		return 0;
	arp.arp_op = htons(ARPOP_REPLY);
	memcpy(arp.arp_tha, arp.arp_sha, sizeof(arp.arp_tha));
	memcpy(arp.arp_tpa, arp.arp_spa, sizeof(arp.arp_tpa));
	memcpy(arp.arp_sha, m->mac, sizeof(arp.arp_sha));
	memcpy(arp.arp_spa, &m->address, sizeof(arp.arp_spa));
	memcpy(f->payload, &arp, sizeof(arp));
	return sizeof(arp);
}

/* Turns a ping to our address into the answer; its length, or 0. */
static size_t answer_ping(const struct machine *m, struct frame *f, size_t len)
{
	struct icmphdr icmp;
	struct iphdr ip;
	uint32_t sum;

	if (len < sizeof(ip) + sizeof(icmp))
		return 0;
	memcpy(&ip, f->payload, sizeof(ip));
	memcpy(&icmp, f->payload + sizeof(ip), sizeof(icmp));
	if (ip.ihl != sizeof(ip) / 4 || ntohs(ip.tot_len) > len || ip.protocol != IPPROTO_ICMP ||
	    ip.daddr != m->address || icmp.type != ICMP_ECHO)
		return 0;
	ip.daddr = ip.saddr;
	ip.saddr = m->address;
	/* The type is the upper byte of the first word that is summed up (RFC 1624). */
	icmp.type = ICMP_ECHOREPLY;
	sum = ntohs(icmp.checksum) + (ICMP_ECHO << 8);
	icmp.checksum = htons((uint16_t)(sum + (sum >> 16)));
	memcpy(f->payload, &ip, sizeof(ip));
	memcpy(f->payload + sizeof(ip), &icmp, sizeof(icmp));
	return ntohs(ip.tot_len);
}

static void answer(const struct machine *m, struct frame *f, size_t len)
{
	if (f->type == htons(ETH_P_ARP))
		len = answer_arp(m, f, len);
	else if (f->type == htons(ETH_P_IP))
		len = answer_ping(m, f, len);
	else
		len = 0;
	if (!len)
		return;
	memcpy(f->to, f->from, ETH_ALEN);
	memcpy(f->from, m->mac, ETH_ALEN);
	f->tpid = htons(ETH_P_8021Q);
	f->tci = htons(m->vlan);
	if (send(m->fd, f, offsetof(struct frame, payload) + len, 0) < 0)
		warn("answer of %zu bytes", len);
}

int main(int argc, char **argv)
{
	static struct frame f;
	struct machine m;

	if (argc != 4)
		errx(2, "usage: vlan-echo INTERFACE VLAN ADDRESS");
	m.vlan = (uint16_t)atoi(argv[2]);
	m.address = inet_addr(argv[3]);
	attach(&m, argv[1]);
	for (;;)
		answer(&m, &f, receive(&m, &f));
}
