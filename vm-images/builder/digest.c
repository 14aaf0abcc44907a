// SPDX-License-Identifier: GPL-2.0-or-later
/* Digests of files and of memory, by libcrypto. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/builder.h"
#include "core/log.h"

static char *finish(EVP_MD_CTX *ctx)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int len = 0, i;
	char *hex;

	if (EVP_DigestFinal_ex(ctx, sum, &len) != 1)
		return NULL;
	hex = xcalloc(2 * (size_t)len + 1, 1);
	for (i = 0; i < len; i++)
		sprintf(hex + 2 * (size_t)i, "%02x", sum[i]);
	return hex;
}

static EVP_MD_CTX *begin(const char *algorithm)
{
	const EVP_MD *md = EVP_get_digestbyname(algorithm);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (md && ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1)
		return ctx;
	pr_err("this libcrypto does not offer %s", algorithm);
	EVP_MD_CTX_free(ctx);
	return NULL;
}

char *digest_file(const char *algorithm, const char *path)
{
	EVP_MD_CTX *ctx = begin(algorithm);
	FILE *f = fopen(path, "re");
	char *hex = NULL;
	char buf[65536];
	size_t n;

	if (ctx && f) {
		while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
			EVP_DigestUpdate(ctx, buf, n);
		if (!ferror(f))
			hex = finish(ctx);
	}
	if (ctx && !hex)
		pr_err("%s: %s", path, strerror(errno));
	if (f)
		fclose(f);
	EVP_MD_CTX_free(ctx);
	return hex;
}

char *digest_data(const char *algorithm, const void *data, size_t len)
{
	EVP_MD_CTX *ctx = begin(algorithm);
	char *hex = NULL;

	if (ctx) {
		EVP_DigestUpdate(ctx, data, len);
		hex = finish(ctx);
	}
	EVP_MD_CTX_free(ctx);
	return hex;
}
