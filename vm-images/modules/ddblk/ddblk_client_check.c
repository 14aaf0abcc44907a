// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is what the driver VM reads what was written? The client keeps a checksum of each block of the
 * disk that it has written or read, where the driver VM cannot reach it, and, if that is wanted,
 * has each write read back before it is acknowledged. So a driver that says it is done and is not
 * is found out. It is no seal: who means to deceive can make data that fit a CRC. Nor is an error
 * believed of one driver VM alone.
 *
 * Data are copied before they are looked at. A request that overlaps with a write under way waits
 * for it, so that it is known at any time what each block has to be.
 */
#include <linux/crc32.h>
#include <linux/random.h>

#include "ddblk_client.h"

/* Checksums in a page. */
#define SUMS (PAGE_SIZE / sizeof(u32))

static const char *const modes[] = {
	[DDBLK_CHECK_OFF] = "off",
	[DDBLK_CHECK_ERRORS] = "errors",
	[DDBLK_CHECK_READ] = "read",
	[DDBLK_CHECK_WRITE] = "write",
};

void ddblk_check_init(struct ddblk_client *c)
{
	mutex_init(&c->check.lock);
	xa_init(&c->check.sums);
}

static void free_sums(struct ddblk_check *k)
{
	unsigned long i;
	void *page;

	xa_for_each(&k->sums, i, page) free_page((unsigned long)page);
	xa_destroy(&k->sums);
}

void ddblk_check_free(struct ddblk_client *c)
{
	free_sums(&c->check);
	kvfree(c->check.copy);
}

static u32 block_bytes(const struct ddblk_check *k)
{
	return 1u << (k->shift + DDBLK_SECTOR_SHIFT);
}

/* Never 0, which says that it is not known. */
static u32 sum_of(const u8 *block, u32 bytes)
{
	return __crc32c_le(~0u, block, bytes) ?: 1;
}

static u32 known_sum(struct ddblk_check *k, u64 block)
{
	const u32 *page = xa_load(&k->sums, block / SUMS);

	return page ? page[block % SUMS] : 0;
}

/* The page of checksums that this block's is in; NULL if memory is short. */
static u32 *page_of(struct ddblk_check *k, u64 block)
{
	u32 *page = xa_load(&k->sums, block / SUMS);

	if (page)
		return page;
	page = (u32 *)get_zeroed_page(GFP_ATOMIC | __GFP_NOWARN);
	if (page && xa_err(xa_store(&k->sums, block / SUMS, page, GFP_ATOMIC | __GFP_NOWARN))) {
		free_page((unsigned long)page);
		page = NULL;
	}
	return page;
}

static void remember(struct ddblk_check *k, u64 block, u32 sum)
{
	u32 *page = page_of(k, block);

	if (page)
		page[block % SUMS] = sum;
	else
		k->untracked++;
}

void ddblk_check_forget(struct ddblk_client *c, struct request *rq)
{
	struct ddblk_check *k = &c->check;
	u64 first = blk_rq_pos(rq) >> k->shift, end;
	unsigned long i;
	u32 *page;

	if (!ddblk_check_data(c) || req_op(rq) == REQ_OP_READ || !blk_rq_sectors(rq))
		return;
	end = first + (blk_rq_sectors(rq) >> k->shift);
	xa_for_each_range(&k->sums, i, page, first / SUMS, (end - 1) / SUMS)
	{
		u64 from = max_t(u64, first, (u64)i * SUMS),
		    to = min_t(u64, end, (i + 1ull) * SUMS);

		memset(&page[from % SUMS], 0, (to - from) * sizeof(*page));
	}
}

bool ddblk_check_conflict(struct ddblk_client *c, sector_t sector, u32 sectors, bool reads)
{
	unsigned long n;

	if (!ddblk_check_data(c))
		return false;
	for_each_set_bit(n, c->places_used, DDBLK_SENT_MAX)
	{
		const struct ddblk_place *p = &c->places[n];

		if (sector < p->sector + p->sectors && p->sector < sector + sectors &&
		    !(reads && p->reads))
			return true;
	}
	return false;
}

