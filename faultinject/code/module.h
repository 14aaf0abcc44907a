/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel module's code: functions and relocations from the file that the guest loaded, which is
 * in the image that it booted from; the code itself from the guest's memory, since the kernel
 * patches what it loads.
 */
#ifndef DRIVERVM_CODE_MODULE_H
#define DRIVERVM_CODE_MODULE_H

#include <stddef.h>
#include <stdint.h>

#include "faultinject/code/insn.h"
#include "fault/fault.h"

struct gdb;

/* A function in .text. */
struct code_function {
	char *name;
	uint64_t offset; /* in .text */
	uint64_t size; /* bytes, not 0 */
};

struct code_reloc {
	uint64_t offset; /* in .text */
	char *symbol; /* "": it has no name */
};

struct code_module {
	char *name; /* as the kernel has it: "ne2k_pci" */
	uint64_t base; /* of .text in the guest */
	size_t size; /* of .text */
	uint8_t *text; /* NULL until code_module_read() */
	struct code_function *functions; /* by offset, no two with the same */
	size_t n_functions;
	struct code_reloc *relocs; /* of .text, by offset */
	size_t n_relocs;
};

/*
 * The module of the site's driver, without its code. The guest is asked where the module lies. 0,
 * or a negative errno with *@why; -EOPNOTSUPP: the driver is no module that is loaded there.
 */
int code_module_load(struct code_module **m, const struct fault_site *site, char **why);
/* Fills in the code. 0 or a negative errno, as of gdb_read(). */
int code_module_read(struct code_module *m, struct gdb *gdb);
void code_module_free(struct code_module *m);

/*
 * The instructions of a function, for the caller to free; see struct code_insn. They end early
 * where something is no instruction.
 */
struct code_insn *code_function_decode(const struct code_module *m, const struct code_function *f);

/* module_file.c: module @name of a VM's image, whole; the caller frees it. 0 or a negative errno.
 */
int code_module_file(const struct vm_spec *spec, const char *name, void **data, size_t *len);
/* A module's name as the kernel has it ('_' for '-'); the caller frees it. */
char *code_module_name(const char *name);
/* module_elf.c: what the file says. -EINVAL: it is no module. */
int code_module_parse(struct code_module *m, void *data, size_t len);

#endif
