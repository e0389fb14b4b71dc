// SPDX-License-Identifier: BSD-2-Clause
#include "side.h"

#include <bpf/btf.h>
#include <errno.h>
#include <espalier/bpf.h>
#include <espalier/sad.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LOG_SIZE (1u << 20)
#define PAGE	 4096

const char *const side_names[SIDES] = {"kernel", "jit", "interpreter"};

/* What one verifier calls things. Both our executors share one. */
struct world {
	int maps[FUZZ_MAPS];
	s32 kfuncs[FUZZ_KFUNCS];
	s16 fields[FUZZ_FIELDS];
	int btf;
	u64 *consumed;
	const u64 *produced;
};

static struct world kernel, ours;
static char *log_buf;

static struct world *world(enum side side)
{
	return side == SIDE_KERNEL ? &kernel : &ours;
}

static long ask(const struct world *w, int cmd, union bpf_attr *attr)
{
	long ret;

	if (w == &ours)
		return espalier_bpf(cmd, attr, sizeof(*attr));
	ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));
	return ret < 0 ? -errno : ret;
}

static u64 ptr(const void *p)
{
	return (uintptr_t)p;
}

/* [1] int, [2] int f(), [3] static f, [4] long, [5] long g(long a, long b), [6] global g */
static const struct {
	struct btf_header hdr;
	u32 types[4 + 3 + 3 + 4 + 7 + 3];
	char strings[16];
} functions = {
	.hdr = {.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(struct btf_header),
		.type_len = 24 * 4,
		.str_off = 24 * 4,
		.str_len = 16},
	.types =
		{
			1,
			BTF_KIND_INT << 24,
			4,
			BTF_INT_SIGNED << 24 | 32,
			0,
			BTF_KIND_FUNC_PROTO << 24,
			1,
			10,
			BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC,
			2,
			5,
			BTF_KIND_INT << 24,
			8,
			BTF_INT_SIGNED << 24 | 64,
			0,
			BTF_KIND_FUNC_PROTO << 24 | 2,
			4,
			12,
			4,
			14,
			4,
			10,
			BTF_KIND_FUNC << 24 | BTF_FUNC_GLOBAL,
			5,
		},
	.strings = "\0int\0long\0f\0a\0b",
};
#define STATIC_FUNC 3
#define GLOBAL_FUNC 6

/* Offset in bytes of a member by its path, through unnamed ones. */
static s64 member(const struct btf *btf, u32 id, const char *path)
{
	const struct btf_type *t = btf__type_by_id(btf, (u32)btf__resolve_type(btf, id));
	const struct btf_member *m = btf_members(t);
	size_t len = strcspn(path, ".");

	if (!btf_is_composite(t))
		return -1;
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(btf, m[i].name_off);
		s64 at = btf_member_bit_offset(t, i) / 8, inner;

		if (!*name) {
			inner = member(btf, m[i].type, path);
			if (inner >= 0)
				return at + inner;
		} else if (strlen(name) == len && !strncmp(name, path, len)) {
			if (!path[len])
				return at;
			inner = member(btf, m[i].type, path + len + 1);
			return inner < 0 ? inner : at + inner;
		}
	}
	return -1;
}

static int resolve(struct world *w, const struct btf *btf)
{
	for (u32 i = 0; i < FUZZ_KFUNCS; i++) {
		w->kfuncs[i] = btf__find_by_name_kind(btf, kfunc_names[i], BTF_KIND_FUNC);
		if (w->kfuncs[i] < 0) {
			fprintf(stderr, "difffuzz: %s: not in the BTF\n", kfunc_names[i]);
			return -ENOENT;
		}
	}
	for (u32 i = 0; i < FUZZ_FIELDS; i++) {
		s32 id = btf__find_by_name_kind(btf, fuzz_fields[i].type, BTF_KIND_STRUCT);
		s64 at = id < 0 ? -1 : member(btf, (u32)id, fuzz_fields[i].path);

		if (at < 0) {
			fprintf(stderr, "difffuzz: %s.%s: not in the BTF\n", fuzz_fields[i].type,
				fuzz_fields[i].path);
			return -ENOENT;
		}
		w->fields[i] = (s16)at;
	}
	return 0;
}

