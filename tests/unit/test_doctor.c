// SPDX-License-Identifier: GPL-2.0-or-later
/* What doctor says, on whatever host this runs: every finding has words, every lack its cost. */
#include <sys/wait.h>

#include "fake_qemu.h"

#include "cli/cli.h"
#include "cli/doctor.h"

static struct loop *loop;

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
}

static void teardown(void)
{
	loop_free(loop);
}

static void look(const struct doctor_check *check, struct doctor_finding *f)
{
	*f = (struct doctor_finding){ 0 };
	check->run(check, loop, f);
	ck_assert_msg(f->found && *f->found && !strchr(f->found, '\n'), "%s: '%s'", check->what,
		      f->found);
	if (f->state == DOCTOR_OK)
		ck_assert_msg(!f->cost, "%s: '%s'", check->what, f->cost);
	else
		ck_assert_msg(f->cost && *f->cost, "%s has no cost", check->what);
}

static const struct doctor_check *const groups[] = {
	doctor_vm_checks,
	doctor_host_checks,
	doctor_net_checks,
	doctor_tool_checks,
};

START_TEST(every_lack_has_its_cost)
{
	const struct doctor_check *check;
	struct doctor_finding f;
	unsigned int n = 0;

	fake_qemu("exit 1");
	for (check = groups[_i]; check->what; check++, n++) {
		look(check, &f);
		free(f.found);
	}
	ck_assert_uint_gt(n, 2);
}
END_TEST

START_TEST(a_missing_tool_is_missing)
{
	const struct doctor_check *check;
	struct doctor_finding f;

	setenv("PATH", "/no/such/folder::relative", 1);
	for (check = doctor_tool_checks; check->what; check++) {
		look(check, &f);
		ck_assert_int_eq(f.state, check->if_missing);
		ck_assert_int_ne(f.state, DOCTOR_OK);
		ck_assert_ptr_nonnull(strstr(f.found, check->arg));
		free(f.found);
	}
}
END_TEST

START_TEST(a_missing_image_is_named)
{
	struct doctor_finding f;

	fake_qemu("exit 1");
	look(&doctor_vm_checks[1], &f);
	ck_assert_int_eq(f.state, DOCTOR_MISSING);
	ck_assert_ptr_nonnull(strstr(f.found, "client-shell.cpio"));
	free(f.found);
	look(&doctor_vm_checks[2], &f);
	ck_assert_int_eq(f.state, DOCTOR_MISSING);
	free(f.found);
}
END_TEST

/* The tree has no images for clients: nothing can run, and the exit status says so. */
START_TEST(the_verdict_is_the_exit_status)
{
	char *args[] = { (char[]){ "drivervm doctor" }, NULL };

	fake_qemu("exit 1");
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
	ck_assert_int_eq(cmd_doctor(1, args), CLI_HOST_CANNOT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("doctor");
	TCase *tc = tcase_create("doctor");
	SRunner *runner;
	int failed;

	fake_tree_make();
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_lack_has_its_cost, 0, ARRAY_SIZE(groups));
	tcase_add_test(tc, a_missing_tool_is_missing);
	tcase_add_test(tc, a_missing_image_is_named);
	tcase_add_test(tc, the_verdict_is_the_exit_status);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	fake_tree_remove();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
