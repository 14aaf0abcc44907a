// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest agent's requests and jobs, run on the host: every request is answered exactly once. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The guest's code is not part of the harness. */
#include "agent/frame.c"
#include "agent/adopt.c"
#include "agent/job.c"
#include "agent/line.c"
#include "agent/module.c"
#include "agent/request.c"
#include "agent/setup.c"
#include "agent/work.c"

#define DEADLINE_MS 10000

static struct frame_queue out;
static struct frame_reader reader;

/* What came back for one request. */
struct answer {
	int ends; /* DDAG_EXIT and DDAG_ERROR frames */
	int32_t status; /* of DDAG_EXIT */
	int32_t err; /* of DDAG_ERROR */
	char text[1024]; /* output, or the error's text */
	size_t total; /* bytes of output */
};

void shell_reaped(pid_t pid)
{
	(void)pid;
}

static void setup(void)
{
	memset(&reader, 0, sizeof(reader));
}

static void teardown(void)
{
	free(out.data);
	memset(&out, 0, sizeof(out));
}

static void request(uint16_t type, uint32_t id, const void *payload, size_t len)
{
	const struct ddag_header header = {
		.magic = DDAG_MAGIC, .type = type, .id = id, .length = (uint32_t)len
	};

	request_handle(&out, &header, payload);
}

static void keep(struct answer *a, const char *data, size_t len)
{
	size_t used = strlen(a->text), room = sizeof(a->text) - 1 - used;

	memcpy(a->text + used, data, len < room ? len : room);
}

static void take(struct answer *a, const struct ddag_header *header, const char *payload)
{
	struct ddag_exit done;

	switch (header->type) {
	case DDAG_OUT:
		a->total += header->length;
		keep(a, payload, header->length);
		break;
	case DDAG_EXIT:
		ck_assert_uint_eq(header->length, sizeof(done));
		memcpy(&done, payload, sizeof(done));
		a->status = done.status;
		a->ends++;
		break;
	case DDAG_ERROR:
		ck_assert_uint_ge(header->length, sizeof(a->err));
		memcpy(&a->err, payload, sizeof(a->err));
		keep(a, payload + sizeof(a->err), header->length - sizeof(a->err));
		a->ends++;
		break;
	default:
		ck_abort_msg("unexpected type %u", header->type);
	}
}

static void step(struct answer *answers, size_t n)
{
	struct pollfd fds[JOBS_MAX];
	struct ddag_header header;
	const char *payload;
	size_t n_fds = job_poll_fds(fds, &out), space, len;
	void *to;

	poll(fds, n_fds, 10);
	job_read(fds, n_fds, &out);
	job_reap(&out);
	while (frame_queue_pending(&out)) {
		to = frame_reader_space(&reader, &space);
		len = frame_queue_pending(&out) < space ? frame_queue_pending(&out) : space;
		memcpy(to, out.data + out.start, len);
		out.start += len;
		frame_reader_added(&reader, len);
		while (frame_reader_next(&reader, &header, &payload)) {
			ck_assert_uint_lt(header.id, n);
			take(&answers[header.id], &header, payload);
		}
	}
}

/* Runs the agent's loop until the request has been answered. */
static void finish(struct answer *answers, size_t n, uint32_t id)
{
	int i;

	for (i = 0; !answers[id].ends && i < DEADLINE_MS / 10; i++)
		step(answers, n);
	ck_assert_int_eq(answers[id].ends, 1);
}

#define WORDS(words) words, sizeof(words)

START_TEST(output_and_status_come_back)
{
	struct answer a[2] = { 0 };

	request(DDAG_EXEC, 1, WORDS("sh\0-c\0echo one; echo two >&2; exit 3"));
	finish(a, 2, 1);
	ck_assert_int_eq(a[1].status, 3);
	ck_assert_str_eq(a[1].text, "one\ntwo\n");
}
END_TEST

START_TEST(much_output_arrives_whole)
{
	struct answer a[2] = { 0 };

	request(DDAG_EXEC, 1,
		WORDS("head\0-c\0"
		      "3000000\0/dev/zero"));
	finish(a, 2, 1);
	ck_assert_int_eq(a[1].status, 0);
	ck_assert_uint_eq(a[1].total, 3000000);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_an_error)
{
	struct answer a[2] = { 0 };

	request(DDAG_EXEC, 1, WORDS("no-such-program"));
	finish(a, 2, 1);
	ck_assert_int_eq(a[1].err, -ENOENT);
	ck_assert_ptr_nonnull(strstr(a[1].text, "no-such-program"));
}
END_TEST

