// SPDX-License-Identifier: BSD-2-Clause
#include "runner.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <espalier/xdp.h>

#include "dataplane/capture.h"
#include "dataplane/rx_hash.h"

/* Packets are read in batches, so that the clock runs over programs and not over the file. */
#define BATCH_PACKETS 256
#define BATCH_BYTES   (4u << 20)
/* Longest packet that is run; the kernel's PROG_TEST_RUN takes one page less head- and tailroom. */
#define PACKET_MAX	  65535
#define KERNEL_PACKET_MAX 3500
/* What both engines ask of a packet: an Ethernet header. */
#define PACKET_MIN 14

struct batch {
	u32 nr;
	u32 used;
	struct frame frames[BATCH_PACKETS];
	u32 cpu[BATCH_PACKETS];
	u8 bytes[BATCH_BYTES];
};

static const char *const xdp_names[] = {"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX",
					"XDP_REDIRECT"};
static const char *const tc_names[] = {"TC_ACT_OK",	"TC_ACT_RECLASSIFY", "TC_ACT_SHOT",
				       "TC_ACT_PIPE",	"TC_ACT_STOLEN",     "TC_ACT_QUEUED",
				       "TC_ACT_REPEAT", "TC_ACT_REDIRECT"};

const char *verdict_name(enum bpf_prog_type type, uint32_t verdict)
{
	if (type == BPF_PROG_TYPE_XDP)
		return verdict < ARRAY_SIZE(xdp_names) ? xdp_names[verdict] : NULL;
	if (type == BPF_PROG_TYPE_SCHED_CLS)
		return verdict < ARRAY_SIZE(tc_names) ? tc_names[verdict] : NULL;
	return NULL;
}

/* Does the packet go on: up the stack, or out of an interface? */
static bool goes_on(enum bpf_prog_type type, uint32_t verdict)
{
	if (type == BPF_PROG_TYPE_XDP)
		return verdict >= XDP_PASS && verdict <= XDP_REDIRECT;
	if (type == BPF_PROG_TYPE_SCHED_CLS)
		return verdict != TC_ACT_SHOT && verdict != TC_ACT_STOLEN &&
		       verdict != TC_ACT_QUEUED;
	return verdict != 0;
}

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ull + (u64)ts.tv_nsec;
}

int runner_open(struct runner *r, struct espalier_error *e)
{
	int err;

	r->cpu_now = -1;
	if (r->kernel || bpf_program__type(r->prog) != BPF_PROG_TYPE_XDP)
		return 0;
	err = espalier_xdp_new(bpf_program__fd(r->prog), PACKET_MAX, &r->xdp);
	return err ? fail(e, -err, "%s: %s", bpf_program__name(r->prog), strerror(-err)) : 0;
}

void runner_close(struct runner *r)
{
	espalier_xdp_free(r->xdp);
	r->xdp = NULL;
	if (!r->kernel)
		espalier_lease_cpu(-1);
}

static void count_verdict(struct runner *r, u32 verdict, u64 n)
{
	if (verdict_name(bpf_program__type(r->prog), verdict))
		r->verdict[verdict] += n;
	else
		r->other_verdicts += n;
}

static void write_out(struct runner *r, const struct frame *f, u32 verdict, const void *data,
		      u32 len)
{
	struct frame out = *f;

	if (!r->out || !goes_on(bpf_program__type(r->prog), verdict))
		return;
	/* What the snap length cut off on the way in is still missing on the way out. */
	out.wire_len = len + (f->wire_len - f->len);
	out.data = data;
	out.len = len;
	sink_write(r->out, &out);
}

static int run_user(struct runner *r, const struct frame *f, u32 cpu, struct espalier_error *e)
{
	struct espalier_rx rx = {.ifindex = 1, .queue = cpu};
	struct espalier_verdict v;
	int err;

	if (unlikely(r->cpu_now != (int)cpu)) {
		err = espalier_lease_cpu((int)cpu);
		if (err)
			return fail(e, -err, "CPU %u: %s", cpu, strerror(-err));
		r->cpu_now = (int)cpu;
	}
	err = espalier_xdp_run(r->xdp, f->data, f->len, &rx, &v);
	if (err)
		return fail(e, -err, "packet of %u bytes: %s", f->len, strerror(-err));
	count_verdict(r, v.action, 1);
	r->cpu[cpu].packets++;
	if (v.action == XDP_REDIRECT && v.redirect_map_type == BPF_MAP_TYPE_CPUMAP &&
	    v.redirect_index < r->cpus)
		r->cpu[v.redirect_index].redirected++;
	write_out(r, f, v.action, v.data, v.len);
	return 0;
}

