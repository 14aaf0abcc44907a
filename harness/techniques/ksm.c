// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Same-page merging by the host's kernel: of guests' memory, all of which QEMU offers it anyway,
 * and of what the QEMUs themselves have, which is the same in each as long as it lies at the same
 * addresses.
 */
#include "host/ksm.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/util.h"
#include "techniques/technique.h"

/* Some hundred MiB a second, if a core has time for it: a fleet is seen twice in half a minute. */
#define PAGES 4000
#define SLEEP_MS 20

/* Rounds through all guests after which what can be merged is; see docs/memory-scarcity.md. */
#define ROUNDS 2
/* For these, however busy the host is. */
#define ROUNDS_US (60 * USEC_PER_SEC)
#define POLL_US (50 * USEC_PER_MSEC)

struct ksm_state {
	struct loop *loop;
	bool waited; /* all guests have been gone through since they are up */
};

static int start(void **state, const struct technique_context *ctx)
{
	struct ksm_state *s;
	int err = ksm_on(ctx->guardian, PAGES, SLEEP_MS);

	if (err)
		return err;
	s = xcalloc(1, sizeof(*s));
	s->loop = ctx->loop;
	*state = s;
	return 0;
}

static void stop(void *state)
{
	free(state);
}

/* A first limit waits for what merging can do; from then on it keeps pace by itself. */
static int set_budget(void *state, struct vm *const *vms, size_t n, unsigned int mib)
{
	uint64_t deadline = now_us() + ROUNDS_US, rounds;
	struct ksm_state *s = state;
	struct ksm_stats now;
	int err = 0;

	(void)vms, (void)n;
	if (s->waited || !mib || ksm_read(&now) < 0)
		return 0;
	rounds = now.scans + ROUNDS;
	while (!err && now.scans < rounds && now_us() < deadline) {
		err = loop_sleep(s->loop, POLL_US);
		if (!err && ksm_read(&now) < 0)
			break;
	}
	s->waited = !err;
	return err;
}

static void stats(void *state, meter_emit_fn emit, void *arg)
{
	double page = (double)sysconf(_SC_PAGESIZE);
	struct ksm_stats s;

	(void)state;
	if (ksm_read(&s) < 0)
		return;
	emit(arg, "ksm.shared", "B", (double)s.shared * page, "host", "");
	emit(arg, "ksm.sharing", "B", (double)s.sharing * page, "host", "");
	emit(arg, "ksm.unshared", "B", (double)s.unshared * page, "host", "");
	emit(arg, "ksm.changing", "B", (double)s.changing * page, "host", "");
	emit(arg, "ksm.scans", "1", (double)s.scans, "host", "");
}

static const struct technique ksm = {
	.name = "ksm",
	.help = "the host's kernel merges pages of the same content",
	.merges = true,
	.check = ksm_check,
	.start = start,
	.stop = stop,
	.set_budget = set_budget,
	.stats = stats,
};

TECHNIQUE(ksm)
