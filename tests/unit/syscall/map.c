// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static long element(int cmd, int fd, const void *key, const void *value, u64 flags)
{
	union attr attr = {
		.uapi = {.map_fd = (u32)fd, .key = ptr(key), .value = ptr(value), .flags = flags}};

	return bpf(cmd, &attr);
}

static long freeze(int fd)
{
	union attr attr = {.uapi.map_fd = (u32)fd};

	return bpf(BPF_MAP_FREEZE, &attr);
}

START_TEST(elements)
{
	u32 key = 7, next = 0;
	u64 value = 42, out = 0;
	int fd;

	ENGINE(_i);
	fd = make_map(BPF_MAP_TYPE_HASH, 4, 8, 8, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, fd, &key, &out, 0), -ENOENT);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, BPF_EXIST), -ENOENT);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, BPF_NOEXIST), 0);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, BPF_NOEXIST), -EEXIST);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 8), -EINVAL);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, fd, &key, &out, 0), 0);
	ck_assert_uint_eq(out, 42);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, fd, &key, &out, 1), -EINVAL);
	/* There is no lock in the value. */
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, fd, &key, &out, BPF_F_LOCK), -EINVAL);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, fd, &key, &out, BPF_F_LOCK), -EINVAL);
	ck_assert_int_eq(element(BPF_MAP_GET_NEXT_KEY, fd, NULL, &next, 0), 0);
	ck_assert_uint_eq(next, 7);
	ck_assert_int_eq(element(BPF_MAP_GET_NEXT_KEY, fd, &key, &next, 0), -ENOENT);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_AND_DELETE_ELEM, fd, &key, &out, 0), 0);
	ck_assert_int_eq(element(BPF_MAP_DELETE_ELEM, fd, &key, NULL, 0), -ENOENT);
}
END_TEST

START_TEST(pointers_and_keys)
{
	u64 value = 1;
	u32 key = 0;
	int hash, queue;

	ENGINE(_i);
	hash = make_map(BPF_MAP_TYPE_HASH, 4, 8, 8, 0);
	queue = make_map(BPF_MAP_TYPE_QUEUE, 0, 8, 8, 0);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, hash, NULL, &value, 0), -EFAULT);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, hash, &key, NULL, 0), -EFAULT);
	ck_assert_int_eq(element(BPF_MAP_DELETE_ELEM, hash, NULL, NULL, 0), -EFAULT);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, queue, &key, &value, 0), -EINVAL);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, queue, NULL, &value, 0), 0);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, queue, NULL, &value, 0), 0);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_AND_DELETE_ELEM, queue, NULL, &value, BPF_F_LOCK),
			 -EINVAL);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_AND_DELETE_ELEM, queue, NULL, &value, 0), 0);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_AND_DELETE_ELEM, queue, NULL, &value, 0), -ENOENT);
}
END_TEST

START_TEST(wrong_descriptors)
{
	u64 value = 1;
	u32 key = 0;

	ENGINE(_i);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, 999, &key, &value, 0), -EBADF);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, STDOUT_FILENO, &key, &value, 0), -EINVAL);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, load_btf(), &key, &value, 0), -EINVAL);
	ck_assert_int_eq(freeze(999), -EBADF);
	ck_assert_int_eq(freeze(STDOUT_FILENO), -EINVAL);
}
END_TEST

