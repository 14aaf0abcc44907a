// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two sides of a link in two threads that restart at random moments while they exchange records:
 * no record of one session may ever be taken for one of another, and no look may miss an order of
 * stores that the handshake relies on.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ddlink_ring.h"
#include "ddlink_session.h"

#define SIZE 4096u
#define SESSIONS 2000u
#define WAIT_SECONDS 240

static struct ddlink_side pages[2];
static struct ddlink_ring_ctl ctls[2];
static u8 data[2][SIZE] __attribute__((aligned(64)));
static bool enough[2];

struct side {
	struct ddlink_session s;
	struct ddlink_producer tx;
	struct ddlink_consumer rx;
	unsigned int role, seed;
	u32 number;
	u32 sessions, received;
};

#define CHECK(cond)                                                                              \
	do {                                                                                     \
		if (!(cond)) {                                                                   \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #cond); \
			exit(EXIT_FAILURE);                                                      \
		}                                                                                \
	} while (0)

static void restart(struct side *me)
{
	me->number += 2;
	ddlink_session_start(&me->s, me->number);
	ddlink_producer_reset(&me->tx);
	ddlink_consumer_reset(&me->rx);
	ddlink_session_ready(&me->s);
}

/* One record each way, marked with the sender's session. Negative if the session is broken. */
static int exchange(struct side *me)
{
	struct ddlink_record rec;
	u8 *payload;
	int ret = ddlink_reserve(&me->tx, 1, 64, me->s.number, &payload);

	if (!ret) {
		memcpy(payload, &me->s.number, sizeof(me->s.number));
		ddlink_commit(&me->tx);
		ddlink_publish(&me->tx);
	} else if (ret != -ENOSPC) {
		return ret;
	}
	ret = ddlink_peek(&me->rx, &rec);
	if (ret <= 0)
		return ret;
	CHECK(rec.len == 64 && rec.cookie == me->s.ack);
	CHECK(memcmp(rec.payload, &me->s.ack, sizeof(me->s.ack)) == 0);
	ddlink_consume(&me->rx);
	ddlink_release(&me->rx);
	me->received++;
	return 0;
}

static void step(struct side *me)
{
	switch (ddlink_session_look(&me->s)) {
	case DDLINK_RISE:
		me->sessions++;
		break;
	case DDLINK_FALL:
		CHECK(me->s.loss == DDLINK_LOSS_RESTARTED || me->s.loss == DDLINK_LOSS_GONE);
		restart(me);
		return;
	case DDLINK_STAY:
		break;
	}
	for (int n = rand_r(&me->seed) % 40; me->s.up && n > 0; n--) {
		if (exchange(me) < 0) {
			restart(me);
			return;
		}
	}
	if (me->s.up && rand_r(&me->seed) % 20 == 0)
		restart(me);
}

/* How long it takes to receive as much depends on who runs when; that it comes does not. */
static bool has_enough(const struct side *me)
{
	return me->sessions >= SESSIONS && me->received >= SESSIONS;
}

static void *run(void *arg)
{
	struct side *me = arg;

	restart(me);
	/* Each goes on until the other has had enough too, or it would be left alone. */
	while (!__atomic_load_n(&enough[1 - me->role], __ATOMIC_RELAXED) || !has_enough(me)) {
		step(me);
		if (has_enough(me))
			__atomic_store_n(&enough[me->role], true, __ATOMIC_RELAXED);
		/*
		 * In the middle of a session too: with one processor for both, a side that is never
		 * interrupted would restart before the other has seen a record of it.
		 */
		if (!me->s.up || rand_r(&me->seed) % 4 == 0)
			sched_yield();
	}
	return NULL;
}

static void init(struct side *me, unsigned int role)
{
	me->role = role;
	me->seed = role + 1;
	me->number = 1 + role;
	me->s.own = &pages[role];
	me->s.peer = &pages[1 - role];
	me->tx = (struct ddlink_producer){ .ctl = &ctls[role], .data = data[role], .size = SIZE };
	me->rx = (struct ddlink_consumer){ .ctl = &ctls[1 - role],
					   .data = data[1 - role],
					   .size = SIZE };
}

int main(void)
{
	static struct side sides[2];
	pthread_t threads[2];

	alarm(WAIT_SECONDS);
	for (unsigned int i = 0; i < 2; i++)
		init(&sides[i], i);
	for (unsigned int i = 0; i < 2; i++)
		CHECK(pthread_create(&threads[i], NULL, run, &sides[i]) == 0);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("handshake, two threads: %u and %u sessions, %u and %u records\n", sides[0].sessions,
	       sides[1].sessions, sides[0].received, sides[1].received);
	return EXIT_SUCCESS;
}
