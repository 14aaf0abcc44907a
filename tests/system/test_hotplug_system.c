// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does what drivers.yaml says of hot-plug hold? The device is plugged into a running VM that has
 * the driver loaded, must be driven and work, is unplugged and must be gone from guest and QEMU;
 * twice, without the kernel complaining of itself. A driver VM of its own for each driver, so that
 * none inherits what another left. Two drivers, or all with DRIVERVM_TEST_ALL.
 */
#include "support.h"

#include "vm/accel.h"

/* Until a plugged device is there, or an unplugged one gone; USB and SCSI look for seconds. */
#define PLUG_US (15 * USEC_PER_SEC)
#define POLL_US (100 * USEC_PER_MSEC)
#define ROUNDS 2
#define DISK_BYTES (64 << 20) /* an SD card is a power of two */

static const char *const usual[] = { "e1000", "nvme" };

static struct driver_desc *drivers;
static unsigned int n_drivers;
static struct vm_spec spec;
static struct vm *vm;
static char disk_file[] = "/tmp/drivervm-hotplug-XXXXXX";

/* How a class of devices is seen in a guest, and what QEMU needs behind its devices. */
static const struct kind {
	const char *class;
	const char *command, *backend; /* for QMP; of the round, and of the disk file */
	const char *property; /* of the device, that names the backend */
	const char *list; /* the guest's devices of this class, as folders of sysfs */
	const char *works; /* script for $name */
} kinds[] = {
	{ "net", "netdev_add", "{\"type\": \"hubport\", \"id\": \"hot%1$u\", \"hubid\": %1$u}",
	  "netdev", "/sys/class/net/*", "ip link set $name up && ip link set $name down" },
	{ "blk", "blockdev-add",
	  "{\"driver\": \"file\", \"node-name\": \"hot%1$u\", \"filename\": \"%2$s\", "
	  "\"locking\": \"off\"}",
	  "drive", "/sys/block/*",
	  "dd if=/dev/urandom of=/tmp/x bs=64k count=1 && dd if=/tmp/x of=/dev/$name conv=fsync && "
	  "dd if=/dev/$name of=/tmp/y bs=64k count=1 iflag=direct && cmp /tmp/x /tmp/y" },
};

static const struct kind *kind_of(const struct driver_desc *driver)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (streq(kinds[i].class, driver->class))
			return &kinds[i];
	ck_abort_msg("driver %s: of hot-plug in class %s this test knows nothing", driver->name,
		     driver->class);
	return NULL;
}

static int qmp(const char *command, json_t *args)
{
	return vm_qmp(vm, command, args, NULL, PATIENCE);
}

/* "MODEL,KEY=VALUE,..." as -device takes it, with "$dev" for the controller, as QMP takes it. */
static json_t *device_args(const char *text, const char *id)
{
	char *copy = xstrdup(text), *rest = copy, *word = strsep(&rest, ","), *value, *bus;
	json_t *args = json_pack("{s:s, s:s}", "driver", word, "id", id);

	while ((word = strsep(&rest, ","))) {
		value = strchr(word, '=');
		ck_assert_ptr_nonnull(value);
		*value++ = '\0';
		bus = strncmp(value, "$dev", 4) == 0 ? xasprintf("hot%s", value + 4) : NULL;
		json_object_set_new(args, word, json_string(bus ? bus : value));
		free(bus);
	}
	free(copy);
	return args;
}

/*
 * What is behind the device: another one in each round, since QEMU lets go of that of a device that
 * is gone only some time later.
 */
static void add_backend(const struct kind *kind, unsigned int round)
{
	char *text = xasprintf(kind->backend, round, disk_file);

	ck_assert_int_eq(qmp(kind->command, json_loads(text, 0, NULL)), 0);
	free(text);
}

/* Adds the device, as a card is plugged in: with its disk on it, if it is a controller. */
static int add_device(const struct driver_desc *driver, const struct kind *kind, unsigned int round)
{
	json_t *args = device_args(driver->device, "hot"), *medium = NULL;
	char *backend = xasprintf("hot%u", round);
	int err;

	if (driver->medium)
		medium = device_args(driver->medium, "hot-medium");
	json_object_set_new(medium ? medium : args, kind->property, json_string(backend));
	free(backend);
	ck_assert_int_eq(qmp("stop", NULL), 0);
	err = qmp("device_add", args);
	if (!err && medium)
		err = qmp("device_add", json_incref(medium));
	json_decref(medium);
	ck_assert_int_eq(qmp("cont", NULL), 0);
	return err;
}

/* Is the device in the guest, below the driver's name? Then its name, else "". */
static char *plugged_name(const struct driver_desc *driver, const struct kind *kind)
{
	char *name;
	char *script = xasprintf(
		"want=$(echo %s | tr - _); for d in %s; do p=$(readlink -f $d/device) || continue; "
		"while [ -n \"$p\" ]; do "
		"if [ -e $p/driver ] && "
		"[ \"$(basename $(readlink $p/driver) | tr - _)\" = \"$want\" ]; then "
		"basename $d; exit; fi; p=${p%%/*}; done; done",
		driver->modules[driver->n_modules - 1], kind->list);

	vm_status(vm, script, &name);
	name[strcspn(name, "\n")] = '\0';
	free(script);
	return name;
}

