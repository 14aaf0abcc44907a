// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What makes a guest that was restored from a template a machine of its own: all clones of one
 * template would otherwise draw the same random numbers, at the time at which it was saved.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent.h"

/* struct rand_pool_info with room for the seed. */
struct seed {
	int entropy_count; /* bits */
	int buf_size; /* bytes */
	uint8_t buf[DDAG_SEED_SIZE];
};

/* The kernel mixes it in, and forgets the numbers that it has in stock. */
static int reseed(const uint8_t *bytes)
{
	struct seed seed = {
		.entropy_count = DDAG_SEED_SIZE * 8,
		.buf_size = DDAG_SEED_SIZE,
	};
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	memcpy(seed.buf, bytes, sizeof(seed.buf));
	if (ioctl(fd, RNDADDENTROPY, &seed) || ioctl(fd, RNDRESEEDCRNG))
		err = -errno;
	close(fd);
	return err;
}

static int set_clock(uint64_t ns)
{
	const struct timespec now = {
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};

	return clock_settime(CLOCK_REALTIME, &now) ? -errno : 0;
}

int adopt(const char *payload, size_t len)
{
	struct ddag_adopt a;
	int err;

	if (len <= sizeof(a))
		return -EINVAL;
	memcpy(&a, payload, sizeof(a));
	err = reseed(a.seed);
	if (!err)
		err = set_clock(a.realtime_ns);
	if (!err && sethostname(payload + sizeof(a), len - sizeof(a)))
		err = -errno;
	return err;
}
