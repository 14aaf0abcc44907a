// SPDX-License-Identifier: GPL-2.0-or-later
/* The checks: scripts at either end that use the names and functions of its file, or TCP. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net-conformance.h"

/* Below this the kernel takes IPv6, and its addresses, off an interface (RFC 8200). */
#define IPV6_MTU_MIN 1280

/* A piece of shell at one end; the last line that it prints says what is wrong. */
struct step {
	enum drivervm_side side;
	const char *script; /* NULL: there is none */
};

struct check {
	const char *name;
	bool ipv6; /* left out if the MTU is too small for it */
	struct step steps[3];
	/* Instead of steps: TCP to that end. */
	bool tcp;
	enum drivervm_side to;
};

/* Forgets the other end's hardware address, and has to find it out again for a ping. */
#define RESOLVE                                            \
	"$ip neigh flush dev $dev && echoed 56 $other && " \
	"$ip neigh show to $other dev $dev | grep lladdr"

/* Neighbour discovery is multicast, so it tells that this passes as well. */
#define RESOLVE6                                                          \
	"$ip -6 neigh flush dev $dev && for s in 0 56 $((mtu - 48)); do " \
	"echoed $s $other6 || exit 1; done; "                             \
	"$ip -6 neigh show to $other6 dev $dev | grep lladdr"

/*
 * From the peer, where starting a process costs least; every size passes in both directions. 18
 * bytes make the smallest frame, 60 bytes long.
 */
#define SIZES                                                                  \
	"max=$((mtu - 28)); s=0; while [ $s -le $max ]; do "                   \
	"echoed $s $other || exit 1; s=$((s + (mtu / 256 | 1))); done; "       \
	"for s in 17 18 19 127 128 129 255 256 257 $((max - 3)) $((max - 2)) " \
	"$((max - 1)) $max; do [ $s -gt $max ] || echoed $s $other || exit 1; done"

/* vlan-echo is at the other end. */
#define TAGGED                                                                                     \
	"modprobe 8021q; $ip link add link $dev name vlan" VLAN " type vlan id " VLAN              \
	" && $ip addr add 10.78.0.2/24 dev vlan" VLAN " && $ip link set vlan" VLAN " up"           \
	" && echoed 0 " VLAN_PEER " && echoed 56 " VLAN_PEER " && echoed $((mtu - 28)) " VLAN_PEER \
	"; bad=$?; $ip link del vlan" VLAN " && exit $bad"

/* The kernel joins the group, and answers. */
#define JOIN                                                     \
	"$ip addr replace 239.77.77.77/32 dev $dev autojoin && " \
	"echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts"
#define TO_GROUP "echoed 56 \"-I $dev 239.77.77.77\""
#define LEAVE                                                        \
	"echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts && " \
	"$ip addr del 239.77.77.77/32 dev $dev"

/* An MTU too small for IPv6 takes that off the interface, with its settings and addresses. */
#define CHANGE_MTU                                                                       \
	"small=$((mtu > 1000 ? 1000 : mtu / 2)); cd /proc/sys/net/ipv6/conf\n"           \
	"old=$(grep . $dev/accept_dad $dev/accept_ra $dev/router_solicitations)\n"       \
	"$ip link set $dev mtu $small && reached $((small - 28)) $other; bad=$?\n"       \
	"$ip link set $dev mtu $mtu && for s in $old; do echo ${s#*:} >${s%%:*}; done\n" \
	"put_back; [ $bad = 0 ] && reached $((mtu - 28)) $other"

/* Going down takes the IPv6 address away. */
#define DOWN_UP                                                                       \
	"$ip link set $dev down || exit 1\n"                                          \
	"$ping -n -c 1 -W 1 $other && bad='the peer answers though it is down'\n"     \
	"$ip link set $dev up; put_back; [ -z \"$bad\" ] || { echo $bad; exit 1; }\n" \
	"reached 56 $other && { [ $mtu -lt 1280 ] || reached 56 $other6; }"

