// SPDX-License-Identifier: BSD-2-Clause
#include "rss/doctor.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

/* A machine with which nothing is wrong; each test spoils one thing of it. */
static struct rss_facts facts;
static struct rss_device_facts device;
static struct rss_sad_sa sas[16];
static struct rss_status status;
static struct rss_iface_status iface;
static struct rss_diagnosis diagnosis;

static void set(struct rss_cpuset *s, u32 from, u32 to)
{
	*s = (struct rss_cpuset){0};
	for (u32 i = from; i <= to; i++)
		rss_cpuset_add(s, i);
}

static void setup(void)
{
	device = (struct rss_device_facts){
		.dev = {.name = "eth0",
			.ifindex = 2,
			.driver = "ice",
			.mtu = 1500,
			.up = true,
			.channels = 4,
			.max_channels = 8,
			.xdp_known = true,
			.xdp_features = RSS_XDP_BASIC | RSS_XDP_REDIRECT | RSS_XDP_RX_SG},
		.rps_seen = true,
	};
	set(&device.placement.near, 0, 3);
	set(&device.placement.chosen, 0, 3);
	memset(sas, 0, sizeof(sas));
	for (u32 i = 0; i < 4; i++)
		sas[i] = (struct rss_sad_sa){
			.key = {.daddr = {htonl(0xc0000201)},
				.spi = htonl(0x1000 + i),
				.family = AF_INET,
				.proto = IPPROTO_ESP},
			.saddr = {htonl(0xc0000202)},
			.reqid = 1,
			.pcpu_num = i,
			.inbound = true,
			.esn = true,
			.replay_window = 4096,
			.packets = 50000,
			.bytes = 50000000,
			.added = 1000,
		};
	facts = (struct rss_facts){
		.kernel = {.release = "6.18.0",
			   .root = true,
			   .has = {true, true, true, true},
			   .bpf = RSS_YES,
			   .cpumap = RSS_YES,
			   .raw_tracepoint = RSS_YES,
			   .jit = RSS_YES,
			   .gro = RSS_YES,
			   .xfrm = RSS_YES,
			   .esp = {RSS_MODULE_THERE, RSS_MODULE_LOADABLE},
			   .bpffs = RSS_YES,
			   .bpffs_dir = "/sys/fs/bpf"},
		.dev = &device,
		.nr_dev = 1,
		.nr_cpus = 4,
		.now = 1100,
		.sad_read = true,
		.sad = {sas, 4},
	};
	set(&facts.online, 0, 3);
	iface = (struct rss_iface_status){
		.record = {.ifindex = 2, .iface = "eth0"}, .attached = true, .asked = true};
	iface.prog_id = 77;
	status = (struct rss_status){
		.state = RSS_STATE_ON,
		.settings = {.policy = RSS_BALANCE,
			     .nr_cpus = 4,
			     .cpus = {0, 1, 2, 3},
			     .qsize = 2048},
		.ifaces = &iface,
		.nr_ifaces = 1,
	};
}

static void teardown(void)
{
	rss_diagnosis_free(&diagnosis);
}

static void attached(void)
{
	facts.st = &status;
	device.dev.prog_id = 77;
	device.dev.prog_mode = RSS_MODE_NATIVE;
}

static void judge(void)
{
	rss_diagnosis_free(&diagnosis);
	ck_assert_int_eq(rss_doctor_judge(&facts, &diagnosis), 0);
}

static const struct rss_symptom *find(const char *check)
{
	for (u32 i = 0; i < diagnosis.nr; i++) {
		if (!strcmp(diagnosis.at[i].check, check))
			return &diagnosis.at[i];
	}
	return NULL;
}

/* What judging says of it, which is nothing else than it says of a machine in health. */
static const struct rss_symptom *expect(enum rss_severity severity, const char *check,
					const char *what, const char *mend)
{
	const struct rss_symptom *s;

	judge();
	s = find(check);
	ck_assert_msg(s != NULL, "no finding %s", check);
	ck_assert_msg(s->severity == severity, "%s is %s", check, rss_severity_name(s->severity));
	ck_assert_msg(strstr(s->what, what) || strstr(s->why, what), "%s: \"%s\", \"%s\"", check,
		      s->what, s->why);
	ck_assert_msg(!*mend ? !s->mend[0] : strstr(s->mend, mend) != NULL, "%s: mended by \"%s\"",
		      check, s->mend);
	/* Nothing was cut off. */
	ck_assert_uint_lt(strlen(s->what), sizeof(s->what) - 1);
	ck_assert_uint_lt(strlen(s->why), sizeof(s->why) - 1);
	ck_assert_uint_lt(strlen(s->mend), sizeof(s->mend) - 1);
	for (u32 i = 0; i < diagnosis.nr; i++) {
		const struct rss_symptom *other = &diagnosis.at[i];

		if (severity != RSS_OK && other->severity > severity)
			ck_abort_msg("%s besides: %s", other->check, other->what);
	}
	return s;
}

