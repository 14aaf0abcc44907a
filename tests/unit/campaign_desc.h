/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of campaigns: a description made of text, and faults that are nowhere injected. */
#ifndef DRIVERVM_TESTS_CAMPAIGN_DESC_H
#define DRIVERVM_TESTS_CAMPAIGN_DESC_H

#include "capture.h"
#include "faultinject/campaign/campaign.h"

#define CAMPAIGN_HEAD                                                                    \
	"name: test\n"                                                                   \
	"title: A test\n"                                                                \
	"question: Does it hold?\n"                                                      \
	"strategy: clone\n"                                                              \
	"targets:\n"                                                                     \
	"  - { name: a, system: isolated, driver: e1000, workload: net-stream }\n"       \
	"  - { name: b, system: native, driver: e1000, workload: net-stream }\n"         \
	"  - { name: c, system: isolated, driver: virtio-blk, workload: disk-verify }\n" \
	"faults:\n"                                                                      \
	"  - { fault: test-one, values: [depth=3] }\n"                                   \
	"  - { fault: test-two, weight: 3 }\n"                                           \
	"trials: 100\n"                                                                  \
	"watch_ms: 500\n"
/* Lines of CAMPAIGN_HEAD. */
#define CAMPAIGN_HEAD_LINES 13

static int nothing_injected(const struct fault_site *site, const struct fault_values *values,
			    struct fault_shot *shot, char **why)
{
	(void)site;
	(void)values;
	(void)shot;
	*why = xstrdup("a test's fault");
	return -1;
}

static const struct fault_param test_params[] = {
	{ .key = "depth", .help = "of the test", .def = "1", .valid = fault_param_count },
	{ .key = NULL },
};
static const struct fault test_one = {
	.name = "test-one",
	.family = "test",
	.summary = "does nothing",
	.activation = "never",
	.params = test_params,
	.inject = nothing_injected,
};
FAULT(test_one)
static const struct fault test_two = {
	.name = "test-two",
	.family = "test",
	.summary = "does nothing either",
	.activation = "never",
	.inject = nothing_injected,
};
FAULT(test_two)

/* The path of DIR/test.yaml with @text in it; the caller frees. */
static inline char *campaign_file(const char *dir, const char *text)
{
	return temp_file(dir, "test.yaml", text);
}

/* The campaign "test" of @text, which must be right; its file is in @dir. */
static inline struct campaign *campaign_of(const char *dir, const char *text)
{
	char *path = campaign_file(dir, text);
	struct campaign *c;
	unsigned int i;

	ck_assert_int_eq(campaign_load(&c, path), 0);
	for (i = 0; i < c->n_faults; i++)
		c->faults[i].model = fault_find(c->faults[i].fault);
	free(path);
	return c;
}

#endif
