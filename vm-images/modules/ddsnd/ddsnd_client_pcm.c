// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sound card that the client's kernel sees: one PCM device, with the streams that the server's
 * card has. Its buffer is ordinary memory; what the program writes there is sent, and where the
 * server's card has got to is where this one is.
 */
#include <linux/math64.h>
#include <linux/module.h>

#include "ddsnd_client.h"

static unsigned int timeout_ms = 10000;
module_param(timeout_ms, uint, 0644);
MODULE_PARM_DESC(
	timeout_ms,
	"how long preparing a stream, or a write, may take, a driver VM's return included, ms");

static const unsigned int rates[] = DDSND_RATES;

static struct client_stream *stream_of(struct snd_pcm_substream *pcm)
{
	struct ddsnd_client *c = pcm->private_data;

	return &c->stream[pcm->stream == SNDRV_PCM_STREAM_PLAYBACK ? DDSND_PLAYBACK : DDSND_CAPTURE];
}

static int pcm_open(struct snd_pcm_substream *pcm)
{
	struct ddsnd_client *c = pcm->private_data;
	struct client_stream *s = stream_of(pcm);
	const struct ddsnd_ability *a = &c->ability.stream[s->dir];
	struct snd_pcm_hardware hw = {
		.info = SNDRV_PCM_INFO_MMAP | SNDRV_PCM_INFO_MMAP_VALID |
			SNDRV_PCM_INFO_INTERLEAVED | SNDRV_PCM_INFO_BLOCK_TRANSFER |
			SNDRV_PCM_INFO_SYNC_APPLPTR | SNDRV_PCM_INFO_NO_REWINDS,
		.formats = SNDRV_PCM_FMTBIT_S16_LE,
		.rate_min = UINT_MAX,
		.channels_min = le32_to_cpu(a->channels_min),
		.channels_max = le32_to_cpu(a->channels_max),
		.buffer_bytes_max = DDSND_BUFFER_MAX,
		.period_bytes_min = DDSND_PERIOD_MIN,
		.period_bytes_max = DDSND_BUFFER_MAX / 2,
		.periods_min = 2,
		.periods_max = DDSND_BUFFER_MAX / DDSND_PERIOD_MIN,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		if (!(le32_to_cpu(a->rates) & BIT(i)))
			continue;
		hw.rates |= snd_pcm_rate_to_rate_bit(rates[i]);
		hw.rate_min = min(hw.rate_min, rates[i]);
		hw.rate_max = max(hw.rate_max, rates[i]);
	}
	pcm->runtime->hw = hw;
	/* Else the kernel gives a card up that is silent for as long as its buffer lasts. */
	pcm->wait_time = READ_ONCE(timeout_ms);
	mutex_lock(&c->lock);
	s->pcm = pcm;
	mutex_unlock(&c->lock);
	return snd_pcm_hw_constraint_integer(pcm->runtime, SNDRV_PCM_HW_PARAM_PERIODS);
}

/* On return nothing uses the stream's buffer any more, nor will without being asked to. */
static void quiesce(struct ddsnd_client *c, struct client_stream *s)
{
	mutex_lock(&c->lock);
	run_stop(c, s);
	mutex_unlock(&c->lock);
	flush_work(&c->work);
}

static int pcm_close(struct snd_pcm_substream *pcm)
{
	struct ddsnd_client *c = pcm->private_data;
	struct client_stream *s = stream_of(pcm);

	quiesce(c, s);
	mutex_lock(&c->lock);
	s->pcm = NULL;
	mutex_unlock(&c->lock);
	/* One that looked just before may still be telling of it. */
	flush_work(&c->work);
	return 0;
}

static int pcm_hw_free(struct snd_pcm_substream *pcm)
{
	quiesce(pcm->private_data, stream_of(pcm));
	return 0;
}

static void begin(struct ddsnd_client *c, struct client_stream *s)
{
	const struct snd_pcm_runtime *runtime = s->pcm->runtime;

	run_stop(c, s);
	s->params = (struct ddsnd_prepare){
		.stream = cpu_to_le32(s->dir),
		.rate = cpu_to_le32(runtime->rate),
		.channels = cpu_to_le32(runtime->channels),
		.period = cpu_to_le32(runtime->period_size),
		.buffer = cpu_to_le32(runtime->buffer_size),
	};
	WRITE_ONCE(s->position, 0);
	s->sent = 0;
	reinit_completion(&s->done);
	s->waits = true;
	run_pump(c, s);
}

