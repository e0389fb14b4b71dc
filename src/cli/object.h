/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_OBJECT_H
#define CLI_OBJECT_H

#include <bpf/libbpf.h>
#include <stddef.h>

#include "cli.h"

enum engine {
	ENGINE_USER,
	ENGINE_KERNEL,
};
extern const char *const engine_names[];

/* Choose what bpf(2) means for the rest of the process: before the first use of libbpf. */
void engine_choose(enum engine engine);

/*
 * Objects through libbpf. Malformed ones can bring libbpf itself down, so each file is first opened
 * and loaded in a child process; only what the child survived is opened here.
 */

/**
 * object_open - open an object file
 * @path: the file
 * @out: closed with bpf_object__close()
 *
 * Return: EXIT_DONE, or another exit status with the line already printed.
 */
int object_open(const char *path, struct bpf_object **out);

/**
 * object_vet - open and load an object in a child process
 * @path: the file
 * @extended: as for --extended
 *
 * Return: EXIT_DONE if the child read to the end, whatever it found; EXIT_BAD_INPUT, with the line
 * already printed, if it was ended by a signal, or by a sanitizer with an exit status of its own.
 */
int object_vet(const char *path, bool extended);

/* Only @name (NULL: no) program of @obj is loaded. The program, or NULL if there is none. */
struct bpf_program *object_select(struct bpf_object *obj, const char *name);

/* "xdp", "tc"... for a program type. */
const char *prog_type_name(enum bpf_prog_type type);

/* The last thing libbpf complained of since object_forget_complaint(), one line, or "". */
const char *object_complaint(void);
void object_forget_complaint(void);

#endif
