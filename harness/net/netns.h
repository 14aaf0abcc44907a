/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces that belong to this process: held open by a descriptor, named nowhere, gone
 * with the last descriptor. The process itself stays in the namespace it was started in; what has
 * to happen inside (opening a socket or a tap) is done by a short-lived child that hands back a
 * descriptor. So the host's network cannot be touched by mistake.
 *
 * A process without CAP_SYS_ADMIN first moves itself, for good, into a user namespace in which it
 * is root: there is no way back, and none is needed, files are still made as the real user.
 */
#ifndef DRIVERVM_NET_NETNS_H
#define DRIVERVM_NET_NETNS_H

#include <stdbool.h>

/*
 * A new, empty network namespace, loopback down. Returns its descriptor, or a negative errno,
 * reported. Enters a user namespace if that is what it takes.
 */
int netns_new(void);
/* Has this process moved into a user namespace of its own? */
bool netns_in_user_namespace(void);
/*
 * Runs @open_fd(@arg), which returns a descriptor or a negative errno, in a child inside the
 * namespace; returns what it returned, as a descriptor of this process.
 */
int netns_open(int netns_fd, int (*open_fd)(void *arg), void *arg);

#endif
