// SPDX-License-Identifier: GPL-2.0-or-later
/* A shared object that is no workload. */
extern const int something_else;
const int something_else = 1;
