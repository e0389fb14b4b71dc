// SPDX-License-Identifier: BSD-2-Clause
/*
 * SAs are deleted and added under programs that look at them, with their references counted and
 * not, in the interpreter and as machine code. Freed memory is taken away (arena_guard), so that
 * whoever touches a state too late ends the test. ThreadSanitizer, which does not see into machine
 * code, watches the interpreter, and there memory is used again. In the end every reference is
 * accounted for.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <espalier/libbpf.h>
#include <espalier/sad.h>
#include <espalier/xdp.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "exec/prog.h"
#include "facts.h"
#include "handle.h"
#include "sad/sad.h"

enum {
	SPIS = 300,
	ROUNDS = 80,
	WATCHERS = 4
};

#define CHECK(expr)                                                                \
	do {                                                                       \
		if (!(expr)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #expr); \
			abort();                                                   \
		}                                                                  \
	} while (0)

struct watcher {
	const char *program;
	enum espalier_exec exec;
	struct bpf_object *obj;
	int fd;
	pthread_t thread;
	unsigned int cpu;
};

static struct watcher watchers[WATCHERS] = {
	{"elided", ESPALIER_EXEC_INTERP},
	{"elided", ESPALIER_EXEC_DEFAULT},
	{"elided", ESPALIER_EXEC_DEFAULT},
	{"counted", ESPALIER_EXEC_DEFAULT},
};
static struct sad *sad;
static u32 stop;
static u64 runs;

static struct sad_key key_of(u32 spi)
{
	struct sad_key key = {.spi = htonl(spi), .family = AF_INET, .proto = IPPROTO_ESP};

	key.daddr.a4 = htonl(0x0a000002);
	return key;
}

static void add(u32 spi)
{
	struct sad_key key = key_of(spi);
	struct xfrm_state *x;
	struct sad_spec spec;

	sad_spec_init(&spec);
	spec.id = (struct xfrm_id){key.daddr, key.spi, key.proto};
	spec.reqid = spi;
	spec.replay_window = 64 + spi % 64;
	spec.flags = XFRM_STATE_ESN;
	spec.has_encap = spi % 2;
	spec.encap.encap_type = (u16)(spi % 5);
	CHECK(!sad_state_new(&spec, sad_netns(sad, 0), &x));
	CHECK(!sad_insert(sad, x));
}

static void *watch(void *arg)
{
	const struct watcher *w = arg;
	struct espalier_xdp *xdp;
	u64 random = w->cpu + 1;

	CHECK(!espalier_lease_cpu((int)w->cpu));
	CHECK(!espalier_xdp_new(w->fd, 64, &xdp));
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		__be32 packet[16] = {0};
		struct espalier_verdict verdict;

		random = hash_u64(random, 7);
		packet[0] = htonl(1 + (u32)random % SPIS);
		packet[1] = htonl(1 + (u32)(random >> 32) % SPIS);
		CHECK(!espalier_xdp_run(xdp, packet, sizeof(packet), NULL, &verdict));
		CHECK(verdict.action == XDP_PASS);
		__atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
	}
	espalier_xdp_free(xdp);
	espalier_lease_cpu(-1);
	return NULL;
}

static bool is_elided(int fd)
{
	struct facts facts;
	struct prog *prog;
	bool elided = true;

	CHECK(!prog_from_fd(fd, &prog) && !facts_find(prog, &facts));
	CHECK(facts.nr_lookups == 2);
	for (u32 i = 0; i < facts.nr_lookups; i++)
		elided &= facts.insn[facts.lookups[i].insn] & FACT_UNCOUNTED;
	facts_free(&facts);
	prog_put(prog);
	return elided;
}

static int complain(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

static void load(struct watcher *w, const char *path)
{
	const struct bpf_program *prog;

	CHECK(!espalier_set_exec(w->exec));
	w->obj = bpf_object__open(path);
	CHECK(w->obj && !bpf_object__load(w->obj));
	prog = bpf_object__find_program_by_name(w->obj, w->program);
	CHECK(prog);
	w->fd = bpf_program__fd(prog);
	CHECK(is_elided(w->fd) == !strcmp(w->program, "elided"));
}

static void remove_all(u32 round)
{
	for (u32 i = 0; i < SPIS; i++) {
		struct sad_id id = {.key = key_of(1 + i * 7 % SPIS)};

		CHECK(!sad_delete(sad, &id));
		/* Some come back at once, some all together. */
		if ((i + round) % 3)
			add(1 + i * 7 % SPIS);
	}
	for (u32 i = 0; i < SPIS; i++) {
		if (!((i + round) % 3))
			add(1 + i * 7 % SPIS);
	}
}

