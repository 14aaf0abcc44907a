// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults of VMs, devices, data and links, one after the other in a system that is up. Each has the
 * effect that it is to have, and when it has ended the device works again: by itself, or once its
 * VM was replaced where a fault is for good. The client lives through all of them.
 */
#include "inject.h"

#include "link/link.h"

#define PING_ONCE "/bin/ping -q -n -c 1 -W 1 " PEER4 " >/dev/null"
#define DISK_BLOCKS "bs=64k count=64"
#define DISK "/dev/ddblk0"
#define READ_ONCE_MORE "dd if=" DISK " of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null"
/* A session that was broken is tried again at most 5 s later. */
#define AGAIN_S 20

enum after {
	WELL, /* the device works again, and the VM has never been away */
	MAYBE, /* it may work again, or the VM has to be replaced */
	GONE, /* the device is not there any more */
	DEAD, /* the VM does not answer any more */
};

static const struct trial {
	const char *fault, *device;
	const char *pairs[3]; /* parameters */
	const char *fails; /* a script in the client that fails meanwhile; NULL: none */
	unsigned int last_ms; /* from then until it is ended */
	enum after after;
} trials[] = {
	{ "spin", "net0", { "ms=300" }, NULL, 0, WELL },
	{ "nmi", "net0", { NULL }, NULL, 100, WELL },
	{ "memory-exhaustion", "net0", { "mib=24", "ms=0" }, NULL, 300, WELL },
	{ "garbage", "net0", { "ms=300" }, NULL, 400, WELL },
	{ "stale-epoch", "net0", { "ms=0" }, PING_ONCE, 0, WELL },
	{ "doorbell-storm", "disk0", { "ms=300" }, NULL, 400, WELL },
	{ "link-down", "net0", { "ms=0" }, PING_ONCE, 0, WELL },
	{ "mute", "net0", { "ms=0" }, PING_ONCE, 0, WELL },
	{ "interrupt-loss", "net0", { "ms=0" }, PING_ONCE, 0, WELL },
	{ "interrupt-storm", "net0", { "ms=300" }, NULL, 400, WELL },
	{ "io-error", "disk0", { "ms=0", "iotype=read" }, READ_ONCE_MORE, 0, WELL },
	{ "flip-stack", "net0", { NULL }, NULL, 100, MAYBE },
	{ "flip-heap", "net0", { NULL }, NULL, 100, MAYBE },
	{ "flip-data", "net0", { NULL }, NULL, 100, MAYBE },
	{ "register-garbage", "net0", { "writes=4" }, NULL, 100, MAYBE },
	{ "deaf", "net0", { "ms=0" }, PING_ONCE, 0, MAYBE },
	{ "panic", "net0", { NULL }, PING_ONCE, 500, DEAD },
	{ "lockup", "net0", { NULL }, PING_ONCE, 0, DEAD },
	{ "machine-check", "net0", { NULL }, PING_ONCE, 500, DEAD },
	{ "surprise-removal", "disk0", { NULL }, "sleep 3; " READ_ONCE_MORE, 0, GONE },
};

static struct rng rng;
static struct fault_site site;
static struct fault_shot shot;
static const struct fault *fault;

static void setup(void)
{
	client_image = "client-disk";
	rng_seed(&rng, 1);
	bring_up("isolated", NULL, NULL);
}

/* Injects fault @name at @device with @pairs, up to a NULL, or fails the test. */
static void inject(const char *name, const char *device, const char *const *pairs)
{
	fault = fault_find(name);
	ck_assert_ptr_nonnull(fault);
	ck_assert_int_eq(fault_site_of(&site, loop, sys, device, &rng), 0);
	inject_fault(fault, &site, pairs, &shot);
}

static void end(void)
{
	if (fault->end)
		fault->end(&site, &shot);
	if (shot.activated_us)
		ck_assert_uint_ge(shot.activated_us, shot.injected_us);
	json_decref(shot.what);
	shot.what = NULL;
}

/* Does the device work within @seconds, all its data being what was written? */
static bool works(const char *device, unsigned int seconds)
{
	char *script;
	int status;

	if (streq(device, "net0"))
		script = xasprintf("n=%u; until " PING_ONCE "; do [ $n -gt 0 ] || exit 1; "
				   "n=$((n - 1)); sleep 0.5; done",
				   seconds);
	else
		script = xstrdup("dd if=/dev/urandom of=/tmp/a " DISK_BLOCKS " 2>/dev/null && "
				 "dd if=/tmp/a of=" DISK " oflag=direct " DISK_BLOCKS " 2>&1 && "
				 "dd if=" DISK " of=/tmp/b iflag=direct " DISK_BLOCKS " 2>&1 && "
				 "cmp /tmp/a /tmp/b");
	status = client_status(script, NULL);
	free(script);
	return status == 0;
}

static void client_answers(void)
{
	ck_assert_int_eq(vm_ping(system_client(sys), 10 * USEC_PER_SEC), 0);
}

static bool vm_answers(void)
{
	return fault_site_alive(&site) && vm_ping(site.vm, 2 * USEC_PER_SEC) == 0;
}

static void try(const struct trial *t)
{
	inject(t->fault, t->device, t->pairs);
	if (t->fails)
		ck_assert_msg(client_status(t->fails, NULL) != 0, "%s has no effect", t->fault);
	client_answers();
	ck_assert_int_eq(loop_sleep(loop, t->last_ms * USEC_PER_MSEC), 0);
	end();
	client_answers();
}

