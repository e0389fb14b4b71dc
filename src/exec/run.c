// SPDX-License-Identifier: BSD-2-Clause
#include <time.h>

#include "base/rcu.h"
#include "base/vcpu.h"
#include "code.h"
#include "jit.h"

bool prog_stats;

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

#if EXEC_HAS_JIT
static const struct run_ops *ops_of(const struct exec_code *code)
{
	return code->jit.enter_main ? &jit_run_ops : &interp_run_ops;
}

static u64 execute(struct machine *m, const struct exec_code *code, u64 ctx)
{
	if (likely(code->jit.enter_main))
		return code->jit.enter_main(ctx, 0, 0, 0, 0, m);
	return interp_call(m, code->funcs, ctx, 0, 0, 0, 0);
}
#else
static const struct run_ops *ops_of(const struct exec_code *code)
{
	(void)code;
	return &interp_run_ops;
}

static u64 execute(struct machine *m, const struct exec_code *code, u64 ctx)
{
	return interp_call(m, code->funcs, ctx, 0, 0, 0, 0);
}
#endif

u32 prog_run(struct prog *prog, void *ctx, struct redirect *out)
{
	bool timed = __atomic_load_n(&prog_stats, __ATOMIC_RELAXED);
	u64 start = unlikely(timed) ? now_ns() : 0;
	const struct exec_code *code = prog->code;
	struct machine m;
	u64 r0;

	/* Field by field: the stack area need not be cleared. */
	m.run = (struct run){
		.ops = ops_of(code),
		.cpu = vcpu_self(),
		.prog_type = prog->type,
		.ctx = ctx,
		.outer = run_current,
	};
	m.frame = NULL;
	m.thrown = false;
	m.code = code;
	m.fp = m.area;
	rcu_enter();
	run_current = &m.run;
	r0 = execute(&m, code, (uintptr_t)ctx);
	run_current = m.run.outer;
	rcu_leave();
	if (out)
		*out = m.run.redirect;
	if (unlikely(timed)) {
		__atomic_fetch_add(&prog->run_ns, now_ns() - start, __ATOMIC_RELAXED);
		__atomic_fetch_add(&prog->run_cnt, 1, __ATOMIC_RELAXED);
	}
	return (u32)r0;
}
