// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do two CAN interfaces of the client's on one bus do all that can-utils want of them? Named
 * checks, the same for every driver, wherever that runs: frames of all kinds arrive as they were
 * sent, both ways; many in a row arrive in order, none lost and none twice; filters hold; an
 * interface that is taken down and set up again works. Then how many frames a second there are. The
 * first check that fails ends it.
 */
#include "conformance.h"
#include "script.h"

/* The checks, and the interfaces that they are about. */
struct test {
	struct conformance c;
	struct drivervm_device ends[2];
};

static const char *const classes[] = { "can", NULL };
static const char *const tools[] = { "candump", "cangen", "cansend", NULL };

static const struct drivervm_option options[] = {
	{ .name = "frames",
	  .help = "in a row, of 8 bytes each",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "2000",
	  .min = 1,
	  .max = 65536 },
	{ .name = "quiet_ms",
	  .help = "of silence after which no more frames are expected, milliseconds",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "1000",
	  .min = 100,
	  .max = 60000 },
	{ .name = NULL },
};

/*
 * Before each script; up: hundredths of a second. listen FILE IF FILTER...: begins to write what
 * comes in, until it has been quiet for $q ms, and waits until it does (or has ended already, on a
 * busy host); heard FILE: what came.
 */
#define PRELUDE                                                                                 \
	SCRIPT_UP                                                                               \
	"listen() { f=$1; shift; rm -f $f; candump -L -r 4194304 -T $q \"$@\" "                 \
	">$f 2>&1 & until grep -q \"^ *${1%%,*} \" /proc/net/can/rcvlist_* "                    \
	"|| ! kill -0 $! 2>/dev/null; do usleep 10000; done; }\n"                               \
	"heard() { sed 's/.* //' $1; }\n"                                                       \
	"same() { heard $1 | cmp - $2 || { echo \"it was heard: $(heard $1 | tr '\\n' ' ')\"; " \
	"exit 1; }; }\n"

/* Standard and extended identifiers, with all lengths of data, and remote frames. */
#define FRAMES                                                                    \
	"123# 000#01 7FF#0123 001#012345 123#01234567 7FE#0123456789 "            \
	"100#0123456789AB 010#0123456789ABCD 123#0123456789ABCDEF 12345678#0011 " \
	"00000000# 1FFFFFFF#FFEEDDCCBBAA9988 123#R 12345678#R"
#define SEND_ALL(from, to)                                                                  \
	"listen /tmp/can " to "\n"                                                          \
	"for f in " FRAMES "; do echo $f; cansend " from " $f || exit 1; done >/tmp/sent\n" \
	"wait; same /tmp/can /tmp/sent"
/* What is to be heard is written down before anybody listens: that takes a slow client its time. */
#define BURST                                                                                        \
	"i=0; while [ $i -lt $n ]; do printf '%03X#%02X%02X000000000000\\n' $((i % 2048)) "          \
	"$((i % 256)) $((i / 256)); i=$((i + 1)); done >/tmp/sent\n"                                 \
	"listen /tmp/can $b\n"                                                                       \
	"from=$(up); cangen $a -g 0 -n $n -p 1000 -I i -L 8 -D i || exit 1; for=$(($(up) - from))\n" \
	"wait; same /tmp/can /tmp/sent; echo $for"
#define FILTER                                                                     \
	"listen /tmp/can $b,100:700\n"                                             \
	"for f in 0FF#01 100#02 1FF#03 200#04; do cansend $a $f || exit 1; done\n" \
	"printf '100#02\\n1FF#03\\n' >/tmp/sent; wait; same /tmp/can /tmp/sent"
/* The sender's neighbours in the client hear a frame too, once it is on the bus. */
#define ECHO                                                \
	"listen /tmp/can $a; cansend $a 321#04 || exit 1\n" \
	"echo 321#04 >/tmp/sent; wait; same /tmp/can /tmp/sent"
#define DOWN_UP                                                                                    \
	"/bin/ip link set $a down && ! cansend $a 123#00 2>/dev/null && "                          \
	"/bin/ip link set $a up || { echo 'it does not go down'; exit 1; }\n"                      \
	"listen /tmp/can $b\n"                                                                     \
	"i=0; until cansend $a 321#05; do [ $((i += 1)) -lt 100 ] || exit 1; usleep 50000; done\n" \
	"echo 321#05 >/tmp/sent; wait; same /tmp/can /tmp/sent"

static int check(struct drivervm_env *env, struct test *t, const char *name, const char *script)
{
	char prelude[2048];

	snprintf(prelude, sizeof(prelude), "a=%s b=%s n=%u q=%u\n" PRELUDE, t->ends[0].name,
		 t->ends[1].name, (unsigned int)env->ops->option_uint(env, "frames"),
		 (unsigned int)env->ops->option_uint(env, "quiet_ms"));
	return conformance_check(env, &t->c, name, prelude, script);
}

/* From the first frame until the last has been put into the client's queue. */
static int burst(struct drivervm_env *env, struct test *t)
{
	double frames = (double)env->ops->option_uint(env, "frames");
	int err = check(env, t, "burst", BURST);
	unsigned int hundredths;

	if (err)
		return err;
	if (sscanf(t->c.said, "%u", &hundredths) != 1 || !hundredths) {
		env->ops->log(env, "no time of %.0f frames: '%s'", frames, t->c.said);
		return -EINVAL;
	}
	return env->ops->sample(env, "frame_rate", "1/s", frames / (hundredths / 100.0));
}

static int conformance_run(struct drivervm_env *env, void *state)
{
	struct test t = { 0 };
	unsigned int i;
	int err = 0;

	(void)state;
	for (i = 0; i < 2 && !err; i++)
		err = env->ops->device(env, "can", i, &t.ends[i]);
	if (err) {
		env->ops->log(env, "two CAN interfaces are needed");
		return err;
	}
	err = check(env, &t, "frames", SEND_ALL("$a", "$b"));
	if (!err)
		err = check(env, &t, "frames-back", SEND_ALL("$b", "$a"));
	if (!err)
		err = check(env, &t, "filter", FILTER);
	if (!err)
		err = check(env, &t, "echo", ECHO);
	if (!err)
		err = check(env, &t, "down-up", DOWN_UP);
	if (!err)
		err = burst(env, &t);
	return err ? err : env->ops->sample(env, "checks", "1", t.c.passed);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "can-conformance",
	.summary = "do two CAN interfaces on one bus do all that they should? named checks",
	.classes = classes,
	.options = options,
	.metric = "checks",
	.client_tools = tools,
	.run = conformance_run,
};
