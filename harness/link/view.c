// SPDX-License-Identifier: GPL-2.0-or-later
/* A look at what the two sides of a link show in its memory, any byte of which may be nonsense. */
#include <stddef.h>

#include "ddlink_ring.h"
#include "link/link.h"

static enum link_side look_at(const struct ddlink_side *side, __u32 number, __u32 other)
{
	__u32 magic = ddlink_load(&side->magic);

	if (!magic)
		return LINK_SIDE_GONE;
	if (magic != DDLINK_MAGIC || ddlink_load(&side->version) != DDLINK_VERSION)
		return LINK_SIDE_GARBAGE;
	if (!number || !other || ddlink_load(&side->ack) != other)
		return LINK_SIDE_WAITING;
	return LINK_SIDE_UP;
}

static enum ddlink_waits waits_of(const struct ddlink_side *side)
{
	__u32 waits = ddlink_load(&side->waits);

	return waits > DDLINK_WAITS_FOR_ONE ? DDLINK_WAITS_NOT : waits;
}

void link_view_read(struct link_view *view, const unsigned char *memory)
{
	const struct ddlink_ring_ctl *ctl;
	const struct ddlink_side *side[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		side[i] = (const struct ddlink_side *)(memory + ddlink_side_offset(i));
		ctl = (const struct ddlink_ring_ctl *)(memory + ddlink_ring_ctl_offset(i));
		view->sessions[i] = ddlink_load(&side[i]->session);
		view->passed[i] = ddlink_load(&ctl->tail);
		view->waiting[i] = ddlink_load(&ctl->head) - view->passed[i];
		view->beats[i] = ddlink_load(&side[i]->heartbeat);
		view->complaints[i] = ddlink_load(&side[i]->complaints);
		view->waits[i] = waits_of(side[i]);
	}
	for (i = 0; i < 2; i++)
		view->sides[i] = look_at(side[i], view->sessions[i], view->sessions[1 - i]);
}

void link_view_gone(struct link_view *view, unsigned int role)
{
	view->sides[role] = LINK_SIDE_GONE;
	if (view->sides[1 - role] == LINK_SIDE_UP)
		view->sides[1 - role] = LINK_SIDE_WAITING;
}

__u32 link_view_answers(const struct link_view *view)
{
	return view->passed[DDLINK_RING_TO_CLIENT] + view->waiting[DDLINK_RING_TO_CLIENT];
}

bool link_view_up(const struct link_view *view)
{
	return view->sides[DDLINK_SERVER] == LINK_SIDE_UP &&
	       view->sides[DDLINK_CLIENT] == LINK_SIDE_UP;
}

const char *link_side_text(enum link_side side)
{
	switch (side) {
	case LINK_SIDE_GONE:
		return "gone";
	case LINK_SIDE_GARBAGE:
		return "garbage";
	case LINK_SIDE_WAITING:
		return "waiting";
	case LINK_SIDE_UP:
		break;
	}
	return "up";
}
