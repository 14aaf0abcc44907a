// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server half of the sound translation module, in the driver VM: a sound card, whichever driver
 * it has, on one side, a link on the other. A work item does everything; while a stream runs it
 * looks at the card every few milliseconds, and else only when the client has said something.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "ddlink.h"
#include "ddsnd_server.h"

/* Records handled at one go of the work item, so that a flood of them keeps nobody out. */
#define BUDGET 32
/* Between two looks at a card that plays or captures. */
#define TICK msecs_to_jiffies(8)

struct ddsnd_server {
	struct ddlink_device *link;
	struct delayed_work work;
	struct mutex lock; /* everything below, and the rings */
	bool live; /* there is a session, and the client kept to the rules in it */
	char name[CARD_NAME_SIZE]; /* "pcmC0D0"; "": no card is bound */
	struct ddsnd_server_config shown;
	struct card_stream stream[DDSND_STREAMS];
	u8 *samples; /* captured, DDSND_DATA_MAX bytes */
};

static const unsigned int rates[] = DDSND_RATES;

/* An honest client takes what it is sent, so there is always room. lock held. */
static int send_record(struct ddsnd_server *srv, u32 type, u64 cookie, const void *data, u32 len)
{
	struct ddlink_producer *tx = &srv->link->tx;
	u8 *payload;

	if (ddlink_reserve(tx, type, len, cookie, &payload))
		return -EPROTO;
	memcpy(payload, data, len);
	ddlink_commit(tx);
	ddlink_publish(tx);
	if (ddlink_producer_kick(tx))
		ddlink_kick(srv->link);
	return 0;
}

static int send_result(struct ddsnd_server *srv, u32 type, const struct card_stream *s, int error)
{
	struct ddsnd_result r = { cpu_to_le32(s->dir), cpu_to_le32(-error) };

	return send_record(srv, type, s->run, &r, sizeof(r));
}

/* A run that has ended by itself: the client is told how far it came, and why. */
static int end_run(struct ddsnd_server *srv, struct card_stream *s, int error)
{
	card_close(s);
	return send_result(srv, DDSND_ENDED, s, error);
}

/* Is it what this card can do, as the client was told? */
static bool is_possible(const struct ddsnd_ability *a, const struct ddsnd_prepare *p)
{
	u32 rate = le32_to_cpu(p->rate), channels = le32_to_cpu(p->channels);
	u32 period = le32_to_cpu(p->period), buffer = le32_to_cpu(p->buffer);
	u32 frame = channels * DDSND_SAMPLE_SIZE;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rates); i++)
		if (rates[i] == rate && (le32_to_cpu(a->rates) & BIT(i)))
			break;
	return i < ARRAY_SIZE(rates) && channels >= le32_to_cpu(a->channels_min) &&
	       channels <= le32_to_cpu(a->channels_max) && buffer <= DDSND_BUFFER_MAX / frame &&
	       period >= DDSND_PERIOD_MIN / frame && period <= buffer / 2 && !p->reserved;
}

static int serve_prepare(struct ddsnd_server *srv, const struct ddlink_record *rec)
{
	struct ddsnd_prepare p;
	struct card_stream *s;
	u32 dir;
	int ret = -ENODEV;

	if (rec->len != sizeof(p) || !rec->cookie)
		return -EPROTO;
	/* Copied first, here and below: the client may change it between a look and the next. */
	memcpy(&p, rec->payload, sizeof(p));
	dir = le32_to_cpu(p.stream);
	if (dir >= DDSND_STREAMS)
		return -EPROTO;
	s = &srv->stream[dir];
	card_close(s);
	s->run = rec->cookie;
	/* The card may be another one than the client has been told of. */
	if (*srv->name)
		ret = is_possible(&srv->shown.stream[dir], &p) ? card_open(s, srv->name, &p) :
								 -EINVAL;
	return send_result(srv, DDSND_PREPARED, s, ret);
}

/* START or STOP of the stream's run. */
static int serve_which(struct ddsnd_server *srv, const struct ddlink_record *rec)
{
	struct ddsnd_which which;
	struct card_stream *s;
	int ret;

	if (rec->len != sizeof(which))
		return -EPROTO;
	memcpy(&which, rec->payload, sizeof(which));
	if (le32_to_cpu(which.stream) >= DDSND_STREAMS || which.reserved)
		return -EPROTO;
	s = &srv->stream[le32_to_cpu(which.stream)];
	if (!s->run || s->run != rec->cookie || (rec->type == DDSND_START && s->running))
		return -EPROTO;
	if (rec->type == DDSND_STOP)
		card_close(s);
	/* One that ended by itself, of which the client has not heard yet, is not begun again. */
	if (rec->type == DDSND_STOP || !s->file)
		return 0;
	ret = card_start(s);
	return ret ? end_run(srv, s, ret) : 0;
}

