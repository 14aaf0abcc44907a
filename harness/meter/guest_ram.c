// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a guest's memory is in its QEMU: the mapping that is as large as the memory. Nothing else
 * of QEMU has that size, and its name differs: none, a file's, or that of a memfd.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "meter/parts.h"

/* NULL: there is none. */
static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

int guest_ram_parse(const char *maps, uint64_t size, uint64_t *start)
{
	uint64_t from, to, found = 0;
	bool is_private = false;
	const char *line;
	char perms[5];

	for (line = maps; line && *line; line = next_line(line)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, perms) != 3)
			return -EINVAL;
		if (to - from != size || strncmp(perms, "rw", 2) != 0)
			continue;
		/* A link's memory may happen to have that size, too; but it is always shared. */
		if (found && (is_private || perms[3] != 'p'))
			continue;
		found = from;
		is_private = perms[3] == 'p';
	}
	if (!found)
		return -ENOENT;
	*start = found;
	return 0;
}

int guest_ram_find(pid_t pid, uint64_t size, uint64_t *start)
{
	char path[64], *text;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	err = file_read(path, &text, NULL);
	if (err < 0)
		return err;
	err = guest_ram_parse(text, size, start);
	free(text);
	return err;
}
