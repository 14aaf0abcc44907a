/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the sound translation module say to each other over a link: what the card
 * can do in the server's page; runs, their samples and their positions in the rings. Everything is
 * little-endian. The receiver checks every value where it uses it.
 *
 * Samples are of one format, S16_LE, channels interleaved. A *frame* is one sample of each channel.
 * A *run* is what ALSA calls preparing a stream and all that follows until it is prepared anew or
 * stopped: PREPARE begins one and gives it its cookie, which every record of that run carries, both
 * ways. Nothing outlives a session: the client begins a new run in the next.
 */
#ifndef DDSND_CONFIG_H
#define DDSND_CONFIG_H

#include <linux/types.h>

enum ddsnd_stream_index {
	DDSND_PLAYBACK = 0,
	DDSND_CAPTURE = 1,
	DDSND_STREAMS,
};

/* Sample rates that are spoken of, Hz; bit i of a mask of rates stands for the i-th. */
#define DDSND_RATES                                            \
	{                                                      \
		8000, 11025, 16000, 22050, 32000, 44100, 48000 \
	}

#define DDSND_CHANNELS_MAX 2
#define DDSND_SAMPLE_SIZE 2 /* bytes, of one channel */
/* Of a client's buffer and its periods, bytes; many cards have set no more aside. */
#define DDSND_PERIOD_MIN 2048
#define DDSND_BUFFER_MAX (64 * 1024)
/* Samples in one record, bytes. */
#define DDSND_DATA_MAX (16 * 1024)

/* Record types of the ring to the server. */
enum ddsnd_op {
	DDSND_PREPARE = 1, /* struct ddsnd_prepare: opens the card; is answered by PREPARED */
	DDSND_START = 2, /* struct ddsnd_which: the card begins to play, or to capture */
	DDSND_STOP = 3, /* struct ddsnd_which: at once, and closes the card */
	DDSND_SAMPLES = 4, /* what is to be played: whole frames, and nothing else */
};

struct ddsnd_prepare {
	__le32 stream; /* enum ddsnd_stream_index */
	__le32 rate; /* Hz; one of those that the server shows */
	__le32 channels; /* likewise */
	__le32 period; /* frames */
	__le32 buffer; /* frames; so many at most are sent ahead of the position */
	__le32 reserved;
};

struct ddsnd_which {
	__le32 stream;
	__le32 reserved;
};

/* Record types of the ring to the client. */
enum ddsnd_event {
	DDSND_PREPARED = 1, /* struct ddsnd_result: the answer to PREPARE */
	DDSND_ENDED = 2, /* struct ddsnd_result: the run ended by itself; EPIPE: an under-run */
	DDSND_POSITION = 3, /* struct ddsnd_position: how far the card has played */
	DDSND_CAPTURED = 4, /* whole frames, and nothing else */
};

struct ddsnd_result {
	__le32 stream;
	__le32 error; /* 0 or a positive errno of Linux: the card's own */
};

struct ddsnd_position {
	__le64 frames; /* of the run that were played: it never falls, nor exceeds what was sent */
};

/* What one direction of the card can do. */
struct ddsnd_ability {
	__le32 rates; /* mask; 0: the card has no such stream */
	__le32 channels_min;
	__le32 channels_max;
	__le32 reserved;
};

#define DDSND_SERVER_VALID 1u /* a card is bound; the other fields hold */

struct ddsnd_server_config {
	struct ddsnd_ability stream[DDSND_STREAMS];
	__le32 flags; /* DDSND_SERVER_* */
	__le32 reserved;
};

#endif
