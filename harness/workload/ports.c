// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which ports are used on a side. The kernel's tables say so without a connection, which a server
 * of a single connection would take for its client.
 */
#include "workload/ports.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Socket states of the kernel's include/net/tcp_states.h, as the tables show them. */
#define STATE_LISTEN 0x0au
#define STATE_CLOSE 0x07u /* a UDP socket without a peer */

bool ports_in_table(const char *table, enum drivervm_proto proto, enum ports_use use,
		    unsigned int port)
{
	unsigned int want = proto == DRIVERVM_TCP ? STATE_LISTEN : STATE_CLOSE;
	unsigned int local, state;
	const char *line;

	for (line = table; line && *line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &local, &state) ==
			    2 &&
		    local == port && (use == PORTS_ANY || state == want))
			return true;
	}
	return false;
}

int ports_used(struct workload_side *side, enum drivervm_proto proto, enum ports_use use,
	       unsigned int port)
{
	static const char *const tables[2][2] = {
		[DRIVERVM_TCP] = { "/proc/net/tcp", "/proc/net/tcp6" },
		[DRIVERVM_UDP] = { "/proc/net/udp", "/proc/net/udp6" },
	};
	bool used = false;
	char *text;
	int i, err;

	for (i = 0; i < 2 && !used; i++) {
		err = side->ops->read(side, tables[proto][i], &text);
		/* Without IPv6 there is no second table. */
		if (err < 0 && i > 0 && err != -EINTR && err != -EPIPE)
			break;
		if (err < 0)
			return err;
		used = ports_in_table(text, proto, use, port);
		free(text);
	}
	return used;
}
