// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does a network card do all that an ordinary network card does? Named checks of the client's
 * interface against the peer, the same for every driver, wherever that runs (checks.c); then a
 * short throughput figure each way (throughput.c). The first check that fails ends it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net-conformance.h"

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

static int conformance_run(struct drivervm_env *env, void *state)
{
	struct net_conformance *c = state;
	unsigned int passed;
	int err = net_check_all(env, c, &passed);

	if (!err)
		err = net_throughput(env, c);
	return err ? err : env->ops->sample(env, "checks", "1", passed);
}

/* What scripts use, in a file at either end. */
static int write_names(struct drivervm_env *env, struct net_conformance *c)
{
	char script[2048];
	int err;

	snprintf(script, sizeof(script),
		 "mkdir %s && cat >%s/names <<'END' && cat /sys/class/net/net0/mtu\n"
		 "mtu=$(cat /sys/class/net/net0/mtu) %s\n%sEND",
		 c->dir, c->dir, CLIENT_NAMES, FUNCTIONS);
	err = net_script(env, c, DRIVERVM_CLIENT, script);
	if (err)
		return err < 0 ? err : -EIO;
	c->mtu = (unsigned int)strtoul(c->said, NULL, 10);
	snprintf(script, sizeof(script), "cat >%s/names <<'END'\nmtu=%u %s\n%sEND", c->dir, c->mtu,
		 PEER_NAMES, FUNCTIONS);
	err = net_script(env, c, DRIVERVM_PEER, script);
	return err > 0 ? -EIO : err;
}

/* At the peer. */
static int make_payload(struct drivervm_env *env, struct net_conformance *c)
{
	char script[160];
	int err;

	snprintf(script, sizeof(script),
		 "cd %s && head -c %" PRIu64 " /dev/urandom >payload && md5sum <payload", c->dir,
		 env->ops->option_uint(env, "bytes"));
	err = net_script(env, c, DRIVERVM_PEER, script);
	snprintf(c->digest, sizeof(c->digest), "%.32s", c->said);
	return err > 0 ? -EIO : err;
}

static int prepare_nuttcp(struct drivervm_env *env, struct net_conformance *c)
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

	if (!dladdr(options, &self))
		return -ENOENT;
	snprintf(path, sizeof(path), "%.*s/vlan-echo",
		 (int)(strrchr(self.dli_fname, '/') - self.dli_fname), self.dli_fname);
	handle = env->ops->peer_start(env, argv);
	return handle < 0 ? handle : 0;
}

static void conformance_teardown(struct drivervm_env *env, void *state)
{
	struct net_conformance *c = state;
	const char *const argv[] = { "rm", "-rf", c->dir, NULL };

	env->ops->client_exec(env, argv, CHECK_MS, NULL);
	env->ops->peer_exec(env, argv, CHECK_MS, NULL);
	free(c);
}

static int conformance_setup(struct drivervm_env *env, void **state)
{
	struct net_conformance *c = calloc(1, sizeof(*c));
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
