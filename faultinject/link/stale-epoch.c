// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A driver VM that lives in the past: its session is broken, and whenever it begins a new one, the
 * numbers of the old one stand in its page again.
 */
#include <errno.h>

#include "core/util.h"
#include "faultinject/lib/lasting.h"
#include "faultinject/link/site.h"

struct epoch {
	struct ddlink_side *page; /* of the driver VM, shared */
	u32 session, ack; /* of the session that was */
	u32 broken; /* the number that ended it */
};

static void ring_both(const struct fault_site *site)
{
	link_ring_doorbell(site->link, DDLINK_SERVER, DDLINK_VECTOR_CONTROL);
	link_ring_doorbell(site->link, DDLINK_CLIENT, DDLINK_VECTOR_CONTROL);
}

static void step(const struct fault_site *site, void *arg)
{
	const struct epoch *e = arg;
	u32 now = ddlink_load(&e->page->session);

	/* Not before the driver VM has begun anew. */
	if (now == e->session || now == e->broken)
		return;
	ddlink_store(&e->page->session, e->session);
	ddlink_wmb();
	ddlink_store(&e->page->ack, e->ack);
	ring_both(site);
}

static const struct lasting_ops ops = { .step = step, .every_us = USEC_PER_MSEC };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	struct ddlink_side *page = link_site_page(site, DDLINK_SERVER);
	u32 session = ddlink_load(&page->session);
	struct epoch *e;

	if (!session) {
		*why = xasprintf("%s: there is no session", site->device);
		return -EOPNOTSUPP;
	}
	e = xcalloc(1, sizeof(*e));
	e->page = page;
	e->session = session;
	e->ack = ddlink_load(&e->page->ack);
	do {
		e->broken = (u32)rng_next(site->rng);
	} while (!e->broken || e->broken == e->session);
	shot->what = json_pack("{s:I}", "session", (json_int_t)e->session);
	ddlink_store(&e->page->session, e->broken);
	ring_both(site);
	return lasting_start(site, values, &ops, e, shot, why);
}

static const struct fault_param params[] = { LASTING_PARAM("1000"), { 0 } };

static const struct fault stale_epoch_fault = {
	.name = "stale-epoch",
	.family = "link",
	.summary = "breaks the session, then puts the numbers of the old one back for a while",
	.activation = "always, at once",
	.params = params,
	.applies = link_site_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(stale_epoch_fault)
