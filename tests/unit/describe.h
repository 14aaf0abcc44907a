/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of experiments: descriptions made of text, and sets of conditions. */
#ifndef DRIVERVM_TESTS_DESCRIBE_H
#define DRIVERVM_TESTS_DESCRIBE_H

#include "capture.h"
#include "experiment/desc.h"

/* DIMSET("mtu=1500", "vm=client") */
#define DIMSET(...)                                                 \
	((struct dimset){ (char **)(const char *[]){ __VA_ARGS__ }, \
			  ARRAY_SIZE(((const char *[]){ __VA_ARGS__ })) })

#define DESCRIBE_HEAD                                        \
	"name: test\n"                                       \
	"title: A test\n"                                    \
	"question: Does it hold?\n"                          \
	"workload: net-stream\n"                             \
	"systems: [native, isolated, virtio]\n"              \
	"drivers: [e1000, rtl8139]\n"                        \
	"matrix:\n"                                          \
	"  - { axis: direction, values: [send, receive] }\n" \
	"  - { axis: mtu, values: [1500, 1000, 500] }\n"     \
	"warmup: 1\n"                                        \
	"invocations: 4\n"                                   \
	"iterations: 2\n"                                    \
	"seconds: 3\n"
/* Lines of DESCRIBE_HEAD. */
#define DESCRIBE_HEAD_LINES 13

/* An experiment called "test" of @text, which must be right. */
static inline struct experiment *describe(const char *text)
{
	struct experiment *exp;
	char *dir = temp_folder();
	char *path = temp_file(dir, "test.yaml", text);

	ck_assert_int_eq(experiment_load(&exp, path), 0);
	free(path);
	temp_folder_free(dir);
	return exp;
}

#endif
