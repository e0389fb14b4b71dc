// SPDX-License-Identifier: BSD-2-Clause
#include <check.h>
#include <stdlib.h>

#include "isa/isa.h"

/* What the verifier log of Linux 6.18 shows for each instruction form, reserved fields included. */
static const struct {
	struct {
		u8 code;
		u8 dst;
		u8 src;
		s16 off;
		s32 imm;
	} insn;
	s32 next_imm; /* second slot of an ld_imm64 */
	const char *call_name;
	const char *text;
} forms[] = {
	{{0x04, 3, 0, 0, -5}, 0, NULL, "(04) w3 += -5"},
	{{0x0c, 3, 4, 0, 0}, 0, NULL, "(0c) w3 += w4"},
	{{0x14, 3, 0, 0, -5}, 0, NULL, "(14) w3 -= -5"},
	{{0x1c, 3, 4, 0, 0}, 0, NULL, "(1c) w3 -= w4"},
	{{0x24, 3, 0, 0, -5}, 0, NULL, "(24) w3 *= -5"},
	{{0x2c, 3, 4, 0, 0}, 0, NULL, "(2c) w3 *= w4"},
	{{0x34, 3, 0, 0, -5}, 0, NULL, "(34) w3 /= -5"},
	{{0x34, 3, 0, 1, 7}, 0, NULL, "(34) w3 s/= 7"},
	{{0x3c, 3, 4, 0, 0}, 0, NULL, "(3c) w3 /= w4"},
	{{0x3c, 3, 4, 1, 0}, 0, NULL, "(3c) w3 s/= w4"},
	{{0x44, 3, 0, 0, -5}, 0, NULL, "(44) w3 |= -5"},
	{{0x4c, 3, 4, 0, 0}, 0, NULL, "(4c) w3 |= w4"},
	{{0x54, 3, 0, 0, -5}, 0, NULL, "(54) w3 &= -5"},
	{{0x5c, 3, 4, 0, 0}, 0, NULL, "(5c) w3 &= w4"},
	{{0x64, 3, 0, 0, -5}, 0, NULL, "(64) w3 <<= -5"},
	{{0x6c, 3, 4, 0, 0}, 0, NULL, "(6c) w3 <<= w4"},
	{{0x74, 3, 0, 0, -5}, 0, NULL, "(74) w3 >>= -5"},
	{{0x7c, 3, 4, 0, 0}, 0, NULL, "(7c) w3 >>= w4"},
	{{0x84, 3, 0, 0, 0}, 0, NULL, "(84) w3 = -w3"},
	{{0x94, 3, 0, 0, -5}, 0, NULL, "(94) w3 %= -5"},
	{{0x94, 3, 0, 1, 7}, 0, NULL, "(94) w3 s%= 7"},
	{{0x9c, 3, 4, 0, 0}, 0, NULL, "(9c) w3 %= w4"},
	{{0x9c, 3, 4, 1, 0}, 0, NULL, "(9c) w3 s%= w4"},
	{{0xa4, 3, 0, 0, -5}, 0, NULL, "(a4) w3 ^= -5"},
	{{0xac, 3, 4, 0, 0}, 0, NULL, "(ac) w3 ^= w4"},
	{{0xb4, 3, 0, 0, -5}, 0, NULL, "(b4) w3 = -5"},
	{{0xbc, 3, 4, 0, 0}, 0, NULL, "(bc) w3 = w4"},
	{{0xbc, 3, 4, 8, 0}, 0, NULL, "(bc) w3 = (s8)w4"},
	{{0xbc, 3, 4, 16, 0}, 0, NULL, "(bc) w3 = (s16)w4"},
	{{0xc4, 3, 0, 0, -5}, 0, NULL, "(c4) w3 s>>= -5"},
	{{0xcc, 3, 4, 0, 0}, 0, NULL, "(cc) w3 s>>= w4"},
	{{0xd4, 3, 0, 0, 16}, 0, NULL, "(d4) r3 = le16 r3"},
	{{0xd4, 3, 0, 0, 32}, 0, NULL, "(d4) r3 = le32 r3"},
	{{0xd4, 3, 0, 0, 64}, 0, NULL, "(d4) r3 = le64 r3"},
	{{0xdc, 3, 0, 0, 16}, 0, NULL, "(dc) r3 = be16 r3"},
	{{0xdc, 3, 0, 0, 32}, 0, NULL, "(dc) r3 = be32 r3"},
	{{0xdc, 3, 0, 0, 64}, 0, NULL, "(dc) r3 = be64 r3"},
	{{0x07, 3, 0, 0, -5}, 0, NULL, "(07) r3 += -5"},
	{{0x0f, 3, 4, 0, 0}, 0, NULL, "(0f) r3 += r4"},
	{{0x17, 3, 0, 0, -5}, 0, NULL, "(17) r3 -= -5"},
	{{0x1f, 3, 4, 0, 0}, 0, NULL, "(1f) r3 -= r4"},
	{{0x27, 3, 0, 0, -5}, 0, NULL, "(27) r3 *= -5"},
	{{0x2f, 3, 4, 0, 0}, 0, NULL, "(2f) r3 *= r4"},
	{{0x37, 3, 0, 0, -5}, 0, NULL, "(37) r3 /= -5"},
	{{0x37, 3, 0, 1, 7}, 0, NULL, "(37) r3 s/= 7"},
	{{0x3f, 3, 4, 0, 0}, 0, NULL, "(3f) r3 /= r4"},
	{{0x3f, 3, 4, 1, 0}, 0, NULL, "(3f) r3 s/= r4"},
	{{0x47, 3, 0, 0, -5}, 0, NULL, "(47) r3 |= -5"},
	{{0x4f, 3, 4, 0, 0}, 0, NULL, "(4f) r3 |= r4"},
	{{0x57, 3, 0, 0, -5}, 0, NULL, "(57) r3 &= -5"},
	{{0x5f, 3, 4, 0, 0}, 0, NULL, "(5f) r3 &= r4"},
	{{0x67, 3, 0, 0, -5}, 0, NULL, "(67) r3 <<= -5"},
	{{0x6f, 3, 4, 0, 0}, 0, NULL, "(6f) r3 <<= r4"},
	{{0x77, 3, 0, 0, -5}, 0, NULL, "(77) r3 >>= -5"},
	{{0x7f, 3, 4, 0, 0}, 0, NULL, "(7f) r3 >>= r4"},
	{{0x87, 3, 0, 0, 0}, 0, NULL, "(87) r3 = -r3"},
	{{0x97, 3, 0, 0, -5}, 0, NULL, "(97) r3 %= -5"},
	{{0x97, 3, 0, 1, 7}, 0, NULL, "(97) r3 s%= 7"},
	{{0x9f, 3, 4, 0, 0}, 0, NULL, "(9f) r3 %= r4"},
	{{0x9f, 3, 4, 1, 0}, 0, NULL, "(9f) r3 s%= r4"},
	{{0xa7, 3, 0, 0, -5}, 0, NULL, "(a7) r3 ^= -5"},
	{{0xaf, 3, 4, 0, 0}, 0, NULL, "(af) r3 ^= r4"},
	{{0xb7, 3, 0, 0, -5}, 0, NULL, "(b7) r3 = -5"},
	{{0xbf, 3, 4, 0, 0}, 0, NULL, "(bf) r3 = r4"},
	{{0xbf, 3, 4, 8, 0}, 0, NULL, "(bf) r3 = (s8)r4"},
	{{0xbf, 3, 4, 16, 0}, 0, NULL, "(bf) r3 = (s16)r4"},
	{{0xbf, 3, 4, 32, 0}, 0, NULL, "(bf) r3 = (s32)r4"},
	{{0xc7, 3, 0, 0, -5}, 0, NULL, "(c7) r3 s>>= -5"},
	{{0xcf, 3, 4, 0, 0}, 0, NULL, "(cf) r3 s>>= r4"},
	{{0xd7, 3, 0, 0, 16}, 0, NULL, "(d7) r3 = bswap16 r3"},
	{{0xd7, 3, 0, 0, 32}, 0, NULL, "(d7) r3 = bswap32 r3"},
	{{0xd7, 3, 0, 0, 64}, 0, NULL, "(d7) r3 = bswap64 r3"},
	{{0xbf, 3, 4, 1, 65536}, 0, NULL, "(bf) r3 = addr_space_cast(r4, 1, 0)"},
	{{0xbf, 3, 4, 1, 1}, 0, NULL, "(bf) r3 = addr_space_cast(r4, 0, 1)"},
	{{0xbf, 3, 4, -1, 0}, 0, NULL, "(bf) r3 = &(void __percpu *)(r4)"},
	{{0xb7, 3, 0, 0, 2147483647}, 0, NULL, "(b7) r3 = 2147483647"},
	{{0x61, 3, 10, -8, 0}, 0, NULL, "(61) r3 = *(u32 *)(r10 -8)"},
	{{0x61, 3, 1, 20, 0}, 0, NULL, "(61) r3 = *(u32 *)(r1 +20)"},
	{{0x81, 3, 10, -8, 0}, 0, NULL, "(81) r3 = *(s32 *)(r10 -8)"},
	{{0x62, 10, 0, -8, -1}, 0, NULL, "(62) *(u32 *)(r10 -8) = -1"},
	{{0x63, 10, 3, -16, 0}, 0, NULL, "(63) *(u32 *)(r10 -16) = r3"},
	{{0x20, 0, 0, 0, -4}, 0, NULL, "(20) r0 = *(u32 *)skb[-4]"},
	{{0x20, 0, 0, 0, 14}, 0, NULL, "(20) r0 = *(u32 *)skb[14]"},
	{{0x40, 0, 3, 0, -4}, 0, NULL, "(40) r0 = *(u32 *)skb[r3 + -4]"},
	{{0x40, 0, 3, 0, 4}, 0, NULL, "(40) r0 = *(u32 *)skb[r3 + 4]"},
	{{0x69, 3, 10, -8, 0}, 0, NULL, "(69) r3 = *(u16 *)(r10 -8)"},
	{{0x69, 3, 1, 20, 0}, 0, NULL, "(69) r3 = *(u16 *)(r1 +20)"},
	{{0x89, 3, 10, -8, 0}, 0, NULL, "(89) r3 = *(s16 *)(r10 -8)"},
	{{0x6a, 10, 0, -8, -1}, 0, NULL, "(6a) *(u16 *)(r10 -8) = -1"},
	{{0x6b, 10, 3, -16, 0}, 0, NULL, "(6b) *(u16 *)(r10 -16) = r3"},
	{{0x28, 0, 0, 0, -4}, 0, NULL, "(28) r0 = *(u16 *)skb[-4]"},
	{{0x28, 0, 0, 0, 14}, 0, NULL, "(28) r0 = *(u16 *)skb[14]"},
	{{0x48, 0, 3, 0, -4}, 0, NULL, "(48) r0 = *(u16 *)skb[r3 + -4]"},
	{{0x48, 0, 3, 0, 4}, 0, NULL, "(48) r0 = *(u16 *)skb[r3 + 4]"},
	{{0x71, 3, 10, -8, 0}, 0, NULL, "(71) r3 = *(u8 *)(r10 -8)"},
	{{0x71, 3, 1, 20, 0}, 0, NULL, "(71) r3 = *(u8 *)(r1 +20)"},
	{{0x91, 3, 10, -8, 0}, 0, NULL, "(91) r3 = *(s8 *)(r10 -8)"},
	{{0x72, 10, 0, -8, -1}, 0, NULL, "(72) *(u8 *)(r10 -8) = -1"},
	{{0x73, 10, 3, -16, 0}, 0, NULL, "(73) *(u8 *)(r10 -16) = r3"},
	{{0x30, 0, 0, 0, -4}, 0, NULL, "(30) r0 = *(u8 *)skb[-4]"},
	{{0x30, 0, 0, 0, 14}, 0, NULL, "(30) r0 = *(u8 *)skb[14]"},
	{{0x50, 0, 3, 0, -4}, 0, NULL, "(50) r0 = *(u8 *)skb[r3 + -4]"},
	{{0x50, 0, 3, 0, 4}, 0, NULL, "(50) r0 = *(u8 *)skb[r3 + 4]"},
	{{0x79, 3, 10, -8, 0}, 0, NULL, "(79) r3 = *(u64 *)(r10 -8)"},
	{{0x79, 3, 1, 20, 0}, 0, NULL, "(79) r3 = *(u64 *)(r1 +20)"},
	{{0x7a, 10, 0, -8, -1}, 0, NULL, "(7a) *(u64 *)(r10 -8) = -1"},
	{{0x7b, 10, 3, -16, 0}, 0, NULL, "(7b) *(u64 *)(r10 -16) = r3"},
	{{0xc3, 10, 3, -8, 0}, 0, NULL, "(c3) lock *(u32 *)(r10 -8) += r3"},
	{{0xc3, 10, 3, -8, 1}, 0, NULL, "(c3) r3 = atomic_fetch_add((u32 *)(r10 -8), r3)"},
	{{0xc3, 10, 3, -8, 64}, 0, NULL, "(c3) lock *(u32 *)(r10 -8) |= r3"},
	{{0xc3, 10, 3, -8, 65}, 0, NULL, "(c3) r3 = atomic_fetch_or((u32 *)(r10 -8), r3)"},
	{{0xc3, 10, 3, -8, 80}, 0, NULL, "(c3) lock *(u32 *)(r10 -8) &= r3"},
	{{0xc3, 10, 3, -8, 81}, 0, NULL, "(c3) r3 = atomic_fetch_and((u32 *)(r10 -8), r3)"},
	{{0xc3, 10, 3, -8, 160}, 0, NULL, "(c3) lock *(u32 *)(r10 -8) ^= r3"},
	{{0xc3, 10, 3, -8, 161}, 0, NULL, "(c3) r3 = atomic_fetch_xor((u32 *)(r10 -8), r3)"},
	{{0xc3, 10, 3, -8, 225}, 0, NULL, "(c3) r3 = atomic_xchg((u32 *)(r10 -8), r3)"},
	{{0xc3, 10, 3, -8, 241}, 0, NULL, "(c3) r0 = atomic_cmpxchg((u32 *)(r10 -8), r0, r3)"},
	{{0xc3, 10, 3, -8, 256}, 0, NULL, "(c3) r10 = load_acquire((u32 *)(r3 -8))"},
	{{0xc3, 10, 3, -8, 272}, 0, NULL, "(c3) store_release((u32 *)(r10 -8), r3)"},
	{{0xc3, 10, 3, -8, 119}, 0, NULL, "BUG_c3"},
	{{0xc3, 10, 3, -8, 224}, 0, NULL, "BUG_c3"},
	{{0xcb, 10, 3, -8, 0}, 0, NULL, "(cb) lock *(u16 *)(r10 -8) += r3"},
	{{0xcb, 10, 3, -8, 1}, 0, NULL, "(cb) r3 = atomic_fetch_add((u16 *)(r10 -8), r3)"},
	{{0xcb, 10, 3, -8, 64}, 0, NULL, "(cb) lock *(u16 *)(r10 -8) |= r3"},
	{{0xcb, 10, 3, -8, 65}, 0, NULL, "(cb) r3 = atomic_fetch_or((u16 *)(r10 -8), r3)"},
	{{0xcb, 10, 3, -8, 80}, 0, NULL, "(cb) lock *(u16 *)(r10 -8) &= r3"},
	{{0xcb, 10, 3, -8, 81}, 0, NULL, "(cb) r3 = atomic_fetch_and((u16 *)(r10 -8), r3)"},
	{{0xcb, 10, 3, -8, 160}, 0, NULL, "(cb) lock *(u16 *)(r10 -8) ^= r3"},
	{{0xcb, 10, 3, -8, 161}, 0, NULL, "(cb) r3 = atomic_fetch_xor((u16 *)(r10 -8), r3)"},
	{{0xcb, 10, 3, -8, 225}, 0, NULL, "(cb) r3 = atomic_xchg((u16 *)(r10 -8), r3)"},
	{{0xcb, 10, 3, -8, 241}, 0, NULL, "(cb) r0 = atomic_cmpxchg((u16 *)(r10 -8), r0, r3)"},
	{{0xcb, 10, 3, -8, 256}, 0, NULL, "(cb) r10 = load_acquire((u16 *)(r3 -8))"},
	{{0xcb, 10, 3, -8, 272}, 0, NULL, "(cb) store_release((u16 *)(r10 -8), r3)"},
	{{0xcb, 10, 3, -8, 119}, 0, NULL, "BUG_cb"},
	{{0xcb, 10, 3, -8, 224}, 0, NULL, "BUG_cb"},
	{{0xd3, 10, 3, -8, 0}, 0, NULL, "(d3) lock *(u8 *)(r10 -8) += r3"},
	{{0xd3, 10, 3, -8, 1}, 0, NULL, "(d3) r3 = atomic_fetch_add((u8 *)(r10 -8), r3)"},
	{{0xd3, 10, 3, -8, 64}, 0, NULL, "(d3) lock *(u8 *)(r10 -8) |= r3"},
	{{0xd3, 10, 3, -8, 65}, 0, NULL, "(d3) r3 = atomic_fetch_or((u8 *)(r10 -8), r3)"},
	{{0xd3, 10, 3, -8, 80}, 0, NULL, "(d3) lock *(u8 *)(r10 -8) &= r3"},
	{{0xd3, 10, 3, -8, 81}, 0, NULL, "(d3) r3 = atomic_fetch_and((u8 *)(r10 -8), r3)"},
	{{0xd3, 10, 3, -8, 160}, 0, NULL, "(d3) lock *(u8 *)(r10 -8) ^= r3"},
	{{0xd3, 10, 3, -8, 161}, 0, NULL, "(d3) r3 = atomic_fetch_xor((u8 *)(r10 -8), r3)"},
	{{0xd3, 10, 3, -8, 225}, 0, NULL, "(d3) r3 = atomic_xchg((u8 *)(r10 -8), r3)"},
	{{0xd3, 10, 3, -8, 241}, 0, NULL, "(d3) r0 = atomic_cmpxchg((u8 *)(r10 -8), r0, r3)"},
	{{0xd3, 10, 3, -8, 256}, 0, NULL, "(d3) r10 = load_acquire((u8 *)(r3 -8))"},
	{{0xd3, 10, 3, -8, 272}, 0, NULL, "(d3) store_release((u8 *)(r10 -8), r3)"},
	{{0xd3, 10, 3, -8, 119}, 0, NULL, "BUG_d3"},
	{{0xd3, 10, 3, -8, 224}, 0, NULL, "BUG_d3"},
	{{0xdb, 10, 3, -8, 0}, 0, NULL, "(db) lock *(u64 *)(r10 -8) += r3"},
	{{0xdb, 10, 3, -8, 1}, 0, NULL, "(db) r3 = atomic64_fetch_add((u64 *)(r10 -8), r3)"},
	{{0xdb, 10, 3, -8, 64}, 0, NULL, "(db) lock *(u64 *)(r10 -8) |= r3"},
	{{0xdb, 10, 3, -8, 65}, 0, NULL, "(db) r3 = atomic64_fetch_or((u64 *)(r10 -8), r3)"},
	{{0xdb, 10, 3, -8, 80}, 0, NULL, "(db) lock *(u64 *)(r10 -8) &= r3"},
	{{0xdb, 10, 3, -8, 81}, 0, NULL, "(db) r3 = atomic64_fetch_and((u64 *)(r10 -8), r3)"},
	{{0xdb, 10, 3, -8, 160}, 0, NULL, "(db) lock *(u64 *)(r10 -8) ^= r3"},
	{{0xdb, 10, 3, -8, 161}, 0, NULL, "(db) r3 = atomic64_fetch_xor((u64 *)(r10 -8), r3)"},
	{{0xdb, 10, 3, -8, 225}, 0, NULL, "(db) r3 = atomic64_xchg((u64 *)(r10 -8), r3)"},
	{{0xdb, 10, 3, -8, 241}, 0, NULL, "(db) r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r3)"},
	{{0xdb, 10, 3, -8, 256}, 0, NULL, "(db) r10 = load_acquire((u64 *)(r3 -8))"},
	{{0xdb, 10, 3, -8, 272}, 0, NULL, "(db) store_release((u64 *)(r10 -8), r3)"},
	{{0xdb, 10, 3, -8, 119}, 0, NULL, "BUG_db"},
	{{0xdb, 10, 3, -8, 224}, 0, NULL, "BUG_db"},
	{{0x18, 3, 0, 0, 0}, 0, NULL, "(18) r3 = 0x0"},
	{{0x18, 3, 0, 0, -1}, 0x12345678, NULL, "(18) r3 = 0x12345678ffffffff"},
	{{0x18, 3, 0, 0, 5}, 0, NULL, "(18) r3 = 0x5"},
	{{0x05, 0, 0, 0, 0}, 0, NULL, "(05) goto pc+0"},
	{{0x06, 0, 0, 0, 0}, 0, NULL, "(06) gotol pc+0"},
	{{0xe5, 0, 0, 0, 0}, 0, NULL, "(e5) may_goto pc+0"},
	{{0xe5, 0, 0, 1, 0}, 0, NULL, "(e5) may_goto pc+1"},
	{{0xe5, 0, 1, 0, 0}, 0, NULL, "(e5) if r0 (null) 0x0 goto pc+0"},
	{{0x15, 3, 0, 1, -1}, 0, NULL, "(15) if r3 == 0xffffffff goto pc+1"},
	{{0x1d, 3, 4, 1, 0}, 0, NULL, "(1d) if r3 == r4 goto pc+1"},
	{{0x25, 3, 0, 1, -1}, 0, NULL, "(25) if r3 > 0xffffffff goto pc+1"},
	{{0x2d, 3, 4, 1, 0}, 0, NULL, "(2d) if r3 > r4 goto pc+1"},
	{{0x35, 3, 0, 1, -1}, 0, NULL, "(35) if r3 >= 0xffffffff goto pc+1"},
	{{0x3d, 3, 4, 1, 0}, 0, NULL, "(3d) if r3 >= r4 goto pc+1"},
	{{0x45, 3, 0, 1, -1}, 0, NULL, "(45) if r3 & 0xffffffff goto pc+1"},
	{{0x4d, 3, 4, 1, 0}, 0, NULL, "(4d) if r3 & r4 goto pc+1"},
	{{0x55, 3, 0, 1, -1}, 0, NULL, "(55) if r3 != 0xffffffff goto pc+1"},
	{{0x5d, 3, 4, 1, 0}, 0, NULL, "(5d) if r3 != r4 goto pc+1"},
	{{0x65, 3, 0, 1, -1}, 0, NULL, "(65) if r3 s> 0xffffffff goto pc+1"},
	{{0x6d, 3, 4, 1, 0}, 0, NULL, "(6d) if r3 s> r4 goto pc+1"},
	{{0x75, 3, 0, 1, -1}, 0, NULL, "(75) if r3 s>= 0xffffffff goto pc+1"},
	{{0x7d, 3, 4, 1, 0}, 0, NULL, "(7d) if r3 s>= r4 goto pc+1"},
	{{0xa5, 3, 0, 1, -1}, 0, NULL, "(a5) if r3 < 0xffffffff goto pc+1"},
	{{0xad, 3, 4, 1, 0}, 0, NULL, "(ad) if r3 < r4 goto pc+1"},
	{{0xb5, 3, 0, 1, -1}, 0, NULL, "(b5) if r3 <= 0xffffffff goto pc+1"},
	{{0xbd, 3, 4, 1, 0}, 0, NULL, "(bd) if r3 <= r4 goto pc+1"},
	{{0xc5, 3, 0, 1, -1}, 0, NULL, "(c5) if r3 s< 0xffffffff goto pc+1"},
	{{0xcd, 3, 4, 1, 0}, 0, NULL, "(cd) if r3 s< r4 goto pc+1"},
	{{0xd5, 3, 0, 1, -1}, 0, NULL, "(d5) if r3 s<= 0xffffffff goto pc+1"},
	{{0xdd, 3, 4, 1, 0}, 0, NULL, "(dd) if r3 s<= r4 goto pc+1"},
	{{0x16, 3, 0, 1, -1}, 0, NULL, "(16) if w3 == 0xffffffff goto pc+1"},
	{{0x1e, 3, 4, 1, 0}, 0, NULL, "(1e) if w3 == w4 goto pc+1"},
	{{0x26, 3, 0, 1, -1}, 0, NULL, "(26) if w3 > 0xffffffff goto pc+1"},
	{{0x2e, 3, 4, 1, 0}, 0, NULL, "(2e) if w3 > w4 goto pc+1"},
	{{0x36, 3, 0, 1, -1}, 0, NULL, "(36) if w3 >= 0xffffffff goto pc+1"},
	{{0x3e, 3, 4, 1, 0}, 0, NULL, "(3e) if w3 >= w4 goto pc+1"},
	{{0x46, 3, 0, 1, -1}, 0, NULL, "(46) if w3 & 0xffffffff goto pc+1"},
	{{0x4e, 3, 4, 1, 0}, 0, NULL, "(4e) if w3 & w4 goto pc+1"},
	{{0x56, 3, 0, 1, -1}, 0, NULL, "(56) if w3 != 0xffffffff goto pc+1"},
	{{0x5e, 3, 4, 1, 0}, 0, NULL, "(5e) if w3 != w4 goto pc+1"},
	{{0x66, 3, 0, 1, -1}, 0, NULL, "(66) if w3 s> 0xffffffff goto pc+1"},
	{{0x6e, 3, 4, 1, 0}, 0, NULL, "(6e) if w3 s> w4 goto pc+1"},
	{{0x76, 3, 0, 1, -1}, 0, NULL, "(76) if w3 s>= 0xffffffff goto pc+1"},
	{{0x7e, 3, 4, 1, 0}, 0, NULL, "(7e) if w3 s>= w4 goto pc+1"},
	{{0xa6, 3, 0, 1, -1}, 0, NULL, "(a6) if w3 < 0xffffffff goto pc+1"},
	{{0xae, 3, 4, 1, 0}, 0, NULL, "(ae) if w3 < w4 goto pc+1"},
	{{0xb6, 3, 0, 1, -1}, 0, NULL, "(b6) if w3 <= 0xffffffff goto pc+1"},
	{{0xbe, 3, 4, 1, 0}, 0, NULL, "(be) if w3 <= w4 goto pc+1"},
	{{0xc6, 3, 0, 1, -1}, 0, NULL, "(c6) if w3 s< 0xffffffff goto pc+1"},
	{{0xce, 3, 4, 1, 0}, 0, NULL, "(ce) if w3 s< w4 goto pc+1"},
	{{0xd6, 3, 0, 1, -1}, 0, NULL, "(d6) if w3 s<= 0xffffffff goto pc+1"},
	{{0xde, 3, 4, 1, 0}, 0, NULL, "(de) if w3 s<= w4 goto pc+1"},
	{{0x85, 0, 0, 0, 1}, 0, "bpf_map_lookup_elem", "(85) call bpf_map_lookup_elem#1"},
	{{0x85, 0, 0, 0, 2}, 0, "bpf_map_update_elem", "(85) call bpf_map_update_elem#2"},
	{{0x85, 0, 0, 0, 5}, 0, "bpf_ktime_get_ns", "(85) call bpf_ktime_get_ns#5"},
	{{0x85, 0, 0, 0, 7}, 0, "bpf_get_prandom_u32", "(85) call bpf_get_prandom_u32#7"},
	{{0x85, 0, 0, 0, 8}, 0, "bpf_get_smp_processor_id", "(85) call bpf_get_smp_processor_id#8"},
	{{0x85, 0, 0, 0, 12}, 0, "bpf_tail_call", "(85) call bpf_tail_call#12"},
	{{0x85, 0, 0, 0, 45}, 0, "bpf_probe_read_str", "(85) call bpf_probe_read_str#45"},
	{{0x85, 0, 0, 0, 211},
	 0,
	 "bpf_cgrp_storage_delete",
	 "(85) call bpf_cgrp_storage_delete#211"},
	{{0x85, 0, 0, 0, 212}, 0, NULL, "(85) call unknown#212"},
	{{0x85, 0, 0, 0, 999}, 0, NULL, "(85) call unknown#999"},
	{{0x85, 0, 0, 0, -1}, 0, NULL, "(85) call unknown#-1"},
	{{0x85, 0, 0, 0, 0}, 0, "bpf_unspec", "(85) call bpf_unspec#0"},
	{{0xbf, 3, 4, 24, 0}, 0, NULL, "(bf) r3 = r4"},
	{{0xbc, 3, 4, 32, 0}, 0, NULL, "(bc) w3 = (s32)w4"},
	{{0xbc, 3, 4, 1, 1}, 0, NULL, "(bc) w3 = w4"},
	{{0xbc, 3, 4, -1, 0}, 0, NULL, "(bc) w3 = w4"},
	{{0xb7, 3, 0, 8, 1}, 0, NULL, "(b7) r3 = 1"},
	{{0x3f, 3, 4, 2, 0}, 0, NULL, "(3f) r3 /= r4"},
	{{0x0f, 3, 4, 8, 0}, 0, NULL, "(0f) r3 += r4"},
	{{0xd4, 3, 0, 0, 17}, 0, NULL, "(d4) r3 = le17 r3"},
	{{0xd7, 3, 0, 0, -1}, 0, NULL, "(d7) r3 = bswap-1 r3"},
	{{0x85, 0, 3, 0, 1}, 0, NULL, "(85) call unknown#1"},
};

