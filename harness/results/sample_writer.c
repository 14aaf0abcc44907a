// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing samples.jsonl. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "core/log.h"
#include "core/util.h"
#include "results/samples.h"

struct sample_writer {
	int fd;
	char *path;
	char *buf; /* whole lines, not yet in the file */
	size_t len, size;
};

int sample_writer_open(struct sample_writer **w, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int err = fd < 0 ? -errno : fd_drop_cut_line(fd);

	if (err < 0) {
		pr_err("%s: %s", path, strerror(-err));
		fd_close(&fd);
		return err;
	}
	*w = xcalloc(1, sizeof(**w));
	(*w)->fd = fd;
	(*w)->path = xstrdup(path);
	return 0;
}

static json_t *to_json(const struct sample *s)
{
	json_t *o = json_object(), *dims = json_object();
	const char *status = s->ok ? "ok" : s->skipped ? "skipped" : "failed";
	size_t i;

	for (i = 0; i < s->n_dims; i++)
		json_object_set_new(dims, s->dims[i].key, json_string(s->dims[i].value));
	json_object_set_new(o, "experiment", json_string(s->experiment));
	json_object_set_new(o, "metric", json_string(s->metric));
	if (s->ok) {
		json_object_set_new(o, "unit", json_string(s->unit));
		json_object_set_new(o, "value", json_real(s->value));
	}
	json_object_set_new(o, "dimensions", dims);
	json_object_set_new(o, "invocation", json_integer(s->invocation));
	json_object_set_new(o, "iteration", json_integer(s->iteration));
	json_object_set_new(o, "time", json_real(s->time));
	json_object_set_new(o, "status", json_string(status));
	if (!s->ok)
		json_object_set_new(o, "reason", json_text_any(s->reason ? s->reason : ""));
	return o;
}

int sample_add(struct sample_writer *w, const struct sample *s)
{
	json_t *o;
	char *line;
	size_t len;

	if ((s->ok && !isfinite(s->value)) || !isfinite(s->time))
		return -EDOM;
	o = to_json(s);
	line = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(o);
	if (!line)
		return -EINVAL;
	len = strlen(line);
	if (w->size - w->len < len + 1) {
		w->size = (w->len + len + 1) * 2;
		w->buf = xreallocarray(w->buf, w->size, 1);
	}
	memcpy(w->buf + w->len, line, len);
	w->len += len;
	w->buf[w->len++] = '\n';
	free(line);
	return 0;
}

int sample_flush(struct sample_writer *w)
{
	int err = fd_write(w->fd, w->buf, w->len);

	if (err < 0)
		pr_err("%s: %s", w->path, strerror(-err));
	else
		w->len = 0;
	return err;
}

void sample_writer_close(struct sample_writer *w)
{
	if (!w)
		return;
	sample_flush(w);
	fd_close(&w->fd);
	free(w->path);
	free(w->buf);
	free(w);
}
