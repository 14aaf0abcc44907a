// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan for people: what --dry-run prints. */
#include <errno.h>
#include <stdlib.h>

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

static void print_when(const struct experiment_when *w, FILE *out)
{
	char *title = experiment_when_title(w);

	print_list(title, w->options.v, w->options.n, out);
	free(title);
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
	for (i = 0; i < exp->n_when; i++)
		print_when(&exp->when[i], out);
	for (i = 0; i < exp->n_boots; i++)
		print_axis(exp, &exp->boots[i], out);
	for (i = 0; i < exp->n_matrix; i++)
		print_axis(exp, &exp->matrix[i], out);
	fprintf(out, "  %u invocations of %u iterations, after %u to warm up\n", exp->invocations,
		exp->iterations, exp->warmup);
}

/* "isolated, e1000, vms=10, boot=cold" */
static void print_subject(const struct boot *b, FILE *out)
{
	char *with = cell_text(&b->with, ", ");

	fprintf(out, "%s, %s%s%s", b->system, b->driver_name, with[0] ? ", " : "", with);
	free(with);
}

static void print_boot(const struct boot *b, bool shared, FILE *out)
{
	size_t i;

	fprintf(out, "%s, invocation %u: ", b->exp->name, b->invocation);
	print_subject(b, out);
	fputs(shared ? ", which is up\n" : "\n", out);
	for (i = 0; i < b->n_cells && b->cells[i].n_dims; i++) {
		char *text = cell_text(&b->cells[i], " ");

		fprintf(out, "  %s\n", text);
		free(text);
	}
}

/*
 * Each system and driver once, with the first of the values that it is brought up with: a hundred
 * VMs' command lines for each combination would be read by nobody.
 */
static bool has_own_commands(const struct plan *plan, size_t n)
{
	const struct boot *b = &plan->boots[n];
	size_t i;

	for (i = 0; i < b->with.n_dims; i++)
		if (!streq(b->with.dims[i].value, b->exp->boots[i].values[0]))
			return false;
	for (i = 0; i < n; i++)
		if (streq(plan->boots[i].system, b->system) &&
		    streq(plan->boots[i].driver_name, b->driver_name) &&
		    cell_equals(&plan->boots[i].with, &b->with))
			return false;
	return true;
}

static int print_commands(const struct plan *plan, const char *accel, FILE *out)
{
	struct system_desc *desc;
	size_t i;
	int err = 0;

	for (i = 0; i < plan->n_boots && !err; i++) {
		const struct boot *b = &plan->boots[i];
		struct system_options opt = { .accel = accel };

		if (!has_own_commands(plan, i))
			continue;
		err = experiment_load_system(b->exp, b->system, &desc);
		if (err < 0)
			break;
		fputc('\n', out);
		print_subject(b, out);
		fputs(":\n", out);
		err = experiment_system_options(b, desc, &opt);
		if (!err)
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
		plan_count_systems(plan));
	for (i = 0; i < plan->n_boots; i++)
		print_boot(&plan->boots[i], boot_is_shared(plan, i), out);
	fprintf(out, "\nabout %s, at most %u MiB of memory\n",
		duration_text((uint64_t)(plan->seconds * (double)USEC_PER_SEC), text, sizeof(text)),
		plan->memory_mib);
	return print_commands(plan, accel, out);
}
