// SPDX-License-Identifier: GPL-2.0-or-later
/* environment.json: the machine, tools and settings that a run was made with. */
#include "results/environment.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "core/argv.h"
#include "core/log.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/util.h"
#include "meter/meter.h"
#include "results/run_dir.h"

#define TOOL_US (10 * USEC_PER_SEC)
#define MITIGATIONS "/sys/devices/system/cpu/vulnerabilities"

static json_t *text_or_null(const char *text)
{
	json_t *o = text ? json_string(text) : NULL;

	return o ? o : json_null();
}

/* Paths in this tree become relative to it: results travel, the tree's place does not. */
static json_t *text_without_root(const char *text)
{
	const char *root = path_root();
	size_t len = strlen(root), size;
	char *out = NULL;
	json_t *o;
	FILE *f;

	if (!text)
		return json_null();
	f = open_memstream(&out, &size);
	while (*text) {
		if (len > 1 && strncmp(text, root, len) == 0 && text[len] == '/')
			text += len + 1;
		else
			fputc(*text++, f);
	}
	fclose(f);
	o = text_or_null(out);
	free(out);
	return o;
}

/* A file's text up to the first newline. */
static json_t *first_line(const char *path)
{
	char *text;
	json_t *o;

	if (file_read(path, &text, NULL) < 0)
		return json_null();
	text[strcspn(text, "\n")] = '\0';
	o = text_or_null(text);
	free(text);
	return o;
}

/* The value of "key<separator>value" in a file of such lines. */
static json_t *value_in(const char *path, const char *key, const char *separators)
{
	char *text, *rest, *line, *value;
	json_t *o = json_null();

	if (file_read(path, &text, NULL) < 0)
		return json_null();
	for (rest = text; (line = strsep(&rest, "\n"));) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		value = line + strlen(key);
		value += strspn(value, separators);
		value[strcspn(value, "\"")] = '\0';
		o = text_or_null(value);
		break;
	}
	free(text);
	return o;
}

/* What a command prints, up to the first newline; null if it fails. */
static json_t *printed_by(struct loop *loop, const char *const *argv)
{
	char *output = NULL;
	json_t *o = json_null();

	if (proc_run(loop, argv, -1, TOOL_US, &output) == 0 && output) {
		output[strcspn(output, "\n")] = '\0';
		o = text_or_null(output);
	}
	free(output);
	return o;
}

static json_t *git_json(struct loop *loop)
{
	const char *root = path_root();
	const char *const head[] = { "git", "-C", root, "rev-parse", "HEAD", NULL };
	const char *const status[] = { "git",	 "-C",		root,
				       "status", "--porcelain", "--untracked-files=no",
				       NULL };
	json_t *o = json_object(), *changes = printed_by(loop, status);
	const char *text = json_string_value(changes);

	json_object_set_new(o, "commit", printed_by(loop, head));
	json_object_set_new(o, "dirty", text ? json_boolean(*text) : json_null());
	json_decref(changes);
	return o;
}

static json_t *mitigations_json(void)
{
	DIR *dir = opendir(MITIGATIONS);
	json_t *o = json_object();
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char *path;

		if (e->d_name[0] == '.')
			continue;
		path = xasprintf(MITIGATIONS "/%s", e->d_name);
		json_object_set_new(o, e->d_name, first_line(path));
		free(path);
	}
	if (dir)
		closedir(dir);
	return o;
}

static json_t *load_json(void)
{
	double load[3];

	return getloadavg(load, 3) == 3 ? json_pack("[f,f,f]", load[0], load[1], load[2]) :
					  json_null();
}

