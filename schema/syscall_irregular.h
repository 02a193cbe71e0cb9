/*
 * What the arguments that no row can describe are, by the command beside them,
 * and which results say more than a number: facts about ioctl, fcntl, prctl
 * and their like, for the decoder.
 */
#pragma once

#include <stdint.h>

#include "schema/syscall_model.h"

enum irregular_style {
	IRREGULAR_ABSENT, /* not looked at, and not shown */
	IRREGULAR_INT,
	IRREGULAR_UINT,
	IRREGULAR_POINTER,
	IRREGULAR_SIGNAL,
	IRREGULAR_FLAGS,  /* detail: an enum arg_format */
	IRREGULAR_SET,    /* detail: an enum flag_set */
	IRREGULAR_BUFFER, /* detail: an enum arg_format */
	IRREGULAR_NAME,   /* of a task */
	IRREGULAR_IFREQ,
};

struct irregular {
	int16_t nr;
	int8_t arg;
	int8_t command_arg; /* -1: whatever the command is */
	uint32_t command;
	uint8_t style;  /* enum irregular_style */
	uint8_t detail; /* what style says */
};

/* NULL when nothing is known of this argument with this command. */
const struct irregular *irregular_find(int64_t nr, unsigned arg, const uint64_t args[SYSCALL_ARGS]);

enum outcome_style { OUTCOME_SIGNAL, OUTCOME_FLAGS, OUTCOME_SET };

/* A result with names: 0xa (seals F_SEAL_SHRINK|F_SEAL_WRITE). */
struct outcome {
	int16_t nr;
	int8_t command_arg; /* -1: whatever the command is */
	uint32_t command;
	uint8_t style;     /* enum outcome_style */
	uint8_t detail;    /* enum arg_format or enum flag_set */
	bool is_hex;       /* the number itself */
	bool zero_is_bare; /* 0 stands alone */
	const char *label; /* in front of the names */
};

/* NULL when the number is all there is. */
const struct outcome *outcome_find(int64_t nr, const uint64_t args[SYSCALL_ARGS]);
