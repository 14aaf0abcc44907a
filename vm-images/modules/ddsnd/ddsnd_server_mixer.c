// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card's mixer, which is not the client's to set: a driver VM has its outputs on, and volumes
 * at their most; how loud it is to be, the client says in its samples.
 */
#include <linux/slab.h>
#include <sound/control.h>

#include "ddsnd_server.h"

/* What leads from the samples to the plug, by the names that the kernel has for it. */
static const char *const outputs[] = {
	"Master", "PCM", "Front", "Speaker", "Headphone", "Line Out"
};

static bool is_output(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(outputs); i++)
		if (str_has_prefix(name, outputs[i]))
			return strstr(name, " Playback Switch") || strstr(name, " Playback Volume");
	return false;
}

static void set_most(struct snd_kcontrol *control, struct snd_ctl_elem_info *info,
		     struct snd_ctl_elem_value *value)
{
	unsigned int i;

	memset(info, 0, sizeof(*info));
	memset(value, 0, sizeof(*value));
	snd_ctl_build_ioff(&info->id, control, 0);
	snd_ctl_build_ioff(&value->id, control, 0);
	if (control->info(control, info) < 0 ||
	    info->count > ARRAY_SIZE(value->value.integer.value))
		return;
	if (info->type == SNDRV_CTL_ELEM_TYPE_BOOLEAN)
		info->value.integer.max = 1;
	else if (info->type != SNDRV_CTL_ELEM_TYPE_INTEGER)
		return;
	for (i = 0; i < info->count; i++)
		value->value.integer.value[i] = info->value.integer.max;
	control->put(control, value);
}

static void unmute(struct snd_card *card)
{
	struct snd_ctl_elem_value *value = kmalloc(sizeof(*value), GFP_KERNEL);
	struct snd_ctl_elem_info *info = kmalloc(sizeof(*info), GFP_KERNEL);
	struct snd_kcontrol *control;

	if (value && info) {
		down_write(&card->controls_rwsem);
		list_for_each_entry(control, &card->controls, list)
			if (is_output(control->id.name) && control->info && control->put)
				set_most(control, info, value);
		up_write(&card->controls_rwsem);
	}
	kfree(info);
	kfree(value);
}

int card_unmute(const char *name)
{
	struct file *file = card_file(name, DDSND_PLAYBACK);

	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOENT ? 0 : PTR_ERR(file);
	unmute(card_substream(file)->pcm->card);
	card_file_close(file);
	return 0;
}
