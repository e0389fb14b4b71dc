// SPDX-License-Identifier: BSD-2-Clause
#include "replay.h"

#include <errno.h>
#include <string.h>

#define LEGACY_WINDOW 32

bool replay_wants_bitmap(const struct sad_spec *spec)
{
	return (spec->flags & XFRM_STATE_ESN) || spec->replay_window > LEGACY_WINDOW;
}

u32 replay_bitmap_words(const struct sad_spec *spec)
{
	return spec->replay.bmp_len ? spec->replay.bmp_len : (spec->replay_window + 31) / 32;
}

size_t replay_bytes(const struct sad_spec *spec)
{
	if (!replay_wants_bitmap(spec))
		return 0;
	return sizeof(struct xfrm_replay_state_esn) + replay_bitmap_words(spec) * sizeof(u32);
}

void replay_init(struct xfrm_state *x, const struct sad_spec *spec,
		 struct xfrm_replay_state_esn *esn)
{
	if (!esn) {
		x->repl_mode = XFRM_REPLAY_MODE_LEGACY;
		x->props.replay_window = (u8)spec->replay_window;
		x->replay = (struct xfrm_replay_state){
			.oseq = spec->replay.oseq,
			.seq = spec->replay.seq,
			.bitmap = spec->bmp[0],
		};
		return;
	}
	*esn = spec->replay;
	esn->bmp_len = replay_bitmap_words(spec);
	esn->replay_window = spec->replay_window;
	memcpy(esn->bmp, spec->bmp, esn->bmp_len * sizeof(u32));
	x->repl_mode = spec->flags & XFRM_STATE_ESN ? XFRM_REPLAY_MODE_ESN : XFRM_REPLAY_MODE_BMP;
	x->replay_esn = esn;
	/* What was last reported to a key manager: here, where nothing moves, what is. */
	x->preplay_esn = esn;
}

int replay_check(const struct sad_spec *spec, struct espalier_error *e)
{
	const struct xfrm_replay_state_esn *r = &spec->replay;
	bool esn = spec->flags & XFRM_STATE_ESN;

	if (spec->replay_window > XFRMA_REPLAY_ESN_MAX)
		return fail(e, EINVAL, "replay-window %u is over %d", spec->replay_window,
			    XFRMA_REPLAY_ESN_MAX);
	if (esn && spec->id.proto != IPPROTO_ESP && spec->id.proto != IPPROTO_AH)
		return fail(e, EINVAL, "flag esn goes with proto esp or ah only");
	if (esn && !spec->replay_window && spec->dir != XFRM_SA_DIR_OUT)
		return fail(e, EINVAL, "flag esn needs a replay-window");
	if (r->bmp_len > SAD_BMP_MAX || (r->bmp_len && spec->replay_window > r->bmp_len * 32))
		return fail(e, EINVAL, "a bitmap of %u words does not hold a replay-window of %u",
			    r->bmp_len, spec->replay_window);
	if (!replay_wants_bitmap(spec) && (r->seq_hi || r->oseq_hi))
		return fail(e, EINVAL, "the upper half of a sequence number needs flag esn");
	if (spec->dir == XFRM_SA_DIR_OUT) {
		if (spec->replay_window)
			return fail(e, EINVAL, "replay-window must be 0 with dir out");
		if (r->seq || r->seq_hi || spec->bmp[0])
			return fail(e, EINVAL, "replay-seq must be 0 with dir out");
		if (esn && r->bmp_len)
			return fail(e, EINVAL, "the replay bitmap must be empty with dir out");
	}
	if (spec->dir == XFRM_SA_DIR_IN && replay_wants_bitmap(spec) && (r->oseq || r->oseq_hi))
		return fail(e, EINVAL, "replay-oseq must be 0 with dir in");
	return 0;
}
