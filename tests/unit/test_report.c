// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole reports, of runs made up here: good ones, failed ones, empty ones, hostile ones. */
#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/proc.h"
#include "core/util.h"
#include "report/report.h"
#include "results/samples.h"

static char dir[64];

static char *in_run(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void put(const char *name, const char *text)
{
	char *path = in_run(name);

	ck_assert_int_eq(file_write(path, text, strlen(text)), 0);
	free(path);
}

/* Fails the test if there is no such file. */
static char *get(const char *name)
{
	char *path = in_run(name), *text = NULL;
	int err = file_read(path, &text, NULL);

	ck_assert_msg(err == 0, "%s: %s", path, strerror(-err));
	free(path);
	return text;
}

static bool exists(const char *name)
{
	char *path = in_run(name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

static const char description[] = "name: demo\n"
				  "title: A demonstration\n"
				  "question: Which is faster?\n"
				  "workload: none\n"
				  "systems: [zeta, alpha]\n"
				  "drivers: [d]\n"
				  "matrix:\n"
				  "  - { axis: mtu, values: [\"1500\", \"500\"] }\n"
				  "warmup: 0\n"
				  "invocations: 3\n"
				  "iterations: 1\n"
				  "seconds: 1\n"
				  "figures:\n"
				  "  - id: demo-speed\n"
				  "    title: Speed and cost\n"
				  "    kind: bars\n"
				  "    x: mtu\n"
				  "    series: system\n"
				  "    metric: speed\n"
				  "    unit: Mbit/s\n"
				  "    scale: 1e-6\n"
				  "    metric2: cost\n"
				  "    unit2: ms\n"
				  "    scale2: 1000\n"
				  "  - id: demo-line\n"
				  "    title: Speed over MTU\n"
				  "    kind: lines\n"
				  "    x: mtu\n"
				  "    series: system\n"
				  "    metric: speed\n"
				  "    unit: bit/s\n"
				  "claims:\n"
				  "  - id: demo-half\n"
				  "    statement: alpha reaches 0.4 of zeta\n"
				  "    source: this test\n"
				  "    kind: ratio\n"
				  "    metric: speed\n"
				  "    of: [system=alpha]\n"
				  "    over: [system=zeta]\n"
				  "    where: [mtu=1500]\n"
				  "    expect: \">= 0.4\"\n"
				  "    unit: \"1\"\n"
				  "  - id: demo-more\n"
				  "    statement: alpha reaches 0.9 of zeta\n"
				  "    source: this test\n"
				  "    kind: ratio\n"
				  "    metric: speed\n"
				  "    of: [system=alpha]\n"
				  "    over: [system=zeta]\n"
				  "    where: [mtu=1500]\n"
				  "    expect: \">= 0.9\"\n"
				  "    unit: \"1\"\n";

static const char plan[] = "{\"version\":1,\"seed\":42,\"quick\":false,\"set\":[],"
			   "\"experiments\":[{\"name\":\"demo\",\"calibrated\":[{\"axis\":\"mtu\","
			   "\"value\":\"500\",\"as\":\"five hundred\"}]}]}";

static void setup(void)
{
	char *experiments;

	strcpy(dir, "/tmp/drivervm-report-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	experiments = in_run("experiments");
	ck_assert_int_eq(mkdir_p(experiments), 0);
	free(experiments);
	put("plan.json", plan);
	put("experiments/demo.yaml", description);
}

static void run_tool(const char *const *argv, int expected)
{
	struct loop *loop;
	char *output = NULL;
	int code;

	ck_assert_int_eq(loop_new(&loop), 0);
	code = proc_run(loop, argv, -1, 30 * USEC_PER_SEC, &output);
	ck_assert_msg(code == expected, "%s: %d: %s", argv[0], code, output ? output : "");
	free(output);
	loop_free(loop);
}

static void teardown(void)
{
	run_tool((const char *[]){ "rm", "-rf", dir, NULL }, 0);
}

struct sample_text {
	char *text;
	size_t size;
	FILE *out;
};

static void sample(struct sample_text *t, const char *system, const char *mtu, const char *metric,
		   const char *unit, double value, unsigned int invocation)
{
	if (!t->out)
		t->out = open_memstream(&t->text, &t->size);
	fprintf(t->out,
		"{\"experiment\":\"demo\",\"metric\":\"%s\",\"unit\":\"%s\",\"value\":%.9g,"
		"\"dimensions\":{\"system\":\"%s\",\"driver\":\"d\",\"mtu\":\"%s\"},"
		"\"invocation\":%u,\"iteration\":0,\"time\":1e9,\"status\":\"ok\"}\n",
		metric, unit, value, system, mtu, invocation);
}

static void put_samples(struct sample_text *t)
{
	fclose(t->out);
	put("samples.jsonl", t->text);
	free(t->text);
	*t = (struct sample_text){ 0 };
}

/* zeta: 100, 110, 120 Mbit/s; alpha half of it, pair by pair. In an order that is nobody's. */
static void add_good_samples(struct sample_text *t)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		double speed = 1e8 + 1e7 * i;

		sample(t, "alpha", "500", "speed", "bit/s", speed / 4, i);
		sample(t, "zeta", "500", "speed", "bit/s", speed / 2, i);
		sample(t, "alpha", "1500", "speed", "bit/s", speed / 2, i);
		sample(t, "zeta", "1500", "speed", "bit/s", speed, i);
		sample(t, "alpha", "1500", "cost", "s", 0.004, i);
		sample(t, "zeta", "1500", "cost", "s", 0.002, i);
		sample(t, "alpha", "1500", "losses", "1", i, i);
		sample(t, "zeta", "1500", "losses", "1", 0, i);
	}
}

static void must_have(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "'%s' is missing", what);
}

static void must_lack(const char *text, const char *what)
{
	ck_assert_msg(strcasestr(text, what) == NULL, "'%s' is there", what);
}

static void must_be_well_formed(void)
{
	char *html = in_run("report.html");

	if (access("/usr/bin/xmllint", X_OK) == 0)
		run_tool((const char *[]){ "xmllint", "--noout", "--nonet", html, NULL }, 0);
	else
		printf("skip: well-formedness of report.html: no xmllint (package libxml2-utils)\n");
	free(html);
}

START_TEST(a_good_run_is_shown_whole)
{
	struct sample_text t = { 0 };
	char *html, *md;

	add_good_samples(&t);
	put_samples(&t);
	put("environment.json", "{\"accelerator\":\"tcg\",\"cpu\":{\"model\":\"X\",\"cores\":2},"
				"\"list\":[1,2],\"none\":null}");
	put("manifest.json", "{\"kernel\":{\"sha256\":\"abc\"}}");
	ck_assert_int_eq(report_write(dir), 0);
	html = get("report.html");
	md = get("report.md");
	must_be_well_formed();
	must_have(html, "Of 2 claims that this run could judge, 1 was reproduced and 1 was not.");
	must_have(md, "Of 2 claims that this run could judge, 1 was reproduced and 1 was not.");
	must_have(html, "✓ 1 reproduced");
	must_have(html, "0.500 (0.500–0.500)");
	must_have(html, "110 (100–120)");
	must_have(html, "alpha ÷ zeta");
	must_have(html, "speed, standard deviation as a share of the mean");
	must_have(html, "9.1 %");
	must_have(html, "Which is faster?");
	must_have(html, "500 is five hundred");
	must_have(html, "<svg ");
	must_have(html, "mtu 1500, zeta: 110 (100–120) Mbit/s.");
	must_have(html, "cpu.cores");
	must_have(html, "kernel.sha256");
	must_have(html, "losses");
	must_have(html, "build/drivervm run demo --seed=42");
	must_have(html, "No sample failed");
	must_have(md, "| mtu | zeta | alpha | alpha ÷ zeta |");
	must_have(md, "| 1500 | 110 (100–120) † | 55.0 (50.0–60.0) † | 0.500 (0.500–0.500) |");
	must_have(md, "](<plots/demo-speed.svg>)");
	must_lack(html, "http-equiv");
	must_lack(html, "<script");
	must_lack(html, "src=");
	ck_assert(exists("plots/demo-speed.pdf"));
	ck_assert(exists("plots/demo-line.svg"));
	free(html);
	free(md);
}
END_TEST

START_TEST(a_figures_numbers_stand_beside_it)
{
	struct sample_text t = { 0 };
	char *csv;

	add_good_samples(&t);
	put_samples(&t);
	ck_assert_int_eq(report_write(dir), 0);
	csv = get("plots/demo-speed.csv");
	ck_assert_str_eq(csv,
			 "x,series,metric,unit,median,low,high,n\n"
			 "\"1500\",\"zeta\",\"speed\",\"bit/s\",110000000,100000000,120000000,3\n"
			 "\"1500\",\"alpha\",\"speed\",\"bit/s\",55000000,50000000,60000000,3\n"
			 "\"500\",\"zeta\",\"speed\",\"bit/s\",55000000,50000000,60000000,3\n"
			 "\"500\",\"alpha\",\"speed\",\"bit/s\",27500000,25000000,30000000,3\n"
			 "\"1500\",\"zeta\",\"cost\",\"s\",0.002,0.002,0.002,3\n"
			 "\"1500\",\"alpha\",\"cost\",\"s\",0.004,0.004,0.004,3\n");
	free(csv);
}
END_TEST

/* The description, with the lines' axes logarithmic and @values for the axis. */
static void describe_lines(const char *values)
{
	const char *axis = strstr(description, "[\"1500\", \"500\"]");
	const char *x = strstr(description, "    kind: lines\n");
	char *text = xasprintf("%.*s%s%.*s    x_log: true\n    y_log: true\n%s",
			       (int)(axis - description), description, values,
			       (int)(x - axis - strlen("[\"1500\", \"500\"]")),
			       axis + strlen("[\"1500\", \"500\"]"), x);

	*strstr(text, "claims:\n") = '\0'; /* they are about values that are not there */
	put("experiments/demo.yaml", text);
	free(text);
}

static void sample_lines(const char *const *xs)
{
	struct sample_text t = { 0 };
	unsigned int i;

	for (; *xs; xs++)
		for (i = 0; i < 3; i++) {
			sample(&t, "zeta", *xs, "speed", "bit/s", 10 * (i + 1), i);
			sample(&t, "alpha", *xs, "speed", "bit/s", 1000 * (i + 1), i);
		}
	put_samples(&t);
}

/* Where the line's x values come first in the CSV, which is the order in which they are drawn. */
static void must_be_in_order(const char *const *xs)
{
	char *csv = get("plots/demo-line.csv"), *svg;
	const char *from = csv;

	for (; *xs; xs++) {
		char *row = xasprintf("\n\"%s\",\"zeta\"", *xs), *label = xasprintf(">%s<", *xs);
		const char *at = strstr(from, row);

		ck_assert_msg(at != NULL, "%s is not behind the one before in:\n%s", *xs, csv);
		from = at + 1;
		svg = get("plots/demo-line.svg");
		must_have(svg, label);
		free(svg);
		free(label);
		free(row);
	}
	free(csv);
}

START_TEST(lines_go_by_number)
{
	describe_lines("[\"100\", \"1\", \"10\", \"2.5\"]");
	sample_lines((const char *[]){ "10", "1", "100", "2.5", NULL });
	ck_assert_int_eq(report_write(dir), 0);
	must_be_in_order((const char *[]){ "1", "2.5", "10", "100", NULL });
}
END_TEST

START_TEST(an_x_axis_that_begins_at_nothing_is_drawn_all_the_same)
{
	describe_lines("[\"0\", \"100\", \"10\"]");
	sample_lines((const char *[]){ "10", "100", "0", NULL });
	ck_assert_int_eq(report_write(dir), 0);
	must_be_in_order((const char *[]){ "0", "10", "100", NULL });
}
END_TEST

START_TEST(names_on_an_x_axis_are_in_the_descriptions_order)
{
	describe_lines("[ample, \"32\", \"8\", \"16\"]");
	sample_lines((const char *[]){ "16", "8", "ample", "32", NULL });
	ck_assert_int_eq(report_write(dir), 0);
	must_be_in_order((const char *[]){ "ample", "32", "8", "16", NULL });
}
END_TEST

static const char lines[] =
	"{\"version\":1,\"source\":{\"package\":\"linux-source-9\",\"package_version\":\"9-1\"},"
	"\"modules\":{\"m1\":{\"files\":{\"x/a.c\":900,\"x/h.h\":100}},"
	"\"m2\":{\"files\":{\"x/h.h\":100,\"x/b.c\":400}},\"m3\":{\"files\":{\"c.c\":20}}},"
	"\"classes\":{\"net\":{\"drivers\":{\"d1\":[\"m1\"],\"d2\":[\"m2\",\"m1\"]},"
	"\"translation\":{\"lines\":300},\"harness\":{\"lines\":200}},"
	"\"disk\":{\"drivers\":{\"d3\":[\"m2\",\"m4\"],\"d4\":[\"m5\"]},"
	"\"translation\":{\"lines\":90},\"harness\":{\"lines\":10}}},"
	"\"shared\":{\"lines\":100}}";

/* A file counts once in each row: x/h.h is of both modules, m2 is of both classes. */
START_TEST(effort_is_what_was_written_for_what_is_reused)
{
	char *html, *md;

	put("lines.json", lines);
	ck_assert_int_eq(report_write(dir), 0);
	html = get("report.html");
	md = get("report.md");
	must_be_well_formed();
	must_have(md, "| net | 300 | 200 | 500 | 2 | 2 | 1400 | 2.8 |");
	must_have(md, "| disk | 90 | 10 | 100 | 2 | 3 | 500, 2 not counted | 5.0 |");
	must_have(md, "| shared by all | 100 | – | 100 | – | – | – | – |");
	must_have(md, "| together | 490 | 210 | 700 | 4 | 4 | 1400, 2 not counted | 2.0 |");
	must_have(md, "| d2 | net | m2, m1 | 1400 |");
	must_have(md, "| d3 | disk | m2, m4 | 500, 1 not counted |");
	must_have(md, "| d4 | disk | m5 | not counted |");
	must_have(md, "once (linux-source-9 9-1)");
	must_have(html, "href=\"#effort\"");
	must_have(html, "Lines written and lines reused");
	free(html);
	free(md);
}
END_TEST

/* Of the tree's own table of drivers; of what is not in it nothing is claimed. */
START_TEST(drivers_are_told_apart)
{
	const char *rest = strstr(description, "drivers: [d]\n");
	char *text, *html, *md;

	text = xasprintf("%.*sdrivers: [e1000, ahci, d]\ndriver_table: [speed]\n%s",
			 (int)(rest - description), description, rest + strlen("drivers: [d]\n"));
	put("experiments/demo.yaml", text);
	free(text);
	ck_assert_int_eq(report_write(dir), 0);
	html = get("report.html");
	md = get("report.md");
	must_be_well_formed();
	must_have(md,
		  "| driver | module | SHA-256 of its file | lines of code | hot-plug | result |");
	must_have(md, "| e1000 | e1000 | `–` | not counted | yes | not run |");
	must_have(md, "| ahci | ahci | `–` | not counted | no<br>QEMU's bus for its disk");
	must_have(md, "| d | – | `–` | not counted | – | not run |");
	must_have(html, "QEMU's bus for its disk takes no hot-plugging");
	free(html);
	free(md);
}
END_TEST

START_TEST(effort_that_was_not_counted_is_not_shown)
{
	static const char *const odd[] = { "[]", "{}", "{\"classes\":[1]}",
					   "{\"classes\":{\"net\":{\"drivers\":{\"d\":[1,{}]}}}}",
					   "{\"modules\":3,\"classes\":{\"net\":null}}" };
	char *md;
	size_t i;

	ck_assert_int_eq(report_write(dir), 0);
	md = get("report.md");
	must_have(md, "Lines of code: not counted.");
	must_lack(md, "Lines written");
	free(md);
	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		put("lines.json", odd[i]);
		ck_assert_int_eq(report_write(dir), 0);
		must_be_well_formed();
	}
}
END_TEST

