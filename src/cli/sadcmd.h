/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_SADCMD_H
#define CLI_SADCMD_H

#include <espalier/sad.h>

#include "netlink/xfrm.h"
#include "options.h"

#define SAD_ANY_SPI UINT64_MAX

/* What the subcommands of `espalier sad` were asked for. */
struct sad_options {
	bool json;
	bool keys;
	bool larval;
	const char *netns;
	const char *dst;
	uint64_t spi;	 /* SAD_ANY_SPI: not given */
	uint64_t count;	 /* 0: not given */
	uint64_t buffer; /* 0: not given */
	struct text_list files;

	uint16_t dst_family; /* of @dst, read; 0: not given */
	uint8_t dst_addr[16];
};

int sad_import_files(const struct sad_options *o);
int sad_monitor(const struct sad_options *o);

/* Of the kernel's SAs, or of one of them. */
bool sad_wanted(const struct sad_options *o, uint16_t family, const void *daddr, uint32_t spi);
/* Exit status for an error of netlink/xfrm.h, the complaint made. */
int sad_kernel_failed(int err, const char *what, const struct espalier_error *e);

#endif
