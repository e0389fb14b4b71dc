// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emit_x86_64.h"
#include "fixture.h"

/* The bytes of what x86-64 encodes in more ways than one, as GNU as writes them. */
#define CHECK(want, call)                                            \
	do {                                                         \
		u8 buf[32];                                          \
		struct emitter e = {.buf = buf, .cap = sizeof(buf)}; \
		call;                                                \
		check(#call, &e, want);                              \
	} while (0)

static void check(const char *what, const struct emitter *e, const char *want)
{
	char got[128] = "";

	ck_assert_int_eq(e->err, 0);
	for (size_t i = 0; i < e->at; i++)
		sprintf(got + strlen(got), "%s%02x", i ? " " : "", e->buf[i]);
	ck_assert_msg(!strcmp(got, want), "%s: %s, not %s", what, got, want);
}

/* Bases rsp and r12 need a SIB byte, rbp and r13 a displacement. */
START_TEST(addresses)
{
	CHECK("48 8b 07", x86_rm(&e, X86_W | X86_LOAD, RAX, RDI, 0));
	CHECK("48 8b 45 00", x86_rm(&e, X86_W | X86_LOAD, RAX, RBP, 0));
	CHECK("49 8b 45 00", x86_rm(&e, X86_W | X86_LOAD, RAX, R13, 0));
	CHECK("48 8b 04 24", x86_rm(&e, X86_W | X86_LOAD, RAX, RSP, 0));
	CHECK("49 8b 04 24", x86_rm(&e, X86_W | X86_LOAD, RAX, R12, 0));
	CHECK("4d 8b 7c 24 7f", x86_rm(&e, X86_W | X86_LOAD, R15, R12, 127));
	CHECK("4d 8b bc 24 80 00 00 00", x86_rm(&e, X86_W | X86_LOAD, R15, R12, 128));
	CHECK("8b 45 80", x86_rm(&e, X86_LOAD, RAX, RBP, -128));
	CHECK("8b 85 7f ff ff ff", x86_rm(&e, X86_LOAD, RAX, RBP, -129));
	CHECK("4c 8d 55 f8", x86_rm(&e, X86_LEA, R10, RBP, -8));
}
END_TEST

/* sil and dil exist with a REX prefix only; a base register is not meant. */
START_TEST(byte_registers)
{
	CHECK("88 07", x86_rm(&e, X86_STORE8, RAX, RDI, 0));
	CHECK("40 88 30", x86_rm(&e, X86_STORE8, RSI, RAX, 0));
	CHECK("40 88 38", x86_rm(&e, X86_STORE8, RDI, RAX, 0));
	CHECK("44 88 00", x86_rm(&e, X86_STORE8, R8, RAX, 0));
	CHECK("40 0f be c7", x86_rr(&e, X86_MOVSX8 | X86_BYTE, RAX, RDI));
	CHECK("48 0f be c7", x86_rr(&e, X86_W | X86_MOVSX8, RAX, RDI));
	CHECK("66 44 89 00", x86_rm(&e, X86_16 | X86_STORE, R8, RAX, 0));
}
END_TEST

START_TEST(immediates)
{
	CHECK("31 c0", x86_mov_imm(&e, RAX, 0));
	CHECK("45 31 c0", x86_mov_imm(&e, R8, 0));
	CHECK("b8 ff ff ff ff", x86_mov_imm(&e, RAX, 0xffffffff));
	CHECK("41 b8 01 00 00 00", x86_mov_imm(&e, R8, 1));
	CHECK("48 c7 c0 ff ff ff ff", x86_mov_imm(&e, RAX, U64_MAX));
	CHECK("49 b8 f0 de bc 9a 78 56 34 12", x86_mov_imm(&e, R8, 0x123456789abcdef0));
	CHECK("48 b8 ff ff ff 7f ff ff ff ff", x86_mov_imm(&e, RAX, 0xffffffff7fffffff));
	CHECK("48 83 c0 80", x86_alu_imm(&e, X86_W, X86_ADD_I, RAX, -128));
	CHECK("48 81 c0 80 00 00 00", x86_alu_imm(&e, X86_W, X86_ADD_I, RAX, 128));
	CHECK("41 83 f9 ff", x86_alu_imm(&e, 0, X86_CMP_I, R9, -1));
	CHECK("4d 6b ed 07", x86_imul_imm(&e, X86_W, R13, R13, 7));
	CHECK("69 ff e8 03 00 00", x86_imul_imm(&e, 0, RDI, RDI, 1000));
	CHECK("66 c7 45 fe 34 12", x86_store_imm(&e, 2, RBP, -2, 0x1234));
	CHECK("c6 45 ff 12", x86_store_imm(&e, 1, RBP, -1, 0x12));
	CHECK("48 c7 45 f8 ff ff ff ff", x86_store_imm(&e, 8, RBP, -8, -1));
	CHECK("41 f7 c5 00 01 00 00", x86_test_imm(&e, 0, R13, 0x100));
}
END_TEST

START_TEST(operations)
{
	CHECK("4d 01 e8", x86_rr(&e, X86_W | X86_ADD_TO, R13, R8));
	CHECK("4c 0f af e8", x86_rr(&e, X86_W | X86_IMUL, R13, RAX));
	CHECK("41 d3 e5", x86_shift_cl(&e, 0, X86_SHL, R13));
	CHECK("49 c1 fb 3f", x86_shift_imm(&e, X86_W, X86_SAR, R11, 63));
	CHECK("66 41 c1 c0 08", x86_shift_imm(&e, X86_16, X86_ROL, R8, 8));
	CHECK("c4 e2 f1 f7 c0", x86_shift_reg(&e, X86_W, X86_SHL, RAX, RAX, RCX));
	CHECK("c4 42 03 f7 ed", x86_shift_reg(&e, 0, X86_SHR, R13, R13, R15));
	CHECK("c4 62 fa f7 c7", x86_shift_reg(&e, X86_W, X86_SAR, R8, RDI, RAX));
	CHECK("41 0f c8", x86_bswap(&e, 0, R8));
	CHECK("49 0f cd", x86_bswap(&e, X86_W, R13));
	CHECK("49 f7 f3", x86_unary(&e, X86_W, X86_DIV, R11));
	CHECK("48 99", x86_cqo(&e, X86_W));
	CHECK("99", x86_cqo(&e, 0));
	CHECK("f0 4c 0f c1 6d f8", x86_rm(&e, X86_W | X86_LOCK | X86_XADD, R13, RBP, -8));
	CHECK("f0 45 0f b1 55 00", x86_rm(&e, X86_LOCK | X86_CMPXCHG, R10, R13, 0));
	CHECK("0f 11 45 f0", x86_rm(&e, X86_MOVUPS_TO, 0, RBP, -16));
	CHECK("66 0f d6 45 f8", x86_rm(&e, X86_MOVQ_TO, 0, RBP, -8));
}
END_TEST

START_TEST(control)
{
	CHECK("41 55", x86_push(&e, R13));
	CHECK("5b", x86_pop(&e, RBX));
	CHECK("ff e0", x86_jmp_reg(&e, RAX));
	CHECK("41 ff d3", x86_call_reg(&e, R11));
	CHECK("41 ff 54 24 60", x86_call_mem(&e, R12, 0x60));
	CHECK("eb fe", x86_jmp(&e, -2, true));
	CHECK("e9 fb ff ff ff", x86_jmp(&e, -5, false));
	CHECK("74 7f", x86_jcc(&e, CC_E, 127, true));
	CHECK("0f 85 80 00 00 00", x86_jcc(&e, CC_NE, 128, false));
}
END_TEST

/* What does not fit is not written, and an error sticks. */
START_TEST(errors_stick)
{
	u8 buf[4] = {0};
	struct emitter e = {.buf = buf, .cap = 3};

	x86_ret(&e);
	x86_jmp(&e, 0, false);
	ck_assert_int_eq(e.err, -E2BIG);
	x86_ret(&e);
	ck_assert_uint_le(e.at, 3);
	ck_assert_uint_eq(buf[3], 0);
	/* In a dry pass there is no room to exceed. */
	e = (struct emitter){0};
	for (u32 i = 0; i < 100; i++)
		x86_ret(&e);
	ck_assert_int_eq(e.err, 0);
	ck_assert_uint_eq(e.at, 100);
}
END_TEST

TCase *encoding_tests(void)
{
	TCase *tc = tcase_create("encoding");

	tcase_add_test(tc, addresses);
	tcase_add_test(tc, byte_registers);
	tcase_add_test(tc, immediates);
	tcase_add_test(tc, operations);
	tcase_add_test(tc, control);
	tcase_add_test(tc, errors_stick);
	return tc;
}
