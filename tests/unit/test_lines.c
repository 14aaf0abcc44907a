// SPDX-License-Identifier: GPL-2.0-or-later
/* Counting lines of code: text, modules of a kernel made up here, our own code, source packages. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "core/paths.h"

/* The image builder is a program of its own, not part of the harness. */
#include "builder/lines_module.c"
#include "builder/lines_own.c"
#include "builder/lines_text.c"
#include "builder/source_extract.c"
#include "builder/strings.c"
#include "builder/tool.c"

static char dir[] = "/tmp/drivervm-test-XXXXXX";

static void setup(void)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	ck_assert_int_eq(tool_run_words((const char *const[]){ "rm", "-rf", dir, NULL }), 0);
}

/* Writes a file in the test's folder. */
static void put(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name), *folder = xstrdup(path);

	ck_assert_int_eq(mkdir_p(dirname(folder)), 0);
	ck_assert_int_eq(file_write(path, text, strlen(text)), 0);
	free(folder);
	free(path);
}

static size_t count(const char *text)
{
	struct argv includes = { 0 };
	char *copy = xstrdup(text);
	size_t n = lines_count_text(copy, &includes);

	argv_free(&includes);
	free(copy);
	return n;
}

static const struct {
	const char *text;
	size_t lines;
} texts[] = {
	{ "", 0 },
	{ "\n \t\n\f\r\n", 0 },
	{ "int a;", 1 },
	{ "int a;\n\nint b;\n", 2 },
	{ "// one\n  // two\nint a; // three\n", 1 },
	{ "/* one */\n/* two\n * three\n */ int a; /*\n*/\n", 1 },
	{ "int a; /* begins here\nand ends here */ int b;\n", 2 },
	{ "/* never ends\nint a;\n", 0 },
	{ "char *a = \"/* text\";\nint b;\nchar c = '\"'; /* x */\nint d; // */\n", 4 },
	{ "char *a = \"\\\"/*\";\nint b;\n", 2 },
	{ "#error don't\n/* this\n */ int a;\n", 2 },
	{ "#define A \\\n\t1\n", 2 },
	{ "int a = 4 / 2; /**/\n/*/ no end yet\n*/\n", 1 },
	{ "\"", 1 },
	{ "'\\", 1 },
	{ "/", 1 },
};

START_TEST(blank_lines_and_comments_do_not_count)
{
	ck_assert_uint_eq(count(texts[_i].text), texts[_i].lines);
}
END_TEST

START_TEST(includes_of_the_same_folder_are_found)
{
	char text[] = "#include <linux/a.h>\n#include \"b.h\"\n  #  include\t\"c.h\" /* x */\n"
		      "// #include \"d.h\"\n#include \"b.h\"\n#include \"\n#include B\n";
	struct argv includes = { 0 };

	lines_count_text(text, &includes);
	ck_assert_uint_eq(includes.n, 2);
	ck_assert_str_eq(includes.v[0], "b.h");
	ck_assert_str_eq(includes.v[1], "c.h");
	argv_free(&includes);
}
END_TEST

#define X "drivers/x/"

/* The lines of a module in drivers/x, or -1. */
static json_int_t module_lines(const char *name, json_t **counted)
{
	char *config = xasprintf("%s/config", dir);
	const struct lines_module m = {
		.name = name, .tree = dir, .dir = "drivers/x", .config = config
	};
	json_t *result = NULL;
	json_int_t lines = -1;

	put("config", "CONFIG_YES=y\nCONFIG_MODULE=m\n# CONFIG_NO is not set\nCONFIG_S=\"a b\"\n");
	if (!lines_count_module(&m, &result))
		lines = json_integer_value(json_object_get(result, "lines"));
	if (counted)
		*counted = result;
	else
		json_decref(result);
	free(config);
	return lines;
}

/* The file NAME of its length 1, 2, 4...: a sum says which were counted. */
static void put_sources(void)
{
	put(X "one.c", "1;\n");
	put(X "two.c", "1;\n2;\n");
	put(X "four.c", "1;\n2;\n3;\n4;\n");
	put(X "eight.S", "1\n2\n3\n4\n5\n6\n7\n8\n");
}

