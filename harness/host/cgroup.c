// SPDX-License-Identifier: GPL-2.0-or-later
/* A memory cgroup. */
#include "host/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "host/file.h"
#include "host/patience.h"

#define WHAT "no limit of memory"
/* Between two tries to have a limit accepted. */
#define TRY_US 20000
#define DEATH_MS 3000
/* "As much as there is" in files of version 1. */
#define V1_NONE (UINT64_MAX >> 1 & ~4095ULL)

/* What the two versions call their files. */
struct names {
	const char *limit;
	const char *usage;
	const char *peak;
	const char *kills; /* lines "KEY NUMBER", oom_kill among them */
	const char *none; /* written to take a limit away */
};

static const struct names names_of[] = {
	[1] = { "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.max_usage_in_bytes",
		"memory.oom_control", "-1" },
	[2] = { "memory.max", "memory.current", "memory.peak", "memory.events", "max" },
};

struct cgroup {
	unsigned int version;
	const struct names *names;
	struct guardian *g;
	size_t mark; /* of the guardian's stack, before us */
	char *folder;
	bool no_swap; /* version 1: memory and swap together are limited to the same */
	uint64_t killed; /* by us, as the kernel would have */
};

static char *file_of(const struct cgroup *cg, const char *name)
{
	return xasprintf("%s/%s", cg->folder, name);
}

static int put(const struct cgroup *cg, const char *name, const char *value)
{
	char *path = file_of(cg, name);
	int err = host_write(path, value);

	free(path);
	return err;
}

static int get(const struct cgroup *cg, const char *name, uint64_t *value)
{
	char *path = file_of(cg, name);
	int err = host_read_u64(path, value);

	free(path);
	return err == -ENOENT ? -ENODATA : err;
}

static int find_place(struct cgroup_place *place)
{
	char *mountinfo, *self = NULL;
	int err = file_read("/proc/self/mountinfo", &mountinfo, NULL);

	if (err)
		return err;
	err = file_read("/proc/self/cgroup", &self, NULL);
	if (!err)
		err = cgroup_place_find(place, mountinfo, self);
	free(self);
	free(mountinfo);
	return err;
}

int cgroup_check(void)
{
	struct cgroup_place place;
	int err = find_place(&place);

	if (!err) {
		err = access(place.parent, W_OK) < 0 ? -errno : 0;
		cgroup_place_clear(&place);
	}
	return err ? host_refused(err, WHAT) : 0;
}

int cgroup_new_at(struct cgroup **out, struct guardian *g, const struct cgroup_place *place,
		  const char *name)
{
	struct cgroup *cg = xcalloc(1, sizeof(*cg));
	char *control = xasprintf("%s/cgroup.subtree_control", place->parent);
	int err = 0;

	cg->version = place->version;
	cg->names = &names_of[place->version];
	cg->g = g;
	cg->mark = guardian_mark(g);
	cg->folder = xasprintf("%s/drivervm-%d-%s", place->parent, (int)getpid(), name);
	if (place->enable)
		err = guardian_announce(g, UNDO_WRITE, control, "-memory");
	if (!err && place->enable)
		err = host_write(control, "+memory");
	if (!err)
		err = guardian_announce(g, UNDO_CGROUP, cg->folder, NULL);
	if (!err && mkdir(cg->folder, 0755) < 0)
		err = -errno;
	free(control);
	if (err) {
		cgroup_free(cg);
		return host_refused(err, WHAT);
	}
	*out = cg;
	return 0;
}

int cgroup_new(struct cgroup **out, struct guardian *g, const char *name)
{
	struct cgroup_place place;
	int err = find_place(&place);

	if (err)
		return host_refused(err, WHAT);
	err = cgroup_new_at(out, g, &place, name);
	cgroup_place_clear(&place);
	return err;
}

int cgroup_add(struct cgroup *cg, pid_t pid)
{
	char number[24];
	int err;

	snprintf(number, sizeof(number), "%d", (int)pid);
	err = put(cg, "cgroup.procs", number);
	if (err)
		pr_err("process %d cannot be put under a limit of memory: %s", (int)pid,
		       strerror(-err));
	return err;
}

/* A kernel that does not count swap has no such files; then swappiness alone must do. */
static int put_if_there(const struct cgroup *cg, const char *name, const char *value)
{
	int err = put(cg, name, value);

	return err == -ENOENT ? 0 : err;
}

int cgroup_allow_swap(struct cgroup *cg, bool allow)
{
	int err;

	if (cg->version == 2) {
		err = put_if_there(cg, "memory.swap.max", allow ? "max" : "0");
	} else {
		cg->no_swap = !allow;
		err = put(cg, "memory.swappiness", allow ? "60" : "0");
		if (!err && allow)
			err = put_if_there(cg, "memory.memsw.limit_in_bytes", "-1");
	}
	if (err)
		pr_err("swapping cannot be %s %s: %s", allow ? "allowed to" : "denied to",
		       cg->folder, strerror(-err));
	return err;
}

/* -- the limit -- */

