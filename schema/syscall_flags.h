/*
 * Names of flags and enumerations, by format: O_RDONLY|O_CLOEXEC. Bits and
 * values without a name are shown in hexadecimal.
 */
#pragma once

#include "schema/decode_text.h"
#include "schema/syscall_model.h"

/* Flags that stand in structures only, never in a row. */
enum flag_set {
	FLAGS_POLL_EVENTS,
	FLAGS_EPOLL_EVENTS,
	FLAGS_SIGACTION,
	FLAGS_SIGSTACK,
	FLAGS_LOCK_TYPE,
	FLAGS_RESOLVE,
	FLAGS_FD,
	FLAGS_FILE_TYPE,
	FLAGS_CLD_CODE,
	FLAGS_SI_CODE,
	FLAGS_SET_COUNT
};

/* Does this format name flags or values? FORMAT_HEX counts. */
bool format_is_flags(enum arg_format format);

/* Writes the names of a value; a format that names nothing gives hexadecimal. */
void decode_put_flags(struct decode_text *t, enum arg_format format, uint64_t value);
void decode_put_flag_set(struct decode_text *t, enum flag_set set, uint64_t value);
/* S_IFREG|0644 */
void decode_put_file_mode(struct decode_text *t, uint32_t mode);
/* SIGINT, or the number. */
void decode_put_signal(struct decode_text *t, int number);
