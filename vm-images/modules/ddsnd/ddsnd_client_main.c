// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client half of the sound translation module: an ordinary sound card whose hardware is a link
 * to a driver VM. When a session ends, what is playing or capturing stops as if the program had
 * been late (EPIPE): programs then prepare anew, and wait in that until there is a driver VM again.
 */
#include <linux/module.h>

#include "ddsnd_client.h"

/* Records taken at one go of the work item, so that a flood of them keeps nobody out. */
#define BUDGET 64

void client_violation(struct ddsnd_client *c, const char *text)
{
	c->up = false;
	c->ready = false;
	ddlink_violation(c->link, text);
}

/* Takes one record out of the ring: 1, 0 if there is none, or -EPROTO. lock held. */
static int receive(struct ddsnd_client *c)
{
	struct ddlink_consumer *rx = &c->link->rx;
	struct ddlink_record rec;
	int ret = ddlink_peek(rx, &rec);

	if (ret <= 0)
		return ret;
	ret = run_event(c, &rec);
	if (ret)
		return ret;
	ddlink_consume(rx);
	/* Nobody is told of the room: the server never waits for it. */
	ddlink_release(rx);
	return 1;
}

static void receive_all(struct ddsnd_client *c)
{
	int n, ret = 0;

	for (n = 0; n < BUDGET && c->up; n++) {
		ret = receive(c);
		if (ret <= 0)
			break;
	}
	if (ret < 0)
		client_violation(c, "bad record in the ring from the server");
	else if (c->up && (ret > 0 || ddlink_consumer_arm(&c->link->rx)))
		queue_work(system_highpri_wq, &c->work);
}

/* Whoever supervises the server: a stream that runs waits for the card to go on. lock held. */
static void show_waits(struct ddsnd_client *c)
{
	bool waits = false;
	unsigned int dir;

	for (dir = 0; dir < DDSND_STREAMS; dir++)
		waits |= c->stream[dir].asked || c->stream[dir].started;
	ddlink_show_waits(c->link, waits ? DDLINK_WAITS : DDLINK_WAITS_NOT);
}

static void look(struct work_struct *work)
{
	struct ddsnd_client *c = container_of(work, struct ddsnd_client, work);
	u64 before[DDSND_STREAMS];
	bool moved[DDSND_STREAMS], stop[DDSND_STREAMS];
	unsigned int dir;

	mutex_lock(&c->lock);
	c->stalled = false;
	for (dir = 0; dir < DDSND_STREAMS; dir++)
		before[dir] = c->stream[dir].position;
	receive_all(c);
	for (dir = 0; dir < DDSND_STREAMS; dir++) {
		run_pump(c, &c->stream[dir]);
		moved[dir] = c->stream[dir].position != before[dir];
		stop[dir] = c->stream[dir].stop;
	}
	if (c->up)
		show_waits(c);
	mutex_unlock(&c->lock);
	for (dir = 0; dir < DDSND_STREAMS; dir++)
		card_tell(&c->stream[dir], moved[dir], stop[dir]);
}

static void client_notify(struct ddlink_device *link)
{
	struct ddsnd_client *c = link->priv;

	if (ddlink_pending(link) || READ_ONCE(c->stalled))
		queue_work(system_highpri_wq, &c->work);
}

static void set_up(struct ddsnd_client *c, bool up)
{
	unsigned int dir;

	mutex_lock(&c->lock);
	c->up = up;
	c->ready = false;
	for (dir = 0; dir < DDSND_STREAMS; dir++)
		run_forget(&c->stream[dir]);
	mutex_unlock(&c->lock);
	queue_work(system_highpri_wq, &c->work);
}

static void client_up(struct ddlink_device *link)
{
	set_up(link->priv, true);
}

static void client_down(struct ddlink_device *link)
{
	set_up(link->priv, false);
}