static void silent(const char *check)
{
	judge();
	ck_assert_msg(!find(check), "%s: %s", check, find(check) ? find(check)->what : "");
}

START_TEST(health)
{
	judge();
	for (u32 i = 0; i < diagnosis.nr; i++)
		ck_assert_msg(diagnosis.at[i].severity <= RSS_NOTE, "%s", diagnosis.at[i].what);
	/* That ice restarts its queues. */
	ck_assert_uint_eq(diagnosis.count[RSS_NOTE], 1);
	expect(RSS_OK, "kernel", "kfunc with owners, CPUMAP, GRO", "");
	expect(RSS_OK, "device", "native XDP with jumbo frames, MTU 1500, 4 queues", "");
	expect(RSS_OK, "sas", "4 come in, 4 of them", "");
	attached();
	expect(RSS_OK, "steering", "on, at 1 interface", "");
	ck_assert_uint_eq(diagnosis.count[RSS_WARNING] + diagnosis.count[RSS_PROBLEM], 0);
}
END_TEST

START_TEST(kernel)
{
	facts.kernel.bpf = RSS_NO;
	expect(RSS_PROBLEM, "permission", "Nothing can be attached", "CAP_BPF");
	/* Without root, it is merely not seen. */
	facts.kernel.root = false;
	silent("permission");
	setup();
	facts.kernel.has = (struct rss_kernel){0};
	expect(RSS_PROBLEM, "btf", "cannot be loaded", "CONFIG_DEBUG_INFO_BTF");
	silent("lookup");
	setup();
	facts.kernel.cpumap = RSS_NO;
	expect(RSS_PROBLEM, "cpumap", "another CPU", "kernel");
	setup();
	facts.kernel.jit = RSS_NO;
	expect(RSS_PROBLEM, "jit", "compiled programs only", "bpf_jit_enable=1");
	facts.kernel.has.kfunc = false;
	judge();
	ck_assert_int_eq(find("jit")->severity, RSS_WARNING);
	setup();
	facts.kernel.bpffs = RSS_NO;
	expect(RSS_PROBLEM, "bpffs", "outlives", "mount -t bpf bpf /sys/fs/bpf");
	setup();
	facts.kernel.has.kfunc = false;
	expect(RSS_WARNING, "lookup", "new SAs are not steered", "espalier rss daemon");
	setup();
	facts.kernel.has.pcpu_num = false;
	expect(RSS_NOTE, "owners", "no owning CPU", "6.13");
	setup();
	facts.kernel.xfrm = RSS_NO;
	expect(RSS_PROBLEM, "xfrm", "no SAs to steer by", "CONFIG_XFRM_USER");
	setup();
	facts.kernel.esp[1] = RSS_MODULE_ABSENT;
	expect(RSS_WARNING, "esp", "no ESP for IPv6:", "CONFIG_INET6_ESP");
	facts.kernel.esp[0] = RSS_MODULE_ABSENT;
	expect(RSS_WARNING, "esp", "IPv4 and IPv6", "CONFIG_INET_ESP");
	setup();
	facts.kernel.raw_tracepoint = RSS_NO;
	expect(RSS_NOTE, "tracing", "not watched", "");
	setup();
	facts.kernel.confidential = true;
	expect(RSS_NOTE, "tracing", "confidentiality", "");
	setup();
	facts.kernel.has.dispatcher = false;
	expect(RSS_NOTE, "dispatcher", "one XDP program", "");
	setup();
	facts.kernel.gro = RSS_NO;
	expect(RSS_NOTE, "gro", "no GRO", "6.15");
	/* What could not be asked is no finding. */
	facts.kernel.gro = RSS_UNSEEN;
	silent("gro");
}
END_TEST

