/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: one verb, one builtin-VERB.c with a cmd_VERB(), one line in main.c's table. */
#ifndef DRIVERVM_CLI_CLI_H
#define DRIVERVM_CLI_CLI_H

/* Exit statuses of the program. */
#define CLI_OK 0 /* all well */
#define CLI_FAILED 1 /* ran; a claim or a trial failed, or it was interrupted */
#define CLI_BAD_INPUT 2 /* bad input; nothing was done */
#define CLI_HOST_CANNOT 3 /* the host lacks what it takes */

/*
 * Each parses argv (argv[0] is "drivervm VERB") with argp, --help included, and returns one of the
 * above. argp's own errors exit with CLI_BAD_INPUT (argp_err_exit_status is set in main.c).
 */
int cmd_attach(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_inject(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_reproduce(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_up(int argc, char **argv);

/* The status that fits a negative errno: -EINVAL, -ENOENT: bad input; -ENODEV...: host cannot. */
int cli_status(int err);

#endif
