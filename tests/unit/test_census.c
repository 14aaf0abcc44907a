// SPDX-License-Identifier: GPL-2.0-or-later
/* The meter "page-census", on processes whose memory has known contents. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/util.h"
#include "meter/census.h"
#include "meter/parts.h"

/* Of a "guest": as large as nothing else. */
#define PAGES 1501u
#define MEMORY (PAGES * CENSUS_PAGE)
/* The second guest's is a file's, as a clone's is. */
#define GUESTS 2

static struct loop *loop;
static pid_t pids[GUESTS];

/* Bytes that nothing makes smaller, the same for the same seed. */
static void noise(unsigned char *p, uint64_t seed)
{
	size_t i;

	for (i = 0; i < CENSUS_PAGE; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		p[i] = (unsigned char)(seed >> 33);
	}
}

/* What a page has is said by its number. */
enum {
	TO_ABSENT = 100,
	TO_ZERO = 250,
	TO_WITHIN = 300,
	TO_ACROSS = 500,
	TO_COMPRESSIBLE = 900,
	TO_HALF = 901, /* its first half is noise: LZ4 makes a little more than half of it */
	TO_UNIQUE = PAGES,
};

static void fill(unsigned char *p, unsigned int guest, unsigned int page)
{
	if (page < TO_ABSENT)
		return;
	if (page < TO_ZERO)
		*(volatile unsigned char *)p = 0;
	else if (page < TO_WITHIN)
		noise(p, guest + 1);
	else if (page < TO_ACROSS)
		noise(p, page * 1000);
	else if (page < TO_COMPRESSIBLE)
		memset(p, 'a' + (int)guest, CENSUS_PAGE - 8), memcpy(p, &page, sizeof(page));
	else
		noise(p, page * 1000 + guest + 1);
	if (page >= TO_COMPRESSIBLE && page < TO_HALF)
		memset(p + CENSUS_PAGE / 2, 0, CENSUS_PAGE / 2);
}

