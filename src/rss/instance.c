// SPDX-License-Identifier: BSD-2-Clause
#include "rss/instance.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "rss/netns.h"

#define PATH_ROOM (RSS_PIN_NAME + 32)

const char *const rss_watch_names[2] = {"watch_enqueue", "watch_dequeue"};

static const u32 only = 0; /* key of arrays with one element */

/* Pinned, if all of it is there: without any of them an instance cannot be worked with. */
static bool is_pinned(enum rss_map map)
{
	return map != RSS_MAP_DECISION;
}

static int map_info(int fd, struct bpf_map_info *info)
{
	u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &len) ? -errno : 0;
}

/* Opens a pinned array of one element and reads it. */
static int read_value(const struct rss_pins *pins, const char *path, void *value, u32 size)
{
	int fd = rss_pins_get(pins, path);
	struct bpf_map_info info;
	int err;

	if (fd < 0)
		return fd;
	err = map_info(fd, &info);
	if (!err && (info.value_size != size || info.key_size != sizeof(only)))
		err = -EPROTO;
	if (!err && bpf_map_lookup_elem(fd, &only, value))
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int write_value(struct rss_pins *pins, const char *path, const char *name, const void *value,
		       u32 size, struct espalier_error *e)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(only), size, 1, NULL);
	int err;

	if (fd < 0)
		return fail(e, errno, "map %s: %s", name, strerror(errno));
	if (bpf_map_update_elem(fd, &only, value, 0))
		err = fail(e, errno, "map %s: %s", name, strerror(errno));
	else
		err = rss_pins_put(pins, fd, path, e);
	close(fd);
	return err;
}

static void *map_memory(int fd, u32 value_size, u32 entries, size_t *size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at;

	*size = (((size_t)value_size + 7) / 8 * 8 * entries + page - 1) / page * page;
	at = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

static int open_maps(struct rss_instance *in, const char *dir)
{
	char path[PATH_ROOM];

	for (u32 i = 0; i < RSS_NR_MAPS; i++) {
		in->map[i] = -1;
		if (!is_pinned(i))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, rss_map_name(i));
		in->map[i] = rss_pins_get(in->pins, path);
		if (in->map[i] < 0)
			return in->map[i];
	}
	snprintf(path, sizeof(path), "%s/prog", dir);
	in->prog = rss_pins_get(in->pins, path);
	if (in->prog < 0)
		return in->prog;
	snprintf(path, sizeof(path), "%s/retired", dir);
	in->retired_fd = rss_pins_get(in->pins, path);
	return in->retired_fd < 0 ? in->retired_fd : 0;
}

static int check_layout(struct rss_instance *in, struct espalier_error *e)
{
	struct bpf_map_info info;
	int err = map_info(in->map[RSS_MAP_CONFIG], &info);

	if (err)
		return fail(e, -err, "map config: %s", strerror(-err));
	in->config_id = info.id;
	in->config = map_memory(in->map[RSS_MAP_CONFIG], info.value_size, 1, &in->config_size);
	if (!in->config)
		return fail(e, errno, "map config: %s", strerror(errno));
	if (info.value_size != sizeof(*in->config) || in->config->layout != RSS_LAYOUT)
		return fail(e, EPROTO,
			    "%s: pinned by another version (layout %u, here %u): detach, or "
			    "attach --replace --fresh",
			    rss_pins_dir(in->pins), in->config->layout, RSS_LAYOUT);
	return 0;
}

static int unfinished(const struct rss_pins *pins, struct espalier_error *e)
{
	return fail(e, ENODATA,
		    "%s: remains of an attach or detach that was cut short (espalier rss detach "
		    "--all removes them)",
		    rss_pins_dir(pins));
}

int rss_instance_open(struct rss_pins *pins, const char *dir, struct rss_instance **out,
		      struct espalier_error *e)
{
	int err = rss_instance_open_unfinished(pins, dir, out, e);

	if (!err && !(*out)->meta.complete) {
		rss_instance_close(*out);
		err = unfinished(pins, e);
	}
	return err;
}

int rss_instance_open_unfinished(struct rss_pins *pins, const char *dir, struct rss_instance **out,
				 struct espalier_error *e)
{
	struct rss_instance *in;
	char path[PATH_ROOM];
	int err;

