// SPDX-License-Identifier: GPL-2.0-or-later
/* The choice of an accelerator, with a shell script for a QEMU: what is believed, and how long. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "fake_qemu.h"

#include "core/loop.h"
#include "vm/accel.h"

/* Each boot leaves a line; --version does not come this far. */
#define COUNT "echo boot >> \"$DRIVERVM_ROOT/boots\"\n"

static struct loop *loop;
static const char *accel;
static char *reason;

static void setup(void)
{
	ck_assert_int_eq(loop_new(&loop), 0);
	accel = NULL;
	reason = NULL;
	fake_file("boots", "", 0644);
	setenv("FAKE_VERSION", "7", 1);
}

static void teardown(void)
{
	char *path = xasprintf("%s/drivervm/accel.json", fake_root);

	unlink(path);
	free(path);
	free(reason);
	loop_free(loop);
}

static size_t boots(void)
{
	char *path = xasprintf("%s/boots", fake_root), *text;
	size_t len;

	ck_assert_int_eq(file_read(path, &text, &len), 0);
	free(text);
	free(path);
	return len / strlen("boot\n");
}

static void probe(const char *want, const char *words)
{
	free(reason);
	reason = NULL;
	ck_assert_int_eq(accel_probe(loop, NULL, &accel, &reason), 0);
	ck_assert_str_eq(accel, want);
	ck_assert_ptr_nonnull(reason);
	ck_assert_msg(strstr(reason, words) != NULL, "'%s' lacks '%s'", reason, words);
}

/* Whether /dev/kvm opens is the host's affair; without it there is nothing to boot. */
static bool host_has_kvm(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	bool has = fd >= 0;

	fd_close(&fd);
	return has;
}

START_TEST(a_kvm_that_fails_is_not_believed)
{
	fake_qemu(COUNT "echo 'kvm: no luck' >&2; exit 1");
	if (!host_has_kvm()) {
		probe("tcg", "/dev/kvm cannot be opened");
		ck_assert_uint_eq(boots(), 0);
		return;
	}
	probe("tcg", "kvm: no luck");
	ck_assert_uint_eq(boots(), 1);
	ck_assert_int_eq(accel_choose(loop, "kvm", NULL, &accel, NULL), -ENODEV);
}
END_TEST

START_TEST(a_verdict_holds_for_this_boot_and_qemu)
{
	char *path = xasprintf("%s/drivervm/accel.json", fake_root);

	if (!host_has_kvm())
		goto out;
	fake_qemu(COUNT "echo first >&2; exit 1");
	probe("tcg", "first");
	fake_qemu(COUNT "echo second >&2; exit 1");
	probe("tcg", "first");
	ck_assert_uint_eq(boots(), 1);
	setenv("FAKE_VERSION", "8", 1);
	probe("tcg", "second");
	ck_assert_uint_eq(boots(), 2);
	fake_qemu(COUNT FAKE_READY "sleep 60");
	free(reason);
	ck_assert_int_eq(accel_probe_anew(loop, NULL, &accel, &reason), 0);
	ck_assert_str_eq(accel, "kvm");
	ck_assert_uint_eq(boots(), 3);
	probe("kvm", "came up under KVM in");
	ck_assert_uint_eq(boots(), 3);
	fake_file("drivervm/accel.json", "{\"boot_id\": 1, \"accel\": \"rm -rf\"", 0644);
	probe("kvm", "came up under KVM in");
	ck_assert_uint_eq(boots(), 4);
out:
	free(path);
}
END_TEST

START_TEST(a_kvm_that_hangs_is_found_out_in_time)
{
	uint64_t start = now_us();

	if (!host_has_kvm())
		return;
	fake_qemu(COUNT "echo '{\"QMP\": {}}' >&$qmp\n"
			"echo '{\"return\": {}, \"id\": 1}' >&$qmp; sleep 60");
	probe("tcg", "its kernel printed nothing within 6.0 s");
	ck_assert_uint_lt(now_us() - start, 10 * USEC_PER_SEC);
}
END_TEST

START_TEST(an_interrupted_probe_is_no_verdict)
{
	if (!host_has_kvm())
		return;
	fake_qemu(COUNT "kill -INT $PPID; sleep 60");
	ck_assert_int_eq(accel_probe(loop, NULL, &accel, NULL), -EINTR);
	loop_free(loop);
	ck_assert_int_eq(loop_new(&loop), 0);
	fake_qemu(COUNT "exit 1");
	probe("tcg", "exited with status 1");
	ck_assert_uint_eq(boots(), 2);
}
END_TEST

START_TEST(tcg_is_taken_at_its_word_and_nonsense_refused)
{
	fake_qemu(COUNT "exit 1");
	ck_assert_int_eq(accel_choose(loop, "tcg", NULL, &accel, &reason), 0);
	ck_assert_str_eq(accel, "tcg");
	ck_assert_int_eq(accel_choose(loop, "xen", NULL, &accel, NULL), -EINVAL);
	ck_assert_uint_eq(boots(), 0);
	ck_assert_int_eq(accel_choose(loop, "auto", NULL, &accel, NULL), 0);
	ck_assert_str_eq(accel, "tcg");
}
END_TEST

START_TEST(no_qemu_is_an_error_not_tcg)
{
	char *path = xasprintf("%s/bin/qemu-system-x86_64", fake_root);

	fake_qemu("exit 1");
	ck_assert_int_eq(unlink(path), 0);
	setenv("PATH", "/no/such/folder", 1);
	ck_assert_int_eq(accel_probe(loop, NULL, &accel, NULL), host_has_kvm() ? -ENODEV : 0);
	free(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("accel");
	TCase *tc = tcase_create("accel");
	SRunner *runner;
	int failed;

	fake_tree_make();
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_kvm_that_fails_is_not_believed);
	tcase_add_test(tc, a_verdict_holds_for_this_boot_and_qemu);
	tcase_add_test(tc, a_kvm_that_hangs_is_found_out_in_time);
	tcase_add_test(tc, an_interrupted_probe_is_no_verdict);
	tcase_add_test(tc, tcg_is_taken_at_its_word_and_nonsense_refused);
	tcase_add_test(tc, no_qemu_is_an_error_not_tcg);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	fake_tree_remove();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
