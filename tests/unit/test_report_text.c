// SPDX-License-Identifier: GPL-2.0-or-later
/* The report's writers: HTML and Markdown that nothing can break out of, SVG to inline, numbers. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/doc.h"
#include "report/html.h"
#include "report/number.h"
#include "report/svg.h"

static char *text;
static size_t size;
static FILE *out;

static void setup(void)
{
	text = NULL;
	out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(out);
}

static void teardown(void)
{
	if (out)
		fclose(out);
	out = NULL;
	free(text);
}

static const char *written(void)
{
	fclose(out);
	out = NULL;
	return text;
}

START_TEST(html_escapes_text_and_attributes)
{
	struct html h = { .out = out };

	html_open(&h, "p");
	html_attr(&h, "title", "a\"b<c>&'");
	html_text(&h, "<script>alert(\"x\") && 1</script>");
	html_end(&h);
	ck_assert_uint_eq(h.depth, 0);
	ck_assert_str_eq(written(), "<p title=\"a&quot;b&lt;c&gt;&amp;'\">"
				    "&lt;script&gt;alert(&quot;x&quot;) &amp;&amp; 1"
				    "&lt;/script&gt;</p>");
}
END_TEST

START_TEST(html_closes_what_it_opened)
{
	struct html h = { .out = out };

	html_open_class(&h, "div", "x y");
	html_open(&h, "br");
	html_void(&h);
	html_leaf(&h, "b", NULL, "");
	html_end(&h);
	ck_assert_str_eq(written(), "<div class=\"x y\"><br /><b></b></div>");
}
END_TEST

/* A lone continuation byte, a cut sequence, an overlong '/', a surrogate, a control character. */
START_TEST(bytes_that_are_no_character_are_replaced)
{
	html_escape(out, "a\x80"
			 "b\xe2\x82"
			 "c\xc0\xaf"
			 "d\xed\xa0\x80"
			 "e\x01"
			 "f µ ÷ 漢 \xf0\x9f\x98\x80");
	ck_assert_str_eq(written(), "a\xef\xbf\xbd"
				    "b\xef\xbf\xbd\xef\xbf\xbd"
				    "c\xef\xbf\xbd\xef\xbf\xbd"
				    "d\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
				    "e\xef\xbf\xbd"
				    "f µ ÷ 漢 \xf0\x9f\x98\x80");
}
END_TEST

START_TEST(markdown_text_is_never_markup)
{
	struct doc *d = doc_markdown(out);

	doc_para(d, "%s", "<b> [x](y) *z* `c` | # ~a~ ! \\ & two\nlines");
	doc_free(d);
	ck_assert_str_eq(written(), "&lt;b\\> \\[x\\](y) \\*z\\* \\`c\\` \\| \\# \\~a\\~ \\! \\\\ "
				    "&amp; two lines\n\n");
}
END_TEST

START_TEST(markdown_tables_keep_their_columns)
{
	static const struct doc_column columns[] = { { "a|b", false }, { "n", true } };
	struct doc *d = doc_markdown(out);

	d->ops->table(d, "t", columns, 2);
	d->ops->row(d);
	doc_cell(d, "x | y");
	d->ops->cell(d);
	d->ops->marked(d, DOC_CODE, "a|`b`");
	d->ops->cell_end(d);
	d->ops->row_end(d);
	d->ops->table_end(d);
	doc_free(d);
	ck_assert_str_eq(written(), "**t**\n\n| a\\|b | n |\n| --- | ---: |\n"
				    "| x \\| y | <code>a\\|\\`b\\`</code> |\n\n");
}
END_TEST

START_TEST(markdown_link_targets_stay_targets)
{
	struct doc *d = doc_markdown(out);

	d->ops->link(d, "a b>(c)\n", "t]");
	doc_free(d);
	ck_assert_str_eq(written(), "[t\\]](<a b%3E(c)%0A>)");
}
END_TEST

static const char gnuplot_like[] =
	"<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 6 4\"\n xmlns=\"x\"\n>\n"
	"<title>Gnuplot</title>\n<desc>Produced</desc>\n"
	"<circle id='dot'/><use xlink:href='#dot' id=\"u\"/><g filter='url(#f)'><title>p1</title>"
	"<text>id='kept' href='#kept' ]]></text></g></svg>\n";

