// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "change.h"
#include "link.h"
#include "sad/text.h"
#include "show.h"

struct import {
	struct words w;
	struct shown shown;
	struct sad_keys keys; /* for sad_read(): of the SA that is being read */
	struct sad_netns *net;
	struct change change;
	bool shown_run; /* what is added now was shown by ip, not asked for */
	size_t run;	/* where the run of SAs shown one after the other begins in the change */
};

/* The end of a run: ip shows the newest first. */
static void turn_round(struct import *im)
{
	struct change_op *op = im->change.op;

	for (size_t i = im->run, j = im->change.n; i + 1 < j; i++, j--) {
		struct change_op tmp = op[i];

		op[i] = op[j - 1];
		op[j - 1] = tmp;
	}
	im->run = im->change.n;
}

static int end_shown(struct import *im)
{
	int err;

	im->shown_run = true;
	err = show_end(&im->w, &im->shown, im->net, &im->change);
	im->shown_run = false;
	return err;
}

static int read_one(struct import *im)
{
	struct words *w = &im->w;
	bool inside = im->shown.open && words_indented(w);
	bool begins = !inside && words_begin(w, "src");
	int err;

	if (!inside) {
		err = end_shown(im);
		if (err)
			return err;
	}
	err = words_read(w, inside || begins ? WORDS_SHOWN : WORDS_BATCH);
	if (err || !w->n)
		return err;
	if (inside)
		return show_line(w, &im->shown);
	if (begins)
		return show_begin(w, &im->shown);
	turn_round(im);
	err = batch_read(w, im->net, &im->change);
	im->run = im->change.n;
	return err;
}

static int read_all(struct import *im)
{
	int err = 0;

	while (!err && words_more(&im->w))
		err = read_one(im);
	if (!err)
		err = end_shown(im);
	turn_round(im);
	return err;
}

static int explain(struct import *im, int err, u32 line)
{
	struct words *w = &im->w;

	switch (err) {
	case -EEXIST:
		return fail(w->e, EEXIST,
			    "%.100s:%u: there is an SA of this dst, proto, spi and mark already",
			    w->name, line);
	case -ESRCH:
		return fail(w->e, ESRCH, "%.100s:%u: there is no such SA", w->name, line);
	case -E2BIG:
		return fail(w->e, E2BIG,
			    "%.100s:%u: the lines up to here look at too many SAs too often",
			    w->name, line);
	case -ENOENT:
		return fail(w->e, ENOENT, "%.100s: namespace %d is gone", w->name, im->net->id);
	case -ENOMEM:
		return fail(w->e, ENOMEM, "%.100s: out of memory", w->name);
	}
	return err;
}

static struct sad_netns *hold_netns(struct sad *sad, s32 id)
{
	struct sad_netns *net;

	pthread_mutex_lock(&sad->lock);
	net = sad_netns(sad, id);
	if (net)
		__atomic_fetch_add(&net->refs, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&sad->lock);
	return net;
}

int sad_import(struct sad *sad, const char *name, const char *text, size_t len, s32 netns_id,
	       struct espalier_error *e)
{
	struct import *im = calloc(1, sizeof(*im));
	u32 line = 0;
	int ret;

	if (!im)
		return fail(e, ENOMEM, "%.100s: out of memory", name);
	im->net = hold_netns(sad, netns_id);
	if (!im->net) {
		free(im);
		return fail(e, ENOENT, "%.100s: there is no namespace %d", name, netns_id);
	}
	im->change = CHANGE_INIT(sad);
	words_init(&im->w, name, text, len, e);
	ret = read_all(im);
	if (!ret)
		ret = change_carry_out(&im->change, &line);
	if (ret < 0)
		ret = explain(im, ret, line);
	words_fini(&im->w);
	change_fini(&im->change);
	sad_netns_put(im->net);
	free(im);
	return ret;
}

struct reader {
	struct import *im;
	const struct sad_visitor *visitor;
	struct espalier_error *e;
};

static int take(struct words *w, const struct sad_spec *spec, u32 line, void *arg)
{
	struct reader *r = arg;
	struct espalier_error why = {0};
	struct sad_read_spec read = {
		.spec = spec,
		.keys = &r->im->keys,
		.newest_first = r->im->shown_run,
		.line = line,
	};
	int err = r->visitor->visit(&read, r->visitor->arg, &why);

	sad_keys_wipe(&r->im->keys);
	return err ? fail(r->e, -err, "%.100s:%u: %.380s", w->name, line, why.text) : 0;
}

int sad_read(const char *name, const char *text, size_t len, const struct sad_visitor *visitor,
	     struct espalier_error *e)
{
	struct import *im = calloc(1, sizeof(*im));
	struct reader r = {im, visitor, e};
	int ret;

	if (!im)
		return fail(e, ENOMEM, "%.100s: out of memory", name);
	im->change = (struct change){.take = take, .take_arg = &r};
	words_init(&im->w, name, text, len, e);
	im->w.keys = &im->keys;
	ret = read_all(im);
	if (ret == -ENOMEM)
		fail(e, ENOMEM, "%.100s: out of memory", name);
	words_fini(&im->w);
	sad_keys_wipe(&im->keys);
	free(im);
	return ret;
}
