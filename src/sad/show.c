// SPDX-License-Identifier: BSD-2-Clause
#include "show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "fields.h"

/*
 * The output of iproute2 6.1 to 6.17, with and without -s, -d and -o. What a line is about is told
 * by its first word.
 */

int show_begin(struct words *w, struct shown *s)
{
	struct field_addr src, dst;
	int err;

	memset(s, 0, sizeof(*s));
	sad_spec_init(&s->spec);
	s->line = w->word[0].line;
	words_take(w, "src");
	err = field_addr(w, AF_UNSPEC, &src);
	if (err)
		return err;
	if (!words_take(w, "dst"))
		return words_fail_at(w, "dst is missing");
	err = field_addr(w, src.family, &dst);
	if (err)
		return err;
	s->spec.family = src.family ? src.family : AF_INET;
	s->spec.saddr = src.addr;
	s->spec.id.daddr = dst.addr;
	s->open = true;
	return 0;
}

/* A number that may have the same number behind it, in another notation: 0x00000100(256). */
static int noted_u32(struct words *w, const char *what, u32 *out)
{
	const char *word = words_peek(w);
	const char *end;
	u64 v;

	if (!word || !number_at(word, U32_MAX, &v, &end) || (*end && *end != '('))
		return words_fail_at(w, what);
	*out = (u32)v;
	w->at++;
	return 0;
}

/* proto esp spi 0x00000100 reqid 1 mode tunnel */
static int id_line(struct words *w, struct shown *s)
{
	u32 spi = 0;
	int err = field_xfrm_proto(w, &s->spec.id.proto);

	if (!err && words_take(w, "spi"))
		err = noted_u32(w, "spi is not a number", &spi);
	if (!err && words_take(w, "reqid"))
		err = noted_u32(w, "reqid is not a number", &s->spec.reqid);
	if (err)
		return err;
	s->spec.id.spi = htonl(spi);
	s->has_id = true;
	if (!words_take(w, "mode"))
		return words_fail_at(w, "mode is missing");
	/* ip shows a mode that it has no name for as a number. */
	if (words_peek(w) && words_peek(w)[0] >= '0' && words_peek(w)[0] <= '9')
		return field_u8(w, "mode", &s->spec.mode);
	return field_mode(w, false, &s->spec.mode);
}

static bool hex_word(struct words *w, u32 *out)
{
	const char *word = words_peek(w);
	char *end;
	unsigned long v;

	if (!word || strlen(word) > 8 || strspn(word, "0123456789abcdefABCDEF") != strlen(word))
		return false;
	v = strtoul(word, &end, 16);
	*out = (u32)v;
	w->at++;
	return true;
}

/*
 * replay-window 0 seq 0x00000000 flag noecn esn extra_flag dont-encap-dscp (0x10000001)
 *
 * Flags without a name come as a bare hexadecimal number. ip writes no blank between the last flag
 * and extra_flag.
 */
static int flag_line(struct words *w, struct shown *s)
{
	static const char extra[] = "extra_flag";
	u32 flags = 0;
	u32 rest;

	while (w->at < w->n && words_peek(w)[0] != '(') {
		char *word = w->word[w->at].text;
		size_t len = strlen(word);

		if (len >= strlen(extra) && !strcmp(word + len - strlen(extra), extra)) {
			word[len - strlen(extra)] = '\0';
			rest = 0;
			if (!*word)
				w->at++;
			else if (!take_flag(w, state_flags, &flags) && !hex_word(w, &rest))
				return words_fail_at(w, "unknown flag");
			flags |= rest;
			while (take_flag(w, state_extra_flags, &s->spec.extra_flags))
				;
			if (hex_word(w, &rest))
				s->spec.extra_flags |= rest;
			break;
		}
		if (take_flag(w, state_flags, &flags))
			continue;
		if (!hex_word(w, &rest))
			return words_fail_at(w, "unknown flag");
		flags |= rest;
	}
	s->spec.flags = (u8)flags;
	/* The same again, in binary. */
	if (w->at < w->n && words_peek(w)[0] == '(')
		w->at++;
	return 0;
}

