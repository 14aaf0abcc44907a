// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs a tool (apt-get, dpkg-deb...) to its end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "builder/builder.h"
#include "core/log.h"

static void __attribute__((noreturn)) child(const struct argv *argv, const char *dir, int out)
{
	/* Output is parsed, so it must not be translated. */
	setenv("LC_ALL", "C", 1);
	if (out >= 0 && (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0))
		_exit(127);
	if (!dir || !chdir(dir))
		execvp(argv->v[0], argv->v);
	fprintf(stderr, "%s\n", strerror(errno));
	_exit(127);
}

static char *read_all(int fd)
{
	size_t used = 0, size = 4096;
	char *text = xcalloc(1, size);
	ssize_t n;

	while ((n = read(fd, text + used, size - used - 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		used += (size_t)n;
		if (size - used < 2) {
			size *= 2;
			text = xreallocarray(text, size, 1);
		}
	}
	text[used] = '\0';
	return text;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status ? -EIO : 0;
}

/* Of all that a failed tool said, the line that says why. */
static void report(const char *tool, char *text)
{
	char *why = text ? strstr(text, "E: ") : NULL;

	if (text && !why)
		why = text;
	if (why)
		why[strcspn(why, "\n")] = '\0';
	pr_err("%s failed: %s", tool, why ?: "see above");
}

int tool_run(const struct argv *argv, const char *dir, char **output)
{
	int out[2] = { -1, -1 };
	char *text = NULL;
	pid_t pid;
	int err;

	if (output && pipe2(out, O_CLOEXEC))
		return -errno;
	fflush(stdout);
	pid = fork();
	if (!pid)
		child(argv, dir, out[1]);
	fd_close(&out[1]);
	if (pid < 0) {
		err = -errno;
	} else {
		if (output)
			text = read_all(out[0]);
		err = wait_for(pid);
	}
	fd_close(&out[0]);
	if (err) {
		report(argv->v[0], text);
		free(text);
		return err;
	}
	if (output)
		*output = text;
	return 0;
}

int tool_run_words(const char *const *words)
{
	struct argv argv = { 0 };
	int err;

	argv_add_all(&argv, words);
	err = tool_run(&argv, NULL, NULL);
	argv_free(&argv);
	return err;
}
