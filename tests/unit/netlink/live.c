// SPDX-License-Identifier: BSD-2-Clause
/*
 * The running kernel's SA database, in a network namespace that this process makes for itself. SAs
 * are larval ones: a kernel without ESP has them, too.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Check has a macro of that name, and so has base/error.h a function. */
#undef fail
#include "netlink/xfrm.h"
#include "sad/text.h"

static struct xfrm_nl *nl; /* of the running test */
static struct espalier_error e;

#define OK(call) ck_assert_msg((call) == 0, "%s: %s", #call, e.text)

static void set_up(void)
{
	OK(xfrm_nl_open(NULL, &nl, &e));
}

static void tear_down(void)
{
	xfrm_nl_close(nl);
}

static struct sad_spec spec_of(u32 spi, u32 mark)
{
	struct sad_spec spec;

	sad_spec_init(&spec);
	spec.family = AF_INET6;
	spec.id.proto = IPPROTO_ESP;
	spec.id.spi = htonl(spi);
	spec.id.daddr.a6[3] = htonl(2);
	spec.saddr.a6[3] = htonl(1);
	spec.mode = XFRM_MODE_TUNNEL;
	spec.mark = (struct xfrm_mark){mark, mark ? 0xff : 0};
	spec.dir = XFRM_SA_DIR_IN;
	spec.pcpu_num = 0;
	spec.reqid = spi;
	return spec;
}

static void add(u32 spi, u32 mark)
{
	struct sad_spec spec = spec_of(spi, mark);

	OK(xfrm_nl_add_larval(nl, &spec, NULL, &e));
}

static void del(u32 spi, u32 mark)
{
	struct sad_spec spec = spec_of(spi, mark);

	OK(xfrm_nl_delete(nl, &spec, &e));
}

struct seen {
	u32 begun;
	u32 sas;
	u32 events[XFRM_NL_MIGRATE + 1];
	u32 stop_at;
};

static void begin(void *arg)
{
	((struct seen *)arg)->begun++;
	((struct seen *)arg)->sas = 0;
}

static int visit(const struct xfrm_nl_sa *sa, const struct sad_keys *keys, void *arg)
{
	struct seen *seen = arg;

	ck_assert_uint_eq(sa->spec.pcpu_num, 0);
	ck_assert_ptr_null(keys);
	return ++seen->sas == seen->stop_at ? 77 : 0;
}

static int note(const struct xfrm_nl_event *event, void *arg)
{
	((struct seen *)arg)->events[event->kind]++;
	return 0;
}

START_TEST(add_get_delete)
{
	struct sad_spec spec = spec_of(0x100, 5);
	struct espalier_sa_id id = {
		.family = AF_INET6, .proto = IPPROTO_ESP, .spi = 0x100, .mark = 5};
	struct seen seen = {0};
	struct xfrm_nl_visitor v = {begin, visit, &seen, false};
	struct espalier_sa got;
	struct xfrm_nl_sa sa;
	u64 lives = 0;

	id.daddr[15] = 2;
	OK(xfrm_nl_add_larval(nl, &spec, &lives, &e));
	ck_assert_uint_gt(lives, 0);
	OK(xfrm_nl_get(nl, &id, &sa, &e));
	xfrm_nl_describe(&sa, 0, &got);
	ck_assert_uint_eq(got.id.spi, 0x100);
	ck_assert_uint_eq(got.id.mark, 5);
	ck_assert_uint_eq(got.mask, 0xff);
	ck_assert_uint_eq(got.pcpu_num, 0);
	ck_assert_uint_eq(got.dir, XFRM_SA_DIR_IN);
	ck_assert_uint_eq(got.reqid, 0x100);
	/* The same again leaves nothing, not even an SA without an SPI. */
	ck_assert_int_eq(xfrm_nl_add_larval(nl, &spec, NULL, &e), -EEXIST);
	OK(xfrm_nl_dump(nl, &v, &e));
	ck_assert_uint_eq(seen.sas, 1);
	OK(xfrm_nl_delete(nl, &spec, &e));
	ck_assert_int_eq(xfrm_nl_delete(nl, &spec, &e), -ESRCH);
	ck_assert_int_eq(xfrm_nl_get(nl, &id, &sa, &e), -ESRCH);
}
END_TEST

START_TEST(load)
{
	struct espalier_sad *sad;

	for (u32 i = 0; i < 300; i++)
		add(0x1000 + i, 0);
	OK(espalier_sad_new(&sad));
	ck_assert_int_eq(xfrm_nl_load(nl, sad, 0, &e), 300);
	ck_assert_uint_eq(espalier_sad_count(sad), 300);
	ck_assert_int_eq(xfrm_nl_load(nl, sad, 4, &e), -ENOENT);
	for (u32 i = 0; i < 300; i++)
		del(0x1000 + i, 0);
	espalier_sad_free(sad);
}
END_TEST

START_TEST(a_visitor_that_stops)
{
	struct seen seen = {.stop_at = 2};
	struct xfrm_nl_visitor v = {begin, visit, &seen, false};

	for (u32 i = 0; i < 300; i++)
		add(0x1000 + i, 0);
	ck_assert_int_eq(xfrm_nl_dump(nl, &v, &e), 77);
	ck_assert_uint_eq(seen.sas, 2);
	/* What was left of the answer does not get into the next one. */
	seen.stop_at = 0;
	OK(xfrm_nl_dump(nl, &v, &e));
	ck_assert_uint_eq(seen.sas, 300);
	for (u32 i = 0; i < 300; i++)
		del(0x1000 + i, 0);
}
END_TEST

