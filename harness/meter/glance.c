// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process has taken so far, from the meters that cost least. */
#include "meter/glance.h"

#include "core/util.h"
#include "meter/parts.h"

int meter_glance(pid_t pid, struct meter_glance *g)
{
	uint64_t ns;
	int err;

	err = cpu_read_total(pid, &ns);
	if (!err)
		err = mem_read_rss(pid, &g->rss, &g->own);
	if (!err)
		g->cpu_us = ns / 1000;
	return err;
}

int meter_glance_machine(uint64_t *busy_us)
{
	struct cpu_machine cpu;
	int err;

	err = cpu_read_machine(&cpu);
	if (!err)
		*busy_us = (uint64_t)((double)cpu.busy * cpu_tick_seconds() * 1e6);
	return err;
}
