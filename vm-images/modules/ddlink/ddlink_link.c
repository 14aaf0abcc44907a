// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One link's life: heartbeat, sessions that come up, fall and are tried again.
 * Everything that may sleep happens in one work item per link; interrupts and the heartbeat only
 * ask for it. The rules of the handshake are in ddlink_session.h.
 */
#include <linux/random.h>

#include "ddlink.h"

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000
/* Time to replace a side that was complained of, before the next session begins with it. */
#define COMPLAINT_MS 300
/* A link whose sides keep breaking sessions gets this many fresh starts at one look. */
#define STARTS_PER_LOOK 4

struct workqueue_struct *ddlink_wq;

static void ask(struct ddlink_device *link, unsigned long delay)
{
	mod_delayed_work(ddlink_wq, &link->work, delay);
}

void ddlink_control(struct ddlink_device *link)
{
	WRITE_ONCE(link->called, true);
	if (READ_ONCE(link->driver))
		ask(link, 0);
}

void ddlink_violation(struct ddlink_device *link, const char *text)
{
	if (!cmpxchg(&link->violation, NULL, text))
		ask(link, 0);
}
EXPORT_SYMBOL_GPL(ddlink_violation);

void ddlink_complain(struct ddlink_device *link, const char *text)
{
	ddlink_store(&link->session.own->complaints, ++link->complaints);
	WRITE_ONCE(link->complained, true);
	ddlink_violation(link, text);
}
EXPORT_SYMBOL_GPL(ddlink_complain);

static void set_state(struct ddlink_device *link, enum ddlink_state state)
{
	if (link->state == state)
		return;
	WRITE_ONCE(link->state, state);
	sysfs_notify(&link->dev.kobj, NULL, "state");
}

/*
 * Nor one that a predecessor has left in the page: clones of a template draw the same numbers until
 * they are given entropy of their own.
 */
static u32 fresh_number(const struct ddlink_session *session)
{
	u32 left = ddlink_load(&session->own->session), number;

	do {
		number = get_random_u32();
	} while (!number || number == session->number || number == left);
	return number;
}

/* Our indices as a session finds them. Between sessions this may be done any number of times. */
static void reset_rings(struct ddlink_device *link)
{
	ddlink_producer_reset(&link->tx);
	ddlink_consumer_reset(&link->rx);
}

void ddlink_begin(struct ddlink_device *link)
{
	spin_lock_bh(&link->session_lock);
	ddlink_session_start(&link->session, fresh_number(&link->session));
	reset_rings(link);
	if (link->state != DDLINK_FAILED)
		ddlink_session_ready(&link->session);
	spin_unlock_bh(&link->session_lock);
	ddlink_restore_config(link);
}

static void rise(struct ddlink_device *link)
{
	link->peer_features = ddlink_load64(&link->session.peer->features);
	/* Differs from any the other side may have, so that config() is called. */
	link->peer_config_seq = ddlink_load(&link->session.peer->config_seq) - 1;
	link->violation = NULL;
	link->complained = false;
	link->up_since = jiffies;
	link->stats.sessions++;
	dev_info_ratelimited(&link->dev, "session up\n");
	link->driver->up(link);
	WRITE_ONCE(link->live, true);
	set_state(link, DDLINK_UP);
	/* What came before live was set found nobody to tell. */
	link->driver->notify(link);
}

static void stop_driver(struct ddlink_device *link)
{
	if (!link->live)
		return;
	WRITE_ONCE(link->live, false);
	link->driver->down(link);
}

/* Ends the session for a breach of the rules, and sets how long we want to be left alone. */
static void fail(struct ddlink_device *link, const char *text)
{
	stop_driver(link);
	link->stats.violations++;
	if (time_after(jiffies, link->up_since + msecs_to_jiffies(BACKOFF_MAX_MS)))
		link->backoff_ms = BACKOFF_MIN_MS;
	if (link->complained)
		link->backoff_ms = max(link->backoff_ms, (unsigned int)COMPLAINT_MS);
	dev_warn_ratelimited(&link->dev, "violation: %s; trying again in %u ms\n", text,
			     link->backoff_ms);
	link->retry_at = jiffies + msecs_to_jiffies(link->backoff_ms);
	link->backoff_ms = min(2 * link->backoff_ms, (unsigned int)BACKOFF_MAX_MS);
	set_state(link, DDLINK_FAILED);
}

