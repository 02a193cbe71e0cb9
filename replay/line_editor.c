/* libedit; see line_editor.h. */
#include "replay/line_editor.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "analysis/text.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "replay/common.h"

/* lines remembered; the file is cut to them when it has twice as many */
#define HISTORY_LINES 2000
/* matches listed below the line; with more, their number */
#define LISTED_MATCHES 200

struct matches {
	char **words; /* owned, sorted in the end */
	size_t count, capacity;
};

struct line_editor {
	EditLine *edit;
	History *history;
	FILE *file; /* of the history, to add to; NULL for none */
	FILE *screen;
	const char *prompt;
	line_completer *complete;
	void *data;
	struct matches matches;
	int input;                          /* the terminal */
	bool edits;                         /* the screen is one, too */
	struct termios before;              /* how it was */
	volatile sig_atomic_t *interrupted; /* the caller's */
	sigset_t interrupts, while_waiting; /* SIGINT; what is held back even then */
};

/* ---- history ---- */

static char *join(const char *folder, const char *rest)
{
	cleanup_text struct text path = { 0 };

	text_add(&path, folder);
	text_add(&path, rest);
	return alloc_string(text_get(&path));
}

/* Makes each folder of a path that is not there, for the user alone. */
static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700); /* one that cannot be made shows when the file is opened */
		*slash = '/';
	}
}

char *line_history_path(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *path = NULL;

	/* the specification of XDG base directories: relative ones are ignored */
	if (state && state[0] == '/')
		path = join(state, "/mvx/history");
	else if (home && home[0] == '/')
		path = join(home, "/.local/state/mvx/history");
	if (path)
		make_folders(path);
	return path;
}

static size_t load_history(struct line_editor *e)
{
	char *line = NULL;
	size_t capacity = 0, count = 0;
	HistEvent event;

	rewind(e->file);
	while (getline(&line, &capacity, e->file) > 0) {
		history(e->history, &event, H_ENTER, line);
		count++;
	}
	free(line);
	return count;
}

/* Only what is remembered stays in the file. */
static void cut_history(struct line_editor *e)
{
	HistEvent event;

	if (ftruncate(fileno(e->file), 0) < 0)
		return;
	for (int more = history(e->history, &event, H_LAST); more >= 0;
	     more = history(e->history, &event, H_PREV))
		fputs(event.str, e->file);
	fflush(e->file);
}

/* A file of ours alone: what is asked of a trace may be as secret as the trace. */
static int open_history(struct line_editor *e, const char *path, struct error *err)
{
	cleanup_fd int fd = open(
		path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "cannot open the history %s: %s", path,
				 strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return error_set(err, -EPERM, "the history %s is no file of yours", path);
	if ((st.st_mode & 077) && fchmod(fd, 0600) < 0)
		return error_set(err, -errno, "cannot keep the history %s from others: %s", path,
				 strerror(errno));
	e->file = fdopen(fd, "a+");
	if (e->file)
		take_fd(&fd);
	return 0;
}

static void start_history(struct line_editor *e, const char *path)
{
	struct error err = { 0 };
	HistEvent event;

	e->history = history_init();
	history(e->history, &event, H_SETSIZE, HISTORY_LINES);
	history(e->history, &event, H_SETUNIQUE, 1);
	el_set(e->edit, EL_HIST, history, e->history);
	if (!path)
		return;
	if (open_history(e, path, &err) < 0)
		say("%s: lines typed are not kept", err.message);
	else if (e->file && load_history(e) > 2u * HISTORY_LINES)
		cut_history(e);
}

static void remember(struct line_editor *e, const char *line)
{
	HistEvent event;

	if (!line[strspn(line, " \t\n")])
		return;
	history(e->history, &event, H_ENTER, line);
	if (!e->file)
		return;
	fputs(line, e->file);
	fflush(e->file);
}

/* ---- completion ---- */

static void take_match(void *taker, const char *word)
{
	struct matches *m = taker;

	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->words[i], word) == 0)
			return;
	alloc_grow(&m->words, &m->capacity, m->count + 1);
	m->words[m->count++] = alloc_string(word);
}

static void forget_matches(struct matches *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->words[i]);
	m->count = 0;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Bytes that all of them begin with; case does not matter. */
static size_t common_length(const struct matches *m)
{
	size_t length = strlen(m->words[0]);

	for (size_t i = 1; i < m->count; i++)
		for (size_t at = 0; at < length; at++)
			if (strncasecmp(m->words[0] + at, m->words[i] + at, 1) != 0)
				length = at;
	return length;
}

static void list_matches(struct line_editor *e)
{
	struct matches *m = &e->matches;

	fputc('\n', e->screen);
	qsort(m->words, m->count, sizeof(m->words[0]), compare_words);
	if (m->count > LISTED_MATCHES)
		fprintf(e->screen, "%zu words", m->count);
	for (size_t i = 0; m->count <= LISTED_MATCHES && i < m->count; i++)
		fprintf(e->screen, "%s%s", i ? "  " : "", m->words[i]);
	fputc('\n', e->screen);
	fflush(e->screen);
}

