// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "fixture.h"
#include "vmlinux/vmlinux.h"
#include "vmlinux/xfrm.h"

/*
 * Hand-made programs, and whose references are counted. The kfuncs' numbers are ours, as are the
 * facts that a verifier would have found: @probes are the loads through kernel pointers, by bit.
 */
enum {
	GET = 100,
	PUT,
	SLICE,
	DYNPTR_IS_NULL,
	THROW,
	CAST,
	STRLEN,
	FROM_XDP,
};

#define OPTS(field) ((s16)(-40 + (s32)offsetof(struct bpf_xfrm_state_opts, field)))
/* r0 = lookup with the options at fp-40, about which nothing is known; r1 is 0. */
#define LOOKUP	    MOV_K(1, 0), MOV_X(2, 10), ADD_K(2, -40), MOV_K(3, 36), CALL_KFUNC(GET)
#define LOOKUP_LEN  5
#define RELEASE(r)  MOV_X(1, r), CALL_KFUNC(PUT)
#define RETURN(num) MOV_K(0, num), EXIT()
#define FIELD(name) ((s16)offsetof(struct xfrm_state, name))

static const struct kfunc *kfunc_named(const char *name)
{
	const struct kfunc *kf;

	kfunc_init();
	for (u32 i = 0; (kf = kfunc_at(i)); i++) {
		if (!strcmp(kf->name, name))
			return kf;
	}
	ck_abort_msg("no kfunc %s", name);
	return NULL;
}

static const struct kfunc *kfunc_of(s32 number)
{
	static const char *const names[] = {
		"bpf_xdp_get_xfrm_state",
		"bpf_xdp_xfrm_state_release",
		"bpf_dynptr_slice",
		"bpf_dynptr_is_null",
		"bpf_throw",
		"bpf_rdonly_cast",
		"bpf_strlen",
		"bpf_dynptr_from_xdp",
	};

	return kfunc_named(names[number - GET]);
}

/* As the verifier leaves it: loads that the test marks are through kernel pointers. */
static struct prog *made(const struct bpf_insn *insns, u32 len, u64 probes)
{
	static struct bpf_insn copy[256];
	struct prog *prog;

	ck_assert_uint_le(len, ARRAY_SIZE(copy));
	memcpy(copy, insns, len * sizeof(*insns));
	/* make_prog() knows kfuncs of its own only. */
	for (u32 i = 0; i < len; i++) {
		if (copy[i].code == (BPF_JMP | BPF_CALL) &&
		    copy[i].src_reg == BPF_PSEUDO_KFUNC_CALL)
			copy[i].imm = TEST_KFUNC_ADD;
	}
	prog = make_prog(copy, len);
	for (u32 i = 0; i < len; i++) {
		const struct bpf_insn *insn = &insns[i];

		if (i < 64 && probes & 1ull << i)
			prog->aux[i].access = ACCESS_PROBE;
		if (insn->code != (BPF_JMP | BPF_CALL))
			continue;
		if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
			prog->aux[i].kfunc = kfunc_of(insn->imm);
		else if (!insn->src_reg)
			prog->aux[i].helper = helper_for((u32)insn->imm, BPF_PROG_TYPE_XDP);
	}
	return prog;
}

/* What of the lookups and releases, in their order: 'c' counted, 'e' elided. */
static void check(const char *what, const struct bpf_insn *insns, u32 len, u64 probes,
		  const char *want)
{
	struct prog *prog = made(insns, len, probes);
	struct facts facts;
	char got[64];
	u32 n = 0;

	ck_assert_int_eq(facts_find(prog, &facts), 0);
	for (u32 i = 0; i < len; i++) {
		if (insns[i].code == (BPF_JMP | BPF_CALL) &&
		    insns[i].src_reg == BPF_PSEUDO_KFUNC_CALL &&
		    (insns[i].imm == GET || insns[i].imm == PUT))
			got[n++] = facts.insn[i] & FACT_UNCOUNTED ? 'e' : 'c';
	}
	got[n] = 0;
	ck_assert_msg(!strcmp(got, want), "%s: %s, not %s", what, got, want);
	facts_free(&facts);
	prog_put(prog);
}

