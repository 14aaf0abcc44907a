// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does anybody answer? A driver that has gone wrong may take frames and lose them, or hear nothing
 * any more, while its kernel goes on as if all were well. So if the client has sent something and
 * heard nothing for a while, it asks its neighbours, of whom one at least should answer; and while
 * none does it shows that it waits, for whoever supervises the driver VM.
 */
#include <linux/inetdevice.h>
#include <net/arp.h>
#include <net/neighbour.h>

#include "ddnet_client.h"

/* From what was sent to asking, and between two times. */
#define ASK_AFTER HZ
/* Neighbours that are asked at a time. */
#define ASKED_MAX 4

/* Those that the device knows. */
struct neighbours {
	const struct net_device *dev;
	__be32 ip[ASKED_MAX];
	unsigned int n;
};

void ddnet_client_sent(struct ddnet_client *c)
{
	if (!READ_ONCE(c->unheard))
		WRITE_ONCE(c->unheard, jiffies | 1);
}

void ddnet_client_heard(struct ddnet_client *c)
{
	if (READ_ONCE(c->unheard))
		WRITE_ONCE(c->unheard, 0);
}

void ddnet_client_listen(struct ddnet_client *c)
{
	unsigned long since = READ_ONCE(c->unheard);

	if (!since || time_before(jiffies, since + ASK_AFTER)) {
		WRITE_ONCE(c->asked, 0);
		ddlink_show_waits(c->link, false);
	} else if (!READ_ONCE(c->asked) || time_after(jiffies, c->asked + ASK_AFTER)) {
		schedule_work(&c->ask);
	}
}

static void note(struct neighbour *neighbour, void *arg)
{
	struct neighbours *known = arg;

	if (neighbour->dev != known->dev || known->n == ASKED_MAX ||
	    !(READ_ONCE(neighbour->nud_state) & NUD_VALID))
		return;
	memcpy(&known->ip[known->n++], neighbour->primary_key, sizeof(__be32));
}

/* Whoever knows no neighbours cannot tell, and so does not say that it waits. */
static void ask(struct work_struct *work)
{
	struct ddnet_client *c = container_of(work, struct ddnet_client, ask);
	struct neighbours known = { .dev = c->dev };
	unsigned int i;
	__be32 own;

	neigh_for_each(&arp_tbl, note, &known);
	for (i = 0; i < known.n; i++) {
		own = inet_select_addr(c->dev, known.ip[i], RT_SCOPE_LINK);
		if (!own)
			continue;
		arp_send(ARPOP_REQUEST, ETH_P_ARP, known.ip[i], c->dev, own, NULL, c->dev->dev_addr,
			 NULL);
		/* An answer takes it back. */
		ddlink_show_waits(c->link, true);
		WRITE_ONCE(c->asked, jiffies | 1);
	}
}

void ddnet_client_heard_init(struct ddnet_client *c)
{
	INIT_WORK(&c->ask, ask);
}

void ddnet_client_heard_stop(struct ddnet_client *c)
{
	cancel_work_sync(&c->ask);
	WRITE_ONCE(c->unheard, 0);
	WRITE_ONCE(c->asked, 0);
	ddlink_show_waits(c->link, false);
}
