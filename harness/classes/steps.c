// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps in guests, and arguments of QEMU, that classes have in common. */
#include "classes/steps.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"

#define POLL_US (20 * USEC_PER_MSEC)
/* Until a driver has found its device; USB and SCSI look for seconds. */
#define FIND_US (20 * USEC_PER_SEC)

int step_no_backend(struct device *dev, int *fd)
{
	(void)dev;
	(void)fd;
	return 0;
}

char *step_medium(const struct device *dev)
{
	const char *text = dev->driver->medium, *at = strstr(text, "$dev");

	if (!at)
		return xstrdup(text);
	return xasprintf("%.*s%s-dev%s", (int)(at - text), text, dev->name, at + strlen("$dev"));
}

void step_hardware_args(const struct device *dev, struct argv *args, const char *property,
			const char *suffix)
{
	char *behind = property ? xasprintf(",%s=%s%s", property, dev->name, suffix) : xstrdup("");
	char *medium = dev->driver->medium ? step_medium(dev) : NULL;

	if (dev->driver->device) {
		argv_add(args, "-device");
		argv_add(args, "%s,id=%s-dev%s", dev->driver->device, dev->name,
			 medium ? "" : behind);
	}
	if (medium) {
		argv_add(args, "-device");
		argv_add(args, "%s%s", medium, behind);
	}
	free(medium);
	free(behind);
}

void step_device_args(const struct device *dev, struct argv *args, int fd)
{
	(void)fd;
	step_hardware_args(dev, args, NULL, "");
}

int step_load_driver(struct device *dev, struct vm *vm)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < dev->driver->n_modules && !err; i++)
		err = vm_modprobe(vm, dev->driver->modules[i], NULL);
	dev->loaded_us = now_us();
	return err;
}

bool step_same_module(const char *name, size_t len, const char *module)
{
	size_t i;

	for (i = 0; i < len && module[i]; i++)
		if ((name[i] == '-' ? '_' : name[i]) != (module[i] == '-' ? '_' : module[i]))
			return false;
	return i == len && !module[i];
}

bool step_parse_rate(const char *value, double max, double *rate)
{
	char *end;

	*rate = strtod(value, &end);
	if (end == value)
		return false;
	end += strspn(end, " ");
	return !*end && isfinite(*rate) && (*rate == 0 || *rate >= 0.1) && *rate <= max;
}

int step_settle(struct device *dev)
{
	uint64_t until = dev->loaded_us + dev->driver->settle_ms * USEC_PER_MSEC;
	uint64_t now = now_us();

	return now < until ? loop_sleep(dev->loop, until - now) : 0;
}

int step_load_half(struct vm *vm, const char *module)
{
	int err = vm_modprobe(vm, "ddlink", NULL);

	return err ? err : vm_modprobe(vm, module, NULL);
}

int step_wait_found(const struct device *dev, int (*look)(void *arg), void *arg)
{
	uint64_t deadline = now_us() + FIND_US;
	int found;

	do {
		found = look(arg);
		if (found > 0)
			return 0;
		if (!found && now_us() >= deadline)
			found = -ETIMEDOUT;
		if (!found)
			found = loop_sleep(dev->loop, POLL_US);
	} while (!found);
	return found;
}

void step_set_path(struct device *dev, const char *name)
{
	free(dev->path);
	dev->path = xasprintf("/dev/%s", name);
}

int step_script(struct device *dev, struct vm *vm, const char *what, const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct vm_exec_result result = { 0 };
	int err;

	err = vm_exec(vm, argv, STEP_US, &result);
	if (err) {
		if (err != -EINTR)
			pr_err("%s: cannot %s: VM %s: %s", dev->name, what, vm_spec(vm)->name,
			       strerror(-err));
		return err;
	}
	if (result.status != 0) {
		result.output[strcspn(result.output, "\n")] = '\0';
		pr_err("%s: cannot %s: %s", dev->name, what,
		       result.output[0] ? result.output : "no reason given");
		err = -EIO;
	}
	free(result.output);
	return err;
}

/* Waits until @path can be read, and, unless @wanted is NULL, says that; *@text without newline. */
static int wait_file(struct device *dev, struct vm *vm, const char *what, const char *path,
		     const char *wanted, char **text)
{
	uint64_t deadline = now_us() + STEP_US;
	int err;

	for (;;) {
		err = vm_read_file(vm, path, text);
		if (!err) {
			(*text)[strcspn(*text, "\n")] = '\0';
			if (!wanted || streq(*text, wanted))
				return 0;
			free(*text);
			err = -ENOENT;
		}
		if (err != -ENOENT || now_us() >= deadline) {
			if (err != -EINTR)
				pr_err("%s: no %s in VM %s (%s: %s)", dev->name, what,
				       vm_spec(vm)->name, path, strerror(-err));
			return err == -ENOENT ? -ETIMEDOUT : err;
		}
		err = loop_sleep(dev->loop, POLL_US);
		if (err)
			return err;
	}
}

int step_wait_file(struct device *dev, struct vm *vm, const char *what, const char *path,
		   char **text)
{
	return wait_file(dev, vm, what, path, NULL, text);
}

int step_wait_text(struct device *dev, struct vm *vm, const char *what, const char *path,
		   const char *wanted)
{
	char *text;
	int err = wait_file(dev, vm, what, path, wanted, &text);

	if (!err)
		free(text);
	return err;
}

int step_wait_session(struct device *dev)
{
	char *path = xasprintf("/sys/bus/ddlink/devices/%s/state", dev->name);
	int err = step_wait_text(dev, dev->user, "session", path, "up");

	free(path);
	return err;
}

int step_bind(struct device *dev, const char *name)
{
	char *path = device_link_attribute(dev, "lower");
	int err = vm_write_file(dev->vm, path, name);

	if (err && err != -EINTR)
		pr_err("%s: VM %s: cannot join %s to the link (%s): %s", dev->name,
		       vm_spec(dev->vm)->name, name, path, strerror(-err));
	free(path);
	return err;
}

int step_counters(struct vm *vm, const char *path, const char *prefix, counter_fn fn, void *arg)
{
	char *text, *line, *save, name[64], *full;
	uint64_t value;
	int err;

	err = vm_read_file(vm, path, &text);
	if (err)
		return err;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%63s %" SCNu64, name, &value) != 2)
			continue;
		full = xasprintf("%s%s", prefix, name);
		fn(full, value, arg);
		free(full);
	}
	free(text);
	return 0;
}

int step_link_counters(struct device *dev, counter_fn fn, void *arg)
{
	char *path;
	int err;

	if (!dev->link)
		return 0;
	path = xasprintf("/sys/bus/ddlink/devices/%s/stats", dev->name);
	err = step_counters(dev->user, path, "client.", fn, arg);
	free(path);
	if (err)
		return err;
	path = device_link_attribute(dev, "stats");
	err = step_counters(dev->vm, path, "driver.", fn, arg);
	free(path);
	return err;
}