#define CHECK(what, probes, want, ...)                                 \
	do {                                                           \
		static const struct bpf_insn insns_[] = {__VA_ARGS__}; \
		check(what, insns_, ARRAY_SIZE(insns_), probes, want); \
	} while (0)

START_TEST(elidable)
{
	CHECK("at once", 0, "ee", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 2), RELEASE(0), RETURN(2));
	CHECK("copies", 0, "eee", LOOKUP, MOV_X(6, 0), MOV_X(7, 6), JMP_K(BPF_JEQ, 6, 0, 5),
	      JMP_K(BPF_JGT, 10, 0, 3), RELEASE(7), JA(2), RELEASE(6), RETURN(2));
	CHECK("a field", 1ull << 6, "ee", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 3),
	      LD(BPF_W, 2, 0, FIELD(pcpu_num)), RELEASE(0), RETURN(2));
	CHECK("walked", 1ull << 6 | 1ull << 7 | 1ull << 8, "ee", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 5),
	      LD(BPF_DW, 2, 0, FIELD(xs_net)), LD(BPF_DW, 2, 2, 0), LD(BPF_W, 2, 2, 16), RELEASE(0),
	      RETURN(2));
	CHECK("inside", 1ull << 8, "ee", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 5), MOV_X(3, 0),
	      ADD_K(3, FIELD(id)), LD(BPF_W, 2, 3, 0), RELEASE(0), RETURN(2));
	CHECK("spilled", 0, "ee", LOOKUP, ST_X(BPF_DW, 10, -48, 0),
	      CALL_HELPER(BPF_FUNC_get_smp_processor_id), LD(BPF_DW, 6, 10, -48),
	      JMP_K(BPF_JEQ, 6, 0, 2), RELEASE(6), RETURN(2));
	CHECK("spilled through a copy of the frame pointer", 0, "ee", LOOKUP, MOV_X(2, 10),
	      ADD_K(2, -64), ST_X(BPF_DW, 2, 16, 0), LD(BPF_DW, 6, 10, -48),
	      JMP_K(BPF_JEQ, 6, 0, 2), RELEASE(6), RETURN(2));
	CHECK("NULL or spilled", 0, "ee", ST_K(BPF_DW, 10, -48, 0), JMP_K(BPF_JEQ, 1, 7, 6), LOOKUP,
	      ST_X(BPF_DW, 10, -48, 0), LD(BPF_DW, 6, 10, -48), JMP_K(BPF_JEQ, 6, 0, 2), RELEASE(6),
	      RETURN(2));
	CHECK("a loop", 0, "ee", MOV_K(6, 10), LOOKUP, JMP_K(BPF_JEQ, 0, 0, 2), RELEASE(0),
	      ADD_K(6, -1), JMP_K(BPF_JNE, 6, 0, -10), RETURN(2));
	CHECK("two, crossed", 0, "eeee", LOOKUP, MOV_X(6, 0), LOOKUP, MOV_X(7, 0),
	      JMP_K(BPF_JEQ, 7, 0, 2), RELEASE(7), JMP_K(BPF_JEQ, 6, 0, 2), RELEASE(6), RETURN(2));
	CHECK("compared with each other", 0, "eeee", LOOKUP, MOV_X(6, 0), LOOKUP, MOV_X(7, 0),
	      JMP_X(BPF_JEQ, 7, 6, 0), JMP_K(BPF_JEQ, 7, 0, 2), RELEASE(7), JMP_K(BPF_JEQ, 6, 0, 2),
	      RELEASE(6), RETURN(2));
	CHECK("either", 0, "eee", JMP_K(BPF_JEQ, 1, 7, 6), LOOKUP, JA(5), LOOKUP,
	      JMP_K(BPF_JEQ, 0, 0, 2), RELEASE(0), RETURN(2));
	/* A throw behind the release, and registers that a call does not take. */
	CHECK("a throw", 0, "ee", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 4), RELEASE(0), MOV_K(1, 0),
	      CALL_KFUNC(THROW), RETURN(2));
	CHECK("not an argument", 0, "ee", LOOKUP, MOV_X(6, 0), MOV_X(5, 0), MOV_X(1, 0),
	      CALL_HELPER(BPF_FUNC_ktime_get_ns), JMP_K(BPF_JEQ, 6, 0, 2), RELEASE(6), RETURN(2));
}
END_TEST

