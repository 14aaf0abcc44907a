/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies where in a link's shared memory. A link joins exactly one client with one driver VM
 * (DD/OS): one memory region, and one doorbell each way (QEMU's ivshmem-doorbell device).
 *Fixed-width little-endian fields only: the layout does not depend on word size or kernel version.
 *
 * Either side can write every byte at any time, so whoever reads a field reads it once into a
 * local (READ_ONCE), checks it, and treats nonsense as a violation that ends the session, never
 * the reader. ddlink_ring.h holds the rings, ddlink.h the kernel's interface.
 *
 * Used by the kernel modules, by the orchestrator (which writes the descriptor and nothing else)
 * and by the unit tests.
 *
 *	page 0		struct ddlink_desc	written once by the orchestrator
 *	page 1		struct ddlink_side	written by the server (driver VM)
 *	page 2		struct ddlink_side	written by the client
 *	page 3		struct ddlink_ring_ctl	client to server
 *	page 4		struct ddlink_ring_ctl	server to client
 *	ring_offset[0]	data of the ring client to server, ring_size bytes
 *	ring_offset[1]	data of the ring server to client, ring_size bytes
 *	data_offset	the data area, data_size bytes: the class's own, if it uses it
 */
#ifndef DDLINK_LAYOUT_H
#define DDLINK_LAYOUT_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <linux/types.h>
#include <stddef.h>
#endif

#define DDLINK_MAGIC 0x4b4c4444u /* "DDLK" */
#define DDLINK_VERSION 3

/* Roles: the driver VM's side, and that of whoever uses the device. */
#define DDLINK_SERVER 0
#define DDLINK_CLIENT 1

/* Doorbell vectors. */
#define DDLINK_VECTOR_CONTROL 0 /* look at the other side's page */
#define DDLINK_VECTOR_RING 1 /* look at the rings */
#define DDLINK_VECTORS 2
/*
 * A side tells its role by the number of vectors that its PCI device has, which no other side can
 * change: a client's has one more, which is not used. The ivshmem server's peer IDs say nothing:
 * each side is 0 and the other is 1, as QEMU saves no device but that of ID 0, and either side can
 * be saved as a template.
 */
#define DDLINK_DEVICE_VECTORS(role) (DDLINK_VECTORS + (role))
#define DDLINK_OTHER_ID 1

#define DDLINK_PAGE 4096u
#define DDLINK_NAME_MAX 16
#define DDLINK_REGION_SIZE (4u << 20) /* a power of two, as a PCI BAR must be */
#define DDLINK_RING_SIZE (1u << 20) /* a power of two */

#define DDLINK_CONTROL_SIZE (5 * DDLINK_PAGE) /* the descriptor, both sides' pages, the rings' */

#define DDLINK_RING_TO_SERVER 0
#define DDLINK_RING_TO_CLIENT 1

enum ddlink_class {
	DDLINK_CLASS_NET = 1,
	DDLINK_CLASS_BLK = 2,
	DDLINK_CLASS_RTC = 3,
	DDLINK_CLASS_PCI = 4,
	DDLINK_CLASS_CHAR = 5,
	DDLINK_CLASS_SOUND = 6,
	DDLINK_CLASS_CAN = 7,
};

struct ddlink_desc {
	__le32 magic; /* DDLINK_MAGIC */
	__le32 version; /* DDLINK_VERSION */
	__le32 region_size; /* bytes; equals the BAR's */
	__le32 class; /* enum ddlink_class */
	__le32 ring_size; /* bytes of each ring's data; a power of two */
	__le32 ring_offset[2];
	__le32 data_offset; /* of the data area; a multiple of DDLINK_PAGE */
	__le32 data_size; /* likewise; 0: there is none */
	char name[DDLINK_NAME_MAX]; /* of the device, as the client sees it: "net0"; NUL-padded */
	__le32 heartbeat_ms; /* how often both sides beat; read anew at each beat */
	__le32 abandoned; /* 1: the server's side is given up for good; likewise */
};

/* Does a side wait for the other one? */
enum ddlink_waits {
	DDLINK_WAITS_NOT,
	DDLINK_WAITS, /* it has asked for something: any answer shows that the other side works */
	DDLINK_WAITS_FOR_ONE, /* what else comes does not: not what it has long waited for */
};

/*
 * One side's page. A side that starts, or finds that the session broke, stops using the rings,
 * zeroes its own ring indices, takes a new random session number, and acknowledges whatever the
 * other side shows. When each acknowledges the other's number both have zeroed theirs, and the
 * session is up (the two-way form of TCP's handshake; an "epoch" in other systems).
 */
struct ddlink_side {
	__le32 magic; /* DDLINK_MAGIC once the side is there */
	__le32 version; /* DDLINK_VERSION */
	__le32 session; /* own number, random, never 0 */
	__le32 ack; /* the other side's number, once own indices are zeroed for it; or 0 */
	__le64 features; /* class-specific offer, fixed while the session lasts */
	__le32 heartbeat; /* counts up, as often as the descriptor says */
	__le32 config_seq; /* odd while config[] changes, as a seqcount */
	__le32 waits; /* enum ddlink_waits, at its last look */
	__le32 complaints; /* times that what the other side did was wrong, though it kept the rules
			    */
	__le32 reserved[22];
	__u8 config[256]; /* class-specific, see ddnet_config.h */
};

/*
 * Between two heartbeats of a side: as often as is wanted where somebody supervises the driver VM,
 * and else as seldom as is of use.
 */
#define DDLINK_BEAT_MIN_MS 50
#define DDLINK_HEARTBEAT_MS 500
/* Silence after which the other side is taken for dead or hung. */
#define DDLINK_SILENCE_MS 2000

static inline size_t ddlink_side_offset(unsigned int role)
{
	return (1 + role) * (size_t)DDLINK_PAGE;
}

static inline size_t ddlink_ring_ctl_offset(unsigned int ring)
{
	return (3 + ring) * (size_t)DDLINK_PAGE;
}

#endif
