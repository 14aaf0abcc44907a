// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel module's code in a running guest. */
#include "faultinject/code/module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/gdb/gdb.h"

/* Modules are loaded into the last 2 GiB. */
#define MODULES_BEGIN 0xffffffff80000000ULL

static int read_base(struct code_module *m, struct vm *vm)
{
	char *path = xasprintf("/sys/module/%s/sections/.text", m->name), *text = NULL, *end;
	int err = vm_read_file(vm, path, &text);

	if (!err) {
		m->base = strtoull(text, &end, 16);
		if (end == text || m->base < MODULES_BEGIN || m->base + m->size < m->base)
			err = -EPROTO;
	}
	free(text);
	free(path);
	return err;
}

int code_module_load(struct code_module **out, const struct fault_site *site, char **why)
{
	const struct driver_desc *driver = site->driver;
	struct code_module *m = xcalloc(1, sizeof(*m));
	void *file = NULL;
	size_t len;
	int err;

	if (!driver->n_modules) {
		*why = xasprintf("driver %s is no module", driver->name);
		free(m);
		return -ENOENT;
	}
	m->name = code_module_name(driver->modules[driver->n_modules - 1]);
	err = code_module_file(vm_spec(site->vm), m->name, &file, &len);
	if (!err)
		err = code_module_parse(m, file, len);
	free(file);
	if (err)
		*why = xasprintf("the image of VM %s has no file of module %s", site->vm_name,
				 m->name);
	if (!err) {
		err = read_base(m, site->vm);
		if (err)
			*why = xasprintf("VM %s does not say where module %s is loaded: %s",
					 site->vm_name, m->name, strerror(-err));
	}
	if (err) {
		code_module_free(m);
		return err == -ENOENT ? -EOPNOTSUPP : err;
	}
	*out = m;
	return 0;
}

int code_module_read(struct code_module *m, struct gdb *gdb)
{
	free(m->text);
	m->text = xcalloc(1, m->size);
	return gdb_read(gdb, m->base, m->text, m->size);
}

void code_module_free(struct code_module *m)
{
	size_t i;

	for (i = 0; i < m->n_functions; i++)
		free(m->functions[i].name);
	for (i = 0; i < m->n_relocs; i++)
		free(m->relocs[i].symbol);
	free(m->functions);
	free(m->relocs);
	free(m->text);
	free(m->name);
	free(m);
}

/* The first relocation at or after @offset; n_relocs: there is none. */
static size_t reloc_from(const struct code_module *m, uint64_t offset)
{
	size_t low = 0, high = m->n_relocs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->relocs[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct code_insn *code_function_decode(const struct code_module *m, const struct code_function *f)
{
	struct code_insn *insns = xcalloc(f->size + 1, sizeof(*insns));
	size_t reloc = reloc_from(m, f->offset), n = 0;
	uint64_t at = f->offset, end = f->offset + f->size;

	while (at < end && code_decode(&insns[n], m->text + at, (size_t)(end - at), m->base + at)) {
		at += insns[n].len;
		if (reloc < m->n_relocs && m->relocs[reloc].offset < at)
			insns[n].symbol = m->relocs[reloc].symbol;
		while (reloc < m->n_relocs && m->relocs[reloc].offset < at)
			reloc++;
		n++;
	}
	insns[n].len = 0;
	return insns;
}