START_TEST(through_functions)
{
	CHECK("taken in one, released in another", 0, "ee", CALL_BPF(7), JMP_K(BPF_JEQ, 0, 0, 2),
	      MOV_X(1, 0), CALL_BPF(10), RETURN(2), MOV_K(0, 0), EXIT(), /* 8: */ LOOKUP, EXIT(),
	      CALL_KFUNC(PUT), RETURN(0));
	CHECK("passed through", 0, "ee", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 5), MOV_K(2, 0), MOV_X(1, 0),
	      CALL_BPF(4), MOV_X(1, 0), CALL_KFUNC(PUT), RETURN(2), /* 13: */ MOV_X(0, 1), EXIT());
	CHECK("spilled where a function may look", 0, "cc", LOOKUP, ST_X(BPF_DW, 10, -48, 0),
	      MOV_X(1, 10), ADD_K(1, -48), CALL_BPF(6), LD(BPF_DW, 6, 10, -48),
	      JMP_K(BPF_JEQ, 6, 0, 2), RELEASE(6), RETURN(2), /* 15: */ LD(BPF_DW, 0, 1, 0),
	      RETURN(0));
	CHECK("not spilled, where a function may look", 0, "ee", LOOKUP, MOV_X(6, 0),
	      ST_K(BPF_DW, 10, -48, 0), MOV_X(1, 10), ADD_K(1, -48), CALL_BPF(5),
	      JMP_K(BPF_JEQ, 6, 0, 2), RELEASE(6), RETURN(2), /* 16: */ RETURN(0));
	CHECK("read by a function", 1ull << 9, "cc", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 2), MOV_X(1, 0),
	      CALL_BPF(1), EXIT(), LD(BPF_W, 2, 1, FIELD(refcnt)), CALL_KFUNC(PUT), RETURN(0));
}
END_TEST

START_TEST(escapes)
{
	CHECK("to memory", 0, "cc", MOV_X(7, 1), LOOKUP, JMP_K(BPF_JEQ, 0, 0, 3),
	      ST_X(BPF_DW, 7, 0, 0), RELEASE(0), RETURN(2));
	CHECK("in halves to the stack", 0, "cc", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 3),
	      ST_X(BPF_W, 10, -48, 0), RELEASE(0), RETURN(2));
	CHECK("by an exchange", 0, "cc", MOV_X(7, 1), LOOKUP, MOV_X(6, 0),
	      ATOMIC(BPF_DW, BPF_XCHG, 7, 0, 0), RELEASE(6), RETURN(2));
	CHECK("into arithmetic", 0, "cc", MOV_X(7, 1), LOOKUP, MOV_X(6, 0), ADD_X(6, 7), RELEASE(0),
	      RETURN(2));
	CHECK("as the result", 0, "c", LOOKUP, EXIT());
	CHECK("into a helper", 0, "cc", LOOKUP, MOV_X(6, 0), MOV_X(1, 0), MOV_K(2, 0),
	      CALL_HELPER(BPF_FUNC_redirect), RELEASE(6), RETURN(2));
	CHECK("into a kfunc", 0, "cc", LOOKUP, MOV_X(6, 0), MOV_X(1, 0), CALL_KFUNC(DYNPTR_IS_NULL),
	      RELEASE(6), RETURN(2));
	CHECK("somewhere on the stack", 0, "cc", MOV_X(7, 10), ADD_X(7, 1), LOOKUP, MOV_X(6, 0),
	      ST_X(BPF_DW, 7, 0, 0), JMP_K(BPF_JEQ, 6, 0, 2), RELEASE(6), RETURN(2));
}
END_TEST

