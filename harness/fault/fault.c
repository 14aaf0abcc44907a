// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding faults, their parameters' values, and the sites where they strike. */
#include "fault/fault.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

struct fault_values {
	const struct fault *fault;
	const char **given; /* in the order of its parameters; NULL: the default */
};

static struct fault_entry *faults;

static bool comes_before(const struct fault *a, const struct fault *b)
{
	int order = strcmp(a->family, b->family);

	return order ? order < 0 : strcmp(a->name, b->name) < 0;
}

void fault_register(struct fault_entry *entry)
{
	struct fault_entry **at = &faults;

	while (*at && comes_before((*at)->fault, entry->fault))
		at = &(*at)->next;
	entry->next = *at;
	*at = entry;
}

const struct fault_entry *fault_first(void)
{
	return faults;
}

const struct fault *fault_find(const char *name)
{
	const struct fault_entry *e;

	for (e = faults; e; e = e->next)
		if (streq(e->fault->name, name))
			return e->fault;
	return NULL;
}

/* -1: there is none. */
static int param_index(const struct fault *fault, const char *key, size_t len)
{
	int i;

	for (i = 0; fault->params && fault->params[i].key; i++)
		if (strlen(fault->params[i].key) == len &&
		    strncmp(fault->params[i].key, key, len) == 0)
			return i;
	return -1;
}

static size_t count_params(const struct fault *fault)
{
	size_t n = 0;

	while (fault->params && fault->params[n].key)
		n++;
	return n;
}

static int take(struct fault_values *v, const char *pair, char **why)
{
	size_t len = strcspn(pair, "=");
	int i = param_index(v->fault, pair, len);
	const struct fault_param *p;

	if (pair[len] != '=' || i < 0) {
		*why = xasprintf("fault %s has no parameter '%.*s'", v->fault->name, (int)len,
				 pair);
		return -EINVAL;
	}
	p = &v->fault->params[i];
	if (!p->valid(pair + len + 1)) {
		*why = xasprintf("'%s' is no value for %s of fault %s (%s)", pair + len + 1, p->key,
				 v->fault->name, p->help);
		return -EINVAL;
	}
	v->given[i] = pair + len + 1;
	return 0;
}

int fault_values_new(struct fault_values **values, const struct fault *fault,
		     const char *const *pairs, size_t n, char **why)
{
	struct fault_values *v = xcalloc(1, sizeof(*v));
	int err = 0;
	size_t i;

	v->fault = fault;
	v->given = xcalloc(count_params(fault) + 1, sizeof(*v->given));
	for (i = 0; i < n && !err; i++)
		err = take(v, pairs[i], why);
	if (err)
		fault_values_free(v);
	else
		*values = v;
	return err;
}

void fault_values_free(struct fault_values *values)
{
	if (!values)
		return;
	free(values->given);
	free(values);
}

const char *fault_value(const struct fault_values *values, const char *key)
{
	int i = param_index(values->fault, key, strlen(key));

	if (i < 0)
		return NULL;
	return values->given[i] ? values->given[i] : values->fault->params[i].def;
}

double fault_number(const struct fault_values *values, const char *key)
{
	const char *text = fault_value(values, key);
	double value = 0;

	if (text)
		parse_number(text, &value);
	return value;
}

void fault_struck(struct fault_shot *shot)
{
	shot->injected_us = shot->activated_us = now_us();
	if (!shot->what)
		shot->what = json_object();
}

bool fault_param_number(const char *value)
{
	double x;

	return parse_number(value, &x) == 0 && x >= 0;
}

bool fault_param_count(const char *value)
{
	double x;

	return parse_number(value, &x) == 0 && x >= 0 && x == floor(x);
}

int fault_site_of(struct fault_site *site, struct loop *loop, struct system *sys,
		  const char *device, struct rng *rng)
{
	*site = (struct fault_site){
		.loop = loop,
		.sys = sys,
		.device = device,
		.vm_name = system_device_vm(sys, device),
		.link = system_link(sys, device),
		.driver = system_device_driver(sys, device),
		.rng = rng,
	};
	if (!site->vm_name)
		return -ENOENT;
	site->vm = system_vm(sys, site->vm_name);
	if (!site->vm || !vm_alive(site->vm))
		return -EPIPE;
	site->vm_serial = vm_serial(site->vm);
	return 0;
}

bool fault_site_alive(const struct fault_site *site)
{
	const struct vm *vm = system_vm(site->sys, site->vm_name);

	return vm && vm_serial(vm) == site->vm_serial && vm_alive(vm);
}
