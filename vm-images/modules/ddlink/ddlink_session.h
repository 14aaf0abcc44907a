/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handshake: how two sides that may start, die, hang, be replaced or write garbage at any time
 * agree that both have empty rings. The rules are told at struct ddlink_side; here is the order of
 * the stores and loads that makes them hold, without anything of the kernel, so that unit tests
 * can play both sides.
 *
 * A side starts (ddlink_session_start), resets its own ring indices, allows its acknowledgement
 * (ddlink_session_ready), and then looks at the other side with ddlink_session_look() whenever
 * its control doorbell rings and with each heartbeat. DDLINK_RISE: the rings may be used.
 * DDLINK_FALL: stop using the rings, then start again.
 */
#ifndef DDLINK_SESSION_H
#define DDLINK_SESSION_H

#include "ddlink_shared.h"

enum ddlink_verdict {
	DDLINK_STAY, /* nothing changes */
	DDLINK_RISE, /* both sides are ready: the session begins */
	DDLINK_FALL, /* the session is over, or its page is not ours any more: start again */
};

/* Why a session fell. */
enum ddlink_loss {
	DDLINK_LOSS_NONE,
	DDLINK_LOSS_GONE, /* the other side left, or its page is blank */
	DDLINK_LOSS_RESTARTED, /* the other side has a new session number */
	DDLINK_LOSS_SILENT, /* its heartbeat stopped */
	DDLINK_LOSS_REPLACED, /* the region is blank: it is another one */
	DDLINK_LOSS_NONSENSE, /* the other side's page holds garbage */
	DDLINK_LOSS_OVERWRITTEN, /* somebody wrote over our own page */
};

/*
 * Own beats without one of the other side's, after which it counts as dead or hung, if they come
 * DDLINK_HEARTBEAT_MS apart.
 */
#define DDLINK_SILENT_BEATS (DDLINK_SILENCE_MS / DDLINK_HEARTBEAT_MS)

struct ddlink_session {
	struct ddlink_side *own; /* shared; only we should write it */
	const struct ddlink_side *peer; /* shared; only the other side should write it */
	u64 features; /* our offer */
	u32 number; /* our session number */
	u32 ack; /* the peer's number that we acknowledge, or 0 */
	u32 heartbeat; /* ours */
	u32 peer_heartbeat; /* as last seen */
	u32 silent; /* own beats since it changed */
	u32 beat_ms; /* between own beats; 0: DDLINK_HEARTBEAT_MS */
	bool ready; /* our indices are reset: we may acknowledge */
	bool up;
	bool peer_there; /* at the last look */
	enum ddlink_loss loss; /* why it last fell */
};

/* The same, however far apart they come. */
static inline u32 ddlink_session_patience(const struct ddlink_session *s)
{
	return s->beat_ms ? DDLINK_SILENCE_MS / s->beat_ms : DDLINK_SILENT_BEATS;
}

/*
 * Begins a new session under a new random number (not 0). The acknowledgement is withdrawn before
 * the number goes out, so that it is never seen beside a number that did not give it; and the
 * indices are reset after that, so that a peer that sees odd ones also sees why.
 */
static inline void ddlink_session_start(struct ddlink_session *s, u32 number)
{
	s->number = number;
	s->ack = 0;
	s->ready = false;
	s->up = false;
	s->silent = 0;
	ddlink_store(&s->own->ack, 0);
	ddlink_wmb();
	ddlink_store(&s->own->session, number);
	ddlink_wmb();
	ddlink_store(&s->own->version, DDLINK_VERSION);
	ddlink_store64(&s->own->features, s->features);
	ddlink_store(&s->own->heartbeat, s->heartbeat);
	ddlink_store_release(&s->own->magic, DDLINK_MAGIC);
}

/* The ring indices are reset; from here on the peer's session may be acknowledged. */
static inline void ddlink_session_ready(struct ddlink_session *s)
{
	ddlink_wmb();
	s->ready = true;
}

/* Leaves: the other side finds nobody here. */
static inline void ddlink_session_leave(struct ddlink_session *s)
{
	s->up = false;
	s->ready = false;
	s->number = 0;
	ddlink_store(&s->own->session, 0);
	ddlink_wmb();
	ddlink_store(&s->own->ack, 0);
	ddlink_store(&s->own->magic, 0);
}

