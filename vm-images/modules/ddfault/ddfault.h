/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults that can only be made inside of a guest's kernel. Nothing is loaded of this before the
 * first such fault is injected, and nothing of it does anything but what it is told: a line written
 * to /sys/module/ddfault/parameters/command, whose result is then in "result" beside it. What is
 * left to chance was drawn by the host, and is in the line.
 */
#ifndef DDFAULT_H
#define DDFAULT_H

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/types.h>

#define DDFAULT_WORDS_MAX 8

/* What a command has to say: "key=value key=value", one line without its end. */
struct ddfault_result {
	char text[192];
};

/* @args: the words after the command's name, as many as its table says. 0 or a negative errno. */
struct ddfault_command {
	const char *name; /* NULL ends a table */
	int n_args;
	int (*run)(char **args, struct ddfault_result *result);
};

extern const struct ddfault_command ddfault_vm_commands[];
extern const struct ddfault_command ddfault_memory_commands[];
extern const struct ddfault_command ddfault_pci_commands[];
extern const struct ddfault_command ddfault_irq_commands[];
extern const struct ddfault_command ddfault_dma_commands[];
extern const struct ddfault_command ddfault_read_commands[];

/* End what still goes on. */
void ddfault_vm_exit(void);
void ddfault_pci_exit(void);
void ddfault_irq_exit(void);
void ddfault_dma_exit(void);
void ddfault_read_exit(void);

void ddfault_say(struct ddfault_result *result, const char *fmt, ...) __printf(2, 3);

/*
 * The first PCI device that the driver of module @name has, or below which there is a device that
 * it has (virtio's drivers, USB's); with a reference, for pci_dev_put(). NULL: none.
 */
struct pci_dev *ddfault_find_pci(const char *name);
/* The module of that driver, of whose device somebody holds a reference; NULL. */
struct module *ddfault_find_module(const char *name);

#endif
