/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scripts about a client's CAN interfaces have in common. */
#ifndef DRIVERVM_TESTS_CAN_H
#define DRIVERVM_TESTS_CAN_H

/*
 * Begins to listen on an interface, until a second after the last frame, and waits until it does
 * (or has ended already, on a host that is busy for so long).
 */
#define LISTEN(name)                                                      \
	"candump -L -T 1000 " name " >/tmp/can & until grep -q '^ *" name \
	" ' /proc/net/can/rcvlist_* || ! kill -0 $! 2>/dev/null; do usleep 10000; done; "

#endif
