# SPDX-License-Identifier: BSD-2-Clause
"""LLVM IR of one loop-free (or boundedly looping) function as z3 bit-vector formulas.

Every block gets the condition under which it is reached, every phi becomes a choice between the
edges that arrive. The passes that opt ran have promoted all memory that matters to values: stores may
be left, but a load is an error, as is whatever else is not listed here. Nothing is guessed.
"""
import re

import z3


class Untranslatable(Exception):
    pass


INT = r"i(\d+)"
VALUE = r"[%@][\w.\-]+|-?\d+|true|false|undef|poison|null|zeroinitializer"


def parse(text):
    """{name: (entry, {block: [line]})} of all functions defined."""
    functions = {}
    name = None
    for line in text.splitlines():
        head = re.match(r"define .*?@([\w.]+)\((.*?)\).*\{$", line)
        if head:
            name, blocks, block, wrapped = head.group(1), {}, None, ""
            if head.group(2):
                blocks = None  # has parameters: not a property
            entry = None
            continue
        if name is None:
            continue
        if line == "}":
            if blocks is not None:
                functions[name] = (entry, blocks)
            name = None
            continue
        if blocks is None:
            continue
        label = re.match(r"([\w.\-]+):", line)
        if label:
            block = label.group(1)
            entry = entry or block
            blocks[block] = []
            continue
        line = line.split(";")[0].strip()
        if not line:
            continue
        if block is None:
            block = entry = "0"
            blocks[block] = []
        # A switch runs over several lines.
        if wrapped:
            wrapped += " " + line
            if line.startswith("]"):
                blocks[block].append(wrapped)
                wrapped = ""
        elif line.startswith("switch") and "]" not in line:
            wrapped = line
        else:
            blocks[block].append(line)
    return functions


def strings(text):
    """{@.str: contents}, for the names of inputs and goals."""
    return dict(re.findall(r'^(@[\w.]+) = .*c"(.*?)\\00"', text, re.M))


def targets(line):
    return re.findall(r"label %([\w.\-]+)", line)


def components(entry, blocks):
    """Strongly connected components in topological order (Tarjan)."""
    index, low, stack, out = {}, {}, [], []

    def visit(b):
        index[b] = low[b] = len(index)
        stack.append(b)
        for s in targets(blocks[b][-1]):
            if s not in index:
                visit(s)
                low[b] = min(low[b], low[s])
            elif s in stack:
                low[b] = min(low[b], index[s])
        if low[b] == index[b]:
            group = []
            while True:
                group.append(stack.pop())
                if group[-1] == b:
                    break
            out.append(group)

    visit(entry)
    return out[::-1]


def boolean(v):
    return v if z3.is_bool(v) else v == 1


def vector(v, bits):
    return z3.If(v, z3.BitVecVal(1, bits), z3.BitVecVal(0, bits)) if z3.is_bool(v) else v


def leading_zeros(v):
    bits = v.size()
    r = z3.BitVecVal(bits, bits)
    for i in range(bits):
        r = z3.If(z3.Extract(i, i, v) == 1, z3.BitVecVal(bits - 1 - i, bits), r)
    return r


def trailing_zeros(v):
    bits = v.size()
    r = z3.BitVecVal(bits, bits)
    for i in reversed(range(bits)):
        r = z3.If(z3.Extract(i, i, v) == 1, z3.BitVecVal(i, bits), r)
    return r


def swapped(v):
    return z3.Concat(*[z3.Extract(i + 7, i, v) for i in range(0, v.size(), 8)])


BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "shl": lambda a, b: a << b,
    "lshr": z3.LShR,
    "ashr": lambda a, b: a >> b,
    "udiv": z3.UDiv,
    "urem": z3.URem,
    "sdiv": lambda a, b: a / b,
    "srem": z3.SRem,
}
COMPARE = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "ugt": z3.UGT,
    "uge": z3.UGE,
    "ult": z3.ULT,
    "ule": z3.ULE,
    "sgt": lambda a, b: a > b,
    "sge": lambda a, b: a >= b,
    "slt": lambda a, b: a < b,
    "sle": lambda a, b: a <= b,
}


def product(a, b, signed):
    """The full product of bit-vectors, twice as wide."""
    extend = z3.SignExt if signed else z3.ZeroExt
    return extend(a.size(), a) * extend(b.size(), b)


