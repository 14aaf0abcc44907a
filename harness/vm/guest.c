// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be asked of a guest through its agent: commands, modules, files, a sign of life. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "vm/text.h"
#include "vm/vm-private.h"

/* Enough for a module or a file on a busy host under TCG; a guest that hangs never answers. */
#define REQUEST_US (30 * USEC_PER_SEC)

/* A payload of strings, each NUL-terminated. */
struct payload {
	char *data;
	size_t len;
};

static void payload_add(struct payload *p, const char *s)
{
	size_t n = strlen(s) + 1;

	p->data = xreallocarray(p->data, p->len + n, 1);
	memcpy(p->data + p->len, s, n);
	p->len += n;
}

/* Sends, frees the payload. Returns the request's id or a negative errno. */
static int send_payload(struct vm *vm, enum ddag_type type, struct payload *p)
{
	int id = agent_send(vm->agent, type, p->data, p->len);

	free(p->data);
	*p = (struct payload){ 0 };
	return id;
}

/* Takes what came of a request that is done; forgets it. */
static int collect(struct vm *vm, int id, struct vm_exec_result *result)
{
	const struct agent_reply *reply = agent_reply(vm->agent, id);
	int err = reply->err;

	if (result && !err) {
		result->status = reply->exit.status;
		result->user_us = reply->exit.user_us;
		result->system_us = reply->exit.system_us;
		result->output = xcalloc(1, reply->output_len + 1);
		memcpy(result->output, reply->output, reply->output_len);
	}
	agent_forget(vm->agent, id);
	return err;
}

int vm_exec_start(struct vm *vm, const char *const *argv)
{
	struct payload p = { 0 };

	if (!argv[0])
		return -EINVAL;
	for (; *argv; argv++)
		payload_add(&p, *argv);
	return send_payload(vm, DDAG_EXEC, &p);
}

int vm_exec_wait(struct vm *vm, int handle, uint64_t timeout_us, struct vm_exec_result *result)
{
	int err = agent_wait(vm->agent, handle, timeout_us);

	return err ? err : collect(vm, handle, result);
}

int vm_exec_kill(struct vm *vm, int handle, int signal)
{
	struct ddag_signal sig = { .id = (uint32_t)handle, .signal = (uint32_t)signal };
	int id;

	if (!agent_reply(vm->agent, handle))
		return -ENOENT;
	id = agent_send(vm->agent, DDAG_SIGNAL, &sig, sizeof(sig));
	if (id < 0)
		return id;
	agent_forget(vm->agent, id);
	return 0;
}

int vm_exec(struct vm *vm, const char *const *argv, uint64_t timeout_us,
	    struct vm_exec_result *result)
{
	int handle = vm_exec_start(vm, argv);
	int err;

	if (handle < 0)
		return handle;
	err = vm_exec_wait(vm, handle, timeout_us, result);
	if (agent_reply(vm->agent, handle)) {
		vm_exec_kill(vm, handle, SIGKILL);
		agent_forget(vm->agent, handle);
	}
	return err;
}

/* Sends, waits, and hands over the outcome; the guest's message on failure in *@message. */
static int request(struct vm *vm, enum ddag_type type, struct payload *p, uint64_t timeout_us,
		   struct vm_exec_result *result, char **message)
{
	int id = send_payload(vm, type, p);
	int err;

	*message = NULL;
	if (id < 0)
		return id;
	err = agent_wait(vm->agent, id, timeout_us);
	if (err) {
		agent_forget(vm->agent, id);
		return err;
	}
	if (agent_reply(vm->agent, id)->err)
		*message = text_last_line(agent_reply(vm->agent, id)->output);
	return collect(vm, id, result);
}

static char **split_words(char *line)
{
	size_t n = 0;
	char **words = xcalloc(strlen(line) / 2 + 2, sizeof(*words));
	char *save = NULL, *word;

	for (word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	return words;
}

int vm_run(struct vm *vm, uint64_t timeout_us, const char *fmt, ...)
{
	struct vm_exec_result result = { 0 };
	char *line = NULL, *copy, **words, *last;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (err < 0)
		return -ENOMEM;
	copy = xstrdup(line);
	words = split_words(copy);
	err = vm_exec(vm, (const char *const *)words, timeout_us, &result);
	if (err && err != -EINTR) {
		pr_err("VM %s: '%s': %s", vm->spec->name, line, strerror(-err));
	} else if (!err && result.status != 0) {
		last = text_last_line(result.output);
		pr_err("VM %s: '%s' failed with status %d: %s", vm->spec->name, line, result.status,
		       *last ? last : "it printed nothing");
		free(last);
		err = -EIO;
	}
	free(result.output);
	free(words);
	free(copy);
	free(line);
	return err;
}

/* What a kernel must do for us; reports as "cannot @what @object" that it does not. */
static int must(struct vm *vm, enum ddag_type type, struct payload *p, const char *what,
		const char *object)
{
	struct vm_exec_result result = { 0 };
	char *message;
	int err = request(vm, type, p, REQUEST_US, &result, &message);

	if (!err && result.status != 0)
		err = -EIO;
	if (err && err != -EINTR)
		pr_err("VM %s: cannot %s %s: %s (see %s)", vm->spec->name, what, object,
		       message && *message ? message : strerror(-err), vm->kernel_log);
	free(message);
	free(result.output);
	return err;
}

int vm_modprobe(struct vm *vm, const char *module, const char *params)
{
	struct payload p = { 0 };

	payload_add(&p, module);
	payload_add(&p, params ? params : "");
	return must(vm, DDAG_MODPROBE, &p, "load module", module);
}

int vm_line(struct vm *vm, const char *tty, unsigned int discipline, const char *interface)
{
	struct payload p = { 0 };
	char number[12];

	snprintf(number, sizeof(number), "%u", discipline);
	payload_add(&p, tty);
	payload_add(&p, number);
	payload_add(&p, interface);
	return must(vm, DDAG_LINE, &p, "make an interface of", tty);
}

int vm_read_file(struct vm *vm, const char *path, char **text)
{
	struct vm_exec_result result = { 0 };
	struct payload p = { 0 };
	char *message;
	int err;

	payload_add(&p, path);
	err = request(vm, DDAG_READ, &p, REQUEST_US, &result, &message);
	free(message);
	if (!err && result.status != 0)
		err = -EIO;
	if (err)
		free(result.output);
	else
		*text = result.output;
	return err;
}

static struct payload write_payload(const char *path, const char *text)
{
	struct payload p = { 0 };

	payload_add(&p, path);
	payload_add(&p, text);
	p.len--; /* the text goes without its NUL */
	return p;
}

int vm_write_file(struct vm *vm, const char *path, const char *text)
{
	struct payload p = write_payload(path, text);
	struct vm_exec_result result = { 0 };
	char *message;
	int err;

	err = request(vm, DDAG_WRITE, &p, REQUEST_US, &result, &message);
	free(message);
	if (!err && result.status != 0)
		err = -EIO;
	free(result.output);
	return err;
}

int vm_send_file(struct vm *vm, const char *path, const char *text)
{
	struct payload p = write_payload(path, text);
	int id = send_payload(vm, DDAG_WRITE, &p);

	if (id < 0)
		return id;
	agent_forget(vm->agent, id);
	return 0;
}

int vm_ping(struct vm *vm, uint64_t timeout_us)
{
	struct payload p = { 0 };
	char *message;
	int err = request(vm, DDAG_PING, &p, timeout_us, NULL, &message);

	free(message);
	return err;
}
