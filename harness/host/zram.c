// SPDX-License-Identifier: GPL-2.0-or-later
/* A zram device that is swapped to. */
#include "host/zram.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#include "core/util.h"
#include "host/file.h"

#define HOT_ADD "/sys/class/zram-control/hot_add"
#define WHAT "no compressed swap (zram)"
#define PRIORITY 32767

struct zram {
	struct guardian *g;
	size_t mark; /* of the guardian's stack, before us */
	char *device;
	char *folder; /* in /sys/block */
	char *algorithm;
};

/* As the kernel expects the first page of swap, after 1024 bytes for a boot loader. */
struct swap_header {
	uint32_t version; /* 1 */
	uint32_t last_page;
	uint32_t n_bad_pages;
	uint8_t uuid[16];
	char label[16];
};

static const char swap_magic[] = "SWAPSPACE2"; /* at the very end of the page */

int zram_check(void)
{
	int err = access(HOT_ADD, R_OK) < 0 ? -errno : 0;

	/* The kernel asks for root even where the file may be read. */
	if (!err && geteuid())
		err = -EPERM;
	return err ? host_refused(err, WHAT) : 0;
}

static int write_header(const char *device, uint64_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = strlen(swap_magic);
	struct swap_header header = { .version = 1, .last_page = (uint32_t)(bytes / page - 1) };
	char *data = xcalloc(1, page);
	int fd = open(device, O_WRONLY | O_CLOEXEC), err = 0;
	ssize_t n;

	memcpy(data + 1024, &header, sizeof(header));
	memcpy(data + page - len, swap_magic, len);
	n = fd < 0 ? -1 : pwrite(fd, data, page, 0);
	if (n != (ssize_t)page)
		err = n < 0 ? -errno : -EIO;
	fd_close(&fd);
	free(data);
	return err;
}

/* "lzo [lz4] zstd": the one in brackets is used. */
static char *chosen(const char *list)
{
	const char *from = strchr(list, '['), *to = from ? strchr(from, ']') : NULL;

	return to ? xasprintf("%.*s", (int)(to - from - 1), from + 1) : xstrdup(list);
}

static int read_algorithm(struct zram *zram)
{
	char *path = xasprintf("%s/comp_algorithm", zram->folder), *list;
	int err = host_read(path, &list);

	if (!err) {
		zram->algorithm = chosen(list);
		free(list);
	}
	free(path);
	return err;
}

static int set_up(struct zram *zram, uint64_t bytes)
{
	char *size = xasprintf("%s/disksize", zram->folder);
	int err = read_algorithm(zram);

	if (!err)
		err = host_write_u64(size, bytes);
	if (!err)
		err = write_header(zram->device, bytes);
	if (!err)
		err = guardian_announce(zram->g, UNDO_SWAPOFF, zram->device, NULL);
	if (!err && swapon(zram->device, SWAP_FLAG_PREFER | PRIORITY) < 0)
		err = -errno;
	free(size);
	return err;
}

int zram_new(struct zram **out, struct guardian *g, uint64_t bytes)
{
	struct zram *zram;
	int err = zram_check(), number;

	if (err)
		return err;
	zram = xcalloc(1, sizeof(*zram));
	zram->g = g;
	zram->mark = guardian_mark(g);
	number = guardian_add_zram(g);
	if (number < 0) {
		err = number;
		goto fail;
	}
	zram->device = xasprintf("/dev/zram%d", number);
	zram->folder = xasprintf("/sys/block/zram%d", number);
	err = set_up(zram, bytes);
	if (err)
		goto fail;
	*out = zram;
	return 0;
fail:
	zram_free(zram);
	return host_refused(err, WHAT);
}

int zram_read(const struct zram *zram, struct zram_stats *stats)
{
	char *path = xasprintf("%s/mm_stat", zram->folder), *text;
	int err = host_read(path, &text), n;

	free(path);
	if (err)
		return err;
	n = sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %*u %" SCNu64, &stats->original,
		   &stats->compressed, &stats->used, &stats->used_max);
	free(text);
	return n == 4 ? 0 : -ENODATA;
}

const char *zram_algorithm(const struct zram *zram)
{
	return zram->algorithm;
}

const char *zram_device(const struct zram *zram)
{
	return zram->device;
}

void zram_free(struct zram *zram)
{
	if (!zram)
		return;
	guardian_rewind(zram->g, zram->mark);
	free(zram->device);
	free(zram->folder);
	free(zram->algorithm);
	free(zram);
}
