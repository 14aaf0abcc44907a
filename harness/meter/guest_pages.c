// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests' pages, read from outside and without touching any that is not there. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/util.h"
#include "meter/census.h"

/* Of an entry of pagemap; the rest of it is for root only. */
#define PRESENT (1ull << 63)
#define SWAPPED (1ull << 62)
#define EXCLUSIVE (1ull << 56)

enum guest_page_state guest_page_state(uint64_t entry)
{
	if (entry & PRESENT)
		return entry & EXCLUSIVE ? GUEST_PAGE_PRESENT : GUEST_PAGE_SHARED;
	return entry & SWAPPED ? GUEST_PAGE_SWAPPED : GUEST_PAGE_ABSENT;
}

uint64_t *guest_pages_map(const struct census_vm *vm)
{
	size_t len = vm->size / CENSUS_PAGE * sizeof(uint64_t), done = 0;
	uint64_t *entries = xcalloc(1, len);
	off_t at = (off_t)(vm->start / CENSUS_PAGE * sizeof(uint64_t));
	char path[64];
	ssize_t n = 1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", vm->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && done < len && n > 0) {
		n = pread(fd, (char *)entries + done, len - done, at + (off_t)done);
		done += n > 0 ? (size_t)n : 0;
	}
	fd_close(&fd);
	if (done == len)
		return entries;
	free(entries);
	return NULL;
}

ssize_t guest_pages_read(const struct census_vm *vm, const uint32_t *which, size_t n, void *buf)
{
	struct iovec local = { .iov_base = buf, .iov_len = n * CENSUS_PAGE };
	struct iovec remote[GUEST_PAGES_MAX];
	ssize_t got;
	size_t i;

	for (i = 0; i < n; i++) {
		remote[i].iov_base =
			(void *)(uintptr_t)(vm->start + (uint64_t)which[i] * CENSUS_PAGE);
		remote[i].iov_len = CENSUS_PAGE;
	}
	got = process_vm_readv(vm->pid, &local, 1, remote, n, 0);
	return got < 0 ? -errno : got / CENSUS_PAGE;
}
