// SPDX-License-Identifier: GPL-2.0-or-later
/* How one change of the host is undone. */
#include "host/undo.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "host/file.h"

/* What is busy is tried again for so long. */
#define PATIENCE_US (15 * USEC_PER_SEC)
#define RETRY_US 10000
/* QEMUs die with the orchestrator. What lives longer in a cgroup of ours than this is killed. */
#define DYING_US (1 * USEC_PER_SEC)

int undo_fill(struct undo *undo, enum undo_kind kind, const char *path, const char *value)
{
	memset(undo, 0, sizeof(*undo));
	undo->kind = kind;
	if (strlen(path) >= sizeof(undo->path) || (value && strlen(value) >= sizeof(undo->value)))
		return -ENAMETOOLONG;
	strcpy(undo->path, path);
	if (value)
		strcpy(undo->value, value);
	return 0;
}

static void kill_members(const char *folder)
{
	char *path = xasprintf("%s/cgroup.procs", folder), *text, *p, *end;
	long pid;

	if (file_read(path, &text, NULL) == 0) {
		for (p = text; (pid = strtol(p, &end, 10)) > 0; p = end)
			kill((pid_t)pid, SIGKILL);
		free(text);
	}
	free(path);
}

static int try_once(const struct undo *undo, uint64_t tried_us)
{
	switch (undo->kind) {
	case UNDO_WRITE:
		return host_write(undo->path, undo->value);
	case UNDO_CGROUP:
		if (tried_us > DYING_US)
			kill_members(undo->path);
		return rmdir(undo->path) < 0 ? -errno : 0;
	case UNDO_SWAPOFF:
		return swapoff(undo->path) < 0 ? -errno : 0;
	default:
		return -EINVAL;
	}
}

/* The change was announced, but never made, or somebody has undone it. */
static bool nothing_to_undo(const struct undo *undo, int err)
{
	return err == -ENOENT || err == -ENODEV || (err == -EINVAL && undo->kind == UNDO_SWAPOFF);
}

int undo_run(const struct undo *undo)
{
	uint64_t start = now_us();
	int err;

	while ((err = try_once(undo, now_us() - start)) && now_us() - start < PATIENCE_US) {
		if (err != -EBUSY && err != -EAGAIN && err != -EINTR && err != -ENOMEM)
			break;
		usleep(RETRY_US);
	}
	if (!err || nothing_to_undo(undo, err))
		return 0;
	pr_err("%s is not as it was: %s", undo->path, strerror(-err));
	return err;
}