START_TEST(preflight)
{
	device.dev.rx_vlan = true;
	device.dev.nr_vlans = 1;
	expect(RSS_PROBLEM, "driver", "would lose it", "ethtool -K eth0 rxvlan off");
	setup();
	device.dev.lro = true;
	expect(RSS_PROBLEM, "driver", "It joins frames to larger ones than XDP takes.",
	       "ethtool -K eth0 lro off");
	setup();
	device.dev.mtu = 9000;
	device.dev.xdp_features &= ~(u64)RSS_XDP_RX_SG;
	expect(RSS_PROBLEM, "driver", "MTU 9000", "ip link set dev eth0 mtu 3498");
	setup();
	device.dev.xdp_features = 0;
	expect(RSS_WARNING, "driver", "costs most of what", "");
	setup();
	device.dev.up = false;
	expect(RSS_WARNING, "driver", "Nothing comes in.", "");
	setup();
	strcpy(device.dev.driver, "ena");
	device.dev.channels = 8;
	expect(RSS_PROBLEM, "driver", "8 of 8 channels", "ethtool -L eth0 combined 4");
}
END_TEST

START_TEST(programs)
{
	device.dev.prog_id = 9;
	strcpy(device.dev.prog_name, "firewall");
	expect(RSS_PROBLEM, "program", "id 9 (firewall)", "ip link set dev eth0 xdp off");
	expect(RSS_PROBLEM, "program", "both run", "xdp off");
	facts.kernel.has.dispatcher = false;
	expect(RSS_PROBLEM, "program", "cannot run both", "xdp off");
	setup();
	device.dev.prog_id = 9;
	strcpy(device.dev.prog_name, "xdp_dispatcher");
	expect(RSS_NOTE, "program", "beside", "");
	device.dev.prog_name[0] = '\0';
	expect(RSS_PROBLEM, "program", "id 9 (its name", "xdp off");
	facts.kernel.bpf = RSS_NO;
	facts.kernel.root = false;
	expect(RSS_NOTE, "program", "without root", "");
	setup();
	attached();
	silent("program");
}
END_TEST

START_TEST(hardware)
{
	device.dev.spi_hash4 = true;
	expect(RSS_NOTE, "spi-hash", "ESP of IPv4 over its 4 queues", "");
	device.dev.spi_hash6 = true;
	expect(RSS_NOTE, "spi-hash", "IPv4 and IPv6", "");
	device.dev.channels = 1;
	silent("spi-hash");
	setup();
	device.dev.ntuple_possible = true;
	expect(RSS_NOTE, "ntuple", "rule per SA",
	       "ethtool -K eth0 ntuple on; ethtool -N eth0 flow-type esp4");
	device.dev.ntuple = true;
	expect(RSS_NOTE, "ntuple", "rule per SA", "ethtool -N eth0 flow-type esp4 spi SPI action");
	strcpy(device.dev.driver, "virtio_net");
	silent("ntuple");
	setup();
	device.dev.esp_offload = true;
	expect(RSS_NOTE, "offload", "decided packet by packet", "");
}
END_TEST

START_TEST(interference)
{
	device.rps = 2;
	strcpy(device.rps_text, "f");
	expect(RSS_PROBLEM, "rps", "undoes the steering", "queues/rx-*/rps_cpus; do echo 0");
	setup();
	set(&device.placement.interrupts, 1, 1);
	expect(RSS_WARNING, "irq", "all interrupts of 4 queues are on CPU 1", "smp_affinity_list");
	device.dev.channels = 1;
	silent("irq");
	setup();
	attached();
	facts.irqbalance = true;
	set(&device.placement.interrupts, 0, 1);
	set(&device.placement.chosen, 2, 3);
	status.settings.cpus[0] = 2;
	status.settings.cpus[1] = 3;
	status.settings.nr_cpus = 2;
	expect(RSS_NOTE, "irqbalance", "interrupts onto CPUs", "IRQBALANCE_BANNED_CPULIST=2-3");
	silent("policy-irq");
}
END_TEST