/* Of a request's data in k->copy: of all of them together; each block's is remembered, if asked. */
static u32 sum_up(struct ddblk_check *k, struct request *rq, bool keep)
{
	u32 step = block_bytes(k), all = ~0u, at, sum;
	u64 block = blk_rq_pos(rq) >> k->shift;

	for (at = 0; at < blk_rq_bytes(rq); at += step, block++) {
		sum = sum_of(k->copy + at, step);
		all = __crc32c_le(all, (const u8 *)&sum, sizeof(sum));
		if (keep)
			remember(k, block, sum);
	}
	return all;
}

void ddblk_check_send(struct ddblk_client *c, struct ddblk_cmd *cmd)
{
	struct request *rq = blk_mq_rq_from_pdu(cmd);
	u8 *place = ddblk_data_of(c, cmd->place);
	struct ddblk_check *k = &c->check;

	if (req_op(rq) == REQ_OP_READ || cmd->reading_back) {
		memset64((u64 *)place, k->poison, blk_rq_bytes(rq) / sizeof(u64));
	} else if (req_op(rq) == REQ_OP_WRITE) {
		/* A program may write to its pages meanwhile. */
		ddblk_data_gather(k->copy, rq);
		cmd->sum = sum_up(k, rq, true);
		memcpy(place, k->copy, blk_rq_bytes(rq));
	} else {
		ddblk_check_forget(c, rq);
	}
}

/* Nothing has been written there by the disk. */
static bool is_poison(const struct ddblk_check *k, const u8 *block)
{
	const u64 *word = (const u64 *)block, *end = word + block_bytes(k) / sizeof(*word);

	while (word < end && *word == k->poison)
		word++;
	return word == end;
}

/* Is what was read what it has to be, as far as that is known? */
static bool is_right(struct ddblk_check *k, struct request *rq)
{
	u64 block = blk_rq_pos(rq) >> k->shift;
	u32 step = block_bytes(k), at, known;

	for (at = 0; at < blk_rq_bytes(rq); at += step, block++) {
		known = known_sum(k, block);
		k->checked += !!known;
		if (known ? known != sum_of(k->copy + at, step) : is_poison(k, k->copy + at))
			return false;
	}
	return true;
}

/* What was read here once has to be read here again. */
static void learn(struct ddblk_check *k, struct request *rq)
{
	u64 block = blk_rq_pos(rq) >> k->shift;
	u32 step = block_bytes(k), at;

	for (at = 0; at < blk_rq_bytes(rq); at += step, block++)
		if (!known_sum(k, block))
			remember(k, block, sum_of(k->copy + at, step));
}

/* What is said of the disk, and not of the request: another driver VM may not say it. */
static bool is_doubtful(blk_status_t status)
{
	return status == BLK_STS_IOERR || status == BLK_STS_MEDIUM || status == BLK_STS_TIMEOUT ||
	       status == BLK_STS_TRANSPORT;
}

/*
 * Once it is the driver VM's fault. If another one says the same, it is the disk that is damaged,
 * and no driver VM would do better: that is an error then. True: it is the driver VM's.
 */
static bool blame_driver_vm(struct ddblk_client *c, struct ddblk_cmd *cmd)
{
	struct ddblk_check *k = &c->check;
	struct ddblk_cmd *other;

	if (cmd->doubted || k->damaged) {
		k->damaged = true;
		k->failed++;
		return false;
	}
	/* Some of them may be as wrong: one driver VM is replaced for all of them. */
	list_for_each_entry(other, &c->sent, node)
		other->doubted = true;
	return true;
}

static void read_back(struct ddblk_client *c, struct ddblk_cmd *cmd)
{
	cmd->reading_back = true;
	cmd->state = DDBLK_CMD_WAITING;
	ddblk_place_renew(c, cmd->place);
	list_move(&cmd->node, &c->waiting);
}

