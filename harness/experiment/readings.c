// SPDX-License-Identifier: GPL-2.0-or-later
/* What one iteration gave, and what follows from it. */
#include "experiment/readings.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/util.h"
#include "system/system.h"
#include "workload/workload.h"

#define MIB 1048576.0

/* A new one, all zeroes. */
static struct reading *append(struct readings *r)
{
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 64;
		r->v = xreallocarray(r->v, r->room, sizeof(*r->v));
	}
	r->v[r->n] = (struct reading){ 0 };
	return &r->v[r->n++];
}

void readings_add(struct readings *r, const char *metric, const char *unit, double value,
		  const char *vm, const char *thread)
{
	struct reading *n;

	if (!isfinite(value))
		return;
	n = append(r);
	snprintf(n->metric, sizeof(n->metric), "%s", metric);
	snprintf(n->unit, sizeof(n->unit), "%s", unit);
	snprintf(n->vm, sizeof(n->vm), "%s", vm ? vm : "");
	snprintf(n->thread, sizeof(n->thread), "%s", thread ? thread : "");
	n->value = value;
}

void readings_add_phase(struct readings *r, const char *phase, const char *metric, const char *unit,
			double value)
{
	size_t before = r->n;

	readings_add(r, metric, unit, value, "", "");
	if (r->n > before)
		snprintf(r->v[before].phase, sizeof(r->v[before].phase), "%s", phase);
}

void readings_add_sample(struct readings *r, const struct workload_sample *s)
{
	size_t before = r->n;

	readings_add(r, s->metric, s->unit, s->value, "", "");
	if (r->n == before)
		return;
	snprintf(r->v[before].device, sizeof(r->v[before].device), "%s", s->device);
	snprintf(r->v[before].t, sizeof(r->v[before].t), "%s", s->t);
}

void readings_keep(struct readings *r, const struct reading *reading)
{
	*append(r) = *reading;
}

/* Is it of the whole: no device, no phase, no point of a curve? */
static bool is_whole(const struct reading *r)
{
	return !r->device[0] && !r->phase[0] && !r->t[0];
}

const struct reading *readings_find(const struct readings *r, const char *metric, const char *vm,
				    const char *thread)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (streq(r->v[i].metric, metric) && streq(r->v[i].vm, vm) &&
		    streq(r->v[i].thread, thread) && is_whole(&r->v[i]))
			return &r->v[i];
	return NULL;
}

void readings_free(struct readings *r)
{
	free(r->v);
	*r = (struct readings){ 0 };
}

static bool is_one_of(const char *const *list, const struct reading *r)
{
	return str_listed(list, r->vm);
}

static bool is_metric(const struct reading *r, const char *metric)
{
	return streq(r->metric, metric) && r->vm[0] && !r->thread[0];
}

/* The remote machine stands beside the system, and what it does is no cost of it. */
static bool is_part(const struct reading *r)
{
	static const char *const others[] = { "host", SYSTEM_REMOTE, NULL };

	return !is_one_of(others, r);
}

/* Of those that have readings: a VM, and neither the one that uses devices nor the one beside. */
static bool is_driver_vm(const struct reading *r)
{
	static const char *const others[] = { "host",	"peer",	       "drivervm",
					      "client", SYSTEM_REMOTE, NULL };

	return !is_one_of(others, r);
}

struct sum {
	double value;
	size_t n;
};

static struct sum sum_of(const struct readings *r, const char *metric,
			 bool (*which)(const struct reading *))
{
	struct sum sum = { 0 };
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (!is_metric(&r->v[i], metric) || !which(&r->v[i]))
			continue;
		sum.value += r->v[i].value;
		sum.n++;
	}
	return sum;
}

static void derive_per_mib(struct readings *r, double sum, double mib)
{
	size_t i, n = r->n;

	readings_add(r, "cpu_per_mib", "s/MiB", sum / mib, "", "");
	for (i = 0; i < n; i++) {
		const struct reading part = r->v[i];

		if (is_metric(&part, "cpu") && is_part(&part))
			readings_add(r, "part_cpu_per_mib", "s/MiB", part.value / mib, part.vm, "");
	}
}

static void derive_loads(struct readings *r, double wall, unsigned int cores)
{
	const struct reading *host = readings_find(r, "cpu", "host", "");
	const struct reading *own = readings_find(r, "cpu", "drivervm", "");
	const struct reading *meters = readings_find(r, "meter_cpu", "drivervm", "");
	double own_s = own ? own->value : 0, meters_s = meters ? meters->value : 0;
	double host_s = host ? host->value : 0;
	struct sum parts = sum_of(r, "cpu", is_part), driver_vms = sum_of(r, "cpu", is_driver_vm);
	double machine = wall * cores;
	bool has_host = host, has_own = own && meters;

	if (has_host)
		readings_add(r, "host_load", "1", host_s / wall, "", "");
	if (parts.n) {
		readings_add(r, "cpu_load", "1", parts.value / wall, "", "");
		readings_add(r, "cpu_share", "1", parts.value / machine, "", "");
	}
	if (driver_vms.n)
		readings_add(r, "driver_vm_cpu_share", "1",
			     driver_vms.value / (double)driver_vms.n / machine, "", "");
	if (has_own)
		readings_add(r, "orchestrator_load", "1", fmax(0, own_s - meters_s) / wall, "", "");
}

static void derive_memory(struct readings *r)
{
	const struct reading *own = readings_find(r, "rss", "drivervm", "");
	double own_rss = own ? own->value : 0;
	struct sum all = sum_of(r, "pss", is_part), driver_vms = sum_of(r, "pss", is_driver_vm);
	bool has_own = own;

	if (all.n)
		readings_add(r, "pss_sum", "B", all.value, "", "");
	if (driver_vms.n)
		readings_add(r, "driver_vm_pss", "B", driver_vms.value / (double)driver_vms.n, "",
			     "");
	if (has_own)
		readings_add(r, "orchestrator_rss", "B", own_rss, "", "");
}

void readings_derive(struct readings *r, unsigned int cores)
{
	const struct reading *wall = readings_find(r, "wall", "host", "");
	const struct reading *bytes = readings_find(r, "transferred", "", "");
	double wall_s = wall ? wall->value : 0;
	double mib = bytes && streq(bytes->unit, "B") ? bytes->value / MIB : 0;
	struct sum parts = sum_of(r, "cpu", is_part);

	if (wall_s > 0)
		derive_loads(r, wall_s, cores);
	if (parts.n && mib > 0)
		derive_per_mib(r, parts.value, mib);
	derive_memory(r);
}
