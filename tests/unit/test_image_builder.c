// SPDX-License-Identifier: GPL-2.0-or-later
/* The image builder: lists, apt's answers, kernel images, archives, links inside the packages. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The builder is a program of its own, not part of the harness. */
#include "builder/apt.c"
#include "builder/cpio.c"
#include "builder/libraries.c"
#include "builder/recipe.c"
#include "builder/strings.c"
#include "builder/tool.c"
#include "builder/tree.c"
#include "builder/vmlinux.c"

static char dir[] = "/tmp/drivervm-test-XXXXXX";

static void setup(void)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	struct argv rm = { 0 };

	argv_add_all(&rm, (const char *const[]){ "rm", "-rf", dir, NULL });
	ck_assert_int_eq(tool_run(&rm, NULL, NULL), 0);
	argv_free(&rm);
}

/* Writes a file in the test's folder; its path, valid until the next call but three. */
static const char *put(const char *name, const void *data, size_t len)
{
	static char paths[4][256];
	static unsigned int next;
	char *path = paths[next++ % 4], *folder;

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	folder = xstrdup(path);
	ck_assert_int_eq(mkdir_p(dirname(folder)), 0);
	free(folder);
	ck_assert_int_eq(file_write(path, data, len), 0);
	return path;
}

static const char *put_text(const char *name, const char *text)
{
	return put(name, text, strlen(text));
}

START_TEST(lists_include_each_other_once)
{
	struct recipe r = { 0 };
	const char *top;

	put_text("base.list",
		 "module e1000 # a comment\npackage linux-image-amd64\n\ninclude top.list");
	top = put_text("top.list", "include base.list\ninclude base.list\nfile /bin/ip\n"
				   "applets /bin/busybox\nmodule e1000\nextra ddlink\n"
				   "copy /etc/hosts\n");
	ck_assert_int_eq(recipe_read(&r, top), 0);
	ck_assert_uint_eq(r.lists.n, 2);
	ck_assert_uint_eq(r.modules.n, 1);
	ck_assert_str_eq(r.modules.v[0], "e1000");
	ck_assert_str_eq(r.packages.v[0], "linux-image-amd64");
	ck_assert_str_eq(r.files.v[0], "/bin/ip");
	ck_assert_str_eq(r.applets.v[0], "/bin/busybox");
	ck_assert_str_eq(r.extra.v[0], "ddlink");
	ck_assert_ptr_nonnull(strstr(r.copies.v[0], "/rootfs/etc/hosts"));
	recipe_free(&r);
}
END_TEST

START_TEST(bad_lists_are_refused)
{
	static const char *const bad[] = {
		"modul e1000\n", "module\n",	 "module e1000 e1000e\n",  "file bin/ip\n",
		"module /e1000", "copy hosts\n", "include no-such.list\n", "package /nuttcp",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct recipe r = { 0 };

		ck_assert_int_lt(recipe_read(&r, put_text("bad.list", bad[i])), 0);
		recipe_free(&r);
	}
}
END_TEST

START_TEST(only_what_a_guest_needs_is_followed)
{
	char text[] = "iproute2\n  Depends: <debconf-2.0>\n    debconf\n  Depends: libbpf0\n"
		      " |Depends: libc6:any\n  PreDepends: zlib1g\n  Suggests: libno\n"
		      "W: libwarning Depends: libno\n";
	struct argv names = { 0 }, next = { 0 };

	argv_add(&names, "libbpf0");
	apt_parse_depends(text, &names, &next);
	ck_assert_uint_eq(next.n, 2);
	ck_assert_str_eq(next.v[0], "libc6");
	ck_assert_str_eq(next.v[1], "zlib1g");
	ck_assert_uint_eq(names.n, 3);
	argv_free(&names);
	argv_free(&next);
}
END_TEST

#define SUM "3d3fdbe91d4660c873e14b092c213fe81c1da6362daa236eb25d0171eb108744"

