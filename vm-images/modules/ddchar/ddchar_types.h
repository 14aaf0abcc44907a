/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types of device files that are forwarded, and the whole effort for one more: a row of
 * ddchar_types[], and the ioctls that go through. What is not in its list is refused by both halves
 * of the translation module (ENOTTY). Only flat ioctls can be in it: those whose argument is a
 * number, or points to a struct that holds no pointers.
 *
 * Compiled into both halves and into the harness, which finds the driver's file by it.
 */
#ifndef DDCHAR_TYPES_H
#define DDCHAR_TYPES_H

#ifndef __KERNEL__
#include <stdbool.h>
#endif
#include <linux/ioctl.h>
#include <linux/rtc.h>
#include <linux/serial.h>
#include <linux/termios.h>
#include <linux/types.h>
#include <linux/watchdog.h>

/* What an ioctl's argument is, as the caller sees it. */
#define DDCHAR_NOTHING 0u /* not used */
#define DDCHAR_NUMBER 1u /* a number */
#define DDCHAR_IN 2u /* points to a struct that the driver reads, */
#define DDCHAR_OUT 4u /* or writes; or both */

struct ddchar_ioctl {
	unsigned int cmd;
	unsigned short size; /* bytes of the struct; 0 if the argument points to none */
	unsigned short dir; /* DDCHAR_* */
};

struct ddchar_type {
	const char *name; /* of the type, as drivers.yaml has it among the features */
	/* The client's file: /dev/NODE, NODE0, NODE1, ..., whichever the client has none of. */
	const char *node;
	bool numbered; /* never without a number */
	const char *lower; /* the driver's file: /dev/LOWER, with one %u or none */
	/* It exists in the driver VM once the driver has its device; with one %u or none, and then
	 */
	const char *found;
	const char *says; /* this is in it; NULL: no matter what */
	/*
	 * An open file can wait without a read: the driver knows O_NONBLOCK and poll. Else a read
	 * is left to wait in the driver VM, and poll always says that one may be tried.
	 */
	bool polls;
	/*
	 * Nothing that a program has done to an open file makes it another than one that was just
	 * opened, and what is read twice is read once: if the driver VM dies, the file is opened
	 * again in the next. Else whoever has it open gets EIO until it is closed.
	 */
	bool stateless;
	const struct ddchar_ioctl *ioctls; /* until one of cmd 0 */
	/*
	 * By which a client's shell finds out whether the driver answers; $p is the file. NULL:
	 * opening it does something, as with a watchdog.
	 */
	const char *ask;
};

#define DDCHAR_IO_NONE(cmd)              \
	{                                \
		(cmd), 0, DDCHAR_NOTHING \
	}
#define DDCHAR_IO_NUMBER(cmd)           \
	{                               \
		(cmd), 0, DDCHAR_NUMBER \
	}
#define DDCHAR_IO_IN(cmd, type)                \
	{                                      \
		(cmd), sizeof(type), DDCHAR_IN \
	}
#define DDCHAR_IO_OUT(cmd, type)                \
	{                                       \
		(cmd), sizeof(type), DDCHAR_OUT \
	}
#define DDCHAR_IO_BOTH(cmd, type)                           \
	{                                                   \
		(cmd), sizeof(type), DDCHAR_IN | DDCHAR_OUT \
	}

static const struct ddchar_ioctl ddchar_no_ioctls[] = { { 0 } };

/* The numbers of some of these say another direction than the one they have. */
static const struct ddchar_ioctl ddchar_watchdog_ioctls[] = {
	DDCHAR_IO_OUT(WDIOC_GETSUPPORT, struct watchdog_info),
	DDCHAR_IO_OUT(WDIOC_GETSTATUS, int),
	DDCHAR_IO_OUT(WDIOC_GETBOOTSTATUS, int),
	DDCHAR_IO_OUT(WDIOC_GETTEMP, int),
	DDCHAR_IO_IN(WDIOC_SETOPTIONS, int),
	DDCHAR_IO_NONE(WDIOC_KEEPALIVE),
	DDCHAR_IO_BOTH(WDIOC_SETTIMEOUT, int),
	DDCHAR_IO_OUT(WDIOC_GETTIMEOUT, int),
	DDCHAR_IO_BOTH(WDIOC_SETPRETIMEOUT, int),
	DDCHAR_IO_OUT(WDIOC_GETPRETIMEOUT, int),
	DDCHAR_IO_OUT(WDIOC_GETTIMELEFT, int),
	{ 0 },
};

