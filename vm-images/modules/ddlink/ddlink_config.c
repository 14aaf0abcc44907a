// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What each side of a link shows the other of itself, as a seqcount: read whole, or not at all. The
 * other side can write to ours, too: what it damages is written anew.
 */
#include "ddlink.h"

/* Writes our configuration as a seqcount writer: odd while it changes. */
static void write_config(struct ddlink_device *link)
{
	struct ddlink_side *own = link->session.own;

	lockdep_assert_held(&link->config_lock);
	ddlink_store(&own->config_seq, ++link->config_seq);
	ddlink_wmb();
	memcpy(own->config, link->config, sizeof(link->config));
	ddlink_wmb();
	ddlink_store(&own->config_seq, ++link->config_seq);
}

void ddlink_set_config(struct ddlink_device *link, const void *config, size_t len)
{
	unsigned long flags;
	bool standby;

	if (WARN_ON_ONCE(len > sizeof(link->config)))
		return;
	spin_lock_irqsave(&link->config_lock, flags);
	memcpy(link->config, config, len);
	standby = READ_ONCE(link->standby);
	if (!standby)
		write_config(link);
	spin_unlock_irqrestore(&link->config_lock, flags);
	if (!standby)
		ddlink_ring_doorbell(link, DDLINK_VECTOR_CONTROL);
}
EXPORT_SYMBOL_GPL(ddlink_set_config);

int ddlink_peer_config(struct ddlink_device *link, void *config, size_t len)
{
	const struct ddlink_side *peer = link->session.peer;
	int tries;

	for (tries = 0; tries < 16; tries++) {
		u32 seq = ddlink_load_acquire(&peer->config_seq);

		memcpy(config, peer->config, len);
		ddlink_rmb();
		if (!(seq & 1) && ddlink_load(&peer->config_seq) == seq)
			return 0;
		cpu_relax();
	}
	return -EAGAIN;
}
EXPORT_SYMBOL_GPL(ddlink_peer_config);

static bool config_damaged(struct ddlink_device *link)
{
	struct ddlink_side *own = link->session.own;

	return ddlink_load(&own->config_seq) != link->config_seq ||
	       memcmp(own->config, link->config, sizeof(link->config));
}

bool ddlink_restore_config(struct ddlink_device *link)
{
	unsigned long flags;
	bool damaged;

	spin_lock_irqsave(&link->config_lock, flags);
	damaged = config_damaged(link);
	if (damaged)
		write_config(link);
	spin_unlock_irqrestore(&link->config_lock, flags);
	return damaged;
}

bool ddlink_config_changed(struct ddlink_device *link)
{
	return ddlink_load(&link->session.peer->config_seq) != READ_ONCE(link->peer_config_seq);
}
