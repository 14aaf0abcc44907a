// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory techniques: how they are named, combined and ordered, and how much a balloon is blown up.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "capture.h"
#include "techniques/balloon.h"
#include "techniques/set.h"

/* -- two techniques for these tests, which write down what is done with them -- */

static char diary[256];
static char name_1[] = "1 ", name_2[] = "2 ";
static int second_fails;

static void note(const char *what, const char *who)
{
	strncat(diary, what, sizeof(diary) - strlen(diary) - 1);
	strncat(diary, who, sizeof(diary) - strlen(diary) - 1);
}

static int start_first(void **state, const struct technique_context *ctx)
{
	*state = name_1;
	note("start", *state);
	return ctx->guardian ? guardian_write(ctx->guardian, getenv("DIARY_FILE"), "first") : 0;
}

static int start_second(void **state, const struct technique_context *ctx)
{
	(void)ctx;
	*state = name_2;
	note("start", *state);
	return second_fails;
}

static void stop(void *state)
{
	note("stop", state);
}

static int set_budget(void *state, struct vm *const *vms, size_t n, unsigned int mib)
{
	(void)vms;
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(mib, 42);
	note("budget", state);
	return 0;
}

static const char *const first_args[] = { "-device", "first", NULL };
static const char *const second_args[] = { "-device", "second", NULL };
static const char *const second_modules[] = { "second_mod", NULL };

static const struct technique first = {
	.name = "test-first",
	.help = "for tests",
	.qemu_args = first_args,
	.start = start_first,
	.stop = stop,
	.set_budget = set_budget,
};

static const struct technique second = {
	.name = "test-second",
	.help = "for tests",
	.swap = true,
	.not_boot = "cold",
	.not_boot_why = "it is a test",
	.qemu_args = second_args,
	.modules = second_modules,
	.start = start_second,
	.stop = stop,
	.set_budget = set_budget,
};

TECHNIQUE(first)
TECHNIQUE(second)

static struct technique_set *parse(const char *names)
{
	struct technique_set *set;
	char *why = NULL;

	ck_assert_msg(technique_set_parse(&set, names, &why) == 0, "%s: %s", names, why);
	return set;
}

START_TEST(all_are_listed_by_name)
{
	const struct technique_entry *e;
	const char *before = "";
	size_t n = 0;

	for (e = technique_first(); e; e = e->next, n++) {
		ck_assert_str_lt(before, e->technique->name);
		ck_assert_ptr_eq(technique_find(e->technique->name), e->technique);
		ck_assert_ptr_null(strchr(e->technique->name, '+'));
		ck_assert_ptr_nonnull(e->technique->help);
		before = e->technique->name;
	}
	/* Those of the program, and of this file. */
	ck_assert_uint_gt(n, 2);
	ck_assert_ptr_eq(technique_find("test-first"), &first);
	ck_assert_ptr_nonnull(technique_find("none"));
	ck_assert_ptr_null(technique_find("no-such"));
}
END_TEST

START_TEST(names_are_checked)
{
	static const struct {
		const char *names, *why;
	} bad[] = {
		{ "", "no technique ''; there are balloon clone ksm none" },
		{ "zram+", "no technique ''" },
		{ "+zram", "no technique ''" },
		{ "zram+magic", "no technique 'magic'" },
		{ "zram ksm", "no technique 'zram ksm'" },
		{ "ZRAM", "no technique 'ZRAM'" },
		{ "ksm+zram+ksm", "technique 'ksm' is named twice" },
		{ "none+zram", "technique 'none' cannot be combined" },
		{ "zram+none", "technique 'none' cannot be combined" },
	};
	static const char *const good[] = { "none", "balloon", "clone+zram", "zram+clone+ksm" };
	struct technique_set *set;
	char *why;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(technique_set_parse(&set, bad[i].names, &why), -EINVAL);
		ck_assert_msg(strstr(why, bad[i].why) == why, "%s: %s", bad[i].names, why);
		free(why);
	}
	ck_assert_int_eq(technique_set_parse(&set, "magic", NULL), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(good); i++)
		technique_set_free(parse(good[i]));
}
END_TEST

START_TEST(what_they_ask_for_adds_up)
{
	struct technique_set *set = parse("test-first+test-second");
	struct argv args = { 0 }, modules = { 0 };

	technique_set_qemu_args(set, &args);
	technique_set_modules(set, &modules);
	ck_assert_uint_eq(args.n, 4);
	ck_assert_str_eq(args.v[1], "first");
	ck_assert_str_eq(args.v[3], "second");
	ck_assert_uint_eq(modules.n, 1);
	ck_assert_str_eq(modules.v[0], "second_mod");
	ck_assert(technique_set_swap(set));
	ck_assert_ptr_null(technique_set_boot(set));
	technique_set_free(set);
	argv_free(&args);
	argv_free(&modules);
	set = parse("test-first");
	ck_assert(!technique_set_swap(set));
	technique_set_free(set);
	set = parse("zram+clone");
	ck_assert(technique_set_swap(set));
	ck_assert_str_eq(technique_set_boot(set), "clone");
	technique_set_free(set);
}
END_TEST

static void is_refused(const char *names, const char *boot, const char *why)
{
	struct technique_set *set = parse(names);
	struct capture c;

	capture_begin(&c);
	ck_assert_int_eq(technique_set_check(set, boot), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), why));
	technique_set_free(set);
}

