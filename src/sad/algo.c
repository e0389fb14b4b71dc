// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "sad/state.h"

/*
 * The algorithms that xfrm of Linux 6.18 knows, by their crypto API names. Numbers: RFC 2367 and
 * linux/pfkeyv2.h; IV, block and ICV lengths: the RFC of each.
 */
static const struct sad_algo algos[] = {
	{SAD_ALGO_AEAD, "rfc4106(gcm(aes))", NULL, 18, 8, 1, 64, 0},
	{SAD_ALGO_AEAD, "rfc4106(gcm(aes))", NULL, 19, 8, 1, 96, 0},
	{SAD_ALGO_AEAD, "rfc4106(gcm(aes))", NULL, 20, 8, 1, 128, 0},
	{SAD_ALGO_AEAD, "rfc4309(ccm(aes))", NULL, 14, 8, 1, 64, 0},
	{SAD_ALGO_AEAD, "rfc4309(ccm(aes))", NULL, 15, 8, 1, 96, 0},
	{SAD_ALGO_AEAD, "rfc4309(ccm(aes))", NULL, 16, 8, 1, 128, 0},
	{SAD_ALGO_AEAD, "rfc4543(gcm(aes))", NULL, 23, 8, 1, 128, 0},
	{SAD_ALGO_AEAD, "rfc7539esp(chacha20,poly1305)", NULL, 0, 8, 1, 128, 0},

	{SAD_ALGO_AUTH, "digest_null", NULL, 251, 0, 0, 0, 0},
	{SAD_ALGO_AUTH, "hmac(md5)", "md5", 2, 0, 0, 96, 128},
	{SAD_ALGO_AUTH, "hmac(sha1)", "sha1", 3, 0, 0, 96, 160},
	{SAD_ALGO_AUTH, "hmac(sha256)", "sha256", 5, 0, 0, 96, 256},
	{SAD_ALGO_AUTH, "hmac(sha384)", NULL, 6, 0, 0, 192, 384},
	{SAD_ALGO_AUTH, "hmac(sha512)", NULL, 7, 0, 0, 256, 512},
	{SAD_ALGO_AUTH, "hmac(rmd160)", "rmd160", 8, 0, 0, 96, 160},
	{SAD_ALGO_AUTH, "xcbc(aes)", NULL, 9, 0, 0, 96, 128},
	{SAD_ALGO_AUTH, "cmac(aes)", NULL, 0, 0, 0, 96, 128},
	{SAD_ALGO_AUTH, "hmac(sm3)", "sm3", 0, 0, 0, 256, 256},

	{SAD_ALGO_ENC, "ecb(cipher_null)", "cipher_null", 11, 0, 1, 0, 0},
	{SAD_ALGO_ENC, "cbc(des)", "des", 2, 8, 8, 0, 0},
	{SAD_ALGO_ENC, "cbc(des3_ede)", "des3_ede", 3, 8, 8, 0, 0},
	{SAD_ALGO_ENC, "cbc(cast5)", "cast5", 6, 8, 8, 0, 0},
	{SAD_ALGO_ENC, "cbc(blowfish)", "blowfish", 7, 8, 8, 0, 0},
	{SAD_ALGO_ENC, "cbc(aes)", "aes", 12, 16, 16, 0, 0},
	{SAD_ALGO_ENC, "cbc(serpent)", "serpent", 252, 16, 16, 0, 0},
	{SAD_ALGO_ENC, "cbc(camellia)", "camellia", 22, 16, 16, 0, 0},
	{SAD_ALGO_ENC, "cbc(twofish)", "twofish", 253, 16, 16, 0, 0},
	{SAD_ALGO_ENC, "rfc3686(ctr(aes))", NULL, 13, 8, 1, 0, 0},
	{SAD_ALGO_ENC, "cbc(sm4)", "sm4", 0, 16, 16, 0, 0},

	{SAD_ALGO_COMP, "deflate", NULL, 2, 0, 0, 0, 0},
	{SAD_ALGO_COMP, "lzs", NULL, 3, 0, 0, 0, 0},
	{SAD_ALGO_COMP, "lzjh", NULL, 4, 0, 0, 0, 0},
};

static bool is_named(const struct sad_algo *a, enum sad_algo_kind kind, const char *name)
{
	return a->kind == kind && (!strcmp(a->name, name) || (a->alias && !strcmp(a->alias, name)));
}

const struct sad_algo *sad_algo_find(enum sad_algo_kind kind, const char *name, u32 icv)
{
	for (size_t i = 0; i < ARRAY_SIZE(algos); i++) {
		if (is_named(&algos[i], kind, name) &&
		    (kind != SAD_ALGO_AEAD || algos[i].icv == icv))
			return &algos[i];
	}
	return NULL;
}

bool sad_algo_known(enum sad_algo_kind kind, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(algos); i++) {
		if (is_named(&algos[i], kind, name))
			return true;
	}
	return false;
}