static int make_objects(struct world *w)
{
	union bpf_attr btf = {.btf = ptr(&functions),
			      .btf_size = sizeof(functions.hdr) + sizeof(functions.types) + 16};
	void *page;

	for (u32 i = 0; i < FUZZ_MAPS; i++) {
		union bpf_attr attr = {.map_type = map_shapes[i].type,
				       .key_size = map_shapes[i].key,
				       .value_size = map_shapes[i].value,
				       .max_entries = map_shapes[i].entries};

		w->maps[i] = (int)ask(w, BPF_MAP_CREATE, &attr);
		if (w->maps[i] < 0)
			return w->maps[i];
	}
	w->btf = (int)ask(w, BPF_BTF_LOAD, &btf);
	if (w->btf < 0)
		return w->btf;
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, w->maps[MAP_RING], 0);
	if (page == MAP_FAILED)
		return -errno;
	w->consumed = page;
	page = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, w->maps[MAP_RING], PAGE);
	if (page == MAP_FAILED)
		return -errno;
	w->produced = page;
	return 0;
}

static const char sa[] = "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1234 reqid 7 "
			 "mode tunnel\n";

/* A larval SA is what a kernel without ESP can hold. */
static int make_sas(void)
{
	static const char allocspi[] =
		"echo 86400 >/proc/sys/net/core/xfrm_acq_expires && ip xfrm state allocspi src "
		"10.0.0.1 "
		"dst 10.0.0.2 proto esp mode tunnel reqid 7 min 0x1234 max 0x1234 >/dev/null";
	struct espalier_error e;
	struct espalier_sad *sad;
	int err;

	if (unshare(CLONE_NEWNET))
		return -errno;
	if (system(allocspi))
		return -EIO;
	err = espalier_sad_new(&sad);
	if (err)
		return err;
	err = espalier_sad_import(sad, "sa", sa, sizeof(sa) - 1, 0, &e);
	if (err < 0)
		return err;
	espalier_set_sad(sad);
	return 0;
}

int sides_open(void)
{
	struct utsname name;
	struct btf *btf;
	size_t size;
	const void *data = espalier_vmlinux_btf(&size);
	int err;

	if (uname(&name) || strncmp(name.release, "6.18", 4)) {
		fprintf(stderr, "difffuzz: the kernel is %s, not 6.18\n", name.release);
		return -EPERM;
	}
	log_buf = malloc(LOG_SIZE);
	btf = btf__parse_raw("/sys/kernel/btf/vmlinux");
	if (!btf || !log_buf || resolve(&kernel, btf)) {
		fputs("difffuzz: /sys/kernel/btf/vmlinux: cannot be used\n", stderr);
		return -EPERM;
	}
	btf__free(btf);
	btf = btf__new(data, (u32)size);
	if (!btf || resolve(&ours, btf))
		return -EINVAL;
	btf__free(btf);
	if (make_sas()) {
		fputs("difffuzz: no network namespace with an SA in it can be made\n", stderr);
		return -EPERM;
	}
	err = make_objects(&kernel);
	if (err) {
		fprintf(stderr, "difffuzz: bpf(2): %s\n", strerror(-err));
		return -EPERM;
	}
	return make_objects(&ours);
}

/* ---- programs ---- */

struct emitted {
	struct bpf_insn insns[2 * MAX_OPS];
	u32 at[MAX_OPS + 1]; /* of each operation */
	struct bpf_func_info funcs[MAX_OPS];
	u32 nr_insns, nr_funcs;
};

static void emit_op(const struct world *w, const struct emitted *e, const struct op *op, u32 i,
		    struct bpf_insn *insn)
{
	s32 distance = op_has_target(op) ? (s32)e->at[op->arg] - (s32)e->at[i] - 1 : 0;

	*insn = (struct bpf_insn){.code = op->code,
				  .dst_reg = op->dst & 15,
				  .src_reg = op->src & 15,
				  .off = op->off,
				  .imm = op->imm};
	if (op_is_wide(op))
		insn[1] = (struct bpf_insn){.imm = (s32)op->imm_high};
	switch (op->sym) {
	case SYM_TO:
		insn->off = (s16)distance;
		break;
	case SYM_CALL:
	case SYM_GCALL:
		insn->imm = distance;
		break;
	case SYM_FUNC:
		insn->src_reg = BPF_PSEUDO_FUNC;
		insn->imm = distance;
		break;
	case SYM_MAP:
		insn->src_reg = BPF_PSEUDO_MAP_FD;
		insn->imm = w->maps[op->arg];
		break;
	case SYM_VALUE:
		insn->src_reg = BPF_PSEUDO_MAP_VALUE;
		insn->imm = w->maps[op->arg];
		insn[1].imm = op->imm;
		break;
	case SYM_KFUNC:
		insn->imm = w->kfuncs[op->arg];
		break;
	case SYM_FIELD:
		insn->off = (s16)(w->fields[op->arg] + op->off);
		break;
	}
}

