/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest kernel's console (ttyS0): kept in a log file of bounded length, watched for a panic,
 * and joined to a person's terminal if there is one.
 */
#ifndef DRIVERVM_VM_CONSOLE_H
#define DRIVERVM_VM_CONSOLE_H

#include <stdbool.h>

#include "core/loop.h"

/* What is kept of a console; a guest that prints without end must not fill the disk. */
#define CONSOLE_LOG_MAX (16u << 20)

struct console;

/*
 * Takes over @fd, in any case. @log_path is created anew. @shared: make a socket for a person's
 * terminal, see console_fd().
 */
int console_open(struct console **console, struct loop *loop, int fd, const char *log_path,
		 bool shared);
/* NULL is allowed. */
void console_free(struct console *console);

/* Has QEMU closed it? */
bool console_closed(const struct console *console);
/* What the kernel said when it panicked (one line), or NULL. Owned by the console. */
const char *console_panic(const struct console *console);
/*
 * A socket that carries a copy of the output, and input to the guest; -1 if not shared. Owned by
 * the console. Output that its reader is too slow for is dropped: the guest never waits for it.
 */
int console_fd(const struct console *console);

#endif
