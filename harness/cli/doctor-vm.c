// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: what virtual machines need: QEMU, images, an accelerator. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "core/paths.h"
#include "core/proc.h"
#include "vm/accel.h"
#include "vm/qemu.h"

#define VERSION_US (5 * USEC_PER_SEC)

static const char *const image_files[] = {
	"vmlinux",	   "ddos.cpio",		"client.cpio",
	"ddos-shell.cpio", "client-shell.cpio", "manifest.json",
};

static void check_qemu(const struct doctor_check *check, struct loop *loop,
		       struct doctor_finding *f)
{
	static const char cost[] = "nothing runs without it: 'make deps' installs it";
	char *text = NULL;
	int code = proc_run(loop, (const char *[]){ QEMU_PROGRAM, "--version", NULL }, -1,
			    VERSION_US, &text);

	(void)check;
	if (code == 0) {
		text[strcspn(text, "\n")] = '\0';
		doctor_found(f, DOCTOR_OK, NULL, "%s", text);
	} else if (code < 0) {
		doctor_found(f, DOCTOR_MISSING, cost, "%s does not start: %s", QEMU_PROGRAM,
			     strerror(-code));
	} else {
		doctor_found(f, DOCTOR_MISSING, cost, "%s --version fails with status %d",
			     QEMU_PROGRAM, code);
	}
	free(text);
}

/* The first image that is not there, or NULL. */
static const char *missing_image(void)
{
	const char *missing = NULL;
	char *path;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(image_files) && !missing; i++) {
		path = path_in_tree("build/images/%s", image_files[i]);
		if (access(path, R_OK) < 0)
			missing = image_files[i];
		free(path);
	}
	return missing;
}

static void check_images(const struct doctor_check *check, struct loop *loop,
			 struct doctor_finding *f)
{
	const char *missing = missing_image();

	(void)check;
	(void)loop;
	if (missing)
		doctor_found(f, DOCTOR_MISSING, "no guest can boot: run 'make images'",
			     "build/images/%s is not there", missing);
	else
		doctor_found(f, DOCTOR_OK, NULL, "all in build/images");
}

static void check_accelerator(const struct doctor_check *check, struct loop *loop,
			      struct doctor_finding *f)
{
	static const char cost[] =
		"guests run on TCG, many times slower: compare ratios with KVM's, never figures";
	const char *accel = NULL;
	char *reason = NULL;
	int err;

	(void)check;
	if (missing_image()) {
		doctor_found(f, DOCTOR_MISSING, "see images", "no image to probe KVM with");
		return;
	}
	err = accel_probe_anew(loop, NULL, &accel, &reason);
	if (err)
		doctor_found(f, DOCTOR_MISSING, "see above", "the probe failed: %s",
			     strerror(-err));
	else
		doctor_found(f, streq(accel, "kvm") ? DOCTOR_OK : DOCTOR_LIMITED, cost, "%s: %s",
			     accel, reason);
	free(reason);
}

const struct doctor_check doctor_vm_checks[] = {
	{ .what = "QEMU", .run = check_qemu },
	{ .what = "images", .run = check_images },
	{ .what = "accelerator", .run = check_accelerator },
	{ 0 },
};
