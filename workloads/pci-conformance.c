// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does a PCI bus do all that the client's tools want of one? Named checks of the client's bus, the
 * same for every driver, wherever that runs: it is listed, configuration space reads the same twice
 * and cannot be set to anything, all of it goes and is found again; then what a read costs, and
 * finding all. The first check that fails ends it.
 */
#include "conformance.h"
#include "script.h"

static const char *const classes[] = { "pci", NULL };
static const char *const tools[] = { "lspci", "setpci", NULL };

static const struct drivervm_option options[] = {
	{ .name = "reads",
	  .help = "of all of a function's configuration space, to time one",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "5",
	  .min = 1,
	  .max = 10000 },
	{ .name = NULL },
};

/* Before each script. up: hundredths of a second. */
#define PRELUDE                                                                \
	"d=/sys/bus/pci/devices; set -- $d/$b:*; f=$1; s=${f##*/}\n" SCRIPT_UP \
	"all() { echo $d/$b:* | wc -w; }\n"

#define LIST                                                              \
	"lspci -n -s $s -vvxxxx >/tmp/pci || exit 1\n"                    \
	"grep -q '^00: ' /tmp/pci && ! grep -q '^00: ff ff' /tmp/pci || " \
	"{ echo \"$s does not answer\"; exit 1; }"
#define SAME                                                          \
	"a=$(lspci -n -s $s -xxxx) && b2=$(lspci -n -s $s -xxxx) && " \
	"[ \"$a\" = \"$b2\" ] || { echo 'it reads differently'; exit 1; }"
#define SIZE \
	"[ $(cat $f/config | wc -c) -ge 256 ] || { echo 'configuration space is short'; exit 1; }"
#define READ                                                                         \
	"i=0; a=$(up); while [ $i -lt $n ]; do cat $f/config >/dev/null || exit 1; " \
	"i=$((i + 1)); done; b=$(up); echo $((b - a)) $(cat $f/config | wc -c)"
#define FIND                                                                                    \
	"n=$(all); for x in $d/$b:*; do echo 1 >$x/remove; done\n"                              \
	"[ ! -e $f ] || { echo 'it cannot be removed'; exit 1; }\n"                             \
	"a=$(up); echo 1 >/sys/class/pci_bus/$b/rescan; i=0\n"                                  \
	"until [ -e $f ] && [ $(all) = $n ] && [ \"$(cat $f/vendor)\" != 0xfef4 ]; do "         \
	"[ $((i += 1)) -lt 1000 ] || { echo 'it is not found again'; exit 1; }; usleep 10000; " \
	"done; echo $(($(up) - a))"

static int check(struct drivervm_env *env, struct conformance *c, const char *name,
		 const char *script)
{
	const char *path = env->ops->device_path(env, "pci");
	char prelude[1024];

	snprintf(prelude, sizeof(prelude), "b=%s n=%u\n" PRELUDE, strrchr(path, '/') + 1,
		 (unsigned int)env->ops->option_uint(env, "reads"));
	return conformance_check(env, c, name, prelude, script);
}

/* Linux reads configuration space in four bytes at a time. */
static int time_reads(struct drivervm_env *env, struct conformance *c)
{
	double reads = (double)env->ops->option_uint(env, "reads");
	unsigned int hundredths, bytes;
	int err = check(env, c, "read", READ);

	if (err)
		return err;
	if (sscanf(c->said, "%u %u", &hundredths, &bytes) != 2 || bytes < 4) {
		env->ops->log(env, "no time of %.0f reads: '%s'", reads, c->said);
		return -EINVAL;
	}
	return env->ops->sample(env, "config_read_time", "us",
				hundredths * 1e4 / reads / (bytes / 4.0));
}

static int time_finding(struct drivervm_env *env, struct conformance *c)
{
	unsigned int hundredths;
	int err = check(env, c, "find", FIND);

	if (err)
		return err;
	if (sscanf(c->said, "%u", &hundredths) != 1) {
		env->ops->log(env, "no time of finding all: '%s'", c->said);
		return -EINVAL;
	}
	return env->ops->sample(env, "enumeration_time", "ms", hundredths * 10.0);
}

static int conformance_run(struct drivervm_env *env, void *state)
{
	struct conformance c = { 0 };
	int err;

	(void)state;
	err = check(env, &c, "list", LIST);
	if (!err)
		err = check(env, &c, "same", SAME);
	if (!err)
		err = check(env, &c, "size", SIZE);
	if (!err)
		err = time_reads(env, &c);
	if (!err)
		err = time_finding(env, &c);
	return err ? err : env->ops->sample(env, "checks", "1", c.passed);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "pci-conformance",
	.summary = "does a PCI bus do all that one should? named checks, then the time of a read",
	.classes = classes,
	.options = options,
	.metric = "checks",
	.client_tools = tools,
	.run = conformance_run,
};
