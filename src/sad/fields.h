/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_FIELDS_H
#define SAD_FIELDS_H

#include "sad/state.h"
#include "words.h"

/*
 * What both grammars are made of. Functions that take a struct words consume what they read and
 * fail with the line's number; @what names the value in the error.
 */
int field_u64(struct words *w, const char *what, u64 *out) __must_check;
int field_u32(struct words *w, const char *what, u32 *out) __must_check;
int field_u16(struct words *w, const char *what, u16 *out) __must_check;
int field_u8(struct words *w, const char *what, u8 *out) __must_check;

/* A number at @s, decimal, 0x or 0 octal; @end: what follows it. False if there is none. */
bool number_at(const char *s, u64 max, u64 *out, const char **end) __must_check;

struct field_addr {
	u16 family; /* AF_UNSPEC: "any" */
	u8 plen;    /* all of the address if no length was given; 0 for "any" */
	bool has_plen;
	xfrm_address_t addr;
};

/* ADDR, ADDR/PLEN, or any. @family: what it has to be; AF_UNSPEC: either. */
int field_addr(struct words *w, u16 family, struct field_addr *out) __must_check;

/* esp, ah, comp, route2, hao. */
int field_xfrm_proto(struct words *w, u8 *out) __must_check;
const char *xfrm_proto_name(u8 proto); /* NULL: none of these */
/* @prefix: may be shortened, as ip lets one. */
int field_mode(struct words *w, bool prefix, u8 *out) __must_check;
const char *mode_name(u8 mode); /* NULL: unknown */

/* Flags by name, as many as there are, or a number. */
struct flag_name {
	u32 bit;
	const char *name;
};
extern const struct flag_name state_flags[];
extern const struct flag_name state_extra_flags[];
/* True if the word is one of them; consumed and added to @out. */
bool take_flag(struct words *w, const struct flag_name *names, u32 *out);

/* "src A/P dst A/P dev D proto P sport S ...": all words that belong to it. */
int field_selector(struct words *w, u16 family, struct sad_spec *spec) __must_check;
const char *ip_proto_name(u8 proto); /* NULL: by number */

/* in, out */
int field_dir(struct words *w, u8 *out) __must_check;
/* A name for a device. */
int field_dev(struct words *w, char out[16]) __must_check;
/* espinudp, espinudp-nonike, espintcp, or a number */
int field_encap_type(struct words *w, u16 *out) __must_check;
const char *encap_type_name(u16 type); /* NULL: by number */

/* V, V/M: marks. @has_mask tells which. */
int field_mark(struct words *w, const char *what, struct xfrm_mark *out,
	       bool *has_mask) __must_check;

/* aead, auth, auth-trunc, enc, comp; -1: none of them. */
int algo_kind(const char *word, bool *trunc);
/* Which algorithm, after its kind; sets @use->algo. */
int field_algo_name(struct words *w, enum sad_algo_kind kind,
		    struct sad_algo_use *use) __must_check;
/* The length of a key, in bits. Of the key itself nothing stays, unless w->keys wants it. */
int key_bits(struct words *w, const char *key, enum sad_algo_kind kind, u32 *bits) __must_check;

#endif
