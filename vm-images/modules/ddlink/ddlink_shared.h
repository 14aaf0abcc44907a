/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How to touch memory that another machine writes at the same time: every load happens exactly
 * once, every field is little-endian, and order is stated. The kernel's virt_*() barriers are
 * used, not smp_*(): a guest with one processor compiles or patches the latter away, yet its peer
 * runs on another one. Outside the kernel (unit tests) the compiler's atomics say the same.
 */
#ifndef DDLINK_SHARED_H
#define DDLINK_SHARED_H

#include "ddlink_layout.h"

#ifdef __KERNEL__

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>

#define ddlink_load(p) le32_to_cpu(READ_ONCE(*(p)))
#define ddlink_load_acquire(p) le32_to_cpu(virt_load_acquire(p))
#define ddlink_store(p, v) WRITE_ONCE(*(p), cpu_to_le32(v))
#define ddlink_store_release(p, v) virt_store_release((p), cpu_to_le32(v))
#define ddlink_load64(p) le64_to_cpu(READ_ONCE(*(p)))
#define ddlink_store64(p, v) WRITE_ONCE(*(p), cpu_to_le64(v))
#define ddlink_mb() virt_mb()
#define ddlink_rmb() virt_rmb()
#define ddlink_wmb() virt_wmb()

#else

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#define ddlink_load(p) le32toh(__atomic_load_n((p), __ATOMIC_RELAXED))
#define ddlink_load_acquire(p) le32toh(__atomic_load_n((p), __ATOMIC_ACQUIRE))
#define ddlink_store(p, v) __atomic_store_n((p), htole32(v), __ATOMIC_RELAXED)
#define ddlink_store_release(p, v) __atomic_store_n((p), htole32(v), __ATOMIC_RELEASE)
#define ddlink_load64(p) le64toh(__atomic_load_n((p), __ATOMIC_RELAXED))
#define ddlink_store64(p, v) __atomic_store_n((p), htole64(v), __ATOMIC_RELAXED)

/*
 * A locked no-op rather than a fence: as strong on the machines this runs on, and
 * ThreadSanitizer understands it (it has no model of fences).
 */
static inline void ddlink_mb(void)
{
	static u32 fence;

	__atomic_fetch_add(&fence, 0, __ATOMIC_SEQ_CST);
}

#define ddlink_rmb() ddlink_mb()
#define ddlink_wmb() ddlink_mb()

#endif
#endif
