// SPDX-License-Identifier: BSD-2-Clause
#include "rss/topology.h"

#include <bpf/libbpf.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rss/policy.h"

#define CPU_DIR	   "/sys/devices/system/cpu"
#define TEXT_LINES 8192

static bool read_line(const char *path, char *text, size_t room)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fgets(text, (int)room, f);
	fclose(f);
	if (ok)
		text[strcspn(text, "\n")] = '\0';
	return ok;
}

u32 rss_cpuset_count(const struct rss_cpuset *s)
{
	u32 nr = 0;

	for (u32 i = 0; i < ARRAY_SIZE(s->bits); i++)
		nr += (u32)__builtin_popcountll(s->bits[i]);
	return nr;
}

void rss_cpuset_text(const struct rss_cpuset *s, char *text, size_t room)
{
	size_t n = 0;
	u32 last;

	snprintf(text, room, "none");
	for (u32 cpu = 0; cpu < RSS_MAX_CPUS; cpu = last + 1) {
		char item[32];
		int len;

		last = cpu;
		if (!rss_cpuset_has(s, cpu))
			continue;
		while (rss_cpuset_has(s, last + 1))
			last++;
		len = last == cpu
			      ? snprintf(item, sizeof(item), "%s%u", n ? "," : "", cpu)
			      : snprintf(item, sizeof(item), "%s%u-%u", n ? "," : "", cpu, last);
		if (n + (size_t)len + 4 > room) {
			snprintf(text + n, room - n, "...");
			return;
		}
		n += (size_t)snprintf(text + n, room - n, "%s", item);
	}
}

void rss_cpuset_read(const char *path, struct rss_cpuset *s)
{
	u32 cpus[RSS_MAX_CPUS], nr;
	char text[TEXT_LINES];

	*s = (struct rss_cpuset){0};
	if (!read_line(path, text, sizeof(text)) ||
	    rss_cpus_parse(text, RSS_MAX_CPUS, cpus, &nr, NULL))
		return;
	for (u32 i = 0; i < nr; i++)
		rss_cpuset_add(s, cpus[i]);
}

u32 rss_nr_cpus(void)
{
	int nr = libbpf_num_possible_cpus();

	return nr < 1 ? 0 : (u32)nr;
}

void rss_cpus_online(struct rss_cpuset *s)
{
	rss_cpuset_read(CPU_DIR "/online", s);
}

/* The device's folder in sysfs: by its bus, since /sys/class/net shows one namespace only. */
static bool find_device(const char *bus_info, char path[PATH_MAX])
{
	char link[PATH_MAX];
	struct dirent *d;
	bool found = false;
	DIR *dir;

	if (!*bus_info || strchr(bus_info, '/'))
		return false;
	dir = opendir("/sys/bus");
	if (!dir)
		return false;
	while (!found && (d = readdir(dir))) {
		snprintf(link, sizeof(link), "/sys/bus/%s/devices/%s", d->d_name, bus_info);
		found = d->d_name[0] != '.' && realpath(link, path);
	}
	closedir(dir);
	return found;
}

static bool up_one(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

static int numa_node(const char *device)
{
	char path[PATH_MAX], file[PATH_MAX + 16], text[32];

	snprintf(path, sizeof(path), "%s", device);
	do {
		snprintf(file, sizeof(file), "%s/numa_node", path);
		if (read_line(file, text, sizeof(text)))
			return atoi(text);
	} while (up_one(path));
	return -1;
}

/* The nearest folder with message-signalled interrupts: a virtio device's are its parent's. */
static void interrupts_of(const char *device, struct rss_cpuset *s)
{
	char path[PATH_MAX], file[PATH_MAX + 16];
	struct rss_cpuset one;
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "%s", device);
	do {
		snprintf(file, sizeof(file), "%s/msi_irqs", path);
		dir = opendir(file);
	} while (!dir && up_one(path));
	if (!dir)
		return;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "/proc/irq/%.16s/effective_affinity_list", d->d_name);
		rss_cpuset_read(file, &one);
		if (!rss_cpuset_count(&one)) {
			snprintf(file, sizeof(file), "/proc/irq/%.16s/smp_affinity_list",
				 d->d_name);
			rss_cpuset_read(file, &one);
		}
		for (u32 i = 0; i < ARRAY_SIZE(s->bits); i++)
			s->bits[i] |= one.bits[i];
	}
	closedir(dir);
}

void rss_placement_read(const struct rss_device *dev, struct rss_placement *p)
{
	struct rss_cpuset online, node = {0}, rest;
	char path[PATH_MAX], file[64];

	*p = (struct rss_placement){.node = -1};
	rss_cpus_online(&online);
	rss_cpuset_read(CPU_DIR "/isolated", &p->isolated);
	if (find_device(dev->bus, path)) {
		p->node = numa_node(path);
		interrupts_of(path, &p->interrupts);
	}
	if (p->node >= 0) {
		snprintf(file, sizeof(file), "/sys/devices/system/node/node%d/cpulist", p->node);
		rss_cpuset_read(file, &node);
	}
	if (!rss_cpuset_count(&node))
		node = online;
	for (u32 i = 0; i < ARRAY_SIZE(online.bits); i++) {
		p->near.bits[i] = node.bits[i] & online.bits[i];
		p->chosen.bits[i] = p->near.bits[i] & ~p->isolated.bits[i];
		rest.bits[i] = p->chosen.bits[i] & ~p->interrupts.bits[i];
	}
	if (rss_cpuset_count(&rest) >= 2 &&
	    2 * rss_cpuset_count(&rest) >= rss_cpuset_count(&p->chosen))
		p->chosen = rest;
	/* Nothing but isolated CPUs there: any online one. */
	if (!rss_cpuset_count(&p->chosen))
		p->chosen = online;
}
