// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sound cards: what a card plays is recorded in memory of the host's, as a WAV file; or what it
 * captures is read from there. A stock driver, and a PCM device in the client: the driver's own
 * where there is no link, that of ddsnd through one. Cards are told by their drivers, never by
 * their numbers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "classes/steps.h"
#include "core/log.h"
#include "core/paths.h"
#include "core/util.h"

#define CLIENT_DRIVER "ddsnd_client"
/* Cards of a guest that are looked at: card0, ... */
#define CARDS_MAX 32
#define PCM_NAME_MAX 16

/* -- the host's side -- */

/* The host's part of a system's cards: dev->host. */
struct snd_host {
	int *files; /* what is recorded, or heard: memfds, by device index; -1: none yet */
	size_t n;
};

static int snd_host_up(void **host)
{
	char *config = path_in_tree("harness/classes/snd_alsa.conf");

	/* For QEMUs that hear a file; no other program that we start knows ALSA. */
	setenv("ALSA_CONFIG_PATH", config, 1);
	free(config);
	*host = xcalloc(1, sizeof(struct snd_host));
	return 0;
}

static void snd_host_down(void *host)
{
	struct snd_host *h = host;

	while (h->n > 0)
		fd_close(&h->files[--h->n]);
	free(h->files);
	free(h);
}

/*
 * QEMU's back ends, by their names in descriptions. The first is the default. "wav" has
 * nothing to capture, "none" plays to nobody. "@" stands for the descriptor's number of the file,
 * where there is one.
 */
struct audio {
	const char *name;
	const char *qemu;
};

static const struct audio audios[] = {
	{ "wav", "wav,path=/proc/self/fd/@,out.frequency=44100" },
	{ "none", "none" },
	{ "file", "alsa,in.dev=drivervm_file:/proc/self/fd/@,in.frequency=44100,in.try-poll=off,"
		  "in.buffer-length=500000,in.period-length=10000,"
		  "out.dev=drivervm_nowhere,out.frequency=44100,out.try-poll=off" },
};

static const struct audio *find_audio(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(audios); i++)
		if (streq(audios[i].name, name))
			return &audios[i];
	return NULL;
}

static const char *qemu_audio(const struct device *dev)
{
	const char *name = device_option(dev, "audio");

	return name ? find_audio(name)->qemu : audios[0].qemu;
}

/* A QEMU that is started again begins the file anew. */
static int snd_backend_up(struct device *dev, int *fd)
{
	struct snd_host *h = dev->host;
	int *file;

	h->files = xgrow(h->files, &h->n, dev->index, sizeof(*h->files), &(int){ -1 });
	if (!strchr(qemu_audio(dev), '@'))
		return 0;
	file = &h->files[dev->index];
	if (*file < 0)
		*file = memfd_create(dev->name, MFD_CLOEXEC);
	if (*file >= 0)
		*fd = fcntl(*file, F_DUPFD_CLOEXEC, 3);
	if (*file < 0 || *fd < 0) {
		int err = -errno;

		pr_err("%s: no memory for what it plays or hears: %s", dev->name, strerror(-err));
		return err;
	}
	free(dev->peer_path);
	dev->peer_path = xasprintf("/proc/%d/fd/%d", getpid(), *file);
	return 0;
}

static void snd_qemu_args(const struct device *dev, struct argv *args, int fd)
{
	const char *qemu = qemu_audio(dev), *at = strchr(qemu, '@');

	argv_add(args, "-audiodev");
	if (at)
		argv_add(args, "%.*s%d%s,id=%s", (int)(at - qemu), qemu, fd, at + 1, dev->name);
	else
		argv_add(args, "%s,id=%s", qemu, dev->name);
	step_hardware_args(dev, args, "audiodev", "");
}

/* -- the guests' side -- */

/* What is looked for, and where. */
struct card_search {
	struct vm *vm;
	const char *file; /* of a card in sysfs, that says whose it is */
	const char *key; /* before its name there */
	const char *name; /* '-' and '_' are the same */
	char *pcm; /* of the card, once found: "pcmC0D0" */
};

static bool says(const char *text, const struct card_search *search)
{
	const char *at = strstr(text, search->key);

	if (!at)
		return false;
	at += strlen(search->key);
	return step_same_module(at, strcspn(at, "\n"), search->name);
}

/* Looks for that card among those of the VM: 1, 0: not there yet, or errno. */
static int look_for_card(void *arg)
{
	const struct card_search *search = arg;
	int i, err, found = 0;
	char *path, *text;

	for (i = 0; i < CARDS_MAX && !found; i++) {
		path = xasprintf("/sys/class/sound/card%d/%s", i, search->file);
		err = vm_read_file(search->vm, path, &text);
		free(path);
		if (err == -ENOENT)
			continue;
		if (err)
			return err;
		found = says(text, search);
		free(text);
		if (!found)
			continue;
		/* A card is there before its codec has been found. */
		snprintf(search->pcm, PCM_NAME_MAX, "pcmC%dD0", i);
		path = xasprintf("/sys/class/sound/%sp/uevent", search->pcm);
		err = vm_read_file(search->vm, path, &text);
		free(path);
		if (err)
			return err == -ENOENT ? 0 : err;
		free(text);
	}
	return found;
}

