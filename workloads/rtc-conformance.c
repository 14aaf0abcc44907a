// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does a clock do all that an ordinary real-time clock does? Named checks of the client's clock,
 * the same for every driver, wherever that runs: it has the time, it goes on, it can be set, and
 * set back; then how long reading it takes. The first check that fails ends it.
 *
 * What is compared with is the client's own time, which it had from the host at boot.
 */
#include "conformance.h"
#include "script.h"

/* What is read one after the other may differ by so much; clocks count whole seconds. */
#define NEAR "2"

static const char *const classes[] = { "rtc", NULL };

static const struct drivervm_option options[] = {
	{ .name = "reads",
	  .help = "of the clock, to time one",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "500",
	  .min = 10,
	  .max = 1000000 },
	{ .name = NULL },
};

/* Before each script. ahead: by how much the clock is ahead of the client's own time, seconds. */
#define PRELUDE                                                              \
	SCRIPT_UP                                                            \
	"ahead() { echo $(($(cat $sys/since_epoch) - $(date +%%s))); }\n"    \
	"near() { [ $(($1 - $2)) -le " NEAR " ] && [ $(($2 - $1)) -le " NEAR \
	" ] || { echo \"it is $1 s ahead, expected $2\"; exit 1; }; }\n"

#define TIME "near $(ahead) 0"
#define GOES_ON                                                           \
	"a=$(cat $sys/since_epoch); sleep 3; b=$(cat $sys/since_epoch)\n" \
	"[ $((b - a)) -ge 2 ] && [ $((b - a)) -le 5 ] || "                \
	"{ echo \"it went on by $((b - a)) s in 3\"; exit 1; }"
/* A clock that is said to keep the time of a place five hours east of the client's. */
#define SET "TZ=XXX-5 hwclock -w -l -f $p || exit 1; near $(ahead) 18000"
#define SET_BACK "hwclock -w -u -f $p || exit 1; near $(ahead) 0"
#define TOOL "LC_ALL=C hwclock -r -u -f $p"
#define READ                                                              \
	"i=0; a=$(up)\n"                                                  \
	"while [ $i -lt $n ]; do read -r t <$sys/since_epoch || exit 1; " \
	"i=$((i + 1)); done\n"                                            \
	"echo $(($(up) - a))"

static int check(struct drivervm_env *env, struct conformance *c, const char *name,
		 const char *script)
{
	const char *path = env->ops->device_path(env, "rtc");
	char prelude[1024];

	snprintf(prelude, sizeof(prelude), "p=%s sys=/sys/class/rtc/%s n=%u\n" PRELUDE, path,
		 strrchr(path, '/') + 1, (unsigned int)env->ops->option_uint(env, "reads"));
	return conformance_check(env, c, name, prelude, script);
}

/* How long one of many reads takes; /proc/uptime counts in hundredths of a second. */
static int time_reads(struct drivervm_env *env, struct conformance *c)
{
	double reads = (double)env->ops->option_uint(env, "reads");
	unsigned int hundredths;
	int err = check(env, c, "read", READ);

	if (err)
		return err;
	if (sscanf(c->said, "%u", &hundredths) != 1 || !hundredths) {
		env->ops->log(env, "%.0f reads took no time: '%s'", reads, c->said);
		return -EINVAL;
	}
	return env->ops->sample(env, "read_time", "us", hundredths * 1e4 / reads);
}

static int conformance_run(struct drivervm_env *env, void *state)
{
	struct conformance c = { 0 };
	int err;

	(void)state;
	err = check(env, &c, "time", TIME);
	if (!err)
		err = check(env, &c, "tool", TOOL);
	if (!err)
		err = check(env, &c, "goes-on", GOES_ON);
	if (!err)
		err = check(env, &c, "set", SET);
	if (!err)
		err = check(env, &c, "set-back", SET_BACK);
	if (!err)
		err = time_reads(env, &c);
	return err ? err : env->ops->sample(env, "checks", "1", c.passed);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "rtc-conformance",
	.summary = "does a clock do all that one should? named checks, then the time of a read",
	.classes = classes,
	.options = options,
	.metric = "checks",
	.run = conformance_run,
};
