// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does a sound card play what it is given? aplay in the client plays a sweep, and what came out of
 * the card, as QEMU recorded it, is compared with it: the spectra, and sample by sample. How often
 * the card ran dry is counted. Or does it capture what it hears? Then arecord's samples are
 * compared with the sweep; of a card that hears nothing (audio=none) only the rate is measured.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivervm_workload.h"
#include "script.h"
#include "spectrum.h"

#define RATE 44100
#define WAV_HEADER 44
#define FROM_HZ 200.0
#define TO_HZ 8000.0
#define AMPLITUDE 12000.0
/* Of silence after the sweep: QEMU keeps the last of what it records to itself. */
#define TAIL_S 0.3
#define CHUNK (12 * 1024) /* bytes carried into the client in one command */
#define CHECK_MS 60000
/* How long is captured, and for how long there is something to be heard. */
#define CAPTURE_S 3
#define HEARD_S 20
/* A spectrum that is less like the sweep's than that is another's. */
#define ALIKE 0.8

struct sound {
	int16_t *sweep; /* one channel, with its tail */
	size_t n;
};

static const char *const classes[] = { "snd", NULL };
static const char *const tools[] = { "aplay", NULL };
static const char *const captures[] = { "no", "yes", NULL };

static const struct drivervm_option options[] = {
	{ .name = "milliseconds",
	  .help = "how long the sweep is, ms",
	  .type = DRIVERVM_OPTION_UINT,
	  .def = "2000",
	  .min = 100,
	  .max = 20000 },
	{ .name = "capture",
	  .help = "capture instead (a device with audio=none or file): yes or no",
	  .type = DRIVERVM_OPTION_CHOICE,
	  .choices = captures,
	  .def = "no" },
	{ .name = NULL },
};

/* A sweep whose pitch rises evenly, and silence. */
static void make_sweep(struct sound *s, double seconds)
{
	size_t n = (size_t)(seconds * RATE), i;
	double t;

	s->n = n + (size_t)(TAIL_S * RATE);
	s->sweep = calloc(s->n, sizeof(*s->sweep));
	for (i = 0; s->sweep && i < n; i++) {
		t = (double)i / RATE;
		s->sweep[i] = (int16_t)lrint(
			AMPLITUDE *
			sin(2 * M_PI * t * (FROM_HZ + (TO_HZ - FROM_HZ) * t / (2 * seconds))));
	}
}

/* To be freed. */
static char *encode(const unsigned char *data, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc(n / 3 * 4 + 5), *out = text;
	uint32_t word;
	size_t i;

	for (i = 0; text && i < n; i += 3) {
		word = (uint32_t)data[i] << 16;
		word |= i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0;
		word |= i + 2 < n ? data[i + 2] : 0;
		*out++ = digits[word >> 18];
		*out++ = digits[word >> 12 & 63];
		*out++ = i + 1 < n ? digits[word >> 6 & 63] : '=';
		*out++ = i + 2 < n ? digits[word & 63] : '=';
	}
	if (text)
		*out = '\0';
	return text;
}

/* Carries the sweep into the client, a piece at a time. */
static int carry(struct drivervm_env *env, const struct sound *s)
{
	const unsigned char *data = (const unsigned char *)s->sweep;
	size_t left = s->n * sizeof(*s->sweep), n;
	const char *redirect = ">";
	int err = 0;

	for (; left && !err; left -= n, data += n, redirect = ">>") {
		char *text, *script;
		const char *argv[] = { "sh", "-c", NULL, NULL };

		n = left < CHUNK ? left : CHUNK;
		text = encode(data, n);
		if (!text ||
		    asprintf(&script, "echo '%s' | base64 -d %s/tmp/sweep", text, redirect) < 0) {
			free(text);
			return -ENOMEM;
		}
		argv[2] = script;
		err = env->ops->client_exec(env, argv, CHECK_MS, NULL);
		free(script);
		free(text);
	}
	return err > 0 ? -EIO : err;
}

static int conformance_setup(struct drivervm_env *env, void **state)
{
	struct sound *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (s)
		make_sweep(s, (double)env->ops->option_uint(env, "milliseconds") / 1e3);
	if (s && s->sweep)
		err = carry(env, s);
	if (err && s) {
		free(s->sweep);
		free(s);
	}
	*state = err ? NULL : s;
	return err;
}

static void conformance_teardown(struct drivervm_env *env, void *state)
{
	struct sound *s = state;

	(void)env;
	free(s->sweep);
	free(s);
}

/* What was recorded from byte @from on, as one channel; to be freed. */
static double *read_recording(const char *path, long from, size_t *n)
{
	FILE *f = fopen(path, "rb");
	double *mono = NULL;
	int16_t frame[2];
	long end;

	*n = 0;
	if (f && !fseek(f, 0, SEEK_END) && (end = ftell(f)) > from && !fseek(f, from, SEEK_SET))
		mono = malloc((size_t)(end - from) / sizeof(frame) * sizeof(*mono) + sizeof(*mono));
	while (mono && fread(frame, sizeof(frame), 1, f) == 1)
		mono[(*n)++] = (frame[0] + frame[1]) / 2.0;
	if (f)
		fclose(f);
	return mono;
}

/* Where the next frame of the recording will be. */
static long recording_end(const char *path)
{
	FILE *f = fopen(path, "rb");
	long end = WAV_HEADER;

	if (f && !fseek(f, 0, SEEK_END) && ftell(f) > WAV_HEADER)
		end = ftell(f);
	if (f)
		fclose(f);
	return end - (end - WAV_HEADER) % 4;
}

/*
 * Of @heard, @n samples, which are freed here. A gap that the program was told of is an error; one
 * that nobody was told of is worse.
 */