/* One of several. */
START_TEST(groups)
{
	CHECK("one escapes, the other does not", 0, "cece", MOV_X(8, 1), LOOKUP, MOV_X(6, 0),
	      LOOKUP, MOV_X(7, 0), ST_X(BPF_DW, 8, 0, 6), RELEASE(6), RELEASE(7), RETURN(2));
	CHECK("one escapes, and the other may be released where it is", 0, "cccc", MOV_X(8, 1),
	      LOOKUP, MOV_X(6, 0), LOOKUP, MOV_X(7, 0), ST_X(BPF_DW, 8, 0, 6),
	      JMP_K(BPF_JEQ, 8, 0, 3), MOV_X(9, 6), MOV_X(6, 7), MOV_X(7, 9), RELEASE(6),
	      RELEASE(7), RETURN(2));
	CHECK("given away for another", 0, "cece", LOOKUP, MOV_X(6, 0), LOOKUP, MOV_X(7, 0),
	      MOV_X(1, 10), MOV_X(2, 6), CALL_HELPER(BPF_FUNC_kptr_xchg), RELEASE(0), RELEASE(7),
	      RETURN(2));
	/* Not from any lookup of this program. */
	CHECK("from elsewhere, or from here", 0, "cc", LOOKUP, JMP_K(BPF_JNE, 0, 0, 1),
	      LD(BPF_DW, 0, 9, 0), RELEASE(0), RETURN(2));
	CHECK("from elsewhere", 0, "eec", LD(BPF_DW, 6, 1, 0), LOOKUP, RELEASE(0), RELEASE(6),
	      RETURN(2));
}
END_TEST

START_TEST(observed)
{
	CHECK("its count", 1ull << 6, "cc", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 3),
	      LD(BPF_W, 2, 0, FIELD(refcnt)), RELEASE(0), RETURN(2));
	CHECK("a byte of it", 1ull << 6, "cc", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 3),
	      LD(BPF_B, 2, 0, FIELD(refcnt) + 3), RELEASE(0), RETURN(2));
	CHECK("with its neighbour", 1ull << 6, "cc", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 3),
	      LD(BPF_DW, 2, 0, FIELD(refcnt) - 4), RELEASE(0), RETURN(2));
	CHECK("from inside", 1ull << 8, "cc", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 5), MOV_X(3, 0),
	      ADD_K(3, 8), LD(BPF_W, 2, 3, FIELD(refcnt) - 8), RELEASE(0), RETURN(2));
	CHECK("of two, one's", 1ull << 12, "cccc", LOOKUP, MOV_X(6, 0), LOOKUP, MOV_X(7, 0),
	      LD(BPF_W, 2, 6, FIELD(refcnt)), RELEASE(6), RELEASE(7), RETURN(2));
	CHECK("through another state", 1ull << 6 | 1ull << 7, "cc", LOOKUP, JMP_K(BPF_JEQ, 0, 0, 4),
	      LD(BPF_DW, 2, 0, FIELD(tunnel)), LD(BPF_W, 2, 2, FIELD(refcnt)), RELEASE(0),
	      RETURN(2));
	CHECK("a kernel pointer from elsewhere", 1ull << 1, "cc", LD(BPF_DW, 6, 1, 0),
	      LD(BPF_W, 7, 6, FIELD(refcnt)), LOOKUP, RELEASE(0), RETURN(2));
	CHECK("a cast", 0, "cc", LOOKUP, MOV_X(6, 0), MOV_K(1, 0), MOV_K(2, 0), CALL_KFUNC(CAST),
	      RELEASE(6), RETURN(2));
	CHECK("a string at any address", 0, "cc", LOOKUP, MOV_X(6, 0), MOV_K(1, 0),
	      CALL_KFUNC(STRLEN), RELEASE(6), RETURN(2));
	CHECK("memory at any address", 0, "cc", LOOKUP, MOV_X(6, 0), MOV_X(1, 10), ADD_K(1, -48),
	      MOV_K(2, 8), MOV_K(3, 0), CALL_HELPER(BPF_FUNC_probe_read_kernel), RELEASE(6),
	      RETURN(2));
}
END_TEST