START_TEST(an_empty_run_says_so)
{
	char *html;

	ck_assert_int_eq(report_write(dir), 0);
	html = get("report.html");
	must_be_well_formed();
	must_have(html, "no measurements yet");
	must_have(html, "not measured");
	must_have(html, "this run has no samples for it");
	must_have(html, "2 not applicable");
	must_lack(html, "<svg class=\"plot\"");
	ck_assert(!exists("plots/demo-speed.svg"));
	free(html);
}
END_TEST

START_TEST(failures_are_told_with_their_reasons)
{
	static const char failed[] =
		"{\"experiment\":\"demo\",\"metric\":\"speed\",\"dimensions\":{\"system\":\"zeta\","
		"\"driver\":\"d\",\"mtu\":\"1500\"},\"invocation\":0,\"iteration\":0,\"time\":1e9,"
		"\"status\":\"failed\",\"reason\":\"it fell over\"}\n"
		"{\"experiment\":\"demo\",\"metric\":\"speed\",\"dimensions\":{\"system\":\"zeta\","
		"\"driver\":\"d\",\"mtu\":\"500\"},\"invocation\":0,\"iteration\":0,\"time\":1e9,"
		"\"status\":\"failed\",\"reason\":\"it fell over\"}\n"
		"{\"experiment\":\"demo\",\"metric\":\"speed\",\"dimensions\":{\"system\":\"alpha\","
		"\"driver\":\"d\",\"mtu\":\"500\"},\"invocation\":0,\"iteration\":0,\"time\":1e9,"
		"\"status\":\"skipped\",\"reason\":\"no such tool\"}\n";
	char *html, *md;

	put("samples.jsonl", failed);
	ck_assert_int_eq(report_write(dir), 0);
	html = get("report.html");
	md = get("report.md");
	must_be_well_formed();
	must_have(html, "3 samples, 2 failed, 1 skipped");
	must_have(md, "| demo | speed | **failed** | 2 | driver=d mtu=1500 system=zeta, "
		      "invocation 0 | it fell over |");
	must_have(md, "| demo | speed | skipped | 1 | driver=d mtu=500 system=alpha, "
		      "invocation 0 | no such tool |");
	must_lack(html, "NaN");
	free(html);
	free(md);
}
END_TEST

