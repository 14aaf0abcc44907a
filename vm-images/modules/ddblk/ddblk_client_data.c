// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The data area of the link, which the client divides among its requests. Only what the client has
 * written down in its own memory says whose which page is; the server is told, not asked.
 */
#include <linux/bitmap.h>

#include "ddblk_client.h"

int ddblk_data_init(struct ddblk_client *c)
{
	c->pages = c->link->geo.data_size / DDBLK_DATA_ALIGN;
	if (c->pages < DDBLK_DATA_MAX / DDBLK_DATA_ALIGN)
		return -ENODEV;
	c->pages_used = bitmap_zalloc(c->pages, GFP_KERNEL);
	return c->pages_used ? 0 : -ENOMEM;
}

void ddblk_data_free(struct ddblk_client *c)
{
	bitmap_free(c->pages_used);
}

struct ddblk_place *ddblk_place_get(struct ddblk_client *c, struct request *rq)
{
	u32 pages = DIV_ROUND_UP(ddblk_data_bytes(rq), DDBLK_DATA_ALIGN);
	bool reads = req_op(rq) == REQ_OP_READ, flushes = req_op(rq) == REQ_OP_FLUSH;
	sector_t sector = flushes ? 0 : blk_rq_pos(rq);
	u32 sectors = flushes ? 0 : blk_rq_sectors(rq);
	unsigned long n, first;
	struct ddblk_place *place;

	n = find_first_zero_bit(c->places_used, DDBLK_SENT_MAX);
	if (n == DDBLK_SENT_MAX || ddblk_check_conflict(c, sector, sectors, reads))
		return NULL;
	/* From the start: pages that were used just now are in the processor's caches. */
	first = bitmap_find_next_zero_area(c->pages_used, c->pages, 0, pages, 0);
	if (first + pages > c->pages)
		return NULL;
	bitmap_set(c->pages_used, first, pages);
	__set_bit(n, c->places_used);
	place = &c->places[n];
	place->cmd = NULL;
	place->first = first;
	place->pages = pages;
	place->sector = sector;
	place->sectors = sectors;
	place->reads = reads;
	ddblk_place_renew(c, place);
	return place;
}

void ddblk_place_renew(struct ddblk_client *c, struct ddblk_place *place)
{
	place->cookie = (u64)++c->sequence * DDBLK_SENT_MAX + (place - c->places);
}

struct ddblk_place *ddblk_place_find(struct ddblk_client *c, u64 cookie)
{
	unsigned long n = cookie % DDBLK_SENT_MAX;

	return test_bit(n, c->places_used) && c->places[n].cookie == cookie ? &c->places[n] : NULL;
}

void ddblk_place_put(struct ddblk_client *c, struct ddblk_place *place)
{
	bitmap_clear(c->pages_used, place->first, place->pages);
	__clear_bit(place - c->places, c->places_used);
}

void ddblk_place_put_all(struct ddblk_client *c)
{
	bitmap_zero(c->pages_used, c->pages);
	bitmap_zero(c->places_used, DDBLK_SENT_MAX);
}

u8 *ddblk_data_of(struct ddblk_client *c, const struct ddblk_place *place)
{
	return c->link->region + c->link->geo.data_offset + place->first * DDBLK_DATA_ALIGN;
}

void ddblk_data_gather(u8 *to, struct request *rq)
{
	struct req_iterator iter;
	struct bio_vec bv;

	rq_for_each_segment(bv, rq, iter)
	{
		memcpy_from_bvec(to, &bv);
		to += bv.bv_len;
	}
}

void ddblk_data_scatter(struct request *rq, const u8 *from)
{
	struct req_iterator iter;
	struct bio_vec bv;

	rq_for_each_segment(bv, rq, iter)
	{
		memcpy_to_bvec(&bv, from);
		from += bv.bv_len;
	}
}