START_TEST(what_does_not_go_together_is_refused_with_its_reason)
{
	struct technique_set *set;

	is_refused("clone", "copy", "technique 'clone' is not supported with boot 'copy'");
	is_refused("balloon+clone", "clone", "out of the template's file");
	is_refused("balloon+clone", "copy", "technique 'clone' is not supported with boot 'copy'");
	is_refused("test-first+test-second", "cold", "it is a test");
	set = parse("test-first+test-second");
	ck_assert_int_eq(technique_set_check(set, "copy"), 0);
	technique_set_free(set);
	set = parse("balloon");
	ck_assert_int_eq(technique_set_check(set, "copy"), 0);
	ck_assert_int_eq(technique_set_check(set, "cold"), 0);
	technique_set_free(set);
}
END_TEST

START_TEST(they_start_in_order_and_stop_in_reverse)
{
	struct technique_set *set = parse("test-first+test-second");
	char path[] = "/tmp/drivervm-test-XXXXXX", *text;
	struct technique_context ctx = { .guardian = guardian_new() };
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, "before", 6), 6);
	close(fd);
	setenv("DIARY_FILE", path, 1);
	ck_assert_int_eq(technique_set_start(set, &ctx), 0);
	ck_assert_int_eq(technique_set_budget(set, NULL, 0, 42), 0);
	technique_set_stop(set);
	technique_set_stop(set);
	ck_assert_str_eq(diary, "start1 start2 budget1 budget2 stop2 stop1 ");
	/* What one told the guardian was undone when it stopped. */
	ck_assert_int_eq(file_read(path, &text, NULL), 0);
	ck_assert_str_eq(text, "before");
	ck_assert_uint_eq(guardian_mark(ctx.guardian), 0);
	free(text);
	/* One that fails takes those before it along, but is not stopped itself. */
	second_fails = -ENOMEM;
	diary[0] = '\0';
	ck_assert_int_eq(technique_set_start(set, &ctx), -ENOMEM);
	ck_assert_str_eq(diary, "start1 start2 stop1 ");
	ck_assert_uint_eq(guardian_mark(ctx.guardian), 0);
	technique_set_free(set);
	ck_assert_int_eq(guardian_free(ctx.guardian), 0);
	unlink(path);
}
END_TEST

#define MIB (1ULL << 20)

START_TEST(a_balloon_makes_room_and_keeps_its_guest_alive)
{
	struct balloon_view v = {
		.memory = 128 * MIB, .given = 128 * MIB, .available = 88 * MIB, .qemu = 30 * MIB
	};

	/* No budget, or more than there is. */
	ck_assert_uint_eq(balloon_target(&v, 0), 128 * MIB);
	ck_assert_uint_eq(balloon_target(&v, 1000 * MIB), 128 * MIB);
	/* What fits beside QEMU, until the guest has but what it uses and 16 MiB. */
	ck_assert_uint_eq(balloon_target(&v, 130 * MIB), 100 * MIB);
	ck_assert_uint_eq(balloon_target(&v, 90 * MIB), 60 * MIB);
	ck_assert_uint_eq(balloon_target(&v, 80 * MIB), 56 * MIB);
	ck_assert_uint_eq(balloon_target(&v, 10 * MIB), 56 * MIB);
	/* The same seen from a balloon that is blown up already. */
	v.given = 60 * MIB;
	v.available = 20 * MIB;
	ck_assert_uint_eq(balloon_target(&v, 10 * MIB), 56 * MIB);
	ck_assert_uint_eq(balloon_target(&v, 1000 * MIB), 128 * MIB);
	/* A guest that has said nothing yet, and one that lies. */
	v.given = 128 * MIB;
	v.available = 0;
	ck_assert_uint_eq(balloon_target(&v, 10 * MIB), 128 * MIB);
	v.available = UINT64_MAX;
	ck_assert_uint_eq(balloon_target(&v, 10 * MIB), 16 * MIB);
}
END_TEST

START_TEST(what_qemu_takes_is_found_beside_its_guest)
{
	static char smaps[] = "55d0-55e0 r--p 00000000 fd:00 1 /usr/bin/qemu\n"
			      "Size: 64 kB\nRss: 64 kB\nAnonymous: 4 kB\nAnonHugePages: 9 kB\n"
			      "Swap: 8 kB\nSwapPss: 8 kB\n"
			      "7f0000000000-7f0008000000 rw-p 00000000 00:00 0\n"
			      "Anonymous: 90000 kB\nSwap: 1000 kB\n"
			      "7f0010000000-7f0010001000 rw-p 00000000 00:00 0\n"
			      "Anonymous: 16 kB\nSwap: 0 kB\n";
	FILE *f = fmemopen(smaps, strlen(smaps), "r");

	ck_assert_uint_eq(balloon_qemu_bytes(f, 128 * MIB), 28 << 10);
	rewind(f);
	ck_assert_uint_eq(balloon_qemu_bytes(f, 64 * MIB), (91000 + 28) << 10);
	fclose(f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("techniques");
	TCase *tc = tcase_create("techniques");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, all_are_listed_by_name);
	tcase_add_test(tc, names_are_checked);
	tcase_add_test(tc, what_they_ask_for_adds_up);
	tcase_add_test(tc, what_does_not_go_together_is_refused_with_its_reason);
	tcase_add_test(tc, they_start_in_order_and_stop_in_reverse);
	tcase_add_test(tc, a_balloon_makes_room_and_keeps_its_guest_alive);
	tcase_add_test(tc, what_qemu_takes_is_found_beside_its_guest);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
