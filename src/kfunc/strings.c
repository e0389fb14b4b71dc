// SPDX-License-Identifier: BSD-2-Clause
#include "strings.h"

#include <errno.h>

#include "object/run.h"

/*
 * Strings at addresses of the program's making: each byte may turn out not to be there. Nothing
 * looks further than 64 KiB.
 */
#define STRING_MAX 65536
#define USER_END   0x7ffffffff000ull

/* The byte at @at + @i, or a negative error: -EFAULT. */
static int byte_at(u64 at, u64 i)
{
	if (!run_may_read(at + i, 1))
		return -EFAULT;
	return *(const u8 *)(at + i);
}

/* -ERANGE: in the kernel that is an address of a process, NULL for instance. */
static int check_start(u64 at)
{
	return at < USER_END && !run_may_read(at, 1) ? -ERANGE : 0;
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static int compare(u64 a, u64 b, bool ignore_case)
{
	int err = check_start(a) ? -ERANGE : check_start(b);

	if (err)
		return err;
	for (u64 i = 0; i < STRING_MAX; i++) {
		int x = byte_at(a, i), y = byte_at(b, i);

		if (x < 0 || y < 0)
			return -EFAULT;
		if (ignore_case) {
			x = lower(x);
			y = lower(y);
		}
		if (x != y)
			return x < y ? -1 : 1;
		if (!x)
			return 0;
	}
	return -E2BIG;
}

BPF_FN2(kfunc_strcmp, u64, a, u64, b)
{
	return (u64)(s64)compare(a, b, false);
}

BPF_FN2(kfunc_strcasecmp, u64, a, u64, b)
{
	return (u64)(s64)compare(a, b, true);
}

static int find(u64 s, u64 count, int c)
{
	int err = check_start(s);

	if (err)
		return err;
	for (u64 i = 0; i < count && i < STRING_MAX; i++) {
		int x = byte_at(s, i);

		if (x < 0)
			return x;
		if (x == c)
			return (int)i;
		if (!x)
			return -ENOENT;
	}
	return count < STRING_MAX ? -ENOENT : -E2BIG;
}

BPF_FN3(kfunc_strnchr, u64, s, u64, count, u32, c)
{
	return (u64)(s64)find(s, count, (u8)c);
}

BPF_FN2(kfunc_strchr, u64, s, u32, c)
{
	return (u64)(s64)find(s, STRING_MAX, (u8)c);
}

BPF_FN1(kfunc_strlen, u64, s)
{
	return (u64)(s64)find(s, STRING_MAX, 0);
}

BPF_FN2(kfunc_strnlen, u64, s, u64, count)
{
	int n = find(s, count, 0);

	return (u64)(s64)(n == -ENOENT ? (int)count : n);
}

BPF_FN2(kfunc_strchrnul, u64, s, u32, c)
{
	int err = check_start(s);

	if (err)
		return (u64)(s64)err;
	for (u64 i = 0; i < STRING_MAX; i++) {
		int x = byte_at(s, i);

		if (x < 0)
			return (u64)(s64)x;
		if (!x || x == (u8)c)
			return i;
	}
	return (u64)-E2BIG;
}

BPF_FN2(kfunc_strrchr, u64, s, u32, c)
{
	int last = check_start(s);

	if (last)
		return (u64)(s64)last;
	last = -ENOENT;
	for (u64 i = 0; i < STRING_MAX; i++) {
		int x = byte_at(s, i);

		if (x < 0)
			return (u64)(s64)x;
		if (x == (u8)c)
			last = (int)i;
		if (!x)
			return (u64)(s64)last;
	}
	return (u64)-E2BIG;
}

/* Length of the beginning of @s whose bytes all are, or are not, among those of @set. */
static int span(u64 s, u64 set, bool among)
{
	int err = check_start(s) ? -ERANGE : check_start(set);

	if (err)
		return err;
	for (u64 i = 0; i < STRING_MAX; i++) {
		int x = byte_at(s, i), found;

		if (x <= 0)
			return x < 0 ? x : (int)i;
		found = find(set, STRING_MAX, x);
		if (found < 0 && found != -ENOENT)
			return found;
		if ((found >= 0) != among)
			return (int)i;
	}
	return -E2BIG;
}

BPF_FN2(kfunc_strspn, u64, s, u64, accept)
{
	return (u64)(s64)span(s, accept, true);
}

BPF_FN2(kfunc_strcspn, u64, s, u64, reject)
{
	return (u64)(s64)span(s, reject, false);
}

/* Is @what at @s? 1, 0, or the end of @s came first: -ENOENT; -EFAULT. @room: bytes of @s */
static int matches(u64 s, u64 what, u64 room)
{
	for (u64 i = 0; i < STRING_MAX; i++) {
		int want = byte_at(what, i), have;

		if (want <= 0)
			return want < 0 ? want : 1;
		if (i >= room)
			return -ENOENT;
		have = byte_at(s, i);
		if (have <= 0)
			return have < 0 ? have : -ENOENT;
		if (have != want)
			return 0;
	}
	return -E2BIG;
}

static int search(u64 s, u64 what, u64 len)
{
	int err = check_start(s) ? -ERANGE : check_start(what);

	if (err)
		return err;
	for (u64 i = 0; i < STRING_MAX; i++) {
		int match = matches(s + i, what, len - min(i, len));

		if (match)
			return match == 1 ? (int)i : match;
	}
	return -E2BIG;
}

BPF_FN2(kfunc_strstr, u64, s, u64, what)
{
	return (u64)(s64)search(s, what, STRING_MAX);
}

BPF_FN3(kfunc_strnstr, u64, s, u64, what, u64, len)
{
	return (u64)(s64)search(s, what, len);
}