START_TEST(watch)
{
	struct seen seen = {0};

	ck_assert_int_eq(xfrm_nl_fd(nl), -1);
	OK(xfrm_nl_watch(nl, 0, &e));
	ck_assert_int_ge(xfrm_nl_fd(nl), 0);
	OK(xfrm_nl_events(nl, note, &seen, &e));
	add(0x100, 0);
	del(0x100, 0);
	OK(xfrm_nl_events(nl, note, &seen, &e));
	ck_assert_uint_eq(seen.events[XFRM_NL_DELETE], 1);
}
END_TEST

/* More events than there is room for: said once, and after a resync all is well. */
START_TEST(overrun)
{
	struct seen seen = {0};
	struct xfrm_nl_visitor v = {begin, visit, &seen, false};

	OK(xfrm_nl_watch(nl, 1, &e));
	for (u32 i = 0; i < 200; i++) {
		add(0x1000 + i, 0);
		del(0x1000 + i, 0);
	}
	add(0x2000, 0);
	ck_assert_int_eq(xfrm_nl_events(nl, note, &seen, &e), -ENOBUFS);
	OK(xfrm_nl_resync(nl, &v, &e));
	ck_assert_uint_eq(seen.begun, 1);
	ck_assert_uint_eq(seen.sas, 1);
	memset(&seen, 0, sizeof(seen));
	OK(xfrm_nl_events(nl, note, &seen, &e));
	ck_assert_uint_eq(seen.events[XFRM_NL_DELETE], 0);
	del(0x2000, 0);
	OK(xfrm_nl_events(nl, note, &seen, &e));
	ck_assert_uint_eq(seen.events[XFRM_NL_DELETE], 1);
}
END_TEST

static ino_t netns_of_thread(void)
{
	struct stat st;

	ck_assert_int_eq(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

START_TEST(another_namespace)
{
	struct xfrm_nl *other;
	struct seen seen = {0};
	struct xfrm_nl_visitor v = {begin, visit, &seen, false};
	char path[64];
	ino_t before;
	int there;

	/* That one is left behind as a descriptor, and this process goes on in a third. */
	there = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(there, 0);
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	before = netns_of_thread();
	add(0x100, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", there);
	OK(xfrm_nl_open(path, &other, &e));
	ck_assert_uint_eq(netns_of_thread(), before);
	OK(xfrm_nl_dump(other, &v, &e));
	ck_assert_uint_eq(seen.sas, 1);
	xfrm_nl_close(other);
	/* The caller's own has none. */
	OK(xfrm_nl_open(NULL, &other, &e));
	OK(xfrm_nl_dump(other, &v, &e));
	ck_assert_uint_eq(seen.sas, 0);
	xfrm_nl_close(other);
	close(there);
	del(0x100, 0);
	ck_assert_int_eq(xfrm_nl_open("/dev/null", &other, &e), -EINVAL);
	ck_assert_int_eq(xfrm_nl_open("no-such-namespace-here", &other, &e), -ENOENT);
	ck_assert_int_eq(xfrm_nl_open("", &other, &e), -EINVAL);
}
END_TEST

/* The second of three cannot be added: the first is not there afterwards. */
START_TEST(all_or_nothing)
{
	static const char text[] =
		"xfrm state add src ::1 dst ::2 proto esp spi 0x100 mode tunnel dir in pcpu-num 0\n"
		"# a comment\n"
		"xfrm state add src ::1 dst ::2 proto esp spi 0x101 mode tunnel dir in pcpu-num "
		"4000000000\n"
		"xfrm state add src ::1 dst ::2 proto esp spi 0x102 mode tunnel dir in pcpu-num "
		"0\n";
	struct seen seen = {0};
	struct xfrm_nl_visitor v = {begin, visit, &seen, false};
	struct xfrm_nl_batch *b;

	OK(xfrm_nl_batch_new(true, &b));
	OK(xfrm_nl_batch_read(b, nl, "three", text, sizeof(text) - 1, &e));
	ck_assert_int_eq(xfrm_nl_batch_add(b, nl, NULL, &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "three:3: "));
	xfrm_nl_batch_free(b);
	OK(xfrm_nl_dump(nl, &v, &e));
	ck_assert_uint_eq(seen.sas, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netlink-live");
	TCase *c = tcase_create("live");
	struct sad_spec probe = spec_of(1, 0);
	SRunner *runner;
	int failed, err;

	if (unshare(CLONE_NEWNET)) {
		printf("1..0 # SKIP no network namespace of its own: %s\n", strerror(errno));
		return 0;
	}
	err = xfrm_nl_open(NULL, &nl, &e);
	if (!err) {
		err = xfrm_nl_add_larval(nl, &probe, NULL, &e);
		if (!err)
			err = xfrm_nl_delete(nl, &probe, &e);
		xfrm_nl_close(nl);
	}
	if (err) {
		printf("1..0 # SKIP no larval SAs on this kernel: %s\n", e.text);
		return 0;
	}
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, add_get_delete);
	tcase_add_test(c, load);
	tcase_add_test(c, a_visitor_that_stops);
	tcase_add_test(c, watch);
	tcase_add_test(c, overrun);
	tcase_add_test(c, another_namespace);
	tcase_add_test(c, all_or_nothing);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