static int replay_line(struct words *w, struct shown *s)
{
	const char *word;
	const char *end;
	u64 v;
	int err = field_u32(w, "replay-window", &s->spec.replay_window);

	if (!err && words_take(w, "seq")) {
		/* Decimal, whatever the 0x before it says, and in network order. */
		word = words_next(w);
		for (word = word && !strncmp(word, "0x", 2) ? word + 2 : "";
		     *word == '0' && word[1];)
			word++;
		if (!number_at(word, U32_MAX, &v, &end) || *end)
			return words_fail(w, "seq is not a number");
		s->spec.seq = (__be32)v;
	}
	if (!err && words_take(w, "flag"))
		err = flag_line(w, s);
	return err;
}

/* mark 0x1/0xff output-mark 0x2/0xff; older ones have the mark's value in decimal. */
static int mark_line(struct words *w, struct shown *s)
{
	bool has_mask;

	return field_mark(w, "mark", &s->spec.mark, &has_mask);
}

static int output_mark_line(struct words *w, struct shown *s)
{
	bool has_mask;

	return field_mark(w, "output-mark", &s->spec.smark, &has_mask);
}

/*
 * auth-trunc hmac(sha1) 0x... (160 bits) 96
 *
 * A key may be absent, because it has no bytes, or be written as hidden; "(N bits)" comes with -s.
 */
static int algo_line(struct words *w, struct shown *s, enum sad_algo_kind kind, bool trunc)
{
	struct sad_algo_use *use = &s->spec.algo[kind];
	const char *name = words_peek(w);
	const char *word;
	int err = field_algo_name(w, kind, use);

	if (err)
		return err;
	word = words_peek(w);
	if (word && !strncmp(word, "0x", 2)) {
		err = key_bits(w, word, kind, &use->key_bits);
		if (err)
			return err;
		w->at++;
	} else if (words_take(w, "<<Keys")) {
		if (!words_take(w, "hidden>>"))
			return words_fail(w, "a key is neither shown nor hidden");
	}
	word = words_peek(w);
	if (word && word[0] == '(') {
		const char *end;
		u64 bits;

		if (!number_at(word + 1, 512 * 8, &bits, &end) || *end)
			return words_fail(w, "the length of a key is not a number");
		use->key_bits = (u32)bits;
		w->at++;
		if (!words_take(w, "bits)"))
			return words_fail(w, "the length of a key is not in bits");
	}
	if (trunc || kind == SAD_ALGO_AEAD)
		err = field_u32(w, "the length of the ICV", &use->icv_bits);
	if (err || kind != SAD_ALGO_AEAD)
		return err;
	use->algo = sad_algo_find(kind, name, use->icv_bits);
	if (!use->algo)
		return words_fail(w, "that aead algorithm has no ICV of %u bits", use->icv_bits);
	return 0;
}

/* encap type espinudp sport 4500 dport 4500 addr 0.0.0.0 */
static int encap_line(struct words *w, struct shown *s)
{
	struct field_addr oa;
	u16 type, sport, dport;
	const char *word;
	int err;

	if (!words_take(w, "type"))
		return words_fail_at(w, "type is missing");
	word = words_peek(w);
	if (word && word[0] >= '0' && word[0] <= '9')
		err = field_u16(w, "type of encap", &type);
	else
		err = field_encap_type(w, &type);
	if (err)
		return err;
	if (!words_take(w, "sport"))
		return words_fail_at(w, "sport is missing");
	err = field_u16(w, "sport of encap", &sport);
	if (err)
		return err;
	if (!words_take(w, "dport"))
		return words_fail_at(w, "dport is missing");
	err = field_u16(w, "dport of encap", &dport);
	if (err)
		return err;
	if (!words_take(w, "addr"))
		return words_fail_at(w, "addr is missing");
	err = field_addr(w, AF_UNSPEC, &oa);
	if (err)
		return err;
	s->spec.has_encap = true;
	s->spec.encap = (struct xfrm_encap_tmpl){type, htons(sport), htons(dport), oa.addr};
	return 0;
}

