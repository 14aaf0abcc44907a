// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of a process, from the kernel's own sums over its mappings. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/util.h"
#include "meter/parts.h"

/* The number of KiB after a line's name, as bytes. */
static int field(const char *text, const char *name, uint64_t *bytes)
{
	const char *p = strstr(text, name);
	unsigned long long kib;

	if (!p || (p != text && p[-1] != '\n') || sscanf(p + strlen(name), " %llu kB", &kib) != 1)
		return -EINVAL;
	*bytes = kib * 1024;
	return 0;
}

int mem_parse(const char *smaps_rollup, struct mem_reading *mem)
{
	if (field(smaps_rollup, "Pss:", &mem->pss) < 0 ||
	    field(smaps_rollup, "Rss:", &mem->rss) < 0 ||
	    field(smaps_rollup, "Private_Dirty:", &mem->private_dirty) < 0)
		return -EINVAL;
	return 0;
}

int mem_read(pid_t pid, struct mem_reading *mem)
{
	char path[64], *text;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	err = file_read(path, &text, NULL);
	if (err < 0)
		return err;
	err = mem_parse(text, mem);
	free(text);
	return err;
}

int mem_read_rss(pid_t pid, uint64_t *bytes, uint64_t *own)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	unsigned long long pages, shared;
	char path[64], *text;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	err = file_read(path, &text, NULL);
	if (err < 0)
		return err;
	if (sscanf(text, "%*u %llu %llu", &pages, &shared) == 2) {
		*bytes = pages * page;
		if (own)
			*own = pages > shared ? (pages - shared) * page : 0;
	} else {
		err = -EINVAL;
	}
	free(text);
	return err;
}
