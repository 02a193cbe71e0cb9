/* SQL functions that look a step up: they keep their places in the file. */
#pragma once

#include "analysis/functions.h"
#include "analysis/text.h"

/* Shared by every function of one connection; released by each. */
struct function_state;

struct function_state *function_state_create(struct source *source);
struct function_state *function_state_share(struct function_state *state);
void function_state_release(void *state);
struct source *function_state_source(const struct function_state *state);

void function_result(sqlite3_context *context, const struct text *t);

void run_decode(sqlite3_context *context, int argc, sqlite3_value **values);
void run_canon(sqlite3_context *context, int argc, sqlite3_value **values);
void run_has_path(sqlite3_context *context, int argc, sqlite3_value **values);
void run_path_of(sqlite3_context *context, int argc, sqlite3_value **values);
void run_region(sqlite3_context *context, int argc, sqlite3_value **values);