/* "NAME 0x1," or the last, without the comma. */
static int counted(struct words *w, const char *name, u32 *out)
{
	const char *word, *end;
	u64 v;

	if (!words_take(w, name))
		return words_fail_at(w, "not as ip shows a replay context");
	word = words_peek(w);
	if (!word || !number_at(word, U32_MAX, &v, &end) || (*end && strcmp(end, ",")))
		return words_fail_at(w, "not a number of a replay context");
	*out = (u32)v;
	w->at++;
	return 0;
}

/* anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000 */
static int context_line(struct words *w, struct shown *s)
{
	int err;

	/* The numbers of an esn context are on lines of their own. */
	if (words_take(w, "esn") && words_take(w, "context:"))
		return 0;
	if (!words_take(w, "context:"))
		return words_fail_at(w, "not as ip shows a replay context");
	err = counted(w, "seq", &s->spec.replay.seq);
	if (!err)
		err = counted(w, "oseq", &s->spec.replay.oseq);
	if (!err)
		err = counted(w, "bitmap", &s->spec.bmp[0]);
	return err;
}

/* seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0 */
static int esn_line(struct words *w, struct shown *s)
{
	struct xfrm_replay_state_esn *r = &s->spec.replay;
	int err;

	w->at--;
	err = counted(w, "seq-hi", &r->seq_hi);
	if (!err)
		err = counted(w, "seq", &r->seq);
	if (!err)
		err = counted(w, "oseq-hi", &r->oseq_hi);
	if (!err)
		err = counted(w, "oseq", &r->oseq);
	return err;
}

/* replay_window 32, bitmap-length 1 */
static int bitmap_line(struct words *w, struct shown *s)
{
	u32 len = 0;
	int err;

	w->at--;
	err = counted(w, "replay_window", &s->spec.replay_window);
	if (!err)
		err = counted(w, "bitmap-length", &len);
	if (err)
		return err;
	if (len > SAD_BMP_MAX)
		return words_fail(w, "a replay bitmap is over %d words", SAD_BMP_MAX);
	s->spec.replay.bmp_len = len;
	s->bmp_left = len;
	return 0;
}

static int bitmap_words(struct words *w, struct shown *s)
{
	while (s->bmp_left && w->at < w->n) {
		if (!hex_word(w, &s->spec.bmp[s->bmp_left - 1]))
			return words_fail_at(w, "not a word of a replay bitmap");
		s->bmp_left--;
	}
	return 0;
}

/* crypto offload parameters: dev eth0 dir in mode packet */
static int offload_line(struct words *w, struct shown *s)
{
	int err;

	if (!words_take(w, "offload") || !words_take(w, "parameters:") || !words_take(w, "dev"))
		return words_fail_at(w, "not as ip shows an offload");
	s->spec.offload = XFRM_DEV_OFFLOAD_CRYPTO;
	err = field_dev(w, s->spec.offload_dev);
	if (err)
		return err;
	if (!words_take(w, "dir"))
		return words_fail_at(w, "dir is missing");
	err = field_dir(w, &s->spec.offload_dir);
	if (err || !words_take(w, "mode"))
		return err;
	if (words_take(w, "packet"))
		s->spec.offload = XFRM_DEV_OFFLOAD_PACKET;
	else if (!words_take(w, "crypto"))
		return words_fail_at(w, "mode of offload is neither packet nor crypto");
	return 0;
}

/* sel src 10.0.0.0/8 dst 0.0.0.0/0 proto tcp sport 80 dev eth0 uid 0 */
static int sel_line(struct words *w, struct shown *s)
{
	u32 uid;
	int err = field_selector(w, AF_UNSPEC, &s->spec);

	if (!err && words_take(w, "uid")) {
		err = field_u32(w, "uid", &uid);
		s->spec.sel.user = uid;
	}
	return err;
}

