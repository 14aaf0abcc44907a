// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is a device file all that its programs expect? Named checks of the client's file, by stock
 * programs that were written for files of its type; what type it is, its name says. The first check
 * that fails ends it.
 *
 * At the other end of a serial line is this plugin, which sees what the client's programs send, and
 * the speed that they have set.
 */
#include "conformance.h"
#include "line.h"

#define LINE_S 20 /* for all that goes over a line at one time */
#define TEXT_LINES 600
#define TEXT_MAX 4096
/* What a terminal does something about, if it is left to itself. */
#define CONTROLS "\\000\\003\\004\\012\\015\\021\\023\\032\\177\\377"
#define GREETING "greetings from the client"
#define ANSWER "greetings from the peer"

static const char *const classes[] = { "char", NULL };

struct step {
	const char *name; /* NULL: the last */
	const char *script; /* $p is the file */
};

/*
 * Of 40 blocks of good numbers each fails the FIPS tests with a probability of 0.0008: four or more
 * do so once in a million.
 */
static const struct step hwrng[] = {
	{ "fresh", "a=$(head -c 32 $p | md5sum); b=$(head -c 32 $p | md5sum)\n"
		   "[ \"$a\" != \"$b\" ] || { echo the same twice; exit 1; }" },
	{ "rngtest",
	  "rngtest -c 40 <$p >/tmp/said 2>&1\n"
	  "n=$(sed -n 's/.*FIPS 140-2 failures: //p' /tmp/said)\n"
	  "[ \"$n\" -le 3 ] || { tail -n 1 /tmp/said; echo failed: $n of 40; exit 1; }" },
	{ NULL, NULL },
};

/* Fed, and then let go, it does nothing; if it does, its machine is gone. */
static const struct step watchdog[] = {
	{ "identity", "wdctl -n -O $p | grep 'IDENTITY=\"[^\"]'" },
	{ "timeout", "wdctl -s 10 $p >/tmp/said 2>&1 || { tail -n 1 /tmp/said; exit 1; }\n"
		     "wdctl -n -O $p | grep 'TIMEOUT=\"10\"'" },
	{ "fed", "watchdog -F -t 1 -T 4 $p & w=$!; sleep 7; kill $w\n"
		 "wdctl -n -O $p | grep 'TIMEOUT=\"4\"'" },
	{ "let-go", "sleep 6; wdctl -n -O $p | grep TIMEOUT" },
	{ NULL, NULL },
};

/* By the client's own time, in UTC, which it had from the host at boot. */
#define NEAR(ahead)                                                            \
	"t=$(date -u -d \"$(LC_ALL=C hwclock -r -u -f $p | cut -c 5-24)\""     \
	" -D '%b %d %H:%M:%S %Y' +%s)\n"                                       \
	"d=$((t - $(date +%s) - " ahead ")); [ $d -ge -2 ] && [ $d -le 2 ] ||" \
	" { echo it is $d s from what was expected; exit 1; }"

static const struct step rtc[] = {
	{ "time", NEAR("0") },
	{ "goes-on", "sleep 3; " NEAR("0") },
	{ "set", "TZ=XXX-5 hwclock -w -l -f $p || exit 1; " NEAR("18000") },
	{ "set-back", "hwclock -w -u -f $p || exit 1; " NEAR("0") },
	{ NULL, NULL },
};

/* Register 23 is for applications; it begins with zeros or ones, and only goes on from what it is.
 */
static const struct step tpm[] = {
	{ "getrandom", "a=$(tpm2_getrandom --hex 16) && b=$(tpm2_getrandom --hex 16) && "
		       "[ ${#a} = 32 ] && [ $a != $b ]" },
	{ "hash", "echo drivervm >/tmp/said; h=$(tpm2_hash -g sha256 --hex /tmp/said) && "
		  "echo $h && [ $h = $(sha256sum </tmp/said | cut -d ' ' -f 1) ]" },
	{ "extend", "reg() { tpm2_pcrread sha256:23 | sed -n 's/.*23: *0x//p' | tr A-F a-f; }\n"
		    "d=$(echo $$ | sha256sum | cut -d ' ' -f 1); a=$(reg)\n"
		    "tpm2_pcrextend 23:sha256=$d || exit 1; b=$(reg)\n"
		    "c=$(echo $a$d | xxd -r -p | sha256sum | cut -d ' ' -f 1)\n"
		    "[ ${#a} = 64 ] && [ $b = $c ] || { echo from $a to $b by $d; exit 1; }" },
	{ NULL, NULL },
};

static int script(struct drivervm_env *env, struct conformance *c, const char *name,
		  const char *text)
{
	char prelude[256];

	snprintf(prelude, sizeof(prelude), "p=%s\nexport TPM2TOOLS_TCTI=device:$p\n",
		 env->ops->device_path(env, "char"));
	return conformance_check(env, c, name, prelude, text);
}

/* -- a serial line -- */

/* What is carried: lines of numbers, and control characters. Its length. */
static size_t make_text(char *text)
{
	static const char controls[] = { 0, 3, 4, 10, 13, 17, 19, 26, 127, (char)255 };
	size_t n = 0;
	unsigned int i;

	for (i = 1; i <= TEXT_LINES; i++)
		n += (size_t)snprintf(text + n, TEXT_MAX - n, "%u\n", i);
	memcpy(text + n, controls, sizeof(controls));
	return n + sizeof(controls);
}

#define AS_TEXT(n) #n
#define COUNT_TO(n) "seq 1 " AS_TEXT(n)
#define MAKE_TEXT "(" COUNT_TO(TEXT_LINES) "; printf '" CONTROLS "')"

