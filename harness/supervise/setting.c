// SPDX-License-Identifier: GPL-2.0-or-later
/* Systems that are brought up to be supervised. */
#include "supervise/setting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"

/* For a driver VM to be booted, several times over if need be, on a busy host under emulation. */
#define SETTLE_US (120 * USEC_PER_SEC)

int recover_check(const char *value)
{
	return streq(value, RECOVER_NONE) || supervise_strategy_known(value) ? 0 : -EINVAL;
}

void recover_bring_up(struct system_options *opt, const char *value)
{
	if (streq(value, RECOVER_NONE))
		return;
	opt->origin = supervise_strategy_origin(value);
	opt->boot_named = true;
}

int recover_open(struct supervisor **s, struct loop *loop, struct system *sys, const char *value)
{
	const struct supervise_options opt = { .strategy = value };
	char *why;
	int err;

	*s = NULL;
	if (streq(value, RECOVER_NONE))
		return 0;
	err = supervisor_open(s, loop, sys, &opt);
	if (err)
		return err;
	system_set_supervised(sys, true);
	err = recover_settle(*s, &why);
	if (err == -EPIPE) {
		pr_err("%s: %s", system_desc(sys)->name, why);
		free(why);
	}
	if (err) {
		recover_close(*s, sys);
		*s = NULL;
	}
	return err;
}

void recover_close(struct supervisor *s, struct system *sys)
{
	if (!s)
		return;
	system_set_supervised(sys, false);
	supervisor_close(s);
}

int recover_settle(struct supervisor *s, char **why)
{
	int err = supervisor_settle(s, SETTLE_US);

	if (!err || err == -EINTR)
		return err;
	*why = err == -EIO ? xstrdup("a driver VM was given up: it could not be recovered") :
			     xasprintf("the system is not well again: %s", strerror(-err));
	return -EPIPE;
}
