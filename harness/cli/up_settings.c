// SPDX-License-Identifier: GPL-2.0-or-later
/* --set of `drivervm up`: options of one device, and settings of all that have them. */
#include "cli/up_settings.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"

/* Does --set say this of a device, and not of all? */
static bool names_device(const char *set)
{
	return memchr(set, '.', strcspn(set, "=")) != NULL;
}

/* The key of a setting; the caller frees it. *@value is what follows it; NULL: nothing. */
static char *split_setting(const char *set, const char **value)
{
	size_t len = strcspn(set, "=");

	*value = set[len] ? set + len + 1 : NULL;
	return xasprintf("%.*s", (int)len, set);
}

static int check_setting(const char *set)
{
	const char *value;
	char *key = split_setting(set, &value);
	int err = value ? system_setting_check(key, value) : -ENOENT;

	if (err == -ENOENT)
		pr_err("--set %s: expected DEVICE.KEY=VALUE, or KEY=VALUE with a setting of devices",
		       set);
	else if (err)
		pr_err("--set %s: that is no value for it", set);
	free(key);
	return err ? -EINVAL : 0;
}

int up_set(struct system_desc *desc, const char *set)
{
	return names_device(set) ? system_desc_set_option(desc, set) : check_setting(set);
}

int up_settings_apply(struct system *sys, char *const *sets, size_t n)
{
	const char *value;
	char *key;
	size_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		if (names_device(sets[i]))
			continue;
		key = split_setting(sets[i], &value);
		err = system_set(sys, key, value);
		free(key);
	}
	return err;
}