START_TEST(policy)
{
	attached();
	set(&device.placement.interrupts, 0, 0);
	device.dev.channels = 1;
	/* There is no better choice. */
	silent("policy-irq");
	set(&device.placement.chosen, 1, 3);
	expect(RSS_WARNING, "policy-irq", "interrupts: 0", "--replace --cpus 1-3");
	setup();
	attached();
	device.placement.node = 1;
	set(&device.placement.near, 2, 3);
	set(&device.placement.chosen, 2, 3);
	expect(RSS_WARNING, "policy-node", "node than the NIC: 0-1", "--cpus 2-3");
	setup();
	attached();
	set(&device.placement.isolated, 3, 3);
	set(&device.placement.chosen, 0, 2);
	expect(RSS_NOTE, "policy-isolated", "isolated: 3", "--cpus 0-2");
	/* A fixed CPU is somebody's decision. */
	status.settings.policy = RSS_FIXED;
	silent("policy-isolated");
	setup();
	set(&facts.online, 0, 0);
	facts.nr_dev = 0;
	expect(RSS_WARNING, "one-cpu", "nothing to spread", "");
	setup();
	set(&facts.offline, 4, 5);
	expect(RSS_NOTE, "offline", "offline: 4-5", "echo 1");
}
END_TEST

START_TEST(advice)
{
	attached();
	rss_find(&status.advice, RSS_WARNS, "espalier rss attach --replace --qsize 4096",
		 "CPU 1: 7 packets found its queue of 2048 full and were dropped");
	expect(RSS_WARNING, "queue-full", "found its queue", "--qsize 4096");
	status.advice.nr = 0;
	facts.sad.nr = 1;
	rss_find(&status.advice, RSS_SAYS, NULL, "SPI 1: One SA is one CPU");
	expect(RSS_NOTE, "steering", "SPI 1", "");
	silent("single");
	facts.sad.nr = 4;
	status.advice.nr = 0;
	rss_find(&status.advice, RSS_SAYS, NULL, "it has no colon");
	expect(RSS_NOTE, "steering", "it has no colon", "");
	status.state = RSS_STATE_OFF;
	rss_find(&status.advice, RSS_WARNS, "espalier rss on",
		 "steering is off: everything passes");
	expect(RSS_WARNING, "switch", "steering is off", "espalier rss on");
}
END_TEST

START_TEST(owners)
{
	sas[3].pcpu_num = 9;
	sas[2].pcpu_num = 8;
	expect(RSS_WARNING, "owner-beyond",
	       "2 belong to a CPU that this machine has not: SPI 0x00001002 from "
	       "192.0.2.2 and 1 more (CPU 8 of 4)",
	       "IKE");
	setup();
	set(&facts.online, 0, 2);
	expect(RSS_WARNING, "owner-offline", "1 belongs to a CPU that is offline: SPI 0x00001003",
	       "cpu3/online");
	setup();
	sas[4] = sas[0];
	sas[5] = sas[0];
	sas[4].key.spi = htonl(0x2000);
	sas[5].key.spi = htonl(0x2001);
	facts.sad.nr = 5;
	silent("duplicates");
	facts.sad.nr = 6;
	expect(RSS_NOTE, "duplicates", "CPU 0 owns 3 SAs of one tunnel", "sad show");
	setup();
	sas[1].key = sas[0].key;
	sas[1].mark = 1;
	sas[1].mask = 0xff;
	expect(RSS_WARNING, "twins", "1 shares address, protocol and SPI", "SPIs");
	sas[1].pcpu_num = sas[0].pcpu_num;
	silent("twins");
	setup();
	/* Those that go out are another machine's concern. */
	for (u32 i = 0; i < 4; i++)
		sas[i].inbound = false;
	expect(RSS_WARNING, "none", "nothing to steer", "--netns");
	setup();
	facts.sad_read = false;
	silent("none");
}
END_TEST

START_TEST(marks)
{
	for (u32 i = 0; i < 6; i++) {
		sas[i] = sas[0];
		sas[i].key.spi = htonl(0x1000 + i);
		sas[i].pcpu_num = RSS_NO_CPU;
		sas[i].mark = i + 1;
		sas[i].mask = 0xff;
	}
	facts.sad.nr = 4;
	silent("marks");
	facts.sad.nr = 6;
	expect(RSS_WARNING, "marks", "2 cannot be found by a mark", "--lookup map");
}
END_TEST

