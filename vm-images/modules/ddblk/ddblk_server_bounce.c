// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Data of requests, in kernels that have no struct pages for the link's memory (32-bit ones): the
 * disk reads and writes pages of this machine, and they are copied from and to the link's data
 * area.
 */
#include <linux/bio.h>
#include <linux/mm.h>

#include "ddblk_server.h"

int ddblk_data_init(struct ddblk_server *srv)
{
	return 0;
}

void ddblk_data_exit(struct ddblk_server *srv)
{
}

static void free_pages_of(struct bio *bio)
{
	struct bvec_iter_all iter;
	struct bio_vec *bv;

	bio_for_each_segment_all(bv, bio, iter) __free_page(bv->bv_page);
}

/* Not of high memory: it is copied where nothing may be mapped. */
struct bio *ddblk_data_bio(struct ddblk_io *io, blk_opf_t opf)
{
	struct ddblk_server *srv = io->srv;
	const u8 *from = srv->link->region + srv->link->geo.data_offset + io->data;
	struct bio *bio = bio_alloc(srv->bdev, DIV_ROUND_UP(io->bytes, PAGE_SIZE), opf, GFP_NOIO);
	u32 at, len;

	for (at = 0; at < io->bytes; at += len) {
		struct page *page = alloc_page(GFP_NOIO);

		if (!page) {
			free_pages_of(bio);
			bio_put(bio);
			return NULL;
		}
		len = min_t(u32, io->bytes - at, PAGE_SIZE);
		if (io->op == DDBLK_WRITE)
			memcpy(page_address(page), from + at, len);
		__bio_add_page(bio, page, len, 0);
	}
	return bio;
}

void ddblk_data_done(struct ddblk_io *io, struct bio *bio)
{
	struct ddblk_server *srv = io->srv;
	u8 *to = srv->link->region + srv->link->geo.data_offset + io->data;
	struct bvec_iter_all iter;
	struct bio_vec *bv;

	if (io->op == DDBLK_READ && !io->error)
		bio_for_each_segment_all(bv, bio, iter)
		{
			memcpy(to, page_address(bv->bv_page), bv->bv_len);
			to += bv->bv_len;
		}
	free_pages_of(bio);
}
