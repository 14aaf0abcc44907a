// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding classes of devices and their settings. */
#include "classes/class.h"

static const struct device_class_entry *classes;

void class_register(struct device_class_entry *entry)
{
	entry->next = classes;
	classes = entry;
}

const struct device_class_entry *class_first(void)
{
	return classes;
}

const struct device_class *class_find(const char *name)
{
	const struct device_class_entry *e;

	for (e = classes; e; e = e->next)
		if (streq(e->class->name, name))
			return e->class;
	return NULL;
}

const struct device_setting *class_setting(const struct device_class *class, const char *key)
{
	const struct device_setting *s;

	for (s = class->settings; s && s->key; s++)
		if (streq(s->key, key))
			return s;
	return NULL;
}

const char *device_option(const struct device *dev, const char *key)
{
	const char *value = NULL;
	unsigned int i;

	for (i = 0; i < dev->n_options && !value; i++)
		value = pair_value(dev->options[i], key);
	return value;
}

char *device_link_attribute(const struct device *dev, const char *attribute)
{
	char *own = dev->cloned ? xasprintf("%s0", dev->class->prefix) : xstrdup(dev->name);
	char *path = xasprintf("/sys/bus/ddlink/devices/%s/%s", own, attribute);

	free(own);
	return path;
}
