// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <espalier/host.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/vcpu.h"
#include "fd.h"

/* Perf events and ring buffers: what wakes whom, without libbpf. */
static const struct perf_event_attr bpf_output = {
	.type = PERF_TYPE_SOFTWARE,
	.config = PERF_COUNT_SW_BPF_OUTPUT,
	.sample_type = PERF_SAMPLE_RAW,
	.sample_period = 1,
	.wakeup_events = 1,
};

static int open_event(int cpu)
{
	engine_use(ENGINE_OURS);
	return espalier_perf_event_open(&bpf_output, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

START_TEST(perf_attributes)
{
	struct perf_event_attr attr = bpf_output;

	engine_use(ENGINE_OURS);
	ck_assert_int_eq(espalier_perf_event_open(NULL, -1, 0, -1, 0), -EFAULT);
	ck_assert_int_eq(espalier_perf_event_open(&attr, 0, 0, -1, 0), -EINVAL);
	ck_assert_int_eq(espalier_perf_event_open(&attr, -1, -1, -1, 0), -EINVAL);
	ck_assert_int_eq(espalier_perf_event_open(&attr, -1, (int)vcpu_count(), -1, 0), -EINVAL);
	ck_assert_int_eq(espalier_perf_event_open(&attr, -1, 0, 3, 0), -EINVAL);
	attr.sample_type |= PERF_SAMPLE_TIME;
	ck_assert_int_eq(espalier_perf_event_open(&attr, -1, 0, -1, 0), -EOPNOTSUPP);
	/* Other events are the kernel's. */
	attr.config = PERF_COUNT_SW_CPU_CLOCK;
	ck_assert_int_eq(espalier_perf_event_open(&attr, -1, 0, -1, 0), -ENOSYS);
}
END_TEST

START_TEST(perf_mapping)
{
	int fd = open_event(0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(espalier_mmap_prepare(fd, 4096, 0), -EINVAL);
	ck_assert_int_eq(espalier_mmap_prepare(fd, 4096 * 4, 0), -EINVAL);
	ck_assert_int_eq(espalier_mmap_prepare(fd, 4096 * 3, 4096), -EINVAL);
	ck_assert_int_eq(espalier_mmap_prepare(fd, 4096 * 3, 0), 0);
	ck_assert_int_eq(espalier_mmap_prepare(fd, 4096 * 3, 0), 0);
	ck_assert_int_eq(espalier_mmap_prepare(fd, 4096 * 5, 0), -EINVAL);
	ck_assert_int_eq(espalier_mmap_prepare(STDOUT_FILENO, 4096, 0), -ENOSYS);
	ck_assert_int_eq(espalier_mmap_prepare(-1, 4096, 0), -ENOSYS);
}
END_TEST

START_TEST(perf_ioctls)
{
	int fd = open_event(0);

	ck_assert_int_eq(espalier_ioctl(fd, PERF_EVENT_IOC_DISABLE, 0), 0);
	ck_assert_int_eq(espalier_ioctl(fd, PERF_EVENT_IOC_ENABLE, 0), 0);
	ck_assert_int_eq(espalier_ioctl(fd, PERF_EVENT_IOC_SET_FILTER, 0), -ENOTTY);
	ck_assert_int_eq(espalier_ioctl(STDOUT_FILENO, FIONREAD, 0), -ENOSYS);
}
END_TEST

/* An event lives as long as its descriptor, its mapping, or the map it was put into. */
START_TEST(perf_lifetime)
{
	union attr attr = {0};
	int fd = open_event(0), map;
	u32 key = 0;
	void *p;

	map = make_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, vcpu_count(), 0);
	ck_assert_int_ge(map, 0);
	attr.uapi.map_fd = (u32)map;
	attr.uapi.key = ptr(&key);
	attr.uapi.value = ptr(&fd);
	ck_assert_int_eq(bpf(BPF_MAP_UPDATE_ELEM, &attr), 0);
	ck_assert_int_eq(espalier_mmap_prepare(fd, 8192, 0), 0);
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	close(fd);
	close(map);
	fd_collect();
	rcu_quiesce();
	ck_assert_uint_eq(object_count(OBJECT_MAP), 0);
	ck_assert_uint_eq(object_count(OBJECT_PERF), 1);
	munmap(p, 8192);
	fd_collect();
	ck_assert_uint_eq(object_count(OBJECT_PERF), 0);
}
END_TEST

static int ring_writer(int map)
{
	return LOAD(BPF_PROG_TYPE_XDP, INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, 7),
		    LD_MAP(1, map), MOV_X(2, 10), INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -8),
		    MOV_K(3, 8), MOV_K(4, 0), CALL(BPF_FUNC_ringbuf_output), EXIT());
}

