// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's own view of its load and memory, for the heartbeat. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent.h"

static uint64_t uptime_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* guest and guest_nice are already part of user and nice. */
static uint64_t cpu_busy_us(void)
{
	uint64_t user, nice, system, idle, iowait, irq, softirq, steal;
	FILE *f = fopen("/proc/stat", "re");
	uint64_t us = 0;

	if (!f)
		return 0;
	if (fscanf(f,
		   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64,
		   &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal) == 8)
		us = (user + nice + system + irq + softirq + steal) * 1000000 /
		     (uint64_t)sysconf(_SC_CLK_TCK);
	fclose(f);
	return us;
}

static void read_memory(struct ddag_heartbeat *status)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "MemTotal:", 9))
			status->mem_total_kib = strtoull(line + 9, NULL, 10);
		if (!strncmp(line, "MemAvailable:", 13))
			status->mem_available_kib = strtoull(line + 13, NULL, 10);
	}
	fclose(f);
}

void status_read(struct ddag_heartbeat *status)
{
	double load = 0;

	memset(status, 0, sizeof(*status));
	status->uptime_us = uptime_us();
	status->cpu_busy_us = cpu_busy_us();
	read_memory(status);
	if (getloadavg(&load, 1) == 1)
		status->load_milli = (uint32_t)(load * 1000);
}
