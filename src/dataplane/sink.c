// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/capture.h"

struct sink {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	char *path;
	char *temp; /* NULL: @path is no regular file and is written to directly */
};

/* A temporary name beside the target, so that the last step is a rename within one directory. */
static int open_temp(struct sink *s, const char *path, struct espalier_error *e)
{
	mode_t mask;
	int fd;

	if (asprintf(&s->temp, "%s.XXXXXX", path) < 0) {
		s->temp = NULL;
		return fail(e, ENOMEM, "%s: out of memory", path);
	}
	fd = mkostemp(s->temp, O_CLOEXEC);
	if (fd < 0) {
		int err = errno;

		free(s->temp);
		s->temp = NULL;
		return fail(e, err, "%s: %s", path, strerror(err));
	}
	mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	return fd;
}

static int open_target(struct sink *s, const char *path, struct espalier_error *e)
{
	struct stat st;
	int fd;

	if (stat(path, &st) || S_ISREG(st.st_mode))
		return open_temp(s, path, e);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 ? fd : fail(e, errno, "%s: %s", path, strerror(errno));
}

static void sink_free(struct sink *s)
{
	if (s->dumper)
		pcap_dump_close(s->dumper);
	if (s->pcap)
		pcap_close(s->pcap);
	free(s->temp);
	free(s->path);
	free(s);
}

int sink_open(const char *path, struct sink **out, struct espalier_error *e)
{
	struct sink *s = calloc(1, sizeof(*s));
	FILE *file;
	int fd;

	if (!s)
		return fail(e, ENOMEM, "%s: out of memory", path);
	fd = open_target(s, path, e);
	if (fd < 0) {
		sink_free(s);
		return fd;
	}
	s->path = strdup(path);
	s->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 262144,
						       PCAP_TSTAMP_PRECISION_NANO);
	file = fdopen(fd, "wb");
	if (!file)
		close(fd);
	if (s->pcap && file)
		s->dumper = pcap_dump_fopen(s->pcap, file);
	if (!s->path || !s->dumper) {
		if (file && !s->dumper)
			fclose(file);
		sink_abort(s);
		return fail(e, ENOMEM, "%s: out of memory", path);
	}
	*out = s;
	return 0;
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
	FILE *file = pcap_dump_file(s->dumper);
	int err = 0;

	/* A full disk shows here, or while writing as the stream's error flag. */
	errno = 0;
	if (fflush(file) || ferror(file))
		err = fail(e, errno ? errno : EIO, "%s: %s", s->path,
			   strerror(errno ? errno : EIO));
	else if (s->temp && rename(s->temp, s->path))
		err = fail(e, errno, "%s: %s", s->path, strerror(errno));
	if (err && s->temp)
		unlink(s->temp);
	sink_free(s);
	return err;
}

void sink_abort(struct sink *s)
{
	if (!s)
		return;
	if (s->temp)
		unlink(s->temp);
	sink_free(s);
}
