// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptions of systems and drivers: those of the tree are sound, each mistake gets one line with
 * its place, and a dry run prints what would be started.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "classes/class.h"
#include "core/util.h"
#include "system/system-private.h"

static char dir[] = "/tmp/drivervm-test-XXXXXX";

/* What @fn prints on stderr; the caller frees. */
static char *stderr_of(void (*fn)(const char *), const char *arg)
{
	char name[] = "/tmp/drivervm-err-XXXXXX";
	int saved = dup(STDERR_FILENO), fd = mkstemp(name);
	char *text;

	ck_assert_int_ge(fd, 0);
	fflush(stderr);
	dup2(fd, STDERR_FILENO);
	fn(arg);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	ck_assert_int_eq(file_read(name, &text, NULL), 0);
	unlink(name);
	return text;
}

static int last_err;

static void load(const char *name)
{
	struct system_desc *d = NULL;

	last_err = system_desc_load(&d, name);
	if (!last_err)
		system_desc_free(d);
}

/* Writes @text as case.yaml, and expects that loading it fails with exactly @complaint. */
static void expect_complaint(const char *text, int err, const char *complaint)
{
	char *path = xasprintf("%s/case.yaml", dir);
	char *want = xasprintf("drivervm: %s:%s\n", path, complaint);
	char *got;

	ck_assert_int_eq(file_write(path, text, strlen(text)), 0);
	got = stderr_of(load, path);
	ck_assert_str_eq(got, want);
	ck_assert_int_eq(last_err, err);
	unlink(path);
	free(got);
	free(want);
	free(path);
}

#define HEAD "name: case\nsummary: a case\n"
#define VMS                                                            \
	"vms:\n  - { name: client, image: client, memory_mib: 256 }\n" \
	"  - { name: dd, image: ddos, memory_mib: 96, vcpus: 2 }\n"

START_TEST(a_description_becomes_a_structure)
{
	static const char text[] = HEAD VMS
		"devices:\n  - { name: net0, class: net, vm: dd, exported_to: client, driver: pcnet }\n"
		"  - { name: net1, class: net, vm: client }\n";
	char *path = xasprintf("%s/case.yaml", dir);
	struct system_desc *d;

	ck_assert_int_eq(file_write(path, text, strlen(text)), 0);
	ck_assert_int_eq(system_desc_load(&d, path), 0);
	ck_assert_str_eq(d->name, "case");
	ck_assert_uint_eq(d->n_vms, 2);
	ck_assert_uint_eq(d->vms[0].vcpus, 1);
	ck_assert_uint_eq(d->vms[1].vcpus, 2);
	ck_assert_uint_eq(d->vms[1].memory_mib, 96);
	ck_assert_uint_eq(d->n_devices, 2);
	ck_assert_str_eq(d->devices[0].exported_to, "client");
	ck_assert_int_eq(d->devices[0].via, SYSTEM_VIA_LINK);
	ck_assert_str_eq(d->devices[0].driver, "pcnet");
	ck_assert_ptr_null(d->devices[1].exported_to);
	ck_assert_ptr_null(d->devices[1].driver);
	/* Guests, a QEMU each, a link each. */
	ck_assert_uint_gt(system_memory_mib(d, NULL), 256 + 96);
	ck_assert_uint_lt(system_memory_mib(d, NULL), 256 + 96 + 512);
	system_desc_free(d);
	unlink(path);
	free(path);
}
END_TEST

/* Classes of which one can be exported by stock parts. */
static const struct device_stock some_stock;
static const struct device_class linked_class = { .name = "linked" };
static const struct device_class stocked_class = { .name = "stocked", .stock = &some_stock };

DEVICE_CLASS(linked_class)
DEVICE_CLASS(stocked_class)

START_TEST(an_export_may_say_how)
{
	static const char text[] = HEAD VMS
		"devices:\n"
		"  - { name: a, class: stocked, vm: dd, exported_to: client, via: stock }\n"
		"  - { name: b, class: stocked, vm: dd, exported_to: client, via: link }\n"
		"  - { name: c, class: linked, vm: dd, exported_to: client }\n";
	char *path = xasprintf("%s/case.yaml", dir);
	struct system_desc *d;

	ck_assert_int_eq(file_write(path, text, strlen(text)), 0);
	ck_assert_int_eq(system_desc_load(&d, path), 0);
	ck_assert_int_eq(d->devices[0].via, SYSTEM_VIA_STOCK);
	ck_assert_int_eq(d->devices[1].via, SYSTEM_VIA_LINK);
	ck_assert_int_eq(d->devices[2].via, SYSTEM_VIA_LINK);
	system_desc_free(d);
	unlink(path);
	free(path);
}
END_TEST

