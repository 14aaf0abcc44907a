// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The meters of a system, read at both ends of an interval. What costs the system something (the
 * agents' answers, smaps_rollup) is read outside the interval, what is cheap just inside.
 */
#include "meter/meter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/util.h"
#include "meter/parts.h"

/* After the name of the VM that it stands by for. */
#define SPARE ".spare"

/* One VM at the interval's beginning. */
struct vm_start {
	struct meter_target target;
	bool has_cpu, has_guest;
	struct cpu_process cpu;
	struct guest_view guest;
	bool has_events;
	struct event_counts events;
	struct perf_set *perf; /* NULL: none */
};

struct meters {
	meter_targets_fn fn;
	void *arg;
	struct loop *loop;
	struct series *series; /* NULL: none */
	struct extras *extras; /* NULL: none */
	bool started;
	struct vm_start *vms;
	size_t n_vms;
	uint64_t wall_ns;
	bool has_host, has_children;
	struct cpu_machine host;
	uint64_t children_ns;
	uint64_t own_ns;
	uint64_t cost_ns; /* of the meters, since the start */
	uint64_t series_ns; /* of the series, at the start */
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void add_target(struct meter_target *t, const struct vm *vm, const char *suffix)
{
	*t = (struct meter_target){
		.pid = vm_pid(vm),
		.memory = (uint64_t)vm_spec(vm)->memory_mib << 20,
	};
	snprintf(t->name, sizeof(t->name), "%s%s", vm_spec(vm)->name, suffix);
}

/* Spares too: what they cost is the price of having them. */
static void system_targets(void *arg, struct meter_target **targets, size_t *n)
{
	struct system *sys = arg;
	size_t i, count = system_n_vms(sys), used = 0;
	struct meter_target *t;

	if (2 * count > *n)
		*targets = xreallocarray(*targets, 2 * count, sizeof(**targets));
	for (i = 0; i < count; i++) {
		struct vm *vm = system_vm_at(sys, i), *spare = system_spare_at(sys, i);

		if (vm && vm_alive(vm)) {
			t = &(*targets)[used++];
			add_target(t, vm, "");
			t->vm = vm;
			t->driver_vm = vm != system_client(sys) && vm != system_remote(sys);
		}
		/* It takes the VM's place at any time, and is then no spare that could be asked. */
		if (spare && vm_alive(spare)) {
			t = &(*targets)[used++];
			add_target(t, spare, SPARE);
			t->driver_vm = true;
		}
	}
	*n = used;
}

int meters_open_targets(struct meters **out, struct loop *loop, meter_targets_fn fn, void *arg,
			const char *series_path)
{
	struct meters *m = xcalloc(1, sizeof(*m));
	int err = 0;

	m->fn = fn;
	m->arg = arg;
	m->loop = loop;
	if (series_path)
		err = series_open(&m->series, loop, series_path, fn, arg);
	if (err < 0) {
		free(m);
		return err;
	}
	*out = m;
	return 0;
}

int meters_open(struct meters **m, struct loop *loop, struct system *sys, const char *series_path)
{
	return meters_open_targets(m, loop, system_targets, sys, series_path);
}

int meters_add(struct meters *m, const char *folder, const char *const *names, size_t n)
{
	return extras_open(&m->extras, m->loop, folder, names, n);
}

/* A dead process that nobody has waited for is still there, but has lost its vCPUs. */
static bool read_end(const struct vm_start *v, struct cpu_process *end)
{
	return v->has_cpu && cpu_read_process(v->target.pid, end) == 0 &&
	       end->total >= v->cpu.total && end->vcpu >= v->cpu.vcpu;
}

/* A question would wake each guest of a fleet, and take longer than everything else together. */
static bool read_guest(const struct meters *m, struct vm *vm, struct guest_view *view)
{
	if (!vm)
		return false;
	if (m->n_vms > METER_FEW)
		return guest_view_heard(vm, view) == 0;
	return guest_view_ask(vm, view) == 0;
}

static void drop_start(struct meters *m)
{
	size_t i;

	for (i = 0; i < m->n_vms; i++) {
		perf_close(m->vms[i].perf);
		events_free(&m->vms[i].events);
	}
	free(m->vms);
	m->vms = NULL;
	m->n_vms = 0;
	m->started = false;
}

static void open_start(struct meters *m)
{
	struct meter_target *targets = NULL;
	size_t n = 0, i;

	m->fn(m->arg, &targets, &n);
	m->vms = xcalloc(n, sizeof(*m->vms));
	m->n_vms = n;
	for (i = 0; i < n; i++) {
		m->vms[i].target = targets[i];
		m->vms[i].has_guest = read_guest(m, targets[i].vm, &m->vms[i].guest);
	}
	for (i = 0; i < n; i++) {
		struct vm_start *v = &m->vms[i];

		v->has_events = events_read(v->target.pid, &v->events) == 0;
		/* A descriptor for each event of each thread. */
		if (i >= METER_FEW || perf_open(&v->perf, v->target.pid) < 0)
			v->perf = NULL;
	}
	free(targets);
}

static struct meter_target *start_targets(const struct meters *m)
{
	struct meter_target *targets = xcalloc(m->n_vms, sizeof(*targets));
	size_t i;

