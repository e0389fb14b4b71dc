/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_GEN_BUILD_H
#define DATAPLANE_GEN_BUILD_H

#include "base/error.h"
#include "gen_flow.h"

/*
 * Writes packets. What would be ciphertext or data is taken from one block of random bytes, whose
 * sums are known, so that a checksum costs the same for any length.
 */
struct gen_builder {
	const struct gen_config *config;
	u8 *block;
	u32 *sums; /* of the 16-bit words before each word of @block */
	u16 ip_id;
};

/* Longest frame that comes of GEN_SIZE_MAX: an extension header may be added. */
#define GEN_FRAME_ROOM (GEN_SIZE_MAX + 64)

int gen_builder_init(struct gen_builder *b, const struct gen_config *c) __must_check __hidden;
void gen_builder_free(struct gen_builder *b) __hidden;

/* Write a flow's next packet of @kind, about @size bytes: the frame's length. @random: 64 bits. */
u32 gen_build(struct gen_builder *b, struct gen_flow *flow, enum gen_kind kind, u32 size,
	      u64 random, u8 *out) __hidden;

/**
 * gen_split - make two fragments of a packet that gen_build() wrote
 * @frame: becomes the first one
 * @len: its length, updated
 * @second: GEN_FRAME_ROOM bytes
 *
 * Return: length of the second fragment, or 0 if the packet is too short to be cut.
 */
u32 gen_split(struct gen_builder *b, u8 *frame, u32 *len, u8 *second) __hidden;

static inline u64 gen_random(u64 *state)
{
	/* SplitMix64. */
	u64 z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

#endif
