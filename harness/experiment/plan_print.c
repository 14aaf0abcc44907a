// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan for people: what --dry-run prints. */
#include <errno.h>

#include "core/progress.h"
#include "core/util.h"
#include "experiment/private.h"
#include "system/system.h"

static void print_axis(const struct experiment *exp, const struct experiment_axis *axis, FILE *out)
{
	unsigned int i;

	fprintf(out, "  %s:", axis->axis);
	for (i = 0; i < axis->n_values; i++) {
		const char *value = axis->values[i];
		const char *as = axis_value_as(exp, axis->axis, value);

		fprintf(out, " %s", value);
		if (!as)
			fputs(" (measured at the start)", out);
		else if (!streq(as, value))
			fprintf(out, " (%s)", as);
	}
	fputc('\n', out);
}

static void print_list(const char *what, char *const *v, unsigned int n, FILE *out)
{
	unsigned int i;

	fprintf(out, "  %s:", what);
	for (i = 0; i < n; i++)
		fprintf(out, " %s", v[i]);
	fputc('\n', out);
}

static void print_experiment(const struct experiment *exp, FILE *out)
{
	unsigned int i;

	fprintf(out, "%s: %s\n", exp->name, exp->question);
	fprintf(out, "  workload: %s\n", exp->workload);
	print_list("systems", exp->systems, exp->n_systems, out);
	print_list("drivers", exp->drivers, exp->n_drivers, out);
	if (exp->options.n)
		print_list("options", exp->options.v, exp->options.n, out);
	for (i = 0; i < exp->n_matrix; i++)
		print_axis(exp, &exp->matrix[i], out);
	fprintf(out, "  %u invocations of %u iterations, after %u to warm up\n", exp->invocations,
		exp->iterations, exp->warmup);
}

static void print_boot(const struct boot *b, FILE *out)
{
	size_t i, d;

	fprintf(out, "%s, invocation %u: %s, %s\n", b->exp->name, b->invocation, b->system,
		b->driver_name);
	for (i = 0; i < b->n_cells && b->cells[i].n_dims; i++) {
		fputs(" ", out);
		for (d = 0; d < b->cells[i].n_dims; d++)
			fprintf(out, " %s=%s", b->cells[i].dims[d].key, b->cells[i].dims[d].value);
		fputc('\n', out);
	}
}

/* Each system and driver once. */
static bool seen_before(const struct plan *plan, size_t n)
{
	const struct boot *b = &plan->boots[n];
	size_t i;

	for (i = 0; i < n; i++)
		if (streq(plan->boots[i].system, b->system) &&
		    streq(plan->boots[i].driver_name, b->driver_name))
			return true;
	return false;
}

static int print_commands(const struct plan *plan, const char *accel, FILE *out)
{
	struct system_desc *desc;
	size_t i;
	int err = 0;

	for (i = 0; i < plan->n_boots && !err; i++) {
		const struct boot *b = &plan->boots[i];
		struct system_options opt = { .driver = b->driver, .accel = accel };

		if (seen_before(plan, i))
			continue;
		err = experiment_load_system(b->exp, b->system, &desc);
		if (err < 0)
			break;
		fprintf(out, "\n%s, %s:\n", b->system, b->driver_name);
		err = system_dry_run(desc, &opt, out);
		system_desc_free(desc);
	}
	return err;
}

int plan_print(const struct plan *plan, const char *accel, FILE *out)
{
	char text[32];
	size_t i;

	for (i = 0; i < plan->n_exps; i++)
		print_experiment(plan->exps[i], out);
	fprintf(out, "\nseed %ju, %zu systems to bring up, one at a time:\n", (uintmax_t)plan->seed,
		plan->n_boots);
	for (i = 0; i < plan->n_boots; i++)
		print_boot(&plan->boots[i], out);
	fprintf(out, "\nabout %s, at most %u MiB of memory\n",
		duration_text((uint64_t)(plan->seconds * (double)USEC_PER_SEC), text, sizeof(text)),
		plan->memory_mib);
	return print_commands(plan, accel, out);
}
