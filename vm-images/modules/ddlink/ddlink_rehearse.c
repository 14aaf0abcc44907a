// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rehearsal of a machine that stands by. Code that runs for the first time is slow, above all
 * under emulation, where it has to be translated first, and a machine that takes over runs a lot of
 * it while its client waits. So it does so beforehand: a session comes up, the device is set up as
 * its client has it, and a request goes to its driver and back; with memory of its own in place of
 * the link's, and with itself in the client's part.
 */
#include <linux/delay.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ddlink.h"

/* What code does at its first run is not all that it does. */
#define ROUNDS 3
/* For an answer: on a busy host. Whoever is called has no more. */
#define PATIENCE_MS 1000
/* Each look of one side may be answered by one of the other. */
#define LOOKS 4

/*
 * In place of the link's memory: the control pages, and the first page of each ring. Nothing comes
 * to the rest, which is one page over and over; the last of these.
 */
#define CONTROL_PAGES (DDLINK_CONTROL_SIZE / DDLINK_PAGE)
#define STAGE_PAGES (CONTROL_PAGES + 3)

struct stage {
	struct page *pages[STAGE_PAGES];
	u8 *region;
};

/* The client's part. */
struct part {
	struct ddlink_session session;
	struct ddlink_producer tx;
	struct ddlink_consumer rx;
};

static struct page *page_at(const struct stage *s, const struct ddlink_geometry *geo,
			    unsigned long offset)
{
	if (offset < DDLINK_CONTROL_SIZE)
		return s->pages[offset / DDLINK_PAGE];
	if (offset == geo->ring_offset[DDLINK_RING_TO_SERVER])
		return s->pages[CONTROL_PAGES];
	if (offset == geo->ring_offset[DDLINK_RING_TO_CLIENT])
		return s->pages[CONTROL_PAGES + 1];
	return s->pages[CONTROL_PAGES + 2];
}

static u8 *map_stage(const struct stage *s, const struct ddlink_device *link)
{
	unsigned long count = pci_resource_len(link->pdev, DDLINK_BAR_MEMORY) / DDLINK_PAGE, i;
	struct page **pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	u8 *region;

	if (!pages)
		return NULL;
	for (i = 0; i < count; i++)
		pages[i] = page_at(s, &link->geo, i * DDLINK_PAGE);
	region = vmap(pages, count, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	return region;
}

static void strike(struct stage *s)
{
	unsigned int i;

	vunmap(s->region);
	for (i = 0; i < STAGE_PAGES; i++)
		if (s->pages[i])
			__free_page(s->pages[i]);
}

/* The descriptor, and what the client says of itself, are as they are in the link's memory. */
static int build(struct stage *s, const struct ddlink_device *link)
{
	size_t client = ddlink_side_offset(DDLINK_CLIENT);
	unsigned int i;

	for (i = 0; i < STAGE_PAGES; i++) {
		s->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!s->pages[i])
			return -ENOMEM;
	}
	s->region = map_stage(s, link);
	if (!s->region)
		return -ENOMEM;
	memcpy(s->region, link->region, DDLINK_PAGE);
	memcpy(s->region + client, link->region + client, sizeof(struct ddlink_side));
	return 0;
}

static void cast(struct part *p, const struct ddlink_device *link)
{
	*p = (struct part){
		.session = {
			.own = (void *)link->session.peer,
			.peer = link->session.own,
			.features = ddlink_load64(&link->session.peer->features),
			.beat_ms = link->session.beat_ms,
		},
		.tx = { .ctl = link->rx.ctl, .data = (u8 *)link->rx.data, .size = link->rx.size },
		.rx = { .ctl = link->tx.ctl, .data = link->tx.data, .size = link->tx.size },
	};
	ddlink_session_start(&p->session, 1);
	ddlink_producer_reset(&p->tx);
	ddlink_consumer_reset(&p->rx);
	ddlink_session_ready(&p->session);
}

static int meet(struct ddlink_device *link, struct part *p)
{
	unsigned int i;

	ddlink_begin(link);
	for (i = 0; i < LOOKS && !(link->live && p->session.up); i++) {
		ddlink_look(link);
		ddlink_session_look(&p->session);
	}
	return link->live && p->session.up ? 0 : -EPROTO;
}

/* As the client's doorbell would. */
static void knock(struct ddlink_device *link)
{
	local_bh_disable();
	link->driver->notify(link);
	local_bh_enable();
}

/* Waits for an answer. -EINTR if the machine is needed. */
static int hear(struct ddlink_device *link, struct part *p)
{
	unsigned long until = jiffies + msecs_to_jiffies(PATIENCE_MS);
	struct ddlink_record rec;
	int ret;

	while (!(ret = ddlink_peek(&p->rx, &rec))) {
		if (READ_ONCE(link->called))
			return -EINTR;
		if (time_after(jiffies, until))
			return -ETIMEDOUT;
		usleep_range(200, 500);
	}
	if (ret < 0)
		return ret;
	ddlink_consume(&p->rx);
	ddlink_release(&p->rx);
	return 0;
}

static int exchange(struct ddlink_device *link, struct part *p)
{
	u8 record[DDLINK_REHEARSAL_MAX], *payload;
	u32 type = DDLINK_REC_PAD;
	int ret, len;

	len = link->driver->rehearse(link, record, &type);
	if (len < 0)
		return len;
	ret = ddlink_reserve(&p->tx, type, len, 0, &payload);
	if (ret)
		return ret;
	memcpy(payload, record, len);
	ddlink_commit(&p->tx);
	ddlink_publish(&p->tx);
	knock(link);
	return hear(link, p);
}

/* What was on the stage stays there: the link is as it was, and so are its figures. */
static int play(struct ddlink_device *link, const struct stage *s)
{
	const struct ddlink_session session = link->session;
	const struct ddlink_producer tx = link->tx;
	const struct ddlink_consumer rx = link->rx;
	const struct ddlink_stats stats = link->stats;
	void __iomem *regs = link->regs;
	u8 *region = link->region;
	unsigned int answered = 0;
	struct part p;
	int ret;

	ddlink_place(link, s->region);
	/* Doorbells of the stage are not to be heard. */
	link->regs = (void __iomem *)page_address(s->pages[STAGE_PAGES - 1]);
	cast(&p, link);
	ret = meet(link, &p);
	while (!ret && answered < ROUNDS) {
		ret = exchange(link, &p);
		answered += !ret;
	}
	ddlink_end(link);
	link->region = region;
	link->regs = regs;
	link->stats = stats;
	link->stats.rehearsals += answered;
	link->rx = rx;
	link->tx = tx;
	link->session = session;
	return ret;
}

int ddlink_rehearse(struct ddlink_device *link)
{
	struct stage s = { 0 };
	int ret = 0;

	mutex_lock(&link->lock);
	if (!link->standby || !link->driver) {
		ret = -EBUSY;
	} else if (link->driver->rehearse) {
		ret = build(&s, link);
		if (!ret)
			ret = play(link, &s);
		strike(&s);
	}
	mutex_unlock(&link->lock);
	/* One that was called in the middle of it need not finish it. */
	return ret == -EINTR ? 0 : ret;
}
