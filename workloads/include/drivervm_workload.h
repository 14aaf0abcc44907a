/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The workload plugin interface. A workload is one shared object in build/workloads/ (or in a
 * folder of DRIVERVM_WORKLOAD_PATH) that exports one symbol:
 *
 *	const struct drivervm_workload drivervm_workload = { ... };
 *
 * The harness finds it by its place; nothing else has to be told. A workload runs real tools in
 * the client VM and at the peer and turns what they print into samples; it never measures CPU or
 * memory, the harness's meters do that around it. See workloads/skeleton.c and
 * docs/writing-a-workload.md.
 *
 * All functions return 0 or a negative errno. Strings passed to the plugin are valid during the
 * call only. The plugin is called from one thread and keeps no state between calls except in what
 * setup() leaves in *state.
 */
#ifndef DRIVERVM_WORKLOAD_H
#define DRIVERVM_WORKLOAD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Raised by any change to this header; a plugin built for another version is refused. */
#define DRIVERVM_WORKLOAD_ABI 8u

enum drivervm_option_type {
	DRIVERVM_OPTION_STRING,
	DRIVERVM_OPTION_UINT, /* decimal; min and max apply */
	DRIVERVM_OPTION_CHOICE, /* one of choices */
};

/* A declared option: the harness checks values before anything starts. */
struct drivervm_option {
	const char *name; /* required; lower case, as in descriptions: "direction" */
	const char *help; /* required; one line, with the unit */
	enum drivervm_option_type type;
	const char *def; /* required; the default, as text; must itself be a good value */
	uint64_t min, max; /* UINT only; inclusive; max 0: no limit */
	const char *const *choices; /* CHOICE only; NULL-terminated */
};

struct drivervm_env;

/* Where a command runs or a port is open. */
enum drivervm_side {
	DRIVERVM_CLIENT, /* in the client VM */
	DRIVERVM_PEER, /* at the machine on the other end of the network */
};

/* Transport protocols, for ports. */
enum drivervm_proto {
	DRIVERVM_TCP,
	DRIVERVM_UDP,
};

/* A device that the client uses. Strings are valid as long as the plugin's call lasts. */
struct drivervm_device {
	const char *name; /* "net0"; of a network card, that of its interface in the client */
	const char *path; /* "/dev/..."; NULL: it has no file */
	const char *client_address; /* IPv4, dotted; NULL: it is on no network */
	const char *peer_address; /* by which only this device leads to the peer; or NULL */
	const char *peer_path; /* of a file of the host: what comes out at its other end; or NULL */
};

/* What came of asking a device. Strings are valid as long as the plugin's call lasts, but @why. */
struct drivervm_answer {
	const char *device; /* its name: "net0" */
	const char *driver; /* as in harness/drivers.yaml */
	const char *why; /* what it said instead; NULL: it answered. Until @fn returns */
};

/* What the harness does for a plugin. All members are set. Times are in milliseconds. */
struct drivervm_host_ops {
	/* Value of a declared option (never NULL). Asking for another fails the call you are in. */
	const char *(*option)(struct drivervm_env *env, const char *name);
	uint64_t (*option_uint)(struct drivervm_env *env, const char *name);

	/* IPv4 addresses on the network under test, dotted. NULL: the system has no network. */
	const char *(*client_address)(struct drivervm_env *env);
	const char *(*peer_address)(struct drivervm_env *env);

	/*
	 * The file by which the client uses its device of that class ("blk": a disk, "/dev/...").
	 * NULL: it has none, or such devices have no file.
	 */
	const char *(*device_path)(struct drivervm_env *env, const char *class);

	/*
	 * Tells of the client's device number @index, from 0, of that class. 0, or -ENOENT: it has
	 * not so many.
	 */
	int (*device)(struct drivervm_env *env, const char *class, unsigned int index,
		      struct drivervm_device *device);

	/*
	 * Has every device of the system answer once, whatever its class (a ping, a block, a
	 * clock's time, ...), many at a time, and calls @fn for each of them. 0, or a negative
	 * errno if they could not be asked; -ENOENT: there is no system; -ETIMEDOUT: some did
	 * not even fail, as a disk may without its driver VM, and nothing is known of any.
	 */
	int (*ask)(struct drivervm_env *env,
		   void (*fn)(void *arg, const struct drivervm_answer *answer), void *arg);

