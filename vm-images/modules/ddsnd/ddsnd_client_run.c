// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The runs of the sound client: what is sent to the server of them, and what comes back. The
 * client's lock is held throughout.
 */
#include "ddsnd_client.h"

static u32 frame_size(const struct client_stream *s)
{
	return DDSND_SAMPLE_SIZE * le32_to_cpu(s->params.channels);
}

/* Room for a record, or NULL: then it is tried again when the server has made some. */
static u8 *reserve(struct ddsnd_client *c, u32 type, u32 len, u64 cookie)
{
	struct ddlink_producer *tx = &c->link->tx;
	u8 *payload;
	int ret = ddlink_reserve(tx, type, len, cookie, &payload);

	if (ret == -ENOSPC) {
		c->stalled = true;
		ret = ddlink_producer_arm(tx, ddlink_record_size(len)) < 0 ? -EPROTO : -ENOSPC;
	}
	if (ret == -EPROTO)
		client_violation(c, "bad index in the ring to the server");
	return ret ? NULL : payload;
}

static void commit(struct ddsnd_client *c)
{
	struct ddlink_producer *tx = &c->link->tx;

	ddlink_commit(tx);
	ddlink_publish(tx);
	if (ddlink_producer_kick(tx))
		ddlink_kick(c->link);
}

static bool send_prepare(struct ddsnd_client *c, struct client_stream *s)
{
	u8 *payload = reserve(c, DDSND_PREPARE, sizeof(s->params), c->runs + 1);

	if (!payload)
		return false;
	memcpy(payload, &s->params, sizeof(s->params));
	commit(c);
	s->run = ++c->runs;
	s->asked = true;
	s->started = false;
	s->sent = 0;
	return true;
}

static bool send_which(struct ddsnd_client *c, struct client_stream *s, u32 type)
{
	struct ddsnd_which which = { cpu_to_le32(s->dir), 0 };
	u8 *payload = reserve(c, type, sizeof(which), s->run);

	if (!payload)
		return false;
	memcpy(payload, &which, sizeof(which));
	commit(c);
	return true;
}

/*
 * Frames that the program has written and that were not sent; never more than the server may be
 * ahead. What programs map into themselves they can write anything to.
 */
static u32 to_send(const struct client_stream *s)
{
	const struct snd_pcm_runtime *runtime = s->pcm->runtime;
	snd_pcm_uframes_t appl = READ_ONCE(runtime->control->appl_ptr) % runtime->boundary;
	snd_pcm_uframes_t n = appl - s->seen;

	if (appl < s->seen)
		n += runtime->boundary;
	return min_t(u64, n, runtime->buffer_size - (s->sent - s->position));
}

/* True: all that there is was sent. */
static bool send_samples(struct ddsnd_client *c, struct client_stream *s)
{
	const struct snd_pcm_runtime *runtime = s->pcm->runtime;
	u32 frame = frame_size(s), left, n, at;
	u8 *payload;

	for (left = to_send(s); left; left -= n) {
		div_u64_rem(s->sent, runtime->buffer_size, &at);
		n = min3(left, (u32)(runtime->buffer_size - at), (u32)DDSND_DATA_MAX / frame);
		payload = reserve(c, DDSND_SAMPLES, n * frame, s->run);
		if (!payload)
			return false;
		memcpy(payload, runtime->dma_area + at * frame, n * frame);
		commit(c);
		s->sent += n;
		s->seen = (s->seen + n) % runtime->boundary;
	}
	return true;
}

void run_pump(struct ddsnd_client *c, struct client_stream *s)
{
	if (!c->ready || s->stop || (!s->waits && !s->running))
		return;
	/* A session may have ended since it was prepared. */
	if (!s->asked && !s->prepared)
		send_prepare(c, s);
	if (!c->ready || !s->running || !s->prepared)
		return;
	if (s->dir == DDSND_PLAYBACK && !send_samples(c, s))
		return;
	if (!s->started)
		s->started = send_which(c, s, DDSND_START);
}

void run_finish(struct client_stream *s, int error)
{
	if (!s->waits)
		return;
	s->waits = false;
	s->error = error;
	complete(&s->done);
}

