// SPDX-License-Identifier: GPL-2.0-or-later
/* A link's descriptor and handshake: two sides that come, go, hang and write nonsense. */
#include <check.h>
#include <stdlib.h>

#include "ddlink_desc.h"
#include "ddlink_session.h"

static struct ddlink_side pages[2];
static struct ddlink_session sides[2];
static u32 next_number;
/* What stands in for a side's ring indices: the session they were reset for, or 0 if in use. */
static u32 reset_for[2];
/* Somebody wrote over the pages: what they say need not be true. */
static bool damaged;

static void setup(void)
{
	memset(pages, 0, sizeof(pages));
	memset(sides, 0, sizeof(sides));
	memset(reset_for, 0, sizeof(reset_for));
	for (int i = 0; i < 2; i++) {
		sides[i].own = &pages[i];
		sides[i].peer = &pages[1 - i];
	}
	next_number = 100;
	damaged = false;
}

static void start(int i)
{
	ddlink_session_start(&sides[i], ++next_number);
	reset_for[i] = next_number;
	ddlink_session_ready(&sides[i]);
}

/* What ddlink does at each look, less the waiting. Returns the last verdict. */
static enum ddlink_verdict look(int i)
{
	struct ddlink_session *s = &sides[i], *other = &sides[1 - i];
	enum ddlink_verdict verdict = ddlink_session_look(s);

	if (verdict == DDLINK_FALL)
		start(i);
	if (verdict == DDLINK_RISE && !damaged) {
		/* The heart of it: whoever was acknowledged has reset its indices. */
		ck_assert(reset_for[1 - i] == s->ack || (other->up && other->number == s->ack));
	}
	if (s->up && other->up)
		reset_for[i] = 0;
	return verdict;
}

static void settle(void)
{
	for (int n = 0; n < 4; n++) {
		look(0);
		look(1);
	}
}

static void expect_up(void)
{
	ck_assert(sides[0].up && sides[1].up);
	ck_assert_uint_eq(sides[0].ack, sides[1].number);
	ck_assert_uint_eq(sides[1].ack, sides[0].number);
}

static void bring_up(void)
{
	start(0);
	start(1);
	settle();
	expect_up();
}

static void beat(int i, int times)
{
	while (times--)
		ddlink_session_beat(&sides[i]);
}

START_TEST(both_come_up_whoever_is_first)
{
	start(_i);
	ck_assert_int_eq(look(_i), DDLINK_STAY);
	ck_assert(!sides[_i].peer_there);
	start(1 - _i);
	ck_assert_int_eq(look(1 - _i), DDLINK_STAY);
	ck_assert(sides[1 - _i].peer_there);
	ck_assert_int_eq(look(_i), DDLINK_RISE);
	ck_assert_int_eq(look(1 - _i), DDLINK_RISE);
	expect_up();
	ck_assert_int_eq(look(0), DDLINK_STAY);
	ck_assert_int_eq(look(1), DDLINK_STAY);
}
END_TEST

START_TEST(alone_nobody_comes_up)
{
	start(0);
	for (int n = 0; n < 10; n++) {
		beat(0, 1);
		ck_assert_int_eq(look(0), DDLINK_STAY);
	}
	ck_assert(!sides[0].up);
}
END_TEST

START_TEST(restart_ends_the_session_and_begins_a_new_one)
{
	u32 before;

	bring_up();
	before = sides[1 - _i].number;
	start(_i);
	ck_assert_int_eq(look(1 - _i), DDLINK_FALL);
	ck_assert_int_eq(sides[1 - _i].loss, DDLINK_LOSS_RESTARTED);
	ck_assert(!ddlink_loss_is_violation(sides[1 - _i].loss));
	settle();
	expect_up();
	ck_assert_uint_ne(sides[1 - _i].number, before);
}
END_TEST

START_TEST(acknowledgement_withdrawn_ends_the_session)
{
	bring_up();
	ddlink_store(&pages[1].ack, 0);
	ck_assert(ddlink_session_beat(&sides[0]));
	ck_assert_int_eq(look(0), DDLINK_FALL);
	ck_assert_int_eq(sides[0].loss, DDLINK_LOSS_RESTARTED);
	settle();
	expect_up();
}
END_TEST

