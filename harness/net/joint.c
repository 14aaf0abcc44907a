// SPDX-License-Identifier: GPL-2.0-or-later
/* The cable between two VMs that are joined by network cards. */
#include "net/joint.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/util.h"
#include "net/iface.h"
#include "net/netns.h"

#define BRIDGE "br0"
#define JOINT_MTU 9216

struct net_joint {
	int ns;
	struct nl_sock *sk;
};

static int build(struct net_joint *joint)
{
	int err;

	joint->ns = netns_new();
	if (joint->ns < 0)
		return joint->ns;
	err = iface_open(&joint->sk, joint->ns);
	if (!err)
		err = iface_add_bridge(joint->sk, BRIDGE);
	return err ? err : iface_up(joint->sk, BRIDGE, NULL, JOINT_MTU);
}

int net_joint_new(struct net_joint **out)
{
	struct net_joint *joint = xcalloc(1, sizeof(*joint));
	int err = build(joint);

	if (err < 0) {
		net_joint_free(joint);
		return err;
	}
	*out = joint;
	return 0;
}

void net_joint_free(struct net_joint *joint)
{
	if (!joint)
		return;
	iface_close(joint->sk);
	fd_close(&joint->ns);
	free(joint);
}

int net_joint_plug(struct net_joint *joint, unsigned int end, int *tap_fd)
{
	char name[IFACE_NAME_SIZE];
	int err;

	snprintf(name, sizeof(name), "tap%u", end);
	err = iface_add_tap(tap_fd, joint->ns, name, true);
	if (err < 0)
		return err;
	err = iface_up(joint->sk, name, BRIDGE, JOINT_MTU);
	if (err < 0)
		fd_close(tap_fd);
	return err;
}
