// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cli.h"
#include "sadcmd.h"
#include "sadfile.h"

/* All files, read and understood before the kernel is asked for anything. */
static int read_files(const struct sad_options *o, struct xfrm_nl_batch *b,
		      const struct xfrm_nl *nl)
{
	struct espalier_error e = {0};

	for (int i = 0; i < o->files.nr; i++) {
		size_t len = 0;
		char *text = sadfile_read(o->files.at[i], &len);
		int err;

		if (!text)
			return EXIT_BAD_INPUT;
		err = xfrm_nl_batch_read(b, nl, o->files.at[i], text, len, &e);
		sadfile_drop(text, len);
		if (err)
			return complain(EXIT_BAD_INPUT, "%s", e.text);
	}
	return EXIT_DONE;
}

/* A signal in the midst of it must not leave half of the SAs. */
static int add_whole(struct xfrm_nl_batch *b, struct xfrm_nl *nl, u64 *lives,
		     struct espalier_error *e)
{
	sigset_t stop, before;
	int ret;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	sigprocmask(SIG_BLOCK, &stop, &before);
	ret = xfrm_nl_batch_add(b, nl, lives, e);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static int add(const struct sad_options *o, struct xfrm_nl_batch *b, struct xfrm_nl *nl)
{
	struct espalier_error e = {0};
	u64 lives = 0;
	int ret = add_whole(b, nl, o->larval ? &lives : NULL, &e);

	if ((ret == -EPROTONOSUPPORT || ret == -ENOSYS) && !o->larval)
		return complain(EXIT_NO_SUPPORT,
				"%s: this kernel lacks the SA's protocol or algorithm (--larval "
				"adds SAs that need neither)",
				e.text);
	if (ret == -EPERM || ret == -EACCES)
		return complain(EXIT_NO_SUPPORT, "%s (it takes CAP_NET_ADMIN)", e.text);
	if (ret < 0)
		return complain(ret == -EOPNOTSUPP || ret == -EPROTONOSUPPORT ? EXIT_NO_SUPPORT
									      : EXIT_BAD_INPUT,
				"%s", e.text);
	if (o->larval && ret)
		printf("%d larval SAs added, for %llu seconds (net.core.xfrm_acq_expires)\n", ret,
		       (unsigned long long)lives);
	else
		printf("%d SAs added\n", ret);
	return EXIT_DONE;
}

int sad_import_files(const struct sad_options *o)
{
	struct espalier_error e = {0};
	struct xfrm_nl_batch *b;
	struct xfrm_nl *nl;
	int status, err = xfrm_nl_open(o->netns, &nl, &e);

	if (err)
		return sad_kernel_failed(err, "sad import", &e);
	if (xfrm_nl_batch_new(o->larval, &b)) {
		status = complain(EXIT_BAD_INPUT, "sad import: out of memory");
	} else {
		status = read_files(o, b, nl);
		if (status == EXIT_DONE)
			status = add(o, b, nl);
		xfrm_nl_batch_free(b);
	}
	xfrm_nl_close(nl);
	return status;
}