START_TEST(what_a_resumed_run_made_good_is_no_failure)
{
	struct sample_text t = { 0 };
	char *md;

	sample(&t, "zeta", "1500", "speed", "bit/s", 2e8, 0);
	sample(&t, "alpha", "1500", "speed", "bit/s", 2e8, 0);
	fputs("{\"experiment\":\"demo\",\"metric\":\"speed\",\"dimensions\":{\"system\":\"zeta\","
	      "\"driver\":\"d\",\"mtu\":\"1500\"},\"invocation\":0,\"iteration\":0,\"time\":1e9,"
	      "\"status\":\"failed\",\"reason\":\"it fell over\"}\n",
	      t.out);
	put_samples(&t);
	ck_assert_int_eq(report_write(dir), 0);
	md = get("report.md");
	must_have(md, "3 samples, 0 failed, 0 skipped");
	must_have(md, "No sample failed");
	must_lack(md, "it fell over");
	free(md);
}
END_TEST

START_TEST(one_value_gives_no_interval_and_is_noisy)
{
	struct sample_text t = { 0 };
	char *md;

	sample(&t, "zeta", "1500", "speed", "bit/s", 2e8, 0);
	sample(&t, "alpha", "1500", "speed", "bit/s", 1e8, 0);
	put_samples(&t);
	ck_assert_int_eq(report_write(dir), 0);
	md = get("report.md");
	must_have(md, "| d | 200 (n = 1) † | 100 (n = 1) † | 0.500 (n = 1) † |");
	must_have(md, "rest on noisy measurements");
	free(md);
}
END_TEST

