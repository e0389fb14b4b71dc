/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ESPALIER_ERROR_H
#define ESPALIER_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct espalier_error - the one line that says what went wrong
 * @text: "WHAT: WHY", NUL-terminated, without a newline; empty when nothing went wrong.
 *        For input read from a file it begins "FILE:LINE: " or "FILE: ".
 *
 * The caller owns it; a function that takes one writes it only on failure and accepts NULL.
 */
struct espalier_error {
	char text[512];
};

#ifdef __cplusplus
}
#endif
#endif