START_TEST(payloads_without_their_nul_are_refused)
{
	static const uint16_t types[] = { DDAG_EXEC, DDAG_MODPROBE, DDAG_READ, DDAG_WRITE,
					  DDAG_LINE };
	struct answer a[16] = { 0 };
	uint32_t id = 0;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		request(types[i], id, "/etc/passwd", 3);
		request(types[i], id + 1, "", 0);
		request(types[i], id + 2, "\0\0", 2);
		finish(a, 16, id);
		finish(a, 16, id + 1);
		finish(a, 16, id + 2);
		ck_assert_int_eq(a[id].err, -EINVAL);
		ck_assert_int_eq(a[id + 1].err, -EINVAL);
		ck_assert_int_eq(a[id + 2].err, -EINVAL);
		id += 3;
	}
}
END_TEST

START_TEST(only_a_terminal_can_be_made_an_interface)
{
	static const char no_name[] = "/dev/null\00017", null[] = "/dev/null\00017\0line0";
	struct answer a[2] = { 0 };

	request(DDAG_LINE, 0, no_name, sizeof(no_name));
	request(DDAG_LINE, 1, null, sizeof(null));
	finish(a, 2, 0);
	finish(a, 2, 1);
	ck_assert_int_eq(a[0].err, -EINVAL);
	ck_assert_str_eq(a[0].text, "an interface's name is expected");
	ck_assert_int_eq(a[1].err, -ENOTTY);
}
END_TEST

START_TEST(too_many_arguments_are_refused)
{
	struct answer a[2] = { 0 };
	char words[2 * (ARGS_MAX + 1)];
	size_t i;

	for (i = 0; i < sizeof(words); i += 2)
		memcpy(words + i, "x", 2);
	request(DDAG_EXEC, 1, words, sizeof(words));
	finish(a, 2, 1);
	ck_assert_int_eq(a[1].err, -E2BIG);
}
END_TEST

START_TEST(jobs_run_side_by_side_and_can_be_signalled)
{
	const struct ddag_signal term = { .id = 1, .signal = SIGTERM };
	const struct ddag_signal bad = { .id = 1, .signal = 100000 };
	const struct ddag_signal none = { .id = 77, .signal = SIGTERM };
	struct answer a[8] = { 0 };

	request(DDAG_EXEC, 1, WORDS("sh\0-c\0sleep 100; true"));
	request(DDAG_EXEC, 2, WORDS("echo\0second"));
	finish(a, 8, 2);
	ck_assert_int_eq(a[1].ends, 0);
	request(DDAG_SIGNAL, 3, &none, sizeof(none));
	request(DDAG_SIGNAL, 4, &bad, sizeof(bad));
	request(DDAG_SIGNAL, 5, &term, sizeof(term) - 1);
	request(DDAG_SIGNAL, 6, &term, sizeof(term));
	finish(a, 8, 6);
	ck_assert_int_eq(a[3].err, -ESRCH);
	ck_assert_int_eq(a[4].err, -EINVAL);
	ck_assert_int_eq(a[5].err, -EINVAL);
	ck_assert_int_eq(a[6].status, 0);
	finish(a, 8, 1);
	ck_assert_int_eq(a[1].status, 128 + SIGTERM);
}
END_TEST

START_TEST(what_a_command_leaves_behind_does_not_delay_its_answer)
{
	struct answer a[2] = { 0 };

	request(DDAG_EXEC, 1, WORDS("sh\0-c\0sleep 100 & echo $!"));
	finish(a, 2, 1);
	ck_assert_int_eq(a[1].status, 0);
	ck_assert_int_eq(kill(atoi(a[1].text), SIGKILL), 0);
}
END_TEST

START_TEST(one_job_too_many_is_refused)
{
	const struct ddag_signal kill_it = { .id = 0, .signal = SIGKILL };
	struct answer a[JOBS_MAX + 4] = { 0 };
	struct ddag_signal s = kill_it;
	uint32_t i;

	for (i = 0; i < JOBS_MAX; i++)
		request(DDAG_EXEC, i,
			WORDS("sleep\0"
			      "100"));
	request(DDAG_EXEC, JOBS_MAX, WORDS("true"));
	finish(a, JOBS_MAX + 4, JOBS_MAX);
	ck_assert_int_eq(a[JOBS_MAX].err, -EAGAIN);
	for (i = 0; i < JOBS_MAX; i++) {
		s.id = i;
		request(DDAG_SIGNAL, JOBS_MAX + 1, &s, sizeof(s));
		finish(a, JOBS_MAX + 4, i);
		ck_assert_int_eq(a[i].status, 128 + SIGKILL);
	}
	ck_assert_int_eq(a[JOBS_MAX + 1].ends, JOBS_MAX);
	request(DDAG_EXEC, JOBS_MAX + 2, WORDS("true"));
	finish(a, JOBS_MAX + 4, JOBS_MAX + 2);
	ck_assert_int_eq(a[JOBS_MAX + 2].status, 0);
}
END_TEST

