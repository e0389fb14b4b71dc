// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/strbuf.h"
#include "cli.h"
#include "sad/text.h"
#include "sadcmd.h"
#include "sadfile.h"

bool sad_wanted(const struct sad_options *o, uint16_t family, const void *daddr, uint32_t spi)
{
	if (o->spi != SAD_ANY_SPI && o->spi != spi)
		return false;
	return !o->dst_family || (o->dst_family == family &&
				  !memcmp(o->dst_addr, daddr, family == AF_INET6 ? 16 : 4));
}

int sad_kernel_failed(int err, const char *what, const struct espalier_error *e)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		return complain(EXIT_NO_SUPPORT,
				"%s: %s (it takes CAP_NET_ADMIN, and for --netns CAP_SYS_ADMIN)",
				what, e->text);
	case EPROTONOSUPPORT:
	case EOPNOTSUPP:
		return complain(EXIT_NO_SUPPORT, "%s: %s", what, e->text);
	}
	return complain(EXIT_BAD_INPUT, "%s: %s", what, e->text);
}

static int print(const char *text, size_t len)
{
	fwrite(text, 1, len, stdout);
	return EXIT_DONE;
}

static int drop_unwanted(const struct espalier_sa *sa, void *arg)
{
	const void **args = arg;

	if (!sad_wanted(args[0], sa->id.family, sa->id.daddr, sa->id.spi)) {
		struct sad_filter f = {
			.netns_id = sa->id.netns,
			.family = sa->id.family,
			.proto = sa->id.proto,
			.has_spi = true,
			.spi = htonl(sa->id.spi),
			.dst_plen = sa->id.family == AF_INET6 ? 128 : 32,
		};

		memcpy(&f.daddr, sa->id.daddr, f.dst_plen / 8u);
		sad_flush((struct sad *)args[1], &f);
	}
	return 0;
}

static int print_sad(const struct sad_options *o, struct espalier_sad *sad,
		     enum espalier_sad_form form)
{
	const void *args[] = {o, sad};
	char *text;
	size_t len;
	int err;

	if (o->spi != SAD_ANY_SPI || o->dst_family)
		espalier_sad_walk(sad, drop_unwanted, args);
	err = espalier_sad_export(sad, 0, form, &text, &len);
	if (err)
		return complain(EXIT_BAD_INPUT, "sad: %s", strerror(-err));
	print(text, len);
	free(text);
	return EXIT_DONE;
}

static int print_files(const struct sad_options *o, enum espalier_sad_form form)
{
	struct espalier_sad *sad;
	int status = sadfile_load(&o->files, &sad);

	if (status == EXIT_DONE)
		status = print_sad(o, sad, form);
	espalier_sad_free(sad);
	return status;
}

static int show_kernel(const struct sad_options *o)
{
	struct espalier_error e = {0};
	struct espalier_sad *sad = NULL;
	struct xfrm_nl *nl;
	int ret = xfrm_nl_open(o->netns, &nl, &e);

	if (ret)
		return sad_kernel_failed(ret, "sad show", &e);
	if (espalier_sad_new(&sad))
		ret = complain(EXIT_BAD_INPUT, "sad show: out of memory");
	else
		ret = xfrm_nl_load(nl, sad, 0, &e);
	xfrm_nl_close(nl);
	if (ret < 0)
		ret = sad_kernel_failed(ret, "sad show", &e);
	else if (sad)
		ret = print_sad(o, sad, o->json ? ESPALIER_SAD_JSON : ESPALIER_SAD_TEXT);
	espalier_sad_free(sad);
	return ret;
}

/* Lines of a dump, which tells the newest first: ip -batch wants the oldest first. */
struct lines {
	const struct sad_options *o;
	char **at;
	size_t n;
	size_t room;
	struct espalier_error *e;
};

static void lines_drop(void *arg)
{
	struct lines *l = arg;

	while (l->n) {
		l->n--;
		sadfile_drop(l->at[l->n], strlen(l->at[l->n]));
	}
}

/* A kernel in lockdown hands out zeroes for keys. */
static bool is_hidden(const struct sad_keys *keys)
{
	char mode[64] = "";
	bool any = false;
	FILE *f;

	for (int kind = 0; kind < SAD_ALGO_KINDS; kind++) {
		for (int i = 0; i < keys->of[kind].len; i++) {
			any = true;
			if (keys->of[kind].key[i])
				return false;
		}
	}
	f = any ? fopen("/sys/kernel/security/lockdown", "re") : NULL;
	if (!f)
		return false;
	if (!fgets(mode, sizeof(mode), f))
		mode[0] = '\0';
	fclose(f);
	return strstr(mode, "[confidentiality]");
}

