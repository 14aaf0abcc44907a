/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of the gdb remote protocol, as bytes: "$payload#checksum", each acknowledged by "+". What
 * they mean is not known here.
 */
#ifndef DRIVERVM_GDB_PACKET_H
#define DRIVERVM_GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest payload taken; QEMU's longest is that of all registers, some 2 KiB. */
#define GDB_PACKET_MAX 16384

enum gdb_item {
	GDB_NOTHING, /* more has to come */
	GDB_PACKET, /* a packet is complete: see payload */
	GDB_NONSENSE, /* a packet too long, with a wrong checksum, or refused ("-") */
};

/* All zeroes: nothing has come. */
struct gdb_parser {
	enum { GDB_BETWEEN, GDB_PAYLOAD, GDB_SUM_1, GDB_SUM_2 } state;
	char payload[GDB_PACKET_MAX + 1]; /* NUL-terminated after GDB_PACKET, until the next byte */
	size_t len;
	unsigned int sum; /* of the payload so far */
	int digit; /* the checksum's first */
};

/* Takes one byte. Between packets, what is neither a packet nor "-" is skipped. */
enum gdb_item gdb_parse(struct gdb_parser *p, uint8_t c);

/* The packet with @payload, which has no '#', '$' or '}' in it. The caller frees it. */
char *gdb_frame(const char *payload);

/* @len bytes out of the first 2 * @len characters of @hex. False: those are not so many digits. */
bool gdb_unhex(const char *hex, uint8_t *bytes, size_t len);
/* The digits of @len bytes, which the caller frees. */
char *gdb_hex(const uint8_t *bytes, size_t len);

#endif