START_TEST(the_client_lives_through_it)
{
	const struct trial *t = &trials[_i];
	bool well;

	/* A bit that an earlier one has flipped may have been found by now. */
	if (fault_site_of(&site, loop, sys, t->device, &rng) == -EPIPE)
		ck_assert_int_eq(system_restart_vm(sys, site.vm_name), 0);
	try(t);
	well = t->after < GONE && vm_answers() && works(t->device, AGAIN_S / (t->after + 1));
	ck_assert_msg(well || t->after != WELL, "%s: %s does not work afterwards", t->fault,
		      t->device);
	if (!well) {
		pr_info("%s: VM %s is replaced", t->fault, site.vm_name);
		ck_assert(t->after != DEAD || !vm_answers());
		ck_assert_int_eq(system_restart_vm(sys, site.vm_name), 0);
		ck_assert(works(t->device, AGAIN_S));
	}
	ck_assert_ptr_null(kernel_complaint("client"));
}
END_TEST

/* -- what a script that fails does not show -- */

static uint64_t time_of_reads(void)
{
	uint64_t start = now_us();

	client_does("for i in 1 2 3 4 5 6 7 8; do " READ_ONCE_MORE "; done");
	return now_us() - start;
}

START_TEST(a_slow_disk_is_slow)
{
	inject("slow", "disk0", (const char *const[]){ "iops=10", "ms=0", NULL });
	/* Seven of them wait a tenth of a second each, less what bursts QEMU lets through. */
	ck_assert_uint_ge(time_of_reads(), 500 * USEC_PER_MSEC);
	end();
	ck_assert(works("disk0", AGAIN_S));
}
END_TEST

START_TEST(a_stuck_disk_answers_when_it_is_over)
{
	struct vm_exec_result result = { 0 };
	int handle;

	inject("stuck", "disk0", (const char *const[]){ "ms=0", NULL });
	handle = client_starts("for i in 1 2 3; do " READ_ONCE_MORE " || exit 1; done");
	ck_assert_int_eq(vm_exec_wait(system_client(sys), handle, USEC_PER_SEC, NULL), -ETIMEDOUT);
	end();
	ck_assert_int_eq(vm_exec_wait(system_client(sys), handle, 10 * USEC_PER_SEC, &result), 0);
	ck_assert_int_eq(result.status, 0);
	free(result.output);
}
END_TEST

static __u32 session(void)
{
	struct link_view view;

	ck_assert_int_eq(link_look(system_link(sys, "net0"), &view), 0);
	return view.sessions[DDLINK_CLIENT];
}

/* The client begins anew; which, since the driver VM is well, it can. */
START_TEST(a_silent_driver_vm_is_taken_for_dead)
{
	__u32 before = session();

	inject("silence", "net0", (const char *const[]){ "ms=0", NULL });
	ck_assert_int_eq(loop_sleep(loop, DDLINK_SILENCE_MS * USEC_PER_MSEC / 2), 0);
	ck_assert_uint_eq(session(), before);
	ck_assert_int_eq(loop_sleep(loop, DDLINK_SILENCE_MS * USEC_PER_MSEC), 0);
	ck_assert_uint_ne(session(), before);
	end();
	ck_assert(works("net0", AGAIN_S));
}
END_TEST

/* What is read is not what was written, once. */
START_TEST(a_bit_that_flips_in_dma_is_seen)
{
	client_does("dd if=/dev/zero of=" DISK " bs=64k count=1 oflag=direct 2>/dev/null");
	inject("flip-dma", "disk0", (const char *const[]){ NULL });
	client_does("dd if=" DISK " of=/tmp/a bs=64k count=1 iflag=direct 2>/dev/null");
	end();
	ck_assert_uint_gt(shot.activated_us, 0);
	client_does("dd if=/dev/zero bs=64k count=1 2>/dev/null | cmp -s - /tmp/a && exit 1; "
		    "dd if=" DISK " of=/tmp/a bs=64k count=1 iflag=direct 2>/dev/null && "
		    "dd if=/dev/zero bs=64k count=1 2>/dev/null | cmp - /tmp/a");
}
END_TEST

START_TEST(faults_refuse_what_they_do_not_fit)
{
	char *why = NULL;

	ck_assert_int_eq(fault_site_of(&site, loop, sys, "disk0", &rng), 0);
	ck_assert_int_eq(fault_find("link-down")->applies(&site, &why), -EOPNOTSUPP);
	ck_assert_str_eq(why, "disk0 is no network card");
	free(why);
	why = NULL;
	ck_assert_int_eq(fault_site_of(&site, loop, sys, "net0", &rng), 0);
	ck_assert_int_eq(fault_find("io-error")->applies(&site, &why), -EOPNOTSUPP);
	ck_assert_str_eq(why, "net0 is no disk");
	free(why);
	ck_assert_int_eq(fault_site_of(&site, loop, sys, "net7", &rng), -ENOENT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("faults-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, faults_refuse_what_they_do_not_fit);
	tcase_add_test(tc, a_slow_disk_is_slow);
	tcase_add_test(tc, a_stuck_disk_answers_when_it_is_over);
	tcase_add_test(tc, a_silent_driver_vm_is_taken_for_dead);
	tcase_add_test(tc, a_bit_that_flips_in_dma_is_seen);
	tcase_add_loop_test(tc, the_client_lives_through_it, 0, ARRAY_SIZE(trials));
	return run_suite("faults-system", &tc, 1);
}
