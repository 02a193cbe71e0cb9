/*
 * SQLite, linked with us, or as the host of the loadable extension (extension.c),
 * which calls it through the table of routines that the host hands over.
 */
#pragma once

#ifdef MVX_EXTENSION
#include <sqlite3ext.h>
extern const sqlite3_api_routines *sqlite3_api;
#else
#include <sqlite3.h>
#endif
