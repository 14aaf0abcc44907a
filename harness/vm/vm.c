// SPDX-License-Identifier: GPL-2.0-or-later
/* One virtual machine: from spec to a guest that answers, and its end. */
#include "vm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "vm/qemu.h"
#include "vm/vm-private.h"

/* What the last words of a QEMU that ended may take to arrive. */
#define LAST_WORDS_US (500 * USEC_PER_MSEC)

/* The sockets between us and QEMU while it is being started. */
struct sockets {
	struct qemu_fds theirs;
	struct qemu_fds ours;
};

void vm_spec_add_fd(struct vm_spec *spec, int fd)
{
	spec->fds = xreallocarray(spec->fds, spec->n_fds + 1, sizeof(*spec->fds));
	spec->fds[spec->n_fds++] = fd;
}

void vm_spec_hold_fd(struct vm_spec *spec, int fd)
{
	spec->held = xreallocarray(spec->held, spec->n_held + 1, sizeof(*spec->held));
	spec->held[spec->n_held++] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

void vm_spec_drop_devices(struct vm_spec *spec)
{
	size_t i;

	for (i = 0; i < spec->n_fds; i++)
		fd_close(&spec->fds[i]);
	free(spec->fds);
	spec->fds = NULL;
	spec->n_fds = 0;
	for (i = 0; i < spec->n_held; i++)
		fd_close_behind(&spec->held[i]);
	free(spec->held);
	spec->held = NULL;
	spec->n_held = 0;
	argv_free(&spec->devices);
	argv_free(&spec->parameters);
}

char *vm_command_line(const struct vm_spec *spec)
{
	/* Which numbers they will have is only known at the start; these are as good as any. */
	struct qemu_fds fds = { .qmp = 3, .console = 4, .agent = 5, .shell = spec->shell ? 6 : -1 };
	struct argv argv = { 0 };
	char *line;

	qemu_argv(&argv, spec, &fds);
	line = argv_quote(&argv);
	argv_free(&argv);
	return line;
}

static int check_file(char *path)
{
	int err = access(path, R_OK) < 0 ? -errno : 0;

	if (err == -ENOENT)
		pr_err("image %s is missing: run 'make images'", path);
	else if (err)
		pr_err("image %s cannot be read: %s", path, strerror(-err));
	free(path);
	return err;
}

static int make_pair(int *ours, int *theirs)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	*ours = fds[0];
	*theirs = fds[1];
	return 0;
}

static int make_sockets(struct sockets *s, bool shell)
{
	int err;

	err = make_pair(&s->ours.qmp, &s->theirs.qmp);
	if (!err)
		err = make_pair(&s->ours.console, &s->theirs.console);
	if (!err)
		err = make_pair(&s->ours.agent, &s->theirs.agent);
	if (!err && shell)
		err = make_pair(&s->ours.shell, &s->theirs.shell);
	return err;
}

static void close_ends(struct qemu_fds *fds)
{
	fd_close(&fds->qmp);
	fd_close(&fds->console);
	fd_close(&fds->agent);
	fd_close(&fds->shell);
}

static int start_qemu(struct vm *vm, const struct vm_spec *spec, const struct qemu_fds *theirs)
{
	struct argv argv = { 0 };
	struct proc_spec ps = {
		.netns_fd = -1,
		.log_path = vm->qemu_log,
		.small_pages = spec->small_pages,
		.mergeable = spec->merged,
	};
	int *keep = xcalloc(spec->n_fds + 4, sizeof(*keep));
	int err;

	if (spec->n_fds)
		memcpy(keep, spec->fds, spec->n_fds * sizeof(*keep));
	ps.n_keep_fds = spec->n_fds;
	keep[ps.n_keep_fds++] = theirs->qmp;
	keep[ps.n_keep_fds++] = theirs->console;
	keep[ps.n_keep_fds++] = theirs->agent;
	if (theirs->shell >= 0)
		keep[ps.n_keep_fds++] = theirs->shell;
	ps.keep_fds = keep;
	qemu_argv(&argv, spec, theirs);
	ps.argv = (const char *const *)argv.v;
	unlink(vm->qemu_log); /* proc appends, and an old line must not pass for the reason */
	vm->spawned_us = now_us();
	err = proc_spawn(&vm->proc, vm->loop, &ps);
	if (err < 0)
		pr_err("VM %s: cannot start %s: %s", spec->name, argv.v[0], strerror(-err));
	argv_free(&argv);
	free(keep);
	return err;
}

