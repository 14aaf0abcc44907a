/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workers: processes of this same program that carry trials out, each in a system of its own, so
 * that a trial which takes its worker with it costs that trial only. They are told numbers of
 * trials ({"trial": 7}) over a socket, and answer with records.
 */
#ifndef DRIVERVM_CAMPAIGN_WORKER_H
#define DRIVERVM_CAMPAIGN_WORKER_H

/*
 * A worker's whole life: @fd is its end of the socket, @dir the campaign's folder, @number its
 * own. Ends when the socket does. 0 or a negative errno, reported.
 */
int worker_run(int fd, const char *dir, unsigned int number);

#endif