static int compare(struct drivervm_env *env, const struct sound *s, double *heard, size_t n,
		   bool told)
{
	struct spectra x = { 0 };
	int err = heard ? spectra_make(&x, s->sweep, s->n, heard, n) : -EIO;
	double alike, snr;

	free(heard);
	alike = err ? 0 : spectra_likeness(&x);
	snr = err ? 0 : spectra_signal_to_noise(&x);
	spectra_free(&x);
	if (err) {
		env->ops->log(env, "nothing was recorded");
		return err;
	}
	if (alike < ALIKE) {
		env->ops->log(env, "of %zu samples recorded, the spectrum is %.2f like the sweep's",
			      n, alike);
		return told ? -EIO : -EBADMSG;
	}
	err = env->ops->sample(env, "spectrum", "1", alike);
	return err ? err : env->ops->sample(env, "snr", "dB", snr);
}

/* The card's number is in its path: "/dev/snd/pcmC1D0p". */
static char card_of(const char *path)
{
	const char *c = strrchr(path, 'C');

	return c ? c[1] : '0';
}

/* Runs it, and finds out how often the card ran dry, or over, and how long it took. */
static int run_tool(struct drivervm_env *env, const char *tool, double *seconds,
		    unsigned int *xruns)
{
	char script[512];
	const char *const argv[] = { "sh", "-c", script, NULL };
	unsigned int hundredths;
	char *output;
	int err;

	snprintf(script, sizeof(script),
		 SCRIPT_UP "a=$(up); %s 2>/tmp/said || { tail -n 1 /tmp/said; exit 1; }\n"
			   "echo $(grep -c '!!!' /tmp/said) $(($(up) - a))",
		 tool);
	err = env->ops->client_exec(env, argv, CHECK_MS, &output);
	if (!err && (!output || sscanf(output, "%u %u", xruns, &hundredths) != 2 || !hundredths))
		err = -EINVAL;
	free(output);
	if (err)
		return err > 0 ? -EIO : err;
	*seconds = hundredths / 100.0;
	return env->ops->sample(env, "xruns", "1", *xruns);
}

/* What the card hears from now on: the sweep, over and over. */
static int let_hear(const struct sound *s, const char *path)
{
	FILE *f = fopen(path, "wb");
	size_t i, n = (size_t)HEARD_S * RATE;
	int err = f ? 0 : -errno;

	for (i = 0; i < n && !err; i++) {
		const int16_t frame[2] = { s->sweep[i % s->n], s->sweep[i % s->n] };

		if (fwrite(frame, sizeof(frame), 1, f) != 1)
			err = -EIO;
	}
	if (f && fclose(f) && !err)
		err = -errno;
	return err;
}

/* The samples that arecord has left in the client, to be freed; NULL: there are none. */
static double *fetch(struct drivervm_env *env, size_t *n)
{
	static const char *const argv[] = { "od", "-An", "-v", "-td2", "/tmp/heard", NULL };
	double *heard = NULL;
	char *text = NULL, *p, *end;
	long value;

	*n = 0;
	if (env->ops->client_exec(env, argv, CHECK_MS, &text) == 0 && text)
		heard = malloc((strlen(text) / 2 + 1) * sizeof(*heard));
	for (p = text; heard; p = end) {
		value = strtol(p, &end, 10);
		if (end == p)
			break;
		heard[(*n)++] = (double)value;
	}
	free(text);
	return heard;
}

static int capture(struct drivervm_env *env, const struct sound *s,
		   const struct drivervm_device *device)
{
	int err = device->peer_path ? let_hear(s, device->peer_path) : 0;
	unsigned int xruns;
	char tool[128];
	double *heard, seconds;
	size_t n;

	snprintf(tool, sizeof(tool),
		 "arecord -t raw -f S16_LE -c 1 -r %d -d %d -D plughw:%c /tmp/heard", RATE,
		 CAPTURE_S, card_of(device->path));
	if (!err)
		err = run_tool(env, tool, &seconds, &xruns);
	if (!err)
		err = env->ops->sample(env, "pace", "1", CAPTURE_S / seconds);
	if (err || !device->peer_path)
		return err;
	heard = fetch(env, &n);
	return compare(env, s, heard, n, xruns > 0);
}

static int conformance_run(struct drivervm_env *env, void *state)
{
	const struct sound *s = state;
	struct drivervm_device device;
	unsigned int xruns;
	char tool[128];
	double *heard, seconds;
	long from;
	size_t n;
	int err = env->ops->device(env, "snd", 0, &device);

	if (err)
		return err;
	if (strcmp(env->ops->option(env, "capture"), "yes") == 0)
		return capture(env, s, &device);
	if (!device.peer_path) {
		env->ops->log(env, "what this card plays is not recorded (audio=none)");
		return -ENOENT;
	}
	from = recording_end(device.peer_path);
	snprintf(tool, sizeof(tool), "aplay -t raw -f S16_LE -c 1 -r %d -D plughw:%c /tmp/sweep",
		 RATE, card_of(device.path));
	err = run_tool(env, tool, &seconds, &xruns);
	/* 1: it took as long as it lasts. */
	if (!err)
		err = env->ops->sample(env, "pace", "1", (double)s->n / RATE / seconds);
	if (err)
		return err;
	heard = read_recording(device.peer_path, from, &n);
	return compare(env, s, heard, n, xruns > 0);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "sound-conformance",
	.summary =
		"does a sound card play what it is given? a sweep, and the spectrum of what came out",
	.classes = classes,
	.client_tools = tools,
	.options = options,
	.metric = "pace",
	.setup = conformance_setup,
	.run = conformance_run,
	.teardown = conformance_teardown,
};
