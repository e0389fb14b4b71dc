// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <espalier/host.h>

#include "base/vcpu.h"
#include "fd.h"
#include "handle.h"
#include "map/map.h"
#include "object/run.h"
#include "perf.h"
#include "wakeup.h"

/*
 * BPF output events: what bpf_perf_event_output() writes to and perf_buffer__poll() reads. An event
 * belongs to one virtual CPU, and only programs on that CPU write to it, so there is one producer
 * at a time; the consumer is user space, through its mapping of the event's memory.
 */
struct perf_event {
	struct object obj; /* first */
	struct perf_sink sink;
	struct wakeup wakeup;
	int memory; /* memfd: one page of struct perf_event_mmap_page, then the data */
	u32 cpu;
	u32 enabled;
	u32 wakeup_events;    /* 0: @wakeup_watermark counts */
	u32 wakeup_watermark; /* bytes; 0: half of the data */
	u32 since_wakeup;
	u64 lost;
	/* Set once, by the first mmap(2); @page last, with release. User space can write to all of
	 * the page, so nothing but positions is read from it. */
	struct perf_event_mmap_page *page;
	u8 *data;
	u64 data_size;
};

#define MAX_DATA (1u << 30)

static struct perf_event *event_of(struct object *obj)
{
	return container_of(obj, struct perf_event, obj);
}

static struct perf_event *event_of_sink(struct perf_sink *sink)
{
	return container_of(sink, struct perf_event, sink);
}

static bool has_data(struct wakeup *w)
{
	struct perf_event *event = container_of(w, struct perf_event, wakeup);
	struct perf_event_mmap_page *page = __atomic_load_n(&event->page, __ATOMIC_ACQUIRE);

	return page && __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE) !=
			       __atomic_load_n(&page->data_tail, __ATOMIC_ACQUIRE);
}

/* Copy into the ring at position @pos, round its end. */
static u64 put(struct perf_event *event, u64 pos, const void *data, size_t len)
{
	u64 at = pos & (event->data_size - 1);
	size_t first = min(len, (size_t)(event->data_size - at));

	if (!len)
		return pos;
	memcpy(event->data + at, data, first);
	memcpy(event->data, (const u8 *)data + first, len - first);
	return pos + len;
}

static u64 put_lost(struct perf_event *event, u64 head)
{
	struct {
		struct perf_event_header header;
		u64 id;
		u64 lost;
	} record = {
		.header = {PERF_RECORD_LOST, 0, sizeof(record)},
		.lost = event->lost,
	};

	event->lost = 0;
	return put(event, head, &record, sizeof(record));
}

static bool wants_wakeup(struct perf_event *event, u32 bytes)
{
	u32 limit = event->wakeup_events;

	if (limit) {
		event->since_wakeup++;
	} else {
		limit = event->wakeup_watermark ? event->wakeup_watermark
						: (u32)(event->data_size / 2);
		event->since_wakeup += bytes;
	}
	if (event->since_wakeup < limit)
		return false;
	event->since_wakeup = 0;
	return true;
}

#define LOST_RECORD_SIZE 24

static int output(struct perf_sink *sink, const void *data, u32 size, const void *pkt, u32 pkt_len)
{
	static const u8 zeroes[8];
	struct perf_event *event = event_of_sink(sink);
	struct perf_event_mmap_page *page = __atomic_load_n(&event->page, __ATOMIC_ACQUIRE);
	u64 raw = round_up_to((u64)size + pkt_len + sizeof(u32), 8) - sizeof(u32);
	struct perf_event_header header = {.type = PERF_RECORD_SAMPLE};
	u64 need = sizeof(header) + sizeof(u32) + raw;
	u32 raw_size = (u32)raw;
	u64 head, used;

	if (!__atomic_load_n(&event->enabled, __ATOMIC_ACQUIRE) || event->cpu != run_current->cpu)
		return -EOPNOTSUPP;
	if (need > UINT16_MAX)
		return -E2BIG;
	if (!page)
		return 0; /* nobody looks */
	head = page->data_head;
	used = head - __atomic_load_n(&page->data_tail, __ATOMIC_ACQUIRE);
	/* One byte stays free, so that a full ring is not an empty one. A tail that user space
	 * moved past the head leaves no room either. */
	if (used + need + (event->lost ? LOST_RECORD_SIZE : 0) >= event->data_size ||
	    used > event->data_size) {
		event->lost++;
		return -ENOSPC;
	}
	if (event->lost)
		head = put_lost(event, head);
	header.size = (u16)need;
	head = put(event, head, &header, sizeof(header));
	head = put(event, head, &raw_size, sizeof(raw_size));
	head = put(event, head, data, size);
	head = put(event, head, pkt, pkt_len);
	head = put(event, head, zeroes, (size_t)(raw - size - pkt_len));
	__atomic_store_n(&page->data_head, head, __ATOMIC_RELEASE);
	if (wants_wakeup(event, (u32)need))
		wakeup_signal(&event->wakeup);
	return 0;
}

static void sink_put(struct perf_sink *sink)
{
	object_put(&event_of_sink(sink)->obj);
}

static void release(struct object *obj)
{
	wakeup_stop(&event_of(obj)->wakeup);
}

/* A grace period after the last reference: no program writes any more. */
static void free_event(struct object *obj)
{
	struct perf_event *event = event_of(obj);

	wakeup_close(&event->wakeup);
	if (event->page)
		munmap(event->page, (size_t)(event->data - (u8 *)event->page) + event->data_size);
	close(event->memory);
	free(event);
}