START_TEST(files_are_written_and_read)
{
	char path[] = "/tmp/drivervm-test-XXXXXX", payload[64];
	struct answer a[6] = { 0 };
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	memset(payload, 0, sizeof(payload));
	strcpy(payload, path);
	strcpy(payload + sizeof(path), "content");
	request(DDAG_WRITE, 1, payload, sizeof(path) + strlen("content"));
	finish(a, 6, 1);
	ck_assert_int_eq(a[1].status, 0);
	request(DDAG_READ, 2, WORDS(path));
	finish(a, 6, 2);
	ck_assert_str_eq(a[2].text, "content");
	unlink(path);
	request(DDAG_READ, 3, WORDS(path));
	finish(a, 6, 3);
	ck_assert_int_eq(a[3].err, -ENOENT);
	request(DDAG_READ, 4, WORDS("/tmp"));
	finish(a, 6, 4);
	ck_assert_int_eq(a[4].err, -EISDIR);
	request(DDAG_WRITE, 5, WORDS("/no/such/file"));
	finish(a, 6, 5);
	ck_assert_int_eq(a[5].err, -ENOENT);
}
END_TEST

START_TEST(an_unknown_request_and_a_used_id_are_refused)
{
	const struct ddag_signal term = { .id = 1, .signal = SIGTERM };
	struct answer a[3] = { 0 };

	request(999, 2, NULL, 0);
	finish(a, 3, 2);
	ck_assert_int_eq(a[2].err, -ENOSYS);
	request(DDAG_EXEC, 1,
		WORDS("sleep\0"
		      "100"));
	request(DDAG_EXEC, 1, WORDS("true"));
	finish(a, 3, 1);
	ck_assert_int_eq(a[1].err, -EBUSY);
	memset(a, 0, sizeof(a));
	request(DDAG_SIGNAL, 2, &term, sizeof(term));
	finish(a, 3, 1);
	ck_assert_int_eq(a[1].status, 128 + SIGTERM);
}
END_TEST

START_TEST(module_names_match_files_as_the_kernel_does)
{
	ck_assert(path_is_module("kernel/net/ne2k-pci.ko", "ne2k_pci"));
	ck_assert(path_is_module("ne2k-pci.ko", "ne2k-pci"));
	ck_assert(!path_is_module("kernel/e1000e.ko", "e1000"));
	ck_assert(!path_is_module("kernel/e1000.ko", "e1000e"));
	ck_assert(!path_is_module("kernel/e1000/e1000.o", "e1000"));
	ck_assert(!path_is_module("", "e1000"));
}
END_TEST

START_TEST(an_adoption_without_a_name_is_refused)
{
	const struct ddag_adopt nameless = { .realtime_ns = 1 };

	ck_assert_int_eq(adopt((const char *)&nameless, sizeof(nameless)), -EINVAL);
	ck_assert_int_eq(adopt((const char *)&nameless, 3), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent_jobs");
	TCase *tc = tcase_create("jobs");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, output_and_status_come_back);
	tcase_add_test(tc, much_output_arrives_whole);
	tcase_add_test(tc, a_program_that_is_not_there_is_an_error);
	tcase_add_test(tc, payloads_without_their_nul_are_refused);
	tcase_add_test(tc, only_a_terminal_can_be_made_an_interface);
	tcase_add_test(tc, too_many_arguments_are_refused);
	tcase_add_test(tc, jobs_run_side_by_side_and_can_be_signalled);
	tcase_add_test(tc, what_a_command_leaves_behind_does_not_delay_its_answer);
	tcase_add_test(tc, one_job_too_many_is_refused);
	tcase_add_test(tc, files_are_written_and_read);
	tcase_add_test(tc, an_unknown_request_and_a_used_id_are_refused);
	tcase_add_test(tc, an_adoption_without_a_name_is_refused);
	tcase_add_test(tc, module_names_match_files_as_the_kernel_does);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