static const struct {
	const char *makefile;
	json_int_t lines;
} makefiles[] = {
	{ "obj-m += mod-a.o\nmod-a-objs := one.o two.o\n", 3 },
	{ "mod-a-y = one.o\nmod-a-y += eight.o # four.o\n", 9 },
	{ "mod-a-m := one.o\nmod-a-objs += two.o\n", 3 },
	{ "mod-a-objs\t:=\tone.o \\\n\t\ttwo.o\\\n four.o\n\n", 7 },
	{ "mod-a-y := one.o\nmod-a-$(CONFIG_YES) += two.o\nmod-a-$(CONFIG_NO) += four.o\n", 3 },
	{ "mod-a-y := one.o\nmod-a-$(CONFIG_MODULE) += two.o\n", 3 },
	{ "mod-a-y := one.o\nmod-a-$(subst m,y,$(CONFIG_MODULE)) += two.o\n", 3 },
	{ "mod-a-y := one.o\nifeq ($(CONFIG_YES),y)\nmod-a-y += two.o\nelse\nmod-a-y += four.o\n"
	  "endif\nifdef CONFIG_NO\nmod-a-y += eight.o\nendif\n",
	  3 },
	{ "mod-a-y := one.o one.o\nmod-b-y := two.o\nmod_a-y := four.o\nxmod-a-y := four.o\n", 1 },
	{ "parts := one.o\nmod-a-y := $(parts)\nparts += two.o\n"
	  "$(obj)/x.h: $(src)/y\n\t$(call cmd,x)\nmod-a-y += $(call nothing,four.o)\n",
	  1 },
	{ "all:\n\ttouch made\nmod-a-y := two.o\n", 2 },
};

START_TEST(make_says_what_a_module_is_made_of)
{
	put_sources();
	put(X "Makefile", makefiles[_i].makefile);
	ck_assert_int_eq(module_lines("mod-a", NULL), makefiles[_i].lines);
}
END_TEST

START_TEST(a_module_of_one_object_has_its_name)
{
	put(X "e1000.c", "int a;\n");
	put(X "other.c", "int a;\nint b;\n");
	ck_assert_int_eq(module_lines("e1000", NULL), 1);
	put(X "Makefile", "obj-$(CONFIG_MODULE) += e1000.o other.o\n");
	ck_assert_int_eq(module_lines("e1000", NULL), 1);
	put(X "Kbuild", "e1000-y := other.o\n");
	ck_assert_int_eq(module_lines("e1000", NULL), 2);
}
END_TEST

START_TEST(what_is_included_counts_once)
{
	json_t *counted, *files;

	put(X "Makefile", "mod-y := a.o b.o\n");
	put(X "a.c", "#include \"a.h\"\n#include \"q.c\"\n#include <z.h>\n#include \"sub/s.h\"\n");
	put(X "b.c", "#include \"a.h\"\n#include \"elsewhere.h\"\n");
	put(X "a.h", "#include \"b.h\"\n");
	put(X "b.h", "#include \"a.h\"\n/* a circle */\n");
	put(X "q.c", "int q;\n");
	put(X "z.h", "int z;\n");
	put(X "sub/s.h", "int s;\n");
	put(X "unused.h", "int unused;\n");
	ck_assert_int_eq(module_lines("mod", &counted), 9);
	files = json_object_get(counted, "files");
	ck_assert_uint_eq(json_object_size(files), 5);
	ck_assert_int_eq(json_integer_value(json_object_get(files, X "a.c")), 4);
	ck_assert_int_eq(json_integer_value(json_object_get(files, X "a.h")), 1);
	ck_assert_ptr_null(json_object_get(files, X "unused.h"));
	json_decref(counted);
}
END_TEST

START_TEST(what_cannot_be_counted_is_told)
{
	ck_assert_int_eq(module_lines("nothing", NULL), -1);
	put_sources();
	put(X "Makefile", "mod-y := one.o generated.o\n");
	ck_assert_int_eq(module_lines("mod", NULL), -1);
	put(X "Makefile", "mod-y := one.o sub/two.o\n");
	ck_assert_int_eq(module_lines("mod", NULL), -1);
	put(X "Makefile", "mod-y := one.o\ninclude $(srctree)/no/such/file\n");
	ck_assert_int_eq(module_lines("mod", NULL), -1);
	put(X "Makefile", "this is no Makefile\n");
	ck_assert_int_eq(module_lines("mod", NULL), -1);
}
END_TEST

static json_int_t lines_at(json_t *classes, const char *class, const char *what)
{
	json_t *counted = json_object_get(json_object_get(classes, class), what);

	return json_integer_value(json_object_get(counted, "lines"));
}

