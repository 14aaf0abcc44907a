/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections of a report, in their order; for report.c only. */
#ifndef DRIVERVM_REPORT_SECTIONS_H
#define DRIVERVM_REPORT_SECTIONS_H

#include "report/data.h"
#include "report/doc.h"
#include "report/figure.h"
#include "report/literature.h"

/* A drawing of one of the systems. */
struct picture {
	const char *system; /* borrowed */
	char *svg; /* the SVG document */
	char *desc; /* what it shows, in words */
};

/* What every section may draw on. */
struct report {
	struct report_data data;
	struct literature literature;
	struct picture *pictures;
	size_t n_pictures;
	struct drawn_figure *figures; /* of all experiments, in their order */
	size_t n_figures;
};

void section_summary(struct doc *d, const struct report *r);
void section_contents(struct doc *d, const struct report *r);
void section_systems(struct doc *d, const struct report *r);
void section_claims(struct doc *d, const struct report *r);
/* @number: index of the experiment in data.exps. */
void section_experiment(struct doc *d, const struct report *r, size_t number);
void section_effort(struct doc *d, const struct report *r);
void section_trouble(struct doc *d, const struct report *r);
void section_environment(struct doc *d, const struct report *r);
void section_reproduce(struct doc *d, const struct report *r);

/* Tables of all that an experiment measured; part of its section. */
void tables_of_experiment(struct doc *d, const struct report *r, const struct experiment *exp);

/* What became of each driver; part of its section, for experiments that have a driver_table. */
void drivers_of_experiment(struct doc *d, const struct report *r, const struct experiment *exp);

/* A claim's measured value with its unit, as text; "not measured". */
const char *claim_measured_text(char *buf, size_t size, const struct judgement *j);
/* Cells of a table of claims: the statement, and below it why the verdict is as it is. */
void claim_statement_cell(struct doc *d, const char *statement, const char *id, const char *why);
/* The same: the verdict; "≥ 0.97" for ">= 0.97", or "–" for NULL. */
void claim_verdict_cell(struct doc *d, enum verdict verdict);
void claim_expectation_cell(struct doc *d, const char *s);

#endif
