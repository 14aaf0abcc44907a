// SPDX-License-Identifier: GPL-2.0-or-later
/* The private folder of a process that has systems up. */
#include "system/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"

#define PREFIX "drivervm-"

static const char *base(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	return dir && access(dir, W_OK | X_OK) == 0 ? dir : "/tmp";
}

static char *folder_of(pid_t pid)
{
	return xasprintf("%s/" PREFIX "%d", base(), (int)pid);
}

/* The process that a folder's name tells of, or 0 if it is no such folder of this user. */
static pid_t owner(const struct dirent *e)
{
	struct stat st;
	char *path, *end;
	long pid;
	int err;

	if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	pid = strtol(e->d_name + strlen(PREFIX), &end, 10);
	if (*end || pid <= 0)
		return 0;
	path = folder_of((pid_t)pid);
	err = lstat(path, &st);
	free(path);
	if (err < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return 0;
	return (pid_t)pid;
}

static bool running(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

/* Removes the files in it, and it. It has no folders. */
static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

static void remove_stale(void)
{
	DIR *dir = opendir(base());
	struct dirent *e;
	char *path;
	pid_t pid;

	while (dir && (e = readdir(dir))) {
		pid = owner(e);
		if (!pid || running(pid))
			continue;
		path = folder_of(pid);
		pr_debug("removing %s, whose process is gone", path);
		remove_folder(path);
		free(path);
	}
	if (dir)
		closedir(dir);
}

int runtime_create(char **out)
{
	char *path = folder_of(getpid());
	int err;

	remove_stale();
	/* One with our number can only be what an earlier process of that number left. */
	remove_folder(path);
	if (mkdir(path, 0700) < 0) {
		err = -errno;
		pr_err("cannot make %s: %s", path, strerror(-err));
		free(path);
		return err;
	}
	*out = path;
	return 0;
}

void runtime_remove(char *path)
{
	if (!path)
		return;
	remove_folder(path);
	free(path);
}

char *runtime_path(pid_t pid, const char *file)
{
	return xasprintf("%s/" PREFIX "%d/%s", base(), (int)pid, file);
}

/* Is there, in the folder of @pid, a file called @file? */
static bool holds(pid_t pid, const char *file)
{
	char *path = runtime_path(pid, file);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

void runtime_list(const char *file, pid_t **pids, size_t *n)
{
	DIR *dir = opendir(base());
	struct dirent *e;
	pid_t pid;

	*pids = NULL;
	*n = 0;
	while (dir && (e = readdir(dir))) {
		pid = owner(e);
		if (!pid || !running(pid) || !holds(pid, file))
			continue;
		*pids = xreallocarray(*pids, *n + 1, sizeof(**pids));
		(*pids)[(*n)++] = pid;
	}
	if (dir)
		closedir(dir);
}

int runtime_find(pid_t pid, const char *file, char **path)
{
	size_t i, n, found = 0;
	pid_t *pids, last = 0;

	runtime_list(file, &pids, &n);
	for (i = 0; i < n; i++) {
		if (pid && pids[i] != pid)
			continue;
		last = pids[i];
		found++;
	}
	free(pids);
	if (found == 1) {
		*path = folder_of(last);
		return 0;
	}
	if (found == 0 && pid)
		pr_err("process %d has no system up", (int)pid);
	else if (found == 0)
		pr_err("no system is up; 'drivervm up SYSTEM' brings one up");
	else
		pr_err("%zu systems are up; say which with --pid", found);
	return found ? -EINVAL : -ENOENT;
}