static int line_keep(struct lines *l, const struct strbuf *b)
{
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 256;
		char **more = realloc(l->at, room * sizeof(char *));

		if (!more)
			return -ENOMEM;
		l->at = more;
		l->room = room;
	}
	l->at[l->n] = strdup(b->text);
	return l->at[l->n] ? (int)(l->n++, 0) : -ENOMEM;
}

/* What the kernel makes for itself, and nobody can add: the tunnel below IPComp, and an SA that
 * waits for a key manager to give it an SPI. */
static bool is_kernels_own(const struct sad_spec *spec)
{
	if (sad_proto_has_spi(spec->id.proto))
		return !spec->id.spi;
	return spec->id.proto != IPPROTO_ROUTING && spec->id.proto != IPPROTO_DSTOPTS;
}

#define LINE_MAX_BYTES 16384

static int line_of(const struct xfrm_nl_sa *sa, const struct sad_keys *keys, void *arg)
{
	struct lines *l = arg;
	/* So long that it never grows: that would leave a copy behind. */
	struct strbuf b = {.text = malloc(LINE_MAX_BYTES), .room = LINE_MAX_BYTES};
	int err;

	if (!sad_wanted(l->o, sa->spec.family, &sa->spec.id.daddr, ntohl(sa->spec.id.spi)) ||
	    is_kernels_own(&sa->spec)) {
		free(b.text);
		return 0;
	}
	if (!b.text)
		return -ENOMEM;
	b.text[0] = '\0';
	if (sa->unknown_algo[0])
		err = fail(l->e, EOPNOTSUPP,
			   "the SA of spi 0x%08x has an algorithm that is not known here, %.63s",
			   ntohl(sa->spec.id.spi), sa->unknown_algo);
	else if (keys && is_hidden(keys))
		err = fail(l->e, EPERM, "the kernel keeps its keys to itself (lockdown)");
	else
		err = sad_spec_put(&sa->spec, keys, SAD_EXPORT_BATCH, &b);
	if (!err)
		err = line_keep(l, &b);
	sadfile_drop(b.text, b.room);
	return err;
}

static int export_kernel(const struct sad_options *o)
{
	struct espalier_error e = {0};
	struct lines l = {.o = o, .e = &e};
	struct xfrm_nl_visitor v = {lines_drop, line_of, &l, o->keys};
	struct xfrm_nl *nl;
	int err = xfrm_nl_open(o->netns, &nl, &e);

	if (!err) {
		err = xfrm_nl_dump(nl, &v, &e);
		xfrm_nl_close(nl);
	}
	if (err == -ENOMEM)
		fail(&e, ENOMEM, "out of memory");
	for (size_t i = l.n; !err && i--;)
		fputs(l.at[i], stdout);
	lines_drop(&l);
	free(l.at);
	return err ? sad_kernel_failed(err, "sad export", &e) : EXIT_DONE;
}

static int sad_show(const struct sad_options *o)
{
	if (!o->files.nr)
		return show_kernel(o);
	return print_files(o, o->json ? ESPALIER_SAD_JSON : ESPALIER_SAD_TEXT);
}

static int sad_export_lines(const struct sad_options *o)
{
	if (!o->files.nr)
		return export_kernel(o);
	if (o->keys)
		return complain(EXIT_BAD_INPUT,
				"sad export: --keys: keys come from the kernel only, those of a "
				"file are not kept");
	return print_files(o, ESPALIER_SAD_BATCH);
}

/* Which options go with which subcommand. */
enum {
	WITH_JSON = 1 << 0,
	WITH_KEYS = 1 << 1,
	WITH_LARVAL = 1 << 2,
	WITH_FILTER = 1 << 3,
	WITH_MONITOR = 1 << 4,
	WITH_FILES = 1 << 5,
	NEEDS_FILES = 1 << 6,
};

static const struct subcommand {
	const char *name;
	int (*run)(const struct sad_options *o);
	unsigned int with;
} subcommands[] = {
	{"show", sad_show, WITH_JSON | WITH_FILTER | WITH_FILES},
	{"export", sad_export_lines, WITH_KEYS | WITH_FILTER | WITH_FILES},
	{"import", sad_import_files, WITH_LARVAL | WITH_FILES | NEEDS_FILES},
	{"monitor", sad_monitor, WITH_JSON | WITH_MONITOR},
};

