// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading and writing records.jsonl. */
#include "faultinject/campaign/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/util.h"
#include "results/run_dir.h"

struct record_writer {
	int fd;
	char *path;
};

int record_of_json(struct record *r, json_t *json)
{
	const char *outcome = json_string_value(json_object_get(json, "outcome"));
	const json_t *trial = json_object_get(json, "trial");
	enum outcome o = outcome_find(outcome);

	if (!json_is_integer(trial) || json_integer_value(trial) < 0 || o == OUTCOME_COUNT)
		return -EINVAL;
	*r = (struct record){ (size_t)json_integer_value(trial), o, json };
	return 0;
}

static const json_t *member(const json_t *o, const char *key)
{
	const char *dot = strchr(key, '.');
	char first[64];

	if (!dot)
		return json_object_get(o, key);
	snprintf(first, sizeof(first), "%.*s", (int)(dot - key), key);
	return json_object_get(json_object_get(o, first), dot + 1);
}

const char *record_text(const struct record *r, const char *key)
{
	return json_string_value(member(r->json, key));
}

double record_number(const struct record *r, const char *key, double otherwise)
{
	const json_t *v = member(r->json, key);

	return json_is_number(v) ? json_number_value(v) : otherwise;
}

void records_add(struct records *r, struct record *one)
{
	/* Doubles whenever a power of two is full. */
	if ((r->n & (r->n - 1)) == 0)
		r->v = xreallocarray(r->v, r->n ? 2 * r->n : 1, sizeof(*r->v));
	r->v[r->n++] = *one;
}

static int read_line(struct records *r, const char *line, const char *path, size_t number)
{
	json_error_t error;
	json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	struct record one;

	if (!json || record_of_json(&one, json) < 0) {
		pr_err("%s:%zu: %s", path, number,
		       json ? "no record: its trial or its outcome is missing or unknown" :
			      error.text);
		json_decref(json);
		return -EINVAL;
	}
	records_add(r, &one);
	return 0;
}

int records_read(struct records *r, const char *dir)
{
	char *path = run_dir_path(dir, RECORDS), *text = NULL, *line, *end;
	size_t number = 1;
	int err = file_read(path, &text, NULL);

	*r = (struct records){ 0 };
	if (err == -ENOENT)
		err = 0;
	else if (err < 0)
		pr_err("%s: %s", path, strerror(-err));
	for (line = text; !err && line && (end = strchr(line, '\n')); line = end + 1, number++) {
		*end = '\0';
		err = read_line(r, line, path, number);
	}
	if (err < 0)
		records_free(r);
	free(text);
	free(path);
	return err;
}

void records_free(struct records *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		json_decref(r->v[i].json);
	free(r->v);
	*r = (struct records){ 0 };
}

const struct record *records_find(const struct records *r, size_t trial)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->v[i].trial == trial)
			return &r->v[i];
	return NULL;
}

int record_writer_open(struct record_writer **w, const char *dir)
{
	char *path = run_dir_path(dir, RECORDS);
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int err = fd < 0 ? -errno : fd_drop_cut_line(fd);

	if (err < 0) {
		pr_err("%s: %s", path, strerror(-err));
		fd_close(&fd);
		free(path);
		return err;
	}
	*w = xcalloc(1, sizeof(**w));
	(*w)->fd = fd;
	(*w)->path = path;
	return 0;
}

int record_append(struct record_writer *w, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15));
	char *line = text ? xasprintf("%s\n", text) : NULL;
	int err = line ? fd_write(w->fd, line, strlen(line)) : -EINVAL;

	if (!err && fdatasync(w->fd) < 0)
		err = -errno;
	if (err < 0)
		pr_err("%s: %s", w->path, strerror(-err));
	free(line);
	free(text);
	return err;
}

void record_writer_close(struct record_writer *w)
{
	if (!w)
		return;
	fd_close(&w->fd);
	free(w->path);
	free(w);
}