static int find_card(struct device *dev, struct card_search *search)
{
	int err = step_wait_found(dev, look_for_card, search);

	if (err && err != -EINTR)
		pr_err("%s: %s made no sound card in VM %s: %s", dev->name, search->name,
		       vm_spec(search->vm)->name, strerror(-err));
	return err;
}

/* The number of the card of a PCM device, or of its file: 12 of "pcmC12D0". */
static unsigned int card_of(const char *pcm)
{
	return (unsigned int)strtoul(strrchr(pcm, 'C') + 1, NULL, 10);
}

/* The card that the stock driver made in dev->vm. */
static int find_real(struct device *dev, char *pcm)
{
	struct card_search search = {
		.vm = dev->vm,
		.file = "device/uevent",
		.key = "DRIVER=",
		.name = dev->driver->modules[dev->driver->n_modules - 1],
		.pcm = pcm,
	};

	return find_card(dev, &search);
}

/* The card that ddsnd made of the device in dev->user: it has the device's name. */
static int find_client(struct device *dev)
{
	char pcm[PCM_NAME_MAX];
	struct card_search search = {
		.vm = dev->user,
		.file = "id",
		.key = "",
		.name = dev->name,
		.pcm = pcm,
	};
	int err = find_card(dev, &search);
	char *name;

	if (err)
		return err;
	name = xasprintf("snd/%sp", pcm);
	step_set_path(dev, name);
	free(name);
	return 0;
}

/*
 * Cards are mute when their driver loads; in a driver VM ddsnd sees to that. Each has some of these
 * outputs, and not each of them has a switch. By the card's hw: name, for amixer's -c needs more of
 * ALSA's configuration than a guest has.
 */
#define UNMUTE                                                       \
	"m=hw:%u; amixer -D $m scontrols >/tmp/controls || exit 1; " \
	"for c in Master PCM Front Speaker Headphone; do "           \
	"grep -q \"'$c',0\" /tmp/controls || continue; "             \
	"amixer -q -D $m sset $c 100%% unmute 2>/dev/null || "       \
	"amixer -q -D $m sset $c 100%% || exit 1; done"

static int snd_start_in_place(struct device *dev)
{
	char pcm[PCM_NAME_MAX], *name, *script;
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = find_real(dev, pcm);
	if (err)
		return err;
	script = xasprintf(UNMUTE, card_of(pcm));
	err = step_script(dev, dev->vm, "set its mixer", script);
	free(script);
	name = xasprintf("snd/%sp", pcm);
	step_set_path(dev, name);
	free(name);
	return err;
}

static int snd_start_server(struct device *dev)
{
	char pcm[PCM_NAME_MAX];
	int err;

	err = step_load_driver(dev, dev->vm);
	if (!err)
		err = step_load_half(dev->vm, "ddsnd_server");
	if (!err)
		err = find_real(dev, pcm);
	return err ? err : step_bind(dev, pcm);
}

static int snd_start_client(struct device *dev)
{
	int err = step_load_half(dev->user, CLIENT_DRIVER);

	return err ? err : find_client(dev);
}

static int snd_resume_client(struct device *dev)
{
	int err = step_wait_session(dev);

	return err ? err : find_client(dev);
}

/* A fifth of a second of silence. */
static char *snd_check(const struct device *dev)
{
	return xasprintf("why=$(head -c 38400 /dev/zero | timeout 10 aplay -q -t raw -f S16_LE "
			 "-c 2 -r 48000 -D hw:%u 2>&1) || { echo \"cannot play: $why\"; exit 1; }",
			 card_of(dev->path));
}

static bool audio_valid(const char *value)
{
	return find_audio(value) != NULL;
}

static const struct device_option snd_options[] = {
	{ "audio",
	  "wav (what is played is recorded, nothing to capture), none (silence is captured) or file "
	  "(what is captured is read from a file)",
	  audio_valid },
	{ NULL },
};

static const struct device_class snd_class = {
	.name = "snd",
	.link_class = DDLINK_CLASS_SOUND,
	.default_driver = "snd_hda_intel",
	.prefix = "sound",
	.options = snd_options,
	.host_up = snd_host_up,
	.host_down = snd_host_down,
	.backend_up = snd_backend_up,
	.qemu_args = snd_qemu_args,
	.start_in_place = snd_start_in_place,
	.start_server = snd_start_server,
	.start_client = snd_start_client,
	.resume_client = snd_resume_client,
	.check = snd_check,
	.counters = step_link_counters,
};

DEVICE_CLASS(snd_class)
