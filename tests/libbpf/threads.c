// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <espalier/bpf.h>

#include "base/rcu.h"
#include "object/object.h"

/*
 * Any thread, any time: some load and close, some run one program that all share, some read and
 * write its maps, some walk the ids and open what they find. Interesting under ThreadSanitizer; the
 * counters must add up under any.
 */
#define THREADS 6
#define ROUNDS	1000
#define REPEAT	20

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})

static int array_fd, hash_fd, shared_prog;
static int failed;
static pthread_barrier_t all_done;

static void complain(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-err));
	__atomic_store_n(&failed, 1, __ATOMIC_RELAXED);
}

/* Adds 1 to element 0 of the array. */
static int load_counter(void)
{
	struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, array_fd),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_PASS),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "counter", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
}

static void run(int prog)
{
	unsigned char packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = REPEAT);
	int err = bpf_prog_test_run_opts(prog, &opts);

	if (err || opts.retval != XDP_PASS)
		complain("run", err);
}

static void load_and_close(void)
{
	int prog = load_counter();

	if (prog < 0) {
		complain("load", prog);
		return;
	}
	run(prog);
	close(prog);
}

static void use_maps(unsigned int seed)
{
	__u32 key = seed % 64;
	__u64 value = seed, out[2];
	int err = bpf_map_update_elem(hash_fd, &key, &value, BPF_ANY);

	if (err)
		complain("update", err);
	bpf_map_lookup_elem(hash_fd, &key, out);
	key = seed * 7 % 64;
	bpf_map_delete_elem(hash_fd, &key);
}

static void walk_ids(void)
{
	struct bpf_prog_info info;
	__u32 id = 0, len;
	int fd;

	while (!bpf_prog_get_next_id(id, &id)) {
		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0)
			continue; /* gone meanwhile */
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (bpf_obj_get_info_by_fd(fd, &info, &len) || info.id != id)
			complain("info", -errno);
		close(fd);
	}
}

static void *work(void *arg)
{
	unsigned int me = (unsigned int)(size_t)arg;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		run(shared_prog);
		switch ((me + i) % 3) {
		case 0:
			load_and_close();
			break;
		case 1:
			use_maps(me * ROUNDS + i);
			break;
		default:
			walk_ids();
		}
	}
	/* Stay: nobody may wait for this thread's end. */
	pthread_barrier_wait(&all_done);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	__u32 key = 0;
	__u64 count = 0, expected = 0;

	/* Fewer than threads: a CPU is held for a run, not for a thread's life. */
	if (espalier_set_cpus(THREADS / 2))
		return 1;
	array_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "count", 4, 8, 1, NULL);
	hash_fd = bpf_map_create(BPF_MAP_TYPE_HASH, "values", 4, 8, 64, NULL);
	shared_prog = load_counter();
	if (array_fd < 0 || hash_fd < 0 || shared_prog < 0) {
		perror("set-up");
		return 1;
	}
	pthread_barrier_init(&all_done, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)i);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int me = 0; me < THREADS; me++) {
		for (unsigned int i = 0; i < ROUNDS; i++)
			expected += REPEAT * (1 + ((me + i) % 3 == 0));
	}
	bpf_map_lookup_elem(array_fd, &key, &count);
	if (count != expected) {
		fprintf(stderr, "%llu runs counted, %llu made\n", (unsigned long long)count,
			(unsigned long long)expected);
		failed = 1;
	}
	close(shared_prog);
	close(hash_fd);
	close(array_fd);
	key = 0;
	while (!bpf_map_get_next_id(key, &key))
		;
	rcu_quiesce();
	if (object_count(OBJECT_MAP) || object_count(OBJECT_PROG)) {
		fprintf(stderr, "%u maps, %u programs left\n", object_count(OBJECT_MAP),
			object_count(OBJECT_PROG));
		failed = 1;
	}
	return failed;
}
