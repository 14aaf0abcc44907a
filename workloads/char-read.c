// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long does a short read of a device file take? A stock dd reads 32 bytes at a time, as those
 * do who want a key. For random-number generators: other types of files have nothing to read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivervm_workload.h"
#include "script.h"

#define READ_MS 120000 /* nothing takes as long unless it hangs */

static const char *const classes[] = { "char", NULL };

static const struct drivervm_option options[] = {
	{ .name = "reads",
	  .help = "of 32 bytes, to time one",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "2000",
	  .min = 100,
	  .max = 1000000 },
	{ .name = NULL },
};

/* /proc/uptime counts in hundredths of a second. */
#define SCRIPT                                                                   \
	SCRIPT_UP                                                                \
	"a=$(up); got=$(dd if=%s bs=32 count=%u 2>/dev/null | wc -c); b=$(up)\n" \
	"[ $got = %u ] || { echo \"read $got bytes of %u\"; exit 1; }\necho $((b - a))\n"

static int read_run(struct drivervm_env *env, void *state)
{
	unsigned int reads = (unsigned int)env->ops->option_uint(env, "reads"), hundredths = 0;
	char text[512], *output = NULL;
	const char *const argv[] = { "sh", "-c", text, NULL };
	int err;

	(void)state;
	snprintf(text, sizeof(text), SCRIPT, env->ops->device_path(env, "char"), reads, reads * 32,
		 reads * 32);
	err = env->ops->client_exec(env, argv, READ_MS, &output);
	if (err) {
		env->ops->log(env, "reading failed: %s", output ? output : "no reason given");
		err = err < 0 ? err : -EIO;
	} else if (sscanf(output, "%u", &hundredths) != 1 || !hundredths) {
		env->ops->log(env, "%u reads took no time: '%s'", reads, output);
		err = -EINVAL;
	}
	free(output);
	return err ? err : env->ops->sample(env, "read_time", "us", hundredths * 1e4 / reads);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "char-read",
	.summary = "how long does a read of 32 bytes of a random-number generator take?",
	.classes = classes,
	.options = options,
	.metric = "read_time",
	.run = read_run,
};
