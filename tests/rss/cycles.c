// SPDX-License-Identifier: BSD-2-Clause
/*
 * The library on the running kernel, in one process: attaching and detaching leaves no descriptor,
 * mapping or thread of execution behind, also where it fails; SAs that are gone retire.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <espalier/libbpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dispatcher.h"
#include "rss/attach.h"
#include "rss/status.h"

#define SKIP 77

#define check(cond)                                                                            \
	do {                                                                                   \
		if (!(cond)) {                                                                 \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #cond, e.text); \
			exit(1);                                                               \
		}                                                                              \
	} while (0)

static char dir[] = "/tmp/espalier-rss-XXXXXX";
static struct espalier_error e;

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int count_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	int n = 0;

	while (fgets(line, sizeof(line), f))
		n += strstr(line, "bpf-map") != NULL;
	fclose(f);
	return n;
}

static bool bpffs_is_empty(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/espalier", dir);
	return access(path, F_OK) && errno == ENOENT;
}

static void leave(void)
{
	umount2(dir, MNT_DETACH);
	rmdir(dir);
}

static void enter(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		printf("skipped: no namespaces of one's own: %s\n", strerror(errno));
		exit(SKIP);
	}
	if (!mkdtemp(dir) || mount("bpf", dir, "bpf", 0, NULL)) {
		printf("skipped: no bpf file system: %s\n", strerror(errno));
		exit(SKIP);
	}
	atexit(leave);
	if (system("ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 "
		   "up && "
		   "ip link add v2 type veth peer name v3")) {
		printf("skipped: no veth\n");
		exit(SKIP);
	}
	espalier_set_engine(ESPALIER_ENGINE_KERNEL);
	libbpf_set_print(quiet);
}

static struct rss_attach wish(const char *const *ifaces, u32 nr)
{
	return (struct rss_attach){
		.ifaces = ifaces, .nr_ifaces = nr, .bpffs = dir, .stack = RSS_STACK_OFF};
}

static const char *const two[] = {"v0", "v1"};
static const char *const three[] = {"v0", "v1", "v2"};

static void test_cycles(int rounds)
{
	struct rss_attach a = wish(two, 2), swap = wish(NULL, 0);
	int fds = count_fds(), mappings = count_mappings();
	struct rss_status *st;

	swap.replace = true;
	for (int i = 0; i < rounds; i++) {
		check(!rss_attach(&a, NULL, NULL, &e));
		if (i % 20 == 0) {
			check(!rss_attach(&swap, NULL, NULL, &e));
			check(!rss_switch(dir, RSS_TURN_OFF, &e));
			check(!rss_status_read(dir, &st, &e));
			check(st->nr_ifaces == 2 && st->state == RSS_STATE_OFF);
			rss_status_free(st);
		}
		check(!rss_detach(dir, NULL, 0, NULL, NULL, &e));
		check(bpffs_is_empty());
	}
	check(count_fds() == fds);
	check(count_mappings() == mappings);
}

/* Another program on the last of three. */
static void test_busy(void)
{
	struct rss_attach a = wish(three, 3), one;
	struct rss_status *st;
	int fds = count_fds();

	one = wish(three + 2, 1);
	check(!rss_attach(&one, NULL, NULL, &e));
	check(rss_attach(&a, NULL, NULL, &e) == -EEXIST);
	check(!rss_status_read(dir, &st, &e));
	check(st->nr_ifaces == 1 && !strcmp(st->ifaces[0].record.iface, "v2"));
	rss_status_free(st);
	check(!rss_detach(dir, NULL, 0, NULL, NULL, &e));
	check(bpffs_is_empty());
	check(count_fds() == fds);
}

/* The interface goes after the plan is made and before anything is attached. */
static void remove_v3(const struct rss_plan *plan)
{
	(void)plan;
	if (system("ip link del v3"))
		exit(1);
}

static void test_vanishing(void)
{
	struct rss_attach a = wish(three, 3);
	int fds = count_fds();

	check(rss_attach(&a, remove_v3, NULL, &e) == -ENODEV);
	check(strstr(e.text, "v2"));
	check(bpffs_is_empty());
	/* The same while others are attached already: they stay. */
	a = wish(two, 1);
	check(!system("ip link add v2 type veth peer name v3"));
	check(!rss_attach(&a, NULL, NULL, &e));
	a = wish(three + 1, 2);
	check(rss_attach(&a, remove_v3, NULL, &e) == -ENODEV);
	check(!system("ip link add v2 type veth peer name v3"));
	a.replace = true;
	check(rss_attach(&a, remove_v3, NULL, &e) == -ENODEV);
	struct rss_status *st;

	check(!rss_status_read(dir, &st, &e));
	check(st->nr_ifaces == 1 && st->ifaces[0].attached && st->state == RSS_STATE_ON);
	rss_status_free(st);
	check(!rss_detach(dir, NULL, 0, NULL, NULL, &e));
	check(bpffs_is_empty());
	check(count_fds() == fds);
}

