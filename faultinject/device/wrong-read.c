// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device whose register reads as something else, once. No device of QEMU's can be made to do
 * that from outside, so it is done where the driver has what it read: at the end of a function that
 * reads a register and does nothing else. Most drivers have none, as compilers put it into its
 * callers; those that have are listed here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/lib/guest.h"

#define READS_MAX 4
#define REGISTER_BITS 8

/*
 * It is called with the private part of the device's network interface, and the number of the
 * register.
 */
static const struct reader {
	const char *module;
	const char *function;
} readers[] = {
	{ "kvaser_pci", "kvaser_pci_read_reg" },
};

/* Of the driver; NULL: it has none. */
static const struct reader *reader_of(const struct driver_desc *driver)
{
	unsigned int i;
	size_t j;

	for (i = 0; i < driver->n_modules; i++)
		for (j = 0; j < ARRAY_SIZE(readers); j++)
			if (streq(driver->modules[i], readers[j].module))
				return &readers[j];
	return NULL;
}

static bool is_read(const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);

	return colon && colon > text && colon < text + len - 1 &&
	       strspn(text, "0123456789") == (size_t)(colon - text) &&
	       strspn(colon + 1, "0123456789") == len - (size_t)(colon + 1 - text) && len < 16;
}

static bool are_reads(const char *value)
{
	unsigned int n = 0;
	size_t len;

	if (streq(value, "any"))
		return true;
	do {
		len = strcspn(value, ",");
		if (++n > READS_MAX || !is_read(value, len))
			return false;
		value += len;
	} while (*value++);
	return true;
}

static int applies(const struct fault_site *site, char **why)
{
	if (reader_of(site->driver))
		return 0;
	*why = xasprintf("driver %s has no function of its own that reads a register, as far as "
			 "is known",
			 site->driver->name);
	return -EOPNOTSUPP;
}

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	const char *reads = fault_value(values, "reads");
	unsigned int bit = (unsigned int)(rng_next(site->rng) % REGISTER_BITS);
	char *rules = streq(reads, "any") ? xasprintf("any:%u", 1u << bit) : xstrdup(reads);
	const struct reader *reader = reader_of(site->driver);
	int err = guest_command(site, NULL, why, "reads %s %s %s", reader->module, reader->function,
				rules);

	if (!err) {
		shot->injected_us = now_us();
		shot->what = json_pack("{s:s}", "wrong", rules);
	}
	free(rules);
	return err;
}

static void end(const struct fault_site *site, struct fault_shot *shot)
{
	guest_end(site, "reads-end", shot);
}

static const struct fault_param params[] = {
	{ "reads",
	  "REGISTER:BITS,...: which bits are inverted when it is read next, one after the other; or any",
	  "any", are_reads },
	{ 0 },
};

static const struct fault wrong_read_fault = {
	.name = "wrong-read",
	.family = "device",
	.summary = "a register of the device reads as something else, once",
	.source = "Carburizer (SOSP 2009)",
	.activation = "seen by the guest: when it was read",
	.params = params,
	.applies = applies,
	.inject = inject,
	.end = end,
};

FAULT(wrong_read_fault)
