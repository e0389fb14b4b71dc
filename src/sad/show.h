/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_SHOW_H
#define SAD_SHOW_H

#include "change.h"
#include "words.h"

/* An SA as `ip xfrm state` shows it: several lines, the first at the margin. */
struct shown {
	bool open;
	bool has_id; /* its second line was read */
	u32 line;    /* of its first */
	struct sad_spec spec;
	u32 bmp_left; /* bitmap words yet to come, the highest comes first */
};

/* Begin one, with a line that starts with "src". */
int show_begin(struct words *w, struct shown *s) __must_check;
/* Take in an indented line. */
int show_line(struct words *w, struct shown *s) __must_check;
/* At the end of its lines: append it to the change. */
int show_end(struct words *w, struct shown *s, struct sad_netns *net,
	     struct change *c) __must_check;

#endif