START_TEST(a_way_that_there_is_not_is_refused)
{
	expect_complaint(HEAD VMS
			 "devices:\n"
			 "  - { name: a, class: stocked, vm: dd, exported_to: client, via: usb }\n",
			 -EINVAL, "7: at 'via': found 'usb'; expected one of 'link', 'stock'");
	expect_complaint(HEAD VMS
			 "devices:\n"
			 "  - { name: a, class: stocked, vm: dd, exported_to: client, via: 1 }\n",
			 -EINVAL, "7: at 'via': found '1'; expected one of 'link', 'stock'");
	expect_complaint(
		HEAD VMS "devices:\n  - { name: a, class: stocked, vm: dd, via: stock }\n", -EINVAL,
		"7: device 'a' has 'via', which says how it is exported, and no exported_to");
	expect_complaint(
		HEAD VMS
		"devices:\n"
		"  - { name: a, class: linked, vm: dd, exported_to: client, via: stock }\n",
		-EINVAL,
		"7: device 'a': class linked knows no stock way to export a device; expected 'via: "
		"link'");
}
END_TEST

static bool is_colour(const char *value)
{
	return streq(value, "red") || streq(value, "blue");
}

static int dislike_blue(const struct device *dev, char **why)
{
	if (!streq(device_option(dev, "colour"), "blue"))
		return 0;
	*why = xstrdup("blue is out");
	return -EINVAL;
}

static const struct device_option painted_options[] = {
	{ "colour", "red or blue", is_colour },
	{ 0 },
};
static const struct device_class painted_class = {
	.name = "painted",
	.default_driver = "e1000",
	.options = painted_options,
	.check_options = dislike_blue,
};

DEVICE_CLASS(painted_class)

#define PAINTED                                                                              \
	HEAD VMS "devices:\n  - { name: a, class: painted, vm: dd }\n  - { name: p, class: " \
		 "painted, vm: dd, options: ["

START_TEST(options_are_those_of_the_class)
{
	expect_complaint(PAINTED "size=3] }\n", -EINVAL,
			 "8: device 'p': class painted has no option 'size'; there are: colour");
	expect_complaint(PAINTED "colour=green] }\n", -EINVAL,
			 "8: device 'p': 'green' is no value for colour (red or blue)");
	expect_complaint(PAINTED "colour] }\n", -EINVAL,
			 "8: device 'p': expected options of the form key=value, found 'colour'");
	expect_complaint(PAINTED "colour=red, colour=blue] }\n", -EINVAL,
			 "8: device 'p' has option 'colour' twice");
	expect_complaint(HEAD VMS
			 "devices:\n  - { name: a, class: linked, vm: dd, options: [x=1] }\n",
			 -EINVAL, "7: device 'a': class linked has no option 'x'; there are: none");
}
END_TEST

static void check_painted(const char *path)
{
	struct system_options opt = { .accel = "tcg" };
	struct system_desc *d;

	ck_assert_int_eq(system_desc_load(&d, path), 0);
	last_err = system_options_check(d, &opt);
	system_desc_free(d);
}

START_TEST(the_class_judges_options_together)
{
	char *path = xasprintf("%s/case.yaml", dir), *got, *want;
	struct system_desc *d;

	want = xasprintf("drivervm: %s:8: device 'p': blue is out\n", path);
	ck_assert_int_eq(file_write(path, PAINTED "colour=blue] }\n",
				    strlen(PAINTED "colour=blue] }\n")),
			 0);
	got = stderr_of(check_painted, path);
	ck_assert_str_eq(got, want);
	ck_assert_int_eq(last_err, -EINVAL);

	/* What is set replaces what the description says, or adds to it. */
	ck_assert_int_eq(system_desc_load(&d, path), 0);
	ck_assert_int_eq(system_desc_set_option(d, "p.colour=red"), 0);
	ck_assert_uint_eq(d->devices[1].n_options, 1);
	ck_assert_str_eq(d->devices[1].options[0], "colour=red");
	ck_assert_int_eq(system_desc_set_option(d, "a.colour=red"), 0);
	ck_assert_str_eq(d->devices[0].options[0], "colour=red");
	ck_assert_int_eq(system_options_check(d, &(struct system_options){ .accel = "tcg" }), 0);
	system_desc_free(d);
	unlink(path);
	free(want);
	free(got);
	free(path);
}
END_TEST