static bool is_word_byte(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* Puts what is certain behind the cursor. */
static unsigned char insert_match(struct line_editor *e, size_t known)
{
	struct matches *m = &e->matches;
	size_t common = common_length(m);
	cleanup_text struct text rest = { 0 };

	if (common > known)
		text_add_bytes(&rest, m->words[0] + known, common - known);
	if (m->count == 1)
		text_add_char(&rest, ' ');
	if (rest.length && el_insertstr(e->edit, text_get(&rest)) == 0)
		return CC_REFRESH;
	list_matches(e);
	return CC_REDISPLAY;
}

static unsigned char complete_word(EditLine *edit, int key)
{
	const LineInfo *line = el_line(edit);
	const char *start = line->cursor;
	struct line_editor *e;
	cleanup_text struct text prefix = { 0 };
	bool first;
	unsigned char ret = CC_ERROR;

	el_get(edit, EL_CLIENTDATA, &e);
	while (start > line->buffer && is_word_byte(start[-1]))
		start--;
	first = start == line->buffer;
	if (start - line->buffer == 1 && start[-1] == '.') { /* a command of the shell's own */
		start--;
		first = true;
	}
	text_add_bytes(&prefix, start, (size_t)(line->cursor - start));
	e->complete(e->data, text_get(&prefix), first, take_match, &e->matches);
	if (e->matches.count)
		ret = insert_match(e, prefix.length);
	forget_matches(&e->matches);
	return ret;
}

/* ---- keys ---- */

/*
 * The terminal, opened once more: what Ctrl-C throws away may be gone between
 * poll(2) and read(2), which must not wait then, and O_NONBLOCK on standard
 * input would be every other program's, too.
 */
static int open_terminal(void)
{
	int fd = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd >= 0 ? fd : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

/* Whether a Ctrl-C came before what there is to read: the signal is sent first. */
static bool is_interrupted(const struct line_editor *e)
{
	pthread_sigmask(SIG_UNBLOCK, &e->interrupts, NULL);
	pthread_sigmask(SIG_BLOCK, &e->interrupts, NULL);
	return *e->interrupted;
}

/* As read(2) says it. */
static ssize_t read_byte(const struct line_editor *e, char *byte)
{
	struct pollfd input = { .fd = e->input, .events = POLLIN };
	ssize_t got;

	do {
		ppoll(&input, 1, NULL, &e->while_waiting); /* an error is read's as well */
		if (is_interrupted(e)) {
			errno = EINTR;
			return -1;
		}
		got = read(e->input, byte, 1);
	} while (got < 0 && (errno == EAGAIN || errno == EINTR));
	return got;
}

/* Whether a character ends with the byte. What is none is left out. */
static bool take_byte(mbstate_t *state, char byte, wchar_t *c)
{
	size_t length = mbrtowc(c, &byte, 1, state);

	if (length == (size_t)-1) { /* a new one may begin here */
		*state = (mbstate_t){ 0 };
		length = mbrtowc(c, &byte, 1, state);
	}
	if (length == (size_t)-1)
		*state = (mbstate_t){ 0 };
	return length <= 1;
}

static int read_character(EditLine *edit, wchar_t *c)
{
	struct line_editor *e;
	mbstate_t state = { 0 };
	ssize_t got;
	char byte;

	el_get(edit, EL_CLIENTDATA, &e);
	do
		got = read_byte(e, &byte);
	while (got > 0 && !take_byte(&state, byte, c));
	if (got <= 0)
		*c = L'\0';
	return (int)got;
}

/* ---- lines ---- */

static char *get_prompt(EditLine *edit)
{
	static char prompt[64];
	struct line_editor *e;

	el_get(edit, EL_CLIENTDATA, &e);
	snprintf(prompt, sizeof(prompt), "%s", e->prompt);
	return prompt;
}

static void start_keys(struct line_editor *e)
{
	e->input = open_terminal();
	e->edits = isatty(fileno(e->screen)) && tcgetattr(e->input, &e->before) == 0;
	sigemptyset(&e->interrupts);
	sigaddset(&e->interrupts, SIGINT);
	pthread_sigmask(SIG_BLOCK, NULL, &e->while_waiting);
	sigdelset(&e->while_waiting, SIGINT);
}

struct line_editor *line_editor_create(const char *history, line_completer *complete, void *data,
				       volatile sig_atomic_t *interrupted)
{
	struct line_editor *e = alloc_zeroed(1, sizeof(*e));

	e->complete = complete;
	e->data = data;
	e->interrupted = interrupted;
	e->prompt = "";
	/* rows that go to a file have no prompts between them */
	e->screen = isatty(STDOUT_FILENO) ? stdout : stderr;
	start_keys(e);
	e->edit = el_init("mvx-replay", stdin, e->screen, stderr);
	el_set(e->edit, EL_CLIENTDATA, e);
	el_wset(e->edit, EL_GETCFN, read_character);
	el_set(e->edit, EL_PROMPT, get_prompt);
	el_set(e->edit, EL_EDITOR, "emacs");
	/* with narrow strings it would keep copies for ever */
	el_wset(e->edit, EL_ADDFN, L"mvx-complete", L"completes a word", complete_word);
	el_set(e->edit, EL_BIND, "^I", "mvx-complete", NULL);
	el_set(e->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
	start_history(e, history);
	el_source(e->edit, NULL); /* ~/.editrc: the user's own keys */
	return e;
}

void line_editor_destroy(struct line_editor *e)
{
	if (!e)
		return;
	if (e->file)
		fclose(e->file);
	if (e->edits) {
		/* el_end would throw away what is typed for whoever reads next */
		el_set(e->edit, EL_EDITMODE, 0);
		tcsetattr(e->input, TCSADRAIN, &e->before);
	}
	el_end(e->edit);
	close(e->input);
	history_end(e->history);
	free(e->matches.words);
	free(e);
}

enum line_end line_editor_read(struct line_editor *e, const char *prompt, const char **line)
{
	int count = 0;

	e->prompt = prompt;
	/* el_gets shows the prompt first, and a Ctrl-D before the terminal is set up means nothing */
	if (e->edits)
		el_set(e->edit, EL_PREP_TERM, 1);
	*line = el_gets(e->edit, &count);
	if (*e->interrupted) {
		*e->interrupted = 0;
		return LINE_INTERRUPTED;
	}
	if (!*line || count <= 0)
		return LINE_EOF;
	remember(e, *line);
	return LINE_READ;
}
