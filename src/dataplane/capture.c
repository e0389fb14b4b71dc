// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/capture.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* libpcap's own limit for a packet of any link type we take. */
#define PACKET_MAX 262144

/* PACKET_OUTGOING of packet(7), as the header of a cooked capture has it. */
#define COOKED_OUTGOING 4

/* Where a link type keeps the EtherType. */
enum link_layer {
	LINK_ETHERNET,
	LINK_RAW_IP,   /* none: the IP version tells */
	LINK_BSD_NULL, /* address family, in the byte order of the host that captured */
	LINK_COOKED,
	LINK_COOKED_V2,
};

struct capture {
	pcap_t *pcap;
	char *path;
	u64 nr;
	u64 size;
	enum link_layer link;
	u8 frame[ETH_HLEN + PACKET_MAX];
};

static int link_layer_of(int dlt)
{
	switch (dlt) {
	case DLT_EN10MB:
		return LINK_ETHERNET;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return LINK_RAW_IP;
	case DLT_NULL:
	case DLT_LOOP:
		return LINK_BSD_NULL;
	case DLT_LINUX_SLL:
		return LINK_COOKED;
#ifdef DLT_LINUX_SLL2
	case DLT_LINUX_SLL2:
		return LINK_COOKED_V2;
#endif
	default:
		return -1;
	}
}

int capture_open(const char *path, struct capture **out, struct espalier_error *e)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct capture *cap;
	struct stat st;
	FILE *file;
	int link;

	file = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	if (!file)
		return fail(e, errno, "%s: %s", path, strerror(errno));
	if (fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode)) {
		fclose(file);
		return fail(e, EISDIR, "%s: %s", path, strerror(EISDIR));
	}
	cap = calloc(1, sizeof(*cap));
	if (!cap || !(cap->path = strdup(path))) {
		if (file != stdin)
			fclose(file);
		free(cap);
		return fail(e, ENOMEM, "%s: out of memory", path);
	}
	cap->size = S_ISREG(st.st_mode) ? (u64)st.st_size : 0;
	cap->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!cap->pcap) {
		/* libpcap closes the file only when it has taken it. */
		if (file != stdin)
			fclose(file);
		fail(e, EINVAL, "%s: %s", path, why[0] ? why : "not a capture file");
		free(cap->path);
		free(cap);
		return -EINVAL;
	}
	link = link_layer_of(pcap_datalink(cap->pcap));
	if (link < 0) {
		const char *name = pcap_datalink_val_to_name(pcap_datalink(cap->pcap));

		fail(e, EINVAL, "%s: link type %s (%d) carries neither Ethernet nor plain IP", path,
		     name ? name : "unknown", pcap_datalink(cap->pcap));
		capture_close(cap);
		return -EINVAL;
	}
	cap->link = (enum link_layer)link;
	*out = cap;
	return 0;
}

void capture_close(struct capture *cap)
{
	if (!cap)
		return;
	pcap_close(cap->pcap);
	free(cap->path);
	free(cap);
}

void capture_progress(const struct capture *cap, u64 *done, u64 *total)
{
	long at = ftell(pcap_file(cap->pcap));

	*done = at > 0 ? (u64)at : 0;
	*total = cap->size;
}

static u16 ethertype_of_ip(const u8 *data, u32 len)
{
	if (!len)
		return 0;
	return data[0] >> 4 == 6 ? ETH_P_IPV6 : data[0] >> 4 == 4 ? ETH_P_IP : 0;
}

/* Length of the link header that is replaced, and the EtherType it stands for. */
static u32 link_header(enum link_layer link, const u8 *data, u32 len, u16 *ethertype)
{
	u32 header = 0;

	*ethertype = 0;
	switch (link) {
	case LINK_RAW_IP:
		*ethertype = ethertype_of_ip(data, len);
		break;
	case LINK_BSD_NULL:
		/* Address family numbers for IPv6 differ from system to system; the packet's own
		 * version does not. */
		header = min(len, 4u);
		*ethertype = ethertype_of_ip(data + header, len - header);
		break;
	case LINK_COOKED:
		header = min(len, 16u);
		if (header == 16)
			*ethertype = (u16)(data[14] << 8 | data[15]);
		break;
	case LINK_COOKED_V2:
		header = min(len, 20u);
		if (header == 20)
			*ethertype = (u16)(data[0] << 8 | data[1]);
		break;
	case LINK_ETHERNET:
		break;
	}
	return header;
}

/* Captures of all interfaces ("any") say of each packet which way it went. */
static bool is_outgoing(enum link_layer link, const u8 *data, u32 len)
{
	if (link == LINK_COOKED)
		return len >= 2 && data[0] == 0 && data[1] == COOKED_OUTGOING;
	return link == LINK_COOKED_V2 && len >= 11 && data[10] == COOKED_OUTGOING;
}

int capture_next(struct capture *cap, struct frame *frame, struct espalier_error *e)
{
	struct pcap_pkthdr *hdr;
	const u8 *data;
	u16 ethertype;
	u32 header;
	int ret;

	ret = pcap_next_ex(cap->pcap, &hdr, &data);
	if (ret == PCAP_ERROR_BREAK)
		return 0;
	cap->nr++;
	if (ret != 1)
		return fail(e, EINVAL, "%s: packet %llu: %s", cap->path,
			    (unsigned long long)cap->nr, pcap_geterr(cap->pcap));
	if (hdr->caplen > PACKET_MAX)
		return fail(e, EINVAL, "%s: packet %llu: %u bytes are more than a packet can have",
			    cap->path, (unsigned long long)cap->nr, hdr->caplen);
	frame->queue = 0;
	frame->time_ns = (u64)hdr->ts.tv_sec * 1000000000ull + (u64)hdr->ts.tv_usec;
	frame->outgoing = is_outgoing(cap->link, data, hdr->caplen);
	if (cap->link == LINK_ETHERNET) {
		frame->data = data;
		frame->len = hdr->caplen;
		frame->wire_len = max(hdr->len, hdr->caplen);
		return 1;
	}
	header = link_header(cap->link, data, hdr->caplen, &ethertype);
	memset(cap->frame, 0, 2 * ETH_ALEN);
	cap->frame[12] = (u8)(ethertype >> 8);
	cap->frame[13] = (u8)ethertype;
	memcpy(cap->frame + ETH_HLEN, data + header, hdr->caplen - header);
	frame->data = cap->frame;
	frame->len = ETH_HLEN + hdr->caplen - header;
	/* A damaged record may claim any length. */
	frame->wire_len =
		min(max(hdr->len, hdr->caplen) - header, UINT32_MAX - ETH_HLEN) + ETH_HLEN;
	return 1;
}
