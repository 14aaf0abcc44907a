// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bit that flips on its way between driver and device: what is sent or stored is not what it was,
 * and nobody says so.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/lib/guest.h"

static bool is_count(const char *value)
{
	unsigned int n;

	return parse_uint(value, 0, INT_MAX, &n) == 0;
}

static int applies(const struct fault_site *site, char **why)
{
	const struct driver_desc *driver = site->driver;
	unsigned int i;

	for (i = 0; i < driver->n_modules; i++)
		if (strncmp(driver->modules[i], "virtio", strlen("virtio")) == 0) {
			*why = xasprintf("driver %s gives its device memory as it is, not by "
					 "the kernel's interface for DMA",
					 driver->name);
			return -EOPNOTSUPP;
		}
	return guest_pci_applies(site, why);
}

static int inject(const struct fault_site *site, const struct fault_values *values,
		  struct fault_shot *shot, char **why)
{
	unsigned long long chance = rng_next(site->rng);
	char *module = guest_module(site);
	int err = guest_command(site, NULL, why, "dma %s %s %s %llu", module,
				fault_value(values, "skip"), fault_value(values, "within"), chance);

	free(module);
	if (err)
		return err;
	shot->injected_us = now_us();
	shot->what = json_object();
	return 0;
}

static void end(const struct fault_site *site, struct fault_shot *shot)
{
	guest_end(site, "dma-end", shot);
}

static const struct fault_param params[] = {
	{ "skip", "buffers of the device that are spared first", "0", is_count },
	{ "within", "it is in the first so many bytes of the buffer; 0: anywhere", "0", is_count },
	{ 0 },
};

static const struct fault flip_dma_fault = {
	.name = "flip-dma",
	.family = "data",
	.summary = "flips a bit of a buffer that is handed from the driver to its device or back",
	.source = "IRON File Systems (SOSP 2005): corrupt blocks",
	.activation = "seen by the guest: when such a buffer was handed over",
	.params = params,
	.applies = applies,
	.inject = inject,
	.end = end,
};

FAULT(flip_dma_fault)
