// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a record to bios and back. Data is copied between the ring and pages of this machine: the
 * link's memory is no memory that a disk's driver could be given, and the client may change it at
 * any time.
 */
#include <linux/bio.h>

#include "ddblk_server.h"

void ddblk_io_init(struct ddblk_server *srv)
{
	unsigned int i;

	INIT_LIST_HEAD(&srv->free);
	INIT_LIST_HEAD(&srv->replies);
	init_llist_head(&srv->done);
	for (i = 0; i < DDBLK_SLOTS; i++) {
		srv->slots[i].srv = srv;
		list_add(&srv->slots[i].node, &srv->free);
	}
}

void ddblk_io_free(struct ddblk_server *srv)
{
	unsigned int i, j;

	for (i = 0; i < DDBLK_SLOTS; i++)
		for (j = 0; j < DDBLK_SLOT_PAGES; j++)
			if (srv->slots[i].pages[j])
				__free_page(srv->slots[i].pages[j]);
}

static int need_pages(struct ddblk_io *io)
{
	bool has_data = io->op == DDBLK_READ || io->op == DDBLK_WRITE;
	unsigned int i, n = has_data ? DIV_ROUND_UP(io->bytes, PAGE_SIZE) : 0;

	for (i = 0; i < n; i++) {
		if (!io->pages[i])
			io->pages[i] = alloc_page(GFP_NOIO);
		if (!io->pages[i])
			return -ENOMEM;
	}
	return 0;
}

static void end_io(struct bio *bio)
{
	struct ddblk_io *io = bio->bi_private;

	io->error = -blk_status_to_errno(bio->bi_status);
	bio_put(bio);
	ddblk_io_done(io);
}

static void submit(struct ddblk_io *io, struct bio *bio)
{
	bio->bi_private = io;
	bio->bi_end_io = end_io;
	submit_bio(bio);
}

/* READ and WRITE; the data of a WRITE is copied here. */
static void submit_data(struct ddblk_io *io, u64 sector, u32 flags, const u8 *data)
{
	unsigned int i, n = DIV_ROUND_UP(io->bytes, PAGE_SIZE);
	bool write = io->op == DDBLK_WRITE;
	blk_opf_t opf = write ? REQ_OP_WRITE | REQ_SYNC | REQ_IDLE : REQ_OP_READ;
	u32 left = io->bytes;
	struct bio *bio;

	if (write && (flags & DDBLK_REQ_FUA))
		opf |= REQ_FUA;
	bio = bio_alloc(io->srv->bdev, n, opf, GFP_NOIO);
	bio->bi_iter.bi_sector = sector;
	for (i = 0; i < n; i++) {
		u32 len = min_t(u32, left, PAGE_SIZE);

		if (write)
			memcpy_to_page(io->pages[i], 0, data + i * PAGE_SIZE, len);
		__bio_add_page(bio, io->pages[i], len, 0);
		left -= len;
	}
	submit(io, bio);
}

static void submit_flush(struct ddblk_io *io)
{
	submit(io, bio_alloc(io->srv->bdev, 0, REQ_OP_WRITE | REQ_PREFLUSH, GFP_NOIO));
}

/* DISCARD and WRITE_ZEROES: a chain of bios, of which the last one ends last. */
static void submit_range(struct ddblk_io *io, u64 sector, u32 flags)
{
	struct block_device *bdev = io->srv->bdev;
	u32 sectors = io->bytes >> DDBLK_SECTOR_SHIFT;
	struct bio *bio = NULL;
	int ret;

	if (io->op == DDBLK_DISCARD)
		ret = __blkdev_issue_discard(bdev, sector, sectors, GFP_NOIO, &bio);
	else
		ret = __blkdev_issue_zeroout(bdev, sector, sectors, GFP_NOIO, &bio,
					     flags & DDBLK_REQ_NOUNMAP ? BLKDEV_ZERO_NOUNMAP : 0);
	if (bio) {
		submit(io, bio);
		return;
	}
	io->error = ret ? -ret : EIO;
	ddblk_io_done(io);
}

/* Whether an honest client may send such a request at all. */
static bool request_ok(const struct ddlink_record *rec, u32 bytes)
{
	u32 data = rec->type == DDBLK_WRITE ? bytes : 0;

	if (rec->len != sizeof(struct ddblk_request) + data || bytes % 512)
		return false;
	switch (rec->type) {
	case DDBLK_READ:
	case DDBLK_WRITE:
		return bytes > 0 && bytes <= DDBLK_DATA_MAX;
	case DDBLK_DISCARD:
	case DDBLK_WRITE_ZEROES:
		return bytes > 0;
	case DDBLK_FLUSH:
		return bytes == 0;
	default:
		return false;
	}
}

/* Whether this disk can carry it out. */
static bool fits(const struct ddblk_io *io, u64 sector)
{
	struct block_device *bdev = io->srv->bdev;
	u64 capacity, sectors = io->bytes >> DDBLK_SECTOR_SHIFT;
	u32 mask;

	if (!bdev)
		return false;
	capacity = bdev_nr_sectors(bdev);
	mask = (bdev_logical_block_size(bdev) >> DDBLK_SECTOR_SHIFT) - 1;
	if (io->op != DDBLK_READ && bdev_read_only(bdev))
		return false;
	return sectors <= capacity && sector <= capacity - sectors && !((sector | sectors) & mask);
}

int ddblk_io_start(struct ddblk_io *io, const struct ddlink_record *rec)
{
	struct ddblk_request r;
	u64 sector;
	u32 flags;

	if (rec->len < sizeof(r))
		return -EPROTO;
	memcpy(&r, rec->payload, sizeof(r));
	sector = le64_to_cpu(r.sector);
	flags = le32_to_cpu(r.flags);
	if (!request_ok(rec, le32_to_cpu(r.bytes)))
		return -EPROTO;
	io->cookie = rec->cookie;
	io->op = rec->type;
	io->bytes = le32_to_cpu(r.bytes);
	if (!fits(io, sector)) {
		ddblk_io_begin(io);
		io->error = EIO;
		ddblk_io_done(io);
		return 0;
	}
	if (need_pages(io))
		return -ENOMEM;
	ddblk_io_begin(io);
	if (io->op == DDBLK_FLUSH)
		submit_flush(io);
	else if (io->op == DDBLK_DISCARD || io->op == DDBLK_WRITE_ZEROES)
		submit_range(io, sector, flags);
	else
		submit_data(io, sector, flags, rec->payload + sizeof(r));
	return 0;
}
