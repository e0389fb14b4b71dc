/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_NETLINK_FIXTURE_H
#define TEST_NETLINK_FIXTURE_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>

/* Check has a macro of that name, and so has base/error.h a function. */
#undef fail
#include "build.h"
#include "netlink/xfrm.h"
#include "parse.h"
#include "sad/text.h"

struct message {
	union {
		struct nlmsghdr nlh;
		_Alignas(8) char bytes[BUILD_MAX];
	};
	size_t len;
};

/* tests/data/xfrm/NAME.nl */
void message_load(const char *name, struct message *m);
/* The one SA of tests/data/xfrm/NAME.conf, or of a text. */
void text_load(const char *name, struct sad_spec *spec, struct sad_keys *keys);
void text_read(const char *text, struct sad_spec *spec, struct sad_keys *keys);
/* Its line; the caller's to free. */
char *text_of(const struct sad_spec *spec, const struct sad_keys *keys);

/* An SA that has all that one can have. */
#define RICH                                                                                      \
	"xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 reqid 7 mode tunnel "       \
	"mark 0x5 mask 0xff output-mark 0x3 mask 0xf auth-trunc 'hmac(sha256)' 0x0102 128 "       \
	"enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff seq 11 replay-window 64 replay-seq 4 " \
	"replay-seq-hi 1 flag esn encap espinudp 4500 4501 10.0.0.9 "                             \
	"limit time-soft 60 limit byte-hard 1000 if_id 0x9 "                                      \
	"tfcpad 64 nat_keepalive_interval 20 dir in pcpu-num 3 "                                  \
	"sel src 192.0.2.0/24 dst 198.51.100.0/24 proto tcp sport 80\n"

TCase *parse_case(void);
TCase *build_case(void);
TCase *event_case(void);
TCase *apply_case(void);

#endif
