// SPDX-License-Identifier: GPL-2.0-or-later
/* drivervm top: what the VMs and links of a system that is up are doing. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/top_screen.h"
#include "cli/top_table.h"
#include "cli/top_target.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/util.h"
#include "status/status.h"
#include "system/runtime.h"

#define DELAY_S 1.0
#define DELAY_MIN_S 0.1
#define DELAY_MAX_S 3600.0

struct top {
	const char *target;
	unsigned long tables; /* to print; 0: no end */
	bool json;
	double delay_s;
	struct top_view view;
	bool live; /* on a terminal, redrawn in place */
	bool quit, redraw; /* a key said so */
	pid_t pid;
	struct loop *loop;
	struct top_snapshot *last; /* NULL: none yet */
};

enum { OPTION_ONCE = 256, OPTION_SORT, OPTION_JSON };

static const struct argp_option options[] = {
	{ "delay", 'd', "S", 0, "seconds between two tables (1), over which rates are taken", 0 },
	{ "number", 'n', "N", 0, "print N tables as plain text, and end", 0 },
	{ "once", OPTION_ONCE, NULL, 0, "the same as -n 1", 0 },
	{ "sort", OPTION_SORT, "BY", 0,
	  "cpu (default), mem (memory of their own), name, or rate (what their links carry)", 0 },
	{ "json", OPTION_JSON, NULL, 0,
	  "print what is told instead, a line of JSON each time: counts, not rates", 0 },
	{ 0 },
};