static int serve_samples(struct ddsnd_server *srv, const struct ddlink_record *rec)
{
	struct card_stream *s = &srv->stream[DDSND_PLAYBACK];
	int ret;

	if (!s->run || s->run != rec->cookie || !rec->len || rec->len > DDSND_DATA_MAX)
		return -EPROTO;
	if (!s->file)
		return 0;
	if (rec->len % s->frame)
		return -EPROTO;
	/* Played as they are read: whatever the client makes of them meanwhile, they are samples.
	 */
	ret = card_write(s, rec->payload, rec->len);
	if (ret == -ENOSPC)
		return -EPROTO;
	return ret ? end_run(srv, s, ret) : 0;
}

/* Takes one record out of the ring and does what it says: 1, 0 if there is none, or -EPROTO. */
static int serve_one(struct ddsnd_server *srv)
{
	struct ddlink_consumer *rx = &srv->link->rx;
	struct ddlink_record rec;
	int ret;

	ret = ddlink_peek(rx, &rec);
	if (ret <= 0)
		return ret;
	switch (rec.type) {
	case DDSND_PREPARE:
		ret = serve_prepare(srv, &rec);
		break;
	case DDSND_START:
	case DDSND_STOP:
		ret = serve_which(srv, &rec);
		break;
	case DDSND_SAMPLES:
		ret = serve_samples(srv, &rec);
		break;
	default:
		ret = -EPROTO;
	}
	if (ret)
		return ret;
	ddlink_consume(rx);
	ddlink_release(rx);
	if (ddlink_consumer_kick(rx))
		ddlink_kick(srv->link);
	return 1;
}

/* The client hears of half a period at least, or that all was played. */
static int tell_position(struct ddsnd_server *srv, struct card_stream *s)
{
	struct ddsnd_position p = { cpu_to_le64(s->played) };

	if (s->played == s->told || (s->played - s->told < s->period / 2 && s->played < s->written))
		return 0;
	s->told = s->played;
	return send_record(srv, DDSND_POSITION, s->run, &p, sizeof(p));
}

static int look_playback(struct ddsnd_server *srv, struct card_stream *s)
{
	int ret = card_look(s), sent;

	sent = tell_position(srv, s);
	if (sent)
		return sent;
	return ret ? end_run(srv, s, ret) : 0;
}

static int look_capture(struct ddsnd_server *srv, struct card_stream *s)
{
	u32 most = min_t(u32, DDSND_DATA_MAX, s->period * s->frame);
	int n, len, ret = 0;

	/* No more than the client's buffer is waiting, unless a card is broken. */
	for (n = 0; n < BUDGET && !ret; n++) {
		len = card_read(s, srv->samples, most);
		if (len < 0)
			return end_run(srv, s, len);
		if (!len)
			break;
		ret = send_record(srv, DDSND_CAPTURED, s->run, srv->samples, len);
	}
	return ret;
}

/* All that the card has to say: 0 or -EPROTO; *runs: it will have more. lock held. */
static int look_at_card(struct ddsnd_server *srv, bool *runs)
{
	unsigned int dir;
	int ret = 0;

	*runs = false;
	for (dir = 0; dir < DDSND_STREAMS && !ret; dir++) {
		struct card_stream *s = &srv->stream[dir];

		if (s->running)
			ret = dir == DDSND_PLAYBACK ? look_playback(srv, s) : look_capture(srv, s);
		*runs |= s->running;
	}
	return ret;
}

static void close_all(struct ddsnd_server *srv)
{
	unsigned int dir;

	for (dir = 0; dir < DDSND_STREAMS; dir++) {
		card_close(&srv->stream[dir]);
		srv->stream[dir].run = 0;
	}
}

static void serve(struct work_struct *work)
{
	struct ddsnd_server *srv = container_of(work, struct ddsnd_server, work.work);
	bool runs = false, more = false;
	int ret = 0, n;

	mutex_lock(&srv->lock);
	for (n = 0; n < BUDGET && srv->live; n++) {
		ret = serve_one(srv);
		if (ret <= 0)
			break;
	}
	more = ret > 0;
	if (srv->live && ret >= 0)
		ret = look_at_card(srv, &runs);
	if (ret < 0) {
		srv->live = false;
		close_all(srv);
		ddlink_violation(srv->link, "bad record in the ring from the client");
	}
	/* More to do, or something came since the ring was found empty. */
	if (srv->live && (more || ddlink_consumer_arm(&srv->link->rx)))
		mod_delayed_work(system_highpri_wq, &srv->work, 0);
	else if (srv->live && runs)
		queue_delayed_work(system_highpri_wq, &srv->work, TICK);
	mutex_unlock(&srv->lock);
}

