/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ESPALIER_LIBBPF_H
#define ESPALIER_LIBBPF_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * For programs that link libbpf.a and libespalier-libbpf.a, with the --wrap flags that
 * `pkg-config --static --libs espalier-libbpf` gives: their libbpf then talks to espalier, or, if
 * told so, to the kernel.
 *
 * libbpf remembers what its probes found out, once per process: choose before its first call, and
 * stay with it.
 */
enum espalier_engine {
	ESPALIER_ENGINE_USER,
	ESPALIER_ENGINE_KERNEL,
};

/* ESPALIER_ENGINE_USER unless told otherwise. */
void espalier_set_engine(enum espalier_engine engine);
enum espalier_engine espalier_get_engine(void);

#ifdef __cplusplus
}
#endif
#endif
