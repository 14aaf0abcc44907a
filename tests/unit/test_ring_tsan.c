// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ring with its producer and its consumer in two threads, which really sleep and wake by the
 * event indices alone: a wake-up lost is a test that hangs, an ordering missed is a data race that
 * ThreadSanitizer reports or a payload that is wrong.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ddlink_ring.h"

#define SIZE 8192u
#define RECORDS 200000u
#define WAIT_SECONDS 120

static struct ddlink_ring_ctl ctl;
static u8 data[SIZE] __attribute__((aligned(64)));
static sem_t data_doorbell, space_doorbell;
static u32 data_kicks, space_kicks;

#define CHECK(cond)                                                                              \
	do {                                                                                     \
		if (!(cond)) {                                                                   \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #cond); \
			exit(EXIT_FAILURE);                                                      \
		}                                                                                \
	} while (0)

/* Lengths that differ from record to record, known to both sides. */
static u32 length_of(u32 n)
{
	return n * 2654435761u % 700;
}

static void wait_for_room(struct ddlink_producer *p)
{
	int room = ddlink_producer_arm(p, SIZE / 2);

	while (room < (int)(SIZE / 2)) {
		CHECK(room >= 0);
		sem_wait(&space_doorbell);
		room = ddlink_room(p);
	}
}

static void kick(struct ddlink_producer *p)
{
	if (!ddlink_producer_kick(p))
		return;
	data_kicks++;
	sem_post(&data_doorbell);
}

static void *produce(void *arg)
{
	struct ddlink_producer *p = arg;
	u32 n, len;
	u8 *payload;
	int ret;

	for (n = 0; n < RECORDS; n++) {
		len = length_of(n);
		while ((ret = ddlink_reserve(p, 1, len, n, &payload)) == -ENOSPC) {
			kick(p);
			wait_for_room(p);
		}
		CHECK(ret == 0);
		memset(payload, (int)(n & 0xff), len);
		ddlink_commit(p);
		ddlink_publish(p);
		/* Doorbells in batches, as with more frames to come. */
		if (n % 3 == 0)
			kick(p);
	}
	kick(p);
	return NULL;
}

static void check_record(const struct ddlink_record *rec, u32 n)
{
	u32 i;

	CHECK(rec->cookie == n);
	CHECK(rec->len == length_of(n));
	for (i = 0; i < rec->len; i++)
		CHECK(rec->payload[i] == (n & 0xff));
}

static void *consume(void *arg)
{
	struct ddlink_consumer *c = arg;
	struct ddlink_record rec;
	u32 n;
	int ret;

	for (n = 0; n < RECORDS; n++) {
		while ((ret = ddlink_peek(c, &rec)) == 0)
			if (!ddlink_consumer_arm(c))
				sem_wait(&data_doorbell);
		CHECK(ret == 1);
		check_record(&rec, n);
		ddlink_consume(c);
		ddlink_release(c);
		if (ddlink_consumer_kick(c)) {
			space_kicks++;
			sem_post(&space_doorbell);
		}
	}
	return NULL;
}

int main(void)
{
	struct ddlink_producer p = { .ctl = &ctl, .data = data, .size = SIZE };
	struct ddlink_consumer c = { .ctl = &ctl, .data = data, .size = SIZE };
	pthread_t a, b;

	sem_init(&data_doorbell, 0, 0);
	sem_init(&space_doorbell, 0, 0);
	ddlink_producer_reset(&p);
	ddlink_consumer_reset(&c);
	alarm(WAIT_SECONDS);
	CHECK(pthread_create(&a, NULL, produce, &p) == 0);
	CHECK(pthread_create(&b, NULL, consume, &c) == 0);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	CHECK(p.records == RECORDS && c.records == RECORDS && p.bytes == c.bytes);
	/* Suppression is what the event indices are for. */
	CHECK(data_kicks < RECORDS / 3 && space_kicks < RECORDS / 3);
	printf("ring, two threads: %u records, %u and %u doorbells\n", RECORDS, data_kicks,
	       space_kicks);
	return EXIT_SUCCESS;
}