START_TEST(creation)
{
	union attr attr = {.uapi = {.map_type = BPF_MAP_TYPE_ARRAY,
				    .key_size = 4,
				    .value_size = 8,
				    .max_entries = 1}};
	union attr bad;

	ENGINE(_i);
	ck_assert_int_eq(make_map(200, 4, 8, 1, 0), -EINVAL);
	ck_assert_int_eq(make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, BPF_F_RDONLY | BPF_F_WRONLY),
			 -EINVAL);
	ck_assert_int_eq(make_map(BPF_MAP_TYPE_ARRAY, 8, 8, 1, 0), -EINVAL);
	ck_assert_int_eq(make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 0, 0), -EINVAL);
	close(STDIN_FILENO); /* the inner map's descriptor is 0 */
	ck_assert_int_eq(make_map(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 1, 0), -EBADF);
	bad = attr;
	memcpy(bad.uapi.map_name, "0123456789abcdef", 16);
	ck_assert_int_eq(bpf(BPF_MAP_CREATE, &bad), -EINVAL);
	bad = attr;
	strcpy(bad.uapi.map_name, "a-b");
	ck_assert_int_eq(bpf(BPF_MAP_CREATE, &bad), -EINVAL);
	bad = attr;
	bad.uapi.btf_key_type_id = 1;
	ck_assert_int_eq(bpf(BPF_MAP_CREATE, &bad), -EINVAL);
	bad.uapi.btf_value_type_id = 1;
	bad.uapi.btf_fd = 999;
	ck_assert_int_eq(bpf(BPF_MAP_CREATE, &bad), -EBADF);
	bad = attr;
	bad.uapi.map_extra = 1;
	ck_assert_int_eq(bpf(BPF_MAP_CREATE, &bad), -EINVAL);
	bad = attr;
	bad.uapi.map_flags = BPF_F_TOKEN_FD;
	bad.map.map_token_fd = 999;
	ck_assert_int_eq(bpf(BPF_MAP_CREATE, &bad), -EBADF);
	bad = attr;
	bad.uapi.btf_vmlinux_value_type_id = 1;
	ck_assert_int_eq(bpf(BPF_MAP_CREATE, &bad), -EINVAL);
}
END_TEST

START_TEST(access_modes)
{
	u64 value = 1;
	u32 key = 0;
	int ro, wo;

	ENGINE(_i);
	for (u32 mmapable = 0; mmapable < 2; mmapable++) {
		u32 flags = mmapable ? BPF_F_MMAPABLE : 0;

		ro = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, flags | BPF_F_RDONLY);
		wo = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, flags | BPF_F_WRONLY);
		ck_assert_int_ge(ro, 0);
		ck_assert_int_ge(wo, 0);
		ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, ro, &key, &value, 0), -EPERM);
		ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, ro, &key, &value, 0), 0);
		ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, wo, &key, &value, 0), 0);
		ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, wo, &key, &value, 0), -EPERM);
		ck_assert_int_eq(element(BPF_MAP_GET_NEXT_KEY, wo, &key, &value, 0), -EPERM);
		ck_assert_int_eq(element(BPF_MAP_DELETE_ELEM, ro, &key, NULL, 0), -EPERM);
		ck_assert_int_eq(freeze(ro), -EPERM);
		ck_assert_int_eq(freeze(wo), 0);
	}
}
END_TEST

#define SHARED(fd, prot) mmap(NULL, 4096, prot, MAP_SHARED, fd, 0)

START_TEST(mapping)
{
	u64 value = 42;
	u32 key = 1;
	u64 *p;
	int fd, ro, wo;

	ENGINE(_i);
	fd = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, BPF_F_MMAPABLE);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), 0);
	p = SHARED(fd, PROT_READ | PROT_WRITE);
	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_uint_eq(p[1], 42);
	p[1] = 43;
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, fd, &key, &value, 0), 0);
	ck_assert_uint_eq(value, 43);
	ro = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, BPF_F_MMAPABLE | BPF_F_RDONLY);
	ck_assert_ptr_eq(SHARED(ro, PROT_READ | PROT_WRITE), MAP_FAILED);
	ck_assert_int_eq(errno, EACCES);
	/* The kernel refuses even this: it takes the mapping for a private one. */
	if (!engine_is_kernel())
		ck_assert_ptr_ne(SHARED(ro, PROT_READ), MAP_FAILED);
	wo = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, BPF_F_MMAPABLE | BPF_F_WRONLY);
	ck_assert_ptr_eq(SHARED(wo, PROT_WRITE), MAP_FAILED);
	/* Not made for it; the errno differs. */
	ck_assert_ptr_eq(SHARED(make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, 0), PROT_READ), MAP_FAILED);
}
END_TEST