int ddblk_check_reply(struct ddblk_client *c, struct ddblk_cmd *cmd, blk_status_t *status)
{
	struct request *rq = blk_mq_rq_from_pdu(cmd);
	bool reads = req_op(rq) == REQ_OP_READ, right = true;
	struct ddblk_check *k = &c->check;

	if (!*status && ddblk_check_data(c) && (reads || cmd->reading_back)) {
		memcpy(k->copy, ddblk_data_of(c, cmd->place), blk_rq_bytes(rq));
		right = reads ? is_right(k, rq) : sum_up(k, rq, false) == cmd->sum;
	}
	k->mismatches += !right;
	k->errors += is_doubtful(*status);
	if ((!right || is_doubtful(*status)) && blame_driver_vm(c, cmd))
		return -EILSEQ;
	if (!right)
		*status = BLK_STS_PROTECTION;
	if (*status) {
		ddblk_check_forget(c, rq);
	} else if (!ddblk_check_data(c)) {
		return 1;
	} else if (reads) {
		learn(k, rq);
		ddblk_data_scatter(rq, k->copy);
	} else if (cmd->reading_back) {
		k->verified++;
	} else if (k->mode == DDBLK_CHECK_WRITE && req_op(rq) == REQ_OP_WRITE) {
		read_back(c, cmd);
		return 0;
	}
	return 1;
}

/* -- what can be read and set of it in sysfs, beside the link's own -- */

static int set_mode(struct ddblk_client *c, enum ddblk_check_mode mode)
{
	struct request_queue *q = c->disk->queue;
	struct ddblk_check *k = &c->check;

	if (!READ_ONCE(c->added))
		return -EAGAIN;
	if (mode >= DDBLK_CHECK_READ && !k->copy) {
		k->copy = kvmalloc(DDBLK_DATA_MAX, GFP_KERNEL);
		if (!k->copy)
			return -ENOMEM;
		k->poison = get_random_u64();
	}
	/* Waits for what is under way, for as long as that may take. */
	blk_mq_freeze_queue(q);
	spin_lock_irq(&c->lock);
	k->shift = ilog2(le32_to_cpu(c->geometry.logical_block)) - DDBLK_SECTOR_SHIFT;
	k->mode = mode;
	spin_unlock_irq(&c->lock);
	if (!ddblk_check_data(c))
		free_sums(k);
	ddblk_disk_limit_zeroes(c);
	blk_mq_unfreeze_queue(q);
	return 0;
}

static ssize_t integrity_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct ddblk_client *c = to_ddlink(dev)->priv;

	return sysfs_emit(buf, "%s\n", modes[READ_ONCE(c->check.mode)]);
}

static ssize_t integrity_store(struct device *dev, struct device_attribute *attr, const char *buf,
			       size_t count)
{
	struct ddblk_client *c = to_ddlink(dev)->priv;
	int mode = sysfs_match_string(modes, buf), ret;

	if (mode < 0)
		return mode;
	mutex_lock(&c->check.lock);
	ret = set_mode(c, mode);
	mutex_unlock(&c->check.lock);
	return ret ?: count;
}
static DEVICE_ATTR_RW(integrity);

static ssize_t checks_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct ddblk_client *c = to_ddlink(dev)->priv;
	const struct ddblk_check *k = &c->check;

	return sysfs_emit(buf,
			  "checked_blocks %llu\nuntracked_blocks %llu\nmismatches %llu\n"
			  "errors %llu\nverified_writes %llu\nfailed_requests %llu\n",
			  k->checked, k->untracked, k->mismatches, k->errors, k->verified,
			  k->failed);
}
static DEVICE_ATTR_RO(checks);

static struct attribute *check_attrs[] = {
	&dev_attr_integrity.attr,
	&dev_attr_checks.attr,
	NULL,
};

static const struct attribute_group check_group = {
	.attrs = check_attrs,
};

const struct attribute_group *ddblk_check_groups[] = {
	&check_group,
	NULL,
};