/* No more descriptors at any step: of attaching, of replacing. */
static void test_descriptors(void)
{
	struct rss_attach a = wish(two, 2), swap = wish(NULL, 0);
	int base = count_fds(), failures = 0, err = -1;
	struct rlimit was, now;
	struct rss_status *st;

	check(!getrlimit(RLIMIT_NOFILE, &was));
	for (int more = 0; more < 60 && err; more++) {
		now = (struct rlimit){(rlim_t)(base + more), was.rlim_max};
		setrlimit(RLIMIT_NOFILE, &now);
		err = rss_attach(&a, NULL, NULL, &e);
		setrlimit(RLIMIT_NOFILE, &was);
		check(count_fds() == base);
		check(!err || bpffs_is_empty());
		failures += err != 0;
	}
	check(!err && failures > 10);
	swap.replace = true;
	swap.wish.qsize = 128;
	failures = 0;
	err = -1;
	for (int more = 0; more < 60 && err; more++) {
		now = (struct rlimit){(rlim_t)(base + more), was.rlim_max};
		setrlimit(RLIMIT_NOFILE, &now);
		err = rss_attach(&swap, NULL, NULL, &e);
		setrlimit(RLIMIT_NOFILE, &was);
		check(count_fds() == base);
		check(!rss_status_read(dir, &st, &e));
		check(st->nr_ifaces == 2 && st->ifaces[0].attached && st->ifaces[1].attached);
		check(st->ifaces[0].prog_id == st->prog_id && st->ifaces[1].prog_id == st->prog_id);
		check(err || st->settings.qsize == 128);
		rss_status_free(st);
		failures += err != 0;
	}
	check(!err && failures > 10);
	check(!rss_detach(dir, NULL, 0, NULL, NULL, &e));
	check(bpffs_is_empty());
}

/* As the program would have them after packets of two SAs, one of which is gone. */
static void put_sa(struct rss_instance *in, u32 spi, u64 packets)
{
	struct rss_sa_key key = {.daddr = {0x01020304}, .spi = spi, .family = AF_INET, .proto = 50};
	struct rss_sa sa = {.cpu = 0,
			    .want = 0,
			    .counted = 0,
			    .owner = RSS_NO_CPU,
			    .packets = packets,
			    .bytes = 100 * packets,
			    .fragments = 1,
			    .changes = 2,
			    .last_seen = 1};

	check(!bpf_map_update_elem(in->map[RSS_MAP_SAS], &key, &sa, 0));
	in->cpus[0].sas++;
}

static void test_retire(void)
{
	struct rss_attach a = wish(two, 1);
	struct rss_sad_sa there = {
		.key = {.daddr = {0x01020304}, .spi = 7, .family = AF_INET, .proto = 50}};
	struct rss_sad sad = {.at = &there, .nr = 1};
	struct rss_peer peer = {.family = AF_INET};
	struct rss_retired gone;
	struct rss_instance *in;
	struct rss_pins *pins;

	check(!rss_attach(&a, NULL, NULL, &e));
	check(!rss_pins_open(dir, RSS_CHANGE, &pins, &e));
	check(!rss_instance_open(pins, "cur", &in, &e));
	put_sa(in, 7, 10);
	put_sa(in, 8, 20);
	put_sa(in, 9, 30);
	check(in->cpus[0].sas == 3);
	/* Seen too recently to be forgotten. */
	check(!rss_retire(in, &sad, U64_MAX, &e));
	check(rss_retire(in, &sad, 0, &e) == 2);
	check(in->cpus[0].sas == 1);
	check(!rss_retire(in, &sad, 0, &e));
	rss_instance_close(in);
	check(!rss_instance_open(pins, "cur", &in, &e));
	check(in->meta.retired.sas == 2 && in->meta.retired.packets == 50 &&
	      in->meta.retired.bytes == 5000 && in->meta.retired.fragments == 2 &&
	      in->meta.retired.changes == 4);
	check(!bpf_map_lookup_elem(in->retired_fd, &peer, &gone));
	check(gone.sas == 2 && gone.packets == 50 && gone.changes == 4);
	rss_instance_close(in);
	rss_pins_close(pins);
	/* A program that takes its place goes on with the sums. */
	a.replace = true;
	check(!rss_attach(&a, NULL, NULL, &e));
	check(!rss_pins_open(dir, RSS_CHANGE, &pins, &e));
	check(!rss_instance_open(pins, "cur", &in, &e));
	gone.packets = 0;
	check(!bpf_map_lookup_elem(in->retired_fd, &peer, &gone) && gone.packets == 50);
	check(in->meta.retired.packets == 50);
	rss_instance_close(in);
	rss_pins_close(pins);
	check(!rss_detach(dir, NULL, 0, NULL, NULL, &e));
}