static void fall(struct ddlink_device *link, enum ddlink_loss loss)
{
	bool was_live = link->live;

	if (was_live && ddlink_loss_is_violation(loss)) {
		fail(link, ddlink_loss_text(loss));
	} else {
		stop_driver(link);
		if (was_live)
			dev_info_ratelimited(&link->dev, "session ended: %s\n",
					     ddlink_loss_text(loss));
		if (loss == DDLINK_LOSS_SILENT)
			link->stats.silences++;
		else if (was_live)
			link->stats.restarts++;
	}
	ddlink_begin(link);
}

static enum ddlink_verdict look(struct ddlink_device *link)
{
	enum ddlink_verdict verdict;

	spin_lock_bh(&link->session_lock);
	/* What was written over our indices since they were reset must not spoil the next session.
	 */
	if (!link->session.up)
		reset_rings(link);
	verdict = ddlink_session_look(&link->session);
	spin_unlock_bh(&link->session_lock);
	return verdict;
}

/* A driver met a violation. That the other side started afresh explains it without blame. */
static void handle_violation(struct ddlink_device *link)
{
	const char *text = xchg(&link->violation, NULL);

	if (!text || !link->live)
		return;
	if (look(link) == DDLINK_FALL) {
		fall(link, link->session.loss);
		return;
	}
	fail(link, text);
	ddlink_begin(link);
}

/* True while we are to leave the link alone. */
static bool pausing(struct ddlink_device *link)
{
	if (link->state != DDLINK_FAILED)
		return false;
	if (time_before(jiffies, link->retry_at)) {
		ask(link, link->retry_at - jiffies);
		return true;
	}
	set_state(link, DDLINK_CONNECTING);
	spin_lock_bh(&link->session_lock);
	ddlink_session_ready(&link->session);
	spin_unlock_bh(&link->session_lock);
	return false;
}

static void settle(struct ddlink_device *link)
{
	int starts;

	for (starts = 0; starts < STARTS_PER_LOOK; starts++) {
		switch (look(link)) {
		case DDLINK_RISE:
			rise(link);
			return;
		case DDLINK_FALL:
			fall(link, link->session.loss);
			if (pausing(link))
				return;
			break;
		case DDLINK_STAY:
			if (!link->live)
				set_state(link, link->session.peer_there &&
								link->session.silent <
									ddlink_session_patience(
										&link->session) ?
							DDLINK_CONNECTING :
							DDLINK_DOWN);
			return;
		}
	}
}

static void tell_config(struct ddlink_device *link)
{
	u32 seq = ddlink_load(&link->session.peer->config_seq);

	if (!link->live || seq == link->peer_config_seq)
		return;
	WRITE_ONCE(link->peer_config_seq, seq);
	if (link->driver->config)
		link->driver->config(link);
}

void ddlink_look(struct ddlink_device *link)
{
	settle(link);
	tell_config(link);
}

static void tell_abandoned(struct ddlink_device *link)
{
	if (!link->live && link->driver->abandoned &&
	    ddlink_desc_abandoned((const struct ddlink_desc *)link->region))
		link->driver->abandoned(link);
}

void ddlink_end(struct ddlink_device *link)
{
	stop_driver(link);
	spin_lock_bh(&link->session_lock);
	ddlink_session_leave(&link->session);
	spin_unlock_bh(&link->session_lock);
	set_state(link, DDLINK_DOWN);
}

/*
 * Beats of all links of a machine fall on the same moments, the multiples of their interval, so
 * that a hundred of them wake it no more often than one.
 */
static void set_beat(struct ddlink_device *link)
{
	u32 ms = ddlink_desc_beat_ms((const struct ddlink_desc *)link->region);

	WRITE_ONCE(link->session.beat_ms, ms);
	mod_timer(&link->beat, roundup(jiffies + 1, msecs_to_jiffies(ms)));
}

/* It is to beat more often, or less: not only from its next beat on. */
static void adjust_beat(struct ddlink_device *link)
{
	if (ddlink_desc_beat_ms((const struct ddlink_desc *)link->region) !=
	    READ_ONCE(link->session.beat_ms))
		set_beat(link);
}

/*
 * For a machine that is saved as a template, or stands by until another one is gone: it leaves the
 * link, whose memory may be somebody else's by the time it runs again, until it is called.
 */
