// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client's sound card whose driver is in a driver VM: stock programs play and capture; what plays
 * survives the driver VM; and neither half believes what the other would not honestly say.
 */
/* The rest of this test takes its time too. */
#define BURST 300

#include "forge.h"
#include "hostile.h"

#include "modules/ddsnd/ddsnd_config.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#define DEVICE "sound0"
#define DD "sound-dd"
#define DRIVER "/sys/bus/ddlink/drivers/ddsnd_client"
#define STATS "/sys/bus/ddlink/devices/" DEVICE "/stats"
#define XRUNS "/sys/bus/ddlink/devices/" DEVICE "/xruns"
#define TIMEOUT "/sys/module/ddsnd_client/parameters/timeout_ms"
#define FORMAT "-t raw -f S16_LE -c 2 -r 48000 -D hw:" DEVICE
#define PLAY "head -c 192000 /dev/zero | timeout 20 aplay -q " FORMAT
/* At the rate at which QEMU hears. */
#define CAPTURE "timeout 20 arecord -q -d 2 -t raw -f S16_LE -c 2 -r 44100 -D hw:" DEVICE
/* Plays for ever, and notes each time it was too late. */
#define PLAY_ON "while :; do aplay " FORMAT " /dev/zero; done >/tmp/play.log 2>&1"
/* After the last violation a side waits up to 5 s before it tries again. */
#define RESUME_S 30

static void setup(void)
{
	bring_up("sound", NULL, "snd");
}

static void setup_heard(void)
{
	static const char *const options[] = { DEVICE ".audio=file", NULL };

	device_options = options;
	bring_up("sound", NULL, "snd");
	device_options = NULL;
}

static struct vm *dd(void)
{
	return system_vm(sys, DD);
}

static long long recorded(void)
{
	struct system_device device;
	struct stat st;

	ck_assert(system_client_device(sys, "snd", 0, &device));
	ck_assert_int_eq(stat(device.peer_path, &st), 0);
	return st.st_size;
}

static void set_timeout(unsigned int ms)
{
	char *script = xasprintf("echo %u >" TIMEOUT, ms);

	client_does(script);
	free(script);
}

/* Until something is playing. */
static void let_play(void)
{
	client_does(
		"i=0; until grep -q RUNNING /proc/asound/" DEVICE "/pcm0p/sub0/status; do "
		"sleep 0.1; [ $((i += 1)) -lt 300 ] || { tail -n 5 /tmp/play.log; exit 1; }; done");
}

static void stop_playing(int player)
{
	client_does("killall -9 aplay; true");
	vm_exec_kill(system_client(sys), player, SIGKILL);
	client_does("killall -9 aplay; true");
}

static void sound_works_again(void)
{
	char *script =
		xasprintf("end=$(($(date +%%s) + %u)); until " PLAY " 2>/tmp/log; do "
			  "[ $(date +%%s) -lt $end ] || { tail -n 1 /tmp/log; exit 1; }; done",
			  RESUME_S);

	client_does(script);
	free(script);
}

START_TEST(a_second_of_sound_takes_a_second_and_is_recorded)
{
	long long before = recorded();

	client_does("a=$(date +%s); " PLAY "; [ $? = 0 ] && t=$(($(date +%s) - a)) && "
		    "[ $t -ge 1 ] && [ $t -le 6 ]");
	/* What is in QEMU's card as it stops is not played, and of its file it keeps the last 4
	 * KiB. */
	ck_assert_int_ge(recorded() - before, 192000 * 3 / 4);
	kernels_are_well();
}
END_TEST

START_TEST(what_the_card_cannot_do_is_refused)
{
	client_does("! aplay -q -t raw -f S24_LE -c 2 -r 48000 -D hw:" DEVICE
		    " /dev/zero 2>/tmp/log "
		    "&& grep 'non available' /tmp/log");
}
END_TEST

START_TEST(a_late_program_is_told_so_and_counted)
{
	long long before = guest_number(system_client(sys), XRUNS, "playback ");

	client_does("{ head -c 96000 /dev/zero; sleep 2; head -c 96000 /dev/zero; } | "
		    "timeout 20 aplay " FORMAT " 2>&1 | grep 'underrun'");
	ck_assert_int_gt(guest_number(system_client(sys), XRUNS, "playback "), before);
}
END_TEST

