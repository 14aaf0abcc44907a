// SPDX-License-Identifier: GPL-2.0-or-later
/* From a negative errno to the program's exit status. */
#include "cli/cli.h"

#include <errno.h>

int cli_status(int err)
{
	switch (err) {
	case 0:
		return CLI_OK;
	case -EINVAL:
	case -ENOENT:
		return CLI_BAD_INPUT;
	case -ENODEV:
	case -ENOMEM:
	case -EPERM:
	case -EACCES:
	case -ENOSPC:
		return CLI_HOST_CANNOT;
	default:
		return CLI_FAILED;
	}
}