int ddlink_stand_by(struct ddlink_device *link)
{
	mutex_lock(&link->lock);
	if (!link->driver) {
		mutex_unlock(&link->lock);
		return -ENODEV;
	}
	ddlink_end(link);
	WRITE_ONCE(link->standby, true);
	WRITE_ONCE(link->called, false);
	mutex_unlock(&link->lock);
	del_timer_sync(&link->beat);
	return 0;
}

/* Is it to go on standing by? Once it has been called, it begins as if it had just been found. */
static bool stands_by(struct ddlink_device *link)
{
	if (!link->standby)
		return false;
	if (!READ_ONCE(link->called))
		return true;
	WRITE_ONCE(link->standby, false);
	ddlink_begin(link);
	set_beat(link);
	return false;
}

static void ddlink_work(struct work_struct *work)
{
	struct ddlink_device *link = container_of(work, struct ddlink_device, work.work);
	u32 number, ack;

	mutex_lock(&link->lock);
	if (!link->driver || stands_by(link))
		goto out;
	adjust_beat(link);
	number = link->session.number;
	ack = link->session.ack;
	handle_violation(link);
	if (!pausing(link))
		settle(link);
	if (number != link->session.number || ack != link->session.ack)
		ddlink_ring_doorbell(link, DDLINK_VECTOR_CONTROL);
	tell_config(link);
	tell_abandoned(link);
out:
	mutex_unlock(&link->lock);
}

/* The only periodic work of a link; it must stay cheap, for there may be a hundred idle ones. */
static void ddlink_beat(struct timer_list *timer)
{
	struct ddlink_device *link = from_timer(link, timer, beat);
	struct ddlink_driver *drv = READ_ONCE(link->driver);
	bool wanted;

	if (!drv || READ_ONCE(link->standby))
		return;
	spin_lock(&link->session_lock);
	wanted = ddlink_session_beat(&link->session);
	spin_unlock(&link->session_lock);
	link->stats.repairs += ddlink_restore_config(link);
	if (wanted || ddlink_config_changed(link))
		ask(link, 0);
	/* Makes up for a notification that a spoilt event index has swallowed. */
	if (READ_ONCE(link->live))
		drv->notify(link);
	set_beat(link);
}

void ddlink_place(struct ddlink_device *link, u8 *region)
{
	bool server = link->role == DDLINK_SERVER;
	unsigned int out = server ? DDLINK_RING_TO_CLIENT : DDLINK_RING_TO_SERVER;
	unsigned int in = server ? DDLINK_RING_TO_SERVER : DDLINK_RING_TO_CLIENT;
	u32 peer = server ? DDLINK_CLIENT : DDLINK_SERVER;

	link->region = region;
	link->session.own = (void *)(region + ddlink_side_offset(link->role));
	link->session.peer = (void *)(region + ddlink_side_offset(peer));
	link->tx.ctl = (void *)(region + ddlink_ring_ctl_offset(out));
	link->tx.data = region + link->geo.ring_offset[out];
	link->rx.ctl = (void *)(region + ddlink_ring_ctl_offset(in));
	link->rx.data = region + link->geo.ring_offset[in];
}

void ddlink_link_init(struct ddlink_device *link)
{
	mutex_init(&link->lock);
	spin_lock_init(&link->session_lock);
	spin_lock_init(&link->config_lock);
	INIT_DELAYED_WORK(&link->work, ddlink_work);
	timer_setup(&link->beat, ddlink_beat, 0);
	link->backoff_ms = BACKOFF_MIN_MS;
	ddlink_place(link, link->region);
	link->tx.size = link->rx.size = link->geo.ring_size;
}

void ddlink_attach(struct ddlink_device *link, struct ddlink_driver *drv)
{
	mutex_lock(&link->lock);
	link->session.features = drv->features;
	ddlink_begin(link);
	WRITE_ONCE(link->driver, drv);
	mutex_unlock(&link->lock);
	set_beat(link);
	ask(link, 0);
	ddlink_ring_doorbell(link, DDLINK_VECTOR_CONTROL);
}

void ddlink_detach(struct ddlink_device *link)
{
	static const u8 nothing[sizeof(link->config)];

	mutex_lock(&link->lock);
	ddlink_end(link);
	WRITE_ONCE(link->driver, NULL);
	mutex_unlock(&link->lock);
	del_timer_sync(&link->beat);
	cancel_delayed_work_sync(&link->work);
	/* The next driver's configuration is not this one's. Also tells the other side. */
	ddlink_set_config(link, nothing, sizeof(nothing));
}