static void emit_case(const struct world *w, const struct fuzz_case *c, struct emitted *e)
{
	u8 func[MAX_OPS] = {STATIC_FUNC};

	e->nr_insns = e->nr_funcs = 0;
	for (u32 i = 0; i < c->nr; i++) {
		const struct op *op = &c->ops[i];

		e->at[i] = e->nr_insns;
		e->nr_insns += op_is_wide(op) ? 2 : 1;
		if (op->sym == SYM_GCALL)
			func[op->arg] = GLOBAL_FUNC;
		else if (op->sym == SYM_CALL || op->sym == SYM_FUNC)
			func[op->arg] = STATIC_FUNC;
	}
	for (u32 i = 0; i < c->nr; i++) {
		emit_op(w, e, &c->ops[i], i, &e->insns[e->at[i]]);
		if (func[i])
			e->funcs[e->nr_funcs++] =
				(struct bpf_func_info){.insn_off = e->at[i], .type_id = func[i]};
	}
}

/* The last line but the statistics. */
static void last_line(char *out)
{
	char *end = strstr(log_buf, "\nprocessed "), *start;

	if (!strncmp(log_buf, "processed ", 10))
		end = log_buf;
	if (!end)
		end = log_buf + strlen(log_buf);
	while (end > log_buf && end[-1] == '\n')
		end--;
	*end = 0;
	start = memrchr(log_buf, '\n', (size_t)(end - log_buf));
	snprintf(out, MESSAGE_MAX, "%s", start ? start + 1 : log_buf);
}

void side_load(enum side side, const struct fuzz_case *c, bool message, struct verdict *v)
{
	static struct emitted e;
	const struct world *w = world(side);
	union bpf_attr attr = {.prog_type = c->type,
			       .insns = ptr(e.insns),
			       .license = ptr("GPL"),
			       .prog_btf_fd = (u32)w->btf,
			       .func_info = ptr(e.funcs),
			       .func_info_rec_size = sizeof(e.funcs[0])};

	emit_case(w, c, &e);
	attr.insn_cnt = e.nr_insns;
	attr.func_info_cnt = e.nr_funcs;
	if (message) {
		*log_buf = 0;
		attr.log_level = 1;
		attr.log_buf = ptr(log_buf);
		attr.log_size = LOG_SIZE;
	}
	if (side != SIDE_KERNEL &&
	    espalier_set_exec(side == SIDE_JIT ? ESPALIER_EXEC_JIT : ESPALIER_EXEC_INTERP))
		abort();
	v->fd = (int)ask(w, BPF_PROG_LOAD, &attr);
	*v->message = 0;
	if (!message)
		return;
	last_line(v->message);
	if (v->fd == -ENOSPC) {
		attr.log_level = 0;
		attr.log_buf = attr.log_size = 0;
		v->fd = (int)ask(w, BPF_PROG_LOAD, &attr);
		/* No more of the log than its end is left. */
		snprintf(v->message, MESSAGE_MAX, "a log too long to be compared");
	}
}

/* ---- runs ---- */

static u32 fill_packet(u32 which, u8 *packet)
{
	static const u8 head[] = {
		0x02, 0, 0,    0,    0, 1, 0x02, 0, 0,	0,  0, 2, 0x08, 0, /* Ethernet */
		0x45, 0, 0,    84,   0, 1, 0x40, 0, 64, 50, 0, 0, 10,	0,
		0,    1, 10,   0,    0, 2,	    /* IPv4 */
		0,    0, 0x12, 0x34, 0, 0, 0,	 1, /* ESP */
	};
	u32 size = which ? 30 : 98;

	for (u32 i = 0; i < size; i++)
		packet[i] = i < sizeof(head) ? head[i] : (u8)(i * 37 + 11);
	return size;
}

static void map_op(const struct world *w, int cmd, enum fuzz_map map, u32 key, const void *value)
{
	union bpf_attr attr = {.map_fd = (u32)w->maps[map], .key = ptr(&key), .value = ptr(value)};
	long err = ask(w, cmd, &attr);

	if (err && err != -ENOENT)
		abort();
}