	/*
	 * Runs a command to its end, in the client VM or at the peer. *@output receives what it
	 * printed (stdout and stderr), to be freed with free() whatever is returned (it may be
	 * NULL then); @output itself may be NULL. Returns the exit code, or a negative errno:
	 * -ETIMEDOUT (it was killed), -ENOENT, -EPIPE (the VM is gone), -EINTR. An exit code
	 * other than 0 is logged with the last line that the command printed.
	 */
	int (*client_exec)(struct drivervm_env *env, const char *const *argv,
			   unsigned int timeout_ms, char **output);
	int (*peer_exec)(struct drivervm_env *env, const char *const *argv, unsigned int timeout_ms,
			 char **output);
	/*
	 * Leaves a command running; returns a handle > 0 or a negative errno. What still runs when
	 * teardown() returns, or when setup() fails, is killed by the harness.
	 */
	int (*client_start)(struct drivervm_env *env, const char *const *argv);
	int (*peer_start)(struct drivervm_env *env, const char *const *argv);
	/* Kills a command left running; waits for its end. -ENOENT: no such handle. */
	int (*stop)(struct drivervm_env *env, int handle);

	/* A port that no socket uses there; another one at each call. Or a negative errno. */
	int (*free_port)(struct drivervm_env *env, enum drivervm_side side,
			 enum drivervm_proto proto);
	/*
	 * Waits until something listens on a port there, without connecting to it. -ETIMEDOUT;
	 * -ECHILD: a command started there has ended meanwhile, so it will not happen.
	 */
	int (*wait_port)(struct drivervm_env *env, enum drivervm_side side,
			 enum drivervm_proto proto, unsigned int port, unsigned int timeout_ms);

	/*
	 * One measured value of this iteration; only within run(). @metric: lower case with
	 * underscores ("throughput"); @unit: SI ("bit/s", "us", "B", "1"). NaN, infinities and a
	 * metric already given in this run() are refused with -EINVAL, and the iteration fails.
	 */
	int (*sample)(struct drivervm_env *env, const char *metric, const char *unit, double value);
	/* The same, measured of the one device @device, by name; once for each of them. */
	int (*device_sample)(struct drivervm_env *env, const char *device, const char *metric,
			     const char *unit, double value);
	/*
	 * The same, at time @t, milliseconds since what the workload says (it may be negative): one
	 * point of a curve. Once for each @t, whose six leading digits count.
	 */
	int (*point)(struct drivervm_env *env, double t, const char *metric, const char *unit,
		     double value);
	/* A line for the run's log and, on failure, for the report. */
	void (*log)(struct drivervm_env *env, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
};

/* Handed to every call; owned by the harness. */
struct drivervm_env {
	const struct drivervm_host_ops *ops;
	void *harness; /* not for the plugin */
};

struct drivervm_workload {
	uint32_t abi; /* required: DRIVERVM_WORKLOAD_ABI */
	const char *name; /* required: lower case with hyphens; equals the file's name */
	const char *summary; /* required: one line, for `drivervm list` */
	/*
	 * Classes of devices that it uses in the client: "net" (a network to the peer), "blk"; ends
	 * with NULL. Systems are brought up with these only, and one that lacks any of them is
	 * not measured. NULL: it uses none.
	 */
	const char *const *classes;
	/*
	 * Systems are brought up with all their devices, and so all their VMs, not only those of
	 * .classes: for a workload that is about the system itself.
	 */
	bool whole_system;
	const struct drivervm_option *options; /* array ended by a NULL name; NULL: none */
	/*
	 * Main metric, one that run() always emits: figures and the log show it. Required.
	 */
	const char *metric;
	/*
	 * The image of vm-images/ that its client boots, with the tools below in it. NULL: the
	 * system's own choice ("client").
	 */
	const char *client_image;
	/*
	 * The image that a VM boots which is the peer, in place of processes of the host, for what
	 * needs a kernel of its own at the other end: commands at the peer run in it. It belongs to
	 * the system's surroundings, and the system's CPU time is without its. Of .classes one must
	 * have another end ("net"). NULL: the host's processes are enough.
	 */
	const char *peer_image;
	/*
	 * Commands that must exist in the client image / on the host, or in the peer image;
	 * NULL-terminated or NULL. In a VM they are tried with "--version" as their only argument.
	 */
	const char *const *client_tools;
	const char *const *peer_tools;

	/*
	 * Optional. May it run in this system? 0, or a negative errno with a one-line reason in
	 * @reason. Called once per system, before setup().
	 */
	int (*supported)(struct drivervm_env *env, char *reason, size_t size);
	/* Optional. Starts servers and the like, once per set of option values. *state is yours. */
	int (*setup)(struct drivervm_env *env, void **state);
	/*
	 * Required. One iteration: runs the load, emits its samples. Meters run around it. A
	 * negative errno fails this iteration only (none of its samples is kept); run() may be
	 * called again after it. -EBADMSG is kept for data that are not what was sent or written.
	 */
	int (*run)(struct drivervm_env *env, void *state);
	/* Optional. Undoes setup(); called after setup() succeeded, also when run() failed. */
	void (*teardown)(struct drivervm_env *env, void *state);
};

#endif
