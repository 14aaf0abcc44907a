// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions: whatever is wrong is one line with the file, the line and what was expected. */
#include <errno.h>

#include "capture.h"
#include "core/yaml.h"

enum colour { RED, BLUE };

struct item {
	char *name;
	unsigned int count;
	char **words;
	unsigned int n_words;
	enum colour colour;
};

struct top {
	char *name;
	unsigned int size;
	double share;
	struct item *items;
	unsigned int n_items;
};

static const cyaml_schema_value_t word = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 99) };
static const cyaml_strval_t colours[] = { { "red", RED }, { "blue", BLUE } };
static const cyaml_schema_field_t item_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct item, name, 1, 30),
	CYAML_FIELD_UINT("count", CYAML_FLAG_DEFAULT, struct item, count),
	CYAML_FIELD_SEQUENCE_COUNT("words", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct item,
				   words, n_words, &word, 0, 9),
	CYAML_FIELD_ENUM("colour", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct item, colour,
			 colours, 2),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t item = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct item,
							       item_fields) };
static const cyaml_schema_field_t top_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct top, name, 1, 30),
	CYAML_FIELD_UINT("size", CYAML_FLAG_DEFAULT, struct top, size),
	CYAML_FIELD_FLOAT("share", CYAML_FLAG_OPTIONAL, struct top, share),
	CYAML_FIELD_SEQUENCE_COUNT("items", CYAML_FLAG_POINTER, struct top, items, n_items, &item,
				   1, 9),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct top,
								 top_fields) };

static char *dir;

static void setup(void)
{
	dir = temp_folder();
}

static void teardown(void)
{
	temp_folder_free(dir);
}

START_TEST(a_good_description_is_loaded)
{
	char *path = temp_file(dir, "good.yaml",
			       "# about it\nname: a\nsize: 3\nshare: 2e-1\nitems:\n"
			       "  - { name: x, count: 7, words: [p, \"1\"], colour: blue }\n"
			       "  - name: y\n    count: 0\n");
	struct top *t;
	void *data;

	ck_assert_int_eq(yaml_load(path, &schema, &data, NULL), 0);
	t = data;
	ck_assert_str_eq(t->name, "a");
	ck_assert_uint_eq(t->size, 3);
	ck_assert_double_eq(t->share, 0.2);
	ck_assert_uint_eq(t->n_items, 2);
	ck_assert_uint_eq(t->items[0].count, 7);
	ck_assert_str_eq(t->items[0].words[1], "1");
	ck_assert_int_eq(t->items[0].colour, BLUE);
	ck_assert_str_eq(t->items[1].name, "y");
	yaml_free(&schema, data, 0);
	free(path);
}
END_TEST

static const struct {
	const char *text;
	unsigned int line;
	const char *said;
} bad[] = {
	{ "name: a\nsize: 1\nfoo: 3\nitems: []\n", 3,
	  "unknown key 'foo'; expected one of name, size, share, items" },
	{ "name: a\nsize: 1\nitems:\n- name: b\n  count: 1\n\n  # no\n  cuont: 2\n", 8,
	  "unknown key 'cuont'; expected one of name, count, words, colour" },
	{ "name: a\nsize: x\nitems: []\n", 2,
	  "at 'size': expected a whole number, 0 or more, found 'x'" },
	{ "name: a\nsize: -1\nitems: []\n", 2,
	  "at 'size': expected a whole number, 0 or more, found '-1'" },
	{ "name: a\nsize: 99999999999\nitems: []\n", 2,
	  "at 'size': expected a whole number, 0 or more, found '99999999999'" },
	{ "name: a\nsize: 1\nshare: much\nitems: []\n", 3,
	  "at 'share': expected a number, found much" },
	{ "name: [a]\nsize: 1\nitems: []\n", 1, "at 'name': expected text, found a list" },
	{ "name:\nsize: 1\nitems: []\n", 1, "at 'name': expected text, found nothing" },
	{ "name: a\nsize: 1\nitems: 4\n", 3, "at 'items': expected a list, found a single value" },
	{ "name: a\nsize: 1\nitems: []\n", 3, "at 'items': expected a list that is longer" },
	{ "name: a\nsize: 1\nitems:\n- name: b\n- name: c\n  count: 1\n", 4,
	  "key 'count' is missing from what ends here" },
	{ "name: a\nsize: 1\nname: b\nitems: []\n", 3, "key 'name' given twice" },
	{ "name: a\nsize: 1\nitems:\n- name: b\n  count: 1\n  colour: pink\n", 6,
	  "at 'colour': found 'pink'; expected one of 'red', 'blue'" },
	{ "name: a\nsize: 1\nitems:\n- name: b\n  count: 1\n  words: [a, [b]]\n", 6,
	  "at 'words': expected text, found a list" },
	{ "- a\n- b\n", 1, "expected 'key: value' lines, found a list" },
	{ "", 1, "the file is empty" },
	{ "# only words\n", 1, "the file is empty" },
};