/* Any program type, either engine: one PROG_TEST_RUN a packet. */
static int run_test_run(struct runner *r, const struct frame *f, u32 cpu, struct espalier_error *e)
{
	static u8 out[PACKET_MAX + 1024];
	u64 left = r->repeat;

	/* The command counts in 32 bits. */
	while (left) {
		u32 n = (u32)min(left, 1000000ull);
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->data, .data_size_in = f->len,
			    .data_out = r->out ? out : NULL,
			    .data_size_out = r->out ? sizeof(out) : 0, .repeat = (int)n);

		if (bpf_prog_test_run_opts(bpf_program__fd(r->prog), &opts))
			return fail(e, errno, "packet of %u bytes: %s", f->len, strerror(errno));
		r->ns += (u64)opts.duration * n;
		count_verdict(r, opts.retval, n);
		r->cpu[cpu].packets += n;
		write_out(r, f, opts.retval, out, opts.data_size_out);
		left -= n;
	}
	return 0;
}

static int run_batch(struct runner *r, const struct batch *b, struct espalier_error *e)
{
	u64 began;
	int err = 0;

	if (!r->xdp) {
		for (u32 i = 0; i < b->nr && !err; i++)
			err = run_test_run(r, &b->frames[i], b->cpu[i], e);
		r->ran += b->nr * r->repeat;
		return err;
	}
	began = now_ns();
	for (u64 n = 0; n < r->repeat && !err; n++) {
		for (u32 i = 0; i < b->nr && !err; i++)
			err = run_user(r, &b->frames[i], b->cpu[i], e);
		r->ran += b->nr;
	}
	r->ns += now_ns() - began;
	return err;
}

static int add_frame(struct runner *r, struct batch *b, const struct frame *from,
		     struct espalier_error *e)
{
	u32 longest = r->kernel ? KERNEL_PACKET_MAX : PACKET_MAX;
	struct frame *f = &b->frames[b->nr];
	u8 *data = b->bytes + b->used;

	r->packets++;
	if (from->len > longest)
		return fail(e, EMSGSIZE,
			    "packet %llu: %u bytes are more than this engine runs (%u)",
			    (unsigned long long)r->packets, from->len, longest);
	if (from->len < from->wire_len)
		r->truncated++;
	*f = *from;
	f->data = data;
	memcpy(data, from->data, from->len);
	/* A frame shorter than its header cannot come from a wire: padded like one. */
	if (f->len < PACKET_MIN) {
		memset(data + f->len, 0, PACKET_MIN - f->len);
		f->len = PACKET_MIN;
		f->wire_len = max(f->wire_len, f->len);
	}
	b->used += (f->len + 63u) & ~63u;
	b->cpu[b->nr++] = rx_cpu(data, f->len, r->cpus);
	return 0;
}

/* 1: more may follow; 0: the port is at its end. */
static int fill_batch(struct runner *r, struct batch *b, struct port *port,
		      struct espalier_error *e)
{
	struct frame frames[PORT_BURST];

	b->nr = b->used = 0;
	while (b->nr < BATCH_PACKETS && BATCH_BYTES - b->used > PACKET_MAX) {
		u32 most = min((u32)PORT_BURST, BATCH_PACKETS - b->nr);
		int nr, err = 0;

		most = min(most, (BATCH_BYTES - b->used) / (PACKET_MAX + 1));
		if (r->limit)
			most = (u32)min((u64)most, r->limit - r->packets);
		if (!most)
			return 0;
		nr = port_recv(port, frames, most, e);
		if (nr <= 0)
			return nr;
		for (int i = 0; i < nr && !err; i++)
			err = add_frame(r, b, &frames[i], e);
		if (err)
			return err;
	}
	return 1;
}

/* A line on a terminal that overwrites itself a few times a second. */
static void show_progress(struct runner *r, const struct port *port, u64 *last)
{
	u64 now = now_ns(), done, total;

	if (!isatty(STDERR_FILENO) || now - *last < 200000000ull)
		return;
	if (*last) {
		port_progress(port, &done, &total);
		fprintf(stderr, "\r%llu packets", (unsigned long long)r->ran);
		if (total)
			fprintf(stderr, ", %llu %%", (unsigned long long)(done * 100 / total));
		fputs("\033[K", stderr);
	}
	*last = now;
}

int runner_run(struct runner *r, struct port *port, struct espalier_error *e)
{
	struct batch *b = malloc(sizeof(*b));
	u64 last = 0;
	int more, err = 0;

	if (!b)
		return fail(e, ENOMEM, "out of memory");
	do {
		more = fill_batch(r, b, port, e);
		if (more >= 0 && b->nr)
			err = run_batch(r, b, e);
		show_progress(r, port, &last);
	} while (more > 0 && !err);
	if (last && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	free(b);
	return more < 0 ? more : err;
}
