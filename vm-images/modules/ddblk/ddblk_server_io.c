// SPDX-License-Identifier: GPL-2.0-or-later
/* From a record to bios and back; how the disk gets at the data is elsewhere (ddblk_data_bio()). */
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

static void end_io(struct bio *bio)
{
	struct ddblk_io *io = bio->bi_private;

	io->error = -blk_status_to_errno(bio->bi_status);
	if (io->op == DDBLK_READ || io->op == DDBLK_WRITE)
		ddblk_data_done(io, bio);
	bio_put(bio);
	ddblk_io_done(io);
}

static void submit(struct ddblk_io *io, struct bio *bio)
{
	bio->bi_private = io;
	bio->bi_end_io = end_io;
	submit_bio(bio);
}

static void submit_data(struct ddblk_io *io, u64 sector, u32 flags)
{
	bool write = io->op == DDBLK_WRITE;
	blk_opf_t opf = write ? REQ_OP_WRITE | REQ_SYNC | REQ_IDLE : REQ_OP_READ;
	struct bio *bio;

	if (write && (flags & DDBLK_REQ_FUA))
		opf |= REQ_FUA;
	bio = ddblk_data_bio(io, opf);
	if (!bio) {
		io->error = ENOMEM;
		ddblk_io_done(io);
		return;
	}
	bio->bi_iter.bi_sector = sector;
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

/* Whether the data of so many bytes lies inside the data area. */
static bool data_ok(const struct ddblk_server *srv, u32 data, u32 bytes)
{
	u32 size = srv->link->geo.data_size;

	return data % DDBLK_DATA_ALIGN == 0 && bytes <= size && data <= size - bytes;
}

/* Whether an honest client may send such a request at all. */
static bool request_ok(const struct ddblk_server *srv, u32 type, u32 bytes, u32 data)
{
	if (bytes % 512)
		return false;
	switch (type) {
	case DDBLK_READ:
	case DDBLK_WRITE:
		return bytes > 0 && bytes <= DDBLK_DATA_MAX && data_ok(srv, data, bytes);
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
	u32 flags, data;
	u64 sector;

	if (rec->len != sizeof(r))
		return -EPROTO;
	memcpy(&r, rec->payload, sizeof(r));
	sector = le64_to_cpu(r.sector);
	flags = le32_to_cpu(r.flags);
	data = le32_to_cpu(r.data);
	if (!request_ok(io->srv, rec->type, le32_to_cpu(r.bytes), data))
		return -EPROTO;
	io->cookie = rec->cookie;
	io->op = rec->type;
	io->bytes = le32_to_cpu(r.bytes);
	io->data = data;
	ddblk_io_begin(io);
	if (!fits(io, sector)) {
		io->error = EIO;
		ddblk_io_done(io);
	} else if (io->op == DDBLK_FLUSH) {
		submit_flush(io);
	} else if (io->op == DDBLK_DISCARD || io->op == DDBLK_WRITE_ZEROES) {
		submit_range(io, sector, flags);
	} else {
		submit_data(io, sector, flags);
	}
	return 0;
}
