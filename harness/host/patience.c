// SPDX-License-Identifier: GPL-2.0-or-later
/* When to believe that the kernel can take back no more memory of a cgroup. */
#include "host/patience.h"

/* How often the kernel may find nothing that it could take back, before that is believed. */
#define TRIES 50
/* The same after a death: it was believed just now. */
#define TRIES_AFTER_DEATH 5
/*
 * Less than that taken back is none, nor is less than one of so many parts of what is missing: of
 * what is used all the time, some is always just not there.
 */
#define PROGRESS (1ULL << 20)
#define PARTS 8

void patience_start(struct patience *p, uint64_t kills)
{
	*p = (struct patience){ .least = UINT64_MAX, .kills = kills };
}

/* On the way to @limit, is there so much less than before in use that another try is worth it? */
static bool taken_back(const struct patience *p, uint64_t usage, uint64_t limit)
{
	uint64_t part = usage > limit ? (usage - limit) / PARTS : 0;

	return usage < p->least && p->least - usage >= (part > PROGRESS ? part : PROGRESS);
}

void patience_look(struct patience *p, uint64_t usage, uint64_t limit, uint64_t kills)
{
	/* Whom the kernel has killed: their memory is about to come back. */
	bool progress = kills > p->kills;

	p->tries++;
	if (taken_back(p, usage, limit)) {
		p->least = usage;
		progress = true;
	}
	if (progress)
		p->tries = 0;
	p->kills = kills;
}

bool patience_over(const struct patience *p)
{
	return p->tries >= TRIES;
}

void patience_death(struct patience *p, uint64_t usage)
{
	p->least = usage;
	p->tries = TRIES - TRIES_AFTER_DEATH;
}
