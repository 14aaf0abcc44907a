/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the sound client share: ddsnd_client_main.c has the link, ddsnd_client_pcm.c
 * the card that the kernel sees, ddsnd_client_run.c what a stream asks of the server.
 */
#ifndef DDSND_CLIENT_H
#define DDSND_CLIENT_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <sound/core.h>
#include <sound/pcm.h>

#include "ddlink.h"
#include "ddsnd_config.h"

/*
 * One direction. Of the kernel's functions trigger and ack hold the stream's own mutex and then
 * take the client's lock; so whoever has that must not call what takes the stream's.
 */
struct client_stream {
	unsigned int dir; /* DDSND_PLAYBACK or DDSND_CAPTURE */
	struct snd_pcm_substream *pcm; /* NULL: not open */

	u64 position; /* frames of the run that were played or captured; written under lock */

	/* lock: what the kernel wants */
	struct ddsnd_prepare params; /* of the run; valid if asking, or running, or prepared */
	bool waits; /* somebody sleeps until it is prepared */
	bool running; /* between START and STOP */
	bool stop; /* and it is to be told that it ended */
	int error; /* of the last preparing: 0 or a negative errno */
	struct completion done; /* waits has become false */

	/* lock: what the server has been told in this session */
	u64 run; /* the cookie of the last PREPARE; 0: none */
	bool asked; /* PREPARE was sent, and not answered */
	bool prepared; /* it was answered well, and the run has not ended */
	bool started;
	u64 sent; /* frames of the run */
	snd_pcm_uframes_t seen; /* how far the program's samples were sent, as its appl_ptr */

	u64 xruns; /* of all runs: the program or the server was too late */
};

struct ddsnd_client {
	struct ddlink_device *link; /* NULL under lock: it is gone */
	struct snd_card *card; /* NULL: not known yet */
	struct work_struct work; /* looks at the rings */
	struct work_struct appear; /* makes the card known */

	struct mutex lock; /* everything below, and the rings */
	bool up; /* there is a session, and the server kept to the rules in it */
	bool ready; /* and it has a card */
	u64 runs; /* begun; the last run's cookie */
	bool stalled; /* something could not be sent for want of room */
	struct client_stream stream[DDSND_STREAMS];

	/* the link's work */
	bool known; /* the server's card has been seen */
	struct ddsnd_server_config ability; /* as it was seen first */
};

/* -- ddsnd_client_run.c; all with lock held -- */

/* Sends what there is to send for a stream, as far as that can be done now. */
void run_pump(struct ddsnd_client *c, struct client_stream *s);
/* The run is over, or never began; the server is told if it knows of one. */
void run_stop(struct ddsnd_client *c, struct client_stream *s);
/* Ends the wait of whoever prepares. */
void run_finish(struct client_stream *s, int error);
/* One record from the server: 0, or -EPROTO if no honest server sends such a one. */
int run_event(struct ddsnd_client *c, const struct ddlink_record *rec);
/* A session begins or has ended: the server knows of no run. Those that were running are to stop.
 */
void run_forget(struct client_stream *s);
/* Nothing is sent or read any more, until the next session. */
void client_violation(struct ddsnd_client *c, const char *text);

/* -- ddsnd_client_pcm.c -- */

/* Makes c->card, of what c->ability says, and has the kernel know it. */
int card_appear(struct ddsnd_client *c);
/* Tells the kernel of what run_event() and run_forget() found. Without lock; may sleep. */
void card_tell(struct client_stream *s, bool moved, bool stop);

#endif
