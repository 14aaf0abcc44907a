// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading samples.jsonl. */
#include "results/samples.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"

static int compare_dims(const void *a, const void *b)
{
	return strcmp(((const struct dim *)a)->key, ((const struct dim *)b)->key);
}

static int read_dims(struct sample *s, json_t *object)
{
	size_t n = 0;
	struct dim *dims;
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return -EINVAL;
	dims = xcalloc(json_object_size(object), sizeof(*dims));
	s->dims = dims;
	json_object_foreach(object, key, value) {
		if (!json_is_string(value))
			return -EINVAL;
		dims[n++] = (struct dim){ key, json_string_value(value) };
	}
	s->n_dims = n;
	qsort(dims, n, sizeof(*dims), compare_dims);
	return 0;
}

/* Fills @s with strings that @o owns. */
static int read_sample(struct sample *s, json_t *o, const char **why)
{
	const char *status = "";
	json_error_t error;
	json_t *dims;
	int invocation, iteration;

	if (json_unpack_ex(o, &error, 0, "{s:s,s:s,s:o,s:i,s:i,s:F,s:s,s?s,s?F,s?s}", "experiment",
			   &s->experiment, "metric", &s->metric, "dimensions", &dims, "invocation",
			   &invocation, "iteration", &iteration, "time", &s->time, "status",
			   &status, "unit", &s->unit, "value", &s->value, "reason",
			   &s->reason) < 0) {
		*why = "a member is missing or of the wrong type";
		return -EINVAL;
	}
	s->ok = streq(status, "ok");
	s->skipped = streq(status, "skipped");
	*why = "bad counts, dimensions or status";
	if (invocation < 0 || iteration < 0 ||
	    (!s->ok && !s->skipped && !streq(status, "failed")) || read_dims(s, dims) < 0)
		return -EINVAL;
	*why = "an ok sample needs a value and a unit";
	if (s->ok && (!s->unit || !json_is_number(json_object_get(o, "value"))))
		return -EINVAL;
	s->invocation = (unsigned int)invocation;
	s->iteration = (unsigned int)iteration;
	return 0;
}

static int add_line(struct samples *s, size_t *room, const char *line, const char **why)
{
	json_error_t error;
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	int err;

	if (!o) {
		*why = "not JSON";
		return -EINVAL;
	}
	if (s->n == *room) {
		*room = *room ? *room * 2 : 256;
		s->v = xreallocarray(s->v, *room, sizeof(*s->v));
		s->json = xreallocarray(s->json, *room, sizeof(*s->json));
	}
	s->v[s->n] = (struct sample){ 0 };
	s->json[s->n] = o;
	err = read_sample(&s->v[s->n], o, why);
	s->n++;
	return err;
}

int samples_read(struct samples *s, const char *path)
{
	size_t room = 0, size = 0;
	unsigned int line = 0;
	char *text = NULL;
	const char *why;
	ssize_t len;
	int err = 0;
	FILE *in;

	*s = (struct samples){ 0 };
	in = fopen(path, "re");
	if (!in) {
		err = -errno;
		pr_err("%s: %s", path, strerror(-err));
		return err;
	}
	while ((len = getline(&text, &size, in)) > 0) {
		line++;
		if (text[len - 1] != '\n') {
			pr_warning("%s:%u: the line is cut short and left out", path, line);
			break;
		}
		err = add_line(s, &room, text, &why);
		if (err < 0) {
			pr_err("%s:%u: %s", path, line, why);
			break;
		}
	}
	free(text);
	fclose(in);
	if (err < 0)
		samples_free(s);
	return err;
}

void samples_free(struct samples *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free((void *)s->v[i].dims);
		json_decref(s->json[i]);
	}
	free(s->v);
	free(s->json);
	*s = (struct samples){ 0 };
}

const char *sample_dim(const struct sample *s, const char *key)
{
	size_t i;

	for (i = 0; i < s->n_dims; i++)
		if (streq(s->dims[i].key, key))
			return s->dims[i].value;
	return NULL;
}

bool sample_meets(const struct sample *s, const struct dimset *set)
{
	unsigned int i;
	size_t j;

	for (i = 0; i < set->n; i++) {
		for (j = 0; j < s->n_dims; j++)
			if (streq(pair_value(set->v[i], s->dims[j].key), s->dims[j].value))
				break;
		if (j == s->n_dims)
			return false;
	}
	return true;
}

/* FNV-1a, the text's end included. */
static uint64_t hash_text(uint64_t h, const char *text)
{
	do {
		h = (h ^ (unsigned char)*text) * 0x100000001b3ULL;
	} while (*text++);
	return h;
}

uint64_t sample_hash(const struct sample *s, bool (*skip)(const void *arg, const char *key),
		     const void *arg)
{
	uint64_t h = 0xcbf29ce484222325ULL ^ ((uint64_t)s->invocation << 32 | s->iteration);
	size_t i;

	for (i = 0; i < s->n_dims; i++)
		if (!skip || !skip(arg, s->dims[i].key))
			h = hash_text(hash_text(h, s->dims[i].key), s->dims[i].value);
	return h;
}