START_TEST(each_mistake_gets_one_line)
{
	expect_complaint(HEAD "vms:\n  - { name: dd, image: ddos, memory_mib: 96 }\n", -EINVAL,
			 "3: no VM is called 'client'");
	expect_complaint(HEAD VMS "  - { name: dd, image: ddos, memory_mib: 96 }\n", -EINVAL,
			 "5: there are two VMs called 'dd'");
	expect_complaint(HEAD VMS "  - { name: remote, image: ddos, memory_mib: 96 }\n", -EINVAL,
			 "6: VM name 'remote': what is measured of something else has it");
	expect_complaint(HEAD VMS "  - { name: host, image: ddos, memory_mib: 96 }\n", -EINVAL,
			 "6: VM name 'host': what is measured of something else has it");
	expect_complaint(HEAD "vms:\n  - { name: client, image: client, memory_mib: 8 }\n", -EINVAL,
			 "4: VM 'client': memory_mib is 8, expected 64 to 1048576");
	expect_complaint(HEAD VMS "devices:\n  - { name: net0, class: net, vm: none }\n", -EINVAL,
			 "7: device 'net0': no VM is called 'none'");
	expect_complaint(HEAD VMS
			 "devices:\n  - { name: net0, class: net, vm: dd, exported_to: nix }\n",
			 -EINVAL, "7: device 'net0': no VM is called 'nix'");
	expect_complaint(
		HEAD VMS "devices:\n  - { name: net0, class: net, vm: dd, exported_to: dd }\n",
		-EINVAL,
		"7: device 'net0' is exported to the VM that has it; leave exported_to out");
	expect_complaint(HEAD VMS "devices:\n  - { name: net0, class: nut, vm: dd }\n", -EINVAL,
			 "7: device 'net0': no class 'nut'");
	expect_complaint(HEAD VMS "devices:\n  - { name: net0, class: net, vm: dd, driver: e10 }\n",
			 -EINVAL, "7: device 'net0': no driver 'e10' in drivers.yaml");
	expect_complaint(HEAD VMS "devices:\n  - { name: net0, class: net, vm: dd }\n"
				  "  - { name: net0, class: net, vm: client }\n",
			 -EINVAL, "7: there are two devices called 'net0'");
	expect_complaint(HEAD VMS "devices:\n  - { name: ../x, class: net, vm: dd }\n", -EINVAL,
			 "7: device name '../x': expected up to 15 of a-z, 0-9, - and _");
	expect_complaint("name: other\nsummary: a case\n" VMS, -EINVAL,
			 "1: name is 'other', expected 'case' as the file's");
}
END_TEST

START_TEST(wrong_types_and_keys_name_their_line)
{
	char *got, *path = xasprintf("%s/case.yaml", dir), *line = xasprintf("%s:4: ", path);
	static const char *const texts[] = {
		HEAD "vms:\n  - { name: client, image: client, memory_mib: much }\n",
		HEAD "vms:\n  - { name: client, image: client, memory_mib: -1 }\n",
		HEAD "vms:\n  - { name: client, image: client, memory_mib: 256, colour: red }\n",
		HEAD "vms:\n  - { name: client, memory_mib: 256 }\n",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		ck_assert_int_eq(file_write(path, texts[i], strlen(texts[i])), 0);
		got = stderr_of(load, path);
		ck_assert_int_eq(last_err, -EINVAL);
		ck_assert_msg(strstr(got, line), "no '%s' in '%s'", line, got);
		ck_assert_ptr_eq(strchr(got, '\n'), got + strlen(got) - 1);
		free(got);
	}
	unlink(path);
	free(line);
	free(path);
}
END_TEST