START_TEST(disasm_matches_kernel)
{
	struct bpf_insn insn[2] = {
		{
			.code = forms[_i].insn.code,
			.dst_reg = forms[_i].insn.dst,
			.src_reg = forms[_i].insn.src,
			.off = forms[_i].insn.off,
			.imm = forms[_i].insn.imm,
		},
		{.imm = forms[_i].next_imm},
	};
	struct strbuf out = STRBUF_INIT;

	isa_disasm(&out, insn, forms[_i].call_name);
	ck_assert_str_eq(strbuf_text(&out), forms[_i].text);
	strbuf_free(&out);
}
END_TEST

/* Opcode bytes that Linux 6.18 refuses as unknown; it has another message for the LDX class. */
static const u8 unknown[] = {
	0x00, 0x02, 0x03, 0x08, 0x0a, 0x0b, 0x0d, 0x0e, 0x10, 0x12, 0x13, 0x1a, 0x1b, 0x22, 0x23,
	0x2a, 0x2b, 0x32, 0x33, 0x38, 0x3a, 0x3b, 0x42, 0x43, 0x4a, 0x4b, 0x52, 0x53, 0x58, 0x5a,
	0x5b, 0x60, 0x68, 0x70, 0x78, 0x80, 0x82, 0x83, 0x86, 0x88, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e,
	0x8f, 0x90, 0x92, 0x93, 0x96, 0x98, 0x99, 0x9a, 0x9b, 0x9d, 0x9e, 0xa0, 0xa2, 0xa3, 0xa8,
	0xaa, 0xab, 0xb0, 0xb2, 0xb3, 0xb8, 0xba, 0xbb, 0xc0, 0xc2, 0xc8, 0xca, 0xd0, 0xd2, 0xd8,
	0xda, 0xdf, 0xe0, 0xe2, 0xe3, 0xe4, 0xe6, 0xe7, 0xe8, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef,
	0xf0, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};

