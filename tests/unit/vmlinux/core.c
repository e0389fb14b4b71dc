// SPDX-License-Identifier: BSD-2-Clause
/* CO-RE against our types, by libbpf as it is, with core.bpf.c from another kernel. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <check.h>

#include "base/types.h"
#include "vmlinux/xfrm.h"

/* Paths of core.bpf.c's objects, one per clang: the build says which there are. */
static const char *const objects[] = {CORE_OBJECTS};

static struct bpf_object *obj;

static void load_and_run(const char *path)
{
	static u8 packet[64] = {[12] = 8, [14] = 0x45, [23] = 50, [26] = 10, [29] = 1};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	struct bpf_program *prog;

	obj = bpf_object__open(path);
	ck_assert_ptr_nonnull(obj);
	ck_assert_int_eq(bpf_object__load(obj), 0);
	prog = bpf_object__find_program_by_name(obj, "core");
	ck_assert_ptr_nonnull(prog);
	ck_assert_int_eq(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	ck_assert_uint_eq(opts.retval, 2);
}

static u32 global(const char *name)
{
	const struct btf *btf = bpf_object__btf(obj);
	int sec = btf__find_by_name_kind(btf, ".bss", BTF_KIND_DATASEC);
	const struct btf_type *t = btf__type_by_id(btf, (u32)sec);
	const struct btf_var_secinfo *v = btf_var_secinfos(t);
	u8 value[4096];
	u32 key = 0, word;

	ck_assert_uint_le(t->size, sizeof(value));
	ck_assert_int_eq(
		bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(obj, ".bss"), &key, value), 0);
	for (u32 i = 0; i < btf_vlen(t); i++, v++) {
		const struct btf_type *var = btf__type_by_id(btf, v->type);

		if (strcmp(btf__name_by_offset(btf, var->name_off), name))
			continue;
		memcpy(&word, value + v->offset, sizeof(word));
		return word;
	}
	ck_abort_msg("no global %s", name);
	return 0;
}

START_TEST(relocated)
{
	load_and_run(objects[_i]);
	ck_assert_uint_eq(global("off_spi"), offsetof(struct xfrm_state, id.spi));
	ck_assert_uint_eq(global("off_proto"), offsetof(struct xfrm_state, id.proto));
	ck_assert_uint_eq(global("off_reqid"), offsetof(struct xfrm_state, props.reqid));
	ck_assert_uint_eq(global("off_replay_esn"), offsetof(struct xfrm_state, replay_esn));
	ck_assert_uint_eq(global("off_pcpu_num"), offsetof(struct xfrm_state, pcpu_num));
	ck_assert_uint_eq(global("off_lastused"), offsetof(struct xfrm_state, lastused));
	ck_assert_uint_eq(global("size_pcpu_num"), 4);
	ck_assert_uint_eq(global("size_lastused"), 8);
	ck_assert_uint_eq(global("size_state"), sizeof(struct xfrm_state));
	ck_assert_uint_eq(global("has_pcpu_num"), 1);
	ck_assert_uint_eq(global("has_not_in_6_18"), 0);
	ck_assert_uint_eq(global("has_state"), 1);
	ck_assert_uint_eq(global("has_type_not_in_6_18"), 0);
	ck_assert_uint_eq(global("has_tx"), 1);
	ck_assert_uint_eq(global("has_future"), 0);
	ck_assert_uint_eq(global("value_tx"), 3);
	ck_assert_uint_eq(global("protocol"), 50);
	ck_assert_uint_eq(be32toh(global("saddr")), 0x0a000001);
	ck_assert_uint_eq(global("version"), 4);
	ck_assert_uint_eq(global("ihl"), 5);
	bpf_object__close(obj);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmlinux-core");
	TCase *tc = tcase_create("core");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, relocated, 0, ARRAY_SIZE(objects));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
