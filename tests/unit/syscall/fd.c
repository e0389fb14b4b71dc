// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "fd.h"
#include "object/object.h"

/* Descriptors of ours: kernel objects have nothing to do with them. */
static int array(u32 flags)
{
	int fd;

	engine_use(ENGINE_OURS);
	fd = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, flags);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static u32 maps(void)
{
	fd_collect();
	return object_count(OBJECT_MAP);
}

static u32 open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	u32 n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static const u32 kinds[] = {0, BPF_F_MMAPABLE};

START_TEST(last_close_counts)
{
	int fd = array(kinds[_i]);
	int again = dup(fd), high = fcntl(fd, F_DUPFD_CLOEXEC, 200);

	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_ge(high, 200);
	ck_assert_uint_eq(maps(), 1);
	close(fd);
	ck_assert_uint_eq(maps(), 1);
	close(again);
	ck_assert_uint_eq(maps(), 1);
	close(high);
	ck_assert_uint_eq(maps(), 0);
	ck_assert_uint_eq(fd_count(), 0);
}
END_TEST

START_TEST(duplicates_work)
{
	int fd = array(kinds[_i]), again = dup2(fd, 100);
	union attr attr = {0};
	u64 value = 5;
	u32 key = 0;

	close(fd);
	attr.uapi.map_fd = (u32)again;
	attr.uapi.key = ptr(&key);
	attr.uapi.value = ptr(&value);
	ck_assert_int_eq(bpf(BPF_MAP_UPDATE_ELEM, &attr), 0);
	attr.uapi.map_fd = (u32)fd;
	ck_assert_int_eq(bpf(BPF_MAP_UPDATE_ELEM, &attr), -EBADF);
}
END_TEST

static int by_id(u32 id)
{
	union attr attr = {.uapi.map_id = id};

	return (int)bpf(BPF_MAP_GET_FD_BY_ID, &attr);
}

/* Closes that happen between two looks come as one event. */
START_TEST(several_descriptors_of_one_map)
{
	union attr attr = {0};
	int fd = array(kinds[_i]), more[20];

	ck_assert_int_eq(bpf(BPF_MAP_GET_NEXT_ID, &attr), 0);
	for (u32 i = 0; i < 20; i++) {
		more[i] = by_id(attr.uapi.next_id);
		ck_assert_int_ge(more[i], 0);
	}
	ck_assert_uint_eq(fd_count(), 21);
	close(fd);
	for (u32 i = 0; i < 19; i++)
		close(more[i]);
	ck_assert_uint_eq(maps(), 1);
	ck_assert_uint_eq(fd_count(), 1);
	close(more[19]);
	ck_assert_uint_eq(maps(), 0);
	ck_assert_int_eq(by_id(attr.uapi.next_id), -ENOENT);
}
END_TEST

START_TEST(a_mapping_keeps_the_map)
{
	int fd = array(BPF_F_MMAPABLE);
	u64 *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	close(fd);
	ck_assert_uint_eq(maps(), 1);
	p[3] = 1;
	munmap(p, 4096);
	ck_assert_uint_eq(maps(), 0);
}
END_TEST

/* A descriptor in flight, and in nobody's table, is open. */
START_TEST(descriptors_travel)
{
	int fd = array(kinds[_i]), pair[2];
	char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(cmsg) = fd;
	ck_assert_int_eq(sendmsg(pair[0], &msg, 0), 1);
	close(fd);
	ck_assert_uint_eq(maps(), 1);
	ck_assert_int_eq(recvmsg(pair[1], &msg, 0), 1);
	fd = *(int *)CMSG_DATA(CMSG_FIRSTHDR(&msg));
	ck_assert_uint_eq(maps(), 1);
	close(fd);
	ck_assert_uint_eq(maps(), 0);
}
END_TEST

