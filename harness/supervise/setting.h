/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "recover", a setting that a system is brought up with: the strategy by which its driver VMs are
 * replaced while it is up, or "none". For whoever brings systems up: experiments and `up`.
 */
#ifndef DRIVERVM_SUPERVISE_SETTING_H
#define DRIVERVM_SUPERVISE_SETTING_H

#include "supervise/supervisor.h"

/* The setting's name, and its value that leaves dead driver VMs dead. */
#define RECOVER_KEY "recover"
#define RECOVER_NONE "none"

/* 0, or -EINVAL: @value is neither a strategy nor RECOVER_NONE. */
int recover_check(const char *value);
/* Has driver VMs brought up as strategy @value needs them; RECOVER_NONE changes nothing. */
void recover_bring_up(struct system_options *opt, const char *value);
/*
 * Supervises @sys, which was brought up so, by strategy @value; *@s is NULL for RECOVER_NONE. What
 * the strategy keeps ready is there when it returns. 0 or a negative errno, reported. -EOPNOTSUPP:
 * a driver VM is none for this strategy.
 */
int recover_open(struct supervisor **s, struct loop *loop, struct system *sys, const char *value);
/* Before system_down(). NULL is allowed. */
void recover_close(struct supervisor *s, struct system *sys);
/*
 * Waits until all is well again. 0, -EINTR; or -EPIPE with *@why, which the caller frees: a VM was
 * given up, or it takes too long.
 */
int recover_settle(struct supervisor *s, char **why);

#endif
