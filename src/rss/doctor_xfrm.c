// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "doctor_parts.h"

/* Counters of /proc/net/xfrm_stat that say why packets that come in are lost. */
static const struct {
	const char *name;
	enum rss_severity severity;
	const char *why;
	const char *mend;
} words[] = {
	{"XfrmInStateSeqError", RSS_WARNING,
	 "They came behind the replay window, or twice: the order is lost by more than the window.",
	 "a larger replay window; see the SAs"},
	{"XfrmInStateProtoError", RSS_WARNING,
	 "They could not be decrypted: a wrong check value, so another key, damage or forgery; "
	 "with "
	 "some drivers and asynchronous ciphers also packets behind the replay window.",
	 "ip -s xfrm state tells which SA"},
	{"XfrmInNoStates", RSS_WARNING,
	 "No SA has their SPI: the peer uses one that is gone (a rekey whose old SA was deleted "
	 "too "
	 "soon, a restart), or it is for another namespace.",
	 "espalier sad monitor shows SAs come and go"},
	{"XfrmInStateExpired", RSS_NOTE, "Their SA had reached its lifetime: rekey earlier.",
	 "a shorter rekey_time, or a longer life_time"},
	{"XfrmInStateInvalid", RSS_NOTE,
	 "Their SA was larval or being deleted: IKE was not done, or a rekey was late.", ""},
	{"XfrmInStateMismatch", RSS_NOTE,
	 "Their encapsulation is not the SA's: with UDP where it has none, or the reverse.",
	 "encap = yes on both ends, or on none"},
	{"XfrmInStateModeError", RSS_NOTE, "What was inside did not fit the SA's mode.", ""},
	{"XfrmInStateDirError", RSS_NOTE, "Their SA says dir out.", ""},
	{"XfrmInNoPols", RSS_NOTE, "Decrypted, but no policy allows them in.", "ip xfrm policy"},
	{"XfrmInPolBlock", RSS_NOTE, "Decrypted, and a policy blocks them.", "ip xfrm policy"},
	{"XfrmInPolError", RSS_NOTE, "Decrypted, and their policy is broken.", "ip xfrm policy"},
	{"XfrmInTmplMismatch", RSS_NOTE, "Decrypted, but not by the SAs that the policy asks for.",
	 "ip xfrm policy"},
	{"XfrmInBufferError", RSS_WARNING, "There was no memory for them.", ""},
	{"XfrmInHdrError", RSS_NOTE, "Their headers are malformed.", ""},
	{"XfrmInError", RSS_NOTE, "They were lost for reasons that the kernel does not tell.", ""},
	{"XfrmInIptfsError", RSS_NOTE, "What IP-TFS carried was malformed.", ""},
};

void doctor_xfrm(const struct rss_facts *f, struct rss_diagnosis *d)
{
	for (u32 w = 0; w < ARRAY_SIZE(words); w++) {
		for (u32 i = 0; i < f->nr_counters; i++) {
			const struct rss_xfrm_counter *c = &f->counters[i];

			if (!c->value || strcmp(c->name, words[w].name))
				continue;
			doctor_find(d, words[w].severity, c->name, "xfrm", words[w].mend,
				    "%s is %llu since boot\n%s", c->name,
				    (unsigned long long)c->value, words[w].why);
		}
	}
}