static struct xfrm_opts_known known_of(const struct bpf_insn *insns, u32 len)
{
	struct prog *prog = made(insns, len, 0);
	struct xfrm_opts_known known;
	struct facts facts;

	ck_assert_int_eq(facts_find(prog, &facts), 0);
	ck_assert_uint_eq(facts.nr_lookups, 1);
	known = facts.lookups[0].known;
	facts_free(&facts);
	prog_put(prog);
	return known;
}

#define KNOWN(...)                                                                        \
	({                                                                                \
		static const struct bpf_insn insns_[] = {__VA_ARGS__, LOOKUP, RELEASE(0), \
							 RETURN(2), RETURN(2)};           \
		known_of(insns_, ARRAY_SIZE(insns_));                                     \
	})
#define OPTIONS                                                                \
	ST_K(BPF_W, 10, OPTS(netns_id), -1), ST_K(BPF_B, 10, OPTS(proto), 50), \
		ST_K(BPF_H, 10, OPTS(family), 2)

static void assert_known(struct xfrm_opts_known k, bool netns, bool proto, bool family)
{
	ck_assert(k.size);
	ck_assert_int_eq(k.has_netns, netns);
	ck_assert_int_eq(k.has_proto, proto);
	ck_assert_int_eq(k.has_family, family);
	ck_assert(!netns || k.netns_id == -1);
	ck_assert(!proto || k.proto == 50);
	ck_assert(!family || k.family == 2);
}

/* What is known of the options, and what is not any more. */
START_TEST(options)
{
	assert_known(KNOWN(OPTIONS), true, true, true);
	assert_known(
		KNOWN(ST_K(BPF_DW, 10, OPTS(netns_id), -1), ST_K(BPF_W, 10, OPTS(proto), 0x20032)),
		true, true, true);
	assert_known(KNOWN(MOV_K(6, 50), OPTIONS, ST_X(BPF_B, 10, OPTS(proto), 6)), true, true,
		     true);
	assert_known(KNOWN(OPTIONS, ST_X(BPF_B, 10, OPTS(family) + 1, 1)), true, true, false);
	/* Written by a helper, at a place unknown, on one path only, through memory. */
	assert_known(KNOWN(OPTIONS, MOV_X(1, 10), ADD_K(1, -40), MOV_K(2, 8), MOV_K(3, 0),
			   CALL_HELPER(BPF_FUNC_probe_read_kernel)),
		     false, true, true);
	assert_known(KNOWN(OPTIONS, MOV_X(7, 10), ADD_X(7, 1), ST_K(BPF_B, 7, -40, 1)), false,
		     false, false);
	assert_known(KNOWN(OPTIONS, JMP_K(BPF_JEQ, 1, 0, 1), ST_K(BPF_W, 10, OPTS(netns_id), 0)),
		     false, true, true);
	assert_known(KNOWN(OPTIONS, JMP_K(BPF_JEQ, 1, 0, 1), ST_K(BPF_W, 10, OPTS(netns_id), -1)),
		     true, true, true);
	assert_known(KNOWN(OPTIONS, ATOMIC(BPF_W, BPF_ADD, 10, OPTS(netns_id), 1)), false, true,
		     true);
	/* The slice's buffer is before the options, or reaches into them. */
	assert_known(KNOWN(OPTIONS, MOV_X(1, 10), ADD_K(1, -16), MOV_K(2, 0), MOV_X(3, 10),
			   ADD_K(3, -48), MOV_K(4, 8), CALL_KFUNC(SLICE)),
		     true, true, true);
	assert_known(KNOWN(OPTIONS, MOV_X(1, 10), ADD_K(1, -16), MOV_K(2, 0), MOV_X(3, 10),
			   ADD_K(3, -48), MOV_K(4, 16), CALL_KFUNC(SLICE)),
		     false, true, true);
	/* A function was shown where they are. */
	assert_known(KNOWN(OPTIONS, MOV_X(1, 10), CALL_BPF(9)), false, false, false);
}
END_TEST

