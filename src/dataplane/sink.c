// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/outfile.h"
#include "dataplane/capture.h"

struct sink {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	struct outfile *file;
	char *path;
};

static void sink_free(struct sink *s)
{
	if (s->dumper)
		pcap_dump_close(s->dumper);
	if (s->pcap)
		pcap_close(s->pcap);
	outfile_abort(s->file);
	free(s->path);
	free(s);
}

int sink_open(const char *path, struct sink **out, struct espalier_error *e)
{
	struct sink *s = calloc(1, sizeof(*s));
	FILE *stream = NULL;
	int fd, err;

	if (!s)
		return fail(e, ENOMEM, "%s: out of memory", path);
	err = outfile_open(path, &s->file, e);
	if (err) {
		sink_free(s);
		return err;
	}
	s->path = strdup(path);
	s->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 262144,
						       PCAP_TSTAMP_PRECISION_NANO);
	/* The dumper closes its descriptor before the file gets its name. */
	fd = dup(outfile_fd(s->file));
	if (fd >= 0)
		stream = fdopen(fd, "wb");
	if (stream && s->pcap)
		s->dumper = pcap_dump_fopen(s->pcap, stream);
	if (s->path && s->dumper) {
		*out = s;
		return 0;
	}
	if (stream && !s->dumper)
		fclose(stream);
	else if (fd >= 0 && !stream)
		close(fd);
	sink_free(s);
	return fail(e, ENOMEM, "%s: out of memory", path);
}

void sink_write(struct sink *s, const struct frame *f)
{
	struct pcap_pkthdr hdr = {.caplen = f->len, .len = max(f->wire_len, f->len)};

	hdr.ts.tv_sec = (time_t)(f->time_ns / 1000000000ull);
	hdr.ts.tv_usec = (suseconds_t)(f->time_ns % 1000000000ull);
	pcap_dump((u_char *)s->dumper, &hdr, f->data);
}

int sink_close(struct sink *s, struct espalier_error *e)
{
	FILE *stream = pcap_dump_file(s->dumper);
	int err = 0;

	/* A full disk shows here, or while writing as the stream's error flag. */
	errno = 0;
	if (fflush(stream) || ferror(stream)) {
		err = fail(e, errno ? errno : EIO, "%s: %s", s->path,
			   strerror(errno ? errno : EIO));
	} else {
		err = outfile_commit(s->file, e);
		s->file = NULL;
	}
	sink_free(s);
	return err;
}

void sink_abort(struct sink *s)
{
	if (s)
		sink_free(s);
}
