// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <arpa/inet.h>

static void larval(const char *name, const char *line)
{
	struct message m;
	struct xfrm_nl_sa sa;
	char *text;

	message_load(name, &m);
	ck_assert_int_eq(xfrm_nl_read_sa(&m.nlh, m.len, &sa, NULL), 0);
	ck_assert_int_eq(sa.unknown_algo[0], 0);
	text = text_of(&sa.spec, NULL);
	ck_assert_str_eq(text, line);
	free(text);
}

START_TEST(what_the_kernel_dumped)
{
#define LIMIT " limit time-hard 100000"
	larval("larval-0", "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000100 "
			   "reqid 1 mode tunnel" LIMIT " dir in pcpu-num 1\n");
	larval("larval-1", "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101 "
			   "reqid 1 mode tunnel mark 0x5 mask 0xff" LIMIT " if_id 0x7\n");
	larval("larval-2", "xfrm state add src fd00::1 dst fd00::2 proto esp spi 0x00000102 "
			   "reqid 9 mode transport" LIMIT " dir out\n");
	larval("larval-3", "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto ah spi 0x00000103 "
			   "reqid 1 mode tunnel" LIMIT " dir in pcpu-num 0\n");
}
END_TEST

/* What ip sends for a text is read as what we read the text as. */
static void same_as_text(const char *name)
{
	struct message m;
	struct xfrm_nl_sa sa;
	struct sad_spec spec;
	struct sad_keys keys, want;
	char *text, *want_text;

	message_load(name, &m);
	ck_assert_int_eq(xfrm_nl_read_sa(&m.nlh, m.len, &sa, &keys), 0);
	text_load(name, &spec, &want);
	/* ip asks the system for the device's number. */
	memcpy(sa.spec.offload_dev, spec.offload_dev, sizeof(spec.offload_dev));
	text = text_of(&sa.spec, &keys);
	want_text = text_of(&spec, &want);
	ck_assert_str_eq(text, want_text);
	free(text);
	free(want_text);
}

START_TEST(what_ip_sends)
{
	struct message m;
	struct xfrm_nl_sa sa;
	struct espalier_sa out;

	same_as_text("esp-esn");
	same_as_text("ah6");
	same_as_text("esp-auth");
	same_as_text("comp6");
	same_as_text("route2");
	same_as_text("offload");
	message_load("offload", &m);
	ck_assert_int_eq(xfrm_nl_read_sa(&m.nlh, m.len, &sa, NULL), 0);
	xfrm_nl_describe(&sa, 0, &out);
	ck_assert_int_eq(out.offload_ifindex, 1);
	ck_assert_uint_eq(out.offload_flags, XFRM_OFFLOAD_INBOUND);
	ck_assert_uint_eq(out.offload_type, XFRM_DEV_OFFLOAD_CRYPTO);
}
END_TEST

START_TEST(packet_offload)
{
	struct xfrm_nl_sa sa;
	struct sad_spec spec;
	struct sad_keys keys;
	struct espalier_sa out;
	struct build b;

	text_read("xfrm state add src fd00::1 dst fd00::2 proto esp spi 0x104 mode transport "
		  "aead 'rfc4106(gcm(aes))' '' 128 offload packet dev eth0 dir out\n",
		  &spec, &keys);
	spec.offload_ifindex = 42;
	ck_assert_int_eq(build_new(&b, &spec, &keys, NULL), 0);
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, NULL), 0);
	xfrm_nl_describe(&sa, 0, &out);
	ck_assert_int_eq(out.offload_ifindex, 42);
	ck_assert_uint_eq(out.offload_flags, XFRM_OFFLOAD_IPV6 | SAD_OFFLOAD_PACKET);
	ck_assert_uint_eq(out.offload_type, XFRM_DEV_OFFLOAD_PACKET);
}
END_TEST

/* Each cut, and each byte changed, of a message that has about everything: no crash, and what is
 * cut is malformed. */
START_TEST(cut_short_and_changed)
{
	struct sad_spec spec;
	struct sad_keys keys;
	struct xfrm_nl_sa sa;
	struct build b;
	size_t len;
	char *copy;

	text_read(RICH, &spec, &keys);
	ck_assert_int_eq(build_new(&b, &spec, &keys, NULL), 0);
	len = b.nlh.nlmsg_len;
	for (size_t n = 0; n < len; n++) {
		/* Of that very size, so that a sanitizer sees a byte too many. */
		copy = malloc(n ? n : 1);
		memcpy(copy, &b, n);
		ck_assert_int_eq(xfrm_nl_read_sa((struct nlmsghdr *)copy, n, &sa, &keys), -EBADMSG);
		if (n >= sizeof(struct nlmsghdr)) {
			((struct nlmsghdr *)copy)->nlmsg_len = (u32)n;
			int ret = xfrm_nl_read_sa((struct nlmsghdr *)copy, n, &sa, &keys);

			ck_assert_int_eq(ret && ret != -EBADMSG, 0);
		}
		free(copy);
	}
	for (size_t i = 0; i < len; i++) {
		for (u32 v = 0; v < 256; v += 51) {
			copy = malloc(len);
			memcpy(copy, &b, len);
			copy[i] = (char)v;
			int ret = xfrm_nl_read_sa((struct nlmsghdr *)copy, len, &sa, &keys);

			ck_assert_int_eq(ret && ret != -EBADMSG && ret != -ENOMSG, 0);
			if (!ret)
				free(text_of(&sa.spec, &keys));
			free(copy);
		}
	}
}
END_TEST

static struct nlattr *find(struct build *b, u16 type)
{
	struct attrs attrs;

