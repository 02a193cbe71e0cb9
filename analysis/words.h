/* The words of the SQL that queries are made of: for completion. */
#pragma once

/* Every one, some perhaps twice, in no order: tables, columns, functions, keywords. */
void sql_words_each(void (*take)(void *data, const char *word), void *data);