START_TEST(playing_outlives_the_driver_vm)
{
	int player;

	set_timeout(60000);
	player = client_starts("aplay " FORMAT " /dev/zero >/tmp/play.log 2>&1");
	let_play();
	ck_assert_int_eq(kill(vm_pid(dd()), SIGKILL), 0);
	ck_assert_int_eq(loop_sleep(loop, 2500 * USEC_PER_MSEC), 0);
	client_answers();
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	let_play();
	client_does("grep -q underrun /tmp/play.log || { tail -n 5 /tmp/play.log; exit 1; }");
	stop_playing(player);
	set_timeout(10000);
	sound_works_again();
	kernels_are_well();
}
END_TEST

START_TEST(a_stopped_driver_vm_is_an_error_in_time)
{
	set_timeout(3000);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	client_does("a=$(date +%s); ! " PLAY " 2>/tmp/log && [ $(($(date +%s) - a)) -le 6 ]");
	client_answers();
	ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	set_timeout(10000);
	sound_works_again();
	kernels_are_well();
}
END_TEST

START_TEST(the_client_half_leaves_while_something_plays)
{
	int player = client_starts("aplay " FORMAT " /dev/zero >/tmp/play.log 2>&1");

	let_play();
	client_does("timeout 10 sh -c 'echo " DEVICE " >" DRIVER "/unbind'");
	client_does(
		"i=0; while pidof aplay; do sleep 0.1; [ $((i += 1)) -lt 100 ] || exit 1; done");
	vm_exec_kill(system_client(sys), player, SIGKILL);
	client_does("echo " DEVICE " >" DRIVER "/bind && i=0; until [ -e /proc/asound/" DEVICE
		    " ]; "
		    "do sleep 0.1; [ $((i += 1)) -lt 100 ] || exit 1; done");
	sound_works_again();
	kernels_are_well();
}
END_TEST

/* A record as the honest producer of that ring would write it, but for what it says. */
struct forged {
	unsigned int ring;
	uint32_t type, len;
	uint32_t words[6];
	uint64_t cookie;
};

static void forge(const struct forged *f)
{
	struct ddlink_rec_header header = { f->len, f->type, f->cookie };

	forge_record(DEVICE, f->ring, &header, f->words);
}

static const struct forged lies[] = {
	{ DDLINK_RING_TO_SERVER, 9, 8, { 0 }, 1 }, /* no such record */
	{ DDLINK_RING_TO_SERVER, DDSND_PREPARE, 8, { 0 }, 1 }, /* too short */
	{ DDLINK_RING_TO_SERVER, DDSND_PREPARE, 24, { 2, 48000, 2, 1024, 4096, 0 }, 1 }, /* no
											    stream
											  */
	{ DDLINK_RING_TO_SERVER, DDSND_PREPARE, 24, { 0, 48000, 2, 1024, 4096, 0 }, 0 }, /* no run
											  */
	{ DDLINK_RING_TO_SERVER, DDSND_START, 8, { 0 }, 1 }, /* never prepared */
	{ DDLINK_RING_TO_SERVER, DDSND_STOP, 8, { 7 }, 1 }, /* no such stream */
	{ DDLINK_RING_TO_SERVER, DDSND_SAMPLES, 16, { 0 }, 1 }, /* of no run */
	{ DDLINK_RING_TO_CLIENT, 9, 8, { 0 }, 1 }, /* no such record */
	{ DDLINK_RING_TO_CLIENT, DDSND_PREPARED, 8, { 0 }, 1 }, /* the answer to nothing */
	{ DDLINK_RING_TO_CLIENT, DDSND_ENDED, 8, { 0, 32 }, 1 }, /* nothing ran */
	{ DDLINK_RING_TO_CLIENT, DDSND_POSITION, 8, { 1, 0 }, 1 }, /* likewise */
	{ DDLINK_RING_TO_CLIENT, DDSND_CAPTURED, 16, { 0 }, 1 }, /* likewise */
};

