// SPDX-License-Identifier: GPL-2.0-or-later
/* Interrupts that a driver's device has not asked for. */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/kernel.h>

#include "ddfault.h"

#define IRQS_MAX 8
#define RATE_MAX 1000

/* Of whoever runs a command, and while it is armed of the timer. */
static struct {
	struct hrtimer timer;
	bool there; /* the timer is initialised */
	int irqs[IRQS_MAX];
	int n;
	unsigned int rate;
} storm;

/* In an interrupt, and one that is acknowledged already: where flow handlers belong. */
static enum hrtimer_restart strike(struct hrtimer *timer)
{
	unsigned int i;
	int k;

	for (i = 0; i < storm.rate; i++)
		for (k = 0; k < storm.n; k++)
			generic_handle_irq(storm.irqs[k]);
	hrtimer_forward_now(timer, ms_to_ktime(1));
	return HRTIMER_RESTART;
}

static void take_irqs(struct pci_dev *pdev)
{
	int irq;

	storm.n = 0;
	while (storm.n < IRQS_MAX) {
		irq = pci_irq_vector(pdev, storm.n);
		if (irq < 0)
			break;
		storm.irqs[storm.n++] = irq;
	}
}

static int calm(char **args, struct ddfault_result *result)
{
	if (storm.there)
		hrtimer_cancel(&storm.timer);
	return 0;
}

/* MODULE RATE: each of the device's interrupts, as often each millisecond, until "irq-calm". */
static int irq_storm(char **args, struct ddfault_result *result)
{
	struct pci_dev *pdev;
	unsigned int rate;
	int ret = kstrtouint(args[1], 10, &rate);

	if (ret)
		return ret;
	if (rate > RATE_MAX)
		return -ERANGE;
	pdev = ddfault_find_pci(args[0]);
	if (!pdev)
		return -ENODEV;
	calm(NULL, NULL);
	take_irqs(pdev);
	storm.rate = rate;
	ddfault_say(result, "device=%s interrupts=%d", pci_name(pdev), storm.n);
	pci_dev_put(pdev);
	hrtimer_init(&storm.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	storm.timer.function = strike;
	storm.there = true;
	hrtimer_start(&storm.timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	return 0;
}

void ddfault_irq_exit(void)
{
	calm(NULL, NULL);
}

const struct ddfault_command ddfault_irq_commands[] = {
	{ "irq-storm", 2, irq_storm },
	{ "irq-calm", 0, calm },
	{ NULL },
};