START_TEST(svg_gets_its_own_names_and_words)
{
	char *svg = svg_dress(gnuplot_like, "fig-1", "A < B", "1 & 2");

	ck_assert_ptr_nonnull(svg);
	ck_assert_ptr_nonnull(strstr(svg, "viewBox=\"0 0 6 4\""));
	ck_assert_ptr_nonnull(strstr(svg, "<title id=\"fig-1-title\">A &lt; B</title>"));
	ck_assert_ptr_nonnull(strstr(svg, "<desc id=\"fig-1-desc\">1 &amp; 2</desc>"));
	ck_assert_ptr_nonnull(strstr(svg, "<circle id='fig-1-dot'/>"));
	ck_assert_ptr_nonnull(strstr(svg, "xlink:href='#fig-1-dot' id=\"fig-1-u\""));
	ck_assert_ptr_nonnull(strstr(svg, "url(#fig-1-f)"));
	ck_assert_ptr_nonnull(strstr(svg, "<text>id='kept' href='#kept' ]]&gt;</text>"));
	ck_assert_ptr_null(strstr(svg, "Gnuplot"));
	ck_assert_ptr_null(strstr(svg, "Produced"));
	ck_assert_ptr_null(strstr(svg, "p1"));
	ck_assert_int_eq(strncmp(svg_root(svg), "<svg", 4), 0);
	free(svg);
}
END_TEST

START_TEST(what_is_no_svg_is_refused)
{
	char *desc = svg_desc("<svg><title>t</title></svg>");

	ck_assert_ptr_null(svg_dress("", "a", "b", "c"));
	ck_assert_ptr_null(svg_dress("<html></html>", "a", "b", "c"));
	ck_assert_ptr_null(svg_dress("<svg viewBox=\"0 0", "a", "b", "c"));
	ck_assert_str_eq(svg_root("nothing"), "");
	ck_assert_str_eq(desc, "");
	free(desc);
	desc = svg_desc("<svg><desc id=\"x\">what it shows</desc></svg>");
	ck_assert_str_eq(desc, "what it shows");
	free(desc);
}
END_TEST

static const char *estimated(double value, double low, double high, size_t n)
{
	static char buf[100];
	struct estimate e = { .value = value, .low = low, .high = high, .n = n, .bounded = n > 1 };

	return estimate_text(buf, sizeof(buf), &e);
}

START_TEST(estimates_have_the_digits_that_mean_something)
{
	char buf[100];
	struct estimate ratio = { .value = 0.99, .low = 0.98449, .high = 1, .bounded = true };

	ck_assert_str_eq(estimated(676.4, 670, 683.2, 9), "676 (670–683)");
	ck_assert_str_eq(estimated(168.71, 168.64, 168.75, 9), "168.7 (168.6–168.8)");
	ck_assert_str_eq(estimated(0.012345, 0.011, 0.013, 9), "0.0123 (0.0110–0.0130)");
	ck_assert_str_eq(estimated(0, 0, 0, 3), "0 (0–0)");
	ck_assert_str_eq(estimated(-5, -6.5, 2, 3), "-5.00 (-6.50 to 2.00)");
	ck_assert_str_eq(estimated(3, 0, 0, 1), "3 (n = 1)");
	ck_assert_str_eq(estimated(1e-12, 0, 0, 1), "0 (n = 1)");
	ck_assert_str_eq(estimated(1234567, 1200000, 1300000, 4), "1234567 (1200000–1300000)");
	ck_assert_str_eq(ratio_text(buf, sizeof(buf), &ratio), "0.990 (0.984–1.000)");
}
END_TEST

START_TEST(units_fit_the_largest_value)
{
	struct unit u = unit_for("bit/s", 6.7e8);

	ck_assert_str_eq(u.name, "Mbit/s");
	ck_assert_double_eq(u.scale, 1e-6);
	ck_assert_str_eq(unit_for("bit/s", 2e10).name, "Gbit/s");
	ck_assert_str_eq(unit_for("s", 0.02).name, "ms");
	ck_assert_str_eq(unit_for("s", 0).name, "µs");
	ck_assert_str_eq(unit_for("us", 500).name, "µs");
	ck_assert_str_eq(unit_for("B", 5 << 20).name, "MiB");
	ck_assert_str_eq(unit_for("1", 7).name, "");
	u = unit_for("frames", 3);
	ck_assert_str_eq(u.name, "frames");
	ck_assert_double_eq(u.scale, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_text");
	TCase *tc = tcase_create("report_text");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, html_escapes_text_and_attributes);
	tcase_add_test(tc, html_closes_what_it_opened);
	tcase_add_test(tc, bytes_that_are_no_character_are_replaced);
	tcase_add_test(tc, markdown_text_is_never_markup);
	tcase_add_test(tc, markdown_tables_keep_their_columns);
	tcase_add_test(tc, markdown_link_targets_stay_targets);
	tcase_add_test(tc, svg_gets_its_own_names_and_words);
	tcase_add_test(tc, what_is_no_svg_is_refused);
	tcase_add_test(tc, estimates_have_the_digits_that_mean_something);
	tcase_add_test(tc, units_fit_the_largest_value);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