/* The child has objects and descriptors of its own, and the queue stays the parent's. */
START_TEST(forking)
{
	int plain = array(0), memory = array(BPF_F_MMAPABLE), status;
	pid_t pid;

#ifdef RCU_TSAN
	return; /* it does not take threads that begin in the child of a threaded process */
#endif
	/* Something that waits for a grace period, so that the thread for that is there. */
	close(array(0));
	fd_collect();
	pid = fork();
	if (!pid) {
		bool ok = maps() == 2;
		int mine = array(0);

		close(plain);
		for (u32 i = 0; i < 300; i++)
			close(array(0));
		ok &= maps() <= 3 && fd_count() <= 3;
		close(mine);
		rcu_quiesce();
		_exit(!ok);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(maps(), 2);
	close(plain);
	close(memory);
	ck_assert_uint_eq(maps(), 0);
}
END_TEST

/* Without inotify the open descriptors are gone through now and then. */
START_TEST(no_watches_left)
{
	struct rlimit few;
	int first;

	engine_use(ENGINE_OURS);
	getrlimit(RLIMIT_NOFILE, &few);
	/* As a fork's child the process begins anew, without its parent's queue. */
	if (fork()) {
		int status;

		wait(&status);
		ck_assert_int_eq(status, 0);
		return;
	}
	few.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &few);
	first = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, 0);
	for (u32 i = 0; i < 1000; i++) {
		int fd = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, kinds[i & 1]);

		if (fd < 0)
			_exit(1);
		close(fd);
	}
	_exit(first < 0 || maps() > 200);
}
END_TEST

START_TEST(more_than_the_queue_holds)
{
	struct rlimit many = {20000, 20000};
	u32 n = 0;
	int *fds;

	engine_use(ENGINE_OURS);
	setrlimit(RLIMIT_NOFILE, &many);
	getrlimit(RLIMIT_NOFILE, &many);
	n = (u32)min(many.rlim_cur - 100, (rlim_t)17000);
	fds = calloc(n, sizeof(*fds));
	for (u32 i = 0; i < n; i++) {
		fds[i] = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, 0);
		ck_assert_int_ge(fds[i], 0);
	}
	for (u32 i = 0; i < n; i++)
		close(fds[i]);
	ck_assert_uint_eq(maps(), 0);
	ck_assert_uint_eq(fd_count(), 0);
	free(fds);
}
END_TEST

static void *open_and_close(void *unused)
{
	(void)unused;
	for (u32 i = 0; i < 500; i++) {
		int fd = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, kinds[i & 1]);
		int again = dup(fd);

		close(fd);
		close(again);
	}
	return NULL;
}

START_TEST(many_threads)
{
	pthread_t threads[4];

	engine_use(ENGINE_OURS);
	for (u32 i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, open_and_close, NULL);
	for (u32 i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(maps(), 0);
	ck_assert_uint_eq(fd_count(), 0);
}
END_TEST

START_TEST(nothing_is_left_behind)
{
	struct mallinfo2 before = {0}, after;
	size_t arena = 0;
	u32 fds = 0;

	engine_use(ENGINE_OURS);
	for (u32 i = 0; i < 10000; i++) {
		close(make_map(BPF_MAP_TYPE_HASH, 4, 8, 4, 0));
		close(make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, kinds[i & 1]));
		close(load_btf());
		if (i != 1000 && i != 9999)
			continue;
		fd_collect();
		rcu_quiesce();
		after = mallinfo2();
		if (i == 1000) {
			before = after;
			arena = arena_in_use();
			fds = open_descriptors();
		}
	}
	ck_assert_uint_eq(open_descriptors(), fds);
	ck_assert_uint_eq(arena_in_use(), arena);
	ck_assert_uint_eq(maps(), 0);
	/* The heap's books vary by a few blocks; a leak would be thousands. */
	ck_assert_uint_le(after.uordblks, before.uordblks + 65536);
}
END_TEST

TCase *fd_tests(void)
{
	TCase *tc = tcase_create("fd");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, last_close_counts, 0, 2);
	tcase_add_loop_test(tc, duplicates_work, 0, 2);
	tcase_add_loop_test(tc, several_descriptors_of_one_map, 0, 2);
	tcase_add_test(tc, a_mapping_keeps_the_map);
	tcase_add_loop_test(tc, descriptors_travel, 0, 2);
	tcase_add_test(tc, forking);
	tcase_add_test(tc, no_watches_left);
	tcase_add_test(tc, more_than_the_queue_holds);
	tcase_add_test(tc, many_threads);
	tcase_add_test(tc, nothing_is_left_behind);
	return tc;
}