static void parse_count(struct argp_state *state, const char *arg, unsigned long *n)
{
	char *end;

	errno = 0;
	*n = strtoul(arg, &end, 10);
	if (end == arg || *end || *arg == '-' || errno || *n == 0)
		argp_error(state, "'%s' is no number of tables", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct top *top = state->input;

	switch (key) {
	case 'd':
		if (parse_number(arg, &top->delay_s) < 0 || top->delay_s < DELAY_MIN_S ||
		    top->delay_s > DELAY_MAX_S)
			argp_error(state, "'%s' is no delay (%g to %g seconds)", arg, DELAY_MIN_S,
				   DELAY_MAX_S);
		return 0;
	case 'n':
		parse_count(state, arg, &top->tables);
		return 0;
	case OPTION_ONCE:
		top->tables = 1;
		return 0;
	case OPTION_SORT:
		if (top_sort_parse(arg, &top->view.sort) < 0)
			argp_error(state, "'%s' is nothing to sort by (cpu, mem, name or rate)",
				   arg);
		return 0;
	case OPTION_JSON:
		top->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (top->target)
			argp_error(state, "one system at a time");
		top->target = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[SYSTEM|PID]",
	.doc = "Shows the VMs of a system that is up, with the devices that they drive, their links, "
	       "CPU time, memory and throughput, until q or Ctrl-C. SYSTEM is its name, PID the "
	       "process of 'drivervm up', 'run' or 'reproduce' that has it up; without either, the "
	       "only one that is up. The keys c, m, n and r sort by CPU, memory, name and rate."
	       "\v"
	       "CPU% is of one processor, and of the VM's QEMU; GUEST is the same as the guest counts "
	       "it. RSS counts memory that VMs share (a template's, a link's) in each of them, OWN "
	       "does not count it; OF is what the guest was promised. TO VM and FROM VM are what "
	       "passed the two rings of a link: bytes of frames with their headers, or, where a "
	       "device has requests, requests (rq) and replies. A link that is not up shows its two "
	       "sides, the driver VM's first. A ring's counter wraps at 4 GiB: with a long delay "
	       "rates may be too low.",
};

/* -- showing -- */

static void show_json(const json_t *answer)
{
	json_dumpf(answer, stdout, JSON_COMPACT);
	putchar('\n');
}

static void draw(struct top *top)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	top_screen_size(&top->view.rows, &top->view.columns);
	top_print(out, top->last, &top->view);
	fclose(out);
	top_screen_show(text);
	free(text);
}

/* 0, or -EPIPE: nobody takes it any more. */
static int show(struct top *top, bool first)
{
	if (top->live) {
		draw(top);
	} else if (top->json) {
		show_json(top->last->answer);
	} else {
		if (!first)
			putchar('\n');
		top_print(stdout, top->last, &top->view);
	}
	return fflush(stdout) == EOF ? -EPIPE : 0;
}

/* -- asking -- */

static int take(struct top *top)
{
	struct top_snapshot *now;
	json_t *answer;
	int err;

	err = status_ask(top->pid, &answer);
	if (!err)
		err = top_snapshot_new(&now, answer);
	if (err)
		return err;
	top_snapshot_rates(now, top->last);
	top_snapshot_free(top->last);
	top->last = now;
	return 0;
}

static bool asked_for(void *arg)
{
	const struct top *top = arg;

	return top->quit || top->redraw;
}

/* Until the next table is due: 0; -EINTR: Ctrl-C. Keys have their effect at once. */
static int pause_between(struct top *top)
{
	uint64_t end = now_us() + (uint64_t)(top->delay_s * (double)USEC_PER_SEC), now;
	int err = 0;

	while (!err && !top->quit && (now = now_us()) < end) {
		err = loop_wait(top->loop, asked_for, top, end - now);
		if (top->redraw && top->last)
			draw(top);
		top->redraw = false;
		if (err == -ETIMEDOUT)
			return 0;
	}
	return err;
}

static bool is_down(int err)
{
	return err == -ENOENT || err == -ECONNREFUSED;
}

/* A process that measures has systems up, one after another. */
static bool another_may_come(const struct top *top, int err)
{
	char *folder = runtime_path(top->pid, "");
	bool lives = kill(top->pid, 0) == 0 && access(folder, F_OK) == 0;

	free(folder);
	return top->live && lives && is_down(err);
}

/* What to make of an error, reported: 0 where that is how it is meant to end. */
static int has_ended(const struct top *top, int err)
{
	if (err == -EINTR && !top->tables)
		return 0;
	if (err == -EINTR || err == -EPIPE)
		return err;
	if (is_down(err) && top->live) {
		pr_info("the system is not up any more");
		return 0;
	}
	pr_err("process %d does not tell of a system: %s", (int)top->pid,
	       is_down(err) ? "it is not up any more" : strerror(-err));
	return err;
}

static int next(struct top *top, bool first)
{
	int err = take(top);

	if (!err)
		return show(top, first);
	if (!another_may_come(top, err))
		return err;
	top_screen_show("No system is up at this moment; waiting for the next.");
	return 0;
}

/* Of rates, a table needs two answers. */
static int watch(struct top *top)
{
	unsigned long n;
	int err = 0;

	if (!top->json) {
		err = take(top);
		if (!err && top->live)
			draw(top);
		if (!err)
			err = pause_between(top);
	}
	for (n = 0; !err && !top->quit; n++) {
		err = next(top, n == 0);
		if (!err && n + 1 == top->tables)
			break;
		if (!err)
			err = pause_between(top);
	}
	return err;
}

/* -- keys -- */

static void on_key(struct top *top, char key)
{
	static const char keys[] = "cmnr"; /* as in enum top_sort */
	const char *found = strchr(keys, key);

	top->quit |= key == 'q';
	if (!found || !*found)
		return;
	top->view.sort = (enum top_sort)(found - keys);
	top->redraw = true;
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct top *top = arg;
	char buf[64];
	ssize_t i, n = read(fd, buf, sizeof(buf));

	(void)revents;
	if (n <= 0)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	for (i = 0; i < n; i++)
		on_key(top, buf[i]);
	return 0;
}

static int watch_live(struct top *top)
{
	struct top_screen screen;
	int err = 0;

	top_screen_open(&screen);
	if (screen.has_keys)
		err = sd_event_add_io(top->loop->event, NULL, STDIN_FILENO, EPOLLIN, on_input, top);
	err = err < 0 ? err : watch(top);
	top_screen_close(&screen);
	return err;
}

int cmd_top(int argc, char **argv)
{
	struct top top = { .delay_s = DELAY_S };
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &top);
	err = top_target(top.target, &top.pid);
	if (err)
		return cli_status(err);
	err = loop_new(&top.loop);
	if (err)
		return cli_status(err);
	top.live = !top.tables && !top.json && isatty(STDOUT_FILENO);
	err = top.live ? watch_live(&top) : watch(&top);
	if (err)
		err = has_ended(&top, err);
	top_snapshot_free(top.last);
	loop_free(top.loop);
	return err ? CLI_FAILED : CLI_OK;
}
