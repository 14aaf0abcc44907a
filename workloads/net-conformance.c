// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does a network card do all that an ordinary network card does? Named checks of the client's
 * interface against the peer, the same for every driver, wherever that runs; then a short
 * throughput figure each way. The first check that fails ends it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivervm_workload.h"

#define CHECK_MS 60000 /* for one check; nothing takes as long unless it hangs */
#define START_MS 10000 /* for a server to listen */
#define GRACE_MS 20000 /* a transfer may take that much longer than it was told to */
/* Below this the kernel takes IPv6, and its addresses, off an interface (RFC 8200). */
#define IPV6_MTU_MIN 1280

#define VLAN "77"
#define VLAN_PEER "10.78.0.1"

struct conformance {
	char dir[32]; /* of files, at either end */
	unsigned int mtu;
	unsigned int control_port; /* of nuttcp's server */
	char nuttcp[64]; /* and how it is called at either end */
	char digest[33]; /* MD5 of what TCP carries */
	char said[256]; /* the last line of what was run last; "": see the log */
};

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

/*
 * The ends as they call themselves: see harness/net/switch.h. The client's tools go by path: its
 * shell would prefer applets of its own.
 */
#define CLIENT_NAMES "ip=/bin/ip ping=/bin/ping dev=net0 me6=fd77::2 other=10.77.0.1 other6=fd77::1"
#define PEER_NAMES "ip=ip ping=ping dev=peer0 me6=fd77::1 other=10.77.0.2 other6=fd77::2"

/*
 * echoed SIZE ADDRESS: one ping of so many bytes, which has to come back unchanged. reached: the
 * same, tried for a while, because cards reset on some changes and lose what comes meanwhile.
 * put_back: the IPv6 address, which some changes take off the interface.
 */
#define FUNCTIONS                                                                          \
	"wrong() { echo \"$1 bytes: $(echo \"$o\" | grep . | tail -n 1)\"; return 1; }\n"  \
	"echoed() { o=$($ping -n -c 1 -W 5 -M do -s $1 $2 2>&1) || wrong $1 || return 1\n" \
	"case $o in *wrong*|*BAD*) o=$(echo \"$o\" | grep -E 'wrong|BAD'); wrong $1;; "    \
	"esac; }\n"                                                                        \
	"reached() { end=$(($(date +%s) + 20))\n"                                          \
	"until o=$($ping -n -c 1 -W 1 -M do -s $1 $2 2>&1)\n"                              \
	"do [ $(date +%s) -lt $end ] || wrong $1 || return 1; sleep 0.05; done; }\n"       \
	"put_back() { [ $mtu -lt 1280 ] || $ip addr replace $me6/64 dev $dev nodad; }\n"

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

static const char *const classes[] = { "net", NULL };
static const char *const client_tools[] = { "ip", "ping", "nuttcp", NULL };
static const char *const peer_tools[] = { "ip", "ping", "nuttcp", "md5sum", NULL };

static const struct drivervm_option options[] = {
	{ .name = "bytes",
	  .help = "of payload that TCP carries each way and that is compared",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "4194304",
	  .min = 1,
	  .max = 1u << 26 },
	{ .name = "duration_ms",
	  .help = "of each throughput measurement, milliseconds",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "500",
	  .min = 200,
	  .max = 3600000 },
	{ .name = "window",
	  .help = "bytes of socket buffer for receiving; 0: the kernel decides",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "0",
	  .max = 1u << 30 },
	{ .name = NULL },
};

/* Keeps the last line of what was printed. */
static void keep_last_line(struct conformance *c, const char *output)
{
	size_t end = output ? strlen(output) : 0, start;

	while (end > 0 && output[end - 1] == '\n')
		end--;
	for (start = end; start > 0 && output[start - 1] != '\n'; start--)
		;
	snprintf(c->said, sizeof(c->said), "%.*s", (int)(end - start), end ? output + start : "");
}