	if (!rss_pins_has(pins, dir) && rss_pins_has(pins, "."))
		return unfinished(pins, e);
	if (!rss_pins_has(pins, dir))
		return fail(e, ENOENT, "%s: nothing is attached", rss_pins_dir(pins));
	in = calloc(1, sizeof(*in));
	if (!in)
		return fail(e, ENOMEM, "out of memory");
	in->pins = pins;
	in->meta_fd = in->retired_fd = in->prog = -1;
	for (u32 i = 0; i < RSS_NR_MAPS; i++)
		in->map[i] = -1;
	err = open_maps(in, dir);
	if (!err)
		err = check_layout(in, e);
	if (err && err != -EPROTO && err != -ENOENT)
		fail(e, -err, "%s/%s: %s", rss_pins_dir(pins), dir, strerror(-err));
	if (!err) {
		snprintf(path, sizeof(path), "%s/meta", dir);
		in->meta_fd = read_value(pins, path, &in->meta, sizeof(in->meta));
		err = in->meta_fd < 0 ? in->meta_fd : 0;
		if (err == -EPROTO)
			fail(e, EPROTO, "%s/%s: pinned by another version", rss_pins_dir(pins),
			     path);
	}
	if (err == -ENOENT)
		err = unfinished(pins, e);
	if (err) {
		rss_instance_close(in);
		return err;
	}
	in->cpus = map_memory(in->map[RSS_MAP_CPUS], sizeof(*in->cpus), in->meta.nr_cpus,
			      &in->cpus_size);
	*out = in;
	return 0;
}

void rss_instance_close(struct rss_instance *in)
{
	if (!in)
		return;
	if (in->config)
		munmap(in->config, in->config_size);
	if (in->cpus)
		munmap(in->cpus, in->cpus_size);
	for (u32 i = 0; i < RSS_NR_MAPS; i++) {
		if (in->map[i] >= 0)
			close(in->map[i]);
	}
	if (in->prog >= 0)
		close(in->prog);
	if (in->meta_fd >= 0)
		close(in->meta_fd);
	if (in->retired_fd >= 0)
		close(in->retired_fd);
	free(in);
}

static int pin_retired(struct rss_pins *pins, const char *path, int fd, struct espalier_error *e)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	int own = -1, err;

	if (fd < 0) {
		own = bpf_map_create(BPF_MAP_TYPE_HASH, "rss_retired", sizeof(struct rss_peer),
				     sizeof(struct rss_retired), RSS_RETIRED_PEERS, &opts);
		if (own < 0)
			return fail(e, errno, "map retired: %s", strerror(errno));
	}
	err = rss_pins_put(pins, fd < 0 ? own : fd, path, e);
	if (own >= 0)
		close(own);
	return err;
}

int rss_instance_pin(struct rss_pins *pins, const char *dir, const struct rss_prog *prog,
		     const int watch[2], const struct rss_meta *meta, int retired,
		     struct espalier_error *e)
{
	char path[PATH_ROOM];
	int err = rss_pins_make(pins, dir, e);

	for (u32 i = 0; i < 2 && !err && watch[0] >= 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, rss_watch_names[i]);
		err = rss_pins_put(pins, watch[i], path, e);
	}
	for (u32 i = 0; i < RSS_NR_MAPS && !err; i++) {
		if (!is_pinned(i))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, rss_map_name(i));
		err = rss_pins_put(pins, rss_prog_map_fd(prog, i), path, e);
	}
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/prog", dir);
	err = rss_pins_put(pins, rss_prog_fd(prog), path, e);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/retired", dir);
	err = pin_retired(pins, path, retired, e);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/meta", dir);
	return write_value(pins, path, "rss_meta", meta, sizeof(*meta), e);
}

int rss_instance_write_meta(struct rss_instance *in, struct espalier_error *e)
{
	if (bpf_map_update_elem(in->meta_fd, &only, &in->meta, 0))
		return fail(e, errno, "map meta: %s", strerror(errno));
	return 0;
}

int rss_instance_settings(const struct rss_instance *in, struct rss_settings *s,
			  struct espalier_error *e)
{
	const struct rss_config *c = in->config;