static json_t *time_json(void)
{
	time_t now = time(NULL);
	char text[40];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

/*
 * The package that brought each tool, with its version: tools print theirs in too many ways. All
 * are asked for at once, since each question has dpkg read the lists of all packages. Prints a line
 * for each that is known: tool, package, version.
 */
static const char packages_script[] =
	"paths() { f=$(command -v \"$1\") && echo \"$f $(readlink -f \"$f\") /usr$f ${f#/usr}\"; }\n"
	"owners=$(dpkg-query -S $(for t; do paths \"$t\"; done) 2>/dev/null)\n"
	"for t; do for f in $(paths \"$t\"); do\n"
	"p=$(echo \"$owners\" | grep \": $f\\$\" | head -n 1 | cut -d: -f1)\n"
	"[ \"$p\" ] || continue\n"
	"dpkg-query -W -f \"$t \\${Package} \\${Version}\\n\" \"$p\"; break\n"
	"done; done";

static json_t *tools_json(struct loop *loop, const char *const *tools)
{
	static const char *const always[] = { "qemu-system-x86_64", "gnuplot", "gcc" };
	struct argv argv = { 0 };
	json_t *o = json_object();
	char *output = NULL, *line, *rest, *package;
	size_t i, first;

	argv_add(&argv, "sh");
	argv_add(&argv, "-c");
	argv_add(&argv, "%s", packages_script);
	argv_add(&argv, "sh");
	first = argv.n;
	for (i = 0; i < ARRAY_SIZE(always); i++)
		argv_add(&argv, "%s", always[i]);
	if (tools)
		argv_add_all(&argv, tools);
	for (i = first; i < argv.n; i++)
		json_object_set_new(o, argv.v[i], json_null());
	proc_run(loop, (const char *const *)argv.v, -1, TOOL_US, &output);
	line = output ? strtok_r(output, "\n", &rest) : NULL;
	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		package = strchr(line, ' ');
		if (!package)
			continue;
		*package++ = '\0';
		json_object_set_new(o, line, json_string(package));
	}
	free(output);
	argv_free(&argv);
	return o;
}

static json_t *cpu_json(void)
{
	json_t *o = json_object();

	json_object_set_new(o, "model", value_in("/proc/cpuinfo", "model name", "\t :"));
	json_object_set_new(o, "cores", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_set_new(o, "mhz", value_in("/proc/cpuinfo", "cpu MHz", "\t :"));
	json_object_set_new(o, "governor",
			    first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
	json_object_set_new(o, "mitigations", mitigations_json());
	return o;
}

int environment_write(struct loop *loop, const char *dir, const struct environment *env)
{
	const char *const qemu[] = { "qemu-system-x86_64", "--version", NULL };
	char *perf_events = meters_perf_events();
	json_t *o = json_object();
	struct utsname uts = { 0 };
	struct sysinfo info = { 0 };
	int err;

	uname(&uts);
	sysinfo(&info);
	json_object_set_new(o, "version", json_integer(RESULT_VERSION));
	json_object_set_new(o, "time", time_json());
	json_object_set_new(o, "accelerator", text_or_null(env->accel));
	json_object_set_new(o, "accelerator_reason", text_without_root(env->accel_reason));
	json_object_set_new(o, "seed", json_integer((json_int_t)env->seed));
	json_object_set_new(o, "cpu", cpu_json());
	json_object_set_new(o, "memory_mib",
			    json_integer((json_int_t)(info.totalram * info.mem_unit >> 20)));
	json_object_set_new(o, "kernel", json_pack("s+++", uts.release, " ", uts.version, ""));
	json_object_set_new(o, "os", value_in("/etc/os-release", "PRETTY_NAME", "=\""));
	json_object_set_new(o, "qemu", printed_by(loop, qemu));
	json_object_set_new(o, "git", git_json(loop));
	json_object_set_new(o, "load", load_json());
	json_object_set_new(o, "perf_events", text_or_null(perf_events));
	json_object_set_new(o, "tools", tools_json(loop, env->tools));
	err = loop->interrupted ? -EINTR : run_dir_write_json(dir, "environment.json", o);
	json_decref(o);
	free(perf_events);
	return err;
}
