// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does anybody answer? A driver that has gone wrong may take frames and lose them, or hear nothing
 * any more, while its kernel goes on as if all were well. So while the client sends, it asks its
 * neighbours now and then, of whom one at least should answer; and while none does it shows that it
 * waits, for whoever supervises the driver VM. That it hears some other frames says nothing: a
 * machine that has no answer from us sends again and again.
 */
#include <linux/inetdevice.h>
#include <net/arp.h>
#include <net/neighbour.h>

#include "ddnet_client.h"

/* From what was sent first since the last answer to asking, and between two times. */
#define ASK_AFTER HZ
/*
 * Other frames that count for an answer: whoever gets none does not send so many. Where a card is
 * flooded, answers are lost with other frames.
 */
#define MANY 100
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
	if (READ_ONCE(c->unanswered))
		return;
	WRITE_ONCE(c->heard, 0);
	WRITE_ONCE(c->unanswered, jiffies | 1);
}

static bool is_answer(const struct sk_buff *skb)
{
	const struct arphdr *arp;
	struct arphdr room;

	if (skb->protocol != htons(ETH_P_ARP))
		return false;
	arp = skb_header_pointer(skb, 0, sizeof(room), &room);
	return arp && arp->ar_op == htons(ARPOP_REPLY);
}

void ddnet_client_heard(struct ddnet_client *c, const struct sk_buff *skb)
{
	if (!READ_ONCE(c->unanswered))
		return;
	WRITE_ONCE(c->heard, c->heard + 1);
	if (c->heard >= MANY || is_answer(skb))
		WRITE_ONCE(c->unanswered, 0);
}

void ddnet_client_listen(struct ddnet_client *c)
{
	unsigned long since = READ_ONCE(c->unanswered);

	if (!since || time_before(jiffies, since + ASK_AFTER)) {
		WRITE_ONCE(c->asked, 0);
		ddlink_show_waits(c->link, DDLINK_WAITS_NOT);
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
		ddlink_show_waits(c->link, DDLINK_WAITS_FOR_ONE);
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
	WRITE_ONCE(c->unanswered, 0);
	WRITE_ONCE(c->asked, 0);
	ddlink_show_waits(c->link, DDLINK_WAITS_NOT);
}