void run_stop(struct ddsnd_client *c, struct client_stream *s)
{
	s->running = false;
	s->stop = false;
	/* If there is no room, the next PREPARE or the end of the session ends the run as well. */
	if (c->ready && (s->asked || s->prepared))
		send_which(c, s, DDSND_STOP);
	s->asked = false;
	s->prepared = false;
}

void run_forget(struct client_stream *s)
{
	s->stop |= s->running;
	s->run = 0;
	s->asked = false;
	s->prepared = false;
	s->started = false;
}

/* From there on errors are the kernel's own, and programs must not see them. */
static int errno_of(const struct ddsnd_result *r)
{
	u32 error = le32_to_cpu(r->error);

	return error < ERESTARTSYS ? -(int)error : -EIO;
}

/* The stream that a result is of: NULL, there is none such, or it has never been asked for. */
static struct client_stream *stream_of(struct ddsnd_client *c, const struct ddlink_record *rec,
				       struct ddsnd_result *r)
{
	struct client_stream *s;

	if (rec->len != sizeof(*r))
		return NULL;
	/* Copied first, as all below: the server may change it between a look and the next. */
	memcpy(r, rec->payload, sizeof(*r));
	if (le32_to_cpu(r->stream) >= DDSND_STREAMS)
		return NULL;
	s = &c->stream[le32_to_cpu(r->stream)];
	return s->run ? s : NULL;
}

static int take_prepared(struct ddsnd_client *c, const struct ddlink_record *rec)
{
	struct ddsnd_result r;
	struct client_stream *s = stream_of(c, rec, &r);
	int error;

	if (!s)
		return -EPROTO;
	/* To one that was given up, or stopped, meanwhile. */
	if (rec->cookie != s->run || !s->asked)
		return 0;
	error = errno_of(&r);
	s->asked = false;
	s->prepared = !error;
	s->stop |= error && s->running;
	run_finish(s, error);
	return 0;
}

static int take_ended(struct ddsnd_client *c, const struct ddlink_record *rec)
{
	struct ddsnd_result r;
	struct client_stream *s = stream_of(c, rec, &r);

	if (!s || !r.error)
		return -EPROTO;
	if (rec->cookie != s->run || !s->prepared)
		return 0;
	s->prepared = false;
	s->stop |= s->running;
	return 0;
}

static int take_position(struct ddsnd_client *c, const struct ddlink_record *rec)
{
	struct client_stream *s = &c->stream[DDSND_PLAYBACK];
	struct ddsnd_position p;
	u64 frames;

	if (rec->len != sizeof(p) || !s->run)
		return -EPROTO;
	memcpy(&p, rec->payload, sizeof(p));
	frames = le64_to_cpu(p.frames);
	if (rec->cookie != s->run || !s->running)
		return 0;
	if (frames > s->sent || frames < s->position)
		return -EPROTO;
	WRITE_ONCE(s->position, frames);
	return 0;
}

/* Into the program's buffer; if the program is late, the kernel finds that out by the position. */
static int take_captured(struct ddsnd_client *c, const struct ddlink_record *rec)
{
	struct client_stream *s = &c->stream[DDSND_CAPTURE];
	const struct snd_pcm_runtime *runtime;
	u32 frame, left, n, at, done = 0;

	if (!s->run || !rec->len || rec->len > DDSND_DATA_MAX)
		return -EPROTO;
	if (rec->cookie != s->run || !s->running || !s->prepared)
		return 0;
	frame = frame_size(s);
	if (rec->len % frame || !s->started)
		return -EPROTO;
	runtime = s->pcm->runtime;
	for (left = rec->len / frame; left; left -= n) {
		div_u64_rem(s->position, runtime->buffer_size, &at);
		n = min(left, (u32)(runtime->buffer_size - at));
		memcpy(runtime->dma_area + at * frame, rec->payload + done * frame, n * frame);
		done += n;
		WRITE_ONCE(s->position, s->position + n);
	}
	return 0;
}

int run_event(struct ddsnd_client *c, const struct ddlink_record *rec)
{
	switch (rec->type) {
	case DDSND_PREPARED:
		return take_prepared(c, rec);
	case DDSND_ENDED:
		return take_ended(c, rec);
	case DDSND_POSITION:
		return take_position(c, rec);
	case DDSND_CAPTURED:
		return take_captured(c, rec);
	default:
		return -EPROTO;
	}
}
