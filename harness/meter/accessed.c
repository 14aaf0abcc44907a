// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which pages of a mapping has a process touched lately? The processor marks a page table's entry
 * when it loads it, and the kernel counts the marks ("Referenced" in smaps) and takes them away
 * (clear_refs). A mark that was taken away comes back only when the entry is loaded again, so
 * entries must leave the TLB with it, which clear_refs alone does not see to.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/util.h"
#include "meter/parts.h"

#define HUGE_PAGE (2u << 20)
/* Ranges that the kernel takes in one call. */
#define RANGES 1024

static int write_clear_refs(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	/*
	 * "1" takes the marks away. "4" is about another kind, soft-dirty marks, which we have no
	 * use for and a kernel may lack; but in any case it flushes the TLBs.
	 */
	if (write(fd, "1", 1) != 1 || write(fd, "4", 1) != 1)
		err = errno ? -errno : -EIO;
	fd_close(&fd);
	return err;
}

int accessed_probe(void)
{
	return write_clear_refs("/proc/self/clear_refs");
}

int accessed_clear(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", pid);
	return write_clear_refs(path);
}

/* Adds a line of smaps to what it is about. */
static void add_line(struct accessed *a, const char *line)
{
	static const char *const huge[] = { "AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:" };
	const char *colon = strchr(line, ':');
	unsigned long long kib;
	size_t i;

	if (!colon || sscanf(colon + 1, " %llu kB", &kib) != 1)
		return;
	if (strncmp(line, "Referenced:", 11) == 0)
		a->bytes = kib * 1024;
	for (i = 0; i < ARRAY_SIZE(huge); i++)
		if (strncmp(line, huge[i], strlen(huge[i])) == 0)
			a->huge += kib * 1024;
}

int accessed_parse(FILE *smaps, uint64_t start, struct accessed *a)
{
	uint64_t from, to;
	bool found = false;
	size_t size = 0;
	char *line = NULL, perms[5];

	memset(a, 0, sizeof(*a));
	/* The kernel makes the text as it is read: what comes after need not be made. */
	while (getline(&line, &size, smaps) > 0) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, perms) == 3) {
			if (found)
				break;
			found = from == start;
		} else if (found && strncmp(line, "VmFlags:", 8) == 0) {
			break;
		} else if (found) {
			add_line(a, line);
		}
	}
	free(line);
	return found ? 0 : -ENOENT;
}

int accessed_read(pid_t pid, uint64_t start, struct accessed *a)
{
	char path[64];
	FILE *f;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	err = accessed_parse(f, start, a);
	fclose(f);
	return err;
}

/* Of each huge page the first small one: for that the kernel splits it. */
static int split(int pidfd, uint64_t start, uint64_t size)
{
	static struct iovec ranges[RANGES];
	uint64_t at = (start + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	size_t n = 0;

	for (; at < start + size; at += HUGE_PAGE) {
		ranges[n].iov_base = (void *)(uintptr_t)at;
		ranges[n++].iov_len = (size_t)sysconf(_SC_PAGESIZE);
		if (n < RANGES && at + HUGE_PAGE < start + size)
			continue;
		if (process_madvise(pidfd, ranges, n, MADV_COLD, 0) < 0)
			return -errno;
		n = 0;
	}
	return 0;
}

int accessed_split_huge(pid_t pid, uint64_t start, uint64_t size)
{
	int fd = pidfd_open(pid, 0), err;

	if (fd < 0)
		return -errno;
	err = split(fd, start, size);
	fd_close(&fd);
	return err;
}
