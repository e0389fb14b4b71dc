// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <espalier/host.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "pin.h"

static long pin(int fd, const char *path)
{
	union attr attr = {.uapi = {.pathname = ptr(path), .bpf_fd = (u32)fd}};

	return bpf(BPF_OBJ_PIN, &attr);
}

static long get(const char *path, u32 flags)
{
	union attr attr = {.uapi = {.pathname = ptr(path), .file_flags = flags}};

	return bpf(BPF_OBJ_GET, &attr);
}

static int map(void)
{
	engine_use(ENGINE_OURS);
	return make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, 0);
}

START_TEST(a_pin_keeps_the_object)
{
	int fd = map();
	long again;

	ck_assert_int_eq(pin(fd, "/sys/fs/bpf/x/map"), 0);
	ck_assert_int_eq(pin(fd, "/sys/fs/bpf/x/map"), -EEXIST);
	close(fd);
	fd_collect();
	ck_assert_uint_eq(object_count(OBJECT_MAP), 1);
	again = get("/sys/fs/bpf/./x//y/../map", 0);
	ck_assert_int_ge(again, 0);
	close((int)again);
	ck_assert_int_eq(espalier_unlink("/sys/fs/bpf/x/map"), 0);
	fd_collect();
	ck_assert_uint_eq(object_count(OBJECT_MAP), 0);
	ck_assert_int_eq(get("/sys/fs/bpf/x/map", 0), -ENOENT);
	ck_assert_int_eq(espalier_unlink("/sys/fs/bpf/x/map"), -ENOENT);
}
END_TEST

START_TEST(modes)
{
	u32 mode;
	struct object *obj;
	int fd = map();

	ck_assert_int_eq(pin(fd, "/sys/fs/bpf/map"), 0);
	ck_assert_int_eq(get("/sys/fs/bpf/map", BPF_F_RDONLY | BPF_F_WRONLY), -EINVAL);
	ck_assert_int_eq(get("/sys/fs/bpf/map", 1), -EINVAL);
	ck_assert_int_eq(
		fd_object((int)get("/sys/fs/bpf/map", BPF_F_RDONLY), OBJECT_MAP, &obj, &mode), 0);
	ck_assert_uint_eq(mode, FD_READ);
	object_put(obj);
}
END_TEST

START_TEST(elsewhere_is_no_bpffs)
{
	int fd = map();

	ck_assert_int_eq(pin(fd, "/tmp/espalier-map"), -EPERM);
	ck_assert_int_eq(pin(fd, "/sys/fs/bpf/../map"), -EPERM);
	ck_assert_int_eq(pin(fd, "/sys/fs/bpfmap"), -EPERM);
	ck_assert_int_eq(get("/tmp/espalier-no-such-file", 0), -ENOENT);
	ck_assert_int_eq(get("/proc/self/maps", 0), -EACCES);
	ck_assert_int_eq(espalier_mkdir("/tmp/espalier-x"), -ENOSYS);
	ck_assert_int_eq(espalier_unlink("/tmp/espalier-x"), -ENOSYS);
	ck_assert_int_eq(espalier_is_bpffs("/tmp"), 0);
	ck_assert_int_eq(espalier_is_bpffs("/sys/fs/bpf"), 1);
	ck_assert_int_eq(espalier_is_bpffs("/sys/fs/bpf/a/b"), 1);
}
END_TEST

START_TEST(directories)
{
	int fd = map();

	ck_assert_int_eq(espalier_mkdir("/sys/fs/bpf/d"), 0);
	ck_assert_int_eq(espalier_mkdir("/sys/fs/bpf/d"), -EEXIST);
	ck_assert_int_eq(espalier_mkdir("/sys/fs/bpf"), -EEXIST);
	ck_assert_int_eq(pin(fd, "/sys/fs/bpf/d"), -EEXIST);
	ck_assert_int_eq(pin(fd, "/sys/fs/bpf/d/map"), 0);
	ck_assert_int_eq(espalier_rmdir("/sys/fs/bpf/d"), -ENOTEMPTY);
	ck_assert_int_eq(espalier_rmdir("/sys/fs/bpf/d/map"), -ENOTDIR);
	ck_assert_int_eq(espalier_unlink("/sys/fs/bpf/d"), -EISDIR);
	ck_assert_int_eq(get("/sys/fs/bpf/d", 0), -EACCES);
	ck_assert_int_eq(espalier_unlink("/sys/fs/bpf/d/map"), 0);
	ck_assert_int_eq(espalier_rmdir("/sys/fs/bpf/d"), 0);
	ck_assert_int_eq(espalier_rmdir("/sys/fs/bpf/d"), -ENOENT);
}
END_TEST

START_TEST(what_cannot_be_pinned)
{
	char name[PIN_PATH_MAX + 32];

	engine_use(ENGINE_OURS);
	ck_assert_int_eq(pin(load_btf(), "/sys/fs/bpf/btf"), -EINVAL);
	ck_assert_int_eq(pin(STDOUT_FILENO, "/sys/fs/bpf/out"), -EINVAL);
	ck_assert_int_eq(pin(999, "/sys/fs/bpf/none"), -EBADF);
	ck_assert_int_eq(pin(map(), NULL), -EFAULT);
	ck_assert_int_eq(pin(map(), ""), -ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memcpy(name, "/sys/fs/bpf/", 12);
	ck_assert_int_eq(pin(map(), name), -ENAMETOOLONG);
}
END_TEST

TCase *pin_tests(void)
{
	TCase *tc = tcase_create("pin");

	tcase_add_test(tc, a_pin_keeps_the_object);
	tcase_add_test(tc, modes);
	tcase_add_test(tc, elsewhere_is_no_bpffs);
	tcase_add_test(tc, directories);
	tcase_add_test(tc, what_cannot_be_pinned);
	return tc;
}