/* QEMU's own view: is there still a device called hot? */
static bool qemu_has_it(void)
{
	json_t *list, *entry;
	bool has = false;
	size_t i;

	ck_assert_int_eq(vm_qmp(vm, "qom-list", json_pack("{s:s}", "path", "/machine/peripheral"),
				&list, PATIENCE),
			 0);
	json_array_foreach(list, i, entry)
		has |= streq(json_string_value(json_object_get(entry, "name")), "hot");
	json_decref(list);
	return has;
}

/* Waits until the device is there (or gone), and returns its name then, or NULL. */
static char *wait_plugged(const struct driver_desc *driver, const struct kind *kind, bool there)
{
	uint64_t deadline = now_us() + PLUG_US;
	char *name;

	for (;;) {
		name = plugged_name(driver, kind);
		if (there ? *name != '\0' : !*name && !qemu_has_it())
			return name;
		free(name);
		if (now_us() >= deadline)
			return NULL;
		ck_assert_int_eq(loop_sleep(loop, POLL_US), 0);
	}
}

static bool works(const struct kind *kind, const char *name)
{
	char *script = xasprintf("name=%s; (%s) 2>&1", name, kind->works), *output;
	int status = vm_status(vm, script, &output);

	if (status)
		pr_info("%s: %s", name, output);
	free(output);
	free(script);
	return status == 0;
}

/* NULL, or what does not work of hot-plugging this driver's device. */
static const char *try_once(const struct driver_desc *driver, const struct kind *kind,
			    unsigned int round)
{
	bool good;
	char *name;

	add_backend(kind, round);
	if (add_device(driver, kind, round) < 0)
		return "QEMU refuses to plug it in";
	name = wait_plugged(driver, kind, true);
	if (!name)
		return "plugged in, it is not driven";
	good = works(kind, name);
	free(name);
	if (!good)
		return "plugged in, it does not work";
	if (qmp("device_del", json_pack("{s:s}", "id", "hot")) < 0)
		return "QEMU refuses to unplug it";
	name = wait_plugged(driver, kind, false);
	if (!name)
		return "unplugged, it is not gone";
	free(name);
	return NULL;
}

static const char *try_driver(const struct driver_desc *driver)
{
	const struct kind *kind = kind_of(driver);
	const char *why = NULL;
	unsigned int i;

	for (i = 0; i < driver->n_modules; i++)
		ck_assert_int_eq(vm_modprobe(vm, driver->modules[i], NULL), 0);
	for (i = 0; i < ROUNDS && !why; i++)
		why = try_once(driver, kind, i);
	if (!why && kernel_complaint(driver->name))
		why = "plugging or unplugging it, the kernel complains of itself";
	return why;
}

static void prepare(void)
{
	int fd = mkstemp(disk_file);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, DISK_BYTES), 0);
	close(fd);
	log_dir = path_in_tree("build/logs/%s", program_invocation_short_name);
	ck_assert_int_eq(mkdir_p(log_dir), 0);
	ck_assert_int_eq(loop_new(&loop), 0);
	spec = (struct vm_spec){ .image = "ddos", .memory_mib = 128, .shell = true };
	spec.log_dir = log_dir;
	ck_assert_int_eq(accel_choose(loop, NULL, log_dir, &spec.accel, NULL), 0);
}

static void finish(void)
{
	take_down();
	unlink(disk_file);
}

static void end_vm(void)
{
	vm_free(vm);
	vm = NULL;
	argv_free(&spec.devices);
}

static bool is_chosen(const struct driver_desc *driver)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(usual); i++)
		if (streq(usual[i], driver->name))
			return true;
	/* What every machine has cannot be plugged. */
	return driver->device && getenv("DRIVERVM_TEST_ALL");
}

START_TEST(hot_plug_is_as_the_table_says)
{
	const struct driver_desc *driver = &drivers[_i];
	const char *why;

	spec.name = driver->name;
	ck_assert_int_eq(vm_spawn(&vm, loop, &spec), 0);
	ck_assert_int_eq(vm_wait_ready(vm, PATIENCE), 0);
	why = try_driver(driver);
	pr_info("%s: %s", driver->name, why ? why : "can be hot-plugged");
	ck_assert_msg(driver->hotplug == !why, "%s: the table says %s, but %s", driver->name,
		      driver->hotplug ? "true" : "false", why ? why : "it can be hot-plugged");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("hotplug-system");
	int status, i;

	if (driver_desc_load_all(&drivers, &n_drivers) < 0)
		return EXIT_FAILURE;
	tcase_add_unchecked_fixture(tc, prepare, finish);
	tcase_add_checked_fixture(tc, NULL, end_vm);
	for (i = 0; i < (int)n_drivers; i++)
		if (is_chosen(&drivers[i]))
			tcase_add_loop_test(tc, hot_plug_is_as_the_table_says, i, i + 1);
	status = run_suite("hotplug-system", &tc, 1);
	driver_desc_free_all(drivers, n_drivers);
	return status;
}
