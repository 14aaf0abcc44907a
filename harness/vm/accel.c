// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds out whether KVM runs guests here, by running one; remembers what came out. */
#include "vm/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/util.h"
#include "vm/qemu.h"
#include "vm/text.h"
#include "vm/vm.h"

/* How vm_wait_ready_why() begins to tell of the log. */
#define SEE " (see "
#define PROBE_MEMORY_MIB 128
#define CACHE_FILE "accel.json"
#define VERSION_US (5 * USEC_PER_SEC)

/* What a remembered verdict is good for: this boot of the host, this QEMU. */
struct host_key {
	char *boot_id;
	char *qemu;
};

static void key_free(struct host_key *key)
{
	free(key->boot_id);
	free(key->qemu);
}

static int key_get(struct host_key *key, struct loop *loop)
{
	int code = proc_run(loop, (const char *[]){ QEMU_PROGRAM, "--version", NULL }, -1,
			    VERSION_US, &key->qemu);

	if (code == -EINTR)
		return code;
	if (code != 0) {
		pr_err("%s does not run: %s", QEMU_PROGRAM,
		       code < 0 ? strerror(-code) : "it failed; is it installed?");
		return -ENODEV;
	}
	if (file_read("/proc/sys/kernel/random/boot_id", &key->boot_id, NULL) < 0)
		key->boot_id = xstrdup("");
	key->qemu[strcspn(key->qemu, "\n")] = '\0';
	key->boot_id[strcspn(key->boot_id, "\n")] = '\0';
	return 0;
}

/* Returns whether the remembered verdict holds for @key. */
static bool recall(const struct host_key *key, const char **accel, char **reason)
{
	char *path = path_in_cache(CACHE_FILE);
	json_t *doc = json_load_file(path, 0, NULL);
	const char *boot_id = json_string_value(json_object_get(doc, "boot_id"));
	const char *qemu = json_string_value(json_object_get(doc, "qemu"));
	const char *said = json_string_value(json_object_get(doc, "accel"));
	const char *why = json_string_value(json_object_get(doc, "reason"));
	bool holds = streq(boot_id, key->boot_id) && streq(qemu, key->qemu) && why &&
		     (streq(said, "kvm") || streq(said, "tcg"));

	if (holds) {
		*accel = streq(said, "kvm") ? "kvm" : "tcg";
		*reason = xstrdup(why);
		/* The log of that probe may be gone by now. */
		if (strstr(*reason, SEE))
			*strstr(*reason, SEE) = '\0';
	}
	json_decref(doc);
	free(path);
	return holds;
}

/* A verdict that cannot be kept costs a probe next time, no more. */
static void remember(const struct host_key *key, const char *accel, const char *reason)
{
	json_t *doc = json_pack("{s:s, s:s, s:s, s:s}", "boot_id", key->boot_id, "qemu", key->qemu,
				"accel", accel, "reason", reason);
	char *text = doc ? json_dumps(doc, JSON_INDENT(2)) : NULL;
	char *dir = path_in_cache("%s", ""), *path = path_in_cache(CACHE_FILE);
	int err = text ? mkdir_p(dir) : -EINVAL;

	if (!err)
		err = file_write(path, text, strlen(text));
	if (err)
		pr_debug("%s cannot be written: %s", path, strerror(-err));
	free(path);
	free(dir);
	free(text);
	json_decref(doc);
}

/* Boots a guest under KVM. 0 with a verdict, or a negative errno. */
static int boot_probe(struct loop *loop, const char *log_dir, const char **accel, char **reason)
{
	char *own_dir = path_in_cache("%s", "");
	struct vm_spec spec = {
		.name = "kvm-probe",
		.image = "ddos",
		.memory_mib = PROBE_MEMORY_MIB,
		.vcpus = 1,
		.accel = "kvm",
		.log_dir = log_dir ? log_dir : own_dir,
	};
	struct vm *vm = NULL;
	char *why = NULL;
	int err;

	err = vm_spawn(&vm, loop, &spec);
	if (err)
		goto out;
	err = vm_wait_ready_why(vm, ACCEL_PROBE_US, &why);
	if (err == -EINTR)
		goto out;
	*accel = err ? "tcg" : "kvm";
	if (err)
		*reason = xasprintf("KVM does not run guests here: %s", why);
	else
		*reason = xasprintf("a guest came up under KVM in %.1f s",
				    (double)vm_boot_us(vm) / USEC_PER_SEC);
	err = 0;
out:
	vm_free(vm);
	free(why);
	free(own_dir);
	return err;
}

static int probe(struct loop *loop, const char *log_dir, bool anew, const char **accel,
		 char **reason)
{
	struct host_key key = { 0 };
	int fd, err;

	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		*accel = "tcg";
		*reason = xasprintf("/dev/kvm cannot be opened: %s", strerror(errno));
		return 0;
	}
	close(fd);
	err = key_get(&key, loop);
	if (err)
		goto out;
	if (!anew && recall(&key, accel, reason))
		goto out;
	err = boot_probe(loop, log_dir, accel, reason);
	if (!err) {
		text_defuse(*reason);
		remember(&key, *accel, *reason);
	}
out:
	key_free(&key);
	return err;
}

static int probe_with_optional_reason(struct loop *loop, const char *log_dir, bool anew,
				      const char **accel, char **reason)
{
	char *why = NULL;
	int err = probe(loop, log_dir, anew, accel, &why);

	if (!err && reason)
		*reason = why;
	else
		free(why);
	return err;
}

int accel_probe(struct loop *loop, const char *log_dir, const char **accel, char **reason)
{
	return probe_with_optional_reason(loop, log_dir, false, accel, reason);
}

int accel_probe_anew(struct loop *loop, const char *log_dir, const char **accel, char **reason)
{
	return probe_with_optional_reason(loop, log_dir, true, accel, reason);
}

int accel_choose(struct loop *loop, const char *wanted, const char *log_dir, const char **accel,
		 char **reason)
{
	char *why = NULL;
	int err = 0;

	if (streq(wanted, "tcg")) {
		*accel = "tcg";
		why = xstrdup("it was asked for");
	} else if (!wanted || streq(wanted, "auto") || streq(wanted, "kvm")) {
		err = accel_probe(loop, log_dir, accel, &why);
	} else {
		pr_err("no accelerator '%s'; there are auto, kvm and tcg", wanted);
		err = -EINVAL;
	}
	if (!err && streq(wanted, "kvm") && !streq(*accel, "kvm")) {
		pr_err("kvm was asked for, but %s", why);
		err = -ENODEV;
	}
	if (!err && reason)
		*reason = why;
	else
		free(why);
	return err;
}
