/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the sound server share: ddsnd_server_main.c has the link, ddsnd_server_pcm.c
 * the card's streams, ddsnd_server_mixer.c its mixer.
 */
#ifndef DDSND_SERVER_H
#define DDSND_SERVER_H

#include <linux/fs.h>
#include <sound/core.h>
#include <sound/pcm.h>

#include "ddsnd_config.h"

#define CARD_NAME_SIZE 16 /* "pcmC0D0" */

/* One direction of the card. Everything is used by one thread at a time. */
struct card_stream {
	unsigned int dir; /* DDSND_PLAYBACK or DDSND_CAPTURE */
	struct file *file; /* of the card; NULL: there is no run */
	struct snd_pcm_substream *pcm; /* while file is set */
	u64 run; /* the client's cookie of it; 0: none in this session */
	bool running; /* started, and not ended */
	u32 frame; /* bytes of one */
	u32 period; /* frames, the client's */
	u64 written; /* frames of this run that the card was given, or gave */
	u64 played; /* of these */
	u64 told; /* frames played, as the client knows */
};

/*
 * What the card named so can do in that direction; zeroes if it has no such stream. 0, or the
 * errno of opening it.
 */
int card_ability(const char *name, unsigned int dir, struct ddsnd_ability *ability);
/* Opens the card's stream for a run; s->run is the caller's. 0 or the card's errno. */
int card_open(struct card_stream *s, const char *name, const struct ddsnd_prepare *p);
void card_close(struct card_stream *s);
int card_start(struct card_stream *s);
/* All of them are taken, or -ENOSPC (never if no more than the run's buffer are ahead), or errno.
 */
int card_write(struct card_stream *s, const void *samples, u32 bytes);
/* What was captured: bytes, 0 if there is nothing yet, or the card's errno. */
int card_read(struct card_stream *s, void *samples, u32 bytes);
/* Looks how far it is: s->played. 0, or why it has stopped: -EPIPE is an under-run. */
int card_look(struct card_stream *s);

/*
 * Has the outputs of the card on, and as loud as they go: cards are mute when their driver loads.
 * 0, or the errno of opening it; a card that plays nothing is left as it is.
 */
int card_unmute(const char *name);

/* Opens the card's stream, or ERR_PTR; what uses it by turns must be kernel threads. */
struct file *card_file(const char *name, unsigned int dir);
void card_file_close(struct file *file);
struct snd_pcm_substream *card_substream(const struct file *file);

#endif