START_TEST(uris_are_taken_apart)
{
	char good[] = "'http://host/b%2b.deb' bb_1%3a1.35+b1_amd64.deb 928188 SHA256:" SUM;
	char bad[][128] = {
		"E: Unable to locate package nothing",
		"'http://host/x.deb' bb_1_amd64.deb 928188 MD5Sum:1234",
		"'http://host/x.deb' bb_1_amd64.deb 928188 SHA256:1234",
		"'http://host/x.deb' bb.deb 928188 SHA256:" SUM,
		"",
	};
	struct package p = { 0 };
	size_t i;

	ck_assert(apt_parse_uri(good, &p));
	ck_assert_str_eq(p.name, "bb");
	ck_assert_str_eq(p.version, "1:1.35+b1");
	ck_assert_str_eq(p.file, "bb_1%3a1.35+b1_amd64.deb");
	ck_assert_str_eq(p.sha256, SUM);
	free(p.name);
	free(p.version);
	free(p.file);
	free(p.sha256);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert(!apt_parse_uri(bad[i], &p));
}
END_TEST

/* A bzImage with this payload behind its header, uncompressed ("size" follows the payload). */
static size_t make_bzimage(char *image, const char *kernel, size_t len, uint32_t stated)
{
	const uint32_t offset = 0, length = (uint32_t)len + 4;
	const size_t at = 2 * SECTOR;

	memset(image, 0, at);
	image[OFF_SETUP_SECTS] = 1;
	memcpy(image + OFF_MAGIC, "HdrS\x0f\x02", 6);
	memcpy(image + OFF_PAYLOAD_OFFSET, &offset, 4);
	memcpy(image + OFF_PAYLOAD_LENGTH, &length, 4);
	memcpy(image + at, kernel, len);
	memcpy(image + at + len, &stated, 4);
	return at + len + 4;
}

START_TEST(a_kernel_comes_out_of_its_image)
{
	static char image[8192], kernel[1000] = "\177ELF and a kernel";
	char *out = xasprintf("%s/vmlinux", dir), *got;
	size_t len = make_bzimage(image, kernel, sizeof(kernel), sizeof(kernel)), got_len;

	ck_assert_int_eq(vmlinux_extract(put("bz", image, len), out), 0);
	ck_assert_int_eq(file_read(out, &got, &got_len), 0);
	ck_assert_uint_eq(got_len, sizeof(kernel));
	ck_assert_int_eq(memcmp(got, kernel, sizeof(kernel)), 0);
	free(got);
	free(out);
}
END_TEST

START_TEST(what_is_no_kernel_image_is_refused)
{
	static char image[8192], kernel[1000] = "\177ELF and a kernel", other[1000] = "text";
	char *out = xasprintf("%s/vmlinux", dir);
	size_t len = make_bzimage(image, kernel, sizeof(kernel), sizeof(kernel));

	ck_assert_int_lt(vmlinux_extract("/no/such/file", out), 0);
	ck_assert_int_lt(vmlinux_extract(put("bz", "", 0), out), 0);
	ck_assert_int_lt(vmlinux_extract(put("bz", image, HEADER_END), out), 0);
	ck_assert_int_lt(vmlinux_extract(put("bz", image, len - 1), out), 0);
	image[OFF_MAGIC] = 'h';
	ck_assert_int_lt(vmlinux_extract(put("bz", image, len), out), 0);
	make_bzimage(image, kernel, sizeof(kernel), sizeof(kernel) + 1);
	ck_assert_int_lt(vmlinux_extract(put("bz", image, len), out), 0);
	make_bzimage(image, kernel, sizeof(kernel), UINT32_MAX);
	ck_assert_int_lt(vmlinux_extract(put("bz", image, len), out), 0);
	make_bzimage(image, other, sizeof(other), sizeof(other));
	ck_assert_int_lt(vmlinux_extract(put("bz", image, len), out), 0);
	make_bzimage(image, kernel, sizeof(kernel), sizeof(kernel));
	memset(image + OFF_PAYLOAD_OFFSET, 0xff, 4);
	ck_assert_int_lt(vmlinux_extract(put("bz", image, len), out), 0);
	ck_assert_int_lt(access(out, F_OK), 0);
	free(out);
}
END_TEST

