// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver VM that seems to be dead to its client, while it works. */
#include "core/util.h"
#include "faultinject/lib/lasting.h"
#include "faultinject/link/site.h"

struct silence {
	struct ddlink_side *page; /* of the driver VM, shared */
	u32 beat; /* the last that it was to say */
};

static void step(const struct fault_site *site, void *arg)
{
	const struct silence *s = arg;

	(void)site;
	ddlink_store(&s->page->heartbeat, s->beat);
}

static const struct lasting_ops ops = { .step = step, .every_us = USEC_PER_MSEC };

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	struct silence *s = xcalloc(1, sizeof(*s));

	s->page = link_site_page(site, DDLINK_SERVER);
	s->beat = ddlink_load(&s->page->heartbeat);
	return lasting_start(site, values, &ops, s, shot, why);
}

static const struct fault_param params[] = { LASTING_PARAM("3000"), { 0 } };

static const struct fault silence_fault = {
	.name = "silence",
	.family = "link",
	.summary = "keeps the driver VM's heartbeat on the link where it is for a while",
	.activation = "always, at once; the client notices what lasts longer than its patience",
	.params = params,
	.applies = link_site_applies,
	.inject = inject,
	.end = lasting_end,
};

FAULT(silence_fault)
