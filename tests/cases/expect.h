/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CASES_EXPECT_H
#define CASES_EXPECT_H

/*
 * What the verifier must say of a program. Linux 6.18 said so; where the running kernel is one and
 * may be asked, the runner asks it again. In a message '*' stands for any text: the numbers of
 * registers and instructions are the compiler's choice.
 */
#define ACCEPT		     __attribute__((btf_decl_tag("expect:accept")))
#define REJECT(err, message) __attribute__((btf_decl_tag("expect:" #err ":" message)))

/* Ours is stricter here, where the kernel accepts what it has not proved. */
#define STRICTER(err, message) __attribute__((btf_decl_tag("stricter:" #err ":" message)))

#define __noinline __attribute__((noinline))
/* Keeps the compiler from knowing the value. */
#define hide(x) asm volatile("" : "+r"(x))

#endif
