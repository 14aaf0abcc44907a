// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The census. First every page that is there is read and hashed; sorted by hash, pages that may be
 * equal stand together. Those are read again and compared byte by byte: a hash proves nothing. What
 * then stands alone is tried with LZ4.
 */
#include "meter/census.h"

#include <errno.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "core/util.h"

/* Pages between two turns of the loop: 10 to 40 ms of work. And how long a turn is. */
#define TURN 4096
#define TURN_US 1000

struct page {
	uint64_t hash;
	uint32_t vm; /* index of the census's */
	uint32_t number; /* within it */
};

struct census {
	struct loop *loop;
	struct census_vm *vms;
	struct page *pages; /* present, and not zero */
	size_t n_pages;
	unsigned int since_turn; /* pages */
	unsigned char buf[GUEST_PAGES_MAX][CENSUS_PAGE];
};

/* Lets the orchestrator do its other work now and then. */
static int turn(struct census *c, unsigned int pages)
{
	c->since_turn += pages;
	if (c->since_turn < TURN)
		return c->loop->interrupted ? -EINTR : 0;
	c->since_turn = 0;
	return loop_sleep(c->loop, TURN_US);
}

static void count(struct census *c, const struct page *p, enum census_class class)
{
	c->vms[p->vm].pages[class]++;
}

static void take_in(struct census *c, uint32_t vm, uint32_t number, const unsigned char *bytes)
{
	static const unsigned char zero[CENSUS_PAGE];
	struct page p = { .vm = vm, .number = number };

	if (memcmp(bytes, zero, CENSUS_PAGE) == 0) {
		count(c, &p, CENSUS_ZERO);
		return;
	}
	p.hash = XXH3_64bits(bytes, CENSUS_PAGE);
	c->pages[c->n_pages++] = p;
}

/* Reads pages of a guest. One that cannot be read has been given back since. */
static int read_in(struct census *c, uint32_t vm, const uint32_t *which, size_t n)
{
	size_t done = 0;
	ssize_t got, i;

	while (done < n) {
		got = guest_pages_read(&c->vms[vm], which + done, n - done, c->buf);
		if (got == -ESRCH || got == -EPERM) {
			c->vms[vm].err = (int)got;
			return 0;
		}
		for (i = 0; i < got; i++)
			take_in(c, vm, which[done + (size_t)i], c->buf[i]);
		done += got > 0 ? (size_t)got : 0;
		if (done < n) {
			c->vms[vm].pages[CENSUS_ABSENT]++;
			done++;
		}
	}
	return turn(c, (unsigned int)n);
}

/* Sorts the pages of a guest into those to be read and others. */
static int read_vm(struct census *c, uint32_t vm)
{
	struct census_vm *v = &c->vms[vm];
	uint32_t n = (uint32_t)(v->size / CENSUS_PAGE), i, which[GUEST_PAGES_MAX];
	uint64_t *entries = guest_pages_map(v);
	size_t n_which = 0;
	int err = 0;

	v->err = entries ? 0 : -ESRCH;
	c->pages = xreallocarray(c->pages, c->n_pages + n, sizeof(*c->pages));
	for (i = 0; entries && i < n && !v->err && !err; i++) {
		enum guest_page_state state = guest_page_state(entries[i]);

		v->shared += state == GUEST_PAGE_SHARED;
		if (state == GUEST_PAGE_ABSENT)
			v->pages[CENSUS_ABSENT]++;
		else if (state == GUEST_PAGE_SWAPPED)
			v->pages[CENSUS_SWAPPED]++;
		else
			which[n_which++] = i;
		if (n_which == GUEST_PAGES_MAX) {
			err = read_in(c, vm, which, n_which);
			n_which = 0;
		}
	}
	if (!v->err && !err)
		err = read_in(c, vm, which, n_which);
	free(entries);
	return err;
}

static int by_hash(const void *a, const void *b)
{
	const struct page *p = a, *q = b;

	if (p->hash != q->hash)
		return p->hash < q->hash ? -1 : 1;
	if (p->vm != q->vm)
		return p->vm < q->vm ? -1 : 1;
	return p->number < q->number ? -1 : p->number > q->number;
}

/* Reads one again; false if it is not there any more. */
static bool read_again(struct census *c, const struct page *p, unsigned char *bytes)
{
	struct census_vm *v = &c->vms[p->vm];
	ssize_t got = v->err ? v->err : guest_pages_read(v, &p->number, 1, bytes);

	if (got == 1)
		return true;
	if (got == -ESRCH)
		v->err = -ESRCH;
	count(c, p, CENSUS_ABSENT);
	return false;
}

static int count_single(struct census *c, const struct page *p)
{
	char half[CENSUS_PAGE / 2];
	bool fits;

	if (read_again(c, p, c->buf[0])) {
		fits = LZ4_compress_default((const char *)c->buf[0], half, CENSUS_PAGE,
					    sizeof(half)) > 0;
		count(c, p, fits ? CENSUS_COMPRESSIBLE : CENSUS_UNIQUE);
	}
	return turn(c, 1);
}

/*
 * Gathers at the beginning of @p those that are byte by byte what the first is, and returns how
 * many they are. Others have changed since they were hashed, or the hash has failed.
 */
static size_t gather_equal(struct census *c, struct page *p, size_t n, int *err)
{
	size_t equal = 1, i;
	struct page other;

	if (guest_pages_read(&c->vms[p->vm], &p->number, 1, c->buf[0]) != 1)
		return 1;
	for (i = 1; i < n && !*err; i++) {
		if (guest_pages_read(&c->vms[p[i].vm], &p[i].number, 1, c->buf[1]) == 1 &&
		    memcmp(c->buf[0], c->buf[1], CENSUS_PAGE) == 0) {
			other = p[equal];
			p[equal++] = p[i];
			p[i] = other;
		}
		*err = turn(c, 1);
	}
	return equal;
}

/* Pages of one hash. */
static int count_group(struct census *c, struct page *p, size_t n)
{
	enum census_class class;
	size_t equal, i;
	int err = 0;

	while (n > 1 && !err) {
		equal = gather_equal(c, p, n, &err);
		class = CENSUS_WITHIN;
		for (i = 1; i < equal; i++)
			if (p[i].vm != p[0].vm)
				class = CENSUS_ACROSS;
		for (i = 0; equal > 1 && i < equal; i++)
			count(c, &p[i], class);
		if (equal == 1 && !err)
			err = count_single(c, p);
		p += equal;
		n -= equal;
	}
	return n == 1 && !err ? count_single(c, p) : err;
}

static int classify(struct census *c)
{
	size_t i, end;
	int err = 0;

	qsort(c->pages, c->n_pages, sizeof(*c->pages), by_hash);
	for (i = 0; i < c->n_pages && !err; i = end) {
		for (end = i + 1; end < c->n_pages && c->pages[end].hash == c->pages[i].hash;)
			end++;
		err = count_group(c, &c->pages[i], end - i);
	}
	return err;
}

int census_take(struct loop *loop, struct census_vm *vms, size_t n)
{
	struct census *c = xcalloc(1, sizeof(*c));
	int err = 0;
	size_t i;

	c->loop = loop;
	c->vms = vms;
	for (i = 0; i < n && !err; i++) {
		memset(vms[i].pages, 0, sizeof(vms[i].pages));
		vms[i].shared = 0;
		err = read_vm(c, (uint32_t)i);
	}
	if (!err)
		err = classify(c);
	free(c->pages);
	free(c);
	return err;
}
