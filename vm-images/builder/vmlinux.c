// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Extracts the ELF kernel from a bzImage. QEMU boots it through its PVH entry at once, while under
 * TCG a bzImage would spend longer in decompressing itself than in all of the rest of the boot.
 * The boot header says where the compressed kernel lies (Documentation/x86/boot.rst).
 */
#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builder/builder.h"
#include "core/log.h"

#define SECTOR 512u
#define HEADER_END 0x250u
#define OFF_SETUP_SECTS 0x1f1
#define OFF_MAGIC 0x202
#define OFF_VERSION 0x206
#define OFF_PAYLOAD_OFFSET 0x248
#define OFF_PAYLOAD_LENGTH 0x24c
#define VERSION_PAYLOAD 0x0208 /* the first that has the payload's fields */
#define KERNEL_MAX (1u << 30)

static uint32_t le32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Finds the compressed kernel, and its size when uncompressed, which stands behind it. */
static int find_payload(const char *image, size_t len, const char **payload, size_t *payload_len,
			size_t *size)
{
	size_t sectors, at;

	if (len < HEADER_END || memcmp(image + OFF_MAGIC, "HdrS", 4) ||
	    (le32(image + OFF_VERSION) & 0xffff) < VERSION_PAYLOAD)
		return -EINVAL;
	/* 0 stands for 4, for the sake of very old boot loaders. */
	sectors = (unsigned char)image[OFF_SETUP_SECTS] ?: 4;
	at = (sectors + 1) * SECTOR + le32(image + OFF_PAYLOAD_OFFSET);
	*payload_len = le32(image + OFF_PAYLOAD_LENGTH);
	if (at > len || *payload_len > len - at || *payload_len <= 4)
		return -EINVAL;
	*payload = image + at;
	*payload_len -= 4;
	*size = le32(*payload + *payload_len);
	return *size < sizeof(Elf64_Ehdr) || *size > KERNEL_MAX ? -EINVAL : 0;
}

static int decompress(const char *data, size_t len, char *out, size_t size)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	size_t used = 0;
	la_ssize_t n = 0;
	int err = -EINVAL;

	archive_read_support_filter_all(a);
	archive_read_support_format_raw(a);
	if (archive_read_open_memory(a, data, len) == ARCHIVE_OK &&
	    archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		while (used < size && (n = archive_read_data(a, out + used, size - used)) > 0)
			used += (size_t)n;
		if (used == size)
			err = 0;
	}
	archive_read_free(a);
	return err;
}

int vmlinux_extract(const char *bzimage, const char *output)
{
	char *image, *kernel = NULL;
	const char *payload;
	size_t len, payload_len, size;
	int err = file_read(bzimage, &image, &len);

	if (err) {
		pr_err("%s: %s", bzimage, strerror(-err));
		return err;
	}
	err = find_payload(image, len, &payload, &payload_len, &size);
	if (err) {
		pr_err("%s is not a bzImage", bzimage);
		goto out;
	}
	kernel = xcalloc(size, 1);
	err = decompress(payload, payload_len, kernel, size);
	if (err || memcmp(kernel, ELFMAG, SELFMAG)) {
		err = -EINVAL;
		pr_err("%s: its compressed part does not hold an ELF kernel", bzimage);
		goto out;
	}
	err = file_write(output, kernel, size);
	if (err)
		pr_err("%s: %s", output, strerror(-err));
out:
	free(kernel);
	free(image);
	return err;
}
