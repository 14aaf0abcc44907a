/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports are open on a side, read from the kernel's tables. Internal to workload/. */
#ifndef DRIVERVM_WORKLOAD_PORTS_H
#define DRIVERVM_WORKLOAD_PORTS_H

#include "drivervm_workload.h"
#include "workload/side.h"

enum ports_use {
	PORTS_LISTENING, /* a server waits there (UDP: a socket without a peer) */
	PORTS_ANY, /* any socket has it, be it the rest of a closed connection */
};

/* Is @port used so at @side? 1, 0, or a negative errno. */
int ports_used(struct workload_side *side, enum drivervm_proto proto, enum ports_use use,
	       unsigned int port);
/* The same, in @table, a text as /proc/net/tcp. */
bool ports_in_table(const char *table, enum drivervm_proto proto, enum ports_use use,
		    unsigned int port);

#endif