static const struct check checks[] = {
	{ .name = "arp-ask", .steps = { { DRIVERVM_CLIENT, RESOLVE } } },
	{ .name = "arp-answer", .steps = { { DRIVERVM_PEER, RESOLVE } } },
	{ .name = "sizes", .steps = { { DRIVERVM_PEER, SIZES } } },
	{ .name = "ipv6-ask", .ipv6 = true, .steps = { { DRIVERVM_CLIENT, RESOLVE6 } } },
	{ .name = "ipv6-answer", .ipv6 = true, .steps = { { DRIVERVM_PEER, RESOLVE6 } } },
	/* The client sends what it has received before. */
	{ .name = "tcp-receive", .tcp = true, .to = DRIVERVM_CLIENT },
	{ .name = "tcp-send", .tcp = true, .to = DRIVERVM_PEER },
	{ .name = "tcp6-receive", .ipv6 = true, .tcp = true, .to = DRIVERVM_CLIENT },
	{ .name = "tcp6-send", .ipv6 = true, .tcp = true, .to = DRIVERVM_PEER },
	{ .name = "vlan", .steps = { { DRIVERVM_CLIENT, TAGGED } } },
	{ .name = "multicast",
	  .steps = { { DRIVERVM_CLIENT, JOIN },
		     { DRIVERVM_PEER, TO_GROUP },
		     { DRIVERVM_CLIENT, LEAVE } } },
	{ .name = "mtu", .steps = { { DRIVERVM_CLIENT, CHANGE_MTU } } },
	{ .name = "down-up", .steps = { { DRIVERVM_CLIENT, DOWN_UP } } },
	{ .name = NULL },
};

/* Keeps the last line of what was printed. */
static void keep_last_line(struct net_conformance *c, const char *output)
{
	size_t end = output ? strlen(output) : 0, start;

	while (end > 0 && output[end - 1] == '\n')
		end--;
	for (start = end; start > 0 && output[start - 1] != '\n'; start--)
		;
	snprintf(c->said, sizeof(c->said), "%.*s", (int)(end - start), end ? output + start : "");
}

int net_script(struct drivervm_env *env, struct net_conformance *c, enum drivervm_side side,
	       const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	char *output;
	int err;

	if (side == DRIVERVM_CLIENT)
		err = env->ops->client_exec(env, argv, CHECK_MS, &output);
	else
		err = env->ops->peer_exec(env, argv, CHECK_MS, &output);
	keep_last_line(c, err >= 0 ? output : NULL);
	free(output);
	return err;
}

static int run_step(struct drivervm_env *env, struct net_conformance *c, const struct step *step)
{
	char script[1024];
	int err;

	if (!step->script)
		return 0;
	snprintf(script, sizeof(script), ". %s/names; %s", c->dir, step->script);
	err = net_script(env, c, step->side, script);
	return err > 0 ? -EIO : err;
}

/* Sends the payload, as soon as the other end is there to receive it; returns a handle. */
static int start_sender(struct drivervm_env *env, const struct net_conformance *c,
			const struct check *check)
{
	const char *six = check->ipv6 ? "6" : "";
	char script[320];
	const char *const argv[] = { "sh", "-c", script, NULL };

	snprintf(script, sizeof(script),
		 ". %s/names; until %s -%s -t -s $other%s <%s/payload >/dev/null 2>&1; "
		 "do sleep 0.05; done",
		 c->dir, c->nuttcp, *six ? six : "4", six, c->dir);
	if (check->to == DRIVERVM_CLIENT)
		return env->ops->peer_start(env, argv);
	return env->ops->client_start(env, argv);
}

/* One TCP connection: what comes out must be what went in. */
static int run_tcp(struct drivervm_env *env, struct net_conformance *c, const struct check *check)
{
	char script[200], came[sizeof(c->digest)];
	int sender, err;

	sender = start_sender(env, c, check);
	if (sender < 0)
		return sender;
	snprintf(script, sizeof(script), "%s -%s -r -s | tee %s/%s | md5sum", c->nuttcp,
		 check->ipv6 ? "6" : "4", c->dir,
		 check->to == DRIVERVM_CLIENT ? "payload" : "back");
	err = net_script(env, c, check->to, script);
	env->ops->stop(env, sender);
	if (err < 0)
		return err;
	snprintf(came, sizeof(came), "%.32s", c->said);
	if (!strcmp(came, c->digest))
		return 0;
	snprintf(c->said, sizeof(c->said), "MD5 of what was sent: %s; of what came: %s", c->digest,
		 came);
	return -EIO;
}

static int run_check(struct drivervm_env *env, struct net_conformance *c, const struct check *check)
{
	size_t i;
	int err = 0;

	if (check->tcp)
		err = run_tcp(env, c, check);
	for (i = 0; i < sizeof(check->steps) / sizeof(check->steps[0]) && !err; i++)
		err = run_step(env, c, &check->steps[i]);
	if (err)
		env->ops->log(env, "check %s failed: %s", check->name,
			      c->said[0] ? c->said : strerror(-err));
	return err;
}

int net_check_all(struct drivervm_env *env, struct net_conformance *c, unsigned int *passed)
{
	const struct check *check;
	int err = 0;

	*passed = 0;
	for (check = checks; check->name && !err; check++) {
		if (check->ipv6 && c->mtu < IPV6_MTU_MIN)
			continue;
		err = run_check(env, c, check);
		*passed += !err;
	}
	return err;
}