/* Whether our page says what we wrote, apart from the class's configuration. */
static inline enum ddlink_loss ddlink_session_own_page(const struct ddlink_session *s)
{
	u32 magic = ddlink_load(&s->own->magic);
	u32 number = ddlink_load(&s->own->session);

	if (!magic && !number)
		return DDLINK_LOSS_REPLACED;
	if (magic != DDLINK_MAGIC || number != s->number ||
	    ddlink_load(&s->own->version) != DDLINK_VERSION ||
	    ddlink_load(&s->own->ack) != s->ack || ddlink_load64(&s->own->features) != s->features)
		return DDLINK_LOSS_OVERWRITTEN;
	return DDLINK_LOSS_NONE;
}

/*
 * What the other side's page says: its number in *number (0: nobody there), or nonsense; and in
 * *ack what it acknowledges under that number.
 */
static inline enum ddlink_loss ddlink_session_peer_page(const struct ddlink_session *s, u32 *number,
							u32 *ack)
{
	u32 magic, version, before = ddlink_load_acquire(&s->peer->session);

	*number = 0;
	*ack = ddlink_load_acquire(&s->peer->ack);
	magic = ddlink_load(&s->peer->magic);
	version = ddlink_load(&s->peer->version);
	if (!magic)
		return DDLINK_LOSS_GONE;
	if (magic != DDLINK_MAGIC || version != DDLINK_VERSION)
		return DDLINK_LOSS_NONSENSE;
	*number = ddlink_load(&s->peer->session);
	/* It may be of either: heeded is that of a number that was there before and after it. */
	if (*number != before)
		*ack = 0;
	return *number ? DDLINK_LOSS_NONE : DDLINK_LOSS_GONE;
}

static inline enum ddlink_verdict ddlink_session_fall(struct ddlink_session *s,
						      enum ddlink_loss loss)
{
	s->loss = loss;
	return DDLINK_FALL;
}

/* One look at both pages. After DDLINK_FALL the caller starts again, whether it was up or not. */
static inline enum ddlink_verdict ddlink_session_look(struct ddlink_session *s)
{
	enum ddlink_loss loss = ddlink_session_own_page(s);
	u32 number, ack;

	if (loss)
		return ddlink_session_fall(s, loss);
	loss = ddlink_session_peer_page(s, &number, &ack);
	s->peer_there = !loss;
	if (s->up) {
		if (loss)
			return ddlink_session_fall(s, loss);
		if (number != s->ack || ack != s->number)
			return ddlink_session_fall(s, DDLINK_LOSS_RESTARTED);
		if (s->silent >= ddlink_session_patience(s))
			return ddlink_session_fall(s, DDLINK_LOSS_SILENT);
		return DDLINK_STAY;
	}
	if (!s->ready)
		return DDLINK_STAY;
	if (number != s->ack) {
		s->ack = number;
		ddlink_store_release(&s->own->ack, number);
	}
	if (!number || ack != s->number)
		return DDLINK_STAY;
	s->up = true;
	s->silent = 0;
	s->peer_heartbeat = ddlink_load(&s->peer->heartbeat);
	return DDLINK_RISE;
}

/* Every DDLINK_HEARTBEAT_MS: beat, listen, and say whether a look is worth while. */
static inline bool ddlink_session_beat(struct ddlink_session *s)
{
	u32 beat = ddlink_load(&s->peer->heartbeat);
	u32 number, ack;

	ddlink_store(&s->own->heartbeat, ++s->heartbeat);
	if (beat != s->peer_heartbeat) {
		s->peer_heartbeat = beat;
		s->silent = 0;
	} else if (s->silent < ddlink_session_patience(s)) {
		s->silent++;
	}
	if (ddlink_session_own_page(s))
		return true;
	if (ddlink_session_peer_page(s, &number, &ack))
		return s->up || s->peer_there;
	return !s->up || number != s->ack || ack != s->number ||
	       s->silent >= ddlink_session_patience(s);
}

/* Whether that loss means that somebody broke the rules, rather than left or started afresh. */
static inline bool ddlink_loss_is_violation(enum ddlink_loss loss)
{
	return loss == DDLINK_LOSS_NONSENSE || loss == DDLINK_LOSS_OVERWRITTEN;
}

static inline const char *ddlink_loss_text(enum ddlink_loss loss)
{
	switch (loss) {
	case DDLINK_LOSS_GONE:
		return "the other side left";
	case DDLINK_LOSS_RESTARTED:
		return "the other side started afresh";
	case DDLINK_LOSS_SILENT:
		return "the other side is silent";
	case DDLINK_LOSS_REPLACED:
		return "the region was replaced";
	case DDLINK_LOSS_NONSENSE:
		return "the other side's page holds garbage";
	case DDLINK_LOSS_OVERWRITTEN:
		return "our page was overwritten";
	case DDLINK_LOSS_NONE:
		break;
	}
	return "no loss";
}

#endif
