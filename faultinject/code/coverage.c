// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of which code of drivers runs: in memory, and in files. */
#include "faultinject/code/coverage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

static struct code_coverage *known;

static void free_coverage(struct code_coverage *c)
{
	size_t i;

	for (i = 0; i < c->n_blocks; i++)
		free(c->blocks[i].function);
	free(c->blocks);
	free(c->module);
	free(c);
}

struct code_coverage *code_coverage_new(const char *module)
{
	struct code_coverage *c = xcalloc(1, sizeof(*c));

	c->module = xstrdup(module);
	return c;
}

void code_coverage_add(struct code_coverage *c, const char *function, uint64_t offset,
		       uint64_t size)
{
	c->blocks = xreallocarray(c->blocks, c->n_blocks + 1, sizeof(*c->blocks));
	c->blocks[c->n_blocks++] = (struct code_block){
		.function = xstrdup(function),
		.offset = offset,
		.size = size,
	};
}

void code_coverage_make_known(struct code_coverage *c)
{
	struct code_coverage **at = &known, *old;

	while (*at && !streq((*at)->module, c->module))
		at = &(*at)->next;
	old = *at;
	if (old) {
		*at = old->next;
		free_coverage(old);
	}
	c->next = known;
	known = c;
}

const struct code_coverage *code_coverage_known(const char *name)
{
	struct code_coverage *c;

	for (c = known; c; c = c->next)
		if (streq(c->module, name))
			return c;
	return NULL;
}

bool code_coverage_has(const struct code_coverage *c, const char *function)
{
	size_t i;

	for (i = 0; i < c->n_blocks; i++)
		if (streq(c->blocks[i].function, function))
			return true;
	return false;
}

bool code_coverage_has_insn(const struct code_coverage *c, const char *function, uint64_t offset)
{
	size_t i;

	for (i = 0; i < c->n_blocks; i++) {
		const struct code_block *b = &c->blocks[i];

		if (offset >= b->offset && offset - b->offset < b->size &&
		    streq(b->function, function))
			return true;
	}
	return false;
}

int code_coverage_store(const struct code_coverage *c, const char *path)
{
	char *text = NULL;
	size_t i, len = 0;
	FILE *f = open_memstream(&text, &len);
	int err;

	if (!f)
		return -ENOMEM;
	for (i = 0; i < c->n_blocks; i++)
		fprintf(f, "%s %" PRIu64 " %" PRIu64 "\n", c->blocks[i].function,
			c->blocks[i].offset, c->blocks[i].size);
	err = fclose(f) == 0 ? file_write(path, text, len) : -EIO;
	free(text);
	return err;
}

static int add_line(struct code_coverage *c, const char *line)
{
	uint64_t offset, size;
	char name[256];

	if (sscanf(line, "%255s %" SCNu64 " %" SCNu64, name, &offset, &size) != 3)
		return -EINVAL;
	code_coverage_add(c, name, offset, size);
	return 0;
}

int code_coverage_load(const struct code_coverage **out, const char *name, const char *path)
{
	char *text, *rest, *line;
	struct code_coverage *c;
	int err = file_read(path, &text, NULL);

	if (err)
		return err;
	c = code_coverage_new(name);
	rest = text;
	while (!err && (line = strsep(&rest, "\n")))
		err = *line ? add_line(c, line) : 0;
	free(text);
	if (err) {
		free_coverage(c);
		return err;
	}
	code_coverage_make_known(c);
	*out = c;
	return 0;
}
