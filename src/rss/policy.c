// SPDX-License-Identifier: BSD-2-Clause
#include "rss/policy.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const policy_names[] = {
	[RSS_BALANCE] = "balance", [RSS_HASH] = "hash", [RSS_LEAST_LOADED] = "least-loaded",
	[RSS_FIXED] = "cpu:N",	   [RSS_PASS] = "pass",
};

static const struct {
	const char *name;
	const char *text;
} reasons[RSS_NR_REASONS] = {
	[RSS_OWNER] = {"owner", "to the CPU that owns the SA"},
	[RSS_OWNER_UNAVAILABLE] = {"owner_unavailable", "the owner cannot take them: by policy"},
	[RSS_OFFLOADED] = {"offloaded", "decrypted by the NIC: passed"},
	[RSS_POLICY] = {"policy", "SA without an owner: by policy"},
	[RSS_IKE] = {"ike", "IKE: passed"},
	[RSS_KEEPALIVE] = {"keepalive", "NAT keepalive: passed"},
	[RSS_NOT_IPSEC] = {"not_ipsec", "not IPsec: passed"},
	[RSS_FRAGMENT] = {"fragment", "fragment of ESP or AH: by addresses"},
	[RSS_UNKNOWN_SA] = {"unknown_sa", "no such SA: passed"},
	[RSS_MALFORMED] = {"malformed", "malformed: passed"},
	[RSS_TOO_MANY_TAGS] = {"too_many_tags", "more VLAN tags than are looked behind: passed"},
	[RSS_SWITCHED_OFF] = {"switched_off", "steering is off: passed"},
};

const char *rss_reason_name(enum rss_reason reason)
{
	return reason < RSS_NR_REASONS ? reasons[reason].name : NULL;
}

const char *rss_reason_text(enum rss_reason reason)
{
	return reason < RSS_NR_REASONS ? reasons[reason].text : NULL;
}

const char *rss_policy_name(enum rss_policy policy)
{
	return policy < ARRAY_SIZE(policy_names) ? policy_names[policy] : NULL;
}

/* A decimal number; @text is moved behind it. */
static bool parse_cpu(const char **text, u32 *cpu)
{
	unsigned long v;
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	v = strtoul(*text, &end, 10);
	if (errno || v >= RSS_MAX_CPUS)
		return false;
	*text = end;
	*cpu = (u32)v;
	return true;
}

int rss_policy_parse(const char *text, enum rss_policy *policy, u32 *cpu, struct espalier_error *e)
{
	const char *number = text + 4;

	*cpu = RSS_NO_CPU;
	if (!strncmp(text, "cpu:", 4)) {
		if (!parse_cpu(&number, cpu) || *number)
			return fail(e, EINVAL, "%s: no CPU from 0 to %u behind cpu:", text,
				    RSS_MAX_CPUS - 1);
		*policy = RSS_FIXED;
		return 0;
	}
	for (u32 i = 0; i < ARRAY_SIZE(policy_names); i++) {
		if (i != RSS_FIXED && !strcmp(text, policy_names[i])) {
			*policy = i;
			return 0;
		}
	}
	return fail(e, EINVAL, "%s: not one of balance, hash, least-loaded, cpu:N, pass", text);
}

int rss_cpus_parse(const char *text, u32 limit, u32 *cpus, u32 *nr, struct espalier_error *e)
{
	bool seen[RSS_MAX_CPUS] = {0};
	const char *at = text;
	u32 first, last;

	do {
		if (!parse_cpu(&at, &first))
			return fail(e, EINVAL, "%s: not a list of CPUs such as 0-3,8", text);
		last = first;
		if (*at == '-') {
			at++;
			if (!parse_cpu(&at, &last) || last < first)
				return fail(e, EINVAL, "%s: not a list of CPUs such as 0-3,8",
					    text);
		}
		if (last >= limit)
			return fail(e, EINVAL, "%s: CPU %u: there are %u, from 0 on", text, last,
				    limit);
		for (u32 i = first; i <= last; i++)
			seen[i] = true;
	} while (*at == ',' && *++at);
	if (*at || at[-1] == ',')
		return fail(e, EINVAL, "%s: not a list of CPUs such as 0-3,8", text);
	*nr = 0;
	for (u32 i = 0; i < RSS_MAX_CPUS; i++) {
		if (seen[i])
			cpus[(*nr)++] = i;
	}
	return 0;
}