/* Leaves a script running in the client. 0 or a negative errno. */
static int leave(struct drivervm_env *env, const char *text)
{
	const char *path = env->ops->device_path(env, "char");
	char full[512];
	const char *const argv[] = { "sh", "-c", full, NULL };
	int handle;

	snprintf(full, sizeof(full), "p=%s; rm -f /tmp/got; %s", path, text);
	handle = env->ops->client_start(env, argv);
	return handle < 0 ? handle : 0;
}

static int check_speed(struct drivervm_env *env, struct conformance *c, int fd)
{
	int err = script(env, c, "stty",
			 "stty -F $p 57600 raw -echo && "
			 "stty -F $p | grep 'speed 57600'");

	return err ? err :
		     conformance_judge(env, c, "speed", line_has_speed(fd, B57600, LINE_S),
				       "the other end has another");
}

static int check_sending(struct drivervm_env *env, struct conformance *c, int fd)
{
	char sent[TEXT_MAX], got[TEXT_MAX];
	size_t size = make_text(sent), n;
	int err = leave(env, MAKE_TEXT " >$p");

	if (err)
		return err;
	n = line_carry(fd, false, got, size, LINE_S);
	return conformance_judge(env, c, "sends", n == size && memcmp(got, sent, size) == 0,
				 n < size ? "not all has come" :
					    "what has come is not what was sent");
}

/* Until the client's program has been opened for reading, nobody is there to read. */
static int check_receiving(struct drivervm_env *env, struct conformance *c, int fd)
{
	char text[TEXT_MAX], full[256];
	size_t size = make_text(text);
	int err;

	snprintf(full, sizeof(full), "exec <$p; touch /tmp/got; head -c %zu >/tmp/got", size);
	err = leave(env, full);
	if (!err)
		err = script(env, c, "opened", "until [ -e /tmp/got ]; do sleep 0.1; done");
	if (err)
		return err;
	if (line_carry(fd, true, text, size, LINE_S) < size)
		return conformance_judge(env, c, "receives", false, "the line takes nothing");
	snprintf(full, sizeof(full),
		 "i=0; until [ $(wc -c </tmp/got) = %zu ] || [ $i = 200 ]; do sleep 0.1; "
		 "i=$((i + 1)); done\n" MAKE_TEXT " | cmp - /tmp/got",
		 size);
	return script(env, c, "receives", full);
}

/* A terminal program, with someone typing. */
static int check_terminal(struct drivervm_env *env, struct conformance *c, int fd)
{
	char got[sizeof(GREETING)] = "", answer[] = ANSWER "\r\n";
	int err = leave(env, "(sleep 1; printf '" GREETING "'; sleep 8) | "
			     "microcom -X -s 115200 $p >/tmp/got 2>&1");

	if (err)
		return err;
	line_carry(fd, false, got, strlen(GREETING), LINE_S);
	err = conformance_judge(env, c, "typed", strcmp(got, GREETING) == 0, got);
	if (!err)
		err = conformance_judge(env, c, "terminal-speed",
					line_has_speed(fd, B115200, LINE_S), "is not 115200");
	if (err)
		return err;
	line_carry(fd, true, answer, strlen(answer), LINE_S);
	return script(env, c, "shown",
		      "i=0; until grep '" ANSWER "' /tmp/got; do sleep 0.1; i=$((i + 1)); "
		      "[ $i -lt 60 ] || { cat /tmp/got; exit 1; }; done");
}

static int check_line(struct drivervm_env *env, struct conformance *c)
{
	struct drivervm_device device;
	int err = env->ops->device(env, "char", 0, &device), fd;

	if (err)
		return err;
	if (!device.peer_path)
		return -ENOENT;
	fd = line_open(device.peer_path);
	if (fd < 0)
		return fd;
	err = check_speed(env, c, fd);
	if (!err)
		err = check_sending(env, c, fd);
	if (!err)
		err = check_receiving(env, c, fd);
	if (!err)
		err = check_terminal(env, c, fd);
	close(fd);
	return err;
}

/* -- all of them -- */

static const struct {
	const char *path; /* what it begins with */
	const struct step *steps; /* NULL: a line */
} types[] = {
	{ "/dev/hwrng", hwrng }, { "/dev/watchdog", watchdog }, { "/dev/rtc", rtc },
	{ "/dev/tpm", tpm },	 { "/dev/tty", NULL },
};

static int check_steps(struct drivervm_env *env, struct conformance *c, const struct step *step)
{
	int err = 0;

	for (; step->name && !err; step++)
		err = script(env, c, step->name, step->script);
	return err;
}

static int conformance_run(struct drivervm_env *env, void *state)
{
	const char *path = env->ops->device_path(env, "char");
	struct conformance c = { 0 };
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strncmp(path, types[i].path, strlen(types[i].path)) == 0)
			break;
	if (i == sizeof(types) / sizeof(types[0])) {
		env->ops->log(env, "nothing is known of files like %s", path);
		return -EINVAL;
	}
	err = types[i].steps ? check_steps(env, &c, types[i].steps) : check_line(env, &c);
	return err ? err : env->ops->sample(env, "checks", "1", c.passed);
}

extern const struct drivervm_workload drivervm_workload;
const struct drivervm_workload drivervm_workload = {
	.abi = DRIVERVM_WORKLOAD_ABI,
	.name = "char-conformance",
	.summary =
		"is a device file all that its programs expect? named checks, for each type of file",
	.classes = classes,
	.metric = "checks",
	.run = conformance_run,
};
