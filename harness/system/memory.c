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
 * What QEMU itself takes beside the guest's memory: of one that boots, a copy of the kernel's image
 * (63 MiB) and of the initramfs, TCG's translations, code and heap. 75 to 150 MiB were seen. One
 * that is restored has no use for the images.
 */
#define QEMU_MIB 160
#define QEMU_RESTORED_MIB 64
/* What a clone writes to of its template's memory, when it is busy. */
#define CLONE_MIB 40
/* Left for the peer's tools, the orchestrator and everybody else. */
#define RESERVE_MIB 256

/* Where the memory goes, MiB. */
struct need {
	unsigned int guests;
	unsigned int qemu;
	unsigned int templates;
	unsigned int links;
};

/* Guest memory of one VM that is not others' as well, and its QEMU's own. */
static void need_of(const struct system_vm_desc *vm, enum vm_origin origin, unsigned int *guest,
		    unsigned int *qemu)
{
	bool restored = vm->fleet && origin != VM_BOOT;

	*qemu = restored ? QEMU_RESTORED_MIB : QEMU_MIB;
	*guest = vm->memory_mib;
	if (restored && origin == VM_CLONE && *guest > CLONE_MIB)
		*guest = CLONE_MIB;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static struct need need(const struct system_desc *desc, const struct system_options *opt)
{
	enum vm_origin origin = opt ? system_origin(opt) : VM_BOOT;
	struct need n = { .links = desc->n_devices * (DDLINK_REGION_SIZE >> 20) };
	unsigned int i, guest, qemu;

	for (i = 0; i < desc->n_vms; i++) {
		need_of(&desc->vms[i], origin, &guest, &qemu);
		n.guests += guest;
		n.qemu += qemu;
	}
	/* Their files are in the page cache, once for each driver. */
	if (desc->fleet && origin == VM_CLONE)
		n.templates =
			least(desc->fleet->n_drivers, desc->n_devices) * desc->fleet->memory_mib;
	return n;
}

unsigned int system_memory_mib(const struct system_desc *desc, const struct system_options *opt)
{
	struct need n = need(desc, opt);

	return n.guests + n.qemu + n.templates + n.links;
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

/* "client 384 + net-dd 128", and of a fleet "100 x 40". */
static char *list_guests(const struct system_desc *desc, enum vm_origin origin)
{
	unsigned int i, guest = 0, qemu, fleet = 0;
	char *list = xstrdup(""), *longer;

	for (i = 0; i < desc->n_vms; i++) {
		if (desc->vms[i].fleet) {
			need_of(&desc->vms[i], origin, &guest, &qemu);
			fleet++;
			continue;
		}
		longer = xasprintf("%s%s%s %u", list, *list ? " + " : "", desc->vms[i].name,
				   desc->vms[i].memory_mib);
		free(list);
		list = longer;
	}
	if (fleet) {
		longer = xasprintf("%s + %u x %u", list, fleet, guest);
		free(list);
		list = longer;
	}
	return list;
}

int system_check_memory(const struct system_desc *desc, const struct system_options *opt)
{
	unsigned int needed = system_memory_mib(desc, opt) + RESERVE_MIB;
	unsigned long available = memory_available_mib();
	struct need n = need(desc, opt);
	char *guests;

	if (!available || available >= needed)
		return 0;
	guests = list_guests(desc, system_origin(opt));
	pr_err("system %s needs %u MiB of memory, %lu MiB are available (guests %u: %s; QEMU's own "
	       "%u; templates %u; links %u; reserve %u)",
	       desc->name, needed, available, n.guests, guests, n.qemu, n.templates, n.links,
	       RESERVE_MIB);
	free(guests);
	return -ENOMEM;
}