/* A lookup writes the error, and only that. */
START_TEST(options_again)
{
	static const struct bpf_insn insns[] = {
		OPTIONS,   ST_K(BPF_W, 10, OPTS(error), 0), LOOKUP, RELEASE(0), LOOKUP, RELEASE(0),
		RETURN(2),
	};
	struct prog *prog = made(insns, ARRAY_SIZE(insns), 0);
	struct facts facts;

	ck_assert_int_eq(facts_find(prog, &facts), 0);
	ck_assert_uint_eq(facts.nr_lookups, 2);
	assert_known(facts.lookups[1].known, true, true, true);
	facts_free(&facts);
	prog_put(prog);
}
END_TEST

/* Is the last slice of a program one of the whole packet, at a known place? */
static bool slice_is_known(const struct bpf_insn *insns, u32 len)
{
	struct prog *prog = made(insns, len, 0);
	struct facts facts;
	bool known = false;

	ck_assert_int_eq(facts_find(prog, &facts), 0);
	for (u32 i = 0; i < len; i++) {
		if (!insns[i].code || insns[i].imm != SLICE)
			continue;
		known = facts.insn[i] & FACT_SLICE;
		ck_assert(!known || (facts.slice[i].offset == 14 && facts.slice[i].len == 20));
	}
	facts_free(&facts);
	prog_put(prog);
	return known;
}

#define MAKE_DYNPTR(flags) \
	MOV_X(6, 1), MOV_K(2, flags), MOV_X(3, 10), ADD_K(3, -16), CALL_KFUNC(FROM_XDP)
#define SLICED(offset_to_r2, len)                                                              \
	MOV_X(1, 10), ADD_K(1, -16), offset_to_r2, MOV_X(3, 10), ADD_K(3, -40), MOV_K(4, len), \
		CALL_KFUNC(SLICE), RETURN(2)
#define KNOWS_SLICE(...)                                               \
	({                                                             \
		static const struct bpf_insn insns_[] = {__VA_ARGS__}; \
		slice_is_known(insns_, ARRAY_SIZE(insns_));            \
	})

START_TEST(slices)
{
	ck_assert(KNOWS_SLICE(MAKE_DYNPTR(0), SLICED(MOV_K(2, 14), 20)));
	ck_assert(KNOWS_SLICE(MAKE_DYNPTR(0), CALL_HELPER(BPF_FUNC_ktime_get_ns),
			      SLICED(MOV_K(2, 14), 20)));
	/* Flags are refused; places out of reach or not known; another packet, another dynptr. */
	ck_assert(!KNOWS_SLICE(MAKE_DYNPTR(1), SLICED(MOV_K(2, 14), 20)));
	ck_assert(!KNOWS_SLICE(MAKE_DYNPTR(0), SLICED(MOV_K(2, 0xfff0), 20)));
	ck_assert(!KNOWS_SLICE(MAKE_DYNPTR(0), SLICED(MOV_X(2, 0), 20)));
	ck_assert(!KNOWS_SLICE(MAKE_DYNPTR(0), MOV_X(1, 6), MOV_K(2, 4),
			       CALL_HELPER(BPF_FUNC_xdp_adjust_head), SLICED(MOV_K(2, 14), 20)));
	ck_assert(!KNOWS_SLICE(MAKE_DYNPTR(0), MOV_X(1, 10), ADD_K(1, -16),
			       CALL_KFUNC(DYNPTR_IS_NULL), SLICED(MOV_K(2, 14), 20)));
	ck_assert(!KNOWS_SLICE(JMP_K(BPF_JEQ, 1, 0, 6), MAKE_DYNPTR(0), JA(5), MAKE_DYNPTR(1),
			       SLICED(MOV_K(2, 14), 20)));
	ck_assert(!KNOWS_SLICE(MAKE_DYNPTR(0), ST_K(BPF_W, 10, -8, 0), SLICED(MOV_K(2, 14), 20)));
	/* A function that was shown where it is may make one, too. */
	ck_assert(!KNOWS_SLICE(JMP_K(BPF_JEQ, 1, 0, 6), MAKE_DYNPTR(0), JA(3), MOV_X(1, 10),
			       ADD_K(1, -16), CALL_BPF(9), SLICED(MOV_K(2, 14), 20), RETURN(0)));
	ck_assert(!KNOWS_SLICE(MAKE_DYNPTR(0), CALL_BPF(9), SLICED(MOV_K(2, 14), 20), RETURN(0)));
}
END_TEST

