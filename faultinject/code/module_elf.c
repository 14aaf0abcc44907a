// SPDX-License-Identifier: GPL-2.0-or-later
/* What a module's file says of its .text: the functions, and what was relocated. */
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/code/module.h"

/* Sections of the file that matter here. */
struct sections {
	Elf *elf;
	size_t text; /* index */
	Elf_Data *symbols;
	size_t names; /* index of the symbols' names */
	size_t n_symbols;
	Elf_Data *relocs;
	size_t n_relocs;
};

static void take_section(struct sections *s, struct code_module *m, Elf_Scn *scn, const char *name)
{
	GElf_Shdr header;

	if (!gelf_getshdr(scn, &header) || !header.sh_entsize)
		header.sh_entsize = 1;
	if (streq(name, ".text")) {
		s->text = elf_ndxscn(scn);
		m->size = header.sh_size;
	} else if (header.sh_type == SHT_SYMTAB) {
		s->symbols = elf_getdata(scn, NULL);
		s->names = header.sh_link;
		s->n_symbols = header.sh_size / header.sh_entsize;
	} else if (streq(name, ".rela.text")) {
		s->relocs = elf_getdata(scn, NULL);
		s->n_relocs = header.sh_size / header.sh_entsize;
	}
}

static bool find_sections(struct sections *s, struct code_module *m)
{
	size_t names;
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	const char *name;

	if (elf_kind(s->elf) != ELF_K_ELF || elf_getshdrstrndx(s->elf, &names) < 0)
		return false;
	while ((scn = elf_nextscn(s->elf, scn))) {
		if (!gelf_getshdr(scn, &header))
			return false;
		name = elf_strptr(s->elf, names, header.sh_name);
		if (name)
			take_section(s, m, scn, name);
	}
	return s->text && m->size && s->symbols && s->relocs;
}

static const char *symbol_name(const struct sections *s, const GElf_Sym *symbol)
{
	const char *name = elf_strptr(s->elf, s->names, symbol->st_name);

	return name ? name : "";
}

static int functions_by_offset(const void *a, const void *b)
{
	const struct code_function *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int relocs_by_offset(const void *a, const void *b)
{
	const struct code_reloc *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* A function may have several names: the first is kept. */
static void keep_one_name(struct code_module *m)
{
	size_t i, n = 0;

	for (i = 0; i < m->n_functions; i++) {
		if (n > 0 && m->functions[n - 1].offset == m->functions[i].offset)
			free(m->functions[i].name);
		else
			m->functions[n++] = m->functions[i];
	}
	m->n_functions = n;
}

static void read_functions(const struct sections *s, struct code_module *m)
{
	GElf_Sym symbol;
	size_t i;

	m->functions = xcalloc(s->n_symbols + 1, sizeof(*m->functions));
	for (i = 0; i < s->n_symbols; i++) {
		if (!gelf_getsym(s->symbols, (int)i, &symbol) || symbol.st_shndx != s->text ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC || !symbol.st_size ||
		    symbol.st_value > m->size || symbol.st_size > m->size - symbol.st_value)
			continue;
		m->functions[m->n_functions++] = (struct code_function){
			.name = xstrdup(symbol_name(s, &symbol)),
			.offset = symbol.st_value,
			.size = symbol.st_size,
		};
	}
	qsort(m->functions, m->n_functions, sizeof(*m->functions), functions_by_offset);
	keep_one_name(m);
}

static void read_relocs(const struct sections *s, struct code_module *m)
{
	GElf_Sym symbol;
	GElf_Rela rela;
	size_t i;

	m->relocs = xcalloc(s->n_relocs + 1, sizeof(*m->relocs));
	for (i = 0; i < s->n_relocs; i++) {
		if (!gelf_getrela(s->relocs, (int)i, &rela) ||
		    !gelf_getsym(s->symbols, (int)GELF_R_SYM(rela.r_info), &symbol))
			continue;
		m->relocs[m->n_relocs++] = (struct code_reloc){
			.offset = rela.r_offset,
			.symbol = xstrdup(symbol_name(s, &symbol)),
		};
	}
	qsort(m->relocs, m->n_relocs, sizeof(*m->relocs), relocs_by_offset);
}

int code_module_parse(struct code_module *m, void *data, size_t len)
{
	struct sections s = { 0 };
	int err = -EINVAL;

	elf_version(EV_CURRENT);
	s.elf = elf_memory(data, len);
	if (s.elf && find_sections(&s, m)) {
		read_functions(&s, m);
		read_relocs(&s, m);
		err = m->n_functions ? 0 : -EINVAL;
	}
	elf_end(s.elf);
	return err;
}