/* "(INF)(bytes)," or "100(packets)" */
static int limit_number(struct words *w, __u64 *out)
{
	const char *word = words_peek(w);
	const char *end;
	u64 v = XFRM_INF;

	if (!word)
		return words_fail_at(w, "a limit is missing");
	if (strncmp(word, "(INF)(", 6) && (!number_at(word, U64_MAX, &v, &end) || *end != '('))
		return words_fail_at(w, "not a limit");
	*out = v;
	w->at++;
	return 0;
}

static int soft_and_hard(struct words *w, __u64 *soft, __u64 *hard)
{
	int err;

	if (!words_take(w, "soft"))
		return words_fail_at(w, "soft is missing");
	err = limit_number(w, soft);
	if (err)
		return err;
	if (!words_take(w, "hard"))
		return words_fail_at(w, "hard is missing");
	return limit_number(w, hard);
}

/* limit: soft (INF)(bytes), hard (INF)(bytes) */
static int limit_line(struct words *w, struct shown *s)
{
	struct xfrm_lifetime_cfg *lft = &s->spec.lft;
	__u64 soft, hard;
	int err = soft_and_hard(w, &soft, &hard);

	if (err)
		return err;
	if (strstr(w->word[w->at - 1].text, "(packets)")) {
		lft->soft_packet_limit = soft;
		lft->hard_packet_limit = hard;
	} else if (strstr(w->word[w->at - 1].text, "(bytes)")) {
		lft->soft_byte_limit = soft;
		lft->hard_byte_limit = hard;
	} else {
		return words_fail(w, "a limit is of neither bytes nor packets");
	}
	return 0;
}

/* expire add: soft 0(sec), hard 0(sec) */
static int expire_line(struct words *w, struct shown *s)
{
	struct xfrm_lifetime_cfg *lft = &s->spec.lft;

	if (words_take(w, "add:"))
		return soft_and_hard(w, &lft->soft_add_expires_seconds,
				     &lft->hard_add_expires_seconds);
	if (words_take(w, "use:"))
		return soft_and_hard(w, &lft->soft_use_expires_seconds,
				     &lft->hard_use_expires_seconds);
	return words_fail_at(w, "neither add: nor use:");
}