START_TEST(an_unknown_system_lists_those_there_are)
{
	char *got = stderr_of(load, "nonsense");

	ck_assert_int_eq(last_err, -ENOENT);
	ck_assert_ptr_nonnull(strstr(got, "no system 'nonsense'; there are: "));
	ck_assert_ptr_nonnull(strstr(got, "isolated"));
	free(got);
	got = stderr_of(load, "../systems/native");
	ck_assert_int_eq(last_err, -ENOENT);
	free(got);
	got = stderr_of(load, "/no/such/file.yaml");
	ck_assert_int_eq(last_err, -ENOENT);
	ck_assert_ptr_nonnull(strstr(got, "/no/such/file.yaml: No such file"));
	free(got);
}
END_TEST

START_TEST(the_trees_own_descriptions_are_sound)
{
	struct system_desc *d;
	char **names;
	size_t n, i;

	ck_assert_int_eq(system_desc_names(&names, &n), 0);
	ck_assert_uint_ge(n, 3);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(system_desc_load(&d, names[i]), 0);
		ck_assert_str_eq(d->name, names[i]);
		system_desc_free(d);
		free(names[i]);
	}
	free(names);
}
END_TEST

START_TEST(the_drivers_table_is_sound)
{
	struct driver_desc *drivers;
	const struct driver_desc *e1000;
	unsigned int n;

	ck_assert_int_eq(driver_desc_load_all(&drivers, &n), 0);
	e1000 = driver_desc_find(drivers, n, "e1000");
	ck_assert_ptr_nonnull(e1000);
	ck_assert_str_eq(e1000->modules[e1000->n_modules - 1], "e1000");
	ck_assert(driver_desc_has(e1000, "jumbo"));
	ck_assert(!driver_desc_has(e1000, "vnet-hdr"));
	ck_assert_ptr_null(driver_desc_find(drivers, n, "e100000"));
	driver_desc_free_all(drivers, n);
}
END_TEST

/* Of the system's devices of class net. */
static char *dry_run(const char *name, const struct system_options *opt, int want)
{
	static const char *const classes[] = { "net", NULL };
	struct system_desc *d;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(system_desc_load(&d, name), 0);
	system_desc_keep(d, classes);
	ck_assert_int_eq(system_dry_run(d, opt, out), want);
	fclose(out);
	system_desc_free(d);
	return text;
}

START_TEST(a_dry_run_of_clones_needs_no_template)
{
	struct system_options opt = { .accel = "tcg", .origin = VM_CLONE };
	char *text = dry_run("many", &opt, 0);

	/* The client's, and a driver VM's; no VM boots. */
	ck_assert_ptr_nonnull(strstr(text, "/templates/client-many-tcg-768M-client-10/memory"));
	ck_assert_ptr_nonnull(strstr(text, "/templates/e1000-tcg-128M-ddos/memory"));
	ck_assert_ptr_null(strstr(text, "-kernel"));
	free(text);
	/* Without a fleet the client boots. */
	text = dry_run("isolated", &opt, 0);
	ck_assert_ptr_null(strstr(text, "/templates/client"));
	ck_assert_ptr_nonnull(strstr(text, "-kernel"));
	free(text);
}
END_TEST

