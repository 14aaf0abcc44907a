// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's command line for one VM. */
#include "vm/qemu.h"

#include <stdlib.h>
#include <string.h>

#include "core/paths.h"
#include "core/util.h"
#include "vm/template.h"
#include "vm/tsc.h"

/*
 * What TCG may fill with translated code, MiB. QEMU's default is far more than a guest needs, and
 * there can be a hundred driver VMs. Booting fills some 25; a full buffer is thrown away whole,
 * which costs a second, so there is room for what a workload adds.
 */
#define TB_SIZE_DDOS 64
#define TB_SIZE_CLIENT 128

/*
 * TCG's CPU. Not "max": it has fast string instructions ("erms"), for which the kernel copies with
 * rep movsb, and TCG does that byte by byte, ten times slower. Model 4 of this family is also one
 * for which the kernel neither isolates page tables nor prefers rep movsq.
 */
#define TCG_CPU "qemu64,model=4,+rdrand"

/*
 * loglevel=6 keeps the first lines and all warnings without the cost of printing the rest at boot
 * (the agent raises it once it runs); panic=-1 reboots at once, which ends QEMU, see -no-reboot;
 * the crypto self-tests are a quarter of the boot. The last two wake an idle guest for nothing: a
 * watchdog for a processor that does not leave the kernel (a driver's hang is seen from outside, by
 * the link and by a ping), and averages of how long tasks have waited, which nobody reads. The root
 * is a ramfs: tmpfs has half of the memory, and the kernel goes on without what did not fit.
 */
#define KERNEL_PARAMS                                                          \
	"console=ttyS0 loglevel=6 panic=-1 cryptomgr.notests nowatchdog psi=0" \
	" rootfstype=ramfs"
/*
 * Retpolines and their like cost much under TCG and protect nothing there. The TSC is the host's,
 * so its rate is known (tsc_khz()), and a guest that was stopped for a while must not lose faith
 * in it: every other clock is slow to read. On a busy host the test that the timer ticks fails at
 * times, and panics.
 */
#define KERNEL_PARAMS_TCG " mitigations=off tsc=reliable no_timer_check"

/* In the folder of the images that are for one kernel. */
static char *image_path(const struct vm_spec *spec, const char *file)
{
	return path_in_tree("build/images/%s%s%s", spec->kernel ?: "", spec->kernel ? "/" : "",
			    file);
}

char *qemu_kernel_path(const struct vm_spec *spec)
{
	return image_path(spec, "vmlinux");
}

char *qemu_initrd_path(const struct vm_spec *spec)
{
	char *file = xasprintf("%s%s.cpio", spec->image, spec->shell ? "-shell" : "");
	char *path = image_path(spec, file);

	free(file);
	return path;
}

/*
 * A driver VM stops at the first thing that its kernel knows to be wrong: another can take its
 * place, and what goes on after an oops harms more than it helps.
 */
#define KERNEL_PARAMS_DDOS " oops=panic"

bool vm_image_is_driver_os(const char *image)
{
	return strncmp(image, "ddos", strlen("ddos")) == 0;
}

static unsigned int vcpus(const struct vm_spec *spec)
{
	return spec->vcpus ? spec->vcpus : 1;
}

/* Whichever it is, it is called alike: QEMU restores memory by its name. */
static void add_memory(struct argv *a, const struct vm_spec *spec)
{
	const char *file = spec->origin == VM_CLONE ? template_memory(spec->template) :
						      spec->memory_file;

	argv_add(a, "-object");
	if (!file)
		argv_add(a, "memory-backend-ram,id=ram,size=%uM", spec->memory_mib);
	else
		argv_add(a, "memory-backend-file,id=ram,size=%uM,mem-path=%s,share=%s",
			 spec->memory_mib, file, spec->origin == VM_CLONE ? "off" : "on");
}