	for (i = 0; i < m->n_vms; i++)
		targets[i] = m->vms[i].target;
	return targets;
}

void meters_start(struct meters *m)
{
	struct meter_target *targets;
	uint64_t begin;
	size_t i;

	drop_start(m);
	open_start(m);
	targets = start_targets(m);
	extras_start(m->extras, targets, m->n_vms);
	m->wall_ns = now_ns();
	m->own_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	m->series_ns = m->series ? series_cost_ns(m->series) : 0;
	m->has_host = cpu_read_machine(&m->host) == 0;
	m->has_children = cpu_read_children(targets, m->n_vms, &m->children_ns) == 0;
	free(targets);
	for (i = 0; i < m->n_vms; i++)
		m->vms[i].has_cpu = cpu_read_process(m->vms[i].target.pid, &m->vms[i].cpu) == 0;
	m->cost_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
	m->started = true;
}

/* Seconds between two readings of which the later may lag a little behind. */
static double seconds(uint64_t from, uint64_t to)
{
	return to > from ? (double)(to - from) / 1e9 : 0;
}

static void emit_cpu(const struct vm_start *v, const struct cpu_process *end, meter_emit_fn emit,
		     void *arg)
{
	/* Threads are read before the total and so, if anything, lag behind it. */
	uint64_t known = v->cpu.vcpu + v->cpu.io, known_end = end->vcpu + end->io;
	uint64_t other = v->cpu.total > known ? v->cpu.total - known : 0;
	uint64_t other_end = end->total > known_end ? end->total - known_end : 0;

	emit(arg, "cpu", "s", seconds(v->cpu.total, end->total), v->target.name, "");
	emit(arg, "cpu", "s", seconds(v->cpu.vcpu, end->vcpu), v->target.name, "vcpu");
	emit(arg, "cpu", "s", seconds(v->cpu.io, end->io), v->target.name, "io");
	emit(arg, "cpu", "s", seconds(other, other_end), v->target.name, "other");
}

static void emit_events(struct vm_start *v, meter_emit_fn emit, void *arg)
{
	struct event_counts now;

	perf_emit(v->perf, emit, arg, v->target.name);
	if (!v->has_events || events_read(v->target.pid, &now) < 0)
		return;
	events_emit(&v->events, &now, emit, arg, v->target.name);
	events_free(&now);
}

/* What costs the guest or the host something, so after all else. */
static void emit_vm(const struct meters *m, struct vm_start *v, double wall_s, meter_emit_fn emit,
		    void *arg)
{
	struct guest_view guest;
	struct mem_reading mem;
	double used_s;

	if (v->has_guest && read_guest(m, v->target.vm, &guest) &&
	    guest_view_used(&v->guest, &guest, wall_s, &used_s) == 0)
		emit(arg, "guest_cpu", "s", used_s, v->target.name, "");
	if (mem_read(v->target.pid, &mem) < 0)
		return;
	emit(arg, "pss", "B", (double)mem.pss, v->target.name, "");
	emit(arg, "rss", "B", (double)mem.rss, v->target.name, "");
	emit(arg, "private_dirty", "B", (double)mem.private_dirty, v->target.name, "");
}

/* Those of the machine and of the host's processes; @all: every VM has lived to the end. */
static void emit_host(struct meters *m, uint64_t wall_ns, uint64_t own_ns, bool all,
		      meter_emit_fn emit, void *arg)
{
	struct meter_target *targets = start_targets(m);
	struct cpu_machine host;
	uint64_t children, rss;

	emit(arg, "wall", "s", seconds(m->wall_ns, wall_ns), "host", "");
	if (m->has_host && cpu_read_machine(&host) == 0) {
		emit(arg, "cpu", "s", (double)(host.busy - m->host.busy) * cpu_tick_seconds(),
		     "host", "");
		emit(arg, "steal", "s", (double)(host.steal - m->host.steal) * cpu_tick_seconds(),
		     "host", "");
	}
	/* A dead VM's time has become part of our children's. */
	if (all && m->has_children && cpu_read_children(targets, m->n_vms, &children) == 0)
		emit(arg, "cpu", "s", seconds(m->children_ns, children), "peer", "");
	emit(arg, "cpu", "s", seconds(m->own_ns, own_ns), "drivervm", "");
	if (mem_read_rss(getpid(), &rss, NULL) == 0)
		emit(arg, "rss", "B", (double)rss, "drivervm", "");
	free(targets);
}

void meters_stop(struct meters *m, meter_emit_fn emit, void *arg)
{
	uint64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	struct cpu_process *ends;
	bool all = true, *alive;
	uint64_t wall, own;
	size_t i;

	if (!m->started)
		return;
	extras_stop(m->extras);
	ends = xcalloc(m->n_vms, sizeof(*ends));
	alive = xcalloc(m->n_vms, sizeof(*alive));
	for (i = 0; i < m->n_vms; i++) {
		alive[i] = read_end(&m->vms[i], &ends[i]);
		all = all && alive[i];
	}
	wall = now_ns();
	own = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	emit_host(m, wall, own, all, emit, arg);
	m->cost_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
	if (m->series)
		m->cost_ns += series_cost_ns(m->series) - m->series_ns;
	m->cost_ns += extras_cost_ns(m->extras);
	emit(arg, "meter_cpu", "s", (double)m->cost_ns / 1e9, "drivervm", "");
	for (i = 0; i < m->n_vms; i++) {
		if (!alive[i])
			continue;
		emit_cpu(&m->vms[i], &ends[i], emit, arg);
		emit_events(&m->vms[i], emit, arg);
	}
	for (i = 0; i < m->n_vms; i++)
		if (alive[i])
			emit_vm(m, &m->vms[i], seconds(m->wall_ns, wall), emit, arg);
	free(ends);
	free(alive);
	extras_emit(m->extras, emit, arg);
	drop_start(m);
}

void meters_close(struct meters *m)
{
	if (!m)
		return;
	drop_start(m);
	extras_close(m->extras);
	series_close(m->series);
	free(m);
}
