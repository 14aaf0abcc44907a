/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest agent: PID 1 of every guest, one poll loop that must never block and never end.
 * Whatever may block (a command, but also loading a module or writing to a driver's attribute) is
 * a job: a child process, so that heartbeats go on while a driver hangs.
 */
#ifndef DRIVERVM_AGENT_AGENT_H
#define DRIVERVM_AGENT_AGENT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/frame.h"

#define JOBS_MAX 64
/* Above this many bytes waiting for the host, jobs' output stays in their pipes. */
#define QUEUE_HIGH (128u << 10)

/*
 * The work of a job, done in its child process. Returns 0, or a negative errno with the reason
 * as text in @why. What it prints goes to the host.
 */
typedef int (*job_fn)(const char *payload, size_t len, char *why, size_t why_size);

/* setup.c: what a kernel leaves to PID 1. Faults are printed and survived. */
void setup_system(void);
/* Is @name=1 among the kernel's parameters? */
bool setup_has_param(const char *name);
/* The tty in raw mode, non-blocking; or a negative errno. */
int setup_tty(const char *path);

/* job.c */
/* Starts a job that answers request @id. Faults are answered to the host. */
void job_start(struct frame_queue *out, uint32_t id, job_fn fn, const char *payload, size_t len);
/* Sends a signal to the process group of the job of request @id. 0 or a negative errno. */
int job_signal(uint32_t id, int signal);
/* Fills in @fds what to poll for, at most JOBS_MAX; returns how many. */
size_t job_poll_fds(struct pollfd *fds, const struct frame_queue *out);
/* Moves what the pipes in @fds hold to the host. */
void job_read(const struct pollfd *fds, size_t n, struct frame_queue *out);
/* Reaps every child that ended; answers for jobs. */
void job_reap(struct frame_queue *out);

/* request.c: answers one frame from the host. */
void request_handle(struct frame_queue *out, const struct ddag_header *header, const char *payload);
/* Queues DDAG_ERROR with a text. */
void request_fail(struct frame_queue *out, uint32_t id, int err, const char *why);

/* work.c, module.c and line.c: the jobs. */
int work_exec(const char *payload, size_t len, char *why, size_t why_size);
int work_read(const char *payload, size_t len, char *why, size_t why_size);
int work_write(const char *payload, size_t len, char *why, size_t why_size);
int work_modprobe(const char *payload, size_t len, char *why, size_t why_size);
int work_line(const char *payload, size_t len, char *why, size_t why_size);

/* adopt.c: does what DDAG_ADOPT asks for. 0 or a negative errno. */
int adopt(const char *payload, size_t len);

/* status.c */
void status_read(struct ddag_heartbeat *status);

/* shell.c: keeps a shell on ttyS2, if the image has one and the kernel's parameters ask for it. */
void shell_start(void);
/* Restarts it if @pid was it. */
void shell_reaped(pid_t pid);

#endif