START_TEST(a_ratio_to_nothing_is_left_out)
{
	struct sample_text t = { 0 };
	char *html, *md;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		sample(&t, "zeta", "1500", "speed", "bit/s", 0, i);
		sample(&t, "alpha", "1500", "speed", "bit/s", 1e8, i);
		sample(&t, "alpha", "500", "speed", "bit/s", 1e8, i);
	}
	put_samples(&t);
	ck_assert_int_eq(report_write(dir), 0);
	html = get("report.html");
	md = get("report.md");
	must_have(md, "| 1500 | 0 (0–0) | 100 (100–100) | – |");
	must_have(md, "| 500 | – | 100 (100–100) | – |");
	must_lack(html, ">nan<");
	must_lack(html, ">inf<");
	must_be_well_formed();
	free(html);
	free(md);
}
END_TEST

/* A few words that mean something to HTML, Markdown, CSV, gnuplot or a shell. */
#define EVIL "<script>alert(1)</script> `touch x` $(id) \\\"]]> -- @x | {/Bold y}"

START_TEST(hostile_words_stay_words)
{
	struct sample_text t = { 0 };
	char *hostile, *html, *md, *csv, *svg;
	unsigned int i;

	hostile = xasprintf("name: demo\ntitle: '%s'\nquestion: '%s'\nworkload: '%s'\n"
			    "systems: [zeta, '%s']\ndrivers: [d]\nwarmup: 0\ninvocations: 1\n"
			    "iterations: 1\nseconds: 1\nfigures:\n  - { id: evil, title: '%s', "
			    "kind: bars, x: mtu, series: system, metric: speed, unit: '%s' }\n",
			    EVIL, EVIL, EVIL, EVIL, EVIL, EVIL);
	put("experiments/demo.yaml", hostile);
	put("environment.json", "{\"<script>\":\"</td><script>\\u0001\"}");
	for (i = 0; i < 2; i++)
		sample(&t,
		       "<script>alert(1)</script> `touch x` $(id) \\\\\\\"]]> -- @x | {/Bold y}",
		       "1", "speed", "bit/s", 1e6, i);
	fputs("{\"experiment\":\"demo\",\"metric\":\"speed\",\"dimensions\":{},\"invocation\":0,"
	      "\"iteration\":0,\"time\":1,\"status\":\"failed\",\"reason\":\"<script>|`x`\"}\n",
	      t.out);
	put_samples(&t);
	ck_assert_int_eq(report_write(dir), 0);
	html = get("report.html");
	md = get("report.md");
	csv = get("plots/evil.csv");
	svg = get("plots/evil.svg");
	must_be_well_formed();
	must_lack(html, "<script");
	must_lack(md, "<script");
	must_lack(svg, "<script");
	must_have(html, "&lt;script&gt;alert(1)");
	must_have(svg, "`touch x` $(id)");
	must_have(csv, "\"\"]]>");
	ck_assert(access("x", F_OK) != 0);
	free(hostile);
	free(html);
	free(md);
	free(csv);
	free(svg);
}
END_TEST