START_TEST(a_dry_run_prints_a_line_per_vm)
{
	struct system_options opt = { .accel = "tcg" };
	char *text = dry_run("isolated", &opt, 0), *second;

	second = strchr(text, '\n') + 1;
	ck_assert_ptr_nonnull(strchr(second, '\n'));
	ck_assert_uint_eq(strlen(strchr(second, '\n')), 1);
	/* The client has its end of the link and no hardware; the driver VM has both. */
	ck_assert_ptr_null(strstr(second, "name client"));
	ck_assert_ptr_nonnull(strstr(second, "-device e1000,"));
	/* The number of vectors says which end it is. */
	ck_assert_ptr_nonnull(strstr(second, "vectors=2,master=on"));
	second[-1] = '\0';
	ck_assert_ptr_null(strstr(text, "e1000"));
	ck_assert_ptr_nonnull(strstr(text, "ivshmem-doorbell,"));
	ck_assert_ptr_nonnull(strstr(text, "vectors=3,master=on"));
	free(text);

	opt.driver = "tulip";
	text = dry_run("native", &opt, 0);
	ck_assert_ptr_nonnull(strstr(text, "-device tulip,"));
	ck_assert_ptr_null(strstr(text, "ivshmem"));
	free(text);
	/* A system's own driver is not overridden. */
	text = dry_run("virtio", &opt, 0);
	ck_assert_ptr_nonnull(strstr(text, "-device virtio-net-pci,"));
	free(text);
	opt.driver = "e1001";
	text = dry_run("native", &opt, -EINVAL);
	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

/* The arguments of bridged's VM @vm, which has the end with address @mac and nothing else's. */
static char *bridged_vm(const char *text, const char *vm, const char *mac)
{
	char *name = xasprintf("-name %s,", vm), *joint, *line = strstr(text, name);

	ck_assert_msg(line != NULL, "no '%s' in %s", name, text);
	line = strndup(line, strcspn(line, "\n"));
	joint = xasprintf("-device virtio-net-pci,netdev=net0-joint,mac=%s,id=net0-joint-dev", mac);
	ck_assert_msg(strstr(line, joint) != NULL, "no '%s' in %s", joint, line);
	ck_assert_ptr_nonnull(strstr(line, "-netdev tap,id=net0-joint,fd="));
	ck_assert_ptr_null(strstr(line, "ivshmem"));
	free(joint);
	free(name);
	return line;
}

START_TEST(stock_parts_are_a_card_in_each_vm)
{
	struct system_options opt = { .accel = "tcg" };
	char *text = dry_run("bridged", &opt, 0), *client, *dd;

	client = bridged_vm(text, "client", "52:54:00:01:01:00");
	dd = bridged_vm(text, "net-dd", "52:54:00:01:00:00");
	ck_assert_ptr_null(strstr(client, "-device e1000,"));
	ck_assert_ptr_nonnull(strstr(dd, "-device e1000,netdev=net0,mac=52:54:00:77:00:00,"));
	ck_assert_ptr_null(strstr(text, "disk-dd"));
	free(client);
	free(dd);
	free(text);
}
END_TEST

START_TEST(a_remote_machine_is_at_the_networks_other_end)
{
	static const char *const net[] = { "net", NULL }, *const blk[] = { "blk", NULL };
	struct system_options opt = { .accel = "tcg" };
	struct system_desc *d;
	unsigned int without;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(system_desc_load(&d, "isolated"), 0);
	system_desc_keep(d, net);
	without = system_memory_mib(d, NULL);
	system_desc_add_remote(d, "some-image");
	ck_assert_uint_eq(d->n_vms, 3);
	ck_assert_str_eq(d->vms[2].name, SYSTEM_REMOTE);
	ck_assert_uint_gt(system_memory_mib(d, NULL), without + d->vms[2].memory_mib);
	ck_assert_int_eq(system_dry_run(d, &opt, out), 0);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "/some-image.cpio "));
	text[strcspn(text, "\n")] = ' ';
	text[strcspn(text, "\n")] = '\0';
	ck_assert_ptr_null(strstr(text, "-netdev tap,id=remote,"));
	ck_assert_ptr_nonnull(strstr(text + strlen(text) + 1,
				     "-device virtio-net-pci,netdev=remote,mac=52:54:00:77:ff:00"));
	ck_assert_ptr_null(strstr(text + strlen(text) + 1, "e1000"));
	free(text);
	system_desc_free(d);

	/* Nothing joins a machine to a disk. */
	ck_assert_int_eq(system_desc_load(&d, "isolated"), 0);
	system_desc_keep(d, blk);
	system_desc_add_remote(d, "some-image");
	ck_assert_uint_eq(d->n_vms, 2);
	system_desc_free(d);
}
END_TEST

START_TEST(what_is_not_needed_is_left_out)
{
	static const char *const blk[] = { "blk", NULL }, *const none[] = { NULL };
	struct system_desc *d;

	ck_assert_int_eq(system_desc_load(&d, "isolated"), 0);
	ck_assert_uint_eq(d->n_vms, 3);
	system_desc_keep(d, blk);
	ck_assert_uint_eq(d->n_vms, 2);
	ck_assert_str_eq(d->vms[0].name, "client");
	ck_assert_str_eq(d->vms[1].name, "disk-dd");
	ck_assert_uint_eq(d->n_devices, 1);
	ck_assert_str_eq(d->devices[0].name, "disk0");
	system_desc_keep(d, none);
	ck_assert_uint_eq(d->n_vms, 1);
	ck_assert_uint_eq(d->n_devices, 0);
	system_desc_free(d);
}
END_TEST

