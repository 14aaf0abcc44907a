// SPDX-License-Identifier: GPL-2.0-or-later
/* Packets of the gdb remote protocol, byte by byte. */
#include "faultinject/gdb/packet.h"

#include <stdio.h>

#include "core/util.h"

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static enum gdb_item parse_payload(struct gdb_parser *p, uint8_t c)
{
	if (c == '#') {
		p->payload[p->len] = '\0';
		p->state = GDB_SUM_1;
		return GDB_NOTHING;
	}
	if (p->len == GDB_PACKET_MAX)
		return GDB_NONSENSE;
	p->payload[p->len++] = (char)c;
	p->sum = (p->sum + c) & 0xff;
	return GDB_NOTHING;
}

enum gdb_item gdb_parse(struct gdb_parser *p, uint8_t c)
{
	switch (p->state) {
	case GDB_BETWEEN:
		if (c == '-')
			return GDB_NONSENSE;
		if (c == '$') {
			p->state = GDB_PAYLOAD;
			p->len = 0;
			p->sum = 0;
		}
		return GDB_NOTHING;
	case GDB_PAYLOAD:
		return parse_payload(p, c);
	case GDB_SUM_1:
		p->digit = digit_of(c);
		p->state = GDB_SUM_2;
		return p->digit < 0 ? GDB_NONSENSE : GDB_NOTHING;
	default:
		p->state = GDB_BETWEEN;
		return digit_of(c) >= 0 && p->sum == (unsigned int)(p->digit * 16 + digit_of(c)) ?
			       GDB_PACKET :
			       GDB_NONSENSE;
	}
}

char *gdb_frame(const char *payload)
{
	unsigned int sum = 0;
	const char *c;

	for (c = payload; *c; c++)
		sum += (uint8_t)*c;
	return xasprintf("$%s#%02x", payload, sum & 0xff);
}

bool gdb_unhex(const char *hex, uint8_t *bytes, size_t len)
{
	size_t i;
	int high, low;

	for (i = 0; i < len; i++) {
		high = digit_of((uint8_t)hex[2 * i]);
		low = high < 0 ? -1 : digit_of((uint8_t)hex[2 * i + 1]);
		if (low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

char *gdb_hex(const uint8_t *bytes, size_t len)
{
	char *hex = xcalloc(len + 1, 2);
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	return hex;
}
