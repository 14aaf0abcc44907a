/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the builder asks of apt, none of it privileged. */
#ifndef DRIVERVM_BUILDER_APT_H
#define DRIVERVM_BUILDER_APT_H

#include "builder/builder.h"

/* Names of packages begin with one of these if dependencies on them are followed; NULL ends. */
extern const char *const apt_followed[];
/*
 * From now on all is asked of packages of the one architecture that @architectures names (Debian's
 * word: "i386"), which need not be the host's: its indices are kept in CACHE/apt, and fetched if
 * they are not there. None: the host's own, as root's last apt-get update left it. Several are
 * refused.
 */
int apt_use(const char *cache, const struct argv *architectures);
/*
 * @names becomes @wanted and all that they depend on, as far as guests need it: libraries and the
 * parts of a kernel. Sorted.
 */
int apt_closure(const struct argv *wanted, struct argv *names);
/*
 * Adds to @names those that one answer of `apt-cache depends` names and that guests need, and to
 * @next those that were not there yet. For apt_closure() and its tests.
 */
void apt_parse_depends(char *text, struct argv *names, struct argv *next);
/* The version that apt would install of each, and its file. */
int apt_resolve(const struct argv *names, struct packages *packages);
/* Parses one line of `apt-get download --print-uris`. Returns false if it is not one. */
bool apt_parse_uri(char *line, struct package *package);
/* Downloads "NAME=VERSION"s into a folder. */
int apt_download(const char *dir, const struct argv *packages);

#endif
