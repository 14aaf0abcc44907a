// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Device files whose hardware has something at its other end, which stays what it is when the
 * driver VM dies and another comes: a serial line, and the chip of a TPM.
 */
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>

#define DD "char-dd"

static void setup_line(void)
{
	bring_up("files", "8250_pci", "char");
}

static void setup_tpm(void)
{
	bring_up("files", "tpm_tis", "char");
}

static struct vm *dd(void)
{
	return system_vm(sys, DD);
}

/* What the other end of the line is, a terminal of the host. */
static int far_end(void)
{
	struct system_device device;
	int fd;

	ck_assert(system_client_device(sys, "char", 0, &device));
	ck_assert_ptr_nonnull(device.peer_path);
	fd = open(device.peer_path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* That the client sends @text, and it comes. */
static void sends(int fd, const char *text)
{
	char *script = xasprintf("stty -F %s 38400 raw -echo clocal && printf %s >%s",
				 system_device_path(sys, "char"), text,
				 system_device_path(sys, "char"));
	char got[32] = "";
	size_t n = 0;
	ssize_t m;

	client_does(script);
	free(script);
	while (n < strlen(text)) {
		m = read(fd, got + n, strlen(text) - n);
		ck_assert_int_gt(m, 0);
		n += (size_t)m;
	}
	ck_assert_str_eq(got, text);
}

/* The line outlives the machine at this end of it; who had it open does not. */
START_TEST(a_line_is_used_and_comes_back)
{
	struct termios t;
	int fd = far_end();

	sends(fd, "one");
	ck_assert_int_eq(tcgetattr(fd, &t), 0);
	ck_assert_uint_eq(cfgetospeed(&t), B38400);
	ck_assert_int_eq(kill(vm_pid(dd()), SIGKILL), 0);
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	sends(fd, "two");
	close(fd);
	kernels_are_well();
}
END_TEST

#define TPM2 "export TPM2TOOLS_TCTI=device:/dev/tpm0; "

/* What a TPM keeps over a reset of its machine it keeps when its driver VM is another, and no more.
 */
START_TEST(a_tpm_keeps_what_it_should)
{
	client_does(TPM2
		    "d=$(echo x | sha256sum | cut -d ' ' -f 1); "
		    "tpm2_pcrextend 16:sha256=$d && ! tpm2_pcrread sha256:16 | grep 0x00000000 && "
		    "tpm2_nvdefine 1 -C o -s 8 && printf drivervm | tpm2_nvwrite 1 -C o -i -");
	ck_assert_int_eq(kill(vm_pid(dd()), SIGKILL), 0);
	ck_assert_int_eq(system_restart_vm(sys, DD), 0);
	client_does(TPM2 "tpm2_pcrread sha256:16 | grep 0x00000000 && "
			 "[ $(tpm2_nvread 1 -C o) = drivervm ]");
	kernels_are_well();
}
END_TEST

int main(void)
{
	TCase *tcases[] = { tcase_create("line"), tcase_create("tpm") };

	tcase_add_unchecked_fixture(tcases[0], setup_line, take_down);
	tcase_add_test(tcases[0], a_line_is_used_and_comes_back);
	tcase_add_unchecked_fixture(tcases[1], setup_tpm, take_down);
	tcase_add_test(tcases[1], a_tpm_keeps_what_it_should);
	return run_suite("char-ends-system", tcases, ARRAY_SIZE(tcases));
}
