// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "protos.h"

#define STRTOX_BASE_MASK 0x1full
/* Longest number that is looked at. */
#define NUMBER_MAX 63

/* Also sets *base for a number that says its own: 0x..., 0... */
static const char *skip_prefix(const char *s, const char *end, u32 *base)
{
	bool hex =
		end - s > 2 && s[0] == '0' && (s[1] | 0x20) == 'x' && isxdigit((unsigned char)s[2]);

	if (!*base)
		*base = hex ? 16 : end - s > 0 && s[0] == '0' ? 8 : 10;
	if (*base == 16 && end - s > 1 && s[0] == '0' && (s[1] | 0x20) == 'x')
		s += 2;
	return s;
}

static u32 digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (u32)(c - 'a') + 10 : U32_MAX;
}

/**
 * parse_number - an optional minus and digits, after blanks
 * @flags: the base in the low five bits: 0, 8, 10 or 16
 *
 * Return: characters consumed, -EINVAL, or -ERANGE over 64 bits.
 */
static s64 parse_number(const char *buf, u64 len, u64 flags, u64 *value, bool *negative)
{
	const char *end = buf + len, *s = buf, *digits;
	u32 base = flags & STRTOX_BASE_MASK;
	bool overflow = false;

	if (base != 0 && base != 8 && base != 10 && base != 16)
		return -EINVAL;
	if (!len || (flags & ~STRTOX_BASE_MASK))
		return -EINVAL;
	while (s < end && isspace((unsigned char)*s))
		s++;
	*negative = s < end && *s == '-';
	if (*negative)
		s++;
	if (end - s > NUMBER_MAX)
		end = s + NUMBER_MAX;
	digits = s = skip_prefix(s, end, &base);
	*value = 0;
	for (; s < end && digit_value(*s) < base; s++) {
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, digit_value(*s), value))
			overflow = true;
	}
	if (overflow)
		return -ERANGE;
	return s == digits ? -EINVAL : s - buf;
}

static BPF_FN4(parse_signed, const char *, buf, u64, len, u64, flags, s64 *, result)
{
	bool negative;
	u64 value;
	s64 n;

	*result = 0;
	n = parse_number(buf, len, flags, &value, &negative);
	if (n < 0)
		return (u64)n;
	if (value > (u64)S64_MAX + negative)
		return (u64)-ERANGE;
	*result = (s64)(negative ? -value : value);
	return (u64)n;
}

const struct helper helper_strtol = {
	.fn = parse_signed,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_IN, ARG_CONST_SIZE, ARG_ANYTHING,
		ARG_PTR_TO_FIXED_SIZE_MEM | MEM_UNINIT | MEM_WRITE | MEM_ALIGNED},
	.arg_size = {[3] = sizeof(s64)},
};

static BPF_FN4(parse_unsigned, const char *, buf, u64, len, u64, flags, u64 *, result)
{
	bool negative;
	u64 value;
	s64 n;

	*result = 0;
	n = parse_number(buf, len, flags, &value, &negative);
	if (n < 0)
		return (u64)n;
	if (negative)
		return (u64)-EINVAL;
	*result = value;
	return (u64)n;
}

const struct helper helper_strtoul = {
	.fn = parse_unsigned,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_IN, ARG_CONST_SIZE, ARG_ANYTHING,
		ARG_PTR_TO_FIXED_SIZE_MEM | MEM_UNINIT | MEM_WRITE | MEM_ALIGNED},
	.arg_size = {[3] = sizeof(u64)},
};

/* -1, 0 or 1, as the kernel's. */
static BPF_FN3(compare, const char *, a, u32, len, const char *, b)
{
	for (u32 i = 0; i < len; i++) {
		if (a[i] != b[i])
			return (u64)((u8)a[i] < (u8)b[i] ? -1ll : 1ll);
		if (!a[i])
			break;
	}
	return 0;
}

const struct helper helper_strncmp = {
	.fn = compare,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_IN, ARG_CONST_SIZE, ARG_PTR_TO_CONST_STR},
};
