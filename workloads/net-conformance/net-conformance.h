/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the plugin net-conformance: scripts at both ends, the checks, a figure of speed. */
#ifndef DRIVERVM_WORKLOADS_NET_CONFORMANCE_H
#define DRIVERVM_WORKLOADS_NET_CONFORMANCE_H

#include "drivervm_workload.h"

#define CHECK_MS 60000 /* for one check; nothing takes as long unless it hangs */

/* The network whose frames are tagged, and who answers in it: workloads/peer/vlan-echo.c. */
#define VLAN "77"
#define VLAN_PEER "10.78.0.1"

struct net_conformance {
	char dir[32]; /* of files, at either end */
	unsigned int mtu;
	unsigned int control_port; /* of nuttcp's server */
	char nuttcp[64]; /* and how it is called at either end */
	char digest[33]; /* MD5 of what TCP carries */
	char said[256]; /* the last line of what was run last; "": see the log */
};

/* Runs it at that end, and keeps the last line that it printed. Its exit code, or an errno. */
int net_script(struct drivervm_env *env, struct net_conformance *c, enum drivervm_side side,
	       const char *script);
/* All checks that the MTU allows for. 0 or a negative errno, logged; *@passed, how many passed. */
int net_check_all(struct drivervm_env *env, struct net_conformance *c, unsigned int *passed);
/* How fast nuttcp is, each way, as samples. 0 or a negative errno, logged. */
int net_throughput(struct drivervm_env *env, struct net_conformance *c);

#endif
