// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Data of requests, in kernels that can have struct pages for the link's memory: the disk reads and
 * writes the link's data area itself. The client may change what lies there at any time, and so
 * spoil its own data, but nothing here looks at it.
 */
#include <linux/bio.h>

#include "ddblk_server.h"

int ddblk_data_init(struct ddblk_server *srv)
{
	return ddlink_share_pages(srv->link, &srv->pages);
}

void ddblk_data_exit(struct ddblk_server *srv)
{
	ddlink_unshare_pages(&srv->pages);
}

/* One span of pages that lie side by side. */
struct bio *ddblk_data_bio(struct ddblk_io *io, blk_opf_t opf)
{
	struct ddblk_server *srv = io->srv;
	struct bio *bio = bio_alloc(srv->bdev, 1, opf, GFP_NOIO);

	__bio_add_page(bio, ddlink_page(&srv->pages, srv->link->geo.data_offset + io->data),
		       io->bytes, 0);
	return bio;
}

void ddblk_data_done(struct ddblk_io *io, struct bio *bio)
{
}
