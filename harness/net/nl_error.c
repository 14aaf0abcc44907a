// SPDX-License-Identifier: GPL-2.0-or-later
/* From libnl's error numbers to negative errnos. */
#include "net/nl_error.h"

#include <errno.h>
#include <netlink/errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "core/log.h"

static int to_errno(int nl_err)
{
	switch (-nl_err) {
	case NLE_PERM:
		return -EPERM;
	case NLE_NOACCESS:
		return -EACCES;
	case NLE_EXIST:
		return -EEXIST;
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return -ENODEV;
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	case NLE_INVAL:
	case NLE_RANGE:
	case NLE_NOADDR:
	case NLE_PARSE_ERR:
		return -EINVAL;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_BUSY:
		return -EBUSY;
	default:
		return -EIO;
	}
}

int nl_report(int nl_err, const char *fmt, ...)
{
	char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	va_end(ap);
	pr_err("%s: %s", what ? what : "netlink", nl_geterror(nl_err));
	free(what);
	return to_errno(nl_err);
}
