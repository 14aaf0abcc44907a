/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A joint: the cable between two VMs that are joined by network cards instead of a link. A bridge
 * with one tap for each, in a namespace of its own, so that nobody else is on it.
 *
 *	card of end 0 -- tap0 -- br0 -- tap1 -- card of end 1
 *
 * Frames keep their struct virtio_net_hdr: what a virtio card leaves to be done (segmentation,
 * checksum) is still to be done at the other end. Frames of up to 9216 bytes pass, so that only
 * the MTUs of the cards count.
 */
#ifndef DRIVERVM_NET_JOINT_H
#define DRIVERVM_NET_JOINT_H

struct net_joint;

/* Returns 0 or a negative errno, reported. */
int net_joint_new(struct net_joint **joint);
/* NULL is allowed. Taps held by a QEMU go with that QEMU. */
void net_joint_free(struct net_joint *joint);
/*
 * Plugs a card in at @end, 0 or 1: *@tap_fd is the caller's, to hand to QEMU. When that has been
 * closed, the end is free for the next. Returns 0 or a negative errno, reported.
 */
int net_joint_plug(struct net_joint *joint, unsigned int end, int *tap_fd);

#endif
