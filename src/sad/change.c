// SPDX-License-Identifier: BSD-2-Clause
#include "change.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "link.h"

/* A flush looks at all SAs, a deletion or addition at those of its key and other marks: text can
 * ask for more of that than anybody would wait for. */
#define MAX_VISITS (1ull << 27)

static void op_free(struct change_op *op)
{
	if (op->x)
		sad_state_put(op->x);
	if (op->kind == CHANGE_DELETE)
		free(op->id);
	if (op->kind == CHANGE_FLUSH)
		free(op->filter);
}

int change_append(struct change *c, const struct change_op *op)
{
	if (c->n == c->room) {
		size_t room = c->room ? c->room * 2 : 16;
		struct change_op *bigger = realloc(c->op, room * sizeof(*bigger));

		if (!bigger) {
			struct change_op copy = *op;

			op_free(&copy);
			return -ENOMEM;
		}
		c->op = bigger;
		c->room = room;
	}
	c->op[c->n++] = *op;
	return 0;
}

void change_fini(struct change *c)
{
	for (size_t i = 0; i < c->n; i++)
		op_free(&c->op[i]);
	free(c->op);
	free(c->doomed);
	*c = CHANGE_INIT(c->sad);
}

/* Mark a linked state to be unlinked in the end. */
static int doom(struct change *c, struct xfrm_state *x)
{
	if (c->nr_doomed == c->doomed_room) {
		size_t room = c->doomed_room ? c->doomed_room * 2 : 16;
		struct xfrm_state **bigger = realloc(c->doomed, room * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		c->doomed = bigger;
		c->doomed_room = room;
	}
	c->doomed[c->nr_doomed++] = x;
	x->doomed = 1;
	return 0;
}

/*
 * What the database would look like is kept in two parts: @added, an index of the states that
 * operations so far add, and the linked ones. A doomed state counts as gone in both.
 */
static int plan_add(struct change *c, struct sad_index *added, struct change_op *op)
{
	struct sad_id id = sad_id_of(op->x);

	if (sad_netns(c->sad, op->x->netns_id) != sad_netns_of(op->x))
		return -ENOENT;
	if (sad_locate(added, &id, &c->visits) || sad_locate(&c->sad->index, &id, &c->visits))
		return -EEXIST;
	return sad_index_insert(added, op->x);
}

static int plan_update(struct change *c, struct sad_index *added, struct change_op *op)
{
	struct sad_id id = sad_id_of(op->x);
	struct xfrm_state *x = sad_locate(added, &id, &c->visits);

	if (x) {
		sad_state_update(x, op->x);
		return 0;
	}
	op->target = sad_locate(&c->sad->index, &id, &c->visits);
	return op->target ? 0 : -ESRCH;
}

static int plan_delete(struct change *c, struct sad_index *added, struct change_op *op)
{
	struct xfrm_state *x = sad_locate(added, op->id, &c->visits);

	if (x) {
		x->doomed = 1;
		return 0;
	}
	x = sad_locate(&c->sad->index, op->id, &c->visits);
	return x ? doom(c, x) : -ESRCH;
}

static int plan_flush(struct change *c, struct change_op *op)
{
	struct xfrm_state *x;
	int err;

	c->visits += (u64)(op - c->op) + sad_count(c->sad);
	for (struct change_op *prev = c->op; prev < op; prev++) {
		if (prev->kind == CHANGE_ADD && sad_filter_fits(op->filter, prev->x))
			prev->x->doomed = 1;
	}
	for (x = c->sad->oldest; x; x = sad_state_at(x->newer)) {
		if (x->doomed || !sad_filter_fits(op->filter, x))
			continue;
		err = doom(c, x);
		if (err)
			return err;
	}
	return 0;
}

static int plan_op(struct change *c, struct sad_index *added, struct change_op *op)
{
	if (c->visits > MAX_VISITS)
		return -E2BIG;
	switch (op->kind) {
	case CHANGE_ADD:
		return plan_add(c, added, op);
	case CHANGE_UPDATE:
		return plan_update(c, added, op);
	case CHANGE_DELETE:
		return plan_delete(c, added, op);
	case CHANGE_FLUSH:
		return plan_flush(c, op);
	}
	return -EINVAL;
}

static int plan(struct change *c, u32 *bad_line)
{
	struct sad_index added;
	int err = sad_index_init(&added);

	if (err)
		return err;
	for (size_t i = 0; i < c->n && !err; i++) {
		err = plan_op(c, &added, &c->op[i]);
		if (err && err != -ENOMEM)
			*bad_line = c->op[i].line;
	}
	/* Nobody else ever saw this index: its old tables, if any, are only waiting for readers. */
	sad_index_fini(&added);
	return err;
}

/* Nothing here fails: the index has room for all additions. */
static int carry_out(struct change *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct change_op *op = &c->op[i];

		if (op->kind == CHANGE_ADD && !op->x->doomed && !sad_link(c->sad, op->x)) {
			op->x = NULL;
			n++;
		}
		if (op->kind == CHANGE_UPDATE && op->target)
			sad_state_update(op->target, op->x);
	}
	for (size_t i = 0; i < c->nr_doomed; i++)
		sad_unlink(c->sad, c->doomed[i]);
	return n < INT_MAX ? (int)n : INT_MAX;
}

int change_carry_out(struct change *c, u32 *bad_line)
{
	int ret;

	*bad_line = 0;
	pthread_mutex_lock(&c->sad->lock);
	ret = plan(c, bad_line);
	if (!ret)
		ret = sad_index_reserve(&c->sad->index, c->n);
	if (!ret) {
		ret = carry_out(c);
	} else {
		for (size_t i = 0; i < c->nr_doomed; i++)
			c->doomed[i]->doomed = 0;
	}
	pthread_mutex_unlock(&c->sad->lock);
	return ret;
}
