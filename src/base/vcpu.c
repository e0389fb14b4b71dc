// SPDX-License-Identifier: BSD-2-Clause
#include "base/vcpu.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static bool leased[VCPU_MAX];
static u32 count;
static bool count_is_fixed;

static __thread_hot s32 self = -1;

static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;

/* The last number in a CPU list such as "0-1" or "0,2-3", plus one: what the kernel calls possible.
 */
static u32 possible_cpus(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	u32 last = 0;
	bool any = false;
	char sep;

	if (f) {
		while (fscanf(f, "%u", &last) == 1) {
			any = true;
			if (fscanf(f, "%c", &sep) != 1)
				break;
		}
		fclose(f);
	}
	if (!any) {
		long n = sysconf(_SC_NPROCESSORS_CONF);

		last = n > 0 ? (u32)n - 1 : 0;
	}
	return min(last + 1, (u32)VCPU_MAX);
}

u32 vcpu_count(void)
{
	u32 n = __atomic_load_n(&count, __ATOMIC_ACQUIRE);

	if (likely(n && __atomic_load_n(&count_is_fixed, __ATOMIC_RELAXED)))
		return n;
	pthread_mutex_lock(&lock);
	if (!count)
		__atomic_store_n(&count, possible_cpus(), __ATOMIC_RELEASE);
	__atomic_store_n(&count_is_fixed, true, __ATOMIC_RELAXED);
	n = count;
	pthread_mutex_unlock(&lock);
	return n;
}

int vcpu_set_count(u32 n)
{
	int err = 0;

	if (!n || n > VCPU_MAX)
		return -EINVAL;
	pthread_mutex_lock(&lock);
	if (count_is_fixed && count != n)
		err = -EBUSY;
	else
		__atomic_store_n(&count, n, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
	return err;
}

static void release_at_exit(void *unused)
{
	(void)unused;
	vcpu_release();
}

static void make_exit_key(void)
{
	if (pthread_key_create(&exit_key, release_at_exit))
		__builtin_trap();
}

static void hold(u32 cpu)
{
	leased[cpu] = true;
	self = (s32)cpu;
	pthread_once(&exit_once, make_exit_key);
	pthread_setspecific(exit_key, &exit_key);
}

u32 vcpu_self(void)
{
	u32 n;

	if (likely(self >= 0))
		return (u32)self;
	n = vcpu_count();
	pthread_mutex_lock(&lock);
	while (self < 0) {
		for (u32 cpu = 0; cpu < n; cpu++) {
			if (leased[cpu])
				continue;
			hold(cpu);
			break;
		}
		if (self < 0)
			pthread_cond_wait(&freed, &lock);
	}
	pthread_mutex_unlock(&lock);
	return (u32)self;
}

bool vcpu_is_held(void)
{
	return self >= 0;
}

int vcpu_lease(u32 cpu)
{
	int err = 0;

	if (cpu >= vcpu_count())
		return -EINVAL;
	if (self >= 0)
		return (u32)self == cpu ? 0 : -EBUSY;
	pthread_mutex_lock(&lock);
	if (leased[cpu])
		err = -EBUSY;
	else
		hold(cpu);
	pthread_mutex_unlock(&lock);
	return err;
}

void vcpu_release(void)
{
	if (self < 0)
		return;
	pthread_mutex_lock(&lock);
	leased[self] = false;
	self = -1;
	pthread_cond_signal(&freed);
	pthread_mutex_unlock(&lock);
}