START_TEST(trees_merge_usr_and_keep_the_first)
{
	struct tree tree = { 0 };

	tree_add_text(&tree, "/bin/a", "1");
	tree_add_link(&tree, "/usr/bin/a", "elsewhere");
	ck_assert(tree_has(&tree, "/usr/bin/a"));
	ck_assert(tree_has(&tree, "/usr/bin"));
	ck_assert(tree_has(&tree, "/usr"));
	ck_assert(!tree_has(&tree, "/binary"));
	ck_assert_uint_eq(tree.n, 3);
	ck_assert(S_ISREG(tree.v[2].mode));
	tree_free(&tree);
}
END_TEST

static char *archive_of(bool reversed, size_t *len)
{
	char *path = xasprintf("%s/out.cpio", dir), *data;
	const char *source = put_text("source", "program");
	struct tree tree = { 0 };

	if (reversed)
		tree_add_link(&tree, "/sh", "b");
	tree_add_text(&tree, "/etc/hosts", "127.0.0.1 localhost\n");
	tree_add_file(&tree, "/b", source, 0755);
	if (!reversed)
		tree_add_link(&tree, "/sh", "b");
	tree_add_char_device(&tree, "/dev/console", 5, 1);
	ck_assert_int_eq(tree_write_cpio(&tree, path), 0);
	ck_assert_int_eq(file_read(path, &data, len), 0);
	tree_free(&tree);
	free(path);
	return data;
}

START_TEST(archives_are_the_same_for_the_same_content)
{
	size_t a_len, b_len;
	char *a = archive_of(false, &a_len), *b;

	sleep(1);
	b = archive_of(true, &b_len);
	ck_assert_uint_eq(a_len, b_len);
	ck_assert_int_eq(memcmp(a, b, a_len), 0);
	free(a);
	free(b);
}
END_TEST

START_TEST(archives_hold_what_the_tree_says)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	char names[256] = "", content[64] = "";
	size_t len;
	char *data = archive_of(false, &len);

	archive_read_support_format_cpio(a);
	ck_assert_int_eq(archive_read_open_memory(a, data, len), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);

		strcat(strcat(names, name), " ");
		ck_assert_int_eq(archive_entry_uid(entry), 0);
		ck_assert_int_eq(archive_entry_mtime(entry), 0);
		if (!strcmp(name, "b"))
			ck_assert_int_eq(archive_read_data(a, content, sizeof(content)), 7);
		if (!strcmp(name, "sh"))
			ck_assert_str_eq(archive_entry_symlink(entry), "b");
		if (!strcmp(name, "dev/console"))
			ck_assert_uint_eq(archive_entry_rdevmajor(entry), 5);
	}
	ck_assert_str_eq(names, "b dev dev/console etc etc/hosts sh ");
	ck_assert_str_eq(content, "program");
	archive_read_free(a);
	free(data);
}
END_TEST

START_TEST(a_missing_source_leaves_no_archive)
{
	char *path = xasprintf("%s/out.cpio", dir), *tmp = xasprintf("%s.tmp", path);
	struct tree tree = { 0 };

	tree_add_file(&tree, "/b", "/no/such/file", 0755);
	ck_assert_int_eq(tree_write_cpio(&tree, path), -ENOENT);
	ck_assert_int_lt(access(path, F_OK), 0);
	ck_assert_int_lt(access(tmp, F_OK), 0);
	tree_free(&tree);
	free(tmp);
	free(path);
}
END_TEST

