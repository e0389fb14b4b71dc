// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "rss/attach.h"

static int turn_to(struct rss_instance *in, enum rss_turn turn, struct espalier_error *e)
{
	u64 until = __atomic_load_n(&in->config->steer_until, __ATOMIC_ACQUIRE);
	bool on = until == RSS_ON, off = until == RSS_OFF;

	switch (turn) {
	case RSS_TURN_OFF:
		rss_instance_switch(in, RSS_OFF);
		return 0;
	case RSS_TURN_ON:
		rss_instance_switch(in, RSS_ON);
		return 0;
	default:
		break;
	}
	if (on)
		return fail(e, EALREADY, "steering is on: there is no trial to confirm");
	if (off)
		return fail(e, ENODATA,
			    "steering is off: there is no trial to confirm (espalier rss "
			    "on starts it)");
	if (until <= rss_now())
		return fail(e, ETIME,
			    "the trial ended %llu s ago and everything passes (espalier rss on "
			    "steers again)",
			    (unsigned long long)((rss_now() - until) / 1000000000ull));
	rss_instance_switch(in, RSS_ON);
	return 0;
}

int rss_switch(const char *bpffs, enum rss_turn turn, struct espalier_error *e)
{
	struct rss_instance *in;
	struct rss_pins *pins;
	int err;

	err = rss_pins_open(bpffs, RSS_CHANGE, &pins, e);
	if (err)
		return err;
	err = rss_instance_recover(pins, e);
	if (!err)
		err = rss_instance_open(pins, "cur", &in, e);
	if (!err) {
		err = turn_to(in, turn, e);
		rss_instance_close(in);
	}
	rss_pins_close(pins);
	return err;
}
