/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the block translation module say to each other over a link: the disk in
 * the server's page, requests and replies in the rings, and what is read or written in the link's
 * data area. Everything is little-endian. The receiver checks every value where it uses it.
 *
 * The data area is the client's to divide: it says in a request where the data is, or shall go,
 * and leaves that span alone until the reply. The server has its disk read and write it there.
 *
 * A request has a reply, in any order; requests that were not replied to when a session ends are
 * sent again, in their order, in the next one. So a request may be carried out twice, which is why
 * each of them leaves the disk the same the second time.
 */
#ifndef DDBLK_CONFIG_H
#define DDBLK_CONFIG_H

#include <linux/types.h>

/* Sectors are 512 bytes here, whatever the disk's blocks are. */
#define DDBLK_SECTOR_SHIFT 9

/* The most data that one request may have: the data area holds some of them. */
#define DDBLK_DATA_MAX (128u << 10)
/* Of a request's place in the data area: disks' drivers expect no odd addresses. */
#define DDBLK_DATA_ALIGN 4096u

/* Record types of the ring to the server. */
enum ddblk_op {
	DDBLK_READ = 1,
	DDBLK_WRITE = 2,
	DDBLK_FLUSH = 3, /* what was replied to before is on stable storage after */
	DDBLK_DISCARD = 4,
	DDBLK_WRITE_ZEROES = 5,
};

#define DDBLK_REQ_FUA 1u /* WRITE: on stable storage before the reply */
#define DDBLK_REQ_NOUNMAP 2u /* WRITE_ZEROES: do not free the blocks */

struct ddblk_request {
	__le64 sector; /* FLUSH: 0 */
	__le32 bytes; /* a multiple of the disk's block; FLUSH: 0 */
	__le32 flags; /* DDBLK_REQ_* */
	__le32 data; /* READ, WRITE: offset in the data area, a multiple of DDBLK_DATA_ALIGN; or 0
		      */
	__le32 reserved[3]; /* 0 */
};

/* The only record type of the ring to the client; its cookie is the request's. */
#define DDBLK_REC_REPLY 1

struct ddblk_reply {
	__le32 error; /* 0, or a positive errno of Linux: the disk's own */
	__le32 reserved[3];
};

#define DDBLK_SERVER_VALID 1u /* a disk is bound; the other fields hold */
#define DDBLK_SERVER_READ_ONLY 2u
#define DDBLK_SERVER_ROTATIONAL 4u
#define DDBLK_SERVER_WRITE_CACHE 8u /* it has one that FLUSH empties */
#define DDBLK_SERVER_FUA 16u
#define DDBLK_SERVER_NO_WRITERS 32u /* its driver does not even let it be opened for writing */

struct ddblk_server_config {
	__le64 sectors; /* capacity */
	__le32 flags; /* DDBLK_SERVER_* */
	__le32 logical_block; /* bytes */
	__le32 physical_block;
	__le32 io_min;
	__le32 io_opt; /* 0: not known */
	__le32 discard_sectors; /* the most in one request; 0: none */
	__le32 discard_granularity; /* bytes */
	__le32 write_zeroes_sectors; /* the most in one request; 0: none */
};

#endif
