// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of `drivervm top`: sums above, then a line for each VM and each device in it. */
#include "cli/top_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/protocol.h"
#include "core/util.h"

/* Silence that is worth a word: longer than that of a guest which has nothing to do. */
#define SILENT_US ((DDAG_HEARTBEAT_IDLE_MS / 1000 + 3) * (int64_t)USEC_PER_SEC)

/* Lines go here, so that they are counted and cut in one place. */
struct lines {
	FILE *out;
	const struct top_view *view;
	unsigned int n; /* printed */
};

static void put(struct lines *l, const char *text)
{
	int width = l->view->columns ? (int)l->view->columns : (int)strlen(text);

	fprintf(l->out, "%.*s\n", width, text);
	l->n++;
}

/* -- numbers -- */

/* "12.5M", with units of @base; at most 6 characters. */
static void scaled(char *text, size_t size, double v, double base)
{
	static const char units[] = " kMGTP";
	size_t i;

	for (i = 0; v >= base * 0.9995 && units[i + 1]; i++)
		v /= base;
	if (i == 0)
		snprintf(text, size, "%.0f", v);
	else
		snprintf(text, size, "%.*f%c", v < 99.95 ? 1 : 0, v, units[i]);
}

static void put_bytes(char *text, size_t size, int64_t bytes)
{
	scaled(text, size, (double)bytes, 1024);
}

static void put_share(char *text, size_t size, double share)
{
	if (share < 0)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.1f", share * 100);
}

/* Bytes each second; or records, where all are of one size: those are requests or replies. */
static void put_rate(char *text, size_t size, const struct top_device *d, unsigned int ring)
{
	char n[16];

	if (d->rate[ring] < 0) {
		snprintf(text, size, "-");
		return;
	}
	if (d->record[ring] > 0) {
		scaled(n, sizeof(n), d->rate[ring] / (double)d->record[ring], 1000);
		snprintf(text, size, "%s rq", n);
	} else {
		scaled(n, sizeof(n), d->rate[ring], 1000);
		snprintf(text, size, "%sB", n);
	}
}

/* -- sums -- */

struct sums {
	double cpu[TOP_ROLES];
	int64_t own[TOP_ROLES];
	int64_t rss, memory;
	size_t dead;
	size_t links, up;
};

static void add_up(const struct top_snapshot *s, struct sums *sum)
{
	size_t i;

	*sum = (struct sums){ 0 };
	for (i = 0; i < s->n_vms; i++) {
		const struct top_vm *vm = &s->vms[i];

		sum->cpu[vm->role] += vm->cpu > 0 ? vm->cpu : 0;
		sum->own[vm->role] += vm->own;
		sum->rss += vm->rss;
		sum->memory += vm->memory;
		sum->dead += !vm->alive;
	}
	for (i = 0; i < s->n_devices; i++) {
		sum->links += s->devices[i].linked;
		sum->up += s->devices[i].linked && s->devices[i].up;
	}
}

static void print_state(struct lines *l, const struct top_snapshot *s, const struct sums *sum)
{
	long up_s = (long)((s->now_us - s->up_since_us) / (int64_t)USEC_PER_SEC);
	char line[256], dead[32] = "";

	if (sum->dead)
		snprintf(dead, sizeof(dead), ", %zu dead", sum->dead);
	snprintf(line, sizeof(line),
		 "%s (process %d, %s), up %ld:%02ld:%02ld: %zu VMs%s; %zu of %zu links up",
		 s->system, s->pid, s->accel, up_s / 3600, up_s / 60 % 60, up_s % 60, s->n_vms,
		 dead, sum->up, sum->links);
	put(l, line);
}

static void print_cpu(struct lines *l, const struct top_snapshot *s, const struct sums *sum)
{
	double vms = sum->cpu[TOP_CLIENT] + sum->cpu[TOP_DRIVER_VM] + sum->cpu[TOP_REMOTE];
	double rest = s->machine_cpu - vms - s->self_cpu;
	char line[256], remote[32] = "";

	if (s->machine_cpu < 0 || s->self_cpu < 0) {
		put(l, "CPU: not known yet");
		return;
	}
	if (sum->cpu[TOP_REMOTE] > 0)
		snprintf(remote, sizeof(remote), ", remote %.1f", sum->cpu[TOP_REMOTE] * 100);
	snprintf(line, sizeof(line),
		 "CPU %%, %d being all: client %.1f, driver VMs %.1f%s, drivervm %.1f, rest of the "
		 "host %.1f",
		 s->processors * 100, sum->cpu[TOP_CLIENT] * 100, sum->cpu[TOP_DRIVER_VM] * 100,
		 remote, s->self_cpu * 100, (rest > 0 ? rest : 0) * 100);
	put(l, line);
}

static void print_memory(struct lines *l, const struct top_snapshot *s, const struct sums *sum)
{
	char line[256], promised[16], rss[16], client[16], driver[16], remote[16], self[16];

	put_bytes(promised, sizeof(promised), sum->memory);
	put_bytes(rss, sizeof(rss), sum->rss);
	put_bytes(client, sizeof(client), sum->own[TOP_CLIENT]);
	put_bytes(driver, sizeof(driver), sum->own[TOP_DRIVER_VM]);
	put_bytes(remote, sizeof(remote), sum->own[TOP_REMOTE]);
	put_bytes(self, sizeof(self), s->self_own);
	snprintf(line, sizeof(line),
		 "Memory: promised %s; RSS %s; own: client %s, driver VMs %s%s%s, drivervm %s",
		 promised, rss, client, driver, sum->own[TOP_REMOTE] ? ", remote " : "",
		 sum->own[TOP_REMOTE] ? remote : "", self);
	put(l, line);
}

/* -- rows -- */