static bool ability_ok(const struct ddsnd_ability *a)
{
	static const unsigned int rates[] = DDSND_RATES;
	u32 least = le32_to_cpu(a->channels_min), most = le32_to_cpu(a->channels_max);
	u32 mask = le32_to_cpu(a->rates);

	return !mask || (mask < BIT(ARRAY_SIZE(rates)) && least > 0 && least <= most &&
			 most <= DDSND_CHANNELS_MAX);
}

static bool server_config_ok(const struct ddsnd_server_config *s)
{
	return (s->stream[DDSND_PLAYBACK].rates || s->stream[DDSND_CAPTURE].rates) &&
	       ability_ok(&s->stream[DDSND_PLAYBACK]) && ability_ok(&s->stream[DDSND_CAPTURE]);
}

static void client_config(struct ddlink_device *link)
{
	struct ddsnd_client *c = link->priv;
	struct ddsnd_server_config s;
	bool valid, bad;

	if (ddlink_peer_config(link, &s, sizeof(s)))
		return;
	valid = le32_to_cpu(s.flags) & DDSND_SERVER_VALID;
	bad = valid && !server_config_ok(&s);
	if (valid && !bad && !c->known) {
		c->ability = s;
		c->known = true;
		schedule_work(&c->appear);
	}
	mutex_lock(&c->lock);
	if (bad)
		client_violation(c, "bad configuration of the server");
	c->ready = valid && c->up;
	mutex_unlock(&c->lock);
	queue_work(system_highpri_wq, &c->work);
}

static void appear(struct work_struct *work)
{
	struct ddsnd_client *c = container_of(work, struct ddsnd_client, appear);
	int ret = card_appear(c);

	if (ret)
		dev_err(&c->link->dev, "cannot register the card: %d\n", ret);
}

static int client_probe(struct ddlink_device *link)
{
	struct ddsnd_client *c = kzalloc(sizeof(*c), GFP_KERNEL);
	unsigned int dir;

	if (!c)
		return -ENOMEM;
	c->link = link;
	mutex_init(&c->lock);
	INIT_WORK(&c->work, look);
	INIT_WORK(&c->appear, appear);
	for (dir = 0; dir < DDSND_STREAMS; dir++) {
		c->stream[dir].dir = dir;
		init_completion(&c->stream[dir].done);
	}
	link->priv = c;
	return 0;
}

/* Programs may have the card open: it is freed when the last has closed it. */
static void client_remove(struct ddlink_device *link)
{
	struct ddsnd_client *c = link->priv;
	unsigned int dir;

	cancel_work_sync(&c->appear);
	mutex_lock(&c->lock);
	c->link = NULL;
	for (dir = 0; dir < DDSND_STREAMS; dir++)
		run_finish(&c->stream[dir], -ENODEV);
	mutex_unlock(&c->lock);
	link->priv = NULL;
	if (c->card) {
		snd_card_disconnect(c->card);
		cancel_work_sync(&c->work);
		snd_card_free_when_closed(c->card);
	} else {
		cancel_work_sync(&c->work);
		kfree(c);
	}
}

static ssize_t xruns_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct ddsnd_client *c = to_ddlink(dev)->priv;

	return sysfs_emit(buf, "playback %llu\ncapture %llu\n",
			  READ_ONCE(c->stream[DDSND_PLAYBACK].xruns),
			  READ_ONCE(c->stream[DDSND_CAPTURE].xruns));
}
static DEVICE_ATTR_RO(xruns);

static struct attribute *client_attrs[] = {
	&dev_attr_xruns.attr,
	NULL,
};
ATTRIBUTE_GROUPS(client);

static struct ddlink_driver ddsnd_client_driver = {
	.driver = {
		.name = "ddsnd_client",
		.owner = THIS_MODULE,
		.dev_groups = client_groups,
	},
	.class = DDLINK_CLASS_SOUND,
	.role = DDLINK_CLIENT,
	.probe = client_probe,
	.remove = client_remove,
	.up = client_up,
	.down = client_down,
	.config = client_config,
	.notify = client_notify,
};
module_ddlink_driver(ddsnd_client_driver);

MODULE_DESCRIPTION("Sound translation module, client's half");
MODULE_LICENSE("GPL");