static void put_own_tree(void)
{
	put("harness/drivers.yaml",
	    "# a comment\n- { name: d-1, class: net, device: x, modules: [m-1], new: [1] }\n"
	    "- { name: d-2, class: disk, device: x, modules: [m_2, m-3] }\n"
	    "- { name: d-3, class: net, device: x, modules: [m_2] }\n");
	put("harness/classes/net.c", "/* net */\n1;\n");
	put("harness/classes/net_far.c", "2;\n3;\n");
	put("harness/classes/net-private.h", "4;\n");
	put("harness/classes/netdev.c", "/* of all */\n5;\n6;\n7;\n8;\n");
	put("harness/classes/disk.c", "1;\n2;\n");
	put("vm-images/modules/ddnet/a.c", "1;\n2;\n3;\n");
	put("vm-images/modules/ddnet/a.h", "1;\n");
	put("vm-images/modules/ddnet/notes.txt", "1;\n");
	put("vm-images/modules/dddisk/a.c", "1;\n");
	put("vm-images/modules/ddlink/a.h", "1;\n2;\n3;\n4;\n5;\n");
}

START_TEST(our_own_code_is_counted_by_class)
{
	json_t *classes, *shared, *drivers;

	put_own_tree();
	ck_assert_int_eq(lines_count_own(dir, &classes, &shared), 0);
	ck_assert_uint_eq(json_object_size(classes), 2);
	ck_assert_int_eq(lines_at(classes, "net", "translation"), 4);
	ck_assert_int_eq(lines_at(classes, "net", "harness"), 4);
	ck_assert_int_eq(lines_at(classes, "disk", "translation"), 1);
	ck_assert_int_eq(lines_at(classes, "disk", "harness"), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(shared, "lines")), 5);
	ck_assert_ptr_nonnull(
		json_object_get(json_object_get(shared, "files"), "vm-images/modules/ddlink/a.h"));
	drivers = json_object_get(json_object_get(classes, "disk"), "drivers");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(drivers, "d-2"), 1)),
			 "m_3");
	drivers = json_object_get(json_object_get(classes, "net"), "drivers");
	ck_assert_uint_eq(json_object_size(drivers), 2);
	json_decref(classes);
	json_decref(shared);
}
END_TEST

/* Each class of the tree's own drivers has its folder and its file, by name. */
START_TEST(the_trees_own_classes_are_counted)
{
	json_t *classes, *shared;
	char *tree = path_in_tree(".");

	ck_assert_int_eq(lines_count_own(tree, &classes, &shared), 0);
	ck_assert_uint_ge(json_object_size(classes), 2);
	free(tree);
	json_decref(classes);
	json_decref(shared);
}
END_TEST

START_TEST(a_class_without_its_code_is_refused)
{
	json_t *classes, *shared;

	ck_assert_int_lt(lines_count_own(dir, &classes, &shared), 0);
	put_own_tree();
	put("harness/drivers.yaml", "- { name: d, class: sound, modules: [m] }\n");
	ck_assert_int_eq(lines_count_own(dir, &classes, &shared), -ENOENT);
	put("harness/classes/sound.c", "1;\n");
	ck_assert_int_eq(lines_count_own(dir, &classes, &shared), -ENOENT);
	put("harness/drivers.yaml", "- { name: d, class: link, modules: [m] }\n");
	ck_assert_int_eq(lines_count_own(dir, &classes, &shared), -ENOENT);
	put("harness/drivers.yaml", "- { name: d, class: net }\n");
	ck_assert_int_lt(lines_count_own(dir, &classes, &shared), 0);
}
END_TEST

struct member {
	const char *name;
	const void *data;
	size_t len;
};

