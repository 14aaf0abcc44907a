/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual machine: a QEMU process, its QMP monitor and its guest agent, brought up by blocking
 * steps with deadlines. Knows nothing of devices, links or systems: those hand it arguments and
 * descriptors. QEMU's sockets are inherited descriptors (socketpairs), so no file is left behind.
 */
#ifndef DRIVERVM_VM_VM_H
#define DRIVERVM_VM_VM_H

#include <jansson.h>
#include <stdint.h>

#include "agent/protocol.h"
#include "core/argv.h"
#include "core/loop.h"
#include "core/proc.h"

struct vm_template;

/* How a VM comes to life. */
enum vm_origin {
	VM_BOOT, /* its image is booted */
	VM_COPY, /* restored from a template, its memory copied */
	VM_CLONE, /* restored from a template, whose memory it shares until it writes to it */
};

/* What a VM is made of. Strings are borrowed until vm_free(). */
struct vm_spec {
	const char *name; /* unique within its system; names the log files */
	const char *image; /* an image of vm-images/: "ddos" or "client" */
	/*
	 * One of vm-images/kernels/ that the image was built for; NULL: everybody's. Only driver
	 * VMs have others.
	 */
	const char *kernel;
	unsigned int memory_mib;
	unsigned int vcpus;
	const char *accel; /* "kvm" or "tcg", as accel_probe() decided */
	struct argv parameters; /* more of the kernel's; owned by the spec */
	const char *log_dir; /* NAME.qemu.log, NAME.kernel.log are written here */
	/*
	 * One of so many that memory counts more than speed: QEMU asks for huge pages, and then
	 * even what it touches little of is there as a whole.
	 */
	bool small_pages;
	bool merged; /* the host may merge all of QEMU's memory; see struct proc_spec */
	bool shell; /* boot the image with a shell in it; see vm_shell_fd() */
	enum vm_origin origin;
	const struct vm_template *template; /* borrowed; that of VM_COPY and VM_CLONE */
	bool paused; /* restored, and not to run: it is there to be saved, or to be set going later
		      */
	bool unannounced; /* restored, and the network is not told: its cards' addresses are in use
			   */
	/* VM_BOOT: the guest's memory is this file, that of a template to be; NULL: private. */
	const char *memory_file;
	struct argv devices; /* -device, -netdev... for the VM's devices; owned by the spec */
	int *fds; /* descriptors named in devices; inherited by QEMU, closed here */
	size_t n_fds;
	int *held; /* duplicates of some of them; see vm_spec_hold_fd() */
	size_t n_held;
};

struct vm;

/* Is that the image of a driver VM? */
bool vm_image_is_driver_os(const char *image);

/* Hands @fd, which the VM's devices name, over to @spec. */
void vm_spec_add_fd(struct vm_spec *spec, int fd);
/*
 * Keeps a duplicate of @fd until the devices are forgotten, for what takes long to close: QEMU's
 * end need not wait for that, nor what is to follow it.
 */
void vm_spec_hold_fd(struct vm_spec *spec, int fd);
/* Forgets the devices; closes what descriptors no QEMU has got. */
void vm_spec_drop_devices(struct vm_spec *spec);

/* The QEMU command line of a VM that is not started (for --dry-run), shell-quoted; free it. */
char *vm_command_line(const struct vm_spec *spec);

/*
 * Starts QEMU and returns at once. The spec must outlive the VM; its descriptors are closed.
 * Returns 0 or a negative errno, reported.
 */
int vm_spawn(struct vm **vm, struct loop *loop, struct vm_spec *spec);
/*
 * Waits until QMP and the agent have answered, having restored a VM that does not boot: its agent
 * has then been told to be a machine of its own. Reports why not, with the log to look at:
 * -EPIPE (QEMU ended, or the guest's kernel panicked), -ETIMEDOUT, -EPROTO; or -EINTR, silently.
 */
int vm_wait_ready(struct vm *vm, uint64_t timeout_us);
/* The same, but hands the reason to the caller, who frees it, instead of reporting it. */
int vm_wait_ready_why(struct vm *vm, uint64_t timeout_us, char **why);
/*
 * Kills it, at once (a guest keeps nothing that a polite shutdown would save), and frees all.
 * NULL is allowed.
 */
void vm_free(struct vm *vm);

const struct vm_spec *vm_spec(const struct vm *vm);
/* Told from all others that there have been in this program, also one that has its address. */
uint64_t vm_serial(const struct vm *vm);
/* The path of what its kernel has printed. */
const char *vm_kernel_log(const struct vm *vm);
/* QEMU's process, for meters and for tests that kill or stop it. */
pid_t vm_pid(const struct vm *vm);
bool vm_alive(const struct vm *vm);
/* The same as far as the loop has seen; for who asks often. */
bool vm_exited(const struct vm *vm);
/* When that was, CLOCK_MONOTONIC in microseconds; now, if its process has not been seen to end. */
uint64_t vm_exited_us(const struct vm *vm);
/* Has QEMU stopped the guest, as it does for a debugger, or not let it run yet? */
bool vm_paused(const struct vm *vm);
/* CLOCK_MONOTONIC, microseconds: since when it runs, as far as QEMU has told. */
uint64_t vm_running_since_us(const struct vm *vm);
/* Have QMP and the agent answered already? See vm_wait_ready(). */
bool vm_ready(const struct vm *vm);
/* Microseconds from vm_spawn() to the agent's hello; 0 before. */
uint64_t vm_boot_us(const struct vm *vm);
/* CLOCK_MONOTONIC, microseconds, of the last sign of life (any frame) from the agent; 0: none. */
uint64_t vm_last_heard_us(const struct vm *vm);

