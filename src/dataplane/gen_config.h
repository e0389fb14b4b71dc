/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_GEN_CONFIG_H
#define DATAPLANE_GEN_CONFIG_H

#include "base/error.h"

/* What a generator's specification says. */

enum gen_kind {
	GEN_ESP,
	GEN_ESP_UDP,
	GEN_AH,
	GEN_UDP,
	GEN_TCP,
	GEN_IKE,
	GEN_IKE_NATT, /* on port 4500, behind a non-ESP marker */
	GEN_KEEPALIVE,
	GEN_MIX,
	GEN_BY_SA, /* each SA's own: ESP, ESP in UDP or AH */
};

enum gen_dist {
	GEN_ROUNDROBIN,
	GEN_UNIFORM,
	GEN_ZIPF,
};

#define GEN_SIZE_MIN 60
#define GEN_SIZE_MAX 65535
#define GEN_SAS_MAX  (16u << 20)
#define GEN_VLANS    2

/**
 * struct gen_config - a specification, parsed
 * @family: 4 or 6
 * @size_min: bytes of a frame, VLAN tags included; @size_max may be the same
 * @imix: 7 : 4 : 1 of 64, 594 and 1518 bytes instead
 * @sas: how many SAs to make up; 0: those of the database
 * @zipf: exponent
 * @vlan: outermost first
 * @has_src: @src was given, likewise @has_dst and @has_kind
 * @spi: of the first SA
 * @seq: sequence number of each SA's first packet
 * @frag: percent of packets that come in two fragments
 * @count: frames
 * @rate: frames per second, by their timestamps
 */
struct gen_config {
	enum gen_kind kind;
	bool has_kind;
	u32 family;
	u32 size_min;
	u32 size_max;
	bool imix;
	u32 sas;
	enum gen_dist dist;
	double zipf;
	u32 vlans;
	u16 vlan[GEN_VLANS];
	bool has_src;
	bool has_dst;
	u8 src[16];
	u8 dst[16];
	u32 spi;
	u32 seq;
	u32 frag;
	u64 seed;
	u64 count;
	u64 rate;
};

/* @has_sad: there is a database to take SAs from. 0 or -EINVAL with @e. */
int gen_config_parse(const char *spec, bool has_sad, struct gen_config *out,
		     struct espalier_error *e) __must_check __hidden;

#endif