class Function:
    """Runs one property: afterwards .inputs, .assumptions and .goals are complete."""

    def __init__(self, blocks, entry, names, mul=product, unroll=1):
        self.blocks, self.entry, self.names = blocks, entry, names
        self.mul, self.unroll = mul, unroll
        self.inputs = []  # (name, constant), in the order in which the code asks
        self.assumptions = []  # what assume() was told, under its path condition
        self.goals = []  # (what, path condition, number of assumptions before it, condition)
        self.ghosts = {}  # the concrete values that contracts speak of
        self.fresh = 0
        self.run()

    # -- control ------------------------------------------------------------------------------
    def run(self):
        arriving = {b: [] for b in self.blocks}
        arriving[self.entry].append((z3.BoolVal(True), {}, {}))
        for group in components(self.entry, self.blocks):
            if len(group) == 1 and group[0] not in targets(self.blocks[group[0]][-1]):
                self.block(group[0], arriving)
            else:
                self.loop(group, arriving)

    def loop(self, group, arriving):
        """Unrolled; that no further round is possible is a goal."""
        heads = [b for b in group if arriving[b]]
        if len(heads) != 1:
            raise Untranslatable("loop with several entries: " + " ".join(group))
        inner = {b: [t for t in targets(self.blocks[b][-1]) if t in group and t != heads[0]]
                 for b in group}
        order, seen = [], set()

        def visit(b):
            seen.add(b)
            for s in inner[b]:
                if s not in seen:
                    visit(s)
            order.append(b)

        visit(heads[0])
        for _ in range(self.unroll):
            entry, arriving[heads[0]] = arriving[heads[0]], []
            rest = {b: arriving[b] for b in arriving}
            for b in reversed(order):
                edges = {**rest, heads[0]: entry} if b == heads[0] else rest
                self.block(b, edges, rest)
                if b != heads[0]:
                    arriving[b].clear()
            if not arriving[heads[0]]:
                return
        self.goal("the loop ends", z3.Or([c for c, _, _ in arriving[heads[0]]]), z3.BoolVal(False))
        arriving[heads[0]] = []

    def block(self, b, arriving, leaving=None):
        edges = arriving[b]
        leaving = arriving if leaving is None else leaving
        if not edges:
            return
        self.path = z3.simplify(z3.Or([c for c, _, _ in edges]))
        if z3.is_false(self.path):
            return
        env = {}
        for _, e, _ in edges:
            env.update(e)
        phis = {}
        for name in edges[0][2]:
            value = edges[-1][2][name]
            for cond, _, values in reversed(edges[:-1]):
                value = self.choose(cond, values[name], value)
            phis[name] = value
        self.env = {**env, **phis}
        for line in self.blocks[b][:-1]:
            if " = phi " not in line:
                try:
                    self.instruction(line)
                except (AttributeError, KeyError, ValueError, z3.Z3Exception) as e:
                    raise Untranslatable(f"{line}: {e}") from e
        self.leave(b, self.blocks[b][-1], leaving)

    @staticmethod
    def choose(cond, a, b):
        if isinstance(a, tuple):
            return tuple(Function.choose(cond, x, y) for x, y in zip(a, b))
        return a if a.eq(b) else z3.If(cond, a, b)

    def edge(self, source, target, cond, arriving):
        phis = {}
        for line in self.blocks[target]:
            if " = phi " not in line:
                continue
            m = re.match(r"%([\w.\-]+) = phi (\S+) (.*)", line)
            for value, pred in re.findall(r"\[ (\S+|getelementptr .*?\)), %([\w.\-]+) \]", m.group(3)):
                if pred == source:
                    phis[m.group(1)] = self.typed(m.group(2), value)
        arriving[target].append((cond, dict(self.env), phis))

    def leave(self, b, line, arriving):
        m = re.match(r"br label %([\w.\-]+)", line)
        if m:
            return self.edge(b, m.group(1), self.path, arriving)
        m = re.match(rf"br i1 ({VALUE}), label %([\w.\-]+), label %([\w.\-]+)", line)
        if m:
            cond = boolean(self.value(m.group(1), 1))
            self.edge(b, m.group(2), z3.And(self.path, cond), arriving)
            return self.edge(b, m.group(3), z3.And(self.path, z3.Not(cond)), arriving)
        m = re.match(rf"switch {INT} ({VALUE}), label %([\w.\-]+) \[(.*)\]", line)
        if m:
            bits = int(m.group(1))
            value = vector(self.value(m.group(2), bits), bits)
            none = []
            for _, case, target in re.findall(r"i(\d+) (-?\d+), label %([\w.\-]+)", m.group(4)):
                hit = value == z3.BitVecVal(int(case), bits)
                self.edge(b, target, z3.And(self.path, hit), arriving)
                none.append(z3.Not(hit))
            return self.edge(b, m.group(3), z3.And(self.path, *none), arriving)
        if line.startswith("unreachable"):
            return self.goal("no undefined behaviour", self.path, z3.BoolVal(False))
        if not line.startswith("ret "):
            raise Untranslatable(line)

    # -- values -------------------------------------------------------------------------------
    def goal(self, what, path, cond):
        self.goals.append((what, path, len(self.assumptions), cond))

    def unknown(self, bits, name=None):
        """A new constant of which nothing is known."""
        self.fresh += 1
        name = f"{name or 'undef'}!{self.fresh}"
        return z3.Bool(name) if bits == 1 else z3.BitVec(name, bits)

    def value(self, text, bits):
        if text[0] == "%":
            return self.env[text[1:]]
        if text in ("undef", "poison"):
            return self.unknown(bits)
        if text in ("true", "false"):
            return z3.BoolVal(text == "true")
        if re.fullmatch(r"-?\d+", text):
            return z3.BoolVal(int(text) != 0) if bits == 1 else z3.BitVecVal(int(text), bits)
        raise Untranslatable(text)

    def typed(self, kind, text):
        m = re.fullmatch(INT, kind)
        if m:
            return self.value(text, int(m.group(1)))
        if not kind.endswith("*"):
            raise Untranslatable(f"{kind} {text}")
        # Of a pointer only whether it is NULL is known.
        if text[0] == "%":
            return self.env[text[1:]]
        return z3.BoolVal(text != "null")

    def string(self, text):
        m = re.search(r"(@[\w.]+)", text)
        return self.names.get(m.group(1), "?") if m else "?"

    def instruction(self, line):
        line = re.sub(r", !.*$", "", line)
        m = re.match(r"(?:%([\w.\-]+) = )?(?:(?:tail|musttail|notail) )?(.*)", line)
        dst, op = m.group(1), m.group(2)
        word = op.split()[0]
        if word in ("alloca", "bitcast", "getelementptr", "store"):
            return  # never loaded from, or there would be an error
        if word == "call":
            result = self.call(op)
        elif word in BINARY:
            m = re.match(rf"{word} (?:nuw |nsw |exact )*{INT} ({VALUE}), ({VALUE})$", op)
            result = self.binary(word, int(m.group(1)), m.group(2), m.group(3))
        elif word == "mul":
            m = re.match(rf"mul (?:nuw |nsw )*{INT} ({VALUE}), ({VALUE})$", op)
            bits = int(m.group(1))
            full = self.mul(self.value(m.group(2), bits), self.value(m.group(3), bits), False)
            result = z3.Extract(bits - 1, 0, full)
        elif re.match(r"icmp (eq|ne) \S+\* %[\w.\-]+, null$", op):
            m = re.match(r"icmp (eq|ne) (\S+\*) (\S+), null$", op)
            there = self.typed(m.group(2), m.group(3))
            result = there if m.group(1) == "ne" else z3.Not(there)
        elif word == "icmp":
            m = re.match(rf"icmp (\w+) {INT} ({VALUE}), ({VALUE})$", op)
            a, b = (self.value(m.group(i), int(m.group(2))) for i in (3, 4))
            if z3.is_bool(a) or z3.is_bool(b):
                a, b = vector(a, 1), vector(b, 1)
            result = COMPARE[m.group(1)](a, b)
        elif word in ("zext", "sext", "trunc"):
            m = re.match(rf"{word} {INT} ({VALUE}) to {INT}$", op)
            result = self.cast(word, int(m.group(1)), m.group(2), int(m.group(3)))
        elif word == "select":
            kind = r"(i\d+|\S+\*) (\S+|getelementptr .*?\))"
            m = re.match(rf"select i1 ({VALUE}), {kind}, {kind}$", op)
            result = self.choose(boolean(self.value(m.group(1), 1)),
                                 self.typed(m.group(2), m.group(3)),
                                 self.typed(m.group(4), m.group(5)))
        elif word == "freeze":
            m = re.match(rf"freeze {INT} ({VALUE})$", op)
            result = self.value(m.group(2), int(m.group(1)))
        elif word == "extractvalue":
            m = re.match(r"extractvalue \{.*\} %([\w.\-]+), (\d)$", op)
            result = self.env[m.group(1)][int(m.group(2))]
        else:
            raise Untranslatable(line)
        if dst is not None:
            self.env[dst] = result

    def binary(self, word, bits, a, b):
        a, b = self.value(a, bits), self.value(b, bits)
        if bits == 1:
            logic = {"and": z3.And, "or": z3.Or, "xor": z3.Xor}
            if word not in logic:
                raise Untranslatable(f"{word} i1")
            return logic[word](boolean(a), boolean(b))
        return BINARY[word](a, b)

    def cast(self, word, old, text, new):
        v = self.value(text, old)
        if word == "trunc":
            return z3.Extract(0, 0, v) == 1 if new == 1 else z3.Extract(new - 1, 0, v)
        if z3.is_bool(v):
            one = z3.BitVecVal(1 if word == "zext" else -1, new)
            return z3.If(v, one, z3.BitVecVal(0, new))
        return (z3.ZeroExt if word == "zext" else z3.SignExt)(new - old, v)

    def call(self, op):
        m = re.match(r"call (?:[\w]+ )*?(void|\{.*?\}|i\d+) @([\w.]+)\((.*)\)(?: #\d+)?$", op)
        if not m:
            raise Untranslatable(op)
        kind, name, args = m.groups()
        operands = [(int(b), v) for b, v in re.findall(rf"i(\d+)(?: \w+)* ({VALUE})(?:,|$)", args)]
        if name.startswith("any_"):
            what = self.string(args)
            v = self.unknown(int(kind[1:]), what)
            self.inputs.append((what, v))
            return v
        if name == "ghost_set":
            self.ghosts[operands[0][1]] = self.value(operands[1][1], operands[1][0])
            return None
        if name == "ghost":
            return self.ghosts.get(operands[0][1])
        if name == "assume":
            cond = boolean(self.value(operands[0][1], 1))
            self.assumptions.append(z3.Implies(self.path, cond))
            return None
        if name == "check":
            return self.goal(self.string(args), self.path, boolean(self.value(operands[0][1], 1)))
        if name.startswith(("llvm.lifetime", "llvm.dbg", "llvm.experimental.noalias", "llvm.assume",
                            "llvm.memset", "llvm.memcpy")):
            return None
        if name.startswith(("llvm.ubsantrap", "llvm.trap")):
            return None  # what follows is unreachable, which is a goal
        bits = operands[0][0] if operands else 0
        values = [self.value(v, b) for b, v in operands]
        intrinsic = name.split(".")[1] if name.startswith("llvm.") else None
        wraps = re.match(r"llvm\.([us])(add|sub|mul)\.with\.overflow", name)
        if wraps:
            return self.with_overflow(wraps.group(1) == "s", wraps.group(2), *values)
        if intrinsic in ("umin", "umax", "smin", "smax"):
            a, b = values
            less = (z3.ULE if intrinsic[0] == "u" else lambda x, y: x <= y)(a, b)
            return z3.If(less, a, b) if intrinsic.endswith("min") else z3.If(less, b, a)
        if intrinsic in ("fshl", "fshr"):
            a, b, n = values
            n = z3.ZeroExt(bits, z3.URem(n, z3.BitVecVal(bits, bits)))
            both = z3.Concat(a, b)
            if intrinsic == "fshl":
                return z3.Extract(2 * bits - 1, bits, both << n)
            return z3.Extract(bits - 1, 0, z3.LShR(both, n))
        if intrinsic == "ctlz":
            return leading_zeros(values[0])
        if intrinsic == "cttz":
            return trailing_zeros(values[0])
        if intrinsic == "bswap":
            return swapped(values[0])
        if intrinsic == "expect":
            return values[0]
        raise Untranslatable("call of " + name)

    def with_overflow(self, signed, op, a, b):
        bits = a.size()
        if op == "mul":
            full = self.mul(a, b, signed)
        else:
            extend = z3.SignExt if signed else z3.ZeroExt
            full = BINARY[op](extend(1, a), extend(1, b))
        result = z3.Extract(bits - 1, 0, full)
        again = (z3.SignExt if signed else z3.ZeroExt)(full.size() - bits, result)
        return (result, again != full)