/*
 * The agent's last heartbeat (see vm-images/agent/protocol.h; they come every second, or every ten
 * from a guest that is idle), as the guest claims it. Returns 0, or -ENODATA before the first.
 */
int vm_heartbeat(const struct vm *vm, struct ddag_heartbeat *hb);

/*
 * Stops it and saves its state to @fd, a file: that of its devices, and of such memory as it does
 * not share with others (its links' is the orchestrator's, a template's file stays where it is). It
 * can only be freed after that. 0 or a negative errno, reported.
 */
int vm_save(struct vm *vm, int fd, uint64_t timeout_us);

/*
 * Kills it and waits until it is gone, and whoever waited for it knows: vm_free() is safe then,
 * beside tasks that use it. 0, -ETIMEDOUT, -EINTR.
 */
int vm_kill(struct vm *vm, uint64_t timeout_us);
/* Has a VM run that was restored with spec.paused, which its owner has unset. As vm_qmp(). */
int vm_continue(struct vm *vm, uint64_t timeout_us);
/* After that: tells its agent to be a machine of its own, which makes it ready. */
int vm_adopt(struct vm *vm, uint64_t timeout_us);
/* Starts the guest anew, by the reset button, and waits until its agent has answered. */
int vm_reset(struct vm *vm, uint64_t timeout_us);

/*
 * A QMP command. Returns 0 or a negative errno: -EIO (QEMU refused, reported with its words),
 * -ETIMEDOUT, -EINTR, -EPIPE, -EPROTO. @args is stolen and may be NULL; @ret may be NULL,
 * else it receives a new reference.
 */
int vm_qmp(struct vm *vm, const char *command, json_t *args, json_t **ret, uint64_t timeout_us);

struct vm_exec_result {
	int status; /* exit code, or 128 + signal */
	char *output; /* stdout and stderr, NUL-terminated, at most 4 MiB; the caller frees */
	uint64_t user_us; /* guest CPU time of the command */
	uint64_t system_us;
};

/*
 * Runs a command in the guest to its end. Returns 0 (whatever its exit status), -ETIMEDOUT (it is
 * killed), -EINTR, -EPIPE (the VM died), -ENOENT...; silently: the caller knows the purpose.
 * @result may be NULL; it is filled only on 0.
 */
int vm_exec(struct vm *vm, const char *const *argv, uint64_t timeout_us,
	    struct vm_exec_result *result);
/* A command left running: returns its handle (> 0) or a negative errno. */
int vm_exec_start(struct vm *vm, const char *const *argv);
/*
 * Waits for the end of a command left running and forgets it. After -ETIMEDOUT and -EINTR it still
 * runs, and the handle stays good.
 */
int vm_exec_wait(struct vm *vm, int handle, uint64_t timeout_us, struct vm_exec_result *result);
/* Sends a signal to it. Returns 0, -ENOENT (no such handle), -EPIPE, as soon as it is sent. */
int vm_exec_kill(struct vm *vm, int handle, int signal);
/*
 * For steps that must succeed: runs the words of one formatted line (no quoting) and reports a
 * failure with the command and its output. Returns 0 or a negative errno (-EIO: status not 0).
 */
int vm_run(struct vm *vm, uint64_t timeout_us, const char *fmt, ...) __printf(3, 4);

/* Loads a kernel module with what it depends on. Reports failure. */
int vm_modprobe(struct vm *vm, const char *module, const char *params);
/*
 * Gives a serial line of the guest, for good, to a line discipline (N_* of <linux/tty.h>) that
 * makes a network interface of it, and names that. Reports failure.
 */
int vm_line(struct vm *vm, const char *tty, unsigned int discipline, const char *interface);
/* A guest file as text, which the caller frees. */
int vm_read_file(struct vm *vm, const char *path, char **text);
int vm_write_file(struct vm *vm, const char *path, const char *text);
/*
 * The same, for what the guest will not live to answer: 0 or a negative errno as soon as it is
 * sent, and nobody learns what came of it.
 */
int vm_send_file(struct vm *vm, const char *path, const char *text);
/* Is the agent answering? A round trip within @timeout_us: 0 or a negative errno. */
int vm_ping(struct vm *vm, uint64_t timeout_us);

/*
 * Sockets joined to the kernel's console (ttyS0) and to a shell (ttyS2); -1 without spec.shell.
 * Owned by the VM; non-blocking. Console output that nobody reads is dropped in the end.
 */
int vm_console_fd(const struct vm *vm);
int vm_shell_fd(const struct vm *vm);

#endif
