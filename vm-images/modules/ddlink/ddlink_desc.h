/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and checking a link's descriptor. It is read once, when the device is found; whatever
 * happens to that page later changes nothing, but for how often the sides beat and whether they
 * wait.
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
	u32 data_offset; /* both multiples of DDLINK_PAGE */
	u32 data_size;
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
	return offset % DDLINK_PAGE == 0 && offset >= DDLINK_CONTROL_SIZE && size <= region_size &&
	       offset <= region_size - size;
}

static inline bool ddlink_overlap(u32 a, u32 a_size, u32 b, u32 b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* What is wrong with where things lie in the region, in words, or NULL. */
static inline const char *ddlink_geometry_check(const struct ddlink_geometry *g, u32 region_size)
{
	u32 a = g->ring_offset[0], b = g->ring_offset[1];

	if (g->ring_size < DDLINK_PAGE || g->ring_size > DDLINK_RING_SIZE_MAX ||
	    (g->ring_size & (g->ring_size - 1)))
		return "ring size is no power of two in range";
	if (!ddlink_span_ok(a, g->ring_size, region_size) ||
	    !ddlink_span_ok(b, g->ring_size, region_size))
		return "a ring lies outside the region";
	if (ddlink_overlap(a, g->ring_size, b, g->ring_size))
		return "the rings overlap";
	if (!g->data_size)
		return NULL;
	if (g->data_size % DDLINK_PAGE ||
	    !ddlink_span_ok(g->data_offset, g->data_size, region_size))
		return "the data area lies outside the region";
	if (ddlink_overlap(a, g->ring_size, g->data_offset, g->data_size) ||
	    ddlink_overlap(b, g->ring_size, g->data_offset, g->data_size))
		return "the data area overlaps a ring";
	return NULL;
}

/*
 * Fills *g from the descriptor of a region of region_size bytes. Returns what is wrong with it,
 * in words, or NULL.
 */
static inline const char *ddlink_desc_read(const struct ddlink_desc *desc, u64 region_size,
					   struct ddlink_geometry *g)
{
	const char *wrong;

	if (ddlink_load(&desc->magic) != DDLINK_MAGIC)
		return "no link descriptor";
	if (ddlink_load(&desc->version) != DDLINK_VERSION)
		return "another version of the link layout";
	if (ddlink_load(&desc->region_size) != region_size)
		return "region size differs from the device's";
	g->class = ddlink_load(&desc->class);
	g->ring_size = ddlink_load(&desc->ring_size);
	g->ring_offset[0] = ddlink_load(&desc->ring_offset[0]);
	g->ring_offset[1] = ddlink_load(&desc->ring_offset[1]);
	g->data_offset = ddlink_load(&desc->data_offset);
	g->data_size = ddlink_load(&desc->data_size);
	memcpy(g->name, desc->name, sizeof(g->name));
	wrong = ddlink_geometry_check(g, (u32)region_size);
	if (wrong)
		return wrong;
	if (!ddlink_name_ok(g->name))
		return "bad device name";
	return NULL;
}

/* How long until the next heartbeat, whatever the descriptor says. */
static inline u32 ddlink_desc_beat_ms(const struct ddlink_desc *desc)
{
	u32 ms = ddlink_load(&desc->heartbeat_ms);

	if (ms < DDLINK_BEAT_MIN_MS || ms > DDLINK_HEARTBEAT_MS)
		return DDLINK_HEARTBEAT_MS;
	return ms;
}

/* Has the orchestrator given the server's side up? Whoever can write there may claim it. */
static inline bool ddlink_desc_abandoned(const struct ddlink_desc *desc)
{
	return ddlink_load(&desc->abandoned) == 1;
}

#endif
