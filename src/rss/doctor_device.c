// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "doctor_parts.h"

static const enum rss_severity severities[] = {
	[RSS_SAYS] = RSS_NOTE,
	[RSS_WARNS] = RSS_WARNING,
	[RSS_REFUSES] = RSS_PROBLEM,
};

static bool is_ours(const struct rss_facts *f, const struct rss_device *dev)
{
	for (u32 i = 0; f->st && i < f->st->nr_ifaces; i++) {
		const struct rss_iface_status *s = &f->st->ifaces[i];

		if (s->attached && s->prog_id && s->prog_id == dev->prog_id)
			return true;
	}
	return false;
}

/* What attach would say, "NAME: WHAT: WHY". */
static void preflight(const struct rss_device *dev, struct rss_diagnosis *d)
{
	struct rss_findings said = {0};

	rss_preflight(dev, RSS_MODE_AUTO, &said);
	for (u32 i = 0; i < said.nr; i++) {
		const struct rss_finding *s = &said.at[i];
		const char *what = s->text + strlen(dev->name) + 2, *why = strstr(what, ": ");

		/* That it works as it should stands in the summary. */
		if (s->grade == RSS_SAYS && !why)
			continue;
		if (why)
			doctor_find(d, severities[s->grade], "driver", dev->name, s->mend,
				    "%.*s\n%c%s.", (int)(why - what), what, toupper(why[2]),
				    why + 3);
		else
			doctor_find(d, severities[s->grade], "driver", dev->name, s->mend, "%s",
				    what);
	}
}

static void judge_program(const struct rss_facts *f, const struct rss_device *dev,
			  struct rss_diagnosis *d)
{
	const char *name = dev->prog_name[0] ? dev->prog_name : "its name may not be asked";
	char mend[128];

	if (!dev->prog_id || is_ours(f, dev))
		return;
	/* Nor can be seen what is attached: it may well be ours. */
	if (!dev->prog_name[0] && !f->st && f->kernel.bpf != RSS_YES) {
		doctor_find(d, RSS_NOTE, "program", dev->name, NULL,
			    "an XDP program is attached: id %u\nIts name may not be asked without "
			    "root.",
			    dev->prog_id);
		return;
	}
	if (!strcmp(dev->prog_name, "xdp_dispatcher")) {
		doctor_find(d, RSS_NOTE, "program", dev->name, NULL,
			    "libxdp's dispatcher is there (id %u)\nesp_rss will run beside the "
			    "programs that it has.",
			    dev->prog_id);
		return;
	}
	snprintf(mend, sizeof(mend), "ip link set dev %s xdp off", dev->name);
	doctor_find(d, RSS_PROBLEM, "program", dev->name, mend,
		    "another XDP program is attached: id %u (%s)\nattach does not throw it off. %s",
		    dev->prog_id, name,
		    f->kernel.has.dispatcher
			    ? "Load it through libxdp (xdp-loader), and both run."
			    : "This kernel cannot run both; the command below ends the other.");
}

/* The hardware first. */
static void judge_hardware(const struct rss_device *dev, struct rss_diagnosis *d)
{
	bool steers = !strcmp(dev->driver, "ice") || !strcmp(dev->driver, "mlx5_core");
	char mend[160];

	if ((dev->spi_hash4 || dev->spi_hash6) && dev->channels > 1)
		doctor_find(d, RSS_NOTE, "spi-hash", dev->name, NULL,
			    "the NIC spreads ESP of %s over its %u queues by the SPI\n"
			    "Steering adds little but the owners of per-CPU SAs: --policy pass "
			    "leaves the others where the NIC puts them.",
			    !dev->spi_hash6   ? "IPv4"
			    : !dev->spi_hash4 ? "IPv6"
					      : "IPv4 and IPv6",
			    dev->channels);
	if (!dev->spi_hash4 && dev->ntuple_possible && steers && dev->channels > 1) {
		char on[64] = "";

		if (!dev->ntuple)
			snprintf(on, sizeof(on), "ethtool -K %s ntuple on; ", dev->name);
		snprintf(mend, sizeof(mend), "%sethtool -N %s flow-type esp4 spi SPI action QUEUE",
			 on, dev->name);
		doctor_find(
			d, RSS_NOTE, "ntuple", dev->name, mend,
			"the NIC can steer by SPI itself (%s, flow rules)\n"
			"A rule per SA costs no CPU time; SAs that change often are better left "
			"to esp_rss.",
			dev->driver);
	}
	if (dev->esp_offload)
		doctor_find(
			d, RSS_NOTE, "offload", dev->name, NULL,
			"the NIC can decrypt ESP itself (esp-hw-offload)\n"
			"SAs that are given to it pass, decided packet by packet; only the others "
			"are steered.");
}