static void add_machine(struct argv *a, const struct vm_spec *spec)
{
	argv_add(a, "-machine");
	argv_add(a, "pc,usb=off,vmport=off,hpet=off,memory-backend=ram");
	add_memory(a, spec);
	argv_add(a, "-m");
	argv_add(a, "%uM", spec->memory_mib);
	argv_add(a, "-smp");
	if (streq(spec->accel, "kvm")) {
		argv_add(a, "%u", vcpus(spec));
		argv_add(a, "-accel");
		argv_add(a, "kvm");
		argv_add(a, "-cpu");
		argv_add(a, "host");
		return;
	}
	/*
	 * With room for one processor only, TCG leaves out the guest's memory barriers (until QEMU
	 * 8.1), as if nobody else looked at its memory. But QEMU's devices do, and so does the
	 * other VM of a link: nvme loses requests, and links wake-ups.
	 */
	argv_add(a, "%u,maxcpus=%u", vcpus(spec), vcpus(spec) + 1);
	argv_add(a, "-accel");
	argv_add(a, "tcg,thread=multi,tb-size=%d",
		 vm_image_is_driver_os(spec->image) ? TB_SIZE_DDOS : TB_SIZE_CLIENT);
	argv_add(a, "-cpu");
	argv_add(a, TCG_CPU);
}

static void add_append(struct argv *a, const struct vm_spec *spec)
{
	bool tcg = !streq(spec->accel, "kvm");
	unsigned int khz = tcg ? tsc_khz() : 0;
	char *rate = khz ? xasprintf(" tsc_early_khz=%u", khz) : xstrdup("");
	char *more = argv_quote(&spec->parameters);

	argv_add(a, "-append");
	/* It need not keep room for the processor that will never come: see add_machine(). */
	argv_add(a, KERNEL_PARAMS " possible_cpus=%u%s%s%s%s%s%s", vcpus(spec),
		 vm_image_is_driver_os(spec->image) ? KERNEL_PARAMS_DDOS : "",
		 tcg ? KERNEL_PARAMS_TCG : "", rate, spec->shell ? " drivervm.shell=1" : "",
		 spec->parameters.n ? " " : "", more);
	free(more);
	free(rate);
}

/* What it begins with: an image, or what a template holds. */
static void add_origin(struct argv *a, const struct vm_spec *spec)
{
	char *kernel, *initrd;

	if (spec->origin != VM_BOOT) {
		argv_add(a, "-incoming");
		argv_add(a, "defer");
		return;
	}
	kernel = qemu_kernel_path(spec);
	initrd = qemu_initrd_path(spec);
	argv_add(a, "-kernel");
	argv_add(a, "%s", kernel);
	argv_add(a, "-initrd");
	argv_add(a, "%s", initrd);
	add_append(a, spec);
	free(initrd);
	free(kernel);
}

static void add_serial(struct argv *a, const char *id, int index, int fd)
{
	argv_add(a, "-chardev");
	argv_add(a, "socket,id=%s,fd=%d", id, fd);
	argv_add(a, "-device");
	argv_add(a, "isa-serial,chardev=%s,index=%d", id, index);
}

void qemu_argv(struct argv *a, const struct vm_spec *spec, const struct qemu_fds *fds)
{
	/* -no-reboot: a panic (panic=-1 reboots) ends QEMU, and the supervisor sees it at once. */
	static const char *const fixed[] = {
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		/* A driver VM that breaks out into QEMU finds little to call. */
		"-sandbox",
		"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", NULL
	};
	size_t i;

	argv_add(a, QEMU_PROGRAM);
	argv_add(a, "-name");
	argv_add(a, "%s,debug-threads=on", spec->name); /* meters tell vCPUs by thread name */
	argv_add_all(a, fixed);
	add_machine(a, spec);
	add_origin(a, spec);
	argv_add(a, "-chardev");
	argv_add(a, "socket,id=qmp,fd=%d", fds->qmp);
	argv_add(a, "-mon");
	argv_add(a, "chardev=qmp,mode=control");
	add_serial(a, "console", 0, fds->console);
	add_serial(a, "agent", 1, fds->agent);
	if (fds->shell >= 0)
		add_serial(a, "shell", 2, fds->shell);
	for (i = 0; i < spec->devices.n; i++)
		argv_add(a, "%s", spec->devices.v[i]);
}