/* "2024-02-29 23:59:59", or "-" */
static int moment(struct words *w, u64 *out)
{
	const char *day = words_next(w);
	const char *clock;
	struct tm tm = {.tm_isdst = -1};
	time_t t;
	int n = 0, m = 0;

	*out = 0;
	if (day && !strcmp(day, "-"))
		return 0;
	clock = words_next(w);
	if (!clock || sscanf(day, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3 ||
	    day[n] ||
	    sscanf(clock, "%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &m) != 3 ||
	    clock[m])
		return words_fail(w, "not a date and time");
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	t = mktime(&tm);
	if (t < 0)
		return words_fail(w, "not a date and time");
	*out = (u64)t;
	return 0;
}

/* add 2024-02-29 23:59:59 use - */
static int times_line(struct words *w, struct shown *s)
{
	u64 t;
	int err = moment(w, &t);

	if (err)
		return err;
	s->spec.curlft.add_time = t;
	if (!words_take(w, "use"))
		return words_fail_at(w, "use is missing");
	err = moment(w, &t);
	s->spec.curlft.use_time = t;
	return err;
}

static int lastused_line(struct words *w, struct shown *s)
{
	u64 t;
	int err = moment(w, &t);

	s->spec.lastused = (time64_t)t;
	return err;
}

/* 1234(bytes), 56(packets) */
static int used_line(struct words *w, struct shown *s)
{
	int err = limit_number(w, &s->spec.curlft.bytes);

	return err ? err : limit_number(w, &s->spec.curlft.packets);
}

/* replay-window 0 replay 0 failed 0: of the statistics, though it begins like another line. */
static int stats_line(struct words *w, struct shown *s)
{
	int err = field_u32(w, "replay-window", &s->spec.stats.replay_window);

	if (!err && words_take(w, "replay"))
		err = field_u32(w, "replay", &s->spec.stats.replay);
	if (!err && words_take(w, "failed"))
		err = field_u32(w, "failed", &s->spec.stats.integrity_failed);
	return err;
}

static int ctx_line(struct words *w, struct shown *s)
{
	const char *ctx;

	if (!words_take(w, "context"))
		return words_fail_at(w, "context is missing");
	ctx = words_next(w);
	if (!ctx || strlen(ctx) > SAD_CTX_MAX)
		return words_fail(w, "not a security context of up to %d bytes", SAD_CTX_MAX);
	strcpy(s->spec.ctx, ctx);
	return 0;
}

static int coa_line(struct words *w, struct shown *s)
{
	struct field_addr coa;
	int err = field_addr(w, s->spec.family, &coa);

	if (err)
		return err;
	s->spec.has_coaddr = true;
	s->spec.coaddr = coa.addr;
	return 0;
}

static int if_id_line(struct words *w, struct shown *s)
{
	return field_u32(w, "if_id", &s->spec.if_id);
}

static int tfcpad_line(struct words *w, struct shown *s)
{
	return field_u32(w, "tfcpad", &s->spec.tfcpad);
}

static int pcpu_line(struct words *w, struct shown *s)
{
	return field_u32(w, "pcpu-num", &s->spec.pcpu_num);
}

static int dir_line(struct words *w, struct shown *s)
{
	return field_dir(w, &s->spec.dir);
}

/* lifetime config:, lifetime current:, stats: say what the lines after them are. */
static int heading(struct words *w, struct shown *s)
{
	(void)s;
	w->at = w->n;
	return 0;
}

static int read_part(struct words *w, struct shown *s)
{
	static const struct {
		const char *word;
		int (*read)(struct words *w, struct shown *s);
	} parts[] = {
		{"proto", id_line},
		{"mark", mark_line},
		{"output-mark", output_mark_line},
		{"encap", encap_line},
		{"coa", coa_line},
		{"lastused", lastused_line},
		{"anti-replay", context_line},
		{"seq-hi", esn_line},
		{"replay_window", bitmap_line},
		{"crypto", offload_line},
		{"if_id", if_id_line},
		{"tfcpad", tfcpad_line},
		{"dir", dir_line},
		{"pcpu-num", pcpu_line},
		{"sel", sel_line},
		{"lifetime", heading},
		{"stats:", heading},
		{"limit:", limit_line},
		{"expire", expire_line},
		{"add", times_line},
		{"security", ctx_line},
	};
	const char *word = words_peek(w);
	bool trunc;
	int kind;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (words_take(w, parts[i].word))
			return parts[i].read(w, s);
	}
	if (words_take(w, "replay-window"))
		return w->n > 2 && !strcmp(w->word[2].text, "replay") ? stats_line(w, s)
								      : replay_line(w, s);
	kind = algo_kind(word, &trunc);
	if (kind >= 0) {
		w->at++;
		return algo_line(w, s, (enum sad_algo_kind)kind, trunc);
	}
	if (strstr(word, "(bytes),"))
		return used_line(w, s);
	return words_fail_at(w, "not a line that ip xfrm state prints");
}

int show_line(struct words *w, struct shown *s)
{
	int err;

	if (s->bmp_left)
		return bitmap_words(w, s);
	while (w->at < w->n) {
		err = read_part(w, s);
		if (err)
			return err;
		/* Only a mark shares its line with something else. */
		if (w->at < w->n && !words_is(w, "output-mark"))
			return words_fail_at(w, "more than ip prints in such a line");
	}
	return 0;
}

int show_end(struct words *w, struct shown *s, struct sad_netns *net, struct change *c)
{
	if (!s->open)
		return 0;
	s->open = false;
	if (!s->has_id)
		return fail(w->e, EINVAL, "%.100s:%u: this SA has no line with its proto", w->name,
			    s->line);
	if (s->bmp_left)
		return fail(w->e, EINVAL,
			    "%.100s:%u: the replay bitmap of this SA is not all there", w->name,
			    s->line);
	return add_spec(w, &s->spec, CHANGE_ADD, s->line, net, c);
}
