// SPDX-License-Identifier: GPL-2.0-or-later
/* A report as files. */
#include "report/doc_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/paths.h"
#include "results/run_dir.h"

/* @css: NULL for Markdown. */
static int write_file(const char *dir, const char *name, const char *css,
		      void (*write)(struct doc *d, const void *arg), const void *arg)
{
	char *path = run_dir_path(dir, "%s", name), *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct doc *d;
	int err = -ENOMEM;

	if (out) {
		d = css ? doc_html(out, css) : doc_markdown(out);
		write(d, arg);
		doc_free(d);
		err = fclose(out) == 0 ? file_write(path, text, size) : -errno;
	}
	if (err < 0)
		pr_err("%s: %s", path, strerror(-err));
	free(text);
	free(path);
	return err;
}

int doc_write_files(const char *dir, void (*write)(struct doc *d, const void *arg), const void *arg)
{
	char *path = path_in_tree("harness/report/report.css"), *css = NULL;
	int err = file_read(path, &css, NULL);

	if (err < 0)
		pr_err("%s: %s", path, strerror(-err));
	else
		err = write_file(dir, "report.html", css, write, arg);
	if (!err)
		err = write_file(dir, "report.md", NULL, write, arg);
	free(css);
	free(path);
	return err;
}
