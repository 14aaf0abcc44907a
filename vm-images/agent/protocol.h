/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest agent's protocol, spoken over the guest's second serial port (ttyS1): frames of a
 * fixed header and a payload, little-endian, no padding. The host sends requests; the agent
 * answers each with frames that bear the request's id, and sends events (id 0) by itself.
 * Neither side trusts the other: a bad magic makes the receiver skip bytes until the next magic;
 * a length above DDAG_PAYLOAD_MAX ends the connection.
 *
 * Shared by vm-images/agent (guest, PID 1) and harness/vm/agent.c (host).
 */
#ifndef DRIVERVM_AGENT_PROTOCOL_H
#define DRIVERVM_AGENT_PROTOCOL_H

#include <stdint.h>

#define DDAG_MAGIC 0x47414444u /* "DDAG" */
#define DDAG_VERSION 1
#define DDAG_PAYLOAD_MAX 65536u

struct ddag_header {
	uint32_t magic; /* DDAG_MAGIC */
	uint32_t length; /* bytes of payload that follow */
	uint16_t type; /* enum ddag_type */
	uint16_t flags; /* 0 */
	uint32_t id; /* of the request; 0 in events; chosen by the host, unique while in use */
};

enum ddag_type {
	/* host to guest */
	DDAG_PING = 1, /* no payload; answered by DDAG_EXIT with status 0 */
	/*
	 * Payload: the arguments, each NUL-terminated; argv[0] is looked up in PATH. Answered by
	 * any number of DDAG_OUT frames and one DDAG_EXIT, or by DDAG_ERROR if it cannot start.
	 * Several may run at once.
	 */
	DDAG_EXEC = 2,
	DDAG_SIGNAL = 3, /* struct ddag_signal; answered by DDAG_EXIT or DDAG_ERROR */
	/*
	 * Payload: module name, then parameters ("a=1 b=2", may be empty), each NUL-terminated.
	 * Loads the module's dependencies first. Already loaded is success.
	 */
	DDAG_MODPROBE = 4,
	DDAG_READ = 5, /* path, NUL-terminated; answered by DDAG_OUT frames and DDAG_EXIT */
	DDAG_WRITE = 6, /* path, NUL-terminated, then the bytes; answered by DDAG_EXIT */
	DDAG_POWEROFF = 7, /* no answer */
	/*
	 * struct ddag_adopt, then the VM's name as text. For a guest that was restored from a
	 * template, before anything else: it becomes a machine of its own. Answered by DDAG_EXIT.
	 */
	DDAG_ADOPT = 8,
	/*
	 * Payload: a terminal's path, the number of a line discipline that makes a network
	 * interface of it, what that interface shall be called; each NUL-terminated. Answered by
	 * DDAG_EXIT when it is there; it stays.
	 */
	DDAG_LINE = 9,

	/* guest to host */
	DDAG_OUT = 32, /* bytes of the command's stdout and stderr, in order */
	DDAG_EXIT = 33, /* struct ddag_exit: the request is finished */
	DDAG_ERROR = 34, /* struct ddag_error and a text: the request failed */
	DDAG_HELLO = 64, /* event: struct ddag_hello, then utsname.release as text */
	DDAG_HEARTBEAT = 65, /* event: struct ddag_heartbeat */
};

/* Between heartbeats; and if the guest had next to nothing to do since the last. */
#define DDAG_HEARTBEAT_MS 1000
#define DDAG_HEARTBEAT_IDLE_MS 10000

struct ddag_signal {
	uint32_t id; /* of the DDAG_EXEC to signal */
	uint32_t signal; /* number */
};

#define DDAG_SEED_SIZE 32

struct ddag_adopt {
	uint64_t realtime_ns; /* CLOCK_REALTIME of the host */
	uint8_t seed[DDAG_SEED_SIZE]; /* for the guest's random numbers */
};

struct ddag_exit {
	int32_t status; /* exit code, or 128 + signal */
	uint32_t reserved;
	uint64_t user_us; /* CPU time of the command and its children, user mode */
	uint64_t system_us; /* the same, kernel mode */
};

struct ddag_error {
	int32_t err; /* negative errno */
};

struct ddag_hello {
	uint32_t version; /* DDAG_VERSION */
};

struct ddag_heartbeat {
	uint64_t uptime_us; /* CLOCK_BOOTTIME */
	uint64_t cpu_busy_us; /* all vCPUs: everything but idle and iowait */
	uint64_t mem_total_kib; /* as in /proc/meminfo */
	uint64_t mem_available_kib;
	uint32_t load_milli; /* 1-minute load average, times 1000 */
	uint32_t reserved;
};

#endif
