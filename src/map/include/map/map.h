/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_MAP_H
#define MAP_MAP_H

#include "base/uapi.h"
#include "btf/btf.h"
#include "object/object.h"
#include "object/run.h"
#include "vmlinux/map.h"

/*
 * Maps. Two sides: programs call map->ops through helpers, inside an RCU read-side section, with
 * pointers into the value; user space (syscall/) calls map_user_*(), which copies, resolves
 * descriptors and lays per-CPU values out as bpf(2) does (each CPU's value rounded up to 8 bytes).
 */
struct map;

struct map_ops {
	/* -EINVAL and friends for attributes that this type does not take. */
	int (*check)(const union bpf_attr *attr);
	/* Allocate; the generic part is filled in by map_create(). */
	int (*alloc)(const union bpf_attr *attr, struct map **out);
	/* No reader is left: free all but struct map's own fields, then the map's memory. */
	void (*free)(struct map *map);
	/* May this key type stand beside the map? NULL: any, but the key's type must be given. */
	int (*check_btf)(const struct map *map, const struct btf *btf, u32 key_id);
	/* Program side. Pointers stay valid until the read-side section ends. The verifier does not
	 * let a program call what a type lacks. Maps of maps: the inner struct map. */
	void *(*lookup)(struct map *map, const void *key);
	void *(*lookup_percpu)(struct map *map, const void *key, u32 cpu);
	long (*update)(struct map *map, const void *key, const void *value, u64 flags);
	long (*remove)(struct map *map, const void *key);
	long (*push)(struct map *map, const void *value, u64 flags);
	long (*pop)(struct map *map, void *value);
	long (*peek)(struct map *map, void *value);
	/* Calls run_callback(callback, map, key, value, ctx, 0) per element until it returns 1;
	 * returns how many elements were visited, or -EINVAL for @flags. */
	long (*for_each)(struct map *map, u64 callback, u64 ctx, u64 flags);
	/* XDP redirect: fill run_current->redirect; XDP_REDIRECT, or the action in @flags's low
	 * bits. */
	long (*redirect)(struct map *map, u64 key, u64 flags);
	/* User side, where it differs from the generic copy. Called in a read-side section. */
	int (*user_lookup)(struct map *map, const void *key, void *value, u64 flags);
	int (*user_update)(struct map *map, const void *key, const void *value, u64 flags);
	int (*user_delete)(struct map *map, const void *key);
	int (*user_lookup_and_delete)(struct map *map, const void *key, void *value, u64 flags);
	int (*next_key)(struct map *map, const void *key, void *next);
	/* The walk behind LOOKUP_BATCH and LOOKUP_AND_DELETE_BATCH, where a type has its own. */
	int (*walk_batch)(struct map *map, union bpf_attr *attr, bool delete);
	u32 batch; /* MAP_BATCH_* that the type knows */
	/* The last descriptor and pin are gone: drop what could refer back to the map. */
	void (*release_user)(struct map *map);
	/* Can @b stand where a map like @a is wanted? NULL: not usable as an inner map. */
	bool (*meta_equal)(const struct map *a, const struct map *b);
	/* Memory that mmap(2) of the map's descriptor shows: a memfd kept by the map. -1: none. */
	int (*mmap_fd)(struct map *map);
};

#define MAP_BATCH_LOOKUP	    BIT(0)
#define MAP_BATCH_LOOKUP_AND_DELETE BIT(1)
#define MAP_BATCH_UPDATE	    BIT(2)
#define MAP_BATCH_DELETE	    BIT(3)

struct map {
	struct bpf_map shown; /* first: a program's map pointer leads to it */
	struct object obj;    /* OBJECT_MAP */
	const struct map_ops *ops;
	enum bpf_map_type type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 flags; /* map_flags of MAP_CREATE */
	u64 extra; /* map_extra */
	char name[16];
	struct btf *btf; /* of the key and value types; or NULL */
	u32 btf_key_id;
	u32 btf_value_id;
	struct btf_record *record; /* special fields of the value, or NULL */
	bool frozen;		   /* MAP_FREEZE: no more writes from user space */
	u32 user_writers;	   /* writable mmaps and updates under way: FREEZE is -EBUSY */
	u32 user_refs;		   /* descriptors and pins, see map_user_get() */
	u32 memory_refs;	   /* the object, and batches of elements in a grace period */
	bool backlog;		   /* too many elements wait for one */
	struct map *inner_meta; /* ARRAY_OF_MAPS, HASH_OF_MAPS: what every inner map looks like */
	/* owner check of PROG_ARRAY/DEVMAP/CPUMAP: the first program that used it fixes these */
	u32 owner_lock;
	struct prog_traits owner;
	bool owner_set;
};

