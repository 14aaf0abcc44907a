/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rate of the host's time-stamp counter, which is that of every guest under TCG. */
#ifndef DRIVERVM_VM_TSC_H
#define DRIVERVM_VM_TSC_H

/*
 * In kHz, to some parts per million; 0: this machine has none. Takes 20 ms the first time. Told to
 * guests because one that measures it itself, against an emulated timer on a busy host, gets it
 * wrong or gives up.
 */
unsigned int tsc_khz(void);

#endif