static void server_notify(struct ddlink_device *link)
{
	struct ddsnd_server *srv = link->priv;

	if (ddlink_pending(link))
		mod_delayed_work(system_highpri_wq, &srv->work, 0);
}

static void set_live(struct ddsnd_server *srv, bool live)
{
	mutex_lock(&srv->lock);
	srv->live = live;
	close_all(srv);
	mutex_unlock(&srv->lock);
}

static void server_up(struct ddlink_device *link)
{
	set_live(link->priv, true);
}

static void server_down(struct ddlink_device *link)
{
	set_live(link->priv, false);
}

/* Looks what the card can do, and has it be heard. */
static int look_over(const char *name, struct ddsnd_server_config *config)
{
	unsigned int dir;
	int ret = 0;

	for (dir = 0; dir < DDSND_STREAMS && !ret; dir++)
		ret = card_ability(name, dir, &config->stream[dir]);
	if (!ret && !config->stream[DDSND_PLAYBACK].rates && !config->stream[DDSND_CAPTURE].rates)
		ret = -ENODEV;
	if (!ret)
		ret = card_unmute(name);
	config->flags = cpu_to_le32(DDSND_SERVER_VALID);
	return ret;
}

/* What is asked for in sysfs, and done by a kernel thread, as all that opens the card. */
struct binding {
	struct work_struct work;
	struct ddsnd_server *srv;
	const char *name; /* "pcmC0D0"; "": none */
	int ret;
};

/* Runs that are under way end with it. lock held. */
static int end_all(struct ddsnd_server *srv)
{
	unsigned int dir;
	int ret = 0;

	for (dir = 0; dir < DDSND_STREAMS && !ret; dir++)
		if (srv->stream[dir].file)
			ret = end_run(srv, &srv->stream[dir], -ENODEV);
	return ret;
}

static void bind_card(struct work_struct *work)
{
	struct binding *b = container_of(work, struct binding, work);
	struct ddsnd_server *srv = b->srv;
	struct ddsnd_server_config config = { 0 };

	mutex_lock(&srv->lock);
	b->ret = end_all(srv);
	if (!b->ret && *b->name)
		b->ret = look_over(b->name, &config);
	if (!b->ret) {
		strscpy(srv->name, b->name, sizeof(srv->name));
		srv->shown = config;
		ddlink_set_config(srv->link, &config, sizeof(config));
	}
	mutex_unlock(&srv->lock);
}

static int server_probe(struct ddlink_device *link)
{
	struct ddsnd_server *srv = kzalloc(sizeof(*srv), GFP_KERNEL);

	if (!srv)
		return -ENOMEM;
	srv->samples = kmalloc(DDSND_DATA_MAX, GFP_KERNEL);
	if (!srv->samples) {
		kfree(srv);
		return -ENOMEM;
	}
	srv->link = link;
	srv->stream[DDSND_CAPTURE].dir = DDSND_CAPTURE;
	mutex_init(&srv->lock);
	INIT_DELAYED_WORK(&srv->work, serve);
	link->priv = srv;
	return 0;
}

static void server_remove(struct ddlink_device *link)
{
	struct ddsnd_server *srv = link->priv;

	cancel_delayed_work_sync(&srv->work);
	close_all(srv);
	link->priv = NULL;
	kfree(srv->samples);
	kfree(srv);
}

static int server_bind(struct ddlink_device *link, const char *name)
{
	struct binding b = { .srv = link->priv, .name = name };

	/* It becomes a part of a path. */
	if (strchr(name, '/'))
		return -EINVAL;
	INIT_WORK_ONSTACK(&b.work, bind_card);
	schedule_work(&b.work);
	flush_work(&b.work);
	destroy_work_on_stack(&b.work);
	return b.ret;
}

static ssize_t server_bound(struct ddlink_device *link, char *buf)
{
	struct ddsnd_server *srv = link->priv;
	ssize_t len;

	mutex_lock(&srv->lock);
	len = sysfs_emit(buf, "%s\n", srv->name);
	mutex_unlock(&srv->lock);
	return len;
}

static struct ddlink_driver ddsnd_server_driver = {
	.driver = {
		.name = "ddsnd_server",
		.owner = THIS_MODULE,
	},
	.class = DDLINK_CLASS_SOUND,
	.role = DDLINK_SERVER,
	.probe = server_probe,
	.remove = server_remove,
	.up = server_up,
	.down = server_down,
	.notify = server_notify,
	.bind = server_bind,
	.bound = server_bound,
	.name_size = CARD_NAME_SIZE,
};
module_ddlink_driver(ddsnd_server_driver);

MODULE_DESCRIPTION("Sound translation module, driver VM's half");
MODULE_LICENSE("GPL");