/* So that memory is freed while they look, and not only in the end. */
static void let_them_run(void)
{
	u64 until = __atomic_load_n(&runs, __ATOMIC_RELAXED) + 8;

	while (__atomic_load_n(&runs, __ATOMIC_RELAXED) < until)
		usleep(100);
}

/* A touch that is too late, as it would be if states were freed under a program. */
static void check_guard(void)
{
#ifndef RCU_TSAN
	struct sad_id id = {.key = key_of(1)};
	struct xfrm_state *x;
	pid_t child;
	int status;

	rcu_enter();
	x = sad_peek(sad, &id.key, 0);
	CHECK(x && x->props.reqid == 1);
	rcu_leave();
	CHECK(!sad_delete(sad, &id));
	rcu_quiesce();
	child = fork();
	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		_exit(x->props.reqid != 1);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	add(1);
#endif
}

static u64 total_found(const struct watcher *w)
{
	int fd = bpf_object__find_map_fd_by_name(w->obj, ".bss");
	u32 zero = 0;
	u64 n = 0;

	CHECK(fd >= 0 && !bpf_map_lookup_elem(fd, &zero, &n));
	return n;
}

/* What the process makes at its first run stays: devices, say. */
static void warm_up(void)
{
	static const u8 packet[64];
	struct espalier_verdict verdict;
	struct espalier_xdp *xdp;

	CHECK(!espalier_xdp_new(watchers[0].fd, sizeof(packet), &xdp));
	CHECK(!espalier_xdp_run(xdp, packet, sizeof(packet), NULL, &verdict));
	espalier_xdp_free(xdp);
	espalier_lease_cpu(-1);
	rcu_quiesce();
}

int main(int argc, char **argv)
{
	size_t in_use;

	CHECK(argc == 2);
	libbpf_set_print(complain);
#ifndef RCU_TSAN
	arena_guard = true;
#endif
	CHECK(!espalier_set_cpus(WATCHERS + 1));
	for (u32 i = 0; i < WATCHERS; i++) {
		watchers[i].cpu = i;
#ifdef RCU_TSAN
		watchers[i].exec = ESPALIER_EXEC_INTERP;
#endif
		load(&watchers[i], argv[1]);
	}
	warm_up();
	in_use = arena_in_use();
	CHECK(!sad_new(&sad));
	espalier_set_sad((struct espalier_sad *)sad);
	for (u32 spi = 1; spi <= SPIS; spi++)
		add(spi);
	check_guard();
	for (u32 i = 0; i < WATCHERS; i++)
		CHECK(!pthread_create(&watchers[i].thread, NULL, watch, &watchers[i]));
	for (u32 round = 0; round < ROUNDS; round++) {
		remove_all(round);
		let_them_run();
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (u32 i = 0; i < WATCHERS; i++)
		pthread_join(watchers[i].thread, NULL);
	for (const struct xfrm_state *x = sad->oldest; x; x = sad_state_at(x->newer))
		CHECK(x->refcnt.refs.counter == 1);
	espalier_set_sad(NULL);
	sad_free(sad);
	rcu_quiesce();
	CHECK(arena_in_use() == in_use);
	for (u32 i = 0; i < WATCHERS; i++) {
		CHECK(total_found(&watchers[i]));
		bpf_object__close(watchers[i].obj);
	}
	printf("%llu runs\n", (unsigned long long)runs);
	return 0;
}
