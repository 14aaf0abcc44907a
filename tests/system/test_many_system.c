// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every network card of harness/drivers.yaml at once: two driver VMs share the cards, and one
 * client uses them all, each through a link of its own. system_up() itself waits for a ping through
 * each.
 */
#include "support.h"

#include <signal.h>

#include "ddlink_layout.h"
#include "link/link.h"

static struct driver_desc *drivers;
static unsigned int n_drivers;
static const char *cards[32]; /* their drivers' names */
static unsigned int n_cards;
static char dir[] = "/tmp/drivervm-test-XXXXXX";

/* A description with a device per driver, alternating between the driver VMs. */
static char *describe(void)
{
	char *text = NULL, *path;
	FILE *out;
	unsigned int i;
	size_t len;

	out = open_memstream(&text, &len);
	ck_assert_ptr_nonnull(out);
	fputs("name: many\nsummary: every driver at once\nvms:\n"
	      "  - { name: client, image: client, memory_mib: 384 }\n"
	      "  - { name: dd0, image: ddos, memory_mib: 160 }\n"
	      "  - { name: dd1, image: ddos, memory_mib: 160 }\ndevices:\n",
	      out);
	for (i = 0; i < n_cards; i++)
		fprintf(out,
			"  - { name: net%u, class: net, vm: dd%u, exported_to: client, driver: %s "
			"}\n",
			i, i % 2, cards[i]);
	fclose(out);
	path = xasprintf("%s/many.yaml", dir);
	ck_assert_int_eq(file_write(path, text, len), 0);
	free(text);
	return path;
}

/* Two drivers of one device cannot share a VM: whichever is loaded first takes every such card. */
static bool is_first_of_its_device(unsigned int driver)
{
	unsigned int i;

	for (i = 0; i < driver; i++)
		if (streq(drivers[i].device, drivers[driver].device))
			return false;
	return true;
}

static void setup(void)
{
	unsigned int i;
	char *path;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(driver_desc_load_all(&drivers, &n_drivers), 0);
	for (i = 0; i < n_drivers; i++)
		if (streq(drivers[i].class, "net") && n_cards < ARRAY_SIZE(cards) &&
		    is_first_of_its_device(i))
			cards[n_cards++] = drivers[i].name;
	ck_assert_uint_ge(n_cards, 4);
	path = describe();
	bring_up(path, NULL, "net");
	unlink(path);
	rmdir(dir);
	free(path);
}

static void teardown(void)
{
	take_down();
	driver_desc_free_all(drivers, n_drivers);
}

START_TEST(each_card_carries_its_own_traffic)
{
	unsigned int i;

	for (i = 0; i < n_cards; i++) {
		char *s =
			xasprintf("/bin/ping -q -n -c 3 -i 0.05 -w 10 -s 4000 -I net%u 10.77.%u.1 "
				  "&& /bin/ping -q -n -c 2 -i 0.05 -w 10 -I net%u fd77:0:0:%x::1",
				  i, i, i, i);

		pr_info("net%u: %s", i, cards[i]);
		client_does(s);
		free(s);
		s = xasprintf("ping -q -n -c 2 -i 0.2 -w 10 -s 1472 10.77.%u.2", i);
		peer_does(s);
		free(s);
	}
}
END_TEST

START_TEST(a_setting_reaches_every_card)
{
	unsigned int i;
	char *text;

	ck_assert_int_eq(system_set(sys, "mtu", "1000"), 0);
	for (i = 0; i < n_cards; i++) {
		char *path = xasprintf("/sys/class/net/net%u/mtu", i);

		ck_assert_int_eq(vm_read_file(system_client(sys), path, &text), 0);
		ck_assert_int_eq(atoi(text), 1000);
		free(text);
		free(path);
	}
}
END_TEST

/* One driver VM dies: the cards of the other go on. */
START_TEST(driver_vms_fail_one_by_one)
{
	ck_assert_int_eq(kill(vm_pid(system_vm(sys, "dd1")), SIGKILL), 0);
	ck_assert_int_eq(loop_sleep(loop, 3 * USEC_PER_SEC), 0);
	ck_assert(link_attached(system_link(sys, "net0"), DDLINK_SERVER));
	ck_assert(!link_attached(system_link(sys, "net1"), DDLINK_SERVER));
	client_does("/bin/ping -q -n -c 3 -i 0.05 -w 10 -I net0 10.77.0.1");
	client_does("/bin/ping -q -n -c 3 -i 0.05 -w 10 -I net2 10.77.2.1");
	ck_assert_int_ne(client_status("/bin/ping -q -n -c 1 -W 1 -I net1 10.77.1.1", NULL), 0);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("many-system");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_card_carries_its_own_traffic);
	tcase_add_test(tc, a_setting_reaches_every_card);
	tcase_add_test(tc, driver_vms_fail_one_by_one);
	return run_suite("many-system", &tc, 1);
}
