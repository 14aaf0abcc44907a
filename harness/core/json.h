/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What jansson lacks. */
#ifndef DRIVERVM_CORE_JSON_H
#define DRIVERVM_CORE_JSON_H

#include <jansson.h>

/*
 * A JSON string of any text: what guests and tools print need not be UTF-8, which JSON is; then
 * each byte that is not ASCII becomes a '?'. A new reference.
 */
json_t *json_text_any(const char *text);

#endif
