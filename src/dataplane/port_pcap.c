// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "dataplane/capture.h"
#include "port_kinds.h"

struct pcap_port {
	struct port port;
	struct capture *capture;
};

static struct pcap_port *pcap_of(const struct port *port)
{
	return container_of(port, struct pcap_port, port);
}

static int pcap_port_open(const char *path, struct espalier_sad *sad, struct port **out,
			  struct espalier_error *e)
{
	struct pcap_port *p = calloc(1, sizeof(*p));
	int err;

	(void)sad;
	if (!p)
		return fail(e, ENOMEM, "%s: out of memory", path);
	err = capture_open(path, &p->capture, e);
	if (err) {
		free(p);
		return err;
	}
	*out = &p->port;
	return 0;
}

/* libpcap keeps one packet at a time. */
static int pcap_port_recv(struct port *port, struct frame *frames, u32 max,
			  struct espalier_error *e)
{
	return max ? capture_next(pcap_of(port)->capture, frames, e) : 0;
}

static void pcap_port_progress(const struct port *port, u64 *done, u64 *total)
{
	capture_progress(pcap_of(port)->capture, done, total);
}

static void pcap_port_close(struct port *port)
{
	struct pcap_port *p = pcap_of(port);

	capture_close(p->capture);
	free(p);
}

const struct port_ops port_pcap = {
	.kind = "pcap",
	.open = pcap_port_open,
	.recv = pcap_port_recv,
	.progress = pcap_port_progress,
	.close = pcap_port_close,
};
