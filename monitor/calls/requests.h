/* What ioctl requests read and write: a table, where their numbers do not say it. */
#pragma once

#include <stdint.h>

enum request_kind {
	REQUEST_DATA,      /* `input` bytes behind the argument are read, `output` written */
	REQUEST_VALUE,     /* the argument is a number itself */
	REQUEST_NOTHING,   /* the argument is not looked at */
	REQUEST_INTERFACE, /* struct ifreq: a name, then `input` bytes; `output` if it is filled */
	REQUEST_INDEX,     /* struct ifreq: only an index comes in, all of it goes out */
	REQUEST_LIST,      /* struct ifconf */
	REQUEST_EXTENTS,   /* struct fiemap */
	REQUEST_RANGES,    /* struct file_dedupe_range */
	REQUEST_ENTROPY,   /* struct rand_pool_info */
	REQUEST_POINTERS,  /* pointers in the structure: nobody can compare what they show */
	REQUEST_OPAQUE,    /* in no table, and the number does not say */
};

struct request {
	uint32_t number;
	uint16_t kind;          /* enum request_kind */
	uint16_t input, output; /* bytes */
	uint8_t makes_fd;       /* the result is a new descriptor */
	uint8_t listed;         /* it is in the table */
};

/* By the table, else by direction and size in the number (ioctl(2), asm-generic/ioctl.h). */
struct request request_get(uint32_t number);