static int check_options(const struct subcommand *s, struct sad_options *o)
{
	const struct {
		bool given;
		unsigned int with;
		const char *name;
	} given[] = {
		{o->json, WITH_JSON, "--json"},
		{o->keys, WITH_KEYS, "--keys"},
		{o->larval, WITH_LARVAL, "--larval"},
		{o->spi != SAD_ANY_SPI, WITH_FILTER, "--spi"},
		{o->dst, WITH_FILTER, "--dst"},
		{o->count, WITH_MONITOR, "--count"},
		{o->buffer, WITH_MONITOR, "--buffer"},
		{o->files.nr, WITH_FILES, "a file"},
	};

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		if (given[i].given && !(s->with & given[i].with))
			return complain(EXIT_BAD_INPUT, "sad %s: %s does not go with it", s->name,
					given[i].name);
	}
	if (!o->files.nr && (s->with & NEEDS_FILES))
		return complain(EXIT_BAD_INPUT, "sad %s: no file named", s->name);
	if (o->files.nr && o->netns && !(s->with & NEEDS_FILES))
		return complain(EXIT_BAD_INPUT,
				"sad %s: --netns is for the kernel's SAs, not for a file's",
				s->name);
	if (!o->dst)
		return EXIT_DONE;
	o->dst_family = strchr(o->dst, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(o->dst_family, o->dst, o->dst_addr) != 1)
		return complain(EXIT_BAD_INPUT, "sad %s: --dst %s: not an IP address", s->name,
				o->dst);
	return EXIT_DONE;
}

int cmd_sad(int argc, char **argv)
{
	struct sad_options o = {.spi = SAD_ANY_SPI};
	const struct option_row rows[] = {
		{OPTION_TEXT, "netns", 'n', "NAME", "the kernel's SAs of this network namespace",
		 &o.netns, 0, 0, NULL},
		{OPTION_FLAG, "json", 0, NULL, "show, monitor: JSON on standard output", &o.json, 0,
		 0, NULL},
		{OPTION_NUMBER, "spi", 0, "N", "show, export: SAs with this SPI only", &o.spi, 0,
		 UINT32_MAX, NULL},
		{OPTION_TEXT, "dst", 0, "ADDR", "show, export: SAs to this address only", &o.dst, 0,
		 0, NULL},
		{OPTION_FLAG, "keys", 0, NULL, "export: with the keys that the kernel has", &o.keys,
		 0, 0, NULL},
		{OPTION_FLAG, "larval", 0, NULL,
		 "import: without keys or algorithms, for kernels without ESP", &o.larval, 0, 0,
		 NULL},
		{OPTION_NUMBER, "count", 0, "N", "monitor: end after so many events", &o.count, 1,
		 UINT64_MAX, NULL},
		{OPTION_NUMBER, "buffer", 0, "BYTES",
		 "monitor: room for events not yet read (8388608)", &o.buffer, 1, INT32_MAX, NULL},
		{0},
	};
	const struct command_help help = {
		"sad show|export|import|monitor [OPTION...] [FILE...]",
		"Shows Security Associations (show), prints them as ip -batch lines (export), "
		"adds\n"
		"those of files to the kernel, all or none (import), follows what becomes of "
		"them\n"
		"(monitor). show and export: those of files (ip -batch lines, or output of ip "
		"-d\n"
		"xfrm state; - for standard input), without a file the kernel's. The keys of "
		"files\n"
		"are dropped, but for import.",
	};
	const struct subcommand *s = NULL;
	int first, ret = options_parse(argc, argv, rows, &help, &first);

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (first == argc)
		return complain(EXIT_BAD_INPUT, "sad: show, export, import or monitor? (see "
						"espalier sad --help)");
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		if (!strcmp(argv[first], subcommands[i].name))
			s = &subcommands[i];
	}
	if (!s)
		return complain(EXIT_BAD_INPUT, "sad: %s: none of show, export, import, monitor",
				argv[first]);
	if (argc - first - 1 > TEXT_LIST_MAX)
		return complain(EXIT_BAD_INPUT, "sad %s: more than %d files", s->name,
				TEXT_LIST_MAX);
	while (++first < argc)
		o.files.at[o.files.nr++] = argv[first];
	ret = check_options(s, &o);
	return ret == EXIT_DONE ? s->run(&o) : ret;
}
