// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers as text. */
#include "report/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/util.h"

#define KIB 1024.0

struct unit unit_for(const char *unit, double largest)
{
	static const struct {
		const char *unit, *shown;
		double from; /* least value, in the sample's unit, that is shown so */
		double scale;
	} units[] = {
		{ "bit/s", "Gbit/s", 10e9, 1e-9 },
		{ "bit/s", "Mbit/s", 1e6, 1e-6 },
		{ "bit/s", "kbit/s", 1e3, 1e-3 },
		{ "s", "s", 1, 1 },
		{ "s", "ms", 1e-3, 1e3 },
		{ "s", "µs", 0, 1e6 },
		{ "s/MiB", "ms/MiB", 1e-3, 1e3 },
		{ "s/MiB", "µs/MiB", 0, 1e6 },
		{ "us", "s", 1e6, 1e-6 },
		{ "us", "ms", 1e4, 1e-3 },
		{ "us", "µs", 0, 1 },
		{ "B", "GiB", KIB * KIB * KIB * 10, 1 / (KIB * KIB * KIB) },
		{ "B", "MiB", KIB * KIB, 1 / (KIB * KIB) },
		{ "B", "KiB", KIB, 1 / KIB },
		{ "1", "", 0, 1 },
	};
	struct unit u = { .scale = 1 };
	size_t i;

	snprintf(u.name, sizeof(u.name), "%s", unit);
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (!streq(units[i].unit, unit) || largest < units[i].from)
			continue;
		u.scale = units[i].scale;
		snprintf(u.name, sizeof(u.name), "%s", units[i].shown);
		break;
	}
	return u;
}

/* Decimals that show @digits significant digits of @v, at most 9. */
static unsigned int decimals_of(double v, unsigned int digits)
{
	double bound = pow(10, digits) - 0.5;
	double magnitude = fabs(v);
	unsigned int decimals = 0;

	if (magnitude < 1e-9)
		return 0;
	while (magnitude * 10 < bound && decimals < 9) {
		magnitude *= 10;
		decimals++;
	}
	return decimals;
}

static const char *with_decimals(char *buf, size_t size, const struct estimate *e, int decimals)
{
	/* A dash between negative numbers would be read as a sign. */
	const char *to = e->low < 0 ? " to " : "–";

	if (e->bounded)
		snprintf(buf, size, "%.*f (%.*f%s%.*f)", decimals, e->value, decimals, e->low, to,
			 decimals, e->high);
	else
		snprintf(buf, size, "%.*f (n = %zu)", decimals, e->value, e->n);
	return buf;
}

const char *estimate_text(char *buf, size_t size, const struct estimate *e)
{
	bool narrow = e->bounded && e->high - e->low < 0.005 * fabs(e->value);
	bool whole = e->value == rint(e->value) && (!e->bounded || e->low == e->high);

	return with_decimals(buf, size, e, whole ? 0 : (int)decimals_of(e->value, narrow ? 4 : 3));
}

const char *ratio_text(char *buf, size_t size, const struct estimate *e)
{
	return with_decimals(buf, size, e, 3);
}
