// SPDX-License-Identifier: GPL-2.0-or-later
/* What a kernel leaves to PID 1: file systems, the loopback device, a terminal in raw mode. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "agent/agent.h"

#define KLOG_CONSOLE_LEVEL 8 /* syslog(2) SYSLOG_ACTION_CONSOLE_LEVEL */
#define KLOG_INFO 7 /* show messages up to KERN_INFO */

static const struct {
	const char *type;
	const char *target;
	const char *options;
} mounts[] = {
	{ "proc", "/proc", NULL },
	{ "sysfs", "/sys", NULL },
	{ "devtmpfs", "/dev", "mode=0755" },
	{ "devpts", "/dev/pts", "mode=0620,ptmxmode=0666" },
	{ "tmpfs", "/dev/shm", "mode=1777" },
	{ "tmpfs", "/run", "mode=0755" },
	{ "tmpfs", "/tmp", "mode=1777" },
	{ "debugfs", "/sys/kernel/debug", NULL },
};

/*
 * What the kernel does now and then for guests other than these. Each wakes an idle guest, or keeps
 * it up longer; docs/performance.md says how often.
 */
static const struct {
	const char *path;
	const char *value;
} settings[] = {
	/* kcompactd looks every 500 ms whether memory is in pieces; what is asked of it it does. */
	{ "/proc/sys/vm/compaction_proactiveness", "0" },
	/* Seconds between two additions of what each processor has counted; they are exact on
	   demand. */
	{ "/proc/sys/vm/stat_interval", "60" },
	/* Neighbours whose presence somebody else asked the kernel to watch: there are none. */
	{ "/proc/sys/net/ipv4/neigh/default/interval_probe_time_ms", "3600000" },
	{ "/proc/sys/net/ipv6/neigh/default/interval_probe_time_ms", "3600000" },
};

static void set_all(void)
{
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		size_t len = strlen(settings[i].value);
		int fd = open(settings[i].path, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, settings[i].value, len) != (ssize_t)len)
			fprintf(stderr, "drivervm-agent: %s: %s\n", settings[i].path,
				strerror(errno));
		if (fd >= 0)
			close(fd);
	}
}

static void mount_all(void)
{
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].target, 0755);
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, MS_NOSUID,
			  mounts[i].options))
			fprintf(stderr, "drivervm-agent: mounting %s: %s\n", mounts[i].target,
				strerror(errno));
	}
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		perror("drivervm-agent: lo");
	if (fd >= 0)
		close(fd);
}

void setup_system(void)
{
	setenv("PATH", "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", 1);
	setenv("HOME", "/", 1);
	umask(022);
	mount_all();
	set_all();
	loopback_up();
	/* Boot may be quiet, for speed; what drivers say from now on is wanted in the log. */
	klogctl(KLOG_CONSOLE_LEVEL, NULL, KLOG_INFO);
}

bool setup_has_param(const char *name)
{
	char line[4096];
	char *word, *save;
	size_t len = strlen(name);
	FILE *f = fopen("/proc/cmdline", "re");
	bool found = false;

	if (!f)
		return false;
	if (fgets(line, sizeof(line), f))
		for (word = strtok_r(line, " \n", &save); word && !found;
		     word = strtok_r(NULL, " \n", &save))
			found = !strncmp(word, name, len) && !strcmp(word + len, "=1");
	fclose(f);
	return found;
}

int setup_tty(const char *path)
{
	struct termios t;
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	if (tcgetattr(fd, &t))
		goto fail;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&t, B115200);
	if (tcsetattr(fd, TCSANOW, &t))
		goto fail;
	return fd;
fail:
	err = -errno;
	close(fd);
	return err;
}