START_TEST(freezing)
{
	u64 value = 42;
	u32 key = 0;
	void *p;
	int fd;

	ENGINE(_i);
	fd = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, BPF_F_MMAPABLE);
	p = SHARED(fd, PROT_READ | PROT_WRITE);
	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(freeze(fd), -EBUSY);
	munmap(p, 4096);
	ck_assert_int_eq(freeze(fd), 0);
	ck_assert_int_lt(freeze(fd), 0);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), -EPERM);
	ck_assert_int_eq(element(BPF_MAP_LOOKUP_ELEM, fd, &key, &value, 0), 0);
	ck_assert_ptr_eq(SHARED(fd, PROT_READ | PROT_WRITE), MAP_FAILED);
	ck_assert_int_eq(errno, EPERM);
	p = SHARED(fd, PROT_READ);
	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_lt(mprotect(p, 4096, PROT_READ | PROT_WRITE), 0);
	fd = make_map(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	ck_assert_int_eq(freeze(fd), 0);
	ck_assert_int_eq(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), -EPERM);
}
END_TEST

START_TEST(frozen_twice)
{
	int fd;

	ENGINE(_i);
	fd = make_map(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	ck_assert_int_eq(freeze(fd), 0);
	ck_assert_int_eq(freeze(fd), -EPERM);
}
END_TEST

START_TEST(batches)
{
	u32 keys[4] = {1, 2, 3, 4}, out[4], batch = 0;
	u64 values[4] = {10, 20, 30, 40}, got[4];
	union attr attr = {0};
	int fd, ro;

	ENGINE(_i);
	fd = make_map(BPF_MAP_TYPE_HASH, 4, 8, 8, 0);
	attr.uapi.batch.map_fd = (u32)fd;
	attr.uapi.batch.keys = ptr(keys);
	attr.uapi.batch.values = ptr(values);
	attr.uapi.batch.count = 4;
	ck_assert_int_eq(bpf(BPF_MAP_UPDATE_BATCH, &attr), 0);
	ck_assert_uint_eq(attr.uapi.batch.count, 4);
	attr.uapi.batch.keys = ptr(out);
	attr.uapi.batch.values = ptr(got);
	attr.uapi.batch.out_batch = ptr(&batch);
	attr.uapi.batch.count = 4;
	ck_assert_int_eq(bpf(BPF_MAP_LOOKUP_AND_DELETE_BATCH, &attr), -ENOENT);
	ck_assert_uint_eq(attr.uapi.batch.count, 4);
	ck_assert_uint_eq(out[0] + out[1] + out[2] + out[3], 10);
	ck_assert_uint_eq(got[0] + got[1] + got[2] + got[3], 100);
	attr.uapi.batch.count = 4;
	ck_assert_int_eq(bpf(BPF_MAP_LOOKUP_BATCH, &attr), -ENOENT);
	ck_assert_uint_eq(attr.uapi.batch.count, 0);
	ro = make_map(BPF_MAP_TYPE_HASH, 4, 8, 8, BPF_F_RDONLY);
	attr.uapi.batch.map_fd = (u32)ro;
	attr.uapi.batch.count = 1;
	ck_assert_int_eq(bpf(BPF_MAP_UPDATE_BATCH, &attr), -EPERM);
	ck_assert_int_eq(bpf(BPF_MAP_DELETE_BATCH, &attr), -EPERM);
}
END_TEST

TCase *map_tests(void)
{
	TCase *tc = tcase_create("map");

	tcase_add_loop_test(tc, elements, 0, ENGINES);
	tcase_add_loop_test(tc, pointers_and_keys, 0, ENGINES);
	tcase_add_loop_test(tc, wrong_descriptors, 0, ENGINES);
	tcase_add_loop_test(tc, creation, 0, ENGINES);
	tcase_add_loop_test(tc, access_modes, 0, ENGINES);
	tcase_add_loop_test(tc, mapping, 0, ENGINES);
	tcase_add_loop_test(tc, freezing, 0, ENGINES);
	tcase_add_loop_test(tc, frozen_twice, 0, ENGINES);
	tcase_add_loop_test(tc, batches, 0, ENGINES);
	return tc;
}