/* Curves around an outage have so many; nobody reads a table of them unasked. */
START_TEST(a_curve_of_250_points_is_drawn)
{
	struct sample_text t = { 0 };
	char x[8], *html, *md;
	int i;

	for (i = 0; i < 250; i++) {
		snprintf(x, sizeof(x), "%d", i);
		sample(&t, "zeta", x, "speed", "bit/s", 1e8 + i, 0);
	}
	sample(&t, "zeta", "1500", "cost", "s", 0.002, 0);
	put_samples(&t);
	ck_assert_int_eq(report_write(dir), 0);
	ck_assert(exists("plots/demo-line.svg"));
	html = get("report.html");
	md = get("report.md");
	must_have(html, ">249</th>");
	must_lack(md, "| 249 |");
	must_have(md, "**cost, ms**");
	free(html);
	free(md);
}
END_TEST

START_TEST(without_gnuplot_the_rest_is_there)
{
	struct sample_text t = { 0 };
	char *path = xstrdup(getenv("PATH"));
	char *html;

	add_good_samples(&t);
	put_samples(&t);
	setenv("PATH", "/nonexistent", 1);
	ck_assert_int_eq(report_write(dir), 0);
	setenv("PATH", path, 1);
	free(path);
	html = get("report.html");
	must_have(html, "gnuplot is not installed");
	must_have(html, "0.500 (0.500–0.500)");
	free(html);
}
END_TEST

