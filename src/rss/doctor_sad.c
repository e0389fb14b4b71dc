// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_parts.h"
#include "rss/name.h"

#define SUBJECT "SAs"
/* The kernel's bound on a replay window (XFRMA_REPLAY_ESN_MAX bits). */
#define MAX_WINDOW 4096
/* Below that much traffic an SA is not called heavy. */
#define FEW_PACKETS 10000
#define DAY	    86400.0

/**
 * struct tally - inbound SAs, counted
 * @first: an example of each
 */
struct tally {
	u32 inbound;
	u32 larval;
	u32 offloaded;
	u32 owned;
	u32 beyond;
	u32 offline;
	u32 narrow;
	u32 late;
	u32 broken;
	u32 wraps;
	u64 late_packets;
	u64 broken_packets;
	u64 packets;
	u64 bytes;
	u32 smallest;
	double wraps_in; /* seconds */
	const struct rss_sad_sa *first_beyond, *first_offline, *first_narrow, *first_late,
		*first_broken, *first_wraps, *heaviest;
};

static void note(u32 *nr, const struct rss_sad_sa **first, const struct rss_sad_sa *sa)
{
	if (!(*nr)++)
		*first = sa;
}

static u32 qsize_of(const struct rss_facts *f)
{
	return f->st ? f->st->settings.qsize : RSS_QSIZE;
}

/* How soon its sequence numbers of 32 bits are used up, at its mean rate so far. */
static double seconds_left(const struct rss_facts *f, const struct rss_sad_sa *sa)
{
	double left = 4294967296.0 - (double)sa->packets;

	if (sa->esn || sa->larval || !sa->added || sa->added >= f->now || !sa->packets)
		return DAY * 365;
	return left <= 0 ? 0 : left * (double)(f->now - sa->added) / (double)sa->packets;
}

static void count_one(const struct rss_facts *f, const struct rss_sad_sa *sa, struct tally *t)
{
	double left = seconds_left(f, sa);

	t->inbound++;
	t->larval += sa->larval;
	t->offloaded += sa->offloaded;
	if (!sa->offloaded) {
		t->packets += sa->packets;
		t->bytes += sa->bytes;
		if (!t->heaviest || sa->bytes > t->heaviest->bytes)
			t->heaviest = sa;
	}
	if (sa->pcpu_num != RSS_NO_CPU) {
		t->owned++;
		if (sa->pcpu_num >= f->nr_cpus)
			note(&t->beyond, &t->first_beyond, sa);
		else if (!rss_cpuset_has(&f->online, sa->pcpu_num))
			note(&t->offline, &t->first_offline, sa);
	}
	if (sa->replay_window && sa->replay_window < min(qsize_of(f), (u32)MAX_WINDOW) &&
	    !sa->larval) {
		if (!t->narrow || sa->replay_window < t->smallest)
			t->smallest = sa->replay_window;
		note(&t->narrow, &t->first_narrow, sa);
	}
	if (sa->late) {
		note(&t->late, &t->first_late, sa);
		t->late_packets += sa->late;
	}
	if (sa->broken) {
		note(&t->broken, &t->first_broken, sa);
		t->broken_packets += sa->broken;
	}
	if (left < DAY) {
		if (!t->wraps || left < t->wraps_in)
			t->wraps_in = left;
		note(&t->wraps, &t->first_wraps, sa);
	}
}

/* "SPI 0x12345678 from ADDR", "... and 3 more". */
static const char *example(const struct rss_sad_sa *sa, u32 nr, char text[RSS_SA_TEXT + 24])
{
	char one[RSS_SA_TEXT];

	rss_sa_text(&sa->key, sa->saddr, one);
	if (nr > 1)
		snprintf(text, RSS_SA_TEXT + 24, "%s and %u more", one, nr - 1);
	else
		snprintf(text, RSS_SA_TEXT + 24, "%s", one);
	return text;
}