/* Lookups beyond those that can be told apart are counted, and what reaches a release with them. */
START_TEST(many)
{
	static const struct bpf_insn one[] = {LOOKUP, RELEASE(0)};
	struct bpf_insn insns[(FACTS_MAX_SITES + 3) * ARRAY_SIZE(one) + 2];
	struct bpf_insn end[] = {RETURN(2)};
	struct prog *prog;
	struct facts facts;
	u32 len = 0;

	for (u32 i = 0; i < FACTS_MAX_SITES + 3; i++, len += ARRAY_SIZE(one))
		memcpy(&insns[len], one, sizeof(one));
	memcpy(&insns[len], end, sizeof(end));
	for (u32 i = 0; i < len; i++) {
		if (insns[i].src_reg == BPF_PSEUDO_KFUNC_CALL &&
		    insns[i].code == (BPF_JMP | BPF_CALL))
			insns[i].imm = insns[i].imm == GET ? TEST_KFUNC_ADD : TEST_KFUNC_CAST;
	}
	prog = make_prog(insns, ARRAY_SIZE(insns));
	for (u32 i = 0; i < len; i++) {
		if (prog->aux[i].kfunc)
			prog->aux[i].kfunc = kfunc_of(insns[i].imm == TEST_KFUNC_ADD ? GET : PUT);
	}
	ck_assert_int_eq(facts_find(prog, &facts), 0);
	ck_assert_uint_eq(facts.nr_lookups, FACTS_MAX_SITES + 3);
	for (u32 i = 0; i < facts.nr_lookups; i++) {
		u32 at = facts.lookups[i].insn;
		u8 want = i < FACTS_MAX_SITES ? FACT_UNCOUNTED : 0;

		ck_assert_uint_eq(facts.insn[at] & FACT_UNCOUNTED, want);
		ck_assert_uint_eq(facts.insn[at + 2] & FACT_UNCOUNTED, want);
	}
	facts_free(&facts);
	prog_put(prog);
}
END_TEST

static bool leads_to_state(const struct btf *btf, const struct btf_member *m)
{
	u32 id;
	const struct btf_type *t = btf_skip_modifiers(btf, m->type, &id);

	if (btf_kind_of(t) != BTF_KIND_PTR)
		return false;
	t = btf_pointee(btf, m->type, &id);
	return t && id == vmlinux_type_id(VT_XFRM_STATE);
}

/* What the analysis takes for granted: of all that a program can walk through, only x->tunnel is a
 * pointer to a state. */
START_TEST(only_tunnel_leads_to_a_state)
{
	const struct btf *btf = vmlinux_btf();
	u32 found = 0;

	for (u32 id = 1; id < btf->nr_types; id++) {
		const struct btf_type *t = btf_type(btf, id);
		const struct btf_member *m = (const void *)(t + 1);

		if (!btf_is_kind_struct(t))
			continue;
		for (u32 i = 0; i < btf_vlen_of(t); i++) {
			if (!leads_to_state(btf, &m[i]))
				continue;
			ck_assert_uint_eq(id, vmlinux_type_id(VT_XFRM_STATE));
			ck_assert_uint_eq(m[i].offset & 0xffffff,
					  8 * offsetof(struct xfrm_state, tunnel));
			found++;
		}
	}
	ck_assert_uint_eq(found, 1);
}
END_TEST

TCase *elide_tests(void)
{
	TCase *tc = tcase_create("elide");

	tcase_add_test(tc, elidable);
	tcase_add_test(tc, through_functions);
	tcase_add_test(tc, escapes);
	tcase_add_test(tc, groups);
	tcase_add_test(tc, observed);
	tcase_add_test(tc, options);
	tcase_add_test(tc, options_again);
	tcase_add_test(tc, slices);
	tcase_add_test(tc, many);
	tcase_add_test(tc, only_tunnel_leads_to_a_state);
	return tc;
}
