// SPDX-License-Identifier: BSD-2-Clause
#include "judge.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const difference_names[DIFFERENCES] = {
	[SAME] = "no difference",
	[WE_ACCEPT] = "accepted here, rejected by the kernel",
	[WE_REJECT] = "rejected here, accepted by the kernel",
	[LIMITS] = "too complex for one of the two",
	[KERNEL_BUG] = "accepted here, a bug in the kernel's verifier by its own account",
	[RESULT] = "another result",
	[MESSAGE] = "rejected for another reason",
	[CRASH] = "crashed here",
};

void without_numbers(char *to, const char *from)
{
	bool word = false;

	while (*from) {
		bool digit = isdigit((unsigned char)*from);

		if (!word && digit) {
			*to++ = '#';
			while (isxdigit((unsigned char)*from) || *from == 'x')
				from++;
			word = true;
			continue;
		}
		word = isalpha((unsigned char)*from) && from[0] != 'R' && from[0] != '#';
		*to++ = *from++;
	}
	*to = 0;
}

static void set_kind(struct judgement *j, enum difference difference)
{
	j->difference = difference;
	without_numbers(j->kind, j->words);
}

/* Offsets of fields are either side's own, in messages too. */
static bool same_message(const struct fuzz_case *c, const char *l, const char *r)
{
	char left[KIND_TEXT], right[KIND_TEXT];
	bool fields = false;

	for (u32 i = 0; i < c->nr; i++)
		fields |= c->ops[i].sym == SYM_FIELD;
	if (!fields)
		return !strcmp(l, r);
	without_numbers(left, l);
	without_numbers(right, r);
	return !strcmp(left, right);
}

static void compare_messages(const struct fuzz_case *c, struct judgement *j)
{
	struct verdict kernel, ours;

	side_load(SIDE_KERNEL, c, true, &kernel);
	side_load(SIDE_JIT, c, true, &ours);
	if (kernel.fd >= 0)
		close(kernel.fd);
	if (ours.fd >= 0)
		close(ours.fd);
	if (kernel.fd >= 0 && ours.fd < 0) {
		snprintf(j->words, sizeof(j->words), "%d %s", -ours.fd, ours.message);
		set_kind(j, WE_REJECT);
	} else if (ours.fd >= 0 && kernel.fd < 0) {
		snprintf(j->words, sizeof(j->words), "%d %s", -kernel.fd, kernel.message);
		set_kind(j, strstr(kernel.message, "verifier bug") ? KERNEL_BUG : WE_ACCEPT);
	} else if (kernel.fd != ours.fd || !same_message(c, kernel.message, ours.message)) {
		snprintf(j->words, sizeof(j->words), "kernel %d %s; here %d %s", -kernel.fd,
			 kernel.message, -ours.fd, ours.message);
		set_kind(j, MESSAGE);
	}
}

static void compare_runs(const struct fuzz_case *c, const struct verdict *v, struct judgement *j)
{
	static struct outcome out[SIDES];

	j->compared = true;
	for (u32 packet = 0; packet < NR_PACKETS; packet++) {
		for (u32 side = 0; side < SIDES; side++)
			side_run((enum side)side, c, v[side].fd, packet, &out[side]);
		for (u32 side = SIDE_JIT; side < SIDES; side++) {
			const char *what = outcome_difference(&out[SIDE_KERNEL], &out[side]);

			if (!what)
				continue;
			snprintf(j->words, sizeof(j->words),
				 "%s: %s, packet %u: returned %d:%x, kernel %d:%x",
				 side_names[side], what, packet, (int)out[side].err,
				 out[side].retval, (int)out[SIDE_KERNEL].err,
				 out[SIDE_KERNEL].retval);
			j->difference = RESULT;
			snprintf(j->kind, sizeof(j->kind), "%s: %s", side_names[side], what);
			return;
		}
	}
}

void judge(const struct fuzz_case *c, bool messages, struct judgement *j)
{
	struct verdict v[SIDES];

	memset(j, 0, sizeof(*j));
	for (u32 side = 0; side < SIDES; side++)
		side_load((enum side)side, c, false, &v[side]);
	j->accepted = v[SIDE_KERNEL].fd >= 0;
	if ((v[SIDE_JIT].fd >= 0) != (v[SIDE_INTERP].fd >= 0)) {
		snprintf(j->words, sizeof(j->words), "jit %d, interpreter %d", v[SIDE_JIT].fd,
			 v[SIDE_INTERP].fd);
		set_kind(j, RESULT);
	} else if (v[SIDE_KERNEL].fd != v[SIDE_JIT].fd &&
		   (v[SIDE_KERNEL].fd == -E2BIG || v[SIDE_JIT].fd == -E2BIG)) {
		/* Takes seconds to load: nobody wants to see the log. */
		snprintf(j->words, sizeof(j->words), "%s",
			 v[SIDE_KERNEL].fd == -E2BIG ? "for the kernel" : "for us");
		set_kind(j, LIMITS);
	} else if (j->accepted != (v[SIDE_JIT].fd >= 0)) {
		compare_messages(c, j);
	} else if (j->accepted && c->run) {
		compare_runs(c, v, j);
	} else if (!j->accepted && v[SIDE_KERNEL].fd != -E2BIG &&
		   (messages || v[SIDE_KERNEL].fd != v[SIDE_JIT].fd)) {
		compare_messages(c, j);
	}
	for (u32 side = 0; side < SIDES; side++)
		if (v[side].fd >= 0)
			close(v[side].fd);
}

static bool still(const struct fuzz_case *c, const struct judgement *j)
{
	struct judgement now;

	judge(c, j->difference == MESSAGE, &now);
	return now.difference == j->difference && !strcmp(now.kind, j->kind);
}

/* What is on the stack at first is nobody's promise: a result must not come to depend on it. */
static bool fills_stack(const struct fuzz_case *c, u32 at, u32 n)
{
	for (u32 i = at; i < at + n; i++)
		if (BPF_CLASS(c->ops[i].code) == BPF_ST && c->ops[i].dst == 10)
			return true;
	return false;
}

/* A case that takes long to judge stays as large as it is. */
#define SHRINK_SECONDS 10

static bool cut_pass(struct fuzz_case *c, const struct judgement *j, u32 n, time_t until)
{
	bool cut = false;

	for (u32 at = c->nr; at-- > 0;) {
		struct fuzz_case smaller = *c;

		if (at + n > c->nr || n == c->nr || time(NULL) > until ||
		    (j->difference == RESULT && fills_stack(c, at, n)))
			continue;
		case_cut(&smaller, at, n);
		if (!still(&smaller, j))
			continue;
		*c = smaller;
		cut = true;
	}
	return cut;
}

void shrink(struct fuzz_case *c, const struct judgement *j)
{
	time_t until = time(NULL) + SHRINK_SECONDS;

	if (j->difference == LIMITS)
		return;
	for (u32 n = c->nr / 2; n > 1; n /= 2)
		cut_pass(c, j, n, until);
	while (cut_pass(c, j, 1, until) || cut_pass(c, j, 2, until) || cut_pass(c, j, 3, until))
		;
}
