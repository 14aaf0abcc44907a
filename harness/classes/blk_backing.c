// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A backing file that the user chose for a disk: is it one that a disk can be kept in, and is
 * nobody else at it? It is a raw image: what the client writes is what stands in the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "classes/blk-private.h"
#include "core/util.h"

#define SECTOR 512
#define BACKING_MIN (1 << 20)

/*
 * How QEMU locks images: who uses one in some way holds a read lock on the byte of that way, who
 * minds that others do holds one on the same byte a hundred further on.
 */
#define QEMU_USES 100
#define QEMU_MINDS 200
#define QEMU_READ 0
#define QEMU_WRITE 1
#define QEMU_RESIZE 3

static bool path_valid(const char *value)
{
	return *value;
}

static bool truth_valid(const char *value)
{
	return streq(value, "true") || streq(value, "false");
}

const struct device_option blk_options[] = {
	{ "backing", "path of a raw image, or of a block device of the host", path_valid },
	{ "read_only", "true or false", truth_valid },
	{ 0 },
};

const char *blk_backing(const struct device *dev)
{
	return device_option(dev, "backing");
}

bool blk_read_only(const struct device *dev)
{
	return streq(device_option(dev, "read_only"), "true");
}

static bool is_block_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

const char *blk_backing_driver(const struct device *dev)
{
	const char *path = blk_backing(dev);

	return path && is_block_device(path) ? "host_device" : "file";
}

/*
 * Opens it as it will be used. Mode bits do not keep root from writing, but who has taken them all
 * away meant it. A mounted block device, or one that another process has to itself, is EBUSY.
 */
static int open_file(const struct device *dev, const char *path, char **why)
{
	bool read_only = blk_read_only(dev);
	struct stat st;
	int fd;

	if (stat(path, &st) < 0) {
		*why = xasprintf("backing file %s: %s", path, strerror(errno));
		return -EINVAL;
	}
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		*why = xasprintf("backing file %s: neither a regular file nor a block device",
				 path);
		return -EINVAL;
	}
	if (!read_only && !(st.st_mode & 0222)) {
		*why = xasprintf("backing file %s: nobody may write to it (mode %04o); it can be "
				 "used with read_only=true",
				 path, st.st_mode & 07777);
		return -EINVAL;
	}
	fd = open(path,
		  (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | (S_ISBLK(st.st_mode) ? O_EXCL : 0));
	if (fd >= 0)
		return fd;
	if (errno == EBUSY)
		*why = xasprintf("backing file %s: in use, mounted or by another process", path);
	else
		*why = xasprintf("backing file %s: cannot be opened for %s: %s%s", path,
				 read_only ? "reading" : "writing", strerror(errno),
				 read_only ? "" : "; with read_only=true it would be read only");
	return -EINVAL;
}

static int check_size(const char *path, int fd, char **why)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0)
		*why = xasprintf("backing file %s: no size: %s", path, strerror(errno));
	else if (size < BACKING_MIN)
		*why = xasprintf("backing file %s: %jd bytes, expected at least %d", path,
				 (intmax_t)size, BACKING_MIN);
	else if (size % SECTOR)
		*why = xasprintf("backing file %s: %jd bytes, expected a multiple of %d", path,
				 (intmax_t)size, SECTOR);
	else
		return 0;
	return -EINVAL;
}

/* Would a lock on this byte be refused, or (with @take) is it? True: somebody is in the way. */
static bool is_locked(int fd, off_t byte, bool take)
{
	struct flock lock = {
		.l_type = take ? F_RDLCK : F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};

	if (take)
		return fcntl(fd, F_OFD_SETLK, &lock) < 0 && (errno == EAGAIN || errno == EACCES);
	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/*
 * Locks it as QEMU would, and against those who use flock(). Ours is the same open file as that of
 * the driver VM's QEMU (which gets a duplicate and is told not to lock), so the locks last over the
 * deaths of driver VMs, and go with the last of us. First all are taken, then those of others are
 * looked for: of two that come at once, one at least sees the other. A file system that knows no
 * locks locks nobody out.
 */
static bool lock_file(const struct device *dev, int fd)
{
	bool writes = !blk_read_only(dev);
	bool locked = flock(fd, (writes ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0 && errno == EWOULDBLOCK;

	locked = locked || is_locked(fd, QEMU_USES + QEMU_READ, true) ||
		 (writes && is_locked(fd, QEMU_USES + QEMU_WRITE, true)) ||
		 is_locked(fd, QEMU_MINDS + QEMU_WRITE, true) ||
		 is_locked(fd, QEMU_MINDS + QEMU_RESIZE, true);
	return !locked && !is_locked(fd, QEMU_MINDS + QEMU_READ, false) &&
	       !(writes && is_locked(fd, QEMU_MINDS + QEMU_WRITE, false)) &&
	       !is_locked(fd, QEMU_USES + QEMU_WRITE, false) &&
	       !is_locked(fd, QEMU_USES + QEMU_RESIZE, false);
}

int blk_backing_open(const struct device *dev, char **why)
{
	const char *path = blk_backing(dev);
	int fd, err;

	fd = open_file(dev, path, why);
	if (fd < 0)
		return fd;
	err = check_size(path, fd, why);
	if (!err && !lock_file(dev, fd)) {
		*why = xasprintf("backing file %s: locked, another process uses it", path);
		err = -EINVAL;
	}
	if (!err)
		return fd;
	fd_close(&fd);
	return err;
}

int blk_check_options(const struct device *dev, char **why)
{
	int fd;

	if (blk_read_only(dev) && !driver_desc_has(dev->driver, "read-only")) {
		*why = xasprintf("read_only=true: QEMU's model for driver %s knows no such disk; "
				 "expected a driver with feature read-only",
				 dev->driver->name);
		return -EINVAL;
	}
	if (blk_backing(dev)) {
		fd = blk_backing_open(dev, why);
		if (fd < 0)
			return fd;
		fd_close(&fd);
		return 0;
	}
	if (!blk_read_only(dev))
		return 0;
	*why = xstrdup("read_only=true is for a disk that has a backing file, which there is not");
	return -EINVAL;
}