START_TEST(acknowledgement_waits_until_the_indices_are_reset)
{
	start(0);
	ddlink_session_start(&sides[1], 7);
	look(0);
	ck_assert_int_eq(ddlink_session_look(&sides[1]), DDLINK_STAY);
	ck_assert_uint_eq(pages[1].ack, 0);
	look(0);
	ck_assert(!sides[0].up);
	reset_for[1] = 7;
	ddlink_session_ready(&sides[1]);
	settle();
	expect_up();
}
END_TEST

START_TEST(page_of_a_dead_side_is_not_taken_for_a_live_one)
{
	bring_up();
	/* Side 1 is dead: its page stays as it was, acknowledgement and all. */
	beat(0, DDLINK_SILENT_BEATS);
	ck_assert_int_eq(look(0), DDLINK_FALL);
	ck_assert_int_eq(sides[0].loss, DDLINK_LOSS_SILENT);
	for (int n = 0; n < 10; n++) {
		beat(0, 1);
		ck_assert_int_eq(look(0), DDLINK_STAY);
	}
	ck_assert(!sides[0].up);
}
END_TEST

START_TEST(silence_is_as_long_for_a_side_that_beats_more_often)
{
	bring_up();
	sides[0].beat_ms = DDLINK_HEARTBEAT_MS / 5;
	beat(0, 5 * DDLINK_SILENT_BEATS - 1);
	ck_assert_int_eq(look(0), DDLINK_STAY);
	beat(0, 1);
	ck_assert_int_eq(look(0), DDLINK_FALL);
	ck_assert_int_eq(sides[0].loss, DDLINK_LOSS_SILENT);
}
END_TEST

START_TEST(side_that_hung_comes_back)
{
	bring_up();
	beat(0, DDLINK_SILENT_BEATS - 1);
	ck_assert_int_eq(look(0), DDLINK_STAY);
	ck_assert(ddlink_session_beat(&sides[0]));
	ck_assert_int_eq(look(0), DDLINK_FALL);
	/* It wakes, still believing in the old session. */
	ck_assert(ddlink_session_beat(&sides[1]));
	ck_assert_int_eq(look(1), DDLINK_FALL);
	ck_assert_int_eq(sides[1].loss, DDLINK_LOSS_RESTARTED);
	settle();
	expect_up();
}
END_TEST

START_TEST(own_sleep_is_not_the_others_silence)
{
	bring_up();
	/* However long we slept: one beat of ours, none of theirs seen yet. */
	beat(0, 1);
	ck_assert_int_eq(look(0), DDLINK_STAY);
	for (int n = 0; n < 100; n++) {
		beat(1, 1);
		ck_assert_msg(!ddlink_session_beat(&sides[0]), "a quiet beat asks for a look");
	}
	ck_assert_int_eq(look(0), DDLINK_STAY);
	expect_up();
}
END_TEST

START_TEST(leaving_is_seen_at_once)
{
	bring_up();
	ddlink_session_leave(&sides[1]);
	ck_assert(ddlink_session_beat(&sides[0]));
	ck_assert_int_eq(look(0), DDLINK_FALL);
	ck_assert_int_eq(sides[0].loss, DDLINK_LOSS_GONE);
	ck_assert_int_eq(look(0), DDLINK_STAY);
	ck_assert(!sides[0].peer_there);
	start(1);
	settle();
	expect_up();
}
END_TEST

START_TEST(garbage_in_their_page_is_a_violation)
{
	bring_up();
	pages[1].magic = 0xdeadbeef;
	ck_assert_int_eq(look(0), DDLINK_FALL);
	ck_assert_int_eq(sides[0].loss, DDLINK_LOSS_NONSENSE);
	ck_assert(ddlink_loss_is_violation(sides[0].loss));
	/* Its owner finds out and mends it. */
	ck_assert_int_eq(look(1), DDLINK_FALL);
	ck_assert_int_eq(sides[1].loss, DDLINK_LOSS_OVERWRITTEN);
	settle();
	expect_up();
}
END_TEST

static const size_t own_fields[] = {
	offsetof(struct ddlink_side, magic),	offsetof(struct ddlink_side, version),
	offsetof(struct ddlink_side, session),	offsetof(struct ddlink_side, ack),
	offsetof(struct ddlink_side, features),
};

START_TEST(each_damage_to_the_own_page_is_found)
{
	u8 *field = (u8 *)&pages[0] + own_fields[_i];

	bring_up();
	*field ^= 0x40;
	ck_assert(ddlink_session_beat(&sides[0]));
	ck_assert_int_eq(look(0), DDLINK_FALL);
	ck_assert_int_eq(sides[0].loss, DDLINK_LOSS_OVERWRITTEN);
	settle();
	expect_up();
}
END_TEST

