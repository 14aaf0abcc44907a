/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the device-file translation module say to each other over a link: the type
 * of the file in the server's page, requests and replies in the rings. Everything is little-endian.
 * The receiver checks every value where it uses it.
 *
 * There are some places for open files; the client says which one it means. Each has one request
 * under way at a time, whose reply has its cookie, and, besides, one CLOSE. A session begins with
 * no file open; when it ends, the server closes all of them.
 */
#ifndef DDCHAR_CONFIG_H
#define DDCHAR_CONFIG_H

#ifndef __KERNEL__
#include <linux/types.h>
#endif

#define DDCHAR_FILES 8 /* that can be open at a time */
#define DDCHAR_DATA_MAX 4096u /* bytes that one request or reply carries */

/* Record types of the ring to the server, which are struct ddchar_request and data. */
enum ddchar_op {
	DDCHAR_OPEN = 1, /* arg: the access mode, O_RDONLY, O_WRONLY or O_RDWR */
	DDCHAR_READ = 2, /* arg: at most so many bytes */
	DDCHAR_WRITE = 3, /* data: one byte or more */
	DDCHAR_IOCTL = 4, /* arg: place in the type's list; value: a number; data: a struct to it */
	DDCHAR_POLL = 5, /* arg: DDCHAR_POLL_*; READY may follow, if the reply's value has none */
	DDCHAR_CLOSE = 6,
};

struct ddchar_request {
	__le32 file; /* below DDCHAR_FILES */
	__le32 arg; /* 0 unless said otherwise */
	__le64 value; /* 0 unless said otherwise */
};

/* What can be polled for: the numbers of EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR, EPOLLHUP. */
#define DDCHAR_POLL_MASK 0x1fu

/* Record types of the ring to the client, which are struct ddchar_reply and data. */
#define DDCHAR_REC_REPLY 1
#define DDCHAR_REC_READY 2 /* once at most for a POLL; no data, value or error */

struct ddchar_reply {
	__le32 file;
	__le32 error; /* 0, or a positive errno of Linux: the driver's own */
	/* WRITE: bytes taken; IOCTL: what it returned; POLL: what is so now; else, or with an
	 * error, 0
	 */
	__le64 value;
	/* data, without an error: what was read, or the struct that an ioctl writes */
};

#define DDCHAR_SERVER_VALID 1u /* a file is bound; the other fields hold */

struct ddchar_server_config {
	__le32 flags; /* DDCHAR_SERVER_* */
	__le32 type; /* place in ddchar_types[] */
};

#endif