START_TEST(a_disk_is_told_to_qemu_by_its_driver)
{
	static const char *const blk[] = { "blk", NULL };
	struct system_options opt = { .accel = "tcg", .driver = "ahci" };
	struct system_desc *d;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(system_desc_load(&d, "native"), 0);
	system_desc_keep(d, blk);
	ck_assert_int_eq(system_dry_run(d, &opt, out), 0);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "-device ahci,id=disk0-dev "));
	ck_assert_ptr_nonnull(
		strstr(text, "-device ide-hd,bus=disk0-dev.0,werror=report,drive=disk0"));
	free(text);
	/* A driver of another class is nothing that this system could use. */
	opt.driver = "tulip";
	ck_assert_int_eq(system_options_check(d, &opt), -EINVAL);
	system_desc_free(d);
}
END_TEST

static void start(const char *path)
{
	char *logs = xasprintf("%s/logs", dir);
	struct system_options opt = { .accel = "tcg", .log_dir = logs };
	struct system_desc *d;
	struct system *sys;
	struct loop *loop;

	ck_assert_int_eq(system_desc_load(&d, path), 0);
	ck_assert_int_eq(loop_new(&loop), 0);
	last_err = system_up(&sys, loop, d, &opt);
	ck_assert_int_lt(access(logs, F_OK), 0);
	loop_free(loop);
	system_desc_free(d);
	free(logs);
}

START_TEST(a_system_too_large_is_refused_before_it_starts)
{
	static const char text[] = HEAD "vms:\n"
					"  - { name: client, image: client, memory_mib: 1048576 }\n"
					"  - { name: dd, image: ddos, memory_mib: 1048576 }\n";
	char *path = xasprintf("%s/case.yaml", dir), *got;

	ck_assert_int_eq(file_write(path, text, strlen(text)), 0);
	got = stderr_of(start, path);
	ck_assert_int_eq(last_err, -ENOMEM);
	ck_assert_ptr_nonnull(strstr(got, "system case needs 2097728 MiB of memory, "));
	ck_assert_ptr_nonnull(
		strstr(got, "guests 2097152: client 1048576 + dd 1048576; QEMU's own 320"));
	unlink(path);
	free(got);
	free(path);
}
END_TEST

START_TEST(settings_are_checked_without_a_system)
{
	ck_assert_int_eq(system_setting_check("mtu", "1500"), 0);
	ck_assert_int_eq(system_setting_check("mtu", "68"), 0);
	ck_assert_int_eq(system_setting_check("mtu", "9000"), 0);
	ck_assert_int_eq(system_setting_check("mtu", "67"), -EINVAL);
	ck_assert_int_eq(system_setting_check("mtu", "9001"), -EINVAL);
	ck_assert_int_eq(system_setting_check("mtu", "-1500"), -EINVAL);
	ck_assert_int_eq(system_setting_check("mtu", "1500x"), -EINVAL);
	ck_assert_int_eq(system_setting_check("mtu", ""), -EINVAL);
	ck_assert_int_eq(system_setting_check("rate", "0"), 0);
	ck_assert_int_eq(system_setting_check("rate", "200"), 0);
	ck_assert_int_eq(system_setting_check("rate", " 178.25 "), 0);
	ck_assert_int_eq(system_setting_check("rate", "-1"), -EINVAL);
	ck_assert_int_eq(system_setting_check("rate", "nan"), -EINVAL);
	ck_assert_int_eq(system_setting_check("rate", "inf"), -EINVAL);
	ck_assert_int_eq(system_setting_check("rate", "fast"), -EINVAL);
	ck_assert_int_eq(system_setting_check("rate", "1e9"), -EINVAL);
	ck_assert_int_eq(system_setting_check("disk_rate", "0"), 0);
	ck_assert_int_eq(system_setting_check("disk_rate", "100.5"), 0);
	ck_assert_int_eq(system_setting_check("disk_rate", "-1"), -EINVAL);
	ck_assert_int_eq(system_setting_check("disk_rate", "slow"), -EINVAL);
	ck_assert_int_eq(system_setting_check("budget", "0"), 0);
	ck_assert_int_eq(system_setting_check("budget", "24"), 0);
	ck_assert_int_eq(system_setting_check("budget", "ample"), -EINVAL);
	ck_assert_int_eq(system_setting_check("colour", "red"), -ENOENT);
}
END_TEST

