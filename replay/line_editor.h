/*
 * Lines typed at a terminal: edited, completed, remembered. The only file that
 * knows the library for it (libedit).
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"

struct line_editor;

/* What a word may become: `take` is called for each that begins with `prefix`. */
typedef void line_completer(void *data, const char *prefix, bool first_word,
			    void (*take)(void *taker, const char *word), void *taker);

/*
 * history: a file, or NULL for none. Never fails for the history's sake: it says
 * why, and goes without. interrupted: what the handler of SIGINT sets. The caller
 * holds that signal back (SIG_BLOCK); it comes through while a line is waited for.
 */
struct line_editor *line_editor_create(const char *history, line_completer *complete, void *data,
				       volatile sig_atomic_t *interrupted);
/* Accepts NULL. */
void line_editor_destroy(struct line_editor *e);

enum line_end { LINE_READ, LINE_EOF, LINE_INTERRUPTED };

/* *line, with its newline, is valid until the next call. LINE_INTERRUPTED clears `interrupted`. */
enum line_end line_editor_read(struct line_editor *e, const char *prompt, const char **line);

/*
 * Where history is kept when nobody says otherwise: $XDG_STATE_HOME/mvx/history
 * or ~/.local/state/mvx/history, folders made as need be. NULL, or the caller's.
 */
char *line_history_path(void);
