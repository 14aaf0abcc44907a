// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client's PCI domain that is a driver VM's bus: it looks there as it does here, nothing of it
 * can be set, it outlives the driver VM, and neither half believes what the other would not
 * honestly say.
 */
/* The rest of this test takes its time too. */
#define BURST 300

#include "forge.h"
#include "hostile.h"

#include <signal.h>

#define DEVICE "pci0"
#define DD "pci-dd"
/* After the last violation a side waits up to 5 s before it tries again. */
#define RESUME_S 30
/* What is of the machine that looks, and not of the device. */
#define NORMALISE                                                                              \
	" | sed -e 's/^0000://; s/^10000://; s/ routed to IRQ [0-9]*//; s/\\t*IRQ [0-9]*$//' " \
	"-e '/Kernel driver in use/d; /Physical Slot/d; /Kernel modules/d; /IOMMU group/d; /NUMA node/d'"

static void setup(void)
{
	static const char *const classes[] = { "pci", NULL };
	struct system_options opt = { 0 };
	size_t i;

	log_dir = path_in_tree("build/logs/%s", program_invocation_short_name);
	opt.log_dir = log_dir;
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(system_desc_load(&desc, "pci"), 0);
	system_desc_keep(desc, classes);
	/* lspci is wanted on both sides. */
	system_desc_set_image(desc, DD, "ddos-pci");
	/* The image and its copy want more room on this board than that of a driver VM has. */
	for (i = 0; i < desc->n_vms; i++)
		if (streq(desc->vms[i].name, DD))
			desc->vms[i].memory_mib = 192;
	ck_assert_int_eq(system_up(&sys, loop, desc, &opt), 0);
	pr_info("pci up after %.1f s", (double)system_up_us(sys) / USEC_PER_SEC);
}

static struct vm *dd(void)
{
	return system_vm(sys, DD);
}

/* Until configuration space can be read again, and the bus is all there. */
static void bus_is_there(void)
{
	char *script = xasprintf("end=$(($(date +%%s) + %u)); until "
				 "[ -n \"$(cat /sys/bus/ddlink/devices/" DEVICE "/bus)\" ] && "
				 "[ $(lspci -n -s 10000:01:00.0 -x | grep -c '^00: ff') = 0 ] && "
				 "[ $(lspci -n -s 10000:01: | wc -l) = 1 ]; do "
				 "[ $(date +%%s) -lt $end ] || exit 1; sleep 1; done",
				 RESUME_S);

	client_does(script);
	free(script);
}

/* The bus as lspci tells it in the driver VM and in the client. To be freed. */
static void look_at_bus(char **there, char **here)
{
	ck_assert_int_eq(vm_status(dd(),
				   "lspci -nvvxxxx -D | awk -v RS= -v ORS='\\n\\n' "
				   "'/^0000:01:/'" NORMALISE,
				   there),
			 0);
	ck_assert_int_eq(client_status("lspci -nvvxxxx -D -s 10000:01:" NORMALISE, here), 0);
	ck_assert_int_gt(strlen(*there), 4096);
}

/* What is not answered within a quarter of a second, as on a busy host, is read as ones. */
START_TEST(the_bus_looks_as_it_does_in_its_driver_vm)
{
	char *there, *here;
	unsigned int n;

	look_at_bus(&there, &here);
	for (n = 1; strcmp(there, here) != 0 && n < 5; n++) {
		free(there);
		free(here);
		look_at_bus(&there, &here);
	}
	ck_assert_str_eq(here, there);
	free(there);
	free(here);
	kernels_are_well();
}
END_TEST

START_TEST(nothing_can_be_set)
{
	client_does("s=10000:01:00.0; before=$(setpci -s $s COMMAND.l BASE_ADDRESS_0.l 0x18.l);"
		    "setpci -s $s COMMAND=0 BASE_ADDRESS_0=ffffffff 0x18=ffffffff;"
		    "[ \"$(setpci -s $s COMMAND.l BASE_ADDRESS_0.l 0x18.l)\" = \"$before\" ]");
	kernels_are_well();
}
END_TEST

START_TEST(no_driver_can_be_bound)
{
	client_does("[ ! -e /sys/bus/pci/devices/10000:01:00.0/driver ] && "
		    "! echo 10000:01:00.0 >/sys/bus/pci/drivers/pcieport/bind && "
		    "! echo 1 >/sys/bus/pci/devices/10000:01:00.0/enable && "
		    "[ ! -e /sys/bus/pci/devices/10000:01:00.0/resource0 ]");
}
END_TEST