START_TEST(what_a_system_is_brought_up_with_is_text)
{
	struct system_options opt = { 0 };

	ck_assert_int_eq(system_bring_up_set(&opt, "vms", "128"), 0);
	ck_assert_uint_eq(opt.vms, 128);
	ck_assert_int_eq(system_bring_up_set(&opt, "boot", "clone"), 0);
	ck_assert_int_eq(opt.origin, VM_CLONE);
	ck_assert_int_eq(system_bring_up_check("vms", "129"), -EINVAL);
	ck_assert_int_eq(system_bring_up_check("vms", "0"), -EINVAL);
	ck_assert_int_eq(system_bring_up_check("vms", ""), -EINVAL);
	ck_assert_int_eq(system_bring_up_check("vms", "-1"), -EINVAL);
	ck_assert_int_eq(system_bring_up_check("vms", "1x"), -EINVAL);
	ck_assert_int_eq(system_bring_up_check("boot", "warm"), -EINVAL);
	ck_assert_int_eq(system_bring_up_check("mtu", "1500"), -ENOENT);
	ck_assert_int_eq(system_bring_up_check("technique", "clone+zram"), 0);
	ck_assert_int_eq(system_bring_up_check("technique", "hope"), -EINVAL);
	ck_assert_int_eq(system_bring_up_check("technique", "none+zram"), -EINVAL);
	ck_assert_int_eq(system_bring_up_check("technique", ""), -EINVAL);
}
END_TEST

START_TEST(a_technique_says_how_vms_come_to_life_if_nobody_else_does)
{
	struct system_options opt = { 0 };

	ck_assert_int_eq(system_origin(&opt), VM_BOOT);
	ck_assert_int_eq(system_bring_up_set(&opt, "technique", "zram"), 0);
	ck_assert_int_eq(system_origin(&opt), VM_COPY);
	ck_assert_int_eq(system_bring_up_set(&opt, "technique", "clone+zram"), 0);
	ck_assert_int_eq(system_origin(&opt), VM_CLONE);
	ck_assert_int_eq(system_bring_up_set(&opt, "boot", "cold"), 0);
	ck_assert_int_eq(system_origin(&opt), VM_BOOT);
}
END_TEST

START_TEST(only_driver_vms_have_what_techniques_need)
{
	struct system_options opt = { .technique = "balloon" };
	char *text = dry_run("isolated", &opt, 0), *second;

	second = strchr(text, '\n') + 1;
	ck_assert_ptr_nonnull(strstr(second, "-device virtio-balloon-pci,"));
	second[-1] = '\0';
	ck_assert_ptr_null(strstr(text, "virtio-balloon-pci"));
	free(text);
	/* Nobody is there to be limited. */
	text = dry_run("native", &opt, -EINVAL);
	free(text);
}
END_TEST

START_TEST(a_fleet_is_as_large_as_wanted)
{
	static const char *const disks[] = { "blk", NULL };
	struct system_options opt = { .vms = 5 };
	struct system_desc *d;
	unsigned int i;

	ck_assert_int_eq(system_desc_load(&d, "many"), 0);
	ck_assert_uint_eq(d->n_devices, d->fleet->vms);
	ck_assert_int_eq(system_desc_apply(d, &opt), 0);
	ck_assert_uint_eq(d->n_vms, 6);
	ck_assert_str_eq(d->devices[0].name, "net0");
	ck_assert_str_eq(d->devices[1].name, "disk0");
	ck_assert_str_eq(d->devices[2].name, "net1");
	ck_assert_str_eq(d->devices[4].vm, "dd4");
	ck_assert_str_eq(d->devices[4].exported_to, SYSTEM_CLIENT);
	/* With one class left it is as large as before. */
	system_desc_keep(d, disks);
	ck_assert_uint_eq(d->n_vms, 6);
	for (i = 0; i < d->n_devices; i++)
		ck_assert_str_eq(d->devices[i].class, "blk");
	/* What clones take of the host's memory is less than what booted VMs do. */
	opt.vms = SYSTEM_FLEET_MAX;
	ck_assert_int_eq(system_desc_apply(d, &opt), 0);
	opt.origin = VM_CLONE;
	ck_assert_uint_lt(system_memory_mib(d, &opt), system_memory_mib(d, NULL));
	system_desc_free(d);
}
END_TEST

