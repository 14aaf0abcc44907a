// SPDX-License-Identifier: GPL-2.0-or-later
/* Changing an instruction in a guest that runs, and seeing when it is executed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "faultinject/code/code.h"
#include "faultinject/code/session.h"
#include "faultinject/gdb/packet.h"

#define ANY "any"
#define NONE "none"

/* From inject() to end(). */
struct injection {
	struct gdb *gdb;
	uint64_t address;
	uint64_t activated_us; /* 0: not yet */
};

static bool is_name(const char *value)
{
	return *value && strlen(value) < 256;
}

const struct fault_param code_params[] = {
	{ .key = "function",
	  .help = "the function to break, or 'any'",
	  .def = ANY,
	  .valid = is_name },
	{ .key = "hot",
	  .help = "milliseconds to see what code runs, once per driver; 0: all counts",
	  .def = "2500",
	  .valid = fault_param_count },
	{ .key = "coverage",
	  .help = "a folder of files that say what code of each driver runs, written if there is "
		  "none, so that the same is chosen again; or 'none'",
	  .def = NONE,
	  .valid = is_name },
	{ 0 }
};

int code_applies(const struct fault_site *site, char **why)
{
	if (site->driver && site->driver->n_modules > 0)
		return 0;
	*why = xasprintf("device %s has no driver whose code could be changed", site->device);
	return -EOPNOTSUPP;
}

/* Before execution, so it is removed before it goes on. */
static void on_stop(void *arg, const struct gdb_stop *stop)
{
	struct injection *in = arg;

	/* Somebody else stopped it, and will know when it is to go on. */
	if (stop->signal != GDB_TRAP)
		return;
	if (stop->pc == in->address && !in->activated_us) {
		in->activated_us = now_us();
		gdb_post_unbreak(in->gdb, in->address);
	}
	gdb_post_continue(in->gdb);
}

/* Which code runs: as is known, or else as is seen now. */
static int see_coverage(const struct code_coverage **ran, const struct fault_site *site,
			struct code_module *m, uint64_t us, char **why)
{
	*ran = code_coverage_known(m->name);
	return *ran ? 0 : code_coverage_measure(ran, site, m, us, why);
}

/* As the file of @folder says, which is written if there is none. */
static int kept_coverage(const struct code_coverage **ran, const struct fault_site *site,
			 struct code_module *m, uint64_t us, const char *folder, char **why)
{
	char *path = xasprintf("%s/%s", folder, m->name);
	int err = code_coverage_load(ran, m->name, path);

	if (err && err != -ENOENT)
		*why = xasprintf("cannot read what code of %s runs from %s: %s", m->name, path,
				 strerror(-err));
	if (err == -ENOENT) {
		err = see_coverage(ran, site, m, us, why);
		if (!err) {
			err = mkdir_p(folder);
			if (!err)
				err = code_coverage_store(*ran, path);
			if (err)
				*why = xasprintf("cannot write %s: %s", path, strerror(-err));
		}
	}
	free(path);
	return err;
}

/* What code counts; NULL in *@ran: all. */
static int find_coverage(const struct code_coverage **ran, const struct fault_site *site,
			 struct code_module *m, const struct fault_values *values, char **why)
{
	uint64_t us = (uint64_t)fault_number(values, "hot") * USEC_PER_MSEC;
	const char *folder = fault_value(values, "coverage");

	*ran = NULL;
	if (us == 0)
		return 0;
	if (streq(folder, NONE))
		return see_coverage(ran, site, m, us, why);
	return kept_coverage(ran, site, m, us, folder, why);
}

static json_t *describe(const struct code_choice *c, const struct code_module *m)
{
	char *before = gdb_hex(c->before, c->len), *after = gdb_hex(c->after, c->len);
	char *was = code_format(c->before, c->len, c->address);
	char *is = code_format(c->after, c->len, c->address);
	char *text = xasprintf("%s -> %s", was, is);
	const char *symbol = c->symbol && *c->symbol ? c->symbol : NULL;
	json_t *what = json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s*, s:I}", "module", m->name,
				 "function", c->function->name, "offset", (json_int_t)c->offset,
				 "before", before, "after", after, "text", text, "symbol", symbol,
				 "functions", (json_int_t)c->n_functions);

	free(text);
	free(is);
	free(was);
	free(after);
	free(before);
	return what;
}

/* Changes it, and makes sure that it is changed; on failure it is as it was. */
static int strike(struct injection *in, const struct code_choice *c)
{
	uint8_t back[CODE_INSN_MAX];
	int err = gdb_write(in->gdb, c->address, c->after, c->len);

	in->address = c->address;
	if (!err)
		err = gdb_read(in->gdb, c->address, back, c->len);
	if (!err && memcmp(back, c->after, c->len) != 0)
		err = -EIO;
	if (!err)
		err = gdb_break(in->gdb, c->address);
	if (!err)
		err = gdb_continue(in->gdb);
	if (err)
		gdb_write(in->gdb, c->address, c->before, c->len);
	return err;
}

static int choose(struct code_choice *c, struct code_module *m, const struct code_model *model,
		  const struct fault_values *values, const struct code_coverage *ran,
		  const struct fault_site *site, char **why)
{
	const char *name = fault_value(values, "function");
	bool any = streq(name, ANY);
	int err = code_choose(c, m, model, any ? NULL : name, ran, site->rng);

	if (err)
		*why = xasprintf("nothing that fits %s in %s%s of module %s", ran ? "runs" : "is",
				 any ? "" : "function ", any ? "the functions" : name, m->name);
	return err;
}

static int inject(struct injection *in, struct code_module *m, const struct code_model *model,
		  const struct fault_values *values, const struct code_coverage *ran,
		  const struct fault_site *site, struct fault_shot *shot, char **why)
{
	struct code_choice c;
	int err = code_module_read(m, in->gdb);

	if (!err)
		err = choose(&c, m, model, values, ran, site, why);
	if (!err) {
		shot->what = describe(&c, m);
		err = strike(in, &c);
		shot->injected_us = now_us();
	}
	if (err && !*why)
		*why = xasprintf("cannot change the code of module %s: %s", m->name,
				 strerror(-err));
	return err;
}

int code_inject(const struct code_model *model, const struct fault_site *site,
		const struct fault_values *values, struct fault_shot *shot, char **why)
{
	struct injection *in = xcalloc(1, sizeof(*in));
	const struct code_coverage *ran;
	struct code_module *m = NULL;
	int err = code_module_load(&m, site, why);

	if (!err)
		err = find_coverage(&ran, site, m, values, why);
	if (!err)
		err = code_attach(&in->gdb, site, m->base, on_stop, in, why);
	if (!err) {
		err = inject(in, m, model, values, ran, site, shot, why);
		if (err)
			code_detach(in->gdb, site);
	}
	if (m)
		code_module_free(m);
	if (err) {
		json_decref(shot->what);
		shot->what = NULL;
		free(in);
	} else {
		shot->state = in;
	}
	return err;
}

void code_end(const struct fault_site *site, struct fault_shot *shot)
{
	struct injection *in = shot->state;

	code_detach(in->gdb, site);
	shot->activated_us = in->activated_us;
	shot->state = NULL;
	free(in);
}
