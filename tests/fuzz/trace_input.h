/* Fuzz input as a trace: what the targets over traces share. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "analysis/source.h"

/*
 * The file that input stands for, in memory of its own: what starts like a
 * trace is one, anything else is the content of one frame.
 */
uint8_t *trace_input_make(const uint8_t *data, size_t size, size_t *length);

/* The hash that a statistics frame in front of the seek table should have. */
void trace_input_mend(uint8_t *file, size_t length);

/* An open source over input; NULL when it is no trace. */
struct source *trace_input_open(const uint8_t *data, size_t size);
void trace_input_close(struct source *source);

/* Fails when what a stream of open_memstream took has bytes that no terminal should see. */
void trace_input_check_output(FILE *stream, char *const *text, const size_t *length);
