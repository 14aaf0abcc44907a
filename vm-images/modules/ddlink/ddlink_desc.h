/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and checking a link's descriptor. It is read once, when the device is found; whatever
 * happens to that page later changes nothing.
 */
#ifndef DDLINK_DESC_H
#define DDLINK_DESC_H

#include "ddlink_shared.h"

#define DDLINK_RING_SIZE_MAX (1u << 30)

/* The descriptor in the reader's own memory and byte order. */
struct ddlink_geometry {
	u32 class;
	u32 ring_size;
	u32 ring_offset[2];
	char name[DDLINK_NAME_MAX]; /* NUL-terminated; letters, digits, '-' and '_' */
};

static inline bool ddlink_name_ok(const char name[DDLINK_NAME_MAX])
{
	unsigned int i;

	for (i = 0; i < DDLINK_NAME_MAX && name[i]; i++) {
		char c = name[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_')
			return false;
	}
	return i > 0 && i < DDLINK_NAME_MAX;
}

static inline bool ddlink_span_ok(u32 offset, u32 size, u32 region_size)
{
	return offset % DDLINK_PAGE == 0 && offset >= 5 * DDLINK_PAGE && size <= region_size &&
	       offset <= region_size - size;
}

/*
 * Fills *g from the descriptor of a region of region_size bytes. Returns what is wrong with it,
 * in words, or NULL.
 */
static inline const char *ddlink_desc_read(const struct ddlink_desc *desc, u64 region_size,
					   struct ddlink_geometry *g)
{
	u32 a, b, gap;

	if (ddlink_load(&desc->magic) != DDLINK_MAGIC)
		return "no link descriptor";
	if (ddlink_load(&desc->version) != DDLINK_VERSION)
		return "another version of the link layout";
	if (ddlink_load(&desc->region_size) != region_size)
		return "region size differs from the device's";
	g->class = ddlink_load(&desc->class);
	g->ring_size = ddlink_load(&desc->ring_size);
	g->ring_offset[0] = a = ddlink_load(&desc->ring_offset[0]);
	g->ring_offset[1] = b = ddlink_load(&desc->ring_offset[1]);
	memcpy(g->name, desc->name, sizeof(g->name));
	if (g->ring_size < DDLINK_PAGE || g->ring_size > DDLINK_RING_SIZE_MAX ||
	    (g->ring_size & (g->ring_size - 1)))
		return "ring size is no power of two in range";
	if (!ddlink_span_ok(a, g->ring_size, (u32)region_size) ||
	    !ddlink_span_ok(b, g->ring_size, (u32)region_size))
		return "a ring lies outside the region";
	gap = a < b ? b - a : a - b;
	if (gap < g->ring_size)
		return "the rings overlap";
	if (!ddlink_name_ok(g->name))
		return "bad device name";
	return NULL;
}

#endif
