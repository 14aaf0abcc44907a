/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults that tests inject themselves. */
#ifndef DRIVERVM_TESTS_SYSTEM_INJECT_H
#define DRIVERVM_TESTS_SYSTEM_INJECT_H

#include "fault/fault.h"
#include "support.h"

/*
 * Injects @fault at @site with parameters @pairs, up to a NULL, or fails the test. The caller ends
 * it (fault->end), and frees shot->what.
 */
static inline void inject_fault(const struct fault *fault, const struct fault_site *site,
				const char *const *pairs, struct fault_shot *shot)
{
	struct fault_values *values;
	char *why = NULL;
	size_t n = 0;
	int err;

	while (pairs[n])
		n++;
	ck_assert_int_eq(fault_values_new(&values, fault, pairs, n, &why), 0);
	if (fault->applies)
		ck_assert_msg(fault->applies(site, &why) == 0, "%s: %s", fault->name, why);
	*shot = (struct fault_shot){ 0 };
	err = fault->inject(site, values, shot, &why);
	ck_assert_msg(err == 0, "%s: %s", fault->name, why);
	ck_assert_ptr_nonnull(shot->what);
	ck_assert_uint_gt(shot->injected_us, 0);
	fault_values_free(values);
}

#endif
