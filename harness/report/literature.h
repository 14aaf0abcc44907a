/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others measured: harness/report/literature.yaml, shown beside our figures. */
#ifndef DRIVERVM_REPORT_LITERATURE_H
#define DRIVERVM_REPORT_LITERATURE_H

enum literature_mark {
	LITERATURE_READ, /* the figure was read in the named text */
	LITERATURE_RECALLED, /* it was not */
};

struct literature_entry {
	char *experiment; /* name of the experiment beside which it stands */
	char *what;
	char *figure;
	char *source;
	enum literature_mark mark;
	char *claim; /* id of the claim that answers it; NULL: none */
};

struct literature {
	struct literature_entry *v;
	unsigned int n;
};

/* Returns 0, or -ENOENT or -EINVAL, reported with file and line. */
int literature_load(struct literature *lit);
void literature_free(struct literature *lit);

#endif