/* What is compared with a fleet has its devices, and nothing that could be cloned. */
START_TEST(a_client_may_have_the_fleets_devices)
{
	struct system_options opt = { .vms = 7, .origin = VM_CLONE };
	struct system_desc *many, *native;
	unsigned int i;

	ck_assert_int_eq(system_desc_load(&many, "many"), 0);
	ck_assert_int_eq(system_desc_load(&native, "many-native"), 0);
	ck_assert_int_eq(system_desc_apply(many, &opt), 0);
	ck_assert_int_eq(system_desc_apply(native, &opt), 0);
	ck_assert_uint_eq(native->n_vms, 1);
	ck_assert_uint_eq(native->n_devices, many->n_devices);
	for (i = 0; i < many->n_devices; i++) {
		ck_assert_str_eq(native->devices[i].driver, many->devices[i].driver);
		ck_assert_str_eq(native->devices[i].vm, SYSTEM_CLIENT);
		ck_assert_ptr_null(native->devices[i].exported_to);
	}
	ck_assert_int_eq(system_options_check(native, &opt), 0);
	system_desc_free(native);
	system_desc_free(many);
}
END_TEST

/* Not a mistake, for others of an experiment have room for them: it is what cannot be done. */
START_TEST(a_fleet_that_is_too_large_does_not_come_up)
{
	struct system_options opt = { .vms = SYSTEM_FLEET_MAX };
	struct system_desc *d;
	struct system *sys;

	ck_assert_int_eq(system_desc_load(&d, "many-native"), 0);
	ck_assert_int_eq(system_desc_apply(d, &opt), 0);
	ck_assert_int_eq(system_up(&sys, NULL, d, &opt), -EOPNOTSUPP);
	system_desc_free(d);
}
END_TEST

START_TEST(what_is_no_fleet_has_no_number)
{
	struct system_options opt = { .vms = 2 };
	struct system_desc *d;

	ck_assert_int_eq(system_desc_load(&d, "isolated"), 0);
	ck_assert_int_eq(system_desc_apply(d, &opt), -EINVAL);
	system_desc_free(d);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("system-desc");
	TCase *tc = tcase_create("system-desc");
	SRunner *runner;
	int failed;

	if (!mkdtemp(dir))
		return EXIT_FAILURE;
	tcase_add_test(tc, a_description_becomes_a_structure);
	tcase_add_test(tc, an_export_may_say_how);
	tcase_add_test(tc, a_way_that_there_is_not_is_refused);
	tcase_add_test(tc, options_are_those_of_the_class);
	tcase_add_test(tc, the_class_judges_options_together);
	tcase_add_test(tc, each_mistake_gets_one_line);
	tcase_add_test(tc, wrong_types_and_keys_name_their_line);
	tcase_add_test(tc, an_unknown_system_lists_those_there_are);
	tcase_add_test(tc, the_trees_own_descriptions_are_sound);
	tcase_add_test(tc, the_drivers_table_is_sound);
	tcase_add_test(tc, a_dry_run_prints_a_line_per_vm);
	tcase_add_test(tc, a_dry_run_of_clones_needs_no_template);
	tcase_add_test(tc, stock_parts_are_a_card_in_each_vm);
	tcase_add_test(tc, a_remote_machine_is_at_the_networks_other_end);
	tcase_add_test(tc, what_is_not_needed_is_left_out);
	tcase_add_test(tc, a_disk_is_told_to_qemu_by_its_driver);
	tcase_add_test(tc, a_system_too_large_is_refused_before_it_starts);
	tcase_add_test(tc, settings_are_checked_without_a_system);
	tcase_add_test(tc, what_a_system_is_brought_up_with_is_text);
	tcase_add_test(tc, a_technique_says_how_vms_come_to_life_if_nobody_else_does);
	tcase_add_test(tc, only_driver_vms_have_what_techniques_need);
	tcase_add_test(tc, a_fleet_is_as_large_as_wanted);
	tcase_add_test(tc, a_client_may_have_the_fleets_devices);
	tcase_add_test(tc, a_fleet_that_is_too_large_does_not_come_up);
	tcase_add_test(tc, what_is_no_fleet_has_no_number);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	rmdir(dir);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
