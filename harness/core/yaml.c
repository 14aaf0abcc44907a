// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libcyaml tells what it dislikes as a log: a complaint, then a backtrace of where it was, inner
 * level first. This collects both and makes one line of them. Aliases are not allowed: they would
 * make "the line" ambiguous, and descriptions are short.
 */
#include "core/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"

#define DEPTH_MAX 16

/* One level of the backtrace. */
struct level {
	char field[64]; /* mapping field; "" for a sequence entry or a mapping without a field */
	bool entry; /* a sequence entry */
	unsigned int line, column;
};

struct complaint {
	char text[256]; /* what libcyaml said first */
	struct level level[DEPTH_MAX];
	unsigned int depth;
	bool in_backtrace;
};

static void parse_level(struct complaint *c, const char *s)
{
	struct level *l = &c->level[c->depth];
	const char *at = strrchr(s, '(');

	if (c->depth == DEPTH_MAX || !at ||
	    sscanf(at, "(line: %u, column: %u)", &l->line, &l->column) != 2)
		return;
	if (strncmp(s, "in mapping field '", 18) == 0)
		sscanf(s + 18, "%63[^']", l->field);
	l->entry = strncmp(s, "in sequence", 11) == 0;
	c->depth++;
}

static __printf(3, 0) void collect(cyaml_log_t level, void *ctx, const char *fmt, va_list ap)
{
	struct complaint *c = ctx;
	char line[512], *s = line;

	(void)level;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(s, "Load: ", 6) == 0)
		s += 6;
	s += strspn(s, " ");
	if (strcmp(s, "Backtrace:") == 0)
		c->in_backtrace = true;
	else if (c->in_backtrace)
		parse_level(c, s);
	else if (!c->text[0])
		snprintf(c->text, sizeof(c->text), "%s", s);
}

static bool is_word(char ch)
{
	return isalnum((unsigned char)ch) || ch == '_' || ch == '-' || ch == '.';
}

/* Does @text stand in @line by itself, outside a comment? With @key: followed by a colon. */
static bool line_has(const char *line, const char *text, bool key)
{
	size_t len = strlen(text);
	const char *comment = strstr(line, " #");
	const char *s;

	if (!len || line[strspn(line, " \t")] == '#')
		return false;
	for (s = strstr(line, text); s && !(comment && s > comment); s = strstr(s + 1, text)) {
		if ((s > line && is_word(s[-1])) || is_word(s[len]))
			continue;
		if (!key || s[len] == ':' || s[len + strspn(s + len, "\"'")] == ':')
			return true;
	}
	return false;
}

/* The line, from (@line, @column) on, on which @text stands; 0 if nowhere. */
static unsigned int find_line(const char *path, const char *text, bool key, unsigned int line,
			      unsigned int column)
{
	unsigned int n = 0, found = 0;
	char *data, *s, *next;

	if (file_read(path, &data, NULL) < 0)
		return 0;
	for (s = data; s && *s && !found; s = next) {
		next = strchr(s, '\n');
		if (next)
			*next++ = '\0';
		if (++n < line)
			continue;
		if (n == line && column > 0)
			s += strnlen(s, column - 1);
		if (line_has(s, text, key))
			found = n;
	}
	free(data);
	return found;
}

unsigned int yaml_line_of(const char *path, const char *text)
{
	return find_line(path, text, false, 0, 0);
}

unsigned int yaml_line_after(const char *path, unsigned int line, const char *text)
{
	unsigned int found = find_line(path, text, false, line, 0);

	return found ? found : line;
}

/* The mapping that the innermost level is in, or NULL if the backtrace does not lead to one. */
static const cyaml_schema_field_t *innermost_mapping(const cyaml_schema_value_t *v,
						     const struct complaint *c)
{
	const cyaml_schema_field_t *f;
	unsigned int i;

	for (i = c->depth; i-- > 1;) {
		const struct level *l = &c->level[i];

		if (l->entry && (v->type == CYAML_SEQUENCE || v->type == CYAML_SEQUENCE_FIXED)) {
			v = v->sequence.entry;
			continue;
		}
		if (v->type != CYAML_MAPPING || !l->field[0])
			return NULL;
		for (f = v->mapping.fields; f->key && strcmp(f->key, l->field); f++)
			;
		if (!f->key)
			return NULL;
		v = &f->value;
	}
	return v->type == CYAML_MAPPING ? v->mapping.fields : NULL;
}

static void unknown_key(char *out, size_t size, const char *key, const cyaml_schema_value_t *schema,
			const struct complaint *c)
{
	const cyaml_schema_field_t *f = innermost_mapping(schema, c);
	const char *sep = "; expected one of ";
	size_t used;

	used = (size_t)snprintf(out, size, "unknown key '%s'", key);
	for (; f && f->key && used < size; f++, sep = ", ")
		used += (size_t)snprintf(out + used, size - used, "%s%s", sep, f->key);
}

