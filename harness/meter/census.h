/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A census of guests' memory: every page of every guest in one class, by comparing bytes. The
 * guests run meanwhile; a page counts as what it was when it was looked at. Internal to meter/ and
 * its tests.
 */
#ifndef DRIVERVM_METER_CENSUS_H
#define DRIVERVM_METER_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/loop.h"

#define CENSUS_PAGE 4096u

enum census_class { /* each page is of the first that fits */
		    CENSUS_ABSENT, /* never touched, or given back: it has no memory */
		    CENSUS_SWAPPED, /* on swap; not looked at, since that would bring it back */
		    CENSUS_ZERO, /* all bytes are 0 */
		    CENSUS_ACROSS, /* a page of another guest has the same bytes */
		    CENSUS_WITHIN, /* another page of this guest has */
		    CENSUS_COMPRESSIBLE, /* LZ4 makes half a page of it, or less */
		    CENSUS_UNIQUE,
		    CENSUS_CLASSES,
};

/* A guest, as it is in its process. */
struct census_vm {
	pid_t pid;
	uint64_t start; /* of its memory */
	uint64_t size; /* bytes, a multiple of CENSUS_PAGE */
	/* Results. */
	int err; /* why it could not be read (to the end): then nothing below means anything */
	uint64_t pages[CENSUS_CLASSES]; /* in each class; together all of its memory */
	uint64_t shared; /* of all: those of which others map the same physical page */
};

/*
 * Takes the census of @vms. The loop runs in between, for it takes seconds: some 10 us per touched
 * page. Needs some 32 bytes for each meanwhile. Returns 0, or -EINTR (interrupted; no results).
 */
int census_take(struct loop *loop, struct census_vm *vms, size_t n);

/* -- guest_pages.c: guests' pages, read from outside -- */

enum guest_page_state {
	GUEST_PAGE_ABSENT,
	GUEST_PAGE_SWAPPED,
	GUEST_PAGE_PRESENT,
	GUEST_PAGE_SHARED, /* present, and mapped by others, too */
};

/* By an entry of /proc/PID/pagemap. */
enum guest_page_state guest_page_state(uint64_t entry);
/* The entries of all pages of a guest, to be freed by the caller; NULL: it is gone. */
uint64_t *guest_pages_map(const struct census_vm *vm);
/*
 * Reads pages, whose numbers are in @which, into @buf, one after the other. Returns how many could
 * be read before one could not, or a negative errno if that was the first.
 */
ssize_t guest_pages_read(const struct census_vm *vm, const uint32_t *which, size_t n, void *buf);
/* The most that guest_pages_read() takes. */
#define GUEST_PAGES_MAX 256

#endif
