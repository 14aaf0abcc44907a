// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every device of a system is asked for one answer, as its class can give one: that all work at
 * once is what counts, not what they carry. Meters see, beside that, what they all cost.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "drivervm_workload.h"

struct tally {
	struct drivervm_env *env;
	size_t n;
	size_t answered;
	const char **drivers; /* of those that answered, each once; the names are the system's */
	size_t n_drivers;
	bool out_of_memory;
};

static void count_driver(struct tally *t, const char *driver)
{
	const char **more;
	size_t i;

	for (i = 0; i < t->n_drivers; i++)
		if (strcmp(t->drivers[i], driver) == 0)
			return;
	more = realloc(t->drivers, (t->n_drivers + 1) * sizeof(*more));
	if (!more) {
		t->out_of_memory = true;
		return;
	}
	t->drivers = more;
	t->drivers[t->n_drivers++] = driver;
}

static void on_answer(void *arg, const struct drivervm_answer *answer)
{
	struct tally *t = arg;

	t->n++;
	t->env->ops->device_sample(t->env, answer->device, "answers", "1", answer->why ? 0 : 1);
	if (answer->why) {
		t->env->ops->log(t->env, "%s (%s): %s", answer->device, answer->driver,
				 answer->why);
		return;
	}
	t->answered++;
	count_driver(t, answer->driver);
}

static int check_run(struct drivervm_env *env, void *state)
{
	struct tally t = { .env = env };
	double begin = now_s();
	int err = env->ops->ask(env, on_answer, &t);

	(void)state;
	if (!err && t.out_of_memory)
		err = -ENOMEM;
	if (!err && !t.n)
		err = -ENODEV;
	if (!err) {
		env->ops->sample(env, "served", "1", (double)t.answered / (double)t.n);
		env->ops->sample(env, "answered", "1", (double)t.answered);
		env->ops->sample(env, "drivers", "1", (double)t.n_drivers);
		env->ops->sample(env, "elapsed", "s", now_s() - begin);
	}
	free(t.drivers);
	return err;
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "many-check",
	.summary = "one answer from every device of a system, whatever its class",
	.whole_system = true,
	.metric = "served",
	.run = check_run,
};