START_TEST(replay)
{
	sas[1].replay_window = 64;
	sas[2].replay_window = 32;
	expect(RSS_NOTE, "replay-window",
	       "2 have a replay window below the queue's 2048 packets: SPI 0x00001001 from "
	       "192.0.2.2 and 1 more "
	       "(smallest: 32)",
	       "replay_window = 2048");
	/* No window, no loss. */
	sas[1].replay_window = sas[2].replay_window = 0;
	silent("replay-window");
	/* No kernel has a larger one. */
	attached();
	status.settings.qsize = 16384;
	silent("replay-window");
	setup();
	sas[1].late = 12;
	sas[1].replay_window = 32;
	expect(RSS_WARNING, "late", "12 packets came behind the replay window", "replay-window");
	silent("replay-window");
	setup();
	sas[3].broken = 3;
	expect(RSS_WARNING, "integrity", "3 packets had a wrong check value: SPI 0x00001003", "");
	setup();
	sas[0].esn = false;
	silent("esn");
	/* A million a second since ten minutes. */
	facts.now = sas[0].added + 600;
	for (u32 i = 0; i < 4; i++) {
		sas[i].packets = 600000000;
		sas[i].bytes = 600000000000;
	}
	expect(RSS_WARNING, "esn", "in 1.0 h at this rate: SPI 0x00001000", "esn");
	sas[0].esn = true;
	silent("esn");
}
END_TEST

START_TEST(spread)
{
	sas[1].bytes *= 100;
	expect(RSS_WARNING, "heavy", "one carries 97 % of the bytes: SPI 0x00001001",
	       "per_cpu_sas");
	/* What the NIC does is no load. */
	sas[1].offloaded = true;
	silent("heavy");
	sas[1].offloaded = false;
	/* Of a tunnel that has just come up nothing is said. */
	for (u32 i = 0; i < 4; i++)
		sas[i].packets = 10;
	silent("heavy");
	setup();
	facts.sad.nr = 1;
	expect(RSS_WARNING, "single", "steering will not help", "per_cpu_sas");
	facts.kernel.has.pcpu_num = false;
	expect(RSS_WARNING, "single", "steering will not help", "6.13");
	setup();
	facts.sad.nr = 2;
	expect(RSS_NOTE, "few", "2 for 4 CPUs", "per_cpu_sas");
	setup();
	sas[2].larval = true;
	expect(RSS_NOTE, "larval", "1 has no key yet", "");
	setup();
	sas[2].offloaded = true;
	expect(RSS_NOTE, "offloaded", "1 is decrypted by the NIC", "");
}
END_TEST

START_TEST(counters)
{
	facts.counters[0] = (struct rss_xfrm_counter){"XfrmOutError", 5};
	facts.counters[1] = (struct rss_xfrm_counter){"XfrmInStateSeqError", 0};
	facts.counters[2] = (struct rss_xfrm_counter){"XfrmInStateProtoError", 3};
	facts.counters[3] = (struct rss_xfrm_counter){"XfrmInNoPols", 4};
	facts.nr_counters = 4;
	expect(RSS_WARNING, "XfrmInStateProtoError", "is 3 since boot", "ip -s xfrm state");
	ck_assert_int_eq(find("XfrmInNoPols")->severity, RSS_NOTE);
	silent("XfrmInStateSeqError");
	silent("XfrmOutError");
	facts.counters[1].value = 1;
	expect(RSS_WARNING, "XfrmInStateSeqError", "order is lost", "replay window");
}
END_TEST

START_TEST(order)
{
	facts.kernel.gro = RSS_NO;		 /* note */
	facts.kernel.esp[0] = RSS_MODULE_ABSENT; /* warning */
	device.rps = 1;				 /* problem */
	judge();
	for (u32 i = 1; i < diagnosis.nr; i++)
		ck_assert_int_ge(diagnosis.at[i - 1].severity, diagnosis.at[i].severity);
	ck_assert_str_eq(diagnosis.at[0].check, "rps");
	ck_assert_uint_eq(diagnosis.count[RSS_PROBLEM], 1);
	ck_assert_uint_eq(diagnosis.count[RSS_WARNING], 1);
	/* A kernel with problems is not called well; one with notes is. */
	ck_assert_ptr_nonnull(find("kernel"));
	facts.kernel.bpffs = RSS_NO;
	silent("kernel");
}
END_TEST

TCase *doctor_case(void)
{
	TCase *t = tcase_create("doctor");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, health);
	tcase_add_test(t, kernel);
	tcase_add_test(t, preflight);
	tcase_add_test(t, programs);
	tcase_add_test(t, hardware);
	tcase_add_test(t, interference);
	tcase_add_test(t, policy);
	tcase_add_test(t, advice);
	tcase_add_test(t, owners);
	tcase_add_test(t, marks);
	tcase_add_test(t, replay);
	tcase_add_test(t, spread);
	tcase_add_test(t, counters);
	tcase_add_test(t, order);
	return t;
}
