// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: the machine itself: cores, memory, disk, counters, memory controls. */
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "core/paths.h"

#define MIB (1ULL << 20)
/* A client and a driver VM with QEMU's own needs; and what leaves the host some room. */
#define MEMORY_LEAST_MIB 1024
#define MEMORY_ENOUGH_MIB 2048
#define DISK_LEAST_MIB 100
#define DISK_ENOUGH_MIB 1024

static void check_cores(const struct doctor_check *check, struct loop *loop,
			struct doctor_finding *f)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : CPU_COUNT(&set);

	(void)check;
	(void)loop;
	doctor_found(f, n >= 2 ? DOCTOR_OK : DOCTOR_LIMITED,
		     "client and driver VM share one core: throughput shows CPU cost only", "%d",
		     n);
}

/* A value of /proc/meminfo in MiB; 0 if there is none. */
static unsigned long long meminfo_mib(const char *key)
{
	unsigned long long kib = 0;
	char *text, *at;

	if (file_read("/proc/meminfo", &text, NULL) < 0)
		return 0;
	at = strstr(text, key);
	if (at)
		kib = strtoull(at + strlen(key), NULL, 10);
	free(text);
	return kib / 1024;
}

static void check_memory(const struct doctor_check *check, struct loop *loop,
			 struct doctor_finding *f)
{
	unsigned long long mib = meminfo_mib("MemAvailable:");
	enum doctor_state state = DOCTOR_OK;

	(void)check;
	(void)loop;
	if (mib < MEMORY_ENOUGH_MIB)
		state = mib < MEMORY_LEAST_MIB ? DOCTOR_MISSING : DOCTOR_LIMITED;
	doctor_found(f, state, "a client and a driver VM take 1 GiB, more VMs more",
		     "%llu MiB available", mib);
}

static void check_disk(const struct doctor_check *check, struct loop *loop,
		       struct doctor_finding *f)
{
	enum doctor_state state = DOCTOR_OK;
	unsigned long long mib;
	struct statvfs st;

	(void)check;
	(void)loop;
	if (statvfs(path_root(), &st) < 0) {
		doctor_found(f, DOCTOR_MISSING, "nowhere to put results", "%s: %s", path_root(),
			     strerror(errno));
		return;
	}
	mib = (unsigned long long)st.f_bavail * st.f_frsize / MIB;
	if (mib < DISK_ENOUGH_MIB)
		state = mib < DISK_LEAST_MIB ? DOCTOR_MISSING : DOCTOR_LIMITED;
	doctor_found(f, state, "images and packages take 1 GiB, a run up to 100 MiB",
		     "%llu MiB free under %s", mib, path_root());
}

static int try_perf_event(uint32_t type, uint64_t config)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = config,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	int err = fd < 0 ? -errno : 0;

	fd_close(&fd);
	return err;
}

static void report_perf(struct doctor_finding *f, int err, const char *cost)
{
	if (err)
		doctor_found(f, DOCTOR_LIMITED, cost, "cannot be counted: %s", strerror(-err));
	else
		doctor_found(f, DOCTOR_OK, NULL, "can be counted");
}

static void check_perf_software(const struct doctor_check *check, struct loop *loop,
				struct doctor_finding *f)
{
	(void)loop;
	report_perf(f, try_perf_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK), check->cost);
}

static void check_perf_hardware(const struct doctor_check *check, struct loop *loop,
				struct doctor_finding *f)
{
	(void)loop;
	report_perf(f, try_perf_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS), check->cost);
}

/* Where the memory controller is mounted: 2, 1, or 0 for nowhere; *@dir is the caller's. */
static int find_memory_controller(char **dir)
{
	char *text = NULL;

	if (file_read("/sys/fs/cgroup/cgroup.controllers", &text, NULL) == 0 &&
	    strstr(text, "memory")) {
		free(text);
		*dir = xstrdup("/sys/fs/cgroup");
		return 2;
	}
	free(text);
	*dir = xstrdup("/sys/fs/cgroup/memory");
	return access("/sys/fs/cgroup/memory/memory.limit_in_bytes", F_OK) == 0 ||
			       access("/sys/fs/cgroup/memory/memory.usage_in_bytes", F_OK) == 0 ?
		       1 :
		       0;
}

static void check_cgroup(const struct doctor_check *check, struct loop *loop,
			 struct doctor_finding *f)
{
	char *dir;
	int version = find_memory_controller(&dir);

	(void)loop;
	if (!version)
		doctor_found(f, DOCTOR_LIMITED, check->cost, "no memory controller in %s",
			     "/sys/fs/cgroup");
	else if (access(dir, W_OK) < 0)
		doctor_found(f, DOCTOR_LIMITED, check->cost,
			     "version %d in %s, but this user cannot write there", version, dir);
	else
		doctor_found(f, DOCTOR_OK, NULL, "version %d in %s", version, dir);
	free(dir);
}

static void check_ksm(const struct doctor_check *check, struct loop *loop, struct doctor_finding *f)
{
	static const char file[] = "/sys/kernel/mm/ksm/run";
	char *text = NULL;
	int err = file_read(file, &text, NULL);

	(void)loop;
	if (err)
		doctor_found(f, DOCTOR_LIMITED, check->cost, "not in this kernel");
	else if (access(file, W_OK) < 0)
		doctor_found(f, DOCTOR_LIMITED, check->cost, "%s; only root can change it",
			     text[0] == '1' ? "on" : "off");
	else
		doctor_found(f, DOCTOR_OK, NULL, "%s; can be changed",
			     text[0] == '1' ? "on" : "off");
	free(text);
}

static void check_zram(const struct doctor_check *check, struct loop *loop,
		       struct doctor_finding *f)
{
	bool there = access("/sys/class/zram-control", F_OK) == 0 ||
		     access("/sys/block/zram0", F_OK) == 0;

	(void)loop;
	if (!there)
		doctor_found(f, DOCTOR_LIMITED, check->cost, "not loaded");
	else if (geteuid() != 0)
		doctor_found(f, DOCTOR_LIMITED, check->cost, "loaded; only root can use it");
	else
		doctor_found(f, DOCTOR_OK, NULL, "loaded");
}

const struct doctor_check doctor_host_checks[] = {
	{ .what = "cores", .run = check_cores },
	{ .what = "memory", .run = check_memory },
	{ .what = "disk", .run = check_disk },
	{ .what = "perf, software",
	  .run = check_perf_software,
	  .cost = "no page faults and context switches: sysctl kernel.perf_event_paranoid=2" },
	{ .what = "perf, hardware",
	  .run = check_perf_hardware,
	  .cost = "no cycles, instructions and cache misses; virtual machines often have none" },
	{ .what = "cgroup memory",
	  .run = check_cgroup,
	  .cost = "no memory limits on VMs, so no memory-scarcity studies" },
	{ .what = "KSM", .run = check_ksm, .cost = "no studies of merged memory; needs root" },
	{ .what = "zram",
	  .run = check_zram,
	  .cost = "no studies of compressed swap: as root, 'modprobe zram'" },
	{ 0 },
};