START_TEST(opcode_table_matches_kernel)
{
	bool refused[256] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		refused[unknown[i]] = true;
	for (int code = 0; code < 256; code++) {
		if (BPF_CLASS(code) == BPF_LDX)
			refused[code] = BPF_MODE(code) != BPF_MEM &&
					(BPF_MODE(code) != BPF_MEMSX || BPF_SIZE(code) == BPF_DW);
		ck_assert_msg((isa_ops[code].cls == ISA_INVALID) == refused[code], "opcode %02x",
			      code);
	}
}
END_TEST

START_TEST(table_facts_agree_with_encoding)
{
	static const u8 bytes[] = {
		[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8};

	for (int code = 0; code < 256; code++) {
		const struct isa_op *op = &isa_ops[code];
		u8 cls = BPF_CLASS(code);

		if (op->cls == ISA_INVALID) {
			ck_assert_ptr_null(op->name);
			continue;
		}
		ck_assert_ptr_nonnull(op->name);
		ck_assert(op->is32 == (cls == BPF_ALU || cls == BPF_JMP32));
		if (op->cls == ISA_ALU || op->cls == ISA_JCOND)
			ck_assert(op->src_reg == (BPF_SRC(code) == BPF_X));
		if (cls <= BPF_STX && op->cls != ISA_LD_IMM64)
			ck_assert_int_eq(op->size, bytes[BPF_SIZE(code) >> 3]);
		else
			ck_assert_int_eq(op->size, 0);
	}
}
END_TEST

START_TEST(jump_targets)
{
	struct bpf_insn ja = {.code = BPF_JMP | BPF_JA, .off = -3, .imm = 100};
	struct bpf_insn gotol = {.code = BPF_JMP32 | BPF_JA, .off = 7, .imm = 70000};
	struct bpf_insn jeq32 = {.code = BPF_JMP32 | BPF_JEQ | BPF_K, .off = 4, .imm = 9};

	ck_assert_int_eq(isa_jump_target(&ja, 10), 8);
	ck_assert_int_eq(isa_jump_target(&gotol, 10), 70011);
	ck_assert_int_eq(isa_jump_target(&jeq32, 10), 15);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("isa");
	TCase *disasm = tcase_create("disasm");
	TCase *table = tcase_create("table");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(disasm, disasm_matches_kernel, 0, ARRAY_SIZE(forms));
	tcase_add_test(table, opcode_table_matches_kernel);
	tcase_add_test(table, table_facts_agree_with_encoding);
	tcase_add_test(table, jump_targets);
	suite_add_tcase(suite, disasm);
	suite_add_tcase(suite, table);
	/* The tests share nothing and cannot crash the host: no fork per row. */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
