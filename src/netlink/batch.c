// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "change.h"
#include "sad/text.h"

/* One SA to be added: a request ready to be sent, and how to take it back. */
struct addition {
	struct nlmsghdr *nlh;
	struct build_id id;
	const char *name; /* of the text: the batch's */
	u32 line;
	bool newest_first;
};

struct name {
	struct name *next;
	char text[];
};

struct xfrm_nl_batch {
	bool larval;
	const struct xfrm_nl *nl; /* while reading */
	struct name *names;
	struct addition *at;
	size_t n;
	size_t room;
};

int xfrm_nl_batch_new(bool larval, struct xfrm_nl_batch **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->larval = larval;
	return 0;
}

void xfrm_nl_batch_free(struct xfrm_nl_batch *b)
{
	struct name *name, *next;

	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++) {
		explicit_bzero(b->at[i].nlh, b->at[i].nlh->nlmsg_len);
		free(b->at[i].nlh);
	}
	for (name = b->names; name; name = next) {
		next = name->next;
		free(name);
	}
	free(b->at);
	free(b);
}

static int append(struct xfrm_nl_batch *b, const struct build *request,
		  const struct sad_read_spec *read)
{
	struct addition *a;

	if (b->n == b->room) {
		size_t room = b->room ? b->room * 2 : 64;

		a = realloc(b->at, room * sizeof(*a));
		if (!a)
			return -ENOMEM;
		b->at = a;
		b->room = room;
	}
	a = &b->at[b->n];
	a->nlh = malloc(request->nlh.nlmsg_len);
	if (!a->nlh)
		return -ENOMEM;
	memcpy(a->nlh, request, request->nlh.nlmsg_len);
	a->id = build_id_of(read->spec);
	a->name = b->names->text;
	a->line = read->line;
	a->newest_first = read->newest_first;
	b->n++;
	return 0;
}

static int take(const struct sad_read_spec *read, void *arg, struct espalier_error *e)
{
	struct xfrm_nl_batch *b = arg;
	struct sad_spec spec = *read->spec;
	struct build request;
	int err;

	if (b->larval) {
		err = build_larval(&request, &spec, e);
	} else {
		err = change_find_devices(b->nl, &spec, e);
		if (!err)
			err = build_new(&request, &spec, read->keys, e);
	}
	if (err)
		return err;
	err = append(b, &request, read);
	build_wipe(&request);
	return err ? fail(e, -err, "out of memory") : 0;
}

/* Of those that ip printed, one after the other, the last was there first. */
static void turn_round(struct addition *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t end = i;

		while (end < n && at[end].newest_first)
			end++;
		for (size_t lo = i, hi = end; lo + 1 < hi; lo++, hi--) {
			struct addition tmp = at[lo];

			at[lo] = at[hi - 1];
			at[hi - 1] = tmp;
		}
		if (end > i)
			i = end - 1;
	}
}

int xfrm_nl_batch_read(struct xfrm_nl_batch *b, const struct xfrm_nl *nl, const char *name,
		       const char *text, size_t len, struct espalier_error *e)
{
	struct sad_visitor v = {take, b};
	struct name *copy = malloc(sizeof(*copy) + strlen(name) + 1);
	size_t first = b->n;
	int err;

	if (!copy)
		return fail(e, ENOMEM, "%.100s: out of memory", name);
	strcpy(copy->text, name);
	copy->next = b->names;
	b->names = copy;
	b->nl = nl;
	err = sad_read(name, text, len, &v, e);
	if (!err)
		turn_round(b->at + first, b->n - first);
	return err;
}

/* What was added goes again; what is left behind, if anything, is told. */
static size_t take_back(struct xfrm_nl_batch *b, struct xfrm_nl *nl, size_t n)
{
	size_t left = 0;

	while (n--) {
		int err = change_delete(nl, &b->at[n].id, NULL);

		/* Gone already is as good. */
		if (err && err != -ESRCH)
			left++;
	}
	return left;
}

int xfrm_nl_batch_add(struct xfrm_nl_batch *b, struct xfrm_nl *nl, u64 *lives,
		      struct espalier_error *e)
{
	struct espalier_error why = {0};
	size_t left;
	int err;

	for (size_t i = 0; i < b->n; i++) {
		err = b->larval ? change_add_larval(nl, b->at[i].nlh, lives, &why)
				: change_add(nl, b->at[i].nlh, &why);
		if (!err)
			continue;
		left = take_back(b, nl, i);
		if (left)
			return fail(e, -err,
				    "%.100s:%u: %.300s; and %zu that were added could not be "
				    "deleted again",
				    b->at[i].name, b->at[i].line, why.text, left);
		return fail(e, -err, "%.100s:%u: %.300s", b->at[i].name, b->at[i].line, why.text);
	}
	return b->n < INT_MAX ? (int)b->n : INT_MAX;
}