START_TEST(functions_come_and_go)
{
	client_does("echo 1 >/sys/bus/pci/devices/10000:01:00.0/remove; "
		    "[ $(lspci -n -s 10000:01: | wc -l) = 0 ] && echo 1 >/sys/bus/pci/rescan");
	bus_is_there();
	vm_does(dd(), "echo 1 >/sys/bus/pci/devices/0000:01:00.0/remove");
	client_does("i=0; until [ $(lspci -n -s 10000:01: | wc -l) = 0 ]; do sleep 1; "
		    "[ $((i += 1)) -lt 20 ] || exit 1; done");
	vm_does(dd(), "echo 1 >/sys/bus/pci/rescan");
	bus_is_there();
	kernels_are_well();
}
END_TEST

/* "card": what is plugged into the bridge, as the class names it. */
static void card_is_seen(bool wanted)
{
	char *script = xasprintf("i=0; until [ $(lspci -n -s 10000:01: | wc -l) = %d ]; do "
				 "sleep 1; [ $((i += 1)) -lt 20 ] || exit 1; done",
				 wanted);

	client_does(script);
	free(script);
}

/* Until QEMU has let go of the card, which is after the driver VM has. */
static void card_is_out(void)
{
	int i;

	for (i = 0; i < 100; i++) {
		json_t *list, *entry;
		bool has = false;
		size_t at;

		ck_assert_int_eq(vm_qmp(dd(), "qom-list",
					json_pack("{s:s}", "path", "/machine/peripheral"), &list,
					PATIENCE),
				 0);
		json_array_foreach(list, at, entry)
			has |= streq(json_string_value(json_object_get(entry, "name")),
				     DEVICE "-card");
		json_decref(list);
		if (!has)
			return;
		ck_assert_int_eq(loop_sleep(loop, 100 * USEC_PER_MSEC), 0);
	}
	ck_abort_msg("the card is still there");
}

START_TEST(what_is_unplugged_and_plugged_is_seen)
{
	ck_assert_int_eq(vm_qmp(dd(), "device_del", json_pack("{s:s}", "id", DEVICE "-card"), NULL,
				PATIENCE),
			 0);
	card_is_seen(false);
	card_is_out();
	ck_assert_int_eq(vm_qmp(dd(), "device_add",
				json_pack("{s:s,s:s,s:s}", "driver", "e1000e", "bus", DEVICE "-dev",
					  "id", DEVICE "-card"),
				NULL, PATIENCE),
			 0);
	card_is_seen(true);
	bus_is_there();
	kernels_are_well();
}
END_TEST

/* AER's status is cleared by writing 1 to it, and what else is beside it cannot be set. */
START_TEST(error_bits_can_be_cleared)
{
	/* Masked, or the driver VM's kernel would be told of it, and clear it. */
	vm_does(dd(), "setpci -s 0000:01:00.0 ECAP_AER+14.l=ffffffff");
	ck_assert_int_eq(vm_qmp(dd(), "human-monitor-command",
				json_pack("{s:s}", "command-line",
					  "pcie_aer_inject_error -c " DEVICE "-card RCVR"),
				NULL, PATIENCE),
			 0);
	client_does("s=10000:01:00.0; get() { setpci -s $s ECAP_AER+$1.l; }\n"
		    "mask=$(get 14); [ $(get 10) = 00000001 ] || { get 10; exit 1; }\n"
		    "setpci -s $s ECAP_AER+10.l=0; [ $(get 10) = 00000001 ] || exit 2\n"
		    "setpci -s $s ECAP_AER+10.l=1 ECAP_AER+14.l=0\n"
		    "[ $(get 10) = 00000000 ] || exit 3; [ $(get 14) = $mask ] || exit 4");
	vm_does(dd(), "[ $(setpci -s 0000:01:00.0 ECAP_AER+10.l) = 00000000 ]");
	kernels_are_well();
}
END_TEST

START_TEST(the_domain_outlives_its_driver_vm)
{
	int reader = client_starts("while :; do lspci -n -s 10000:01: -xxxx; done >/dev/null 2>&1");

	ck_assert_int_eq(kill(vm_pid(dd()), SIGKILL), 0);
	ck_assert_int_eq(loop_sleep(loop, 3 * USEC_PER_SEC), 0);
	client_answers();
	client_does("[ $(lspci -n -s 10000:01: -x | grep -c '^00: ff ff') = 1 ]");
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	bus_is_there();
	vm_exec_kill(system_client(sys), reader, SIGKILL);
	kernels_are_well();
}
END_TEST

