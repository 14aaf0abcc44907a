/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Templates: VMs that were booted once and saved, from which others are restored in tens of
 * milliseconds. A template is a folder of the cache:
 *
 *	key	what went into it, as text; one with another key is never used
 *	memory	the guest's memory; clones map it privately and so share what they do not write to
 *	state	of the VM's devices, for clones
 *	copy	the same with the guest's memory, for copies; made when first wanted
 *
 * The files of a template that is in use are never written to: a new one is made beside it and
 * takes its name.
 */
#ifndef DRIVERVM_VM_TEMPLATE_H
#define DRIVERVM_VM_TEMPLATE_H

#include <stdint.h>

#include "vm/vm.h"

struct vm_template;

/*
 * What goes into a template whose VM is booted from @spec (devices included; descriptors' numbers
 * do not count): the text to compare, which the caller frees. @made_by: what else its content
 * depends on, such as the steps taken after boot.
 */
char *template_key(const struct vm_spec *spec, const char *made_by);

/*
 * For whoever looks for template @name and makes it if there is none: waits while another process
 * does the same. A descriptor, to be closed after that, or a negative errno, reported but -EINTR.
 */
int template_lock(struct loop *loop, const char *name);
/*
 * The template @name of the cache if it was made from @key. *@t is NULL if there is none. 0 or a
 * negative errno, reported.
 */
int template_find(struct vm_template **t, const char *name, const char *key);
/* The template @name for a dry run: only where it lies, if there is one. Never NULL. */
struct vm_template *template_named(const char *name);
/*
 * Makes a template of @vm, which was booted with the memory file of template_begin() and is of no
 * use after that; it takes the place of any other of its name.
 */
int template_begin(struct vm_template **t, const char *name, const char *key);
int template_finish(struct vm_template *t, struct vm *vm);
/* NULL is allowed. One that was begun and not finished leaves nothing behind. */
void template_free(struct vm_template *t);

/* The path of the guest's memory. Owned by the template. */
const char *template_memory(const struct vm_template *t);
/* Bytes of it that are not holes: what all clones together have in common at most. */
uint64_t template_memory_bytes(const struct vm_template *t);
/* Has it what VM_COPY needs? */
bool template_has_copy(const struct vm_template *t);
/* Adds that: @vm is a clone of it that is paused, and of no use after that. */
int template_add_copy(struct vm_template *t, struct vm *vm);
/* The file from which a VM is restored; a descriptor, or a negative errno. */
int template_open_state(const struct vm_template *t, enum vm_origin origin);

#endif