/**
 * map_create - MAP_CREATE
 * @attr: the command's attributes, already checked for size and trailing zeroes
 * @btf: the BTF named by attr->btf_fd, or NULL; a reference is taken
 * @inner: the map named by attr->inner_map_fd, or NULL
 * @out: the map, one reference owned by the caller
 *
 * Return: 0 or -errno as the kernel's map_create(): -EINVAL for unknown types, sizes and flags,
 * -E2BIG, -ENOMEM, -ENOTSUPP.
 */
int map_create(const union bpf_attr *attr, struct btf *btf, struct map *inner,
	       struct map **out) __must_check;

static inline struct map *map_of(struct object *obj)
{
	return container_of(obj, struct map, obj);
}
static inline void map_put(struct map *map)
{
	object_put(map ? &map->obj : NULL);
}

/**
 * map_user_get - user space got a descriptor or a pin of the map
 * @map: the caller holds a reference, which this one does not replace
 *
 * When the last is given back by map_user_put(), a PROG_ARRAY drops its programs (they may refer
 * to it) and a PERF_EVENT_ARRAY its events.
 */
void map_user_get(struct map *map);
void map_user_put(struct map *map);

/**
 * map_prog_compatible - may a program that is being loaded refer to a map?
 * @map: one of those it uses, of any type
 * @traits: of the program
 *
 * The first program that a PROG_ARRAY, DEVMAP or CPUMAP has to do with, as a user or as an entry,
 * is its owner, and all others must be like it. PROG_LOAD fails with -EINVAL on one that is not.
 * Entries are checked on update, those of a DEVMAP_HASH too.
 */
bool map_prog_compatible(struct map *map, const struct prog_traits *traits) __must_check;

bool map_is_percpu(const struct map *map);
/* Bytes of one value as user space passes it (per-CPU: all CPUs). */
u32 map_user_value_size(const struct map *map);
/* True if two maps are interchangeable as inner maps. */
bool map_meta_equal(const struct map *a, const struct map *b);

/* User side; each takes its own read-side section. Errors as bpf(2). */
int map_user_lookup(struct map *map, const void *key, void *value, u64 flags) __must_check;
int map_user_update(struct map *map, const void *key, const void *value, u64 flags) __must_check;
int map_user_delete(struct map *map, const void *key) __must_check;
int map_user_lookup_and_delete(struct map *map, const void *key, void *value,
			       u64 flags) __must_check;
int map_user_next_key(struct map *map, const void *key, void *next) __must_check;
int map_user_freeze(struct map *map) __must_check;
/* MAP_{LOOKUP,LOOKUP_AND_DELETE,UPDATE,DELETE}_BATCH; attr->batch is read and attr->batch.count
 * written. @cmd as in enum bpf_cmd. */
int map_user_batch(struct map *map, int cmd, union bpf_attr *attr) __must_check;

/*
 * Direct value access (BPF_PSEUDO_MAP_VALUE): address of byte @off of a one-element ARRAY's value.
 * 0 or -EINVAL/-ENOTSUPP.
 */
int map_direct_value(struct map *map, u32 off, u64 *addr) __must_check;

/* Where an ARRAY's or PERCPU_ARRAY's elements lie, for executors that inline the lookup. */
struct map_array_layout {
	u8 *values;
	u32 elem_size;
	u64 cpu_stride; /* from one CPU's row of elements to the next; 0: ARRAY */
};

/* False if the map is not an array of values. Constant for the map's life. */
bool map_array_layout(const struct map *map, struct map_array_layout *out);

/* True if [addr, addr + size) lies in the values of an ARRAY or PERCPU_ARRAY: what a program may
 * read by an address of its own making. Elements of other types are not told from what surrounds
 * them. */
bool map_values_cover(const struct map *map, u64 addr, size_t size);

/* The program at @index, valid until the read-side section ends, or NULL. For tail calls. */
struct object *map_prog_array_at(struct map *map, u32 index);

/* Bucket spin lock of a value: the 4 bytes at record->spin_lock_off. */
void map_lock_value(struct map *map, void *value);
void map_unlock_value(struct map *map, void *value);
/* Copies that respect the special fields (a spin lock is never copied). */
void map_copy_value(struct map *map, void *dst, const void *src);

/*
 * Ring buffers, program side. A record is reserved, written and then submitted or discarded; @flags
 * are those of the helpers (BPF_RB_*).
 */