/* A record as the honest producer of that ring would write it, but for what it says. */
struct forged {
	unsigned int ring;
	uint32_t type, len;
	uint32_t words[8];
};

static void forge(const struct forged *f)
{
	struct ddlink_rec_header header = { f->len, f->type, 0 };

	forge_record(DEVICE, f->ring, &header, f->words);
}

static const struct forged requests[] = {
	{ DDLINK_RING_TO_SERVER, 4, 16, { 1u << 20, 0 } }, /* no such request */
	{ DDLINK_RING_TO_SERVER, 1, 8, { 1u << 20, 4 } }, /* too short */
	{ DDLINK_RING_TO_SERVER, 1, 16, { 1u << 20, 3 } }, /* three bytes */
	{ DDLINK_RING_TO_SERVER, 1, 16, { (1u << 20) + 2, 4 } }, /* unaligned */
	{ DDLINK_RING_TO_SERVER, 1, 16, { 256u << 20, 4 } }, /* bus 256 */
	{ DDLINK_RING_TO_SERVER, 1, 16, { 1u << 20, 4, 1 } }, /* reads, and writes */
	{ DDLINK_RING_TO_SERVER, 1, 16, { 1u << 20, 4, 0, 1 } }, /* says more */
	{ DDLINK_RING_TO_SERVER, 3, 16, { (1u << 20) + 11, 0 } }, /* a window too many */
	{ DDLINK_RING_TO_SERVER, 3, 16, { 1u << 20, 4 } }, /* a window, with a size */
	{ DDLINK_RING_TO_CLIENT, 1, 32, { 0 } }, /* a reply to nothing */
};

START_TEST(a_record_that_nobody_sends_ends_the_session)
{
	struct vm *vm = requests[_i].ring == DDLINK_RING_TO_SERVER ? dd() : system_client(sys);
	long long before = violations(vm, DEVICE);

	forge(&requests[_i]);
	wait_violation(vm, DEVICE, before);
	bus_is_there();
	kernels_are_well();
}
END_TEST

/* The last bus comes before the first. */
START_TEST(a_configuration_that_no_server_shows_ends_the_session)
{
	static const uint32_t flags_first_last[] = { 1, 2, 1, 0 };
	struct link *l = system_link(sys, DEVICE);
	volatile unsigned char *side = link_memory(l) + ddlink_side_offset(DDLINK_SERVER);
	volatile unsigned char *seq = side + offsetof(struct ddlink_side, config_seq);
	long long before = violations(system_client(sys), DEVICE);

	/* Stopped, or it would put it right. */
	ck_assert_int_eq(kill(vm_pid(dd()), SIGSTOP), 0);
	memcpy((void *)(side + offsetof(struct ddlink_side, config)), flags_first_last,
	       sizeof(flags_first_last));
	contents_write32(seq, contents_read32(seq) + 2);
	ck_assert_int_eq(link_ring_doorbell(l, DDLINK_CLIENT, DDLINK_VECTOR_CONTROL), 0);
	wait_violation(system_client(sys), DEVICE, before);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGCONT), 0);
	bus_is_there();
	kernels_are_well();
}
END_TEST

START_TEST(random_link_contents_harm_nobody)
{
	int asker = client_starts("while :; do lspci -n -s 10000:01: -xxx; "
				  "setpci -s 10000:01:00.0 STATUS=ffff; done >/dev/null 2>&1");

	write_contents(DEVICE, DD);
	vm_exec_kill(system_client(sys), asker, SIGKILL);
	bus_is_there();
	ck_assert_int_eq(system_check(sys, NULL), 0);
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-system");

	tcase_add_unchecked_fixture(tc, setup, take_down);
	tcase_add_test(tc, the_bus_looks_as_it_does_in_its_driver_vm);
	tcase_add_test(tc, nothing_can_be_set);
	tcase_add_test(tc, no_driver_can_be_bound);
	tcase_add_test(tc, functions_come_and_go);
	tcase_add_test(tc, what_is_unplugged_and_plugged_is_seen);
	tcase_add_test(tc, error_bits_can_be_cleared);
	tcase_add_loop_test(tc, a_record_that_nobody_sends_ends_the_session, 0,
			    ARRAY_SIZE(requests));
	tcase_add_test(tc, a_configuration_that_no_server_shows_ends_the_session);
	tcase_add_test(tc, the_domain_outlives_its_driver_vm);
	tcase_add_test(tc, random_link_contents_harm_nobody);
	return run_suite("pci-system", &tc, 1);
}
