// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults of the VM as a whole: its processors stand still, or its memory is gone. */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "ddfault.h"

#define SPIN_MS_MAX 60000

/* -- a lockup -- */

static void stand_still(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int lockup(char **args, struct ddfault_result *result)
{
	smp_call_function(stand_still, NULL, 0);
	stand_still(NULL);
	return 0;
}

/* -- a thread that gives its processor to nobody, while interrupts are served -- */

static int spin_thread(void *ms)
{
	unsigned long end = jiffies + msecs_to_jiffies((unsigned long)ms);

	preempt_disable();
	while (time_before(jiffies, end))
		cpu_relax();
	preempt_enable();
	return 0;
}

static int spin(char **args, struct ddfault_result *result)
{
	struct task_struct *thread;
	unsigned long ms;
	int ret = kstrtoul(args[0], 10, &ms);

	if (ret)
		return ret;
	if (ms > SPIN_MS_MAX)
		return -ERANGE;
	thread = kthread_run(spin_thread, (void *)ms, "ddfault");
	return PTR_ERR_OR_ZERO(thread);
}

/* -- a leak -- */

static void leak_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(leak_again, leak_work);
static LIST_HEAD(leaked); /* pages, by their lru; of whoever runs the work, or has cancelled it */
static unsigned long n_leaked, n_wanted;

/* What others give back in the meantime is taken, too, as a leak does. */
static void leak_work(struct work_struct *work)
{
	gfp_t how = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;
	struct page *page;

	while (n_leaked < n_wanted) {
		page = alloc_page(how);
		if (!page)
			break;
		list_add(&page->lru, &leaked);
		n_leaked++;
		cond_resched();
	}
	if (n_leaked < n_wanted)
		schedule_delayed_work(&leak_again, msecs_to_jiffies(10));
}

static void give_back(void)
{
	struct page *page, *next;

	cancel_delayed_work_sync(&leak_again);
	list_for_each_entry_safe(page, next, &leaked, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
	n_leaked = 0;
}

/* MiB to take; 0: all there is. */
static int leak(char **args, struct ddfault_result *result)
{
	unsigned long mib;
	int ret = kstrtoul(args[0], 10, &mib);

	if (ret)
		return ret;
	give_back();
	n_wanted = mib && mib < (ULONG_MAX >> 20) ? mib << (20 - PAGE_SHIFT) : ULONG_MAX;
	schedule_delayed_work(&leak_again, 0);
	return 0;
}

static int unleak(char **args, struct ddfault_result *result)
{
	ddfault_say(result, "leaked_kib=%lu", n_leaked << (PAGE_SHIFT - 10));
	give_back();
	return 0;
}

void ddfault_vm_exit(void)
{
	give_back();
}

const struct ddfault_command ddfault_vm_commands[] = {
	{ "lockup", 0, lockup },
	{ "spin", 1, spin },
	{ "leak", 1, leak },
	{ "unleak", 0, unleak },
	{ NULL },
};