static void judge_owners(const struct rss_facts *f, const struct tally *t, struct rss_diagnosis *d)
{
	char text[RSS_SA_TEXT + 24];

	if (t->beyond)
		doctor_find(d, RSS_WARNING, "owner-beyond", SUBJECT,
			    "fewer per-CPU SAs in the IKE daemon's configuration",
			    "%u belong%s to a CPU that this machine has not: %s (CPU %u of %u)\n"
			    "They go by policy, as if they belonged to none.",
			    t->beyond, t->beyond == 1 ? "s" : "",
			    example(t->first_beyond, t->beyond, text), t->first_beyond->pcpu_num,
			    f->nr_cpus);
	if (t->offline) {
		char mend[80];

		snprintf(mend, sizeof(mend), "echo 1 >/sys/devices/system/cpu/cpu%u/online",
			 t->first_offline->pcpu_num);
		doctor_find(d, RSS_WARNING, "owner-offline", SUBJECT, mend,
			    "%u belong%s to a CPU that is offline: %s (CPU %u)\n"
			    "They go by policy until it comes back.",
			    t->offline, t->offline == 1 ? "s" : "",
			    example(t->first_offline, t->offline, text),
			    t->first_offline->pcpu_num);
	}
}

static void judge_marks(const struct rss_facts *f, struct rss_diagnosis *d)
{
	struct rss_marks marks;

	rss_sad_marks(&f->sad, &marks);
	if (marks.missed)
		doctor_find(
			d, RSS_WARNING, "marks", SUBJECT,
			"espalier rss attach --replace --lookup map, with espalier rss daemon",
			"%llu cannot be found by a mark: they have more than %d different ones\n"
			"An XDP program sees no mark, so up to four are tried for each packet. "
			"What is not found passes.",
			(unsigned long long)marks.missed, RSS_MAX_MARKS);
}

static bool same_group(const struct rss_sad_sa *a, const struct rss_sad_sa *b)
{
	return a->reqid == b->reqid && a->if_id == b->if_id && a->mode == b->mode &&
	       a->pcpu_num == b->pcpu_num && a->mark == b->mark && a->key.proto == b->key.proto &&
	       a->key.family == b->key.family && !memcmp(a->saddr, b->saddr, sizeof(a->saddr)) &&
	       !memcmp(a->key.daddr, b->key.daddr, sizeof(a->key.daddr));
}

static int by_group(const void *x, const void *y)
{
	const struct rss_sad_sa *a = *(const struct rss_sad_sa *const *)x;
	const struct rss_sad_sa *b = *(const struct rss_sad_sa *const *)y;
	int diff = memcmp(a->saddr, b->saddr, sizeof(a->saddr));

	if (!diff)
		diff = memcmp(a->key.daddr, b->key.daddr, sizeof(a->key.daddr));
	if (!diff && a->reqid != b->reqid)
		diff = a->reqid < b->reqid ? -1 : 1;
	if (!diff && a->if_id != b->if_id)
		diff = a->if_id < b->if_id ? -1 : 1;
	if (!diff && a->mark != b->mark)
		diff = a->mark < b->mark ? -1 : 1;
	if (!diff && a->pcpu_num != b->pcpu_num)
		diff = a->pcpu_num < b->pcpu_num ? -1 : 1;
	return diff;
}

