/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the clock translation module say to each other over a link: the clock in
 * the server's page, requests and replies in the rings. Everything is little-endian. The receiver
 * checks every value where it uses it.
 *
 * A time is one number, seconds since 1970, and not the six fields that clocks count in: of a
 * number only the bounds can be wrong.
 *
 * The client has one request under way at a time, and each has one reply. A request that was not
 * replied to when a session ends is sent again in the next one, so it may be carried out twice.
 */
#ifndef DDRTC_CONFIG_H
#define DDRTC_CONFIG_H

#include <linux/rtc.h>
#include <linux/types.h>

/* The last second of the year 9999; no time is later, and none is before 1970. */
#define DDRTC_SECONDS_MAX ((u64)RTC_TIMESTAMP_END_9999)

/* Record types of the ring to the server. */
enum ddrtc_op {
	DDRTC_READ_TIME = 1,
	DDRTC_SET_TIME = 2,
};

struct ddrtc_request {
	__le64 seconds; /* SET_TIME: the time it is now; READ_TIME: 0 */
};

/* The only record type of the ring to the client; its cookie is the request's. */
#define DDRTC_REC_REPLY 1

struct ddrtc_reply {
	__le64 seconds; /* READ_TIME, without an error: the time; else 0 */
	__le32 error; /* 0, or a positive errno of Linux: the clock's own */
	__le32 reserved;
};

#define DDRTC_SERVER_VALID 1u /* a clock is bound; the other fields hold */

struct ddrtc_server_config {
	__le64 first; /* time that the clock can be set to, */
	__le64 last; /* and the last one */
	__le32 flags; /* DDRTC_SERVER_* */
	__le32 reserved;
};

#endif