/* Not TIOCGSERIAL and TIOCSSERIAL, which hold a pointer; and no jobs, sessions, or hang-ups. */
static const struct ddchar_ioctl ddchar_serial_ioctls[] = {
	DDCHAR_IO_OUT(TCGETS, struct termios),
	DDCHAR_IO_IN(TCSETS, struct termios),
	DDCHAR_IO_IN(TCSETSW, struct termios),
	DDCHAR_IO_IN(TCSETSF, struct termios),
	DDCHAR_IO_OUT(TCGETS2, struct termios2),
	DDCHAR_IO_IN(TCSETS2, struct termios2),
	DDCHAR_IO_IN(TCSETSW2, struct termios2),
	DDCHAR_IO_IN(TCSETSF2, struct termios2),
	DDCHAR_IO_NUMBER(TCSBRK),
	DDCHAR_IO_NUMBER(TCSBRKP),
	DDCHAR_IO_NUMBER(TCXONC),
	DDCHAR_IO_NUMBER(TCFLSH),
	DDCHAR_IO_NONE(TIOCSBRK),
	DDCHAR_IO_NONE(TIOCCBRK),
	DDCHAR_IO_OUT(TIOCMGET, int),
	DDCHAR_IO_IN(TIOCMBIS, int),
	DDCHAR_IO_IN(TIOCMBIC, int),
	DDCHAR_IO_IN(TIOCMSET, int),
	DDCHAR_IO_OUT(TIOCOUTQ, int),
	DDCHAR_IO_OUT(TIOCINQ, int),
	DDCHAR_IO_OUT(TIOCGWINSZ, struct winsize),
	DDCHAR_IO_IN(TIOCSWINSZ, struct winsize),
	DDCHAR_IO_OUT(TIOCGICOUNT, struct serial_icounter_struct),
	{ 0 },
};

/* Not RTC_PARAM_GET and RTC_PARAM_SET, which may hold a pointer, nor what needs unsigned long. */
static const struct ddchar_ioctl ddchar_rtc_ioctls[] = {
	DDCHAR_IO_OUT(RTC_RD_TIME, struct rtc_time),
	DDCHAR_IO_IN(RTC_SET_TIME, struct rtc_time),
	DDCHAR_IO_OUT(RTC_ALM_READ, struct rtc_time),
	DDCHAR_IO_IN(RTC_ALM_SET, struct rtc_time),
	DDCHAR_IO_OUT(RTC_WKALM_RD, struct rtc_wkalrm),
	DDCHAR_IO_IN(RTC_WKALM_SET, struct rtc_wkalrm),
	DDCHAR_IO_NONE(RTC_AIE_ON),
	DDCHAR_IO_NONE(RTC_AIE_OFF),
	DDCHAR_IO_NONE(RTC_UIE_ON),
	DDCHAR_IO_NONE(RTC_UIE_OFF),
	{ 0 },
};

/* Each side shows the other its type by its place here: new ones are added at the end. */
static const struct ddchar_type ddchar_types[] = {
	{
		.name = "hwrng",
		.node = "hwrng",
		.lower = "hwrng",
		.found = "/sys/class/misc/hw_random/rng_current",
		.says = "virtio_rng",
		.stateless = true,
		.ioctls = ddchar_no_ioctls,
		.ask = "dd if=$p of=/dev/null bs=16 count=1",
	},
	{
		.name = "watchdog",
		.node = "watchdog",
		/* The first: old drivers make no other. */
		.lower = "watchdog",
		.found = "/sys/class/misc/watchdog/dev",
		.ioctls = ddchar_watchdog_ioctls,
	},
	{
		.name = "serial",
		.node = "ttyS",
		.numbered = true,
		.lower = "ttyS%u",
		.found = "/sys/class/tty/ttyS%u/device/uevent",
		/* Those that every machine has are none of these. */
		.says = "PCI_ID=",
		.polls = true,
		.ioctls = ddchar_serial_ioctls,
		.ask = "stty -F $p",
	},
	{
		.name = "rtc",
		.node = "rtc",
		.numbered = true,
		.lower = "rtc%u",
		.found = "/sys/class/rtc/rtc%u/name",
		.polls = true,
		.ioctls = ddchar_rtc_ioctls,
		.ask = "hwclock -r -f $p",
	},
	{
		.name = "tpm",
		.node = "tpm",
		.numbered = true,
		.lower = "tpm%u",
		.found = "/sys/class/tpm/tpm%u/tpm_version_major",
		.ioctls = ddchar_no_ioctls,
		/* TPM2_GetRandom, of 8 bytes: they come after a head of 12. */
		.ask = "exec 3<>$p; printf '\\200\\1\\0\\0\\0\\14\\0\\0\\1\\173\\0\\10' >&3; "
		       "[ $(dd bs=64 count=1 <&3 | wc -c) = 20 ]",
	},
	{
		.name = "usb-serial",
		.node = "ttyUSB",
		.numbered = true,
		.lower = "ttyUSB%u",
		.found = "/sys/class/tty/ttyUSB%u/dev",
		.polls = true,
		.ioctls = ddchar_serial_ioctls,
		.ask = "stty -F $p",
	},
};

#define DDCHAR_N_TYPES (sizeof(ddchar_types) / sizeof(ddchar_types[0]))

#endif