/* The exit code, or a negative errno. */
static int run_script(struct drivervm_env *env, struct conformance *c, enum drivervm_side side,
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

static int run_step(struct drivervm_env *env, struct conformance *c, const struct step *step)
{
	char script[1024];
	int err;

	if (!step->script)
		return 0;
	snprintf(script, sizeof(script), ". %s/names; %s", c->dir, step->script);
	err = run_script(env, c, step->side, script);
	return err > 0 ? -EIO : err;
}

/* Sends the payload, as soon as the other end is there to receive it; returns a handle. */
static int start_sender(struct drivervm_env *env, const struct conformance *c,
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
static int run_tcp(struct drivervm_env *env, struct conformance *c, const struct check *check)
{
	char script[200], came[sizeof(c->digest)];
	int sender, err;

	sender = start_sender(env, c, check);
	if (sender < 0)
		return sender;
	snprintf(script, sizeof(script), "%s -%s -r -s | tee %s/%s | md5sum", c->nuttcp,
		 check->ipv6 ? "6" : "4", c->dir,
		 check->to == DRIVERVM_CLIENT ? "payload" : "back");
	err = run_script(env, c, check->to, script);
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

static int run_check(struct drivervm_env *env, struct conformance *c, const struct check *check)
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

/* nuttcp's "rate_Mbps=", in bit/s; negative if it is not there. */
static double parse_rate(const char *text)
{
	const char *rate = strstr(text, "rate_Mbps=");

	return rate ? strtod(rate + strlen("rate_Mbps="), NULL) * 1e6 : -1;
}

static int transfer(struct drivervm_env *env, struct conformance *c, char direction,
		    const char *metric)
{
	uint64_t ms = env->ops->option_uint(env, "duration_ms");
	char script[160];
	double rate;
	int err;

	snprintf(script, sizeof(script), "%s -%c -fparse -T%" PRIu64 ".%03" PRIu64 " %s", c->nuttcp,
		 direction, ms / 1000, ms % 1000, env->ops->peer_address(env));
	err = run_script(env, c, DRIVERVM_CLIENT, script);
	rate = parse_rate(c->said);
	if (!err && rate > 0)
		return env->ops->sample(env, metric, "bit/s", rate);
	env->ops->log(env, "no %s: %s", metric, err < 0 ? strerror(-err) : c->said);
	return err < 0 ? err : -EIO;
}

static int measure_throughput(struct drivervm_env *env, struct conformance *c)
{
	const struct drivervm_host_ops *ops = env->ops;
	char port[16];
	const char *const argv[] = { "nuttcp", "-S", "--nofork", "-P", port, NULL };
	int server, err;

	snprintf(port, sizeof(port), "%u", c->control_port);
	server = ops->peer_start(env, argv);
	if (server < 0)
		return server;
	err = ops->wait_port(env, DRIVERVM_PEER, DRIVERVM_TCP, c->control_port, START_MS);
	if (!err)
		err = transfer(env, c, 't', "throughput_send");
	if (!err)
		err = transfer(env, c, 'r', "throughput_receive");
	ops->stop(env, server);
	return err;
}

static int conformance_run(struct drivervm_env *env, void *state)
{
	struct conformance *c = state;
	const struct check *check;
	unsigned int passed = 0;
	int err;

	for (check = checks; check->name; check++) {
		if (check->ipv6 && c->mtu < IPV6_MTU_MIN)
			continue;
		err = run_check(env, c, check);
		if (err)
			return err;
		passed++;
	}
	err = measure_throughput(env, c);
	return err ? err : env->ops->sample(env, "checks", "1", passed);
}

/* What scripts use, in a file at either end. */
static int write_names(struct drivervm_env *env, struct conformance *c)
{
	char script[2048];
	int err;

	snprintf(script, sizeof(script),
		 "mkdir %s && cat >%s/names <<'END' && cat /sys/class/net/net0/mtu\n"
		 "mtu=$(cat /sys/class/net/net0/mtu) %s\n%sEND",
		 c->dir, c->dir, CLIENT_NAMES, FUNCTIONS);
	err = run_script(env, c, DRIVERVM_CLIENT, script);
	if (err)
		return err < 0 ? err : -EIO;
	c->mtu = (unsigned int)strtoul(c->said, NULL, 10);
	snprintf(script, sizeof(script), "cat >%s/names <<'END'\nmtu=%u %s\n%sEND", c->dir, c->mtu,
		 PEER_NAMES, FUNCTIONS);
	err = run_script(env, c, DRIVERVM_PEER, script);
	return err > 0 ? -EIO : err;
}

/* At the peer. */
static int make_payload(struct drivervm_env *env, struct conformance *c)
{
	char script[160];
	int err;

	snprintf(script, sizeof(script),
		 "cd %s && head -c %" PRIu64 " /dev/urandom >payload && md5sum <payload", c->dir,
		 env->ops->option_uint(env, "bytes"));
	err = run_script(env, c, DRIVERVM_PEER, script);
	snprintf(c->digest, sizeof(c->digest), "%.32s", c->said);
	return err > 0 ? -EIO : err;
}

static int prepare_nuttcp(struct drivervm_env *env, struct conformance *c)
{
	uint64_t window = env->ops->option_uint(env, "window");
	int control = env->ops->free_port(env, DRIVERVM_PEER, DRIVERVM_TCP);
	int data = env->ops->free_port(env, DRIVERVM_PEER, DRIVERVM_TCP);

	if (control < 0 || data < 0)
		return control < 0 ? control : data;
	c->control_port = (unsigned int)control;
	snprintf(c->nuttcp, sizeof(c->nuttcp), "nuttcp -P %d -p %d", control, data);
	/* In KiB; without it the kernel decides. */
	if (window)
		snprintf(c->nuttcp, sizeof(c->nuttcp), "nuttcp -P %d -p %d -w%" PRIu64, control,
			 data, (window + 1023) / 1024);
	return 0;
}

/* It was built beside this plugin. */
static int start_vlan_echo(struct drivervm_env *env)
{
	char path[512];
	const char *const argv[] = { path, "peer0", VLAN, VLAN_PEER, NULL };
	Dl_info self;
	int handle;

	if (!dladdr(checks, &self))
		return -ENOENT;
	snprintf(path, sizeof(path), "%.*s/vlan-echo",
		 (int)(strrchr(self.dli_fname, '/') - self.dli_fname), self.dli_fname);
	handle = env->ops->peer_start(env, argv);
	return handle < 0 ? handle : 0;
}

static void conformance_teardown(struct drivervm_env *env, void *state)
{
	struct conformance *c = state;
	const char *const argv[] = { "rm", "-rf", c->dir, NULL };

	env->ops->client_exec(env, argv, CHECK_MS, NULL);
	env->ops->peer_exec(env, argv, CHECK_MS, NULL);
	free(c);
}

static int conformance_setup(struct drivervm_env *env, void **state)
{
	struct conformance *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	/* The peer's files are this machine's. */
	snprintf(c->dir, sizeof(c->dir), "/tmp/conformance-XXXXXX");
	err = mkdtemp(c->dir) ? write_names(env, c) : -errno;
	if (!err)
		err = make_payload(env, c);
	if (!err)
		err = prepare_nuttcp(env, c);
	if (!err)
		err = start_vlan_echo(env);
	if (err)
		conformance_teardown(env, c);
	else
		*state = c;
	return err;
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "net-conformance",
	.summary = "does a network card do all that one should? named checks, then throughput",
	.classes = classes,
	.options = options,
	.metric = "checks",
	.client_tools = client_tools,
	.peer_tools = peer_tools,
	.setup = conformance_setup,
	.run = conformance_run,
	.teardown = conformance_teardown,
};