START_TEST(replaced_region_is_told_from_a_damaged_one)
{
	bring_up();
	memset(pages, 0, sizeof(pages));
	ck_assert(ddlink_session_beat(&sides[0]));
	ck_assert_int_eq(look(0), DDLINK_FALL);
	ck_assert_int_eq(sides[0].loss, DDLINK_LOSS_REPLACED);
	ck_assert(!ddlink_loss_is_violation(sides[0].loss));
	settle();
	expect_up();
}
END_TEST

START_TEST(another_version_is_no_partner)
{
	start(0);
	start(1);
	pages[1].version = DDLINK_VERSION + 1;
	ck_assert_int_eq(look(0), DDLINK_STAY);
	ck_assert(!sides[0].peer_there);
	ck_assert_uint_eq(pages[0].ack, 0);
}
END_TEST

/* Whatever happens in whatever order, nobody rises on indices that are not reset, and then peace.
 */
START_TEST(any_history_ends_in_a_session)
{
	srand(1);
	for (int round = 0; round < 20000; round++) {
		if (round % 100 == 0)
			setup();
		for (int n = rand() % 12; n > 0; n--) {
			int i = rand() % 2;

			switch (rand() % 10) {
			case 0:
				start(i);
				break;
			case 1:
				((u8 *)&pages[i])[rand() % 32] = (u8)rand();
				damaged = true;
				break;
			case 2:
				beat(i, rand() % 5);
				break;
			case 3:
				ddlink_session_leave(&sides[i]);
				start(i);
				break;
			default:
				if (sides[i].number)
					look(i);
			}
		}
		for (int i = 0; i < 2; i++)
			if (!sides[i].number)
				start(i);
		settle();
		expect_up();
		damaged = false;
	}
}
END_TEST

static struct ddlink_desc good_desc(void)
{
	return (struct ddlink_desc){
		.magic = htole32(DDLINK_MAGIC),
		.version = htole32(DDLINK_VERSION),
		.region_size = htole32(DDLINK_REGION_SIZE),
		.class = htole32(DDLINK_CLASS_NET),
		.ring_size = htole32(DDLINK_RING_SIZE),
		.ring_offset = { htole32(DDLINK_RING_SIZE), htole32(2 * DDLINK_RING_SIZE) },
		.data_offset = htole32(DDLINK_CONTROL_SIZE),
		.data_size = htole32(DDLINK_RING_SIZE - DDLINK_CONTROL_SIZE),
		.name = "net0",
	};
}

START_TEST(good_descriptor_is_read)
{
	struct ddlink_desc d = good_desc();
	struct ddlink_geometry g;

	ck_assert_ptr_null(ddlink_desc_read(&d, DDLINK_REGION_SIZE, &g));
	ck_assert_uint_eq(g.class, DDLINK_CLASS_NET);
	ck_assert_uint_eq(g.ring_size, DDLINK_RING_SIZE);
	ck_assert_uint_eq(g.ring_offset[1], 2 * DDLINK_RING_SIZE);
	ck_assert_uint_eq(g.data_offset, DDLINK_CONTROL_SIZE);
	ck_assert_uint_eq(g.data_size, DDLINK_RING_SIZE - DDLINK_CONTROL_SIZE);
	ck_assert_str_eq(g.name, "net0");
	d.data_size = 0; /* a class may do without */
	ck_assert_ptr_null(ddlink_desc_read(&d, DDLINK_REGION_SIZE, &g));
}
END_TEST