	*s = (struct rss_settings){
		.policy = c->policy,
		.fixed_cpu = c->fixed_cpu,
		.nr_cpus = min(c->nr_policy_cpus, (u32)RSS_MAX_CPUS),
		.lookup = in->meta.lookup,
		.nr_ports = min(c->nr_ports, (u32)RSS_MAX_PORTS),
		.nr_marks = min(c->nr_marks, (u32)RSS_MAX_MARKS),
		.netns_id = c->netns_id,
		.qsize = in->meta.qsize,
		.max_sas = in->meta.max_sas,
	};
	memcpy(s->ports, c->ports, s->nr_ports * sizeof(s->ports[0]));
	memcpy(s->marks, c->marks, s->nr_marks * sizeof(s->marks[0]));
	for (u32 i = 0; i < s->nr_cpus; i++) {
		if (bpf_map_lookup_elem(in->map[RSS_MAP_POLICY_CPUS], &i, &s->cpus[i]))
			return fail(e, errno, "map policy_cpus: %s", strerror(errno));
	}
	return 0;
}

int rss_instance_remove(struct rss_pins *pins, struct espalier_error *e)
{
	/* Links first, so that no program is left without its pins for long. */
	static const char *const parts[] = {"ifaces", "next", "aside", "cur"};
	int err = 0;

	for (u32 i = 0; i < ARRAY_SIZE(parts) && !err; i++)
		err = rss_pins_remove(pins, parts[i], e);
	return err;
}

int rss_instance_open_cpu(struct rss_instance *in, u32 cpu, u32 qsize, struct espalier_error *e)
{
	struct bpf_cpumap_val queue = {.qsize = qsize};
	struct rss_cpu entry = {0};

	if (bpf_map_update_elem(in->map[RSS_MAP_CPU_MAP], &cpu, &queue, 0))
		return fail(e, errno, "CPU %u: a queue of %u packets: %s", cpu, qsize,
			    strerror(errno));
	if (in->cpus && cpu < in->meta.nr_cpus) {
		__atomic_fetch_or(&in->cpus[cpu].flags, RSS_CPU_ONLINE, __ATOMIC_RELEASE);
		return 0;
	}
	if (bpf_map_lookup_elem(in->map[RSS_MAP_CPUS], &cpu, &entry))
		return fail(e, errno, "CPU %u: %s", cpu, strerror(errno));
	entry.flags |= RSS_CPU_ONLINE;
	if (bpf_map_update_elem(in->map[RSS_MAP_CPUS], &cpu, &entry, 0))
		return fail(e, errno, "CPU %u: %s", cpu, strerror(errno));
	return 0;
}

void rss_instance_switch(struct rss_instance *in, u64 steer_until)
{
	__atomic_store_n(&in->config->steer_until, steer_until, __ATOMIC_RELEASE);
}

u64 rss_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ull + (u64)ts.tv_nsec;
}

int rss_record_read(const struct rss_pins *pins, const char *pin, struct rss_record *r)
{
	char path[PATH_ROOM];
	int fd;

	snprintf(path, sizeof(path), "ifaces/%s/record", pin);
	fd = read_value(pins, path, r, sizeof(*r));
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int rss_record_write(struct rss_pins *pins, const char *pin, const struct rss_record *r,
		     struct espalier_error *e)
{
	char path[PATH_ROOM];
	int err;

	snprintf(path, sizeof(path), "ifaces/%s", pin);
	err = rss_pins_make(pins, path, e);
	if (err)
		return err;
	snprintf(path, sizeof(path), "ifaces/%s/record", pin);
	return write_value(pins, path, "rss_record", r, sizeof(*r), e);
}

int rss_record_enter(const struct rss_record *r, int *back, struct espalier_error *e)
{
	u64 dev, ino;
	int err;

	err = rss_netns_enter(r->netns, back, e);
	if (err)
		return err == -EINVAL ? -ENOENT : err;
	if (!rss_netns_here(&dev, &ino) && dev == r->netns_dev && ino == r->netns_ino)
		return 0;
	rss_netns_leave(*back);
	/* Another one has got the name. */
	if (r->netns[0])
		return fail(e, ENOENT, "%s: network namespace %s is gone", r->iface, r->netns);
	return fail(e, ESTALE, "%s: was attached in another network namespace", r->iface);
}
