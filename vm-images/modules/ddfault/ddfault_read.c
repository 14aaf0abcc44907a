// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers of a network interface's device that read as something else: some bits of what a
 * driver's own function for reading one returns are inverted, once for each register that was
 * named, in that order: until the first has been read, the second reads as it is.
 */
#include <linux/kprobes.h>
#include <linux/netdevice.h>
#include <linux/timekeeping.h>

#include "ddfault.h"

#define RULES_MAX 4
/* Instead of a register's number: whichever is read next. */
#define ANY_REGISTER "any"

struct rule {
	bool any;
	unsigned int number; /* of the register, unless any */
	unsigned int bits; /* that are inverted */
};

/* Of whoever runs a command, and of the probe while it is registered. */
static struct {
	/* As its driver calls it: the private part of its network interface; NULL: not armed. */
	void *device;
	int n_rules;
	struct rule rules[RULES_MAX];
	atomic_t struck; /* so many of them, of which the first was */
	ktime_t when;
} reads;
static struct kretprobe probe;

/* FUNCTION(device, register): which it is, is kept until it returns; of other devices, it is not.
 */
static int on_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if ((void *)regs_get_kernel_argument(regs, 0) != reads.device)
		return 1;
	*(unsigned int *)instance->data = regs_get_kernel_argument(regs, 1);
	return 0;
}

static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	unsigned int number = *(unsigned int *)instance->data;
	int next = atomic_read(&reads.struck);
	const struct rule *rule;

	if (next == reads.n_rules)
		return 0;
	rule = &reads.rules[next];
	if (!rule->any && rule->number != number)
		return 0;
	if (atomic_cmpxchg(&reads.struck, next, next + 1) != next)
		return 0;
	regs_set_return_value(regs, regs_return_value(regs) ^ rule->bits);
	if (!next)
		reads.when = ktime_get();
	return 0;
}

static int is_interface(struct device *dev, void *unused)
{
	return dev->class && !strcmp(dev->class->name, "net");
}

/* What the driver of @module calls its first PCI device; NULL. */
static void *find_device(const char *module)
{
	struct pci_dev *pdev = ddfault_find_pci(module);
	struct device *dev = pdev ? device_find_child(&pdev->dev, NULL, is_interface) : NULL;
	void *device = dev ? netdev_priv(to_net_dev(dev)) : NULL;

	put_device(dev);
	pci_dev_put(pdev);
	return device;
}

/* "REGISTER:BITS,REGISTER:BITS" */
static int parse_rules(char *text)
{
	char *word, *bits;
	int ret = 0;

	reads.n_rules = 0;
	while (!ret && (word = strsep(&text, ","))) {
		struct rule *rule = &reads.rules[reads.n_rules];

		bits = strchr(word, ':');
		if (!bits || reads.n_rules == RULES_MAX)
			return -EINVAL;
		*bits++ = '\0';
		rule->any = !strcmp(word, ANY_REGISTER);
		if (!rule->any)
			ret = kstrtouint(word, 0, &rule->number);
		if (!ret)
			ret = kstrtouint(bits, 0, &rule->bits);
		reads.n_rules++;
	}
	return ret;
}

/* Ends it. What came of it, if it struck: how long ago first, in microseconds, and how often. */
static int reads_end(char **args, struct ddfault_result *result)
{
	ktime_t now = ktime_get(); /* it takes a while until the probe does not run any more */

	if (!reads.device)
		return 0;
	unregister_kretprobe(&probe);
	reads.device = NULL;
	if (result && atomic_read(&reads.struck))
		ddfault_say(result, "age_us=%lld reads=%d",
			    max(ktime_us_delta(now, reads.when), 0ll), atomic_read(&reads.struck));
	return 0;
}

/* MODULE FUNCTION RULES. -ENODEV: there is no such device or function. */
static int reads_begin(char **args, struct ddfault_result *result)
{
	static char function[64];
	int ret;

	reads_end(NULL, NULL);
	if (strscpy(function, args[1], sizeof(function)) < 0)
		return -E2BIG;
	ret = parse_rules(args[2]);
	if (ret)
		return ret;
	reads.device = find_device(args[0]);
	if (!reads.device)
		return -ENODEV;
	atomic_set(&reads.struck, 0);
	/* One that was registered cannot be again as it is. */
	probe = (struct kretprobe){
		.kp.symbol_name = function,
		.entry_handler = on_call,
		.handler = on_return,
		.data_size = sizeof(unsigned int),
	};
	ret = register_kretprobe(&probe);
	if (ret)
		reads.device = NULL;
	return ret == -ENOENT ? -ENODEV : ret;
}

void ddfault_read_exit(void)
{
	reads_end(NULL, NULL);
}

const struct ddfault_command ddfault_read_commands[] = {
	{ "reads", 3, reads_begin },
	{ "reads-end", 0, reads_end },
	{ NULL },
};