/* Of one owner more SAs than a rekey leaves. */
static void judge_groups(const struct rss_facts *f, struct rss_diagnosis *d)
{
	const struct rss_sad_sa **at = calloc(f->sad.nr + 1ul, sizeof(*at));
	const struct rss_sad_sa *worst = NULL;
	u32 nr = 0, most = 2;
	char text[RSS_SA_TEXT + 24];

	if (!at) {
		d->failed = true;
		return;
	}
	for (u32 i = 0; i < f->sad.nr; i++) {
		if (f->sad.at[i].inbound && f->sad.at[i].pcpu_num != RSS_NO_CPU)
			at[nr++] = &f->sad.at[i];
	}
	qsort(at, nr, sizeof(*at), by_group);
	for (u32 i = 0, n; i < nr; i += n) {
		n = 1;
		while (i + n < nr && same_group(at[i], at[i + n]))
			n++;
		if (n > most) {
			most = n;
			worst = at[i];
		}
	}
	free(at);
	if (worst)
		doctor_find(d, RSS_NOTE, "duplicates", SUBJECT,
			    "look for SAs that IKE has lost track of: espalier sad show",
			    "CPU %u owns %u SAs of one tunnel: %s\n"
			    "A rekey leaves two for a while. More are leftovers, or the peer may "
			    "send on any of them.",
			    worst->pcpu_num, most, example(worst, most, text));
}

/* SAs that differ in nothing but the mark: which of them is found is a matter of the order. */
static void judge_twins(const struct rss_facts *f, struct rss_diagnosis *d)
{
	const struct rss_sad_sa *first = NULL;
	u32 nr = 0;
	char text[RSS_SA_TEXT + 24];

	for (u32 i = 1; i < f->sad.nr; i++) {
		const struct rss_sad_sa *a = &f->sad.at[i - 1], *b = &f->sad.at[i];

		if (b->inbound && !memcmp(&a->key, &b->key, sizeof(a->key)) &&
		    a->pcpu_num != b->pcpu_num)
			note(&nr, &first, b);
	}
	if (nr)
		doctor_find(
			d, RSS_WARNING, "twins", SUBJECT, "give them different SPIs",
			"%u share%s address, protocol and SPI with another, which has another "
			"owner: %s\nThey differ by the mark, which XDP does not see: packets of "
			"one go to the owner of the other.",
			nr, nr == 1 ? "s" : "", example(first, nr, text));
}

static void judge_replay(const struct rss_facts *f, const struct tally *t, struct rss_diagnosis *d)
{
	u32 qsize = qsize_of(f), wanted = min(qsize, (u32)MAX_WINDOW);
	char text[RSS_SA_TEXT + 24], mend[160];

	snprintf(mend, sizeof(mend),
		 "replay_window = %u in the child's section of swanctl.conf; replay-window=%u in "
		 "ipsec.conf; replay-window %u flag esn of ip xfrm",
		 wanted, wanted, wanted);
	if (t->late)
		doctor_find(
			d, RSS_WARNING, "late", SUBJECT, mend,
			"%llu packets came behind the replay window and were dropped: %s (window "
			"%u)\nThe order is lost by more than the window: by the sender's CPUs, by "
			"the path, or by what moves packets behind XDP (RPS).",
			(unsigned long long)t->late_packets, example(t->first_late, t->late, text),
			t->first_late->replay_window);
	else if (t->narrow)
		doctor_find(
			d, RSS_NOTE, "replay-window", SUBJECT, mend,
			"%u ha%s a replay window below the queue's %u packets: %s (smallest: "
			"%u)\nWhat waits in a full queue is that far behind. It matters if an SA "
			"changes its CPU, or if its sender uses it on several: then packets are "
			"dropped.",
			t->narrow, t->narrow == 1 ? "s" : "ve", qsize,
			example(t->first_narrow, t->narrow, text), t->smallest);
	if (t->broken)
		doctor_find(
			d, RSS_WARNING, "integrity", SUBJECT, NULL,
			"%llu packets had a wrong check value: %s\nDamaged on the way, forged, or "
			"the peers do not have the same key. Steering does not cause it.",
			(unsigned long long)t->broken_packets,
			example(t->first_broken, t->broken, text));
	if (t->wraps)
		doctor_find(d, RSS_WARNING, "esn", SUBJECT,
			    "esn in the IKE proposal (strongSwan: esp_proposals = aes128gcm16-esn)",
			    "%u without ESN use%s up all sequence numbers in %.1f h at this rate: "
			    "%s\nA rekey has to come before, or the SA stops.",
			    t->wraps, t->wraps == 1 ? "s" : "", t->wraps_in / 3600,
			    example(t->first_wraps, t->wraps, text));
}

