// SPDX-License-Identifier: GPL-2.0-or-later
/* Takes commands and hands them on. */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ddfault.h"

static const struct ddfault_command *const tables[] = {
	ddfault_vm_commands,  ddfault_memory_commands, ddfault_pci_commands,
	ddfault_irq_commands, ddfault_dma_commands,    ddfault_read_commands,
};

static DEFINE_MUTEX(lock); /* one command at a time; and the result */
static struct ddfault_result result;

void ddfault_say(struct ddfault_result *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
}

static int split(char *line, char **words)
{
	int n = 0;
	char *word;

	while ((word = strsep(&line, " \n"))) {
		if (!*word)
			continue;
		if (n == DDFAULT_WORDS_MAX)
			return -E2BIG;
		words[n++] = word;
	}
	return n;
}

static int run(char **words, int n)
{
	const struct ddfault_command *c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (c = tables[i]; c->name; c++)
			if (!strcmp(c->name, words[0]))
				return n - 1 == c->n_args ? c->run(words + 1, &result) : -EINVAL;
	return -ENOSYS;
}

static int command_set(const char *val, const struct kernel_param *kp)
{
	char *words[DDFAULT_WORDS_MAX], *line = kstrdup(val, GFP_KERNEL);
	int n, ret;

	if (!line)
		return -ENOMEM;
	n = split(line, words);
	mutex_lock(&lock);
	result.text[0] = '\0';
	ret = n > 0 ? run(words, n) : -EINVAL;
	mutex_unlock(&lock);
	kfree(line);
	return ret;
}

static int result_get(char *buffer, const struct kernel_param *kp)
{
	int len;

	mutex_lock(&lock);
	len = scnprintf(buffer, PAGE_SIZE, "%s\n", result.text);
	mutex_unlock(&lock);
	return len;
}

static const struct kernel_param_ops command_ops = { .set = command_set };
static const struct kernel_param_ops result_ops = { .get = result_get };

module_param_cb(command, &command_ops, NULL, 0200);
MODULE_PARM_DESC(command, "what to break now");
module_param_cb(result, &result_ops, NULL, 0400);
MODULE_PARM_DESC(result, "what came of the last command");

static int __init ddfault_init(void)
{
	return 0;
}
module_init(ddfault_init);

static void __exit ddfault_exit(void)
{
	ddfault_read_exit();
	ddfault_dma_exit();
	ddfault_irq_exit();
	ddfault_pci_exit();
	ddfault_vm_exit();
}
module_exit(ddfault_exit);

MODULE_DESCRIPTION("Faults inside of a guest");
MODULE_LICENSE("GPL");
