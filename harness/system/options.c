// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of devices, "key=value": which there are is what the device's class says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "system/system-private.h"

/* "backing, read_only", or "none"; the caller frees. */
static char *known(const struct device_class *class)
{
	const struct device_option *o;
	char *list = xstrdup(""), *longer;

	for (o = class->options; o && o->key; o++) {
		longer = xasprintf("%s%s%s", list, *list ? ", " : "", o->key);
		free(list);
		list = longer;
	}
	if (*list)
		return list;
	free(list);
	return xstrdup("none");
}

int device_option_check(const struct device_class *class, const char *pair, char **why)
{
	const struct device_option *o = class->options;
	char *list;

	while (o && o->key && !pair_value(pair, o->key))
		o++;
	if (!strchr(pair, '=')) {
		*why = xasprintf("expected options of the form key=value, found '%s'", pair);
		return -EINVAL;
	}
	if (!o || !o->key) {
		list = known(class);
		*why = xasprintf("class %s has no option '%.*s'; there are: %s", class->name,
				 (int)strcspn(pair, "="), pair, list);
		free(list);
		return -EINVAL;
	}
	if (o->valid(pair_value(pair, o->key)))
		return 0;
	*why = xasprintf("'%s' is no value for %s (%s)", pair_value(pair, o->key), o->key, o->help);
	return -EINVAL;
}

/* The device that "DEVICE.KEY=VALUE" begins with, and what comes after the dot; or NULL. */
static struct system_device_desc *find_device(const struct system_desc *desc, const char *text,
					      const char **pair)
{
	size_t len = strcspn(text, ".=");
	unsigned int i;

	for (i = 0; i < desc->n_devices && text[len] == '.'; i++) {
		const char *name = desc->devices[i].name;

		if (strlen(name) != len || strncmp(name, text, len) != 0)
			continue;
		*pair = text + len + 1;
		return &desc->devices[i];
	}
	return NULL;
}

static void put(struct system_device_desc *dev, const char *pair)
{
	size_t key = strcspn(pair, "=") + 1;
	unsigned int i = 0;

	while (i < dev->n_options && strncmp(dev->options[i], pair, key) != 0)
		i++;
	if (i == dev->n_options) {
		dev->options = xreallocarray(dev->options, i + 1, sizeof(*dev->options));
		dev->n_options++;
	} else {
		free(dev->options[i]);
	}
	dev->options[i] = xstrdup(pair);
}

int system_desc_set_option(struct system_desc *desc, const char *assignment)
{
	struct system_device_desc *dev;
	const char *pair;
	char *why;

	dev = find_device(desc, assignment, &pair);
	if (!dev) {
		pr_err("--set %s: expected DEVICE.KEY=VALUE with a device of system %s", assignment,
		       desc->name);
		return -EINVAL;
	}
	if (device_option_check(class_find(dev->class), pair, &why) < 0) {
		pr_err("--set %s: %s", assignment, why);
		free(why);
		return -EINVAL;
	}
	put(dev, pair);
	return 0;
}
