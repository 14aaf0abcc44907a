/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the CAN translation module say to each other over a link: the controller
 * and its state in the server's page, how it is to be set up in the client's, frames and what
 * became of them in the rings. Everything is little-endian. The receiver checks every value where
 * it uses it.
 *
 * To the server: frames to be sent; the cookie counts up by one. To the client: frames that were
 * received, error frames among them; and for each frame that was to be sent, in order, whether it
 * was, with its cookie. The client has at most DDCAN_WINDOW frames under way.
 *
 * Leaving bus-off is asked for by counting .restarts up. The server shows the number it has acted
 * upon last, so the client knows whether the state it is shown is that before or after.
 */
#ifndef DDCAN_CONFIG_H
#define DDCAN_CONFIG_H

#include <linux/can.h>
#include <linux/can/netlink.h>
#include <linux/types.h>

/* Frames that the client may have sent without having been told what became of them. */
#define DDCAN_WINDOW 16u

/* Record types, of both rings. */
#define DDCAN_REC_FRAME 1
/* To the client only: the frame with this cookie has been sent, or is lost. */
#define DDCAN_REC_SENT 2
#define DDCAN_REC_LOST 3

/* A frame. SENT and LOST have no payload. */
struct ddcan_frame {
	__le32 id; /* as struct can_frame.can_id, with its flags; no bit that means nothing */
	__u8 len; /* bytes of data; of a remote frame, those that are asked for */
	__u8 reserved[3];
	__u8 data[CAN_MAX_DLEN]; /* 0 beyond len, and in a remote frame */
};

/* Of a controller's modes those that are passed on, where its driver has them. */
#define DDCAN_MODES (CAN_CTRLMODE_LISTENONLY | CAN_CTRLMODE_3_SAMPLES | CAN_CTRLMODE_BERR_REPORTING)

/* Speeds that a controller may name which has those and no others. */
#define DDCAN_BITRATES 16

#define DDCAN_SERVER_VALID 1u /* a controller is bound; the other fields hold */
#define DDCAN_SERVER_RUNNING 2u /* it is set up and open */

struct ddcan_server_config {
	__le32 flags; /* DDCAN_SERVER_* */
	__le32 state; /* enum can_state, as shown by netlink */
	__le32 restarts; /* the client's number that was acted upon last */
	__le16 txerr; /* error counters, as of the last error frame */
	__le16 rxerr;
	__le32 modes; /* of DDCAN_MODES, that can be set */
	/* what bit timings the controller can have: struct can_clock, struct can_bittiming_const */
	__le32 clock;
	__le32 tseg1_min;
	__le32 tseg1_max;
	__le32 tseg2_min;
	__le32 tseg2_max;
	__le32 sjw_max;
	__le32 brp_min;
	__le32 brp_max;
	__le32 brp_inc;
	/* or, if the first is not 0, what speeds it has: bit/s, up to the first 0; the above is 0
	 */
	__le32 bitrates[DDCAN_BITRATES];
};

#define DDCAN_CLIENT_UP 1u /* the client's device is up; the other fields hold */

struct ddcan_client_config {
	__le32 flags; /* DDCAN_CLIENT_* */
	__le32 restarts; /* times that it wanted to leave bus-off */
	__le32 modes; /* of DDCAN_MODES */
	__le32 bitrate; /* bit/s, for a controller that has named its speeds */
	/* bit timing for others: struct can_bittiming, in time quanta */
	__le32 tq; /* ns */
	__le32 prop_seg;
	__le32 phase_seg1;
	__le32 phase_seg2;
	__le32 sjw;
};

#endif
