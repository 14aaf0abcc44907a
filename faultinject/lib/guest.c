// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands for ddfault, over the guest's agent. */
#include "faultinject/lib/guest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/lib/lasting.h"

#define PARAMETERS "/sys/module/ddfault/parameters/"

static int load(const struct fault_site *site, char **why)
{
	int err = vm_modprobe(site->vm, "ddfault", NULL);

	if (err)
		*why = xasprintf("VM %s: cannot load ddfault: %s", site->vm_name, strerror(-err));
	return err;
}

/* "key=value key=value" of a guest, which may say anything: what is no such pair is left out. */
static json_t *parse_result(char *text)
{
	json_t *result = json_object(), *value;
	char *word, *save, *eq;
	double number;

	for (word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		eq = strchr(word, '=');
		if (!eq || eq == word)
			continue;
		*eq++ = '\0';
		if (parse_number(eq, &number) == 0 && number == (double)(json_int_t)number)
			value = json_integer((json_int_t)number);
		else
			value = json_string(eq);
		/* NULL, of what is not UTF-8, is refused. */
		json_object_set_new(result, word, value);
	}
	return result;
}

static int read_result(const struct fault_site *site, json_t **result)
{
	char *text;
	int err = vm_read_file(site->vm, PARAMETERS "result", &text);

	if (err)
		return err;
	*result = parse_result(text);
	free(text);
	return 0;
}

int guest_command(const struct fault_site *site, json_t **result, char **why, const char *fmt, ...)
{
	char *command = NULL;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vasprintf(&command, fmt, ap);
	va_end(ap);
	if (err < 0)
		return -ENOMEM;
	err = load(site, why);
	if (err)
		goto out;
	err = vm_write_file(site->vm, PARAMETERS "command", command);
	if (!err && result)
		err = read_result(site, result);
	if (err)
		*why = xasprintf("VM %s: ddfault's '%s': %s", site->vm_name, command,
				 strerror(-err));
	if (err == -ENODEV || err == -EAGAIN)
		err = -EOPNOTSUPP;
out:
	free(command);
	return err;
}

int guest_last_command(const struct fault_site *site, char **why, const char *command)
{
	int err = load(site, why);

	if (err)
		return err;
	err = vm_send_file(site->vm, PARAMETERS "command", command);
	if (err)
		*why = xasprintf("VM %s: cannot send it '%s': %s", site->vm_name, command,
				 strerror(-err));
	return err;
}

/* Since when, by a guest that says how long ago it was, and may say anything? 0: it has not. */
static uint64_t struck_us(const json_t *said, uint64_t now, uint64_t injected)
{
	const json_t *age = json_object_get(said, "age_us");
	uint64_t us = (uint64_t)json_integer_value(age);

	if (!json_is_integer(age))
		return 0;
	/* It may have struck before inject() heard that it was ready to. */
	return us <= now - injected ? now - us : injected;
}

void guest_end(const struct fault_site *site, const char *command, struct fault_shot *shot)
{
	uint64_t now = now_us();
	json_t *said = NULL;
	char *why = NULL;

	if (!fault_site_alive(site))
		return;
	if (guest_command(site, &said, &why, "%s", command) == 0) {
		shot->activated_us = struck_us(said, now, shot->injected_us);
		json_object_del(said, "age_us");
		json_object_update(shot->what, said);
	}
	json_decref(said);
	free(why);
}

int guest_undo(const struct fault_site *site, const char *command)
{
	return vm_write_file(site->vm, PARAMETERS "command", command);
}

int guest_pci_applies(const struct fault_site *site, char **why)
{
	if (site->driver->device)
		return 0;
	*why = xasprintf("%s is no PCI device", site->device);
	return -EOPNOTSUPP;
}

static int give_back(const struct fault_site *site, void *arg)
{
	(void)arg;
	return guest_undo(site, "pci-on");
}

int guest_pci_take(const struct fault_site *site, const struct fault_values *values,
		   const char *command, struct fault_shot *shot, char **why)
{
	static const struct lasting_ops ops = { .undo = give_back };
	char *module = guest_module(site);
	int err = guest_command(site, &shot->what, why, "%s %s", command, module);

	free(module);
	return err ? err : lasting_start(site, values, &ops, NULL, shot, why);
}

char *guest_module(const struct fault_site *site)
{
	const struct driver_desc *driver = site->driver;
	/* A driver that is no module has its own name only. */
	char *name =
		xstrdup(driver->n_modules ? driver->modules[driver->n_modules - 1] : driver->name);
	char *at;

	for (at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return name;
}
