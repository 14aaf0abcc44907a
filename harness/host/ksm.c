// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel same-page merging, switched on and off. */
#include "host/ksm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/util.h"
#include "host/file.h"

#define KSM "/sys/kernel/mm/ksm/"
#define WHAT "no merging of same pages (KSM)"
/* What may be written to "run". */
#define RUN_ON "1"
#define RUN_UNMERGE "2"

int ksm_check(void)
{
	return access(KSM "run", W_OK) < 0 ? host_refused(-errno, WHAT) : 0;
}

static int write_number(struct guardian *g, const char *path, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	return guardian_write(g, path, text);
}

/* Undone last to first: separate, the settings, and then as it was before. */
static int switch_on(struct guardian *g, unsigned int pages, unsigned int sleep_ms)
{
	char *was;
	int err = host_read(KSM "run", &was);

	if (err)
		return err;
	err = guardian_announce(g, UNDO_WRITE, KSM "run", was);
	if (!err)
		err = write_number(g, KSM "pages_to_scan", pages);
	if (!err)
		err = write_number(g, KSM "sleep_millisecs", sleep_ms);
	if (!err && !streq(was, RUN_ON))
		err = guardian_announce(g, UNDO_WRITE, KSM "run", RUN_UNMERGE);
	if (!err)
		err = host_write(KSM "run", RUN_ON);
	free(was);
	return err;
}

int ksm_on(struct guardian *g, unsigned int pages, unsigned int sleep_ms)
{
	size_t mark = guardian_mark(g);
	int err = ksm_check();

	if (err)
		return err;
	err = switch_on(g, pages, sleep_ms);
	if (!err)
		return 0;
	guardian_rewind(g, mark);
	return host_refused(err, WHAT);
}

int ksm_read(struct ksm_stats *stats)
{
	const struct {
		const char *path;
		uint64_t *value;
	} files[] = {
		{ KSM "pages_shared", &stats->shared },
		{ KSM "pages_sharing", &stats->sharing },
		{ KSM "pages_unshared", &stats->unshared },
		{ KSM "pages_volatile", &stats->changing },
		{ KSM "full_scans", &stats->scans },
	};
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(files) && !err; i++)
		err = host_read_u64(files[i].path, files[i].value);
	return err;
}