/* Asks the server, and sleeps until it has answered, be it in another session; but not for ever. */
static int pcm_prepare(struct snd_pcm_substream *pcm)
{
	struct ddsnd_client *c = pcm->private_data;
	struct client_stream *s = stream_of(pcm);
	long left;
	int ret;

	mutex_lock(&c->lock);
	if (!c->link) {
		mutex_unlock(&c->lock);
		return -ENODEV;
	}
	begin(c, s);
	mutex_unlock(&c->lock);
	left = wait_for_completion_killable_timeout(&s->done,
						    msecs_to_jiffies(READ_ONCE(timeout_ms)));
	mutex_lock(&c->lock);
	/* Unless the answer has just come after all, this gives it up. */
	run_finish(s, left < 0 ? -EINTR : -ETIMEDOUT);
	ret = s->error;
	if (ret)
		run_stop(c, s);
	mutex_unlock(&c->lock);
	return ret;
}

/* Was the program too late? Asked as the kernel stops the stream for that. */
static bool is_xrun(struct snd_pcm_substream *pcm)
{
	const struct snd_pcm_runtime *runtime = pcm->runtime;
	bool plays = pcm->stream == SNDRV_PCM_STREAM_PLAYBACK;

	return runtime->state == SNDRV_PCM_STATE_RUNNING &&
	       (plays ? snd_pcm_playback_avail(pcm->runtime) :
			snd_pcm_capture_avail(pcm->runtime)) >= runtime->stop_threshold;
}

/* With the stream's mutex held, as ack. */
static int pcm_trigger(struct snd_pcm_substream *pcm, int cmd)
{
	struct ddsnd_client *c = pcm->private_data;
	struct client_stream *s = stream_of(pcm);
	int ret = 0;

	mutex_lock(&c->lock);
	switch (cmd) {
	case SNDRV_PCM_TRIGGER_START:
		s->seen = pcm->runtime->status->hw_ptr;
		s->running = true;
		run_pump(c, s);
		break;
	case SNDRV_PCM_TRIGGER_STOP:
		if (s->stop || is_xrun(pcm))
			WRITE_ONCE(s->xruns, s->xruns + 1);
		run_stop(c, s);
		break;
	default:
		ret = -EINVAL;
	}
	mutex_unlock(&c->lock);
	return ret;
}

static int pcm_ack(struct snd_pcm_substream *pcm)
{
	struct ddsnd_client *c = pcm->private_data;

	mutex_lock(&c->lock);
	run_pump(c, stream_of(pcm));
	mutex_unlock(&c->lock);
	return 0;
}

static snd_pcm_uframes_t pcm_pointer(struct snd_pcm_substream *pcm)
{
	u32 rest;

	div_u64_rem(READ_ONCE(stream_of(pcm)->position), pcm->runtime->buffer_size, &rest);
	return rest;
}

static const struct snd_pcm_ops pcm_ops = {
	.open = pcm_open,
	.close = pcm_close,
	.hw_free = pcm_hw_free,
	.prepare = pcm_prepare,
	.trigger = pcm_trigger,
	.ack = pcm_ack,
	.pointer = pcm_pointer,
};

void card_tell(struct client_stream *s, bool moved, bool stop)
{
	struct snd_pcm_substream *pcm = READ_ONCE(s->pcm);

	if (!pcm)
		return;
	/* In this order: one that drains may just have played all it had. */
	if (moved)
		snd_pcm_period_elapsed(pcm);
	if (stop)
		snd_pcm_stop_xrun(pcm);
}

static void free_client(struct snd_card *card)
{
	kfree(card->private_data);
}

static int add_pcm(struct ddsnd_client *c, struct snd_card *card)
{
	bool plays = c->ability.stream[DDSND_PLAYBACK].rates;
	bool captures = c->ability.stream[DDSND_CAPTURE].rates;
	struct snd_pcm *pcm;
	int ret = snd_pcm_new(card, "ddsnd", 0, plays, captures, &pcm);

	if (ret)
		return ret;
	pcm->private_data = c;
	/* Its functions may sleep. */
	pcm->nonatomic = true;
	strscpy(pcm->name, "ddsnd", sizeof(pcm->name));
	if (plays)
		snd_pcm_set_ops(pcm, SNDRV_PCM_STREAM_PLAYBACK, &pcm_ops);
	if (captures)
		snd_pcm_set_ops(pcm, SNDRV_PCM_STREAM_CAPTURE, &pcm_ops);
	return snd_pcm_set_managed_buffer_all(pcm, SNDRV_DMA_TYPE_VMALLOC, NULL, 0, 0);
}

int card_appear(struct ddsnd_client *c)
{
	struct device *dev = &c->link->dev;
	struct snd_card *card;
	int ret = snd_card_new(dev, -1, dev_name(dev), THIS_MODULE, 0, &card);

	if (ret)
		return ret;
	strscpy(card->driver, "ddsnd_client", sizeof(card->driver));
	strscpy(card->shortname, dev_name(dev), sizeof(card->shortname));
	snprintf(card->longname, sizeof(card->longname), "%s, a card of a driver VM",
		 dev_name(dev));
	ret = add_pcm(c, card);
	if (!ret)
		ret = snd_card_register(card);
	if (ret) {
		snd_card_free(card);
		return ret;
	}
	card->private_data = c;
	card->private_free = free_client;
	c->card = card;
	return 0;
}