static const char *vm_state(const struct top_vm *vm)
{
	if (!vm->alive)
		return "dead";
	if (!vm->ready)
		return "boots";
	return vm->silent_us > SILENT_US ? "silent" : "up";
}

/* "up"; else what the two sides show, the driver VM's first. */
static void put_link(char *text, size_t size, const struct top_device *d)
{
	if (!d->linked)
		snprintf(text, size, "(%s)", d->via);
	else if (d->up)
		snprintf(text, size, "up");
	else
		snprintf(text, size, "%s/%s", d->side[0], d->side[1]);
}

static void device_part(char *text, size_t size, const struct top_device *d)
{
	char link[32], out[24], in[24];

	put_link(link, sizeof(link), d);
	put_rate(out, sizeof(out), d, 0);
	put_rate(in, sizeof(in), d, 1);
	snprintf(text, size, "%-7s %-11s %-12s %10s %10s", d->name, d->driver, link, out, in);
}

static void vm_part(char *text, size_t size, const struct top_vm *vm)
{
	char cpu[16], guest[16], rss[16] = "-", own[16] = "-", memory[16];

	put_share(cpu, sizeof(cpu), vm->cpu);
	put_share(guest, sizeof(guest), vm->guest_cpu);
	put_bytes(memory, sizeof(memory), vm->memory);
	if (vm->alive) {
		put_bytes(rss, sizeof(rss), vm->rss);
		put_bytes(own, sizeof(own), vm->own);
	}
	snprintf(text, size, "%-10s %-6s %6s %6s %6s %6s %6s", vm->name, vm_state(vm), cpu, guest,
		 rss, own, memory);
}

/* The device of this VM at or after *@i, which moves behind it; NULL: there is none. */
static const struct top_device *next_device(const struct top_snapshot *s, const struct top_vm *vm,
					    size_t *i)
{
	for (; *i < s->n_devices; (*i)++)
		if (streq(s->devices[*i].vm, vm->name))
			return &s->devices[(*i)++];
	return NULL;
}

static unsigned int lines_of(const struct top_snapshot *s, const struct top_vm *vm)
{
	unsigned int n = 0;
	size_t i = 0;

	while (next_device(s, vm, &i))
		n++;
	return n ? n : 1;
}

static void print_vm(struct lines *l, const struct top_snapshot *s, const struct top_vm *vm)
{
	const struct top_device *d;
	char line[256], left[96], right[128];
	size_t i = 0;

	vm_part(left, sizeof(left), vm);
	d = next_device(s, vm, &i);
	if (!d) {
		put(l, left);
		return;
	}
	for (; d; d = next_device(s, vm, &i)) {
		device_part(right, sizeof(right), d);
		snprintf(line, sizeof(line), "%-52s %s", left, right);
		put(l, line);
		left[0] = '\0';
	}
}

/* -- order -- */

static int by_name(const struct top_vm *a, const struct top_vm *b)
{
	return strverscmp(a->name, b->name);
}

static int by_most(double a, double b, const struct top_vm *x, const struct top_vm *y)
{
	return a > b ? -1 : a < b ? 1 : by_name(x, y);
}

static int compare(const void *a, const void *b, void *arg)
{
	const enum top_sort *sort = arg;
	const struct top_vm *x = *(const struct top_vm *const *)a;
	const struct top_vm *y = *(const struct top_vm *const *)b;

	switch (*sort) {
	case TOP_BY_CPU:
		return by_most(x->cpu, y->cpu, x, y);
	case TOP_BY_MEMORY:
		return by_most((double)x->own, (double)y->own, x, y);
	case TOP_BY_RATE:
		return by_most(x->rate, y->rate, x, y);
	case TOP_BY_NAME:
		break;
	}
	return by_name(x, y);
}

int top_sort_parse(const char *name, enum top_sort *sort)
{
	static const char *const names[] = { "cpu", "mem", "name", "rate" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!streq(names[i], name))
			continue;
		*sort = (enum top_sort)i;
		return 0;
	}
	return -EINVAL;
}

/* Whole VMs only, with a line left to say how many are not shown. */
static bool fits(const struct lines *l, unsigned int more, bool last)
{
	return !l->view->rows || l->n + more + (last ? 0 : 1) <= l->view->rows;
}

/* The VMs in their order on the table; the caller frees it. */
static const struct top_vm **in_order(const struct top_snapshot *s, enum top_sort sort)
{
	const struct top_vm **order = xcalloc(s->n_vms, sizeof(*order));
	size_t i;

	for (i = 0; i < s->n_vms; i++)
		order[i] = &s->vms[i];
	qsort_r(order, s->n_vms, sizeof(*order), compare, &sort);
	return order;
}

static void print_vms(struct lines *l, const struct top_snapshot *s)
{
	const struct top_vm **order = in_order(s, l->view->sort);
	char line[64];
	size_t i;

	for (i = 0; i < s->n_vms; i++) {
		if (!fits(l, lines_of(s, order[i]), i + 1 == s->n_vms))
			break;
		print_vm(l, s, order[i]);
	}
	free(order);
	if (i == s->n_vms)
		return;
	snprintf(line, sizeof(line), "... and %zu more VMs", s->n_vms - i);
	put(l, line);
}

void top_print(FILE *out, const struct top_snapshot *s, const struct top_view *view)
{
	struct lines l = { .out = out, .view = view };
	struct sums sum;

	add_up(s, &sum);
	print_state(&l, s, &sum);
	print_cpu(&l, s, &sum);
	print_memory(&l, s, &sum);
	put(&l, "");
	put(&l,
	    "VM         STATE    CPU%  GUEST    RSS    OWN     OF DEVICE  DRIVER      LINK        "
	    "   TO VM/s  FROM VM/s");
	print_vms(&l, s);
}
