// SPDX-License-Identifier: GPL-2.0-or-later
/* The matrix and the plan: everything is measured as often as asked, in an order the seed gives. */
#include <errno.h>
#include <math.h>

#include "describe.h"
#include "experiment/calibrate.h"
#include "experiment/private.h"
#include "system/system.h"

static const char *const directions[] = { "send", "receive" };
static const char *const mtus[] = { "1500", "1000", "500" };

START_TEST(every_combination_comes_once)
{
	struct experiment *exp = describe(DESCRIBE_HEAD);
	unsigned int seen[2][3] = { 0 };
	struct cell *cells;
	size_t n, i, d, m;

	matrix_expand(exp->matrix, exp->n_matrix, &cells, &n);
	ck_assert_uint_eq(n, 6);
	for (i = 0; i < n; i++) {
		ck_assert_uint_eq(cells[i].n_dims, 2);
		ck_assert_str_eq(cells[i].dims[0].key, "direction");
		ck_assert_str_eq(cells[i].dims[1].key, "mtu");
		for (d = 0; d < 2; d++)
			for (m = 0; m < 3; m++)
				seen[d][m] += streq(cells[i].dims[0].value, directions[d]) &&
					      streq(cells[i].dims[1].value, mtus[m]);
	}
	for (d = 0; d < 2; d++)
		for (m = 0; m < 3; m++)
			ck_assert_uint_eq(seen[d][m], 1);
	cells_free(cells, n);
	experiment_free(exp);
}
END_TEST

