// SPDX-License-Identifier: BSD-2-Clause
#include "worker.h"

#include <time.h>

#include "base/rcu.h"
#include "base/vcpu.h"

/* Looks into empty rings before it goes to sleep: a wake-up costs more than these. */
#define SPINS_MAX 128

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ull + (u64)ts.tv_nsec;
}

static void load(struct worker *w, struct packet *p)
{
	xdp_ctx_set_rx(w->ctx, w->path->ports[p->port].dev, p->queue);
	xdp_ctx_load_meta(w->ctx, p->bytes, p->meta_len, packet_data(p), p->len);
}

static void receive(struct worker *w, struct packet *p)
{
	struct redirect to = {0};
	u32 action;

	load(w, p);
	/* The section spans the verdict, too: what the redirect leads to must still be there. */
	rcu_enter();
	action = prog_run(w->path->prog, w->ctx, &to);
	w->packets++;
	count_action(w->verdict, &w->other_verdicts, action);
	forward(w, p, action, &to, false);
	rcu_leave();
}

/* On the CPU that a CPUMAP names: the program of the entry, if there is one, says what now. */
static void receive_redirected(struct worker *w, struct packet *p)
{
	struct redirect to = {0};
	struct map_cpu entry;
	u32 action = XDP_PASS;

	w->redirected++;
	load(w, p);
	rcu_enter();
	if (map_cpumap_at(p->map, w->cpu, &entry) && entry.prog) {
		action = prog_run(prog_of(entry.prog), w->ctx, &to);
		count_action(w->map_verdict, &w->other_map_verdicts, action);
	}
	forward(w, p, action, &to, true);
	rcu_leave();
}

static u32 burst(struct worker *w)
{
	struct packet *p;
	u64 began = 0;
	u32 nr = 0;

	while (nr < PORT_BURST) {
		bool redirected = true;

		p = ring_pop(&w->cpumap);
		if (!p) {
			redirected = false;
			p = ring_pop(&w->rx);
		}
		if (!p)
			break;
		if (!nr++)
			began = now_ns();
		if (redirected)
			receive_redirected(w, p);
		else
			receive(w, p);
	}
	if (nr)
		w->ns += now_ns() - began;
	if (w->sent) {
		w->sent = false;
		doorbell_ring(&w->path->bell);
	}
	return nr;
}

static bool is_idle(struct worker *w)
{
	return !ring_count(&w->cpumap) && !ring_count(&w->rx);
}

void *worker_main(void *arg)
{
	struct worker *w = arg;
	int err = vcpu_lease(w->cpu);
	u32 spins = 0;

	__atomic_store_n(&w->lease_error, err, __ATOMIC_RELEASE);
	while (!err) {
		if (burst(w)) {
			spins = 0;
			continue;
		}
		if (__atomic_load_n(&w->path->quit, __ATOMIC_ACQUIRE))
			break;
		if (++spins < SPINS_MAX)
			continue;
		spins = 0;
		doorbell_arm(&w->bell);
		if (is_idle(w) && !__atomic_load_n(&w->path->quit, __ATOMIC_ACQUIRE))
			doorbell_wait(&w->bell);
		doorbell_disarm(&w->bell);
	}
	vcpu_release();
	return NULL;
}