static void run_once(int prog)
{
	u8 packet[64] = {0};
	union attr attr = {.uapi.test = {.prog_fd = (u32)prog,
					 .data_in = ptr(packet),
					 .data_size_in = sizeof(packet)}};

	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_uint_eq(attr.uapi.test.retval, 0);
}

static int ready(int epfd)
{
	struct epoll_event event;

	espalier_epoll_settle();
	return epoll_wait(epfd, &event, 1, 0);
}

START_TEST(ring_readiness)
{
	struct epoll_event event = {.events = EPOLLIN};
	int map, prog, epfd = epoll_create1(EPOLL_CLOEXEC), waitable;
	u64 *consumer, *producer;

	engine_use(ENGINE_OURS);
	map = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0);
	prog = ring_writer(map);
	ck_assert_int_ge(prog, 0);
	consumer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	producer = mmap(NULL, 4096 + 2 * 4096, PROT_READ, MAP_SHARED, map, 4096);
	ck_assert_ptr_ne(consumer, MAP_FAILED);
	ck_assert_ptr_ne(producer, MAP_FAILED);
	run_once(prog);
	/* Written before anybody waited. */
	waitable = espalier_epoll_fd(map);
	ck_assert_int_ge(waitable, 0);
	ck_assert_int_eq(epoll_ctl(epfd, EPOLL_CTL_ADD, waitable, &event), 0);
	ck_assert_int_eq(ready(epfd), 1);
	ck_assert_int_eq(ready(epfd), 1);
	*consumer = *producer;
	ck_assert_int_eq(ready(epfd), 0);
	run_once(prog);
	run_once(prog);
	ck_assert_int_eq(ready(epfd), 1);
	*consumer += 16;
	ck_assert_int_eq(ready(epfd), 1);
	*consumer += 16;
	ck_assert_int_eq(ready(epfd), 0);
	ck_assert_int_eq(espalier_epoll_fd(map), waitable);
	ck_assert_int_eq(espalier_epoll_fd(make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0)), -ENOSYS);
}
END_TEST

START_TEST(cpu_files)
{
	char text[32] = "", expected[32];
	int fd;

	engine_use(ENGINE_OURS);
	ck_assert_int_eq(vcpu_set_count(3), 0);
	ck_assert_int_eq(espalier_open("/etc/passwd"), -ENOSYS);
	for (u32 i = 0; i < 2; i++) {
		fd = espalier_open(i ? "/sys/devices/system/cpu/possible"
				     : "/sys/devices/system/cpu/online");
		ck_assert_int_ge(fd, 0);
		ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
		snprintf(expected, sizeof(expected), "0-%u\n", vcpu_count() - 1);
		ck_assert_str_eq(text, expected);
		close(fd);
	}
}
END_TEST

TCase *wait_tests(void)
{
	TCase *tc = tcase_create("wait");

	tcase_add_test(tc, perf_attributes);
	tcase_add_test(tc, perf_mapping);
	tcase_add_test(tc, perf_ioctls);
	tcase_add_test(tc, perf_lifetime);
	tcase_add_test(tc, ring_readiness);
	tcase_add_test(tc, cpu_files);
	return tc;
}