/* Values in which bits of every rank are set here and there. */
static void reset_maps(const struct world *w)
{
	u8 value[64];

	for (u32 key = 0; key < 4; key++) {
		for (u32 i = 0; i < sizeof(value); i++)
			value[i] = (u8)((i * 29 + key * 71 + 5) ^ (i & 4 ? 0xff : 0));
		memset(value + 24, key ? 0xff : 0, 8);
		map_op(w, BPF_MAP_UPDATE_ELEM, MAP_SLOTS, key, value);
	}
	map_op(w, BPF_MAP_UPDATE_ELEM, MAP_ARRAY, 0, value);
	for (;;) {
		u32 key;
		union bpf_attr attr = {.map_fd = (u32)w->maps[MAP_HASH], .next_key = ptr(&key)};

		if (ask(w, BPF_MAP_GET_NEXT_KEY, &attr))
			break;
		map_op(w, BPF_MAP_DELETE_ELEM, MAP_HASH, key, NULL);
	}
	map_op(w, BPF_MAP_UPDATE_ELEM, MAP_HASH, 1, value);
	map_op(w, BPF_MAP_UPDATE_ELEM, MAP_HASH, 2, value + 8);
	*w->consumed = *w->produced;
}

static int by_key(const void *l, const void *r)
{
	return memcmp(l, r, 4);
}

static void read_hash(const struct world *w, struct outcome *out)
{
	u32 key, *last = NULL, next;

	for (;;) {
		union bpf_attr attr = {
			.map_fd = (u32)w->maps[MAP_HASH], .key = ptr(last), .next_key = ptr(&next)};

		if (out->hash_entries == 8 || ask(w, BPF_MAP_GET_NEXT_KEY, &attr))
			break;
		key = next;
		last = &key;
		memcpy(out->hash[out->hash_entries], &key, 4);
		map_op(w, BPF_MAP_LOOKUP_ELEM, MAP_HASH, key, out->hash[out->hash_entries] + 4);
		out->hash_entries++;
	}
	qsort(out->hash, out->hash_entries, sizeof(out->hash[0]), by_key);
}

/* Records with their heads, of which the second word says where the kernel keeps them. */
static void read_ring(const struct world *w, struct outcome *out)
{
	u64 from = *w->consumed, to = *w->produced;
	const u8 *data = (const u8 *)w->produced + PAGE;

	out->ring_bytes = (u32)(to - from);
	while (from < to) {
		u32 head, len, at = (u32)(from - *w->consumed);

		memcpy(&head, data + from % PAGE, 4);
		len = head & 0x3fffffff;
		if (at + 8 + len > sizeof(out->ring))
			break;
		memcpy(out->ring + at, &head, 4);
		if (!(head & 1u << 30) && !(len % 8))
			memcpy(out->ring + at + 8, data + (from + 8) % PAGE, len);
		from += (8 + len + 7) & ~7u;
	}
}

static bool uses(const struct fuzz_case *c)
{
	for (u32 i = 0; i < c->nr; i++)
		if (c->ops[i].sym == SYM_MAP || c->ops[i].sym == SYM_VALUE)
			return true;
	return false;
}

void side_run(enum side side, const struct fuzz_case *c, int fd, u32 which, struct outcome *out)
{
	const struct world *w = world(side);
	bool maps = uses(c);
	u8 packet[PACKET_ROOM];
	union bpf_attr attr = {.test = {.prog_fd = (u32)fd,
					.data_in = ptr(packet),
					.data_size_in = fill_packet(which, packet),
					.data_out = ptr(out->packet),
					.data_size_out = sizeof(out->packet),
					.repeat = 1}};

	memset(out, 0, sizeof(*out));
	if (maps)
		reset_maps(w);
	out->err = ask(w, BPF_PROG_TEST_RUN, &attr);
	out->retval = attr.test.retval;
	out->size = attr.test.data_size_out;
	if (!maps)
		return;
	for (u32 key = 0; key < 4; key++)
		map_op(w, BPF_MAP_LOOKUP_ELEM, MAP_SLOTS, key, out->slots + 40 * key);
	map_op(w, BPF_MAP_LOOKUP_ELEM, MAP_ARRAY, 0, out->array);
	read_hash(w, out);
	read_ring(w, out);
}

const char *outcome_difference(const struct outcome *a, const struct outcome *b)
{
	if (a->err != b->err)
		return "error of the run";
	if (a->retval != b->retval)
		return "return value";
	if (a->size != b->size)
		return "size of the packet";
	if (memcmp(a->packet, b->packet, sizeof(a->packet)))
		return "packet";
	if (memcmp(a->array, b->array, sizeof(a->array)))
		return "map array";
	if (memcmp(a->slots, b->slots, sizeof(a->slots)))
		return "map slots";
	if (a->hash_entries != b->hash_entries || memcmp(a->hash, b->hash, sizeof(a->hash)))
		return "map hash";
	if (a->ring_bytes != b->ring_bytes || memcmp(a->ring, b->ring, sizeof(a->ring)))
		return "ring buffer";
	return NULL;
}
