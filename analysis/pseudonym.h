/*
 * Other names for names, the same one wherever a name stands: by a keyed hash
 * (SipHash-2-4), so that nobody without the key can try names until one fits.
 */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "analysis/text.h"
#include "base/error.h"

struct pseudonyms {
	uint64_t key[2];
	bool keeps_paths;       /* parts of paths stay, but for what `strings` matches */
	const regex_t *keep;    /* words that match as a whole stay; NULL for none */
	const regex_t *strings; /* words in which it matches never stay; NULL for none */
};

/* A key nobody knows, or one made of words that those who compare share (NULL for none). */
int pseudonyms_init(struct pseudonyms *p, const char *words, struct error *err);
uint64_t pseudonym_hash(const struct pseudonyms *p, const void *bytes, size_t length);

/* A word: an argument, a name. Words with a / are paths. */
void pseudonym_put_word(const struct pseudonyms *p, struct text *out, const void *word,
			size_t length);
/* Part by part; parts that every system has, such as usr and lib, stay. */
void pseudonym_put_path(const struct pseudonyms *p, struct text *out, const void *path,
			size_t length);
/* A struct sockaddr with another host or path; family, port and loopback stay. */
void pseudonym_put_address(const struct pseudonyms *p, struct text *out, const void *address,
			   size_t length);
