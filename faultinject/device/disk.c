// SPDX-License-Identifier: GPL-2.0-or-later
/* What lies behind a disk in QEMU, changed while it is in use. */
#include "faultinject/device/disk.h"

#include <errno.h>
#include <stdlib.h>

#include "core/util.h"

#define QMP_US (5 * USEC_PER_SEC)

int disk_applies(const struct fault_site *site, char **why)
{
	if (streq(site->driver->class, "blk"))
		return 0;
	*why = xasprintf("%s is no disk", site->device);
	return -EOPNOTSUPP;
}

static int is_read_only(const struct fault_site *site, bool *read_only)
{
	json_t *nodes, *node;
	size_t i;
	int err = vm_qmp(site->vm, "query-named-block-nodes", json_pack("{s:b}", "flat", true),
			 &nodes, QMP_US);

	if (err)
		return err;
	*read_only = false;
	json_array_foreach(nodes, i, node)
		if (streq(json_string_value(json_object_get(node, "node-name")), site->device))
			*read_only = json_is_true(json_object_get(node, "ro"));
	json_decref(nodes);
	return 0;
}

/*
 * Has the throttle lie on node NAME + @suffix, all its other options as they are. Whatever waits in
 * it is let through before that.
 */
static int put_on(const struct fault_site *site, const char *suffix)
{
	char *group = xasprintf("%s-rate", site->device);
	char *file = xasprintf("%s-%s", site->device, suffix);
	bool read_only;
	int err = is_read_only(site, &read_only);

	if (!err)
		err = vm_qmp(site->vm, "blockdev-reopen",
			     json_pack("{s:[{s:s, s:s, s:s, s:s, s:s, s:b}]}", "options", "driver",
				       "throttle", "node-name", site->device, "throttle-group",
				       group, "file", file, "discard", "unmap", "read-only",
				       read_only),
			     NULL, QMP_US);
	free(file);
	free(group);
	return err;
}

static int delete_node(const struct fault_site *site)
{
	char *node = xasprintf("%s-fault", site->device);
	int err = vm_qmp(site->vm, "blockdev-del", json_pack("{s:s}", "node-name", node), NULL,
			 QMP_US);

	free(node);
	return err;
}

int disk_insert(const struct fault_site *site, json_t *args)
{
	char *node = xasprintf("%s-fault", site->device);
	char *file = xasprintf("%s-file", site->device);
	json_t *lowest = json_object_get(args, "file");
	int err;

	json_object_set_new(args, "node-name", json_string(node));
	json_object_set_new(lowest ? lowest : args, "image", json_string(file));
	err = vm_qmp(site->vm, "blockdev-add", args, NULL, QMP_US);
	if (!err) {
		err = put_on(site, "fault");
		if (err)
			delete_node(site);
	}
	free(file);
	free(node);
	return err;
}

int disk_remove(const struct fault_site *site)
{
	int err = put_on(site, "file");

	return err ? err : delete_node(site);
}

int disk_flush(const struct fault_site *site)
{
	return put_on(site, "file");
}
