/* Shows sets of signals, what comes with a signal, and what is asked to come with one. */
#pragma once

#include "schema/decode_text.h"
#include "schema/syscall_structs.h"

/* [INT CHLD], or ~[KILL STOP] when most are in it; bit signo-1. */
void decode_put_sigset(struct decode_text *t, uint64_t set);
/* siginfo_t; false when the bytes are too few. */
bool decode_put_siginfo(struct decode_text *t, const struct decode_view *view);
/* struct sigevent; false when the bytes are too few. */
bool decode_put_sigevent(struct decode_text *t, const struct decode_view *view);