START_TEST(links_of_packages_do_not_leave_them)
{
	char *root = xasprintf("%s/root", dir), *link = xasprintf("%s/lib/ld.so", root);
	char *loop = xasprintf("%s/lib/loop.so", root), *found;

	put_text("root/lib/x/real.so", "library");
	ck_assert_int_eq(symlink("/lib/x/real.so", link), 0);
	ck_assert_int_eq(symlink("loop.so", loop), 0);
	found = image_find(root, "/usr/lib/ld.so");
	ck_assert_ptr_nonnull(found);
	ck_assert(has_prefix(found, root));
	ck_assert(has_suffix(found, "/lib/x/real.so"));
	free(found);
	ck_assert_ptr_null(image_find(root, "/lib/loop.so"));
	ck_assert_ptr_null(image_find(root, "/lib/x"));
	ck_assert_ptr_null(image_find(root, "/etc/passwd"));
	free(loop);
	free(link);
	free(root);
}
END_TEST

START_TEST(programs_bring_libraries_or_say_what_is_missing)
{
	char *root = xasprintf("%s/root", dir), *data;
	struct tree whole = { 0 }, part = { 0 };
	size_t len;

	ck_assert_int_eq(image_add_program(&whole, "", "/usr/bin/env"), 0);
	ck_assert(tree_has(&whole, "/usr/lib/x86_64-linux-gnu/libc.so.6"));
	ck_assert(tree_has(&whole, "/lib64/ld-linux-x86-64.so.2"));
	ck_assert_int_eq(file_read("/usr/bin/env", &data, &len), 0);
	put("root/usr/bin/env", data, len);
	ck_assert_int_eq(image_add_program(&part, root, "/usr/bin/env"), -ENOENT);
	/* Cut off half way it is no program, but must not harm the builder either. */
	put("root/usr/bin/cut", data, len / 2);
	image_add_program(&part, root, "/usr/bin/cut");
	ck_assert_int_eq(image_add_program(&part, root, "/usr/bin/none"), -ENOENT);
	tree_free(&whole);
	tree_free(&part);
	free(data);
	free(root);
}
END_TEST

START_TEST(tools_give_their_output_and_their_failures)
{
	struct argv good = { 0 }, bad = { 0 }, none = { 0 };
	char *text;

	argv_add_all(&good,
		     (const char *const[]){ "sh", "-c", "pwd; head -c 100000 /dev/zero", NULL });
	ck_assert_int_eq(tool_run(&good, "/usr", &text), 0);
	ck_assert(has_prefix(text, "/usr\n"));
	free(text);
	argv_add_all(&bad, (const char *const[]){ "sh", "-c", "echo E: why; exit 3", NULL });
	ck_assert_int_lt(tool_run(&bad, NULL, &text), 0);
	argv_add(&none, "no-such-tool");
	ck_assert_int_lt(tool_run(&none, NULL, &text), 0);
	argv_free(&good);
	argv_free(&bad);
	argv_free(&none);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("image_builder");
	TCase *tc = tcase_create("builder");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lists_include_each_other_once);
	tcase_add_test(tc, bad_lists_are_refused);
	tcase_add_test(tc, only_what_a_guest_needs_is_followed);
	tcase_add_test(tc, uris_are_taken_apart);
	tcase_add_test(tc, a_kernel_comes_out_of_its_image);
	tcase_add_test(tc, what_is_no_kernel_image_is_refused);
	tcase_add_test(tc, trees_merge_usr_and_keep_the_first);
	tcase_add_test(tc, archives_are_the_same_for_the_same_content);
	tcase_add_test(tc, archives_hold_what_the_tree_says);
	tcase_add_test(tc, a_missing_source_leaves_no_archive);
	tcase_add_test(tc, links_of_packages_do_not_leave_them);
	tcase_add_test(tc, programs_bring_libraries_or_say_what_is_missing);
	tcase_add_test(tc, tools_give_their_output_and_their_failures);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