START_TEST(quick_and_set_decide_what_is_said_to_have_been_done)
{
	char *md;

	put("plan.json", "{\"version\":1,\"seed\":7,\"quick\":true,\"set\":[\"mtu=500\"],"
			 "\"experiments\":[{\"name\":\"demo\"}]}");
	ck_assert_int_eq(report_write(dir), 0);
	md = get("report.md");
	must_have(md, "**quick run**");
	must_have(md, "- **mtu**: 500\n");
	must_have(md, "build/drivervm run demo --quick --set=mtu=500 --seed=7");
	free(md);
}
END_TEST

START_TEST(a_folder_that_is_no_run_is_refused)
{
	char *path = in_run("plan.json");

	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_lt(report_write(dir), 0);
	ck_assert(!exists("report.html"));
	put("plan.json", "{");
	ck_assert_int_lt(report_write(dir), 0);
	put("plan.json", plan);
	put("samples.jsonl", "not JSON\n");
	ck_assert_int_lt(report_write(dir), 0);
	ck_assert(!exists("report.html"));
	free(path);
}
END_TEST

START_TEST(a_report_is_replaced_not_appended)
{
	struct sample_text t = { 0 };
	char *first, *second;

	add_good_samples(&t);
	put_samples(&t);
	ck_assert_int_eq(report_write(dir), 0);
	first = get("report.html");
	ck_assert_int_eq(report_write(dir), 0);
	second = get("report.html");
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tc = tcase_create("report");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_good_run_is_shown_whole);
	tcase_add_test(tc, a_figures_numbers_stand_beside_it);
	tcase_add_test(tc, lines_go_by_number);
	tcase_add_test(tc, an_x_axis_that_begins_at_nothing_is_drawn_all_the_same);
	tcase_add_test(tc, names_on_an_x_axis_are_in_the_descriptions_order);
	tcase_add_test(tc, effort_is_what_was_written_for_what_is_reused);
	tcase_add_test(tc, drivers_are_told_apart);
	tcase_add_test(tc, effort_that_was_not_counted_is_not_shown);
	tcase_add_test(tc, an_empty_run_says_so);
	tcase_add_test(tc, failures_are_told_with_their_reasons);
	tcase_add_test(tc, what_a_resumed_run_made_good_is_no_failure);
	tcase_add_test(tc, one_value_gives_no_interval_and_is_noisy);
	tcase_add_test(tc, a_ratio_to_nothing_is_left_out);
	tcase_add_test(tc, hostile_words_stay_words);
	tcase_add_test(tc, a_curve_of_250_points_is_drawn);
	tcase_add_test(tc, without_gnuplot_the_rest_is_there);
	tcase_add_test(tc, quick_and_set_decide_what_is_said_to_have_been_done);
	tcase_add_test(tc, a_folder_that_is_no_run_is_refused);
	tcase_add_test(tc, a_report_is_replaced_not_appended);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
