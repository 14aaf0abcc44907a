/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the PCI translation module say to each other over a link: which buses
 * there are in the server's page, requests and replies in the rings. Everything is little-endian.
 * The receiver checks every value where it uses it.
 *
 * The client has one request under way at a time, and each has one reply. None is sent twice: a
 * read whose reply does not come reads as all ones, as of a device that is not there, and a write
 * may be lost, as writes to configuration space are never acknowledged.
 */
#ifndef DDPCI_CONFIG_H
#define DDPCI_CONFIG_H

#include <linux/types.h>

/* Record types of the ring to the server. */
enum ddpci_op {
	DDPCI_READ = 1, /* of configuration space */
	DDPCI_WRITE = 2, /* to it, so far as the server's policy lets it */
	DDPCI_RESOURCE = 3, /* where the function decodes: offset is one of DDPCI_RES_* */
};

/* Numbers for DDPCI_RESOURCE. */
#define DDPCI_RES_BAR 0 /* to 5 */
#define DDPCI_RES_ROM 6
#define DDPCI_RES_WINDOW 7 /* to 10: a bridge's: I/O, memory, prefetchable, one more */
#define DDPCI_RES_COUNT 11

#define DDPCI_SPACE_SIZE 4096u /* configuration space of one function */

/* Where: as ECAM has it, the bus above, then device and function, then the offset. */
#define DDPCI_WHERE(bus, devfn, offset) ((u32)(bus) << 20 | (u32)(devfn) << 12 | (u32)(offset))
#define DDPCI_WHERE_MAX DDPCI_WHERE(0xff, 0xff, 0xfff)

struct ddpci_request {
	__le32 where; /* DDPCI_WHERE() */
	__le32 size; /* READ, WRITE: 1, 2 or 4 bytes, aligned; RESOURCE: 0 */
	__le32 value; /* WRITE: what is written; else 0 */
	__le32 reserved;
};

/* The only record type of the ring to the client; its cookie is the request's. */
#define DDPCI_REC_REPLY 1

struct ddpci_reply {
	__le64 value; /* READ: what was read; RESOURCE: the first address; else 0 */
	__le64 last; /* RESOURCE: the last address, else 0 */
	__le32 flags; /* RESOURCE: Linux's IORESOURCE_*; 0: there is none */
	__le32 error; /* 0; or 1: there is no such function, and the rest is 0 */
};

#define DDPCI_SERVER_VALID 1u /* a bus is bound; the other fields hold */

struct ddpci_server_config {
	__le32 flags; /* DDPCI_SERVER_* */
	__le32 first_bus; /* the exported bus, */
	__le32 last_bus; /* and the last that is behind it; at most 255 */
	__le32 generation; /* another one whenever functions have come or gone */
};

#endif