START_TEST(a_mistake_is_told_with_its_line)
{
	char *path = temp_file(dir, "bad.yaml", bad[_i].text);
	char *expected = xasprintf("drivervm: %s:%u: %s\n", path, bad[_i].line, bad[_i].said);
	struct capture c;
	void *data;

	capture_begin(&c);
	ck_assert_int_eq(yaml_load(path, &schema, &data, NULL), -EINVAL);
	ck_assert_str_eq(capture_end(&c), expected);
	ck_assert_ptr_null(data);
	free(expected);
	free(path);
}
END_TEST

/* Not YAML at all: the words are libyaml's, but it is one line with file and line, and no crash. */
static const char *const garbage[] = {
	"name: a\n\tsize: 1\n",	  "name: [a\n",	 "\001\002\377", "{{{{",
	"name: &x a\nsize: *x\n", "name: \"a\n", "a: b: c\n",
};

START_TEST(garbage_is_refused_in_one_line)
{
	char *path = temp_file(dir, "bad.yaml", garbage[_i]);
	char *start = xasprintf("drivervm: %s:", path);
	struct capture c;
	const char *said;
	void *data;

	capture_begin(&c);
	ck_assert_int_eq(yaml_load(path, &schema, &data, NULL), -EINVAL);
	said = capture_end(&c);
	ck_assert_int_eq(strncmp(said, start, strlen(start)), 0);
	ck_assert_int_gt(atoi(said + strlen(start)), 0);
	ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
	free(start);
	free(path);
}
END_TEST

START_TEST(a_missing_file_is_told)
{
	struct capture c;
	void *data;

	capture_begin(&c);
	ck_assert_int_eq(yaml_load("/no/such.yaml", &schema, &data, NULL), -ENOENT);
	ck_assert_str_eq(capture_end(&c), "drivervm: /no/such.yaml: No such file or directory\n");
}
END_TEST

START_TEST(lines_are_found_again)
{
	char *path = temp_file(dir, "a.yaml",
			       "# e1000 is no match\nname: ab\nitems: [e1000e]\nlist:\n"
			       "  - e1000 # comment: z\n  - ab\nz: 1\n");

	ck_assert_uint_eq(yaml_line_of(path, "e1000"), 5);
	ck_assert_uint_eq(yaml_line_of(path, "e1000e"), 3);
	ck_assert_uint_eq(yaml_line_of(path, "ab"), 2);
	ck_assert_uint_eq(yaml_line_after(path, 4, "ab"), 6);
	ck_assert_uint_eq(yaml_line_of(path, "z"), 7);
	ck_assert_uint_eq(yaml_line_of(path, "a"), 0);
	ck_assert_uint_eq(yaml_line_after(path, 3, "nowhere"), 3);
	free(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("yaml");
	TCase *tc = tcase_create("yaml");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_good_description_is_loaded);
	tcase_add_loop_test(tc, a_mistake_is_told_with_its_line, 0, ARRAY_SIZE(bad));
	tcase_add_loop_test(tc, garbage_is_refused_in_one_line, 0, ARRAY_SIZE(garbage));
	tcase_add_test(tc, a_missing_file_is_told);
	tcase_add_test(tc, lines_are_found_again);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
