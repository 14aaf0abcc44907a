// SPDX-License-Identifier: GPL-2.0-or-later
/* How much of the host's memory a system may take, and whether there is that much. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"

/*
 * What QEMU itself takes beside the guest's memory: a copy of the kernel's image (63 MiB) and of
 * the initramfs, TCG's translations, code and heap. 75 to 150 MiB were seen.
 */
#define QEMU_MIB 160
/* Left for the peer's tools, the orchestrator and everybody else. */
#define RESERVE_MIB 256

unsigned int system_memory_mib(const struct system_desc *desc)
{
	unsigned int i, sum = desc->n_devices * (DDLINK_REGION_SIZE >> 20);

	for (i = 0; i < desc->n_vms; i++)
		sum += desc->vms[i].memory_mib + QEMU_MIB;
	return sum;
}

/* MiB, or 0 if the host does not say. */
static unsigned long memory_available_mib(void)
{
	unsigned long kib = 0;
	char *text, *line;

	if (file_read("/proc/meminfo", &text, NULL) < 0)
		return 0;
	line = strstr(text, "MemAvailable:");
	if (line && sscanf(line, "MemAvailable: %lu", &kib) != 1)
		kib = 0;
	free(text);
	return kib >> 10;
}

/* "client 384 + net-dd 128" */
static char *list_guests(const struct system_desc *desc)
{
	char *list = xstrdup(""), *longer;
	unsigned int i;

	for (i = 0; i < desc->n_vms; i++) {
		longer = xasprintf("%s%s%s %u", list, i ? " + " : "", desc->vms[i].name,
				   desc->vms[i].memory_mib);
		free(list);
		list = longer;
	}
	return list;
}

int system_check_memory(const struct system_desc *desc)
{
	unsigned int needed = system_memory_mib(desc) + RESERVE_MIB;
	unsigned long available = memory_available_mib();
	char *guests;

	if (!available || available >= needed)
		return 0;
	guests = list_guests(desc);
	pr_err("system %s needs %u MiB of memory, %lu MiB are available (guests: %s; QEMU: %u x "
	       "%u; links: %u x %u; reserve: %u)",
	       desc->name, needed, available, guests, desc->n_vms, QEMU_MIB, desc->n_devices,
	       DDLINK_REGION_SIZE >> 20, RESERVE_MIB);
	free(guests);
	return -ENOMEM;
}
