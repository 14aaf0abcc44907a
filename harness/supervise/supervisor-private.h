/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The supervisor from the inside: for the files of supervise/ only. */
#ifndef DRIVERVM_SUPERVISE_PRIVATE_H
#define DRIVERVM_SUPERVISE_PRIVATE_H

#include "core/task.h"
#include "link/link.h"
#include "supervise/strategy.h"
#include "supervise/supervisor.h"

/* What can be seen of a driver VM's side of a link, and since when it is so. */
struct watch_link {
	struct link *link;
	const unsigned char *memory; /* the link's, mapped */
	struct link_view view; /* at the last look */
	uint64_t beat_us; /* when its heartbeat was last seen to change */
	uint64_t progress_us; /* when something was last taken, or answered, or nothing waited */
	uint64_t up_us; /* when the session was last seen up */
	unsigned int in_vain; /* times that it was stuck, and nothing came since */
	__u32 last; /* session of the VM that was there before */
	bool accused; /* the client has complained of it */
	bool was_up; /* ever, with the VM that is there now */
	bool beats; /* and has beaten since */
};

/* How a process's threads get their turns; see turns.c. All zeroes: nothing is known yet. */
struct turns {
	uint64_t at_us; /* of the last look; 0: there was none */
	uint64_t run_us, wait_us; /* of all threads together, so far */
	uint64_t taken_us; /* since the first look, in which the host had others run */
};

/* A driver VM that is watched. */
struct watch {
	struct supervisor *s;
	const char *vm; /* its name; the system's */
	struct watch_link *links;
	size_t n_links;
	struct task *task; /* watches it, and recovers it */
	bool asked; /* to replace it */
	bool recovering;
	bool given_up;
	uint64_t fault_us; /* told by supervisor_fault(), and not accounted for yet; or 0 */
	uint64_t well_us; /* since its last recovery: when its links were up again */
	unsigned int attempt; /* in a row */
	uint64_t looked_us; /* when it was last looked at */
	uint64_t forgiven_us; /* of its silence, what the host took */
	struct turns turns; /* its threads' turns at the host's processors, while it is silent */
};

struct supervisor {
	struct loop *loop;
	struct system *sys;
	const struct strategy *strategy;
	uint64_t hang_us, stuck_us;
	unsigned int attempts;
	bool paused;
	struct watch *watches;
	size_t n_watches;
	struct recovery **recoveries; /* each stays where it is: the task adds to it */
	size_t n_recoveries;
};

/* -- watch.c -- */

/* Looks at all that is to be seen of it. True: it has failed, as *@how says. */
bool watch_look(struct watch *w, enum detector *how);
/* What was seen so far says nothing of the VM that is there. */
void watch_begin(struct watch *w);
/* It is about to be replaced: the sessions that there are now are the last one's. */
void watch_end(struct watch *w);
/* Are the sessions of all of its links up? */
bool watch_links_up(struct watch *w);
/* Bytes put into all its links' rings to the client, in their present sessions. */
uint32_t watch_answers(struct watch *w);

/* -- turns.c -- */

/* Looks again at how process @pid gets its turns. */
void turns_look(struct turns *t, pid_t pid, uint64_t now_us);

/* -- recover.c -- */

/* Watches and recovers it for ever: the task's function. @arg: the struct watch. */
void recover_task(void *arg);

#endif