static u32 programs_on(const char *name)
{
	struct rss_device dev;

	check(!rss_device_read(name, &dev, &e));
	return dev.prog_id;
}

static void test_stacked(void)
{
	struct rss_attach a = wish(two, 2), swap = wish(NULL, 0);
	struct rss_status *st;

	a.stack = RSS_STACK_ON;
	swap.replace = true;
	check(!rss_attach(&a, NULL, NULL, &e));
	for (int i = 0; i < 3; i++) {
		check(!rss_status_read(dir, &st, &e));
		check(st->nr_ifaces == 2 && st->ifaces[0].record.dispatched);
		check(st->ifaces[0].attached && st->ifaces[1].attached);
		rss_status_free(st);
		check(!rss_attach(&swap, NULL, NULL, &e));
	}
	check(!rss_detach(dir, two, 1, NULL, NULL, &e));
	check(!programs_on("v0") && programs_on("v1"));
	check(!rss_detach(dir, NULL, 0, NULL, NULL, &e));
	check(!programs_on("v1"));
	check(bpffs_is_empty());
}

/* Behind libxdp's dispatcher where the kernel can; else libxdp must leave nothing behind. */
static void test_dispatcher(void)
{
	struct rss_prog_options o = {.nr_cpus = rss_nr_cpus(), .lookup = RSS_LOOKUP_KFUNC};
	struct rss_attach a = wish(two, 2);
	struct rss_device dev;
	struct rss_kernel kernel;

	if (mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL)) {
		printf("no bpf file system at /sys/fs/bpf: the dispatcher is not tried\n");
		return;
	}
	rss_kernel_probe(&kernel);
	if (kernel.dispatcher) {
		test_stacked();
		return;
	}
	printf("the kernel has no BPF_PROG_TYPE_EXT: the dispatcher is tried in vain only\n");
	a.stack = RSS_STACK_ON;
	check(rss_attach(&a, NULL, NULL, &e) == -EOPNOTSUPP);
	check(bpffs_is_empty());
	check(!rss_device_read("v0", &dev, &e));
	check(rss_dispatcher_attach(&o, &dev, RSS_MODE_AUTO, &e));
	check(!programs_on("v0"));
	check(!rss_dispatcher_has(dev.ifindex, 1));
	check(!rss_dispatcher_detach("v0", dev.ifindex, 1, &e));
}

/* A kernel that lets nobody trace: the rest works, and status says so. For the rest of the process.
 */
static void test_untraced(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_RAW_TRACEPOINT_OPEN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {ARRAY_SIZE(code), code};
	struct rss_attach a = wish(two, 2);
	struct rss_status *st;
	bool said = false;

	check(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	check(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
	check(!rss_attach(&a, NULL, NULL, &e));
	check(!rss_status_read(dir, &st, &e));
	check(!st->queues_watched);
	for (u32 i = 0; i < st->advice.nr; i++)
		said |= strstr(st->advice.at[i].text, "queues are not watched") != NULL;
	check(said);
	rss_status_free(st);
	a.replace = true;
	check(!rss_attach(&a, NULL, NULL, &e));
	check(!rss_detach(dir, NULL, 0, NULL, NULL, &e));
	check(bpffs_is_empty());
}

static bool permitted(void)
{
	struct rss_attach a = wish(two, 2);
	int err = rss_attach(&a, NULL, NULL, &e);

	if (err == -EPERM || err == -EOPNOTSUPP)
		return false;
	check(!err);
	check(!rss_detach(dir, NULL, 0, NULL, NULL, &e));
	return true;
}

/* [ROUNDS]: an emulated machine has not the time for 200. */
int main(int argc, char **argv)
{
	enter();
	if (!permitted()) {
		printf("skipped: %s\n", e.text);
		return SKIP;
	}
	test_cycles(argc > 1 ? atoi(argv[1]) : 200);
	test_busy();
	test_vanishing();
	test_descriptors();
	test_retire();
	test_dispatcher();
	test_untraced();
	return 0;
}
