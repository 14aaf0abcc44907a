// SPDX-License-Identifier: GPL-2.0-or-later
/* What files take of the host's memory, by mincore(2). */
#include "host/page_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/util.h"

static int count(void *map, size_t size, uint64_t *bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = (size + page - 1) / page, i;
	unsigned char *in_core = xcalloc(n, 1);
	int err = mincore(map, size, in_core) < 0 ? -errno : 0;

	*bytes = 0;
	for (i = 0; i < n && !err; i++)
		*bytes += in_core[i] & 1 ? page : 0;
	free(in_core);
	return err;
}

int page_cache_bytes(const char *path, uint64_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;
	void *map;

	if (fd < 0)
		return -errno;
	*bytes = 0;
	err = fstat(fd, &st) < 0 ? -errno : 0;
	if (err || !st.st_size)
		goto out;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		err = -errno;
		goto out;
	}
	err = count(map, (size_t)st.st_size, bytes);
	munmap(map, (size_t)st.st_size);
out:
	close(fd);
	return err;
}