void *map_ringbuf_reserve(struct map *map, u64 size, u64 flags);
void map_ringbuf_submit(void *sample, u64 flags);
void map_ringbuf_discard(void *sample, u64 flags);
long map_ringbuf_output(struct map *map, const void *data, u64 size, u64 flags);
u64 map_ringbuf_query(struct map *map, u64 flags);

/*
 * User ring buffers, program side: user space produces. Between begin() (-EBUSY: another program
 * drains it) and end(), peek() gives the next sample, or -EAGAIN: one was discarded, ask again;
 * -ENODATA: there is none; -EINVAL, -E2BIG: the producer wrote nonsense. release() gives it back.
 * end() wakes a producer that waits for room if @wake.
 */
#define MAP_USER_SAMPLE_MAX 0xffffffu /* what a dynptr can describe */
int map_user_ringbuf_begin(struct map *map) __must_check;
int map_user_ringbuf_peek(struct map *map, void **sample, u32 *size) __must_check;
void map_user_ringbuf_release(struct map *map, u32 size);
void map_user_ringbuf_end(struct map *map, bool wake);

/*
 * Carrier side (syscall/), for both kinds of ring buffer. The ring lies in a memfd: a page with the
 * consumer's position, a page with the producer's, then twice max_entries bytes of data. A record
 * that wraps round is written on into the second half, so whoever maps all of the file sees every
 * record in one piece, just as in the kernel's double mapping: plain mmap(2) of offset 0 (one page,
 * writable) and of one page on (1 page + 2 * max_entries, read-only) is what libbpf does, and it
 * works.
 */
struct map_ringbuf_memory {
	int fd;	       /* owned by the map */
	u64 file_size; /* 2 pages + 2 * data_size */
	u64 data_size; /* max_entries */
};
void map_ringbuf_memory(struct map *map, struct map_ringbuf_memory *out);
/* True if unread records remain; and who to call (from the producer, after a commit that wakes). */
bool map_ringbuf_has_data(struct map *map);
void map_ringbuf_set_wakeup(struct map *map, void (*wake)(struct map *map, void *arg), void *arg);

/*
 * Perf event arrays: emulated perf rings live in syscall/, which makes the sink that is behind a
 * perf event's descriptor. A slot holds a reference; it is put a grace period after the slot was
 * emptied, on the thread that runs deferred work.
 */
struct perf_sink {
	/* One record of @size bytes and then @pkt_len bytes of the packet; 0 or -errno for the
	 * program. In the program's read-side section, run_current tells its CPU. */
	int (*output)(struct perf_sink *sink, const void *data, u32 size, const void *pkt,
		      u32 pkt_len);
	void (*put)(struct perf_sink *sink);
};
/* Set by syscall/: the sink (a new reference) behind a perf event descriptor, or NULL. */
extern struct perf_sink *(*map_perf_sink_from_fd)(int fd);
/* bpf_perf_event_output: @flags as the helper's; @pkt/@pkt_len the trailing packet bytes. */
long map_perf_output(struct map *map, u64 flags, const void *data, u32 size, const void *pkt,
		     u32 pkt_len);

/*
 * Redirect targets, for the room that carries verdicts out. All inside a read-side section; a
 * program is valid until its end.
 */
struct map_device {
	u32 ifindex;
	struct object *prog; /* XDP program to run on the device's side, or NULL */
};
struct map_cpu {
	u32 qsize;	     /* frames that may wait for the CPU */
	struct object *prog; /* XDP program to run on that CPU, or NULL */
};
/* DEVMAP, DEVMAP_HASH: false if there is no such entry. */
bool map_devmap_at(struct map *map, u32 key, struct map_device *out);
/* All entries, for BPF_F_BROADCAST. */
void map_devmap_each(struct map *map, void (*visit)(const struct map_device *dev, void *arg),
		     void *arg);
bool map_cpumap_at(struct map *map, u32 cpu, struct map_cpu *out);
/* Descriptor of the AF_XDP socket at @index, owned by the map; -1: none. */
int map_xskmap_at(struct map *map, u32 index);

/* Destructor for a referenced kptr found in a value that is deleted or freed; set by kfunc/. The
 * field says which type. NULL: such kptrs cannot be created. */
extern void (*map_kptr_release)(const struct btf_field *field, void *ptr);
/* The same for all that hangs on a list head or tree root in such a value; @lock guards it. */
extern void (*map_graph_release)(const struct btf_field *field, void *head, u32 *lock);

#endif