/* An archive of the members, up to one without a name; the caller frees it. */
static char *make_archive(const char *format, bool compressed, const struct member *m, size_t *len)
{
	const size_t size = 1 << 20;
	char *data = xcalloc(size, 1);
	struct archive *a = archive_write_new();
	struct archive_entry *entry;

	ck_assert_int_eq(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
	if (compressed)
		archive_write_add_filter_xz(a);
	archive_write_set_bytes_in_last_block(a, 1);
	ck_assert_int_eq(archive_write_open_memory(a, data, size, len), ARCHIVE_OK);
	for (; m->name; m++) {
		entry = archive_entry_new();
		archive_entry_set_pathname(entry, m->name);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_size(entry, (la_int64_t)m->len);
		ck_assert_msg(archive_write_header(a, entry) == ARCHIVE_OK, "%s",
			      archive_error_string(a));
		ck_assert_int_eq(archive_write_data(a, m->data, m->len), (la_ssize_t)m->len);
		archive_entry_free(entry);
	}
	ck_assert_int_eq(archive_write_free(a), ARCHIVE_OK);
	return data;
}

/* A package of the kernel's source with some files in it. */
static char *make_package(const char *tarball, size_t *len)
{
	const struct member files[] = {
		{ "linux-source-6.1/Makefile", "top", 3 },
		{ "linux-source-6.1/drivers/net/Makefile", "net", 3 },
		{ "linux-source-6.1/drivers/net/a.c", "a;\n", 3 },
		{ "linux-source-6.1/drivers/net/a.h", "h;\n", 3 },
		{ "linux-source-6.1/drivers/net/a.txt", "t;\n", 3 },
		{ "linux-source-6.1/drivers/net/below/b.c", "b;\n", 3 },
		{ "linux-source-6.1/drivers/ata/c.c", "c;\n", 3 },
		{ NULL, NULL, 0 },
	};
	size_t source_len, data_len;
	char *source = make_archive("ustar", true, files, &source_len), *data;
	const struct member in_data[] = { { "./usr/share/doc/linux-source-6.1/copyright", "", 0 },
					  { tarball, source, source_len },
					  { NULL, NULL, 0 } };
	struct member in_package[] = { { "debian-binary", "2.0\n", 4 },
				       { "control.tar.xz", "", 0 },
				       { "data.tar.xz", NULL, 0 },
				       { NULL, NULL, 0 } };
	char *package;

	data = make_archive("ustar", true, in_data, &data_len);
	in_package[2].data = data;
	in_package[2].len = data_len;
	package = make_archive("arbsd", false, in_package, len);
	free(source);
	free(data);
	return package;
}

static int extract_package(const void *package, size_t len)
{
	char *deb = xasprintf("%s/source.deb", dir), *to = xasprintf("%s/out", dir);
	struct argv dirs = { 0 };
	int err;

	argv_add(&dirs, "drivers/net");
	argv_add(&dirs, "drivers/none");
	ck_assert_int_eq(file_write(deb, package, len), 0);
	err = source_extract(deb, &dirs, to);
	argv_free(&dirs);
	free(to);
	free(deb);
	return err;
}

static bool is_out(const char *name)
{
	char *path = xasprintf("%s/out/%s", dir, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

#define TARBALL "./usr/src/linux-source-6.1.tar.xz"

START_TEST(only_wanted_folders_are_taken)
{
	size_t len;
	char *package = make_package(TARBALL, &len);

	ck_assert_int_eq(extract_package(package, len), 0);
	ck_assert(is_out("drivers/net/Makefile"));
	ck_assert(is_out("drivers/net/a.c"));
	ck_assert(is_out("drivers/net/a.h"));
	ck_assert(!is_out("drivers/net/a.txt"));
	ck_assert(!is_out("drivers/net/below"));
	ck_assert(!is_out("drivers/ata"));
	ck_assert(!is_out("Makefile"));
	free(package);
}
END_TEST

START_TEST(what_is_no_source_package_is_refused)
{
	size_t len, cut;
	char *package = make_package("./usr/src/something.tar.xz", &len);

	ck_assert_int_lt(extract_package(package, len), 0);
	free(package);
	package = make_package(TARBALL, &len);
	for (cut = 0; cut < len - 200; cut += len / 8)
		ck_assert_int_lt(extract_package(package, cut), 0);
	free(package);
	ck_assert(!is_out("drivers/net/a.txt"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lines");
	TCase *tc = tcase_create("lines");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, blank_lines_and_comments_do_not_count, 0, ARRAY_SIZE(texts));
	tcase_add_test(tc, includes_of_the_same_folder_are_found);
	tcase_add_loop_test(tc, make_says_what_a_module_is_made_of, 0, ARRAY_SIZE(makefiles));
	tcase_add_test(tc, a_module_of_one_object_has_its_name);
	tcase_add_test(tc, what_is_included_counts_once);
	tcase_add_test(tc, what_cannot_be_counted_is_told);
	tcase_add_test(tc, our_own_code_is_counted_by_class);
	tcase_add_test(tc, the_trees_own_classes_are_counted);
	tcase_add_test(tc, a_class_without_its_code_is_refused);
	tcase_add_test(tc, only_wanted_folders_are_taken);
	tcase_add_test(tc, what_is_no_source_package_is_refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
