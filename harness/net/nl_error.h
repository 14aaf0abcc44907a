/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From libnl's error numbers to negative errnos, with one message. */
#ifndef DRIVERVM_NET_NL_ERROR_H
#define DRIVERVM_NET_NL_ERROR_H

#include "core/util.h"

/* Reports "@fmt...: reason" and returns the negative errno that fits @nl_err (negative NLE_*). */
int nl_report(int nl_err, const char *fmt, ...) __printf(2, 3);

#endif