/* Until there is a session again, after a pause too. */
static void wait_up(void)
{
	while (!link_is_up(DEVICE))
		ck_assert_int_eq(loop_sleep(loop, 50 * USEC_PER_MSEC), 0);
}

/* A session in which there was no run yet. */
static void begin_session(void)
{
	wait_up();
	client_does("echo " DEVICE " >" DRIVER "/unbind && echo " DEVICE " >" DRIVER "/bind");
	wait_up();
}

START_TEST(a_record_that_is_never_sent_ends_the_session)
{
	const struct forged *f = &lies[_i];
	struct vm *vm = f->ring == DDLINK_RING_TO_SERVER ? dd() : system_client(sys);
	long long before;

	begin_session();
	before = violations(vm, DEVICE);
	forge(f);
	wait_violation(vm, DEVICE, before);
	kernels_are_well();
}
END_TEST

/* A card that has played what it was never given. */
START_TEST(a_position_beyond_what_was_sent_ends_the_session)
{
	struct forged f = { DDLINK_RING_TO_CLIENT, DDSND_POSITION, 8, { 0, 1 }, 0 };
	long long before = violations(system_client(sys), DEVICE);
	int player = client_starts(PLAY_ON);

	for (f.cookie = 0; violations(system_client(sys), DEVICE) == before;
	     f.cookie = f.cookie % 64 + 1) {
		if (f.cookie % 64 == 0)
			let_play();
		ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
		forge(&f);
		ck_assert_int_eq(loop_sleep(loop, 50 * USEC_PER_MSEC), 0);
		ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	}
	stop_playing(player);
	sound_works_again();
	kernels_are_well();
}
END_TEST

START_TEST(random_link_contents_harm_nobody)
{
	int player;

	set_timeout(500);
	player = client_starts(PLAY_ON);
	write_contents(DEVICE, DD);
	stop_playing(player);
	set_timeout(10000);
	sound_works_again();
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

START_TEST(what_the_card_hears_is_captured_at_its_pace)
{
	struct system_device device;
	unsigned int i;
	FILE *f;

	ck_assert(system_client_device(sys, "snd", 0, &device));
	f = fopen(device.peer_path, "wb");
	ck_assert_ptr_nonnull(f);
	for (i = 0; i < 2 * 10 * 44100; i++)
		ck_assert_int_eq(fwrite("\322\004", 2, 1, f), 1);
	ck_assert_int_eq(fclose(f), 0);
	client_does("a=$(date +%s); " CAPTURE
		    " /tmp/heard; [ $? = 0 ] && t=$(($(date +%s) - a)) && "
		    "[ $t -ge 1 ] && [ $t -le 6 ] && [ $(stat -c %s /tmp/heard) = 352800 ] && n=$("
		    "od -An -v -td2 /tmp/heard | tr -s ' ' '\\n' | grep -c '^1234$'); "
		    "[ $n -gt 170000 ] || { echo $n; exit 1; }");
	client_does(PLAY);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *cases[] = { tcase_create("sound-system"), tcase_create("heard-system") };

	tcase_add_unchecked_fixture(cases[0], setup, take_down);
	/* First, while the pauses after violations are short: they double. */
	tcase_add_loop_test(cases[0], a_record_that_is_never_sent_ends_the_session, 0,
			    ARRAY_SIZE(lies));
	tcase_add_test(cases[0], a_second_of_sound_takes_a_second_and_is_recorded);
	tcase_add_test(cases[0], what_the_card_cannot_do_is_refused);
	tcase_add_test(cases[0], a_late_program_is_told_so_and_counted);
	tcase_add_test(cases[0], a_stopped_driver_vm_is_an_error_in_time);
	tcase_add_test(cases[0], the_client_half_leaves_while_something_plays);
	tcase_add_test(cases[0], playing_outlives_the_driver_vm);
	tcase_add_test(cases[0], a_position_beyond_what_was_sent_ends_the_session);
	tcase_add_test(cases[0], random_link_contents_harm_nobody);
	tcase_add_unchecked_fixture(cases[1], setup_heard, take_down);
	tcase_add_test(cases[1], what_the_card_hears_is_captured_at_its_pace);
	return run_suite("sound-system", cases, ARRAY_SIZE(cases));
}
