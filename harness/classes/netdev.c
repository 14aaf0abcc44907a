// SPDX-License-Identifier: GPL-2.0-or-later
/* Network interfaces in guests. */
#include "classes/netdev.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

/* The kernel numbers cards eth0, eth1...; renamed ones leave gaps. */
#define ETH_MAX 32

int netdev_find(struct vm *vm, const char *mac, char *name)
{
	char path[64], *text;
	unsigned int i;
	bool ours;
	int err;

	for (i = 0; i < ETH_MAX; i++) {
		snprintf(path, sizeof(path), "/sys/class/net/eth%u/address", i);
		err = vm_read_file(vm, path, &text);
		if (err == -ENOENT)
			continue;
		if (err)
			return err;
		ours = strncmp(text, mac, strlen(mac)) == 0;
		free(text);
		if (ours) {
			snprintf(name, NETDEV_NAME_MAX, "eth%u", i);
			return 0;
		}
	}
	return -ENODEV;
}

static const char *const statistics[] = { "rx_packets", "tx_packets", "rx_bytes",  "tx_bytes",
					  "rx_dropped", "tx_dropped", "rx_errors", "tx_errors" };

int netdev_counters(struct vm *vm, const char *netdev, const char *prefix, counter_fn fn, void *arg)
{
	char *path, *text, *name;
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(statistics) && !err; i++) {
		path = xasprintf("/sys/class/net/%s/statistics/%s", netdev, statistics[i]);
		err = vm_read_file(vm, path, &text);
		if (!err) {
			name = xasprintf("%s%s", prefix, statistics[i]);
			fn(name, strtoull(text, NULL, 10), arg);
			free(name);
			free(text);
		}
		free(path);
	}
	return err;
}