/*
 * Version 1 wants memory and swap together limited to no less than memory alone, so the order
 * depends on the direction.
 */
static int put_limit(const struct cgroup *cg, uint64_t bytes)
{
	static const char memsw[] = "memory.memsw.limit_in_bytes";
	bool raise = !bytes || bytes > cgroup_limit(cg);
	char value[24];
	int err = 0;

	snprintf(value, sizeof(value), "%" PRIu64, bytes);
	if (!bytes)
		strcpy(value, cg->names->none);
	if (cg->no_swap && raise)
		err = put_if_there(cg, memsw, value);
	if (!err)
		err = put(cg, cg->names->limit, value);
	if (!err && cg->no_swap && !raise)
		err = put_if_there(cg, memsw, value);
	return err;
}

/* How bad the kernel finds that a process takes memory; 0: it has none, or is dead. */
static uint64_t badness(long pid)
{
	char *path = xasprintf("/proc/%ld/oom_score", pid);
	uint64_t score;

	if (host_read_u64(path, &score))
		score = 0;
	free(path);
	return score;
}

/* Its memory is back as soon as its last thread is gone. */
static bool kill_and_wait(pid_t pid)
{
	struct pollfd fd = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	bool killed = fd.fd >= 0 && pidfd_send_signal(fd.fd, SIGKILL, NULL, 0) == 0;

	if (killed && poll(&fd, 1, DEATH_MS) <= 0)
		pr_debug("process %d is slow to die", (int)pid);
	fd_close(&fd.fd);
	return killed;
}

/* Kills whom the kernel would. False: nobody is left. */
static bool kill_one(struct cgroup *cg)
{
	char *path = file_of(cg, "cgroup.procs"), *text, *p, *end;
	uint64_t score, worst_score = 0;
	long pid, worst = 0;

	if (file_read(path, &text, NULL))
		text = xstrdup("");
	for (p = text; (pid = strtol(p, &end, 10)) > 0; p = end) {
		score = badness(pid);
		if (score > worst_score) {
			worst_score = score;
			worst = pid;
		}
	}
	free(text);
	free(path);
	if (!worst || !kill_and_wait((pid_t)worst))
		return false;
	cg->killed++;
	return true;
}

/* Without those that we killed. Errors as cgroup_kills(), and then @n is left alone. */
static int kernel_kills(const struct cgroup *cg, uint64_t *n)
{
	char *path = file_of(cg, cg->names->kills);
	int err = host_read_key(path, "oom_kill", n);

	free(path);
	return err;
}

static uint64_t usage_of(const struct cgroup *cg)
{
	uint64_t usage;

	return cgroup_usage(cg, &usage) < 0 ? UINT64_MAX : usage;
}

/* Only version 1 ever says EBUSY: the other kills by itself. */
int cgroup_set_limit(struct cgroup *cg, uint64_t bytes, bool kill)
{
	struct patience p;
	uint64_t kills = 0;
	int err;

	kernel_kills(cg, &kills);
	patience_start(&p, kills);
	err = put_limit(cg, bytes);
	while (err == -EBUSY || err == -EINTR) {
		if (!patience_over(&p))
			usleep(TRY_US);
		else if (kill && kill_one(cg))
			patience_death(&p, usage_of(cg));
		else
			return -EBUSY;
		kernel_kills(cg, &kills);
		patience_look(&p, usage_of(cg), bytes, kills);
		err = put_limit(cg, bytes);
	}
	if (err)
		pr_err("memory cannot be limited to %" PRIu64 " MiB: %s", bytes >> 20,
		       strerror(-err));
	return err;
}

uint64_t cgroup_limit(const struct cgroup *cg)
{
	uint64_t limit;

	if (get(cg, cg->names->limit, &limit) || (cg->version == 1 && limit >= V1_NONE))
		return UINT64_MAX;
	return limit;
}

/* -- what it takes -- */

int cgroup_usage(const struct cgroup *cg, uint64_t *bytes)
{
	return get(cg, cg->names->usage, bytes);
}

int cgroup_peak(const struct cgroup *cg, uint64_t *bytes)
{
	return get(cg, cg->names->peak, bytes);
}

int cgroup_swapped(const struct cgroup *cg, uint64_t *bytes)
{
	uint64_t usage;
	int err;

	if (cg->version == 2)
		return get(cg, "memory.swap.current", bytes);
	err = get(cg, "memory.memsw.usage_in_bytes", bytes);
	if (!err)
		err = cgroup_usage(cg, &usage);
	/* Not read at the same moment. */
	if (!err)
		*bytes = *bytes > usage ? *bytes - usage : 0;
	return err;
}

int cgroup_kills(const struct cgroup *cg, uint64_t *n)
{
	int err = kernel_kills(cg, n);

	if (!err)
		*n += cg->killed;
	return err;
}

const char *cgroup_folder(const struct cgroup *cg)
{
	return cg->folder;
}

void cgroup_free(struct cgroup *cg)
{
	if (!cg)
		return;
	guardian_rewind(cg->g, cg->mark);
	free(cg->folder);
	free(cg);
}