static const struct {
	size_t field;
	u32 value;
} bad_values[] = {
	{ offsetof(struct ddlink_desc, magic), 0 },
	{ offsetof(struct ddlink_desc, version), DDLINK_VERSION + 1 },
	{ offsetof(struct ddlink_desc, region_size), 2 * DDLINK_REGION_SIZE },
	{ offsetof(struct ddlink_desc, ring_size), 0 },
	{ offsetof(struct ddlink_desc, ring_size), DDLINK_RING_SIZE - DDLINK_PAGE },
	{ offsetof(struct ddlink_desc, ring_size), 0x80000000u },
	{ offsetof(struct ddlink_desc, ring_size), 2 * DDLINK_RING_SIZE },
	{ offsetof(struct ddlink_desc, ring_size), 2048 },
	{ offsetof(struct ddlink_desc, ring_offset[0]), 0 },
	{ offsetof(struct ddlink_desc, ring_offset[0]), 4 * DDLINK_PAGE },
	{ offsetof(struct ddlink_desc, ring_offset[0]), DDLINK_RING_SIZE + 16 },
	{ offsetof(struct ddlink_desc, ring_offset[0]), DDLINK_RING_SIZE + DDLINK_PAGE },
	{ offsetof(struct ddlink_desc, ring_offset[1]), DDLINK_REGION_SIZE },
	{ offsetof(struct ddlink_desc, ring_offset[1]), 0u - DDLINK_PAGE },
	{ offsetof(struct ddlink_desc, ring_offset[1]), DDLINK_RING_SIZE },
	{ offsetof(struct ddlink_desc, data_offset), 0 },
	{ offsetof(struct ddlink_desc, data_offset), DDLINK_CONTROL_SIZE + 16 },
	{ offsetof(struct ddlink_desc, data_offset), DDLINK_CONTROL_SIZE + DDLINK_PAGE },
	{ offsetof(struct ddlink_desc, data_offset), 2 * DDLINK_RING_SIZE },
	{ offsetof(struct ddlink_desc, data_offset), DDLINK_REGION_SIZE - DDLINK_PAGE },
	{ offsetof(struct ddlink_desc, data_offset), 0u - DDLINK_PAGE },
	{ offsetof(struct ddlink_desc, data_size), DDLINK_PAGE + 512 },
	{ offsetof(struct ddlink_desc, data_size), DDLINK_RING_SIZE },
	{ offsetof(struct ddlink_desc, data_size), 0u - DDLINK_PAGE },
};

START_TEST(bad_descriptor_is_refused)
{
	struct ddlink_desc d = good_desc();
	struct ddlink_geometry g;

	*(__le32 *)((u8 *)&d + bad_values[_i].field) = htole32(bad_values[_i].value);
	ck_assert_ptr_nonnull(ddlink_desc_read(&d, DDLINK_REGION_SIZE, &g));
}
END_TEST

static const char bad_names[][DDLINK_NAME_MAX] = { "", "a b", "../up", "net0\n", "%s" };

START_TEST(bad_name_is_refused)
{
	struct ddlink_desc d = good_desc();
	struct ddlink_geometry g;

	memcpy(d.name, bad_names[_i], sizeof(d.name));
	ck_assert_str_eq(ddlink_desc_read(&d, DDLINK_REGION_SIZE, &g), "bad device name");
	memset(d.name, 'x', sizeof(d.name));
	ck_assert_str_eq(ddlink_desc_read(&d, DDLINK_REGION_SIZE, &g), "bad device name");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("handshake");
	TCase *session = tcase_create("session");
	TCase *desc = tcase_create("descriptor");

	tcase_set_timeout(session, 60);
	tcase_add_checked_fixture(session, setup, NULL);
	tcase_add_loop_test(session, both_come_up_whoever_is_first, 0, 2);
	tcase_add_test(session, alone_nobody_comes_up);
	tcase_add_loop_test(session, restart_ends_the_session_and_begins_a_new_one, 0, 2);
	tcase_add_test(session, acknowledgement_withdrawn_ends_the_session);
	tcase_add_test(session, acknowledgement_waits_until_the_indices_are_reset);
	tcase_add_test(session, page_of_a_dead_side_is_not_taken_for_a_live_one);
	tcase_add_test(session, silence_is_as_long_for_a_side_that_beats_more_often);
	tcase_add_test(session, side_that_hung_comes_back);
	tcase_add_test(session, own_sleep_is_not_the_others_silence);
	tcase_add_test(session, leaving_is_seen_at_once);
	tcase_add_test(session, garbage_in_their_page_is_a_violation);
	tcase_add_loop_test(session, each_damage_to_the_own_page_is_found, 0,
			    sizeof(own_fields) / sizeof(*own_fields));
	tcase_add_test(session, replaced_region_is_told_from_a_damaged_one);
	tcase_add_test(session, another_version_is_no_partner);
	tcase_add_test(session, any_history_ends_in_a_session);
	suite_add_tcase(s, session);

	tcase_add_test(desc, good_descriptor_is_read);
	tcase_add_loop_test(desc, bad_descriptor_is_refused, 0,
			    sizeof(bad_values) / sizeof(*bad_values));
	tcase_add_loop_test(desc, bad_name_is_refused, 0, sizeof(bad_names) / sizeof(*bad_names));
	suite_add_tcase(s, desc);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
