// SPDX-License-Identifier: GPL-2.0-or-later
/* What jansson lacks. */
#include "core/json.h"

#include <stdlib.h>

#include "core/util.h"

json_t *json_text_any(const char *text)
{
	json_t *o = json_string(text);
	char *copy, *c;

	if (o)
		return o;
	copy = xstrdup(text);
	for (c = copy; *c; c++)
		if (*c & 0x80)
			*c = '?';
	o = json_string(copy);
	free(copy);
	return o;
}
