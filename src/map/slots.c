// SPDX-License-Identifier: BSD-2-Clause
#include "slots.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "private.h"

/* LeakSanitizer does not look into mapped memory by itself: what only slots lead to is no leak. */
#if defined(__SANITIZE_ADDRESS__)
#define SLOTS_LSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLOTS_LSAN 1
#endif
#endif
#ifdef SLOTS_LSAN
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_register_root_region(at, size)	((void)0)
#define __lsan_unregister_root_region(at, size) ((void)0)
#endif

int slots_alloc(const union bpf_attr *attr, struct map **out)
{
	struct slots *slots = calloc(1, sizeof(*slots));
	void *at;

	if (!slots)
		return -ENOMEM;
	slots->mapped = round_up_to((u64)attr->max_entries * sizeof(void *), MAP_PAGE);
	at = mmap(NULL, slots->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED) {
		free(slots);
		return -ENOMEM;
	}
	__lsan_register_root_region(at, slots->mapped);
	slots->at = at;
	*out = &slots->map;
	return 0;
}

void slots_free(struct map *map)
{
	struct slots *slots = slots_of(map);

	__lsan_unregister_root_region(slots->at, slots->mapped);
	munmap(slots->at, slots->mapped);
	free(slots);
}

void slots_clear(struct map *map, void (*drop)(void *entry))
{
	struct slots *slots = slots_of(map);

	for (u32 i = 0; i < map->max_entries; i++) {
		if (!__atomic_load_n(&slots->filled, __ATOMIC_RELAXED))
			break;
		if (slots_get(map, i))
			drop(slots_swap(map, i, NULL));
	}
}

int slots_check_fds(const union bpf_attr *attr, u32 flags)
{
	if (attr->value_size != sizeof(u32) || attr->key_size != sizeof(u32) ||
	    !attr->max_entries || attr->map_flags & ~flags)
		return -EINVAL;
	return 0;
}

int slots_bad_fd(int fd)
{
	return fcntl(fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
}