/* Of packets, and from the program's own counters. */
static bool said_already(const struct rss_facts *f)
{
	for (u32 i = 0; f->st && i < f->st->advice.nr; i++) {
		if (strstr(f->st->advice.at[i].text, "One SA is one CPU"))
			return true;
	}
	return false;
}

static void judge_spread(const struct rss_facts *f, const struct tally *t, struct rss_diagnosis *d)
{
	u32 cpus = f->st       ? f->st->settings.nr_cpus
		   : f->nr_dev ? rss_cpuset_count(&f->dev[0].placement.chosen)
			       : rss_cpuset_count(&f->online);
	const char *per_cpu =
		f->kernel.has.pcpu_num
			? "per_cpu_sas = yes with start_action = trap (strongSwan 6.0.2); "
			  "clones= in a libreswan that has it"
			: "per-CPU SAs need Linux 6.13";
	char text[RSS_SA_TEXT + 24];

	if (said_already(f))
		return;
	if (t->inbound > 1 && t->packets > FEW_PACKETS && t->heaviest->bytes > t->bytes / 10 * 8)
		doctor_find(
			d, RSS_WARNING, "heavy", SUBJECT, per_cpu,
			"one carries %llu %% of the bytes: %s\nOne SA is one CPU: steering will "
			"not spread it, per-CPU SAs (RFC 9611) will.",
			(unsigned long long)(t->heaviest->bytes * 100 / t->bytes),
			example(t->heaviest, 1, text));
	else if (t->inbound - t->offloaded == 1 && !t->larval)
		doctor_find(d, RSS_WARNING, "single", SUBJECT, per_cpu,
			    "there is one: %s\nOne SA is one CPU: steering will not help, per-CPU "
			    "SAs (RFC 9611) will.",
			    example(t->heaviest, 1, text));
	else if (t->inbound < cpus)
		doctor_find(d, RSS_NOTE, "few", SUBJECT, per_cpu,
			    "%u for %u CPUs\nOne SA is one CPU: the other CPUs stay idle.",
			    t->inbound, cpus);
}

void doctor_sad(const struct rss_facts *f, struct rss_diagnosis *d)
{
	struct tally t = {0};

	if (!f->sad_read)
		return;
	for (u32 i = 0; i < f->sad.nr; i++) {
		if (f->sad.at[i].inbound)
			count_one(f, &f->sad.at[i], &t);
	}
	if (!t.inbound) {
		doctor_find(d, RSS_WARNING, "none", SUBJECT,
			    "start the tunnels; --netns NAME if they are in another namespace",
			    "no ESP or AH SA comes in here\nThere is nothing to steer.");
		return;
	}
	judge_owners(f, &t, d);
	judge_marks(f, d);
	judge_twins(f, d);
	judge_replay(f, &t, d);
	judge_spread(f, &t, d);
	judge_groups(f, d);
	if (t.larval)
		doctor_find(d, RSS_NOTE, "larval", SUBJECT, NULL,
			    "%u ha%s no key yet (larval)\nIKE is at work, or failed: packets for "
			    "them are steered and then dropped.",
			    t.larval, t.larval == 1 ? "s" : "ve");
	if (t.offloaded)
		doctor_find(
			d, RSS_NOTE, "offloaded", SUBJECT, NULL,
			"%u %s decrypted by the NIC\nThe hardware first: they pass and are left "
			"alone.",
			t.offloaded, t.offloaded == 1 ? "is" : "are");
	doctor_find(d, RSS_OK, "sas", SUBJECT, NULL, "%u come in, %u of them with an owner",
		    t.inbound, t.owned);
}
