// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card as the sound server uses it: as a program would that has its PCM device open, without
 * ever waiting for it.
 */
#include <linux/file.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <sound/pcm_params.h>

#include "ddsnd_server.h"

static const unsigned int rates[] = DDSND_RATES;

struct file *card_file(const char *name, unsigned int dir)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/snd/%s%c", name, dir == DDSND_PLAYBACK ? 'p' : 'c');
	return filp_open(path, (dir == DDSND_PLAYBACK ? O_WRONLY : O_RDONLY) | O_NONBLOCK, 0);
}

void card_file_close(struct file *file)
{
	/* A kernel thread would else close it at some later time, and find it busy until then. */
	if (current->flags & PF_KTHREAD)
		__fput_sync(file);
	else
		fput(file);
}

struct snd_pcm_substream *card_substream(const struct file *file)
{
	const struct snd_pcm_file *pcm_file = file->private_data;

	return pcm_file->substream;
}

/* Allows only values from @min to @max of what is counted. */
static void limit(struct snd_pcm_hw_params *params, snd_pcm_hw_param_t what, u32 min, u32 max)
{
	struct snd_interval *i = hw_param_interval(params, what);

	i->min = max(i->min, min);
	i->max = min(i->max, max);
	i->openmin = i->openmax = 0;
}

static void choose(struct snd_pcm_hw_params *params, snd_pcm_hw_param_t what, u32 value)
{
	struct snd_mask *mask = hw_param_mask(params, what);

	snd_mask_none(mask);
	snd_mask_set(mask, value);
}

/* All that every run has in common. */
static void params_any(struct snd_pcm_hw_params *params)
{
	_snd_pcm_hw_params_any(params);
	choose(params, SNDRV_PCM_HW_PARAM_ACCESS, (__force u32)SNDRV_PCM_ACCESS_RW_INTERLEAVED);
	choose(params, SNDRV_PCM_HW_PARAM_FORMAT, (__force u32)SNDRV_PCM_FORMAT_S16_LE);
	limit(params, SNDRV_PCM_HW_PARAM_CHANNELS, 1, DDSND_CHANNELS_MAX);
}

static void ask_ability(struct snd_pcm_substream *pcm, struct snd_pcm_hw_params *params,
			struct ddsnd_ability *ability)
{
	const struct snd_interval *channels;
	u32 mask = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		params_any(params);
		limit(params, SNDRV_PCM_HW_PARAM_RATE, rates[i], rates[i]);
		if (snd_pcm_hw_refine(pcm, params) < 0)
			continue;
		mask |= BIT(i);
		channels = hw_param_interval(params, SNDRV_PCM_HW_PARAM_CHANNELS);
		ability->channels_min = cpu_to_le32(channels->min);
		ability->channels_max = cpu_to_le32(channels->max);
	}
	ability->rates = cpu_to_le32(mask);
}

int card_ability(const char *name, unsigned int dir, struct ddsnd_ability *ability)
{
	struct snd_pcm_hw_params *params;
	struct file *file = card_file(name, dir);

	memset(ability, 0, sizeof(*ability));
	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOENT ? 0 : PTR_ERR(file);
	params = kmalloc(sizeof(*params), GFP_KERNEL);
	if (params)
		ask_ability(card_substream(file), params, ability);
	kfree(params);
	card_file_close(file);
	return params ? 0 : -ENOMEM;
}

/* The card's own buffer is never smaller than the client's, so what that sends has room in it. */
static int set_hardware(struct card_stream *s, const struct ddsnd_prepare *p)
{
	struct snd_pcm_hw_params *params = kmalloc(sizeof(*params), GFP_KERNEL);
	u32 rate = le32_to_cpu(p->rate), channels = le32_to_cpu(p->channels);
	u32 buffer = le32_to_cpu(p->buffer);
	int ret;

	if (!params)
		return -ENOMEM;
	params_any(params);
	limit(params, SNDRV_PCM_HW_PARAM_RATE, rate, rate);
	limit(params, SNDRV_PCM_HW_PARAM_CHANNELS, channels, channels);
	limit(params, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, s->period / 2, s->period);
	limit(params, SNDRV_PCM_HW_PARAM_BUFFER_SIZE, buffer, 2 * buffer);
	ret = snd_pcm_kernel_ioctl(s->pcm, SNDRV_PCM_IOCTL_HW_PARAMS, params);
	kfree(params);
	return ret;
}

/*
 * It starts when it is told to, and plays silence, not what is left in its buffer, when there is
 * nothing to play.
 */
static int set_software(struct card_stream *s)
{
	const struct snd_pcm_runtime *runtime = s->pcm->runtime;
	bool plays = s->dir == DDSND_PLAYBACK;
	struct snd_pcm_sw_params params = {
		.period_step = 1,
		.avail_min = runtime->period_size,
		.start_threshold = runtime->boundary,
		.stop_threshold = runtime->buffer_size,
		.silence_size = plays ? runtime->boundary : 0,
	};

	return snd_pcm_kernel_ioctl(s->pcm, SNDRV_PCM_IOCTL_SW_PARAMS, &params);
}

int card_open(struct card_stream *s, const char *name, const struct ddsnd_prepare *p)
{
	struct file *file;
	int ret;

	card_close(s);
	file = card_file(name, s->dir);
	if (IS_ERR(file))
		return PTR_ERR(file);
	s->file = file;
	s->pcm = card_substream(file);
	s->frame = DDSND_SAMPLE_SIZE * le32_to_cpu(p->channels);
	s->period = le32_to_cpu(p->period);
	s->written = s->played = s->told = 0;
	ret = set_hardware(s, p);
	if (!ret)
		ret = set_software(s);
	if (!ret)
		ret = snd_pcm_kernel_ioctl(s->pcm, SNDRV_PCM_IOCTL_PREPARE, NULL);
	if (ret)
		card_close(s);
	return ret;
}

void card_close(struct card_stream *s)
{
	s->running = false;
	if (!s->file)
		return;
	snd_pcm_kernel_ioctl(s->pcm, SNDRV_PCM_IOCTL_DROP, NULL);
	card_file_close(s->file);
	s->file = NULL;
	s->pcm = NULL;
}

int card_start(struct card_stream *s)
{
	int ret = snd_pcm_kernel_ioctl(s->pcm, SNDRV_PCM_IOCTL_START, NULL);

	s->running = !ret;
	return ret;
}

int card_write(struct card_stream *s, const void *samples, u32 bytes)
{
	snd_pcm_uframes_t frames = bytes / s->frame;
	snd_pcm_sframes_t ret = snd_pcm_kernel_write(s->pcm, samples, frames);

	if (ret < 0)
		return ret == -EAGAIN ? -ENOSPC : ret;
	s->written += ret;
	return (snd_pcm_uframes_t)ret == frames ? 0 : -ENOSPC;
}

int card_read(struct card_stream *s, void *samples, u32 bytes)
{
	snd_pcm_sframes_t ret = snd_pcm_kernel_read(s->pcm, samples, bytes / s->frame);

	if (ret < 0)
		return ret == -EAGAIN ? 0 : ret;
	s->written += ret;
	return ret * s->frame;
}

int card_look(struct card_stream *s)
{
	snd_pcm_sframes_t delay = 0;
	int ret = snd_pcm_kernel_ioctl(s->pcm, SNDRV_PCM_IOCTL_DELAY, &delay);

	/* An under-run is when all was played. */
	if (ret && ret != -EPIPE)
		return ret;
	delay = clamp_t(snd_pcm_sframes_t, delay, 0, s->written);
	s->played = max(s->played, s->written - delay);
	return ret;
}
