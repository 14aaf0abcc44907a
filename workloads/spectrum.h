/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two signals compared, of which one is to be a recording of the other; for plugins about sound. */
#ifndef DRIVERVM_WORKLOADS_SPECTRUM_H
#define DRIVERVM_WORKLOADS_SPECTRUM_H

#include <errno.h>
#include <fftw3.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Both signals, what was played and what was heard, with zeros after them, and their spectra. */
struct spectra {
	size_t size; /* of both signals; a power of two */
	size_t played; /* of it, what is of the first */
	double *signal[2];
	fftw_complex *spectrum[2]; /* size / 2 + 1 each */
};

static inline void spectra_free(struct spectra *x)
{
	int i;

	for (i = 0; i < 2; i++) {
		fftw_free(x->signal[i]);
		fftw_free(x->spectrum[i]);
	}
}

/* Of all zeroes. 0 or -ENOMEM; spectra_free() in any case. */
static inline int spectra_make(struct spectra *x, const int16_t *played, size_t n_played,
			       const double *heard, size_t n_heard)
{
	size_t i;
	int k;

	x->played = n_played;
	for (x->size = 1; x->size < n_heard + n_played; x->size *= 2)
		;
	for (k = 0; k < 2; k++) {
		x->signal[k] = fftw_alloc_real(x->size);
		x->spectrum[k] = fftw_alloc_complex(x->size / 2 + 1);
		if (!x->signal[k] || !x->spectrum[k])
			return -ENOMEM;
	}
	for (i = 0; i < x->size; i++) {
		x->signal[0][i] = i < n_played ? played[i] : 0;
		x->signal[1][i] = i < n_heard ? heard[i] : 0;
	}
	for (k = 0; k < 2; k++) {
		fftw_plan plan = fftw_plan_dft_r2c_1d((int)x->size, x->signal[k], x->spectrum[k],
						      FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);

		fftw_execute(plan);
		fftw_destroy_plan(plan);
	}
	return 0;
}

/* How alike the magnitudes of the two spectra are: 1 is the same, but for the loudness. */
static inline double spectra_likeness(const struct spectra *x)
{
	double aa = 0, bb = 0, ab = 0, a, b;
	size_t i;

	for (i = 0; i <= x->size / 2; i++) {
		a = hypot(x->spectrum[0][i][0], x->spectrum[0][i][1]);
		b = hypot(x->spectrum[1][i][0], x->spectrum[1][i][1]);
		aa += a * a;
		bb += b * b;
		ab += a * b;
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* By how many samples the recording is late: where the two correlate most. */
static inline size_t spectra_lag(const struct spectra *x)
{
	fftw_complex *product = fftw_alloc_complex(x->size / 2 + 1);
	double *correlation = fftw_alloc_real(x->size);
	size_t i, best = 0;
	fftw_plan plan;

	for (i = 0; i <= x->size / 2; i++) {
		const double *a = x->spectrum[0][i], *b = x->spectrum[1][i];

		product[i][0] = a[0] * b[0] + a[1] * b[1];
		product[i][1] = a[0] * b[1] - a[1] * b[0];
	}
	plan = fftw_plan_dft_c2r_1d((int)x->size, product, correlation, FFTW_ESTIMATE);
	fftw_execute(plan);
	fftw_destroy_plan(plan);
	for (i = 1; i < x->size; i++)
		if (correlation[i] > correlation[best])
			best = i;
	fftw_free(correlation);
	fftw_free(product);
	return best;
}

/* What of the recording is the sweep, made louder, against what is not; dB, 120 at most. */
static inline double spectra_signal_to_noise(const struct spectra *x)
{
	size_t late = spectra_lag(x), i;
	double aa = 0, bb = 0, ab = 0, a, b, noise;

	for (i = 0; i < x->played && late + i < x->size; i++) {
		a = x->signal[0][i];
		b = x->signal[1][late + i];
		aa += a * a;
		bb += b * b;
		ab += a * b;
	}
	if (!(aa > 0) || !(bb > 0) || !(ab > 0))
		return 0;
	noise = bb - ab * ab / aa;
	return noise < bb * 1e-12 ? 120 : fmax(0, 10 * log10((bb - noise) / noise));
}

#endif
