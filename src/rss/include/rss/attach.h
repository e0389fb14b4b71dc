/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_ATTACH_H
#define RSS_ATTACH_H

#include "rss/instance.h"
#include "rss/kernel.h"
#include "rss/preflight.h"

/*
 * Attaching and detaching. The caller is in the network namespace of the interfaces, and has chosen
 * the kernel as the engine.
 */

/* Beside other programs, through libxdp's dispatcher? */
enum rss_stack {
	RSS_STACK_AUTO,
	RSS_STACK_ON,
	RSS_STACK_OFF,
};

/**
 * struct rss_attach - what is to be attached, and how
 * @ifaces: as named; bonds and VLAN devices stand for what is below them
 * @nr_ifaces: 0 only with @replace: those that are attached
 * @bpffs: NULL: RSS_BPFFS
 * @netns: name of the caller's network namespace, for the record; NULL: none
 * @wish: settings. An instance that is there already keeps what is not asked for
 * @mode: of what is attached now
 * @confirm_within: seconds until the trial ends by itself; 0: no trial
 * @dry_run: find out only
 * @replace: swap program and settings of what is attached
 * @fresh: with @replace: with new counters and assignments
 * @force: although frames may be lost
 */
struct rss_attach {
	const char *const *ifaces;
	u32 nr_ifaces;
	const char *bpffs;
	const char *netns;
	struct rss_wish wish;
	enum rss_xdp_mode mode;
	enum rss_stack stack;
	u64 confirm_within;
	bool dry_run;
	bool replace;
	bool fresh;
	bool force;
};

/* An interface that is to be attached to. */
struct rss_target {
	struct rss_device dev;
	char asked[IF_NAMESIZE]; /* the bond or VLAN device that was named; "": it itself */
	char pin[RSS_PIN_NAME];
	bool there;	 /* attached already */
	bool dispatched; /* through the dispatcher */
};

/**
 * struct rss_plan - what attaching comes to
 * @had: what an instance that is there steers by; valid if @joins
 * @joins: there is one
 * @settings: what it will steer by
 * @sad_read: the SAD could be read
 * @outdated: pins of another layout are in the way, and to be replaced
 */
struct rss_plan {
	struct rss_kernel kernel;
	struct rss_target target[RSS_MAX_DEVICES];
	u32 nr_targets;
	bool joins;
	bool outdated;
	struct rss_settings had;
	struct rss_settings settings;
	bool marks_auto;
	struct rss_placement placement; /* of the first device */
	bool sad_read;
	struct rss_sad sad;
	struct rss_findings findings;
};

/**
 * rss_plan_make - find out what rss_attach_do() would do; changes nothing
 * @pins: NULL: nothing is there
 * @in: what is pinned; NULL: nothing
 * @plan: freed with rss_plan_free(), also after an error
 *
 * Return: 0, also if a finding refuses; -EEXIST: attached already; -EBUSY: another program is
 * attached, or other settings; -ENODEV; -EINVAL; -EOPNOTSUPP.
 */
int rss_plan_make(const struct rss_attach *a, struct rss_pins *pins, const struct rss_instance *in,
		  struct rss_plan *plan, struct espalier_error *e) __must_check;
void rss_plan_free(struct rss_plan *plan);
/* The first finding that refuses; NULL: none. */
const struct rss_finding *rss_plan_refusal(const struct rss_plan *plan);

/**
 * rss_attach - attach, join, or replace
 * @tell: given the plan before anything is changed; may be NULL
 * @warn: given lines that an operator should read; may be NULL
 *
 * All or nothing: after an error everything is as it was.
 *
 * Return: 0; as rss_plan_make(); -EPERM; -EPROTO: pins of another version; or what bpf(2) says.
 */
int rss_attach(const struct rss_attach *a, void (*tell)(const struct rss_plan *plan),
	       void (*warn)(const char *line), struct espalier_error *e) __must_check;

/**
 * rss_detach - detach interfaces, and with the last one undo everything
 * @ifaces: names as attached, or the bond or VLAN device that was named then
 * @nr: 0: all, and whatever remains of attachments that were cut short
 * @netns: as for rss_attach(); not looked at if @nr is 0
 * @done: told of each interface that was detached; may be NULL
 *
 * Return: 0; -ENOENT: @e says what is not attached, the others are detached; or -errno.
 */
int rss_detach(const char *bpffs, const char *const *ifaces, u32 nr, const char *netns,
	       void (*done)(const struct rss_record *r), struct espalier_error *e) __must_check;

/* The same with the pins at hand: undo everything. */
int rss_detach_all(struct rss_pins *pins, void (*done)(const struct rss_record *r),
		   struct espalier_error *e) __must_check;
/* Undo one interface, by the name of its folder. What is not there is no error. */
int rss_detach_iface(struct rss_pins *pins, const char *pin, struct espalier_error *e) __must_check;

enum rss_turn {
	RSS_TURN_OFF,
	RSS_TURN_ON,
	RSS_TURN_CONFIRM,
};

/**
 * rss_switch - turn steering off or on, or confirm a trial
 *
 * Return: 0; -ENOENT: nothing is attached; -ETIME: the trial is over; -EALREADY: it is so already;
 * -ENODATA: confirm, and it is off.
 */
int rss_switch(const char *bpffs, enum rss_turn turn, struct espalier_error *e) __must_check;

#endif
