/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_PINS_H
#define RSS_PINS_H

#include "base/error.h"

/*
 * Where an instance of the program lives on after the command that attached it: a tree in a bpffs.
 *
 *	DIR/espalier/rss/cur/	 maps by name, prog, meta, links of the tracepoint programs
 *	DIR/espalier/rss/next/	 the same, while a replacement is being made
 *	DIR/espalier/rss/ifaces/IFACE[@NETNS]/  record, link
 *
 * Paths that functions take are relative to DIR/espalier/rss. Whoever changes the tree holds it
 * exclusively; a process that dies lets go.
 */
struct rss_pins;

#define RSS_BPFFS    "/sys/fs/bpf"
#define RSS_PIN_NAME 256

enum rss_access {
	RSS_READ,   /* others may read too */
	RSS_CHANGE, /* nobody else is there */
};

/**
 * rss_pins_open - enter the tree
 * @bpffs: where a bpffs is mounted; NULL: RSS_BPFFS
 * @access: RSS_CHANGE makes DIR/espalier if it is missing
 * @out: owned by the caller
 *
 * Waits for others for some seconds.
 *
 * Return: 0; -ENOENT: RSS_READ, and there is nothing; -EOPNOTSUPP: no bpffs there; -EPERM, -EACCES;
 * -EBUSY: others are in it.
 */
int rss_pins_open(const char *bpffs, enum rss_access access, struct rss_pins **out,
		  struct espalier_error *e) __must_check;
/* Leave; DIR/espalier goes too if nothing is in it. NULL is allowed. */
void rss_pins_close(struct rss_pins *p);

/* DIR, without a trailing slash. */
const char *rss_pins_bpffs(const struct rss_pins *p);
/* DIR/espalier/rss, for messages. */
const char *rss_pins_dir(const struct rss_pins *p);

bool rss_pins_has(const struct rss_pins *p, const char *path);
/* The folder and those above it. */
int rss_pins_make(struct rss_pins *p, const char *path, struct espalier_error *e) __must_check;
int rss_pins_put(struct rss_pins *p, int fd, const char *path,
		 struct espalier_error *e) __must_check;
/* A descriptor, the caller's to close; or -errno. */
int rss_pins_get(const struct rss_pins *p, const char *path);
/* A pin, or a folder with all that is in it. What is not there is no error. Needs no descriptor but
 * for folders. */
int rss_pins_remove(struct rss_pins *p, const char *path, struct espalier_error *e) __must_check;
/* Let two folders trade places, in one step where the kernel can. */
int rss_pins_exchange(struct rss_pins *p, const char *a, const char *b,
		      struct espalier_error *e) __must_check;

/**
 * rss_pins_list - names in a folder
 * @names: array of @nr strings, both the caller's to free(); none if there is no such folder
 */
int rss_pins_list(const struct rss_pins *p, const char *path, char ***names, u32 *nr) __must_check;
void rss_pins_list_free(char **names, u32 nr);

/* The folder of an interface below ifaces/. bpffs takes no dots: what it would refuse is %XX. */
void rss_pins_iface(char name[RSS_PIN_NAME], const char *iface, const char *netns);

#endif