	ck_assert_int_eq(
		attrs_read(&attrs, &b->nlh, b->nlh.nlmsg_len, sizeof(struct xfrm_usersa_info)), 0);
	ck_assert_ptr_nonnull(attrs.at[type]);
	return (struct nlattr *)(uintptr_t)attrs.at[type];
}

static void rich(struct build *b)
{
	struct sad_spec spec;
	struct sad_keys keys;

	text_read(RICH, &spec, &keys);
	ck_assert_int_eq(build_new(b, &spec, &keys, NULL), 0);
}

START_TEST(lengths_that_lie)
{
	struct xfrm_nl_sa sa;
	struct build b;
	struct xfrm_replay_state_esn *esn;
	struct xfrm_algo *algo;

	rich(&b);
	esn = (void *)(find(&b, XFRMA_REPLAY_ESN_VAL) + 1);
	esn->bmp_len = 0x40000001; /* times four: 4 */
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, NULL), -EBADMSG);
	rich(&b);
	esn = (void *)(find(&b, XFRMA_REPLAY_ESN_VAL) + 1);
	esn->replay_window = 65;
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, NULL), -EBADMSG);
	rich(&b);
	algo = (void *)(find(&b, XFRMA_ALG_CRYPT) + 1);
	algo->alg_key_len = 129;
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, NULL), -EBADMSG);
	algo->alg_key_len = U32_MAX;
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, NULL), -EBADMSG);
	rich(&b);
	algo = (void *)(find(&b, XFRMA_ALG_CRYPT) + 1);
	memset(algo->alg_name, 'a', sizeof(algo->alg_name));
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, NULL), -EBADMSG);
	rich(&b);
	find(&b, XFRMA_MARK)->nla_len = 8;
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, NULL), -EBADMSG);
}
END_TEST

START_TEST(unknown_things)
{
	struct sad_keys keys;
	struct xfrm_nl_sa sa;
	struct build b;

	/* An algorithm of a later kernel: the SA is there, and what it lacks is said. */
	rich(&b);
	strcpy(((struct xfrm_algo *)(find(&b, XFRMA_ALG_CRYPT) + 1))->alg_name, "cbc(new)");
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, &keys), 0);
	ck_assert_str_eq(sa.unknown_algo, "cbc(new)");
	ck_assert_uint_eq(sa.spec.pcpu_num, 3);
	ck_assert(!keys.of[SAD_ALGO_ENC].given);
	/* An attribute of a later kernel is passed over. */
	rich(&b);
	find(&b, XFRMA_TFCPAD)->nla_type = 200;
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, NULL), 0);
	ck_assert_uint_eq(sa.spec.tfcpad, 0);
	/* Another message. */
	b.nlh.nlmsg_type = XFRM_MSG_NEWPOLICY;
	ck_assert_int_eq(xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &sa, NULL), -ENOMSG);
}
END_TEST

/* struct espalier_sa is the same whether a SAD gives it or the message itself. */
START_TEST(described_as_in_a_sad)
{
	struct xfrm_nl_event event = {.kind = XFRM_NL_NEW};
	struct espalier_sa a, b;
	struct espalier_sad *sad;
	struct build m;

	rich(&m);
	ck_assert_int_eq(xfrm_nl_read_sa(&m.nlh, m.nlh.nlmsg_len, &event.sa, NULL), 0);
	event.sa.spec.offload = XFRM_DEV_OFFLOAD_PACKET;
	event.sa.spec.offload_dir = XFRM_DEV_OFFLOAD_IN;
	event.sa.spec.offload_ifindex = 9;
	event.sa.spec.curlft.bytes = 1234;
	event.sa.spec.curlft.packets = 56;
	xfrm_nl_describe(&event.sa, 0, &a);
	ck_assert_uint_eq(a.bytes, 1234);
	ck_assert_uint_eq(a.encap_dport, 4501);
	ck_assert_int_eq(espalier_sad_new(&sad), 0);
	ck_assert_int_eq(xfrm_nl_apply(sad, 0, &event), 0);
	ck_assert_int_eq(espalier_sad_lookup(sad, &a.id, &b), 0);
	ck_assert_uint_eq(b.references, 1);
	ck_assert_uint_eq(a.references, 0);
	ck_assert_mem_eq(a.id.daddr, b.id.daddr, sizeof(a.id.daddr));
	ck_assert_mem_eq(a.saddr, b.saddr, sizeof(a.saddr));
#define SAME(field) ck_assert_uint_eq(a.field, b.field)
	SAME(id.netns);
	SAME(id.family);
	SAME(id.proto);
	SAME(id.spi);
	SAME(id.mark);
	SAME(mask);
	SAME(mode);
	SAME(flags);
	SAME(dir);
	SAME(reqid);
	SAME(if_id);
	SAME(pcpu_num);
	SAME(replay_window);
	SAME(encap_type);
	SAME(encap_sport);
	SAME(encap_dport);
	SAME(offload_type);
	SAME(offload_flags);
	SAME(offload_ifindex);
	SAME(bytes);
	SAME(packets);
	espalier_sad_free(sad);
}
END_TEST

TCase *parse_case(void)
{
	TCase *c = tcase_create("parse");

	tcase_add_test(c, what_the_kernel_dumped);
	tcase_add_test(c, what_ip_sends);
	tcase_add_test(c, packet_offload);
	tcase_add_test(c, cut_short_and_changed);
	tcase_add_test(c, lengths_that_lie);
	tcase_add_test(c, unknown_things);
	tcase_add_test(c, described_as_in_a_sad);
	return c;
}
