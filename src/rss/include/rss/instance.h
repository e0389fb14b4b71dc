/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_INSTANCE_H
#define RSS_INSTANCE_H

#include "rss/device.h"
#include "rss/pins.h"
#include "rss/prog.h"
#include "rss/settings.h"

/*
 * A program in the kernel as its pins show it: its maps and settings, and the interfaces that it is
 * attached to. What holds a pointer to one holds the pins open.
 */

/* Sums of SAs that are gone. */
struct rss_retired {
	u64 sas;
	u64 packets;
	u64 bytes;
	u64 fragments;
	u64 changes;
};

/*
 * The pinned map "retired" has the same by peer, so that sums by peer never go back: key and value.
 * Peers that find no room there are in rss_meta::retired alone.
 */
#define RSS_RETIRED_PEERS 65536
struct rss_peer {
	u32 saddr[4]; /* rss_sa::saddr */
	u32 reqid;
	u32 family;
};

/* Value of the pinned map "meta": what the program's own maps do not tell. */
struct rss_meta {
	u32 layout;   /* RSS_LAYOUT: of this struct too */
	u32 complete; /* the attachment went through */
	u32 lookup;
	u32 qsize;
	u32 max_sas;
	u32 nr_cpus;	/* size of the tables */
	u32 marks_auto; /* marks are those of the SAD, which --replace reads anew */
	u32 no_frags;	/* loaded so that a dispatcher may share the cpumap */
	u32 zero;
	u64 attached;	/* CLOCK_REALTIME, seconds */
	u64 retired_at; /* likewise: SAs were looked through */
	struct rss_retired retired;
};

/* Value of ifaces/NAME/record: written before anything is attached. */
struct rss_record {
	u32 layout;
	u32 ifindex;
	u32 mode;	/* enum rss_xdp_mode, as attached */
	u32 dispatched; /* through libxdp's dispatcher */
	u64 netns_dev;	/* of the namespace, as stat(2) has it */
	u64 netns_ino;
	char iface[IF_NAMESIZE];
	char asked[IF_NAMESIZE]; /* the bond or VLAN device that was named instead */
	char netns[64];		 /* below /run/netns; "": the one that the command was run in */
};

struct rss_instance {
	struct rss_pins *pins; /* borrowed */
	int map[RSS_NR_MAPS];  /* -1: not pinned */
	int prog;
	int meta_fd;
	int retired_fd;
	u32 config_id;	      /* of its settings map: by that it is known behind a dispatcher */
	struct rss_meta meta; /* as read when it was opened */
	struct rss_config *config; /* shared with the program */
	struct rss_cpu *cpus;	   /* likewise, meta.nr_cpus of them; NULL: cannot be mapped */
	size_t config_size;
	size_t cpus_size;
};

/**
 * rss_instance_open - open what is pinned in a folder
 * @dir: "cur" or "next"
 *
 * Return: 0; -ENOENT: nothing there; -ENODATA: remains of an attachment that did not finish or was
 * being undone; -EPROTO: of another RSS_LAYOUT.
 */
int rss_instance_open(struct rss_pins *pins, const char *dir, struct rss_instance **out,
		      struct espalier_error *e) __must_check;
/* The same, while it is being made. */
int rss_instance_open_unfinished(struct rss_pins *pins, const char *dir, struct rss_instance **out,
				 struct espalier_error *e) __must_check;
void rss_instance_close(struct rss_instance *in);

/**
 * rss_instance_recover - finish or undo a replacement that was interrupted
 * @pins: open for RSS_CHANGE
 *
 * Every command that changes something begins with it.
 */
int rss_instance_recover(struct rss_pins *pins, struct espalier_error *e) __must_check;

/**
 * rss_instance_pin - pin a loaded program with its maps
 * @dir: "cur" or "next"
 * @watch: links of the tracepoint programs; -1: none
 * @retired: the map of another instance to go on with; -1: a new one
 */
int rss_instance_pin(struct rss_pins *pins, const char *dir, const struct rss_prog *prog,
		     const int watch[2], const struct rss_meta *meta, int retired,
		     struct espalier_error *e) __must_check;
/* Names of the pins of @watch. */
extern const char *const rss_watch_names[2];

int rss_instance_write_meta(struct rss_instance *in, struct espalier_error *e) __must_check;

/* What it steers by, as its maps say. */
int rss_instance_settings(const struct rss_instance *in, struct rss_settings *s,
			  struct espalier_error *e) __must_check;

/* All pins gone, links first: nothing is attached any more but what a dispatcher holds. */
int rss_instance_remove(struct rss_pins *pins, struct espalier_error *e) __must_check;

/* Give @cpu a queue, or another one, and let packets go there. For whoever follows hotplug, too. */
int rss_instance_open_cpu(struct rss_instance *in, u32 cpu, u32 qsize,
			  struct espalier_error *e) __must_check;

/* Set the switch: RSS_OFF, RSS_ON or a deadline. At once, in one word. */
void rss_instance_switch(struct rss_instance *in, u64 steer_until);
u64 rss_now(void); /* CLOCK_MONOTONIC, nanoseconds */

int rss_record_read(const struct rss_pins *pins, const char *pin, struct rss_record *r);
/* Makes the folder. */
int rss_record_write(struct rss_pins *pins, const char *pin, const struct rss_record *r,
		     struct espalier_error *e) __must_check;

/**
 * rss_record_enter - go to the network namespace that the interface is in
 * @back: for rss_netns_leave()
 *
 * Return: 0; -ENOENT: that namespace is gone, and the interface with it; -ESTALE: it is another one
 * than the caller's, and has no name.
 */
int rss_record_enter(const struct rss_record *r, int *back, struct espalier_error *e) __must_check;

#endif