static void guest_main(unsigned int guest, int fd, int ready)
{
	char *room =
		mmap(NULL, MEMORY + 2 * CENSUS_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *p;
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* With a gap at both ends, so that it does not become part of another mapping. */
	p = mmap(room + CENSUS_PAGE, MEMORY, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_FIXED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
	madvise(p, MEMORY, MADV_NOHUGEPAGE);
	for (i = 0; i < PAGES; i++)
		fill(p + (size_t)i * CENSUS_PAGE, guest, i);
	if (write(ready, "r", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static pid_t guest_start(unsigned int guest, int fd)
{
	int ready[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		guest_main(guest, fd, ready[1]);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void setup(void)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, MEMORY), 0);
	ck_assert_int_eq(loop_new(&loop), 0);
	pids[0] = guest_start(0, -1);
	pids[1] = guest_start(1, fd);
	close(fd);
}

static void guest_end(unsigned int guest)
{
	if (pids[guest] > 0) {
		kill(pids[guest], SIGKILL);
		waitpid(pids[guest], NULL, 0);
	}
	pids[guest] = 0;
}

static void teardown(void)
{
	guest_end(0);
	guest_end(1);
	loop_free(loop);
}

/* -- what was reported -- */

static struct {
	char key[80]; /* metric/vm */
	double value;
} readings[128];
static size_t n_readings;

static void collect(void *arg, const char *metric, const char *unit, double value, const char *vm,
		    const char *thread)
{
	(void)arg;
	ck_assert_str_eq(unit, streq(metric, "census_duration") ? "s" : "1");
	ck_assert_str_eq(thread, "");
	ck_assert_uint_lt(n_readings, ARRAY_SIZE(readings));
	snprintf(readings[n_readings].key, sizeof(readings[0].key), "%s/%s", metric, vm);
	readings[n_readings++].value = value;
}

static double reading(const char *key)
{
	size_t i;

	for (i = 0; i < n_readings; i++)
		if (streq(readings[i].key, key))
			return readings[i].value;
	ck_abort_msg("no %s", key);
}

static bool has_reading(const char *key)
{
	size_t i;

	for (i = 0; i < n_readings && !streq(readings[i].key, key); i++)
		;
	return i < n_readings;
}

static void measure(uint64_t second_memory)
{
	struct meter_target targets[] = {
		{ .name = "dd0", .pid = pids[0], .memory = MEMORY, .driver_vm = true },
		{ .name = "client", .pid = pids[0], .memory = MEMORY },
		{ .name = "dd1", .pid = pids[1], .memory = second_memory, .driver_vm = true },
	};
	const struct meter_ops *meter = meter_find("page-census");
	struct meter_env env = { .loop = loop };
	void *state;

	n_readings = 0;
	ck_assert_int_eq(meter->open(&state, &env), 0);
	meter->start(state, targets, ARRAY_SIZE(targets));
	meter->emit(state, collect, NULL);
	meter->close(state);
}

static void check_vm(const char *vm, double within, double across, double guests)
{
	const struct {
		const char *class;
		double pages;
	} expected[] = {
		{ "absent", TO_ABSENT * guests },
		{ "swapped", 0 },
		{ "zero", (TO_ZERO - TO_ABSENT) * guests },
		{ "identical_within", within },
		{ "identical_across", across },
		{ "compressible", (TO_COMPRESSIBLE - TO_ACROSS) * guests },
	};
	double sum = 0;
	char key[80];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		snprintf(key, sizeof(key), "census_%s/%s", expected[i].class, vm);
		ck_assert_msg(reading(key) == expected[i].pages, "%s = %g, expected %g", key,
			      reading(key), expected[i].pages);
		snprintf(key, sizeof(key), "census_%s_share/%s", expected[i].class, vm);
		ck_assert_double_eq_tol(reading(key), expected[i].pages / PAGES / guests, 1e-9);
		sum += expected[i].pages;
	}
	snprintf(key, sizeof(key), "census_unique/%s", vm);
	ck_assert_double_eq(reading(key), PAGES * guests - sum);
}

START_TEST(each_page_is_of_its_class)
{
	measure(MEMORY);
	pr_info("%u pages in %.3f s", GUESTS * PAGES, reading("census_duration/"));
	check_vm("dd0", TO_WITHIN - TO_ZERO, TO_ACROSS - TO_WITHIN, 1);
	check_vm("dd1", TO_WITHIN - TO_ZERO, TO_ACROSS - TO_WITHIN, 1);
	check_vm("", 2 * (TO_WITHIN - TO_ZERO), 2 * (TO_ACROSS - TO_WITHIN), 2);
	ck_assert(!has_reading("census_zero/client"));
	/* All written: nothing of the file is left to be shared. */
	ck_assert_double_eq(reading("census_shared/dd1"), 0);
}
END_TEST

START_TEST(one_guest_alone_has_nothing_across)
{
	struct capture c;

	/* The other's memory is not found. */
	capture_begin(&c);
	measure(MEMORY + CENSUS_PAGE);
	ck_assert_ptr_nonnull(strstr(capture_end(&c), "no census of VM dd1: its memory is not"));
	/* Pages of the two guests were equal, but not of one. */
	ck_assert_double_eq(reading("census_identical_across/dd0"), 0);
	ck_assert_double_eq(reading("census_identical_within/dd0"), TO_WITHIN - TO_ZERO);
	ck_assert_double_eq(reading("census_compressible/dd0"), TO_COMPRESSIBLE - TO_ACROSS);
	ck_assert_double_eq(reading("census_unique/"),
			    PAGES - TO_COMPRESSIBLE + TO_ACROSS - TO_WITHIN);
	ck_assert(!has_reading("census_zero/dd1"));
}
END_TEST

START_TEST(a_guest_that_is_gone_is_left_out)
{
	struct capture c;

	guest_end(1);
	pids[1] = -1; /* no process has that number */
	capture_begin(&c);
	measure(MEMORY);
	capture_end(&c);
	ck_assert_double_eq(reading("census_zero/"), TO_ZERO - TO_ABSENT);
	ck_assert(!has_reading("census_zero/dd1"));
	pids[1] = 0;
}
END_TEST

START_TEST(one_that_cannot_be_read_says_why)
{
	struct census_vm vms[2] = { { .pid = -1, .start = CENSUS_PAGE, .size = MEMORY },
				    { .pid = pids[0], .size = MEMORY } };

	ck_assert_int_eq(guest_ram_find(pids[0], MEMORY, &vms[1].start), 0);
	ck_assert_int_eq(census_take(loop, vms, 2), 0);
	ck_assert_int_eq(vms[0].err, -ESRCH);
	ck_assert_int_eq(vms[1].err, 0);
	ck_assert_uint_eq(vms[1].pages[CENSUS_ZERO], TO_ZERO - TO_ABSENT);
}
END_TEST

START_TEST(an_interruption_ends_it)
{
	loop->interrupted = true;
	measure(MEMORY);
	ck_assert_uint_eq(n_readings, 0);
}
END_TEST

/* Two map the same page of a file, and have not written to it. */
START_TEST(pages_of_one_file_are_shared)
{
	unsigned char buf[CENSUS_PAGE];
	struct census_vm vms[2];
	int fd = memfd_create("template", MFD_CLOEXEC);
	unsigned int i;
	pid_t pid = getpid();
	char *p[2];

	noise(buf, 5);
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(write(fd, buf, sizeof(buf)), sizeof(buf));
	for (i = 0; i < 2; i++) {
		p[i] = mmap(NULL, 8 * CENSUS_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		ck_assert_int_eq(madvise(p[i], 8 * CENSUS_PAGE, MADV_POPULATE_READ), 0);
		vms[i] = (struct census_vm){ .pid = pid,
					     .start = (uintptr_t)p[i],
					     .size = 8 * CENSUS_PAGE };
	}
	p[1][0] = 'x';
	ck_assert_int_eq(census_take(loop, vms, 2), 0);
	ck_assert_uint_eq(vms[0].pages[CENSUS_ACROSS], 8);
	ck_assert_uint_eq(vms[1].pages[CENSUS_ACROSS], 7);
	ck_assert_uint_eq(vms[1].pages[CENSUS_UNIQUE], 1);
	ck_assert_uint_ge(vms[0].shared, 7);
	ck_assert_uint_eq(vms[1].shared, 7);
	for (i = 0; i < 2; i++)
		munmap(p[i], 8 * CENSUS_PAGE);
	close(fd);
}
END_TEST

START_TEST(a_page_map_says_what_is_there)
{
	ck_assert_int_eq(guest_page_state(0), GUEST_PAGE_ABSENT);
	ck_assert_int_eq(guest_page_state(1ull << 61), GUEST_PAGE_ABSENT);
	ck_assert_int_eq(guest_page_state(1ull << 62 | 0x1234), GUEST_PAGE_SWAPPED);
	ck_assert_int_eq(guest_page_state(1ull << 63), GUEST_PAGE_SHARED);
	ck_assert_int_eq(guest_page_state(1ull << 63 | 1ull << 61), GUEST_PAGE_SHARED);
	ck_assert_int_eq(guest_page_state(1ull << 63 | 1ull << 56), GUEST_PAGE_PRESENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("census");
	TCase *tc = tcase_create("census");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_page_is_of_its_class);
	tcase_add_test(tc, one_guest_alone_has_nothing_across);
	tcase_add_test(tc, a_guest_that_is_gone_is_left_out);
	tcase_add_test(tc, one_that_cannot_be_read_says_why);
	tcase_add_test(tc, an_interruption_ends_it);
	tcase_add_test(tc, pages_of_one_file_are_shared);
	tcase_add_test(tc, a_page_map_says_what_is_there);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