/* libcyaml's words for types, and ours. */
static const char *type_name(const char *word)
{
	static const char *const names[][2] = {
		{ "STRING", "text" },
		{ "SCALAR", "a single value" },
		{ "SEQUENCE", "a list" },
		{ "SEQUENCE_START", "a list" },
		{ "MAPPING", "'key: value' lines" },
		{ "MAPPING_START", "'key: value' lines" },
		{ "INT", "a whole number" },
		{ "UINT", "a whole number, 0 or more" },
		{ "uint64_t", "a whole number, 0 or more" },
		{ "int64_t", "a whole number" },
		{ "FLOAT", "a number" },
		{ "BOOL", "true or false" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i][0], word) == 0)
			return names[i][1];
	return word;
}

static void bad_word(char *out, size_t size, const char *found, const cyaml_schema_value_t *schema,
		     const struct complaint *c)
{
	const cyaml_schema_field_t *f = innermost_mapping(schema, c);
	size_t used;
	uint32_t i;

	used = (size_t)snprintf(out, size, "at '%s': found '%s'; expected one of",
				c->depth ? c->level[0].field : "", found);
	for (; f && f->key && c->depth && strcmp(f->key, c->level[0].field); f++)
		;
	if (!f || !f->key || f->value.type != CYAML_ENUM)
		return;
	for (i = 0; i < f->value.enumeration.count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s '%s'", i ? "," : "",
					 f->value.enumeration.strings[i].str);
}

/* "at 'KEY': " for the innermost field, for complaints that do not name it. */
static const char *at_field(const struct complaint *c, char *buf, size_t size)
{
	unsigned int i;

	for (i = 0; i < c->depth; i++) {
		if (c->level[i].field[0]) {
			snprintf(buf, size, "at '%s': ", c->level[i].field);
			return buf;
		}
	}
	return "";
}

/* Puts the complaint into our words; returns its line. */
static unsigned int explain(const char *path, const cyaml_schema_value_t *schema,
			    const struct complaint *c, char *out, size_t size)
{
	unsigned int line = c->depth ? c->level[0].line : 1;
	unsigned int column = c->depth ? c->level[0].column : 0;
	char a[128], b[128], at[96];
	unsigned int found;

	at_field(c, at, sizeof(at));
	if (!c->depth)
		at[0] = '\0';
	if (sscanf(c->text, "Unexpected key: %127[^\n]", a) == 1) {
		unknown_key(out, size, a, schema, c);
		found = find_line(path, a, true, line, column);
		return found ? found : line;
	}
	if (sscanf(c->text, "Mapping field already seen: %127[^\n]", a) == 1) {
		snprintf(out, size, "key '%s' given twice", a);
		found = find_line(path, a, true, line, column);
		return found ? found : line;
	}
	if (sscanf(c->text, "Missing required mapping field: %127[^\n]", a) == 1)
		snprintf(out, size, "key '%s' is missing from what ends here", a);
	else if (sscanf(c->text, "Expecting %127[^,], got event: %127s", a, b) == 2)
		snprintf(out, size, "%sexpected %s, found %s", at, type_name(a), type_name(b));
	else if (sscanf(c->text, "Invalid ENUM value: %127[^\n]", a) == 1)
		bad_word(out, size, a, schema, c);
	else if (sscanf(c->text, "Invalid %127s value: %127[^\n]", a, b) == 2)
		snprintf(out, size, "%sexpected %s, found %s", at, type_name(a), b);
	else if (strncmp(c->text, "STRING length < ", 16) == 0)
		snprintf(out, size, "%sexpected text, found nothing", at);
	else if (strncmp(c->text, "Insufficient entries", 20) == 0)
		snprintf(out, size, "%sexpected a list that is longer", at);
	else if (strncmp(c->text, "libyaml: ", 9) == 0)
		snprintf(out, size, "not YAML, here or below: %s", c->text + 9);
	else
		snprintf(out, size, "%s%s", at, c->text);
	return line;
}

int yaml_load(const char *path, const cyaml_schema_value_t *schema, void **data, unsigned int *n)
{
	struct complaint complaint = { 0 };
	const cyaml_config_t config = {
		.log_fn = collect,
		.log_ctx = &complaint,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	char why[512];
	unsigned int line;
	char *text;
	int err;

	*data = NULL;
	if (n)
		*n = 0;
	err = file_read(path, &text, NULL);
	if (err < 0) {
		pr_err("%s: %s", path, strerror(-err));
		return err == -ENOENT ? -ENOENT : -EINVAL;
	}
	err = cyaml_load_data((const uint8_t *)text, strlen(text), &config, schema, data, n) ==
			      CYAML_OK ?
		      0 :
		      -EINVAL;
	free(text);
	if (!err && *data)
		return 0;
	if (!err) {
		pr_err("%s:1: the file is empty", path);
		return -EINVAL;
	}
	line = explain(path, schema, &complaint, why, sizeof(why));
	pr_err("%s:%u: %s", path, line, why);
	*data = NULL;
	return -EINVAL;
}

void yaml_unload(const cyaml_schema_value_t *schema, void *data, unsigned int n)
{
	const cyaml_config_t config = { .mem_fn = cyaml_mem };

	if (data)
		cyaml_free(&config, schema, data, n);
}
