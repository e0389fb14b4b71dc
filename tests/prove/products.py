# SPDX-License-Identifier: BSD-2-Clause
"""Products by their laws, for multiplications that are out of reach bit by bit.

A product becomes an unknown function of its operands that has room for all its digits, so it is the
product of the integers that they stand for. Of that function the formula is told only what follows
for integers; prove_laws() has z3 show that it does.
"""
import itertools

import z3


def corners(p, q, r, s, x, y, f, le):
    """p <= x <= q and r <= y <= s: x * y lies between the least and the greatest corner."""
    inside = z3.And(le(p, x), le(x, q), le(r, y), le(y, s))
    each = [f(a, b) for a in (p, q) for b in (r, s)]
    return z3.Implies(inside, z3.And(z3.Or([le(c, f(x, y)) for c in each]),
                                     z3.Or([le(f(x, y), c) for c in each])))


def monotone(p, q, r, s, f, le):
    """p <= q and r <= s, none of them negative: p * r <= q * s."""
    return z3.Implies(z3.And(le(p, q), le(r, s)), le(f(p, r), f(q, s)))


def prove_laws():
    """[(law, proved)], over the integers."""
    p, q, r, s, x, y, k, n = z3.Ints("p q r s x y k n")

    def holds(*terms):
        solver = z3.Solver()
        solver.set("timeout", 60000)
        solver.add(*terms[:-1], z3.Not(terms[-1]))
        return solver.check() == z3.unsat

    def times(a, b):
        return a * b

    def le(a, b):
        return a <= b

    natural = [v >= 0 for v in (p, q, r, s)]
    # Operands that are other by a multiple of the modulus (read as signed, or cut to their low
    # half): the product is other by one too.
    other = z3.simplify((x + k * p) * (y + n * p) - x * y - p * (k * y + n * x + k * n * p),
                        som=True)
    return [
        ("products of naturals are monotone", holds(*natural, monotone(p, q, r, s, times, le))),
        ("products lie between the corners", holds(corners(p, q, r, s, x, y, times, le))),
        ("low digits depend on low digits", z3.is_int_value(other) and other.as_long() == 0),
    ]


class Laws:
    """Stands in for products as ir.Function asks for them."""

    def __init__(self):
        self.apps = {}  # width: [(a, b)]

    def function(self, bits, signed):
        sort = z3.BitVecSort(bits)
        return z3.Function(f"{'s' if signed else 'u'}product{bits}", sort, sort,
                           z3.BitVecSort(2 * bits))

    def add(self, a, b):
        known = self.apps.setdefault(a.size(), [])
        if not any(a.eq(x) and b.eq(y) for x, y in known):
            known.append((a, b))

    def __call__(self, a, b, signed):
        a, b = z3.simplify(a), z3.simplify(b)
        bits = a.size()
        if z3.is_bv_value(a) or z3.is_bv_value(b):
            extend = z3.SignExt if signed else z3.ZeroExt
            return extend(bits, a) * extend(bits, b)
        self.add(a, b)
        if bits == 64:
            self.add(z3.simplify(z3.Extract(31, 0, a)), z3.simplify(z3.Extract(31, 0, b)))
        return self.function(bits, signed)(a, b)

    @property
    def used(self):
        return bool(self.apps)

    def axioms(self):
        out = []
        for bits, apps in self.apps.items():
            u, s = self.function(bits, False), self.function(bits, True)
            for a, b in apps:
                out.append(z3.Extract(bits - 1, 0, u(a, b)) == z3.Extract(bits - 1, 0, s(a, b)))
                if bits == 64:
                    half = self.function(32, False)
                    out.append(z3.Extract(31, 0, u(a, b)) ==
                               z3.Extract(31, 0, half(z3.simplify(z3.Extract(31, 0, a)),
                                                      z3.simplify(z3.Extract(31, 0, b)))))
            for (p, r), (q, t) in itertools.permutations(apps, 2):
                out.append(monotone(p, q, r, t, u, z3.ULE))
            pairs = {(a.get_id(), b.get_id()) for a, b in apps}
            for (p, r), (q, t), (x, y) in itertools.product(apps, repeat=3):
                if (p.get_id(), t.get_id()) in pairs and (q.get_id(), r.get_id()) in pairs and \
                        not p.eq(q) and not r.eq(t):
                    out.append(corners(p, q, r, t, x, y, s, lambda a, b: a <= b))
        return out