static void on_qmp_event(void *arg, const char *event, json_t *data)
{
	struct vm *vm = arg;
	const char *reason = json_string_value(json_object_get(data, "reason"));

	if (streq(event, "SHUTDOWN"))
		vm->powered_off = streq(reason, "guest-shutdown");
	if (streq(event, "MIGRATION"))
		vm_migration_event(vm, json_string_value(json_object_get(data, "status")));
	vm_life_event(vm, event);
}

/* Each taker owns its descriptor from then on, whether it succeeds or not. */
static int connect_sockets(struct vm *vm, struct qemu_fds *ours)
{
	const struct vm_spec *spec = vm->spec;
	char *qmp_log = xasprintf("%s/%s.qmp.log", spec->log_dir, spec->name);
	int err;

	vm->shell_fd = ours->shell;
	ours->shell = -1;
	if (vm->shell_fd >= 0)
		fcntl(vm->shell_fd, F_SETFL, O_NONBLOCK);
	err = qmp_open(&vm->qmp, vm->loop, ours->qmp, spec->name, qmp_log, on_qmp_event, vm);
	ours->qmp = -1;
	if (!err) {
		err = console_open(&vm->console, vm->loop, ours->console, vm->kernel_log,
				   spec->shell);
		ours->console = -1;
	}
	if (!err) {
		err = agent_open(&vm->agent, vm->loop, ours->agent, spec->name);
		ours->agent = -1;
	}
	if (err)
		pr_err("VM %s: cannot watch it: %s", spec->name, strerror(-err));
	free(qmp_log);
	return err;
}

static int check_spec(const struct vm_spec *spec)
{
	int err;

	err = spec->origin == VM_BOOT ? check_file(qemu_kernel_path(spec)) : 0;
	if (!err && spec->origin == VM_BOOT)
		err = check_file(qemu_initrd_path(spec));
	if (err)
		return err;
	err = mkdir_p(spec->log_dir);
	if (err)
		pr_err("cannot make the log folder %s: %s", spec->log_dir, strerror(-err));
	return err;
}

int vm_spawn(struct vm **out, struct loop *loop, struct vm_spec *spec)
{
	static const struct qemu_fds none = { -1, -1, -1, -1 };
	struct sockets s = { none, none };
	static uint64_t spawned;
	struct vm *vm = xcalloc(1, sizeof(*vm));
	size_t i;
	int err;

	vm->spec = spec;
	vm->loop = loop;
	vm->serial = ++spawned;
	vm->shell_fd = -1;
	vm->qemu_log = xasprintf("%s/%s.qemu.log", spec->log_dir, spec->name);
	vm->kernel_log = xasprintf("%s/%s.kernel.log", spec->log_dir, spec->name);
	err = check_spec(spec);
	if (err)
		goto out;
	err = make_sockets(&s, spec->shell);
	if (err) {
		pr_err("VM %s: cannot make its sockets: %s", spec->name, strerror(-err));
		goto out;
	}
	err = start_qemu(vm, spec, &s.theirs);
	if (!err)
		err = connect_sockets(vm, &s.ours);
out:
	close_ends(&s.theirs);
	close_ends(&s.ours);
	for (i = 0; i < spec->n_fds; i++)
		fd_close(&spec->fds[i]);
	spec->n_fds = 0;
	if (err)
		vm_free(vm);
	else
		*out = vm;
	return err;
}

static bool ready_or_lost(void *arg)
{
	struct vm *vm = arg;

	return (agent_ready(vm->agent) && qmp_ready(vm->qmp)) || agent_error(vm->agent) ||
	       qmp_error(vm->qmp) || vm->proc->exited || console_panic(vm->console);
}

