// SPDX-License-Identifier: GPL-2.0-or-later
/* The rate cap of an interface: a token bucket (tbf) as root queue of what it sends. */
#include "net/iface.h"

#include <errno.h>
#include <limits.h>
#include <linux/pkt_sched.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/tbf.h>
#include <netlink/route/tc.h>

#include "core/util.h"
#include "net/nl_error.h"

/*
 * veth hands over segmented packets of up to 64 KiB whole; a smaller bucket would have tbf cut each
 * into frames, which costs the very CPU time that is being measured.
 */
#define BUCKET_BYTES (128 * 1024)
/*
 * A queue of 100 ms, as a deep switch port has: the senders' windows fill it instead of losing
 * packets, so the cap is reached with little loss.
 */
#define QUEUE_DIVISOR 10
#define QUEUE_MIN_BYTES (512 * 1024)

static struct rtnl_qdisc *root_qdisc(struct nl_sock *sk, const char *name, int *err)
{
	struct rtnl_qdisc *q;
	struct rtnl_link *iface;

	*err = rtnl_link_get_kernel(sk, 0, name, &iface);
	if (*err < 0) {
		*err = nl_report(*err, "cannot find interface %s", name);
		return NULL;
	}
	q = rtnl_qdisc_alloc();
	if (q) {
		rtnl_tc_set_link(TC_CAST(q), iface);
		rtnl_tc_set_parent(TC_CAST(q), TC_H_ROOT);
	} else {
		*err = -ENOMEM;
	}
	rtnl_link_put(iface);
	return q;
}

static int remove_rate(struct nl_sock *sk, const char *name, struct rtnl_qdisc *q)
{
	int err = rtnl_qdisc_delete(sk, q);

	/* A veth without a root queue answers one of these, by kernel version. */
	if (err == -NLE_OBJ_NOTFOUND || err == -NLE_INVAL)
		err = 0;
	return err < 0 ? nl_report(err, "cannot remove the rate cap of %s", name) : 0;
}

static int add_rate(struct nl_sock *sk, const char *name, struct rtnl_qdisc *q, int bytes_per_s)
{
	int queue = bytes_per_s / QUEUE_DIVISOR;
	int err;

	err = rtnl_tc_set_kind(TC_CAST(q), "tbf");
	if (err < 0)
		goto out;
	rtnl_qdisc_tbf_set_limit(q, queue > QUEUE_MIN_BYTES ? queue : QUEUE_MIN_BYTES);
	rtnl_qdisc_tbf_set_rate(q, bytes_per_s, BUCKET_BYTES, 0);
	err = rtnl_qdisc_add(sk, q, NLM_F_CREATE | NLM_F_REPLACE);
out:
	return err < 0 ? nl_report(err, "cannot cap the rate of %s", name) : 0;
}

int iface_set_rate(struct nl_sock *sk, const char *name, uint64_t bits_per_second)
{
	uint64_t bytes = bits_per_second / 8;
	struct rtnl_qdisc *q;
	int err;

	if (bytes > INT_MAX || (bits_per_second && bytes == 0))
		return -EINVAL;
	q = root_qdisc(sk, name, &err);
	if (!q)
		return err;
	if (bytes == 0)
		err = remove_rate(sk, name, q);
	else
		err = add_rate(sk, name, q, (int)bytes);
	rtnl_qdisc_put(q);
	return err;
}
