// SPDX-License-Identifier: GPL-2.0-or-later
/* The disk's side of the server: taking it, giving it back, and telling the client what it is. */
#include "ddblk_server.h"

static u32 flags_of(const struct ddblk_server *srv)
{
	struct block_device *bdev = srv->bdev;
	u32 flags = DDBLK_SERVER_VALID;

	if (bdev_read_only(bdev))
		flags |= DDBLK_SERVER_READ_ONLY;
	if (srv->no_writers)
		flags |= DDBLK_SERVER_NO_WRITERS;
	if (!bdev_nonrot(bdev))
		flags |= DDBLK_SERVER_ROTATIONAL;
	if (bdev_write_cache(bdev))
		flags |= DDBLK_SERVER_WRITE_CACHE;
	if (bdev_fua(bdev))
		flags |= DDBLK_SERVER_FUA;
	return flags;
}

static void publish(struct ddblk_server *srv)
{
	struct block_device *bdev = srv->bdev;
	struct ddblk_server_config c = { 0 };

	if (bdev) {
		c.sectors = cpu_to_le64(bdev_nr_sectors(bdev));
		c.flags = cpu_to_le32(flags_of(srv));
		c.logical_block = cpu_to_le32(bdev_logical_block_size(bdev));
		c.physical_block = cpu_to_le32(bdev_physical_block_size(bdev));
		c.io_min = cpu_to_le32(bdev_io_min(bdev));
		c.io_opt = cpu_to_le32(bdev_io_opt(bdev));
		c.discard_sectors = cpu_to_le32(bdev_max_discard_sectors(bdev));
		c.discard_granularity = cpu_to_le32(bdev_discard_granularity(bdev));
		c.write_zeroes_sectors = cpu_to_le32(bdev_write_zeroes_sectors(bdev));
	}
	ddlink_set_config(srv->link, &c, sizeof(c));
}

static void release(struct ddblk_server *srv)
{
	if (!srv->bdev)
		return;
	blkdev_put(srv->bdev, srv->mode);
	srv->bdev = NULL;
}

/*
 * Exclusively: nobody else in this machine mounts it meanwhile. If it is read-only, the kernel says
 * EACCES once it is open; the drivers of some disks refuse before that, with EROFS.
 */
static struct block_device *take(struct ddblk_server *srv, const char *name)
{
	char *path = kasprintf(GFP_KERNEL, "/dev/%s", name);
	struct block_device *bdev;

	if (!path)
		return ERR_PTR(-ENOMEM);
	srv->mode = FMODE_READ | FMODE_WRITE | FMODE_EXCL;
	bdev = blkdev_get_by_path(path, srv->mode, srv);
	srv->no_writers = PTR_ERR(bdev) == -EROFS;
	if (srv->no_writers || PTR_ERR(bdev) == -EACCES) {
		srv->mode &= ~FMODE_WRITE;
		bdev = blkdev_get_by_path(path, srv->mode, srv);
	}
	kfree(path);
	return bdev;
}

int ddblk_disk_bind(struct ddblk_server *srv, const char *name)
{
	struct block_device *bdev = NULL;
	int ret = 0;

	release(srv);
	if (*name) {
		bdev = take(srv, name);
		ret = PTR_ERR_OR_ZERO(bdev);
	}
	if (!ret)
		srv->bdev = bdev;
	publish(srv);
	return ret;
}