/* For a guest that does not boot, and so says no hello. */
static bool monitor_ready_or_lost(void *arg)
{
	struct vm *vm = arg;

	return qmp_ready(vm->qmp) || qmp_error(vm->qmp) || vm->proc->exited;
}

static int become_ready(struct vm *vm, uint64_t timeout_us)
{
	int err;

	if (vm->spec->origin == VM_BOOT)
		return loop_wait(vm->loop, ready_or_lost, vm, timeout_us);
	err = loop_wait(vm->loop, monitor_ready_or_lost, vm, timeout_us);
	if (!err && qmp_ready(vm->qmp))
		err = vm_restore(vm, timeout_us);
	/* What is lost is found out by the caller. */
	return err == -EPIPE || err == -EPROTO ? 0 : err;
}

bool vm_ready(const struct vm *vm)
{
	if (vm->proc->exited || !qmp_ready(vm->qmp))
		return false;
	return vm->spec->paused || agent_ready(vm->agent);
}

static bool nothing_more_to_come(void *arg)
{
	struct vm *vm = arg;

	return vm->proc->exited && console_closed(vm->console) && qmp_error(vm->qmp);
}

int vm_wait_ready_why(struct vm *vm, uint64_t timeout_us, char **why)
{
	int err = become_ready(vm, timeout_us);

	*why = NULL;
	if (err == -EINTR || (!err && vm_ready(vm)))
		return err;
	if (!err) {
		/* Something is lost; what follows within moments says what it was. */
		loop_wait_teardown(vm->loop, nothing_more_to_come, vm, LAST_WORDS_US);
		err = agent_error(vm->agent) == -EPROTO || qmp_error(vm->qmp) == -EPROTO ? -EPROTO :
											   -EPIPE;
	}
	*why = vm_why(vm, err, timeout_us);
	return err;
}

int vm_wait_ready(struct vm *vm, uint64_t timeout_us)
{
	char *why;
	int err = vm_wait_ready_why(vm, timeout_us, &why);

	if (why)
		pr_err("%s", why);
	free(why);
	return err;
}

void vm_free(struct vm *vm)
{
	if (!vm)
		return;
	/* SIGKILL: no guest has anything to save, and nothing here may wait for a hostile one. */
	proc_free(vm->proc);
	qmp_free(vm->qmp);
	agent_free(vm->agent);
	console_free(vm->console);
	fd_close(&vm->shell_fd);
	free(vm->qemu_log);
	free(vm->kernel_log);
	free(vm);
}

const struct vm_spec *vm_spec(const struct vm *vm)
{
	return vm->spec;
}

uint64_t vm_serial(const struct vm *vm)
{
	return vm->serial;
}

const char *vm_kernel_log(const struct vm *vm)
{
	return vm->kernel_log;
}

pid_t vm_pid(const struct vm *vm)
{
	return vm->proc->pid;
}

bool vm_alive(const struct vm *vm)
{
	siginfo_t si = { 0 };

	/* A QEMU that has closed its monitor is ending, though it may take some moments more. */
	if (vm_exited(vm))
		return false;
	/* Not only what the loop has seen: the truth of this moment. */
	if (waitid(P_PID, (id_t)vm->proc->pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0)
		return false;
	return si.si_pid == 0;
}

uint64_t vm_boot_us(const struct vm *vm)
{
	uint64_t hello = agent_hello_us(vm->agent);

	return hello ? hello - vm->spawned_us : 0;
}

uint64_t vm_last_heard_us(const struct vm *vm)
{
	return agent_last_heard_us(vm->agent);
}

int vm_heartbeat(const struct vm *vm, struct ddag_heartbeat *hb)
{
	const struct ddag_heartbeat *last = agent_heartbeat(vm->agent);

	if (!last)
		return -ENODATA;
	*hb = *last;
	return 0;
}

int vm_qmp(struct vm *vm, const char *command, json_t *args, json_t **ret, uint64_t timeout_us)
{
	return qmp_call(vm->qmp, command, args, ret, timeout_us);
}

int vm_console_fd(const struct vm *vm)
{
	return console_fd(vm->console);
}

int vm_shell_fd(const struct vm *vm)
{
	return vm->shell_fd;
}