START_TEST(no_axes_are_one_cell)
{
	struct experiment *exp = describe("name: test\ntitle: t\nquestion: q\nworkload: w\n"
					  "systems: [native]\ndrivers: [e1000]\nwarmup: 0\n"
					  "invocations: 1\niterations: 1\nseconds: 1\n");
	struct cell *cells;
	size_t n;

	matrix_expand(exp->matrix, exp->n_matrix, &cells, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(cells[0].n_dims, 0);
	cells_free(cells, n);
	experiment_free(exp);
}
END_TEST

static void plan_of_text(struct plan *plan, const char *text, uint64_t seed)
{
	*plan = (struct plan){ .seed = seed, .n_exps = 1 };
	plan->exps = xcalloc(1, sizeof(*plan->exps));
	plan->exps[0] = describe(text);
	ck_assert_int_eq(plan_make(plan), 0);
}

static void plan_of(struct plan *plan, uint64_t seed)
{
	plan_of_text(plan, DESCRIBE_HEAD, seed);
}

START_TEST(a_block_holds_every_system_once)
{
	struct plan plan;
	size_t i;

	plan_of(&plan, 1);
	/* native and isolated leave the driver open (two each), virtio has its own (one). */
	ck_assert_uint_eq(plan.n_boots, 4 * 5);
	for (i = 0; i < plan.n_boots; i++) {
		const struct boot *b = &plan.boots[i];
		size_t j;

		ck_assert_uint_eq(b->invocation, i / 5);
		ck_assert_uint_eq(b->n_cells, 6);
		if (streq(b->system, "virtio"))
			ck_assert_str_eq(b->driver_name, "virtio-net");
		for (j = i / 5 * 5; j < i; j++)
			ck_assert(!streq(b->system, plan.boots[j].system) ||
				  !streq(b->driver_name, plan.boots[j].driver_name));
	}
	plan_free(&plan);
}
END_TEST

#define BOOTS                                          \
	"boots:\n"                                     \
	"  - { axis: vms, values: [\"1\", \"10\"] }\n" \
	"  - { axis: boot, values: [cold, clone] }\n"

static bool same_subject(const struct boot *a, const struct boot *b)
{
	return streq(a->system, b->system) && streq(a->driver_name, b->driver_name) &&
	       cell_equals(&a->with, &b->with);
}

START_TEST(a_block_holds_every_way_to_bring_up_once)
{
	struct plan plan;
	size_t i, j;

	plan_of_text(&plan, DESCRIBE_HEAD BOOTS, 1);
	ck_assert_uint_eq(plan.n_boots, 4 * 5 * 4);
	for (i = 0; i < plan.n_boots; i++) {
		const struct boot *b = &plan.boots[i];

		ck_assert_uint_eq(b->invocation, i / 20);
		ck_assert_uint_eq(b->n_cells, 6);
		ck_assert_uint_eq(b->with.n_dims, 2);
		ck_assert_str_eq(b->with.dims[0].key, "vms");
		ck_assert_str_eq(b->with.dims[1].key, "boot");
		for (j = i / 20 * 20; j < i; j++)
			ck_assert(!same_subject(b, &plan.boots[j]));
	}
	plan_free(&plan);
}
END_TEST

START_TEST(ways_to_bring_up_are_shuffled_together)
{
	unsigned int changes = 0;
	struct plan plan;
	size_t i;

	plan_of_text(&plan, DESCRIBE_HEAD BOOTS, 1);
	for (i = 1; i < plan.n_boots; i++)
		changes += !cell_equals(&plan.boots[i].with, &plan.boots[i - 1].with);
	/* In order there were at most 4 a block. */
	ck_assert_uint_gt(changes, 4 * 4);
	plan_free(&plan);
}
END_TEST

START_TEST(a_system_is_given_what_it_is_brought_up_with)
{
	struct system_options opt = { 0 };
	struct system_desc *desc;
	struct plan plan;
	size_t i;

	plan_of_text(&plan, DESCRIBE_HEAD BOOTS, 1);
	ck_assert_int_eq(system_desc_load(&desc, "many"), 0);
	for (i = 0; i < plan.n_boots; i++) {
		const struct boot *b = &plan.boots[i];

		ck_assert_int_eq(experiment_system_options(b, desc, &opt), 0);
		ck_assert_str_eq(opt.driver, b->driver);
		ck_assert_uint_eq(opt.vms, streq(b->with.dims[0].value, "10") ? 10 : 1);
		ck_assert_int_eq(opt.origin,
				 streq(b->with.dims[1].value, "cold") ? VM_BOOT : VM_CLONE);
		/* The client, and as many driver VMs as that, each with a device. */
		ck_assert_uint_eq(desc->n_vms, 1 + opt.vms);
		ck_assert_uint_eq(desc->n_devices, opt.vms);
	}
	system_desc_free(desc);
	plan_free(&plan);
}
END_TEST

static char *order_of(const struct plan *plan)
{
	char *text = NULL;
	size_t len, i, c, d;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; i < plan->n_boots; i++) {
		const struct boot *b = &plan->boots[i];

		fprintf(out, "%u %s %s:", b->invocation, b->system, b->driver_name);
		for (c = 0; c < b->n_cells; c++)
			for (d = 0; d < b->cells[c].n_dims; d++)
				fprintf(out, " %s", b->cells[c].dims[d].value);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

START_TEST(the_seed_decides_the_order)
{
	char *orders[3], *first_cells[2];
	struct plan plan;
	size_t i;

	for (i = 0; i < 3; i++) {
		plan_of(&plan, i == 2 ? 8 : 7);
		orders[i] = order_of(&plan);
		plan_free(&plan);
	}
	ck_assert_str_eq(orders[0], orders[1]);
	ck_assert_str_ne(orders[0], orders[2]);
	/* Within a plan, too, blocks differ in their order: compare the first two lines' cells. */
	first_cells[0] = strchr(orders[0], ':');
	first_cells[1] = strchr(strchr(orders[0], '\n'), ':');
	ck_assert_int_ne(strncmp(first_cells[0], first_cells[1], strcspn(first_cells[0], "\n")), 0);
	for (i = 0; i < 3; i++)
		free(orders[i]);
}
END_TEST

START_TEST(a_sweep_goes_as_listed)
{
	struct plan plan;
	size_t i, c;

	plan_of_text(&plan, DESCRIBE_HEAD "order: listed\n", 1);
	for (i = 0; i < plan.n_boots; i++) {
		for (c = 0; c < 6; c++) {
			const struct cell *cell = &plan.boots[i].cells[c];

			ck_assert_str_eq(cell->dims[0].value, directions[c / 3]);
			ck_assert_str_eq(cell->dims[1].value, mtus[c % 3]);
		}
	}
	plan_free(&plan);
}
END_TEST

START_TEST(the_estimate_counts_everything)
{
	struct plan plan;
	double cell;

	plan_of(&plan, 1);
	cell = plan_cell_seconds(&plan.boots[0], &plan.boots[0].cells[0]);
	ck_assert_double_ge(cell, 3 * 3);
	ck_assert_double_le(cell, 3 * 3 + 2);
	ck_assert_double_eq_tol(
		plan.seconds,
		20 * (plan_boot_seconds(plan.exps[0], &plan.boots[0].with) + 6 * cell), 1e-6);
	ck_assert_uint_gt(plan.memory_mib, 384);
	ck_assert_uint_lt(plan.memory_mib, 4096);
	plan_free(&plan);
}
END_TEST

START_TEST(a_bring_up_takes_as_long_as_described)
{
	struct plan plan;
	size_t i;

	plan_of_text(&plan,
		     DESCRIBE_HEAD BOOTS "boot_seconds: 10\n"
					 "boot_seconds_per: { axis: vms, seconds: 0.5 }\n",
		     1);
	for (i = 0; i < plan.n_boots; i++) {
		const struct boot *b = &plan.boots[i];

		ck_assert_double_eq_tol(plan_boot_seconds(b->exp, &b->with),
					streq(b->with.dims[0].value, "10") ? 15 : 10.5, 1e-9);
	}
	/* Half of them have 10 VMs, half have one. */
	ck_assert_double_eq_tol(plan.seconds, 80 * (12.75 + plan_cells_seconds(&plan.boots[0])),
				1e-6);
	plan_free(&plan);
}
END_TEST

#define WHEN                                                                                 \
	"when:\n"                                                                            \
	"  - { where: [boot=clone], options: [duration_ms=500, rate=5], seconds: 1 }\n"      \
	"  - { where: [boot=clone, mtu=500, direction=send], options: [duration_ms=700] }\n" \
	"  - { where: [mtu=500], seconds: 2 }\n"

/* How many of them hold in a cell, and what it takes. */
START_TEST(some_cells_are_otherwise)
{
	struct plan plan;
	size_t i, c;

	plan_of_text(&plan, DESCRIBE_HEAD BOOTS WHEN, 1);
	for (i = 0; i < plan.n_boots; i++) {
		const struct boot *b = &plan.boots[i];
		bool clone = streq(b->with.dims[1].value, "clone");

		for (c = 0; c < b->n_cells; c++) {
			const struct cell *cell = &b->cells[c];
			bool last = streq(cell->dims[1].value, "500");
			double seconds = last ? 2 : clone ? 1 : b->exp->seconds;

			ck_assert_int_eq(when_holds(&b->exp->when[0], b, cell), clone);
			ck_assert_int_eq(when_holds(&b->exp->when[1], b, cell),
					 clone && last && streq(cell->dims[0].value, "send"));
			ck_assert_int_eq(when_holds(&b->exp->when[2], b, cell), last);
			ck_assert_double_eq_tol(
				plan_cell_seconds(b, cell) -
					seconds * (b->exp->warmup + b->exp->iterations),
				0.7, 1e-6);
		}
	}
	plan_free(&plan);
}
END_TEST

/* What is set by hand is the same in all cells. */
START_TEST(a_setting_outdoes_what_is_otherwise)
{
	struct experiment *exp = describe(DESCRIBE_HEAD BOOTS WHEN);
	char why[128];

	ck_assert_int_eq(experiment_set(exp, "duration_ms=900", why, sizeof(why)), 0);
	ck_assert_str_eq(dimset_get(&exp->options, "duration_ms"), "900");
	ck_assert_uint_eq(exp->when[0].options.n, 1);
	ck_assert_str_eq(dimset_get(&exp->when[0].options, "rate"), "5");
	ck_assert_uint_eq(exp->when[1].options.n, 0);
	experiment_free(exp);
	exp = describe(DESCRIBE_HEAD BOOTS WHEN "quick: { invocations: 1 }\n");
	ck_assert_uint_eq(exp->n_when, 3);
	experiment_make_quick(exp);
	ck_assert_uint_eq(exp->n_when, 0);
	experiment_free(exp);
}
END_TEST

START_TEST(names_stand_for_values)
{
	struct experiment *exp = describe(
		DESCRIBE_HEAD "define:\n"
			      "  - { axis: mtu, value: 1500, as: 9000 }\n"
			      "calibrate:\n"
			      "  - { axis: mtu, value: 500, system: native, metric: throughput,\n"
			      "      where: [mtu=1000], fraction: 1, at_most: 1, scale: 1 }\n"
			      "  - { axis: mtu, value: 250, system: native, metric: throughput,\n"
			      "      where: [mtu=1000], fraction: 1, at_most: 1, scale: 1 }\n");

	ck_assert_str_eq(axis_value_as(exp, "mtu", "1500"), "9000");
	ck_assert_str_eq(axis_value_as(exp, "mtu", "1000"), "1000");
	ck_assert_str_eq(axis_value_as(exp, "direction", "1500"), "1500");
	ck_assert_ptr_null(axis_value_as(exp, "mtu", "500"));
	ck_assert(calibration_needed(exp, &exp->calibrate[0]));
	ck_assert(!calibration_needed(exp, &exp->calibrate[1])); /* not in the matrix */
	experiment_define(exp, "mtu", "500", "42");
	ck_assert_str_eq(axis_value_as(exp, "mtu", "500"), "42");
	ck_assert(!calibration_needed(exp, &exp->calibrate[0]));
	experiment_free(exp);
}
END_TEST

START_TEST(a_calibrated_value_is_the_lower_one)
{
	const struct experiment_calibration c = { .fraction = 0.25,
						  .at_most = 200e6,
						  .scale = 1e-6 };
	char text[32];

	ck_assert_int_eq(calibration_value(&c, 676.4e6, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "169");
	ck_assert_int_eq(calibration_value(&c, 9e9, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "200");
	ck_assert_int_eq(calibration_value(&c, 1000, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "1");
	ck_assert_int_eq(calibration_value(&c, 0, text, sizeof(text)), -EDOM);
	ck_assert_int_eq(calibration_value(&c, NAN, text, sizeof(text)), -EDOM);
}
END_TEST

START_TEST(cells_meet_conditions_on_their_axes)
{
	struct dim dims[] = { { "direction", "send" }, { "mtu", "500" } };
	const struct cell cell = { dims, 2 };

	ck_assert(cell_meets(&cell, &DIMSET("mtu=500", "vm=client")));
	ck_assert(!cell_meets(&cell, &DIMSET("direction=send", "mtu=50")));
	ck_assert(cell_meets(&cell, &(struct dimset){ NULL, 0 }));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("matrix");
	TCase *tc = tcase_create("matrix");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, every_combination_comes_once);
	tcase_add_test(tc, no_axes_are_one_cell);
	tcase_add_test(tc, a_block_holds_every_system_once);
	tcase_add_test(tc, a_block_holds_every_way_to_bring_up_once);
	tcase_add_test(tc, ways_to_bring_up_are_shuffled_together);
	tcase_add_test(tc, a_system_is_given_what_it_is_brought_up_with);
	tcase_add_test(tc, the_seed_decides_the_order);
	tcase_add_test(tc, a_sweep_goes_as_listed);
	tcase_add_test(tc, the_estimate_counts_everything);
	tcase_add_test(tc, a_bring_up_takes_as_long_as_described);
	tcase_add_test(tc, some_cells_are_otherwise);
	tcase_add_test(tc, a_setting_outdoes_what_is_otherwise);
	tcase_add_test(tc, names_stand_for_values);
	tcase_add_test(tc, a_calibrated_value_is_the_lower_one);
	tcase_add_test(tc, cells_meet_conditions_on_their_axes);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