static void judge_rps(const struct rss_device_facts *x, struct rss_diagnosis *d)
{
	char mend[160];

	if (!x->rps)
		return;
	snprintf(mend, sizeof(mend),
		 "for q in /sys/class/net/%s/queues/rx-*/rps_cpus; do echo 0 >$q; done",
		 x->dev.name);
	doctor_find(
		d, RSS_PROBLEM, "rps", x->dev.name, mend,
		"RPS is on for %u receive queue%s (CPU mask %s)\n"
		"It comes after the CPUMAP and moves packets again, by a hash over addresses that "
		"is the same for all SAs of two hosts: it undoes the steering.",
		x->rps, x->rps == 1 ? "" : "s", x->rps_text);
}

static void judge_interrupts(const struct rss_facts *f, const struct rss_device_facts *x,
			     struct rss_diagnosis *d)
{
	const struct rss_device *dev = &x->dev;
	u32 cpus = rss_cpuset_count(&x->placement.interrupts);
	char text[64], mend[160];

	if (!cpus)
		return;
	rss_cpuset_text(&x->placement.interrupts, text, sizeof(text));
	if (cpus == 1 && dev->channels > 1)
		doctor_find(
			d, RSS_WARNING, "irq", dev->name,
			f->irqbalance ? "irqbalance --oneshot, or "
					"echo CPU >/proc/irq/N/smp_affinity_list"
				      : "echo CPU >/proc/irq/N/smp_affinity_list",
			"all interrupts of %u queues are on CPU %s\n"
			"What is not steered, and the receiving half of what is, shares one CPU.",
			dev->channels, text);
	if (f->irqbalance && f->st && cpus < rss_cpuset_count(&f->online)) {
		rss_cpuset_text(&x->placement.chosen, text, sizeof(text));
		snprintf(mend, sizeof(mend),
			 "IRQBALANCE_BANNED_CPULIST=%s in /etc/default/irqbalance", text);
		doctor_find(d, RSS_NOTE, "irqbalance", dev->name, mend,
			    "irqbalance runs\nIt may move the NIC's interrupts onto CPUs that "
			    "decrypt.");
	}
}

static void summary(const struct rss_device_facts *x, struct rss_diagnosis *d)
{
	const struct rss_device *dev = &x->dev;
	bool native = rss_likely_mode(dev, RSS_MODE_AUTO) == RSS_MODE_NATIVE;
	char irqs[64], cpus[64], queues[32] = "", from[48] = "";

	if (dev->channels)
		snprintf(queues, sizeof(queues), ", %u queue%s", dev->channels,
			 dev->channels == 1 ? "" : "s");
	if (x->asked[0])
		snprintf(from, sizeof(from), " (for %s)", x->asked);
	rss_cpuset_text(&x->placement.interrupts, irqs, sizeof(irqs));
	rss_cpuset_text(&x->placement.chosen, cpus, sizeof(cpus));
	doctor_find(d, RSS_OK, "device", dev->name, NULL,
		    "%s%s: %s XDP%s%s, MTU %u%s%s%s; CPUs for the policy: %s",
		    dev->driver[0] ? dev->driver : "no driver known", from,
		    native ? "native" : "generic",
		    dev->xdp_known || !native ? "" : " if the driver has it",
		    (dev->xdp_features & RSS_XDP_RX_SG) ? " with jumbo frames" : "", dev->mtu,
		    queues,
		    rss_cpuset_count(&x->placement.interrupts) ? ", interrupts on CPU " : "",
		    rss_cpuset_count(&x->placement.interrupts) ? irqs : "", cpus);
}

void doctor_device(const struct rss_facts *f, const struct rss_device_facts *x,
		   struct rss_diagnosis *d)
{
	preflight(&x->dev, d);
	judge_program(f, &x->dev, d);
	judge_rps(x, d);
	judge_interrupts(f, x, d);
	judge_hardware(&x->dev, d);
	summary(x, d);
}
