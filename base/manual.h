/*
 * Writes manual pages in the language of man(7), piece by piece. Every text is
 * plain: what means something to roff is escaped here.
 */
#pragma once

#include <stdio.h>

#include "base/cli.h"

/* The head: name ("mvx-replay-show"), section of the manual, one line. */
void manual_begin(FILE *out, const char *name, int section, const char *summary);
void manual_section(FILE *out, const char *title);
void manual_subsection(FILE *out, const char *title);
/* One line of the synopsis: the program's name in bold, then the rest. */
void manual_synopsis(FILE *out, const char *name, const char *rest);
/* Paragraphs, an empty line between them; other ends of line are blanks. */
void manual_text(FILE *out, const char *text);
/* A list: the term in bold, then its text. */
void manual_item(FILE *out, const char *term, const char *text);
/* A row of a dense list: name in bold, kind in italics, then the text. */
void manual_row(FILE *out, const char *name, const char *kind, const char *text);
/* Options as a list, under the titles of their groups where they have some. */
void manual_options(FILE *out, const struct cli_option *options, size_t count);
/* Lines as they are. */
void manual_lines(FILE *out, const char *lines);
/* The last section: "mvx-replay(1)" ..., ended by NULL. */
void manual_see_also(FILE *out, const char *const *pages);