static struct perf_sink *sink_from_fd(int fd)
{
	struct object *obj;

	return fd_object(fd, OBJECT_PERF, &obj, NULL) ? NULL : &event_of(obj)->sink;
}

void perf_init(void)
{
	map_perf_sink_from_fd = sink_from_fd;
}

static int check_attr(const struct perf_event_attr *attr, pid_t pid, int cpu, int group,
		      unsigned long flags)
{
	if (pid != -1 || group != -1 || cpu < 0 || (u32)cpu >= vcpu_count())
		return -EINVAL;
	if (flags & ~(unsigned long)PERF_FLAG_FD_CLOEXEC)
		return -EINVAL;
	if (attr->sample_type != PERF_SAMPLE_RAW || attr->write_backward || attr->read_format ||
	    attr->sample_id_all)
		return -EOPNOTSUPP;
	return 0;
}

int espalier_perf_event_open(const struct perf_event_attr *attr, pid_t pid, int cpu, int group,
			     unsigned long flags)
{
	struct perf_event *event;
	int err, fd;

	if (!attr)
		return -EFAULT;
	if (attr->type != PERF_TYPE_SOFTWARE || attr->config != PERF_COUNT_SW_BPF_OUTPUT)
		return -ENOSYS;
	err = check_attr(attr, pid, cpu, group, flags);
	if (err)
		return err;
	fd_collect();
	event = calloc(1, sizeof(*event));
	if (!event)
		return -ENOMEM;
	event->sink.output = output;
	event->sink.put = sink_put;
	event->cpu = (u32)cpu;
	event->enabled = !attr->disabled;
	event->wakeup_events = attr->watermark ? 0 : attr->wakeup_events;
	event->wakeup_watermark = attr->watermark ? attr->wakeup_watermark : 0;
	event->memory = memfd_create("perf_event", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (event->memory < 0) {
		err = -errno;
		goto free_memory;
	}
	err = wakeup_init(&event->wakeup, has_data);
	if (err)
		goto close_memory;
	err = object_init(&event->obj, OBJECT_PERF, release, free_event);
	if (err)
		goto close_wakeup;
	fd = fd_install(&event->obj, FD_READ | FD_WRITE, event->memory);
	object_put(&event->obj);
	return fd;

close_wakeup:
	wakeup_stop(&event->wakeup);
	wakeup_close(&event->wakeup);
close_memory:
	close(event->memory);
free_memory:
	free(event);
	return err;
}

int espalier_ioctl(int fd, unsigned long request, unsigned long arg)
{
	struct perf_event *event;
	struct object *obj;
	int err = 0;

	(void)arg;
	if (!object_count(OBJECT_PERF) || fd_object(fd, OBJECT_PERF, &obj, NULL))
		return -ENOSYS;
	event = event_of(obj);
	switch (request) {
	case PERF_EVENT_IOC_ENABLE:
		__atomic_store_n(&event->enabled, 1, __ATOMIC_RELEASE);
		break;
	case PERF_EVENT_IOC_DISABLE:
		__atomic_store_n(&event->enabled, 0, __ATOMIC_RELEASE);
		break;
	case PERF_EVENT_IOC_RESET:
		break;
	default:
		err = -ENOTTY;
	}
	object_put(obj);
	return err;
}

/* The thread is making our own view of a ring: whoever stands before mmap(2) asks about that too.
 * Volatile, since the compiler is told that mmap(2) does not come back here. */
static _Thread_local volatile bool own_mapping;

/* Make the ring, and our view of it. Under map_lock. */
static int make_ring(struct perf_event *event, u64 page_size, u64 data_size)
{
	u64 length = page_size + data_size;
	struct perf_event_mmap_page *page;

	/* A file cut short would make every write to it a SIGBUS. */
	if (ftruncate(event->memory, (off_t)length) ||
	    fcntl(event->memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW))
		return -errno;
	own_mapping = true;
	page = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, event->memory, 0);
	own_mapping = false;
	if (page == MAP_FAILED)
		return -errno;
	page->data_offset = page_size;
	page->data_size = data_size;
	event->data = (u8 *)page + page_size;
	event->data_size = data_size;
	__atomic_store_n(&event->page, page, __ATOMIC_RELEASE);
	return 0;
}

/* The first mapping says how large the ring is; later ones must be alike. */
static int map_ring(struct perf_event *event, u64 length, off_t offset)
{
	static pthread_mutex_t map_lock = PTHREAD_MUTEX_INITIALIZER;
	u64 page_size = (u64)sysconf(_SC_PAGESIZE);
	u64 data_size = length - page_size;
	int err = 0;

	if (offset || length <= page_size || data_size > MAX_DATA || data_size & (data_size - 1) ||
	    data_size % page_size)
		return -EINVAL;
	pthread_mutex_lock(&map_lock);
	if (!event->page)
		err = make_ring(event, page_size, data_size);
	else if (event->data_size != data_size)
		err = -EINVAL;
	pthread_mutex_unlock(&map_lock);
	return err;
}

int perf_mmap_prepare(struct object *obj, size_t length, off_t offset)
{
	return own_mapping ? 0 : map_ring(event_of(obj), length, offset);
}

int perf_epoll_fd(struct object *obj)
{
	return event_of(obj)->wakeup.fd;
}
