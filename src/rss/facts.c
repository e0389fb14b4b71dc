// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "doctor_parts.h"

#define XFRM_STAT "/proc/thread-self/net/xfrm_stat"

void facts_unseen(struct rss_facts *f, const char *fmt, ...)
{
	va_list ap;

	if (f->nr_unseen == RSS_MAX_UNSEEN)
		return;
	va_start(ap, fmt);
	vsnprintf(f->unseen[f->nr_unseen++], sizeof(f->unseen[0]), fmt, ap);
	va_end(ap);
}

void facts_xfrm(struct rss_facts *f)
{
	FILE *in = fopen(XFRM_STAT, "re");
	struct espalier_error e = {0};
	unsigned long long v;
	char name[40];

	while (in && f->nr_counters < RSS_MAX_XFRM_COUNTERS &&
	       fscanf(in, "%39s %llu", name, &v) == 2) {
		struct rss_xfrm_counter *c = &f->counters[f->nr_counters++];

		memcpy(c->name, name, sizeof(c->name));
		c->value = v;
	}
	if (in)
		fclose(in);
	else
		facts_unseen(f, "why the kernel lost packets: no %s", XFRM_STAT);
	f->sad_read = !rss_sad_read(-1, &f->sad, &e);
	if (!f->sad_read && f->kernel.xfrm != RSS_NO)
		facts_unseen(f, "the SAs: %.150s", e.text);
}

static void read_cpus(struct rss_facts *f)
{
	f->nr_cpus = rss_nr_cpus();
	rss_cpus_online(&f->online);
	rss_cpuset_read("/sys/devices/system/cpu/present", &f->offline);
	for (u32 i = 0; i < ARRAY_SIZE(f->offline.bits); i++)
		f->offline.bits[i] &= ~f->online.bits[i];
}

static bool runs(const char *name)
{
	char path[280], text[32];
	bool found = false;
	struct dirent *e;
	DIR *d = opendir("/proc");

	while (d && !found && (e = readdir(d))) {
		FILE *in;

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		in = fopen(path, "re");
		if (!in)
			continue;
		if (fgets(text, sizeof(text), in)) {
			text[strcspn(text, "\n")] = '\0';
			found = !strcmp(text, name);
		}
		fclose(in);
	}
	if (d)
		closedir(d);
	return found;
}

/* Nothing attached is no news: doctor is asked before, too. */
static void read_status(struct rss_facts *f, const char *bpffs)
{
	struct espalier_error e = {0};
	struct rss_pins *pins;
	int err;

	if (f->kernel.bpffs == RSS_NO)
		return;
	err = rss_pins_open(bpffs, RSS_READ, &pins, &e);
	if (!err) {
		rss_pins_close(pins);
		err = rss_status_read(bpffs, &f->st, &e);
	}
	if (err && err != -ENOENT)
		facts_unseen(f, "what is attached: %.150s", e.text);
}

static int add_device(struct rss_facts *f, const char *name, const char *asked,
		      struct espalier_error *e)
{
	struct rss_device_facts *x;
	int err;

	for (u32 i = 0; i < f->nr_dev; i++) {
		if (!strcmp(f->dev[i].dev.name, name))
			return 0;
	}
	x = reallocarray(f->dev, f->nr_dev + 1, sizeof(*x));
	if (!x)
		return fail(e, ENOMEM, "out of memory");
	f->dev = x;
	x += f->nr_dev;
	memset(x, 0, sizeof(*x));
	err = rss_device_read(name, &x->dev, e);
	if (err)
		return err;
	if (strcmp(name, asked))
		snprintf(x->asked, sizeof(x->asked), "%.15s", asked);
	f->nr_dev++;
	facts_device(f, x);
	return 0;
}

static int add_named(struct rss_facts *f, const char *asked, struct espalier_error *e)
{
	char names[RSS_MAX_DEVICES][IF_NAMESIZE];
	u32 nr = 0;
	int err = rss_device_lower(asked, names, &nr, e);

	for (u32 i = 0; i < nr && !err; i++)
		err = add_device(f, names[i], asked, e);
	return err;
}

static int add_found(struct rss_facts *f, struct espalier_error *e)
{
	char names[RSS_MAX_DEVICES][IF_NAMESIZE];
	u32 nr = 0;
	int err = 0;

	/* Another namespace's, or gone: not ours to look at. */
	for (u32 i = 0; f->st && i < f->st->nr_ifaces; i++) {
		const struct rss_iface_status *s = &f->st->ifaces[i];

		if (s->attached && s->asked &&
		    add_device(f, s->record.iface, s->record.iface, NULL))
			facts_unseen(f, "%s: it is in another network namespace (--netns)",
				     s->record.iface);
	}
	if (f->nr_dev)
		return 0;
	err = rss_device_list(names, &nr, e);
	for (u32 i = 0; i < nr && !err; i++)
		err = add_device(f, names[i], names[i], e);
	if (!err && !nr)
		facts_unseen(f, "interfaces: no hardware is up here; name one");
	return err;
}

int rss_facts_gather(const char *const *ifaces, u32 nr, const char *bpffs, struct rss_facts *f,
		     struct espalier_error *e)
{
	int err = 0;

	*f = (struct rss_facts){.now = (u64)time(NULL)};
	facts_kernel(f, bpffs);
	read_cpus(f);
	f->irqbalance = runs("irqbalance");
	read_status(f, bpffs);
	for (u32 i = 0; i < nr && !err; i++)
		err = add_named(f, ifaces[i], e);
	if (!nr)
		err = add_found(f, e);
	if (!err)
		facts_xfrm(f);
	return err;
}

void rss_facts_free(struct rss_facts *f)
{
	rss_status_free(f->st);
	rss_sad_free(&f->sad);
	free(f->dev);
	*f = (struct rss_facts){0};
}
