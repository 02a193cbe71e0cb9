/*
 * What a trace must say about the run to be complete in ten years: the header
 * and the variants' identities.
 */
#pragma once

#include "monitor/session.h"

/*
 * Remembers what the monitor itself may change later: ignored signals and
 * umask. First thing in main; without it, facts_record_header looks when it
 * is called.
 */
void facts_remember_start(void);

/* Fills and adds the Header record: host, options, start state. Called once, before any task runs. */
int facts_record_header(struct session *s, int argc, char **argv, struct error *err);

/*
 * Adds the VariantStart record: executable's identity, command line, and the
 * auxiliary vector and AT_RANDOM bytes as the program sees them (`auxv` raw
 * Elf64_auxv_t pairs). After the variant's first exec, by the leader's thread.
 */
void facts_record_variant(struct session *s, unsigned variant, pid_t pid, const void *auxv,
			  size_t auxv_bytes, const uint8_t at_random[16]);

/*
 * Adds a FileIdentity record for an executed (reason 1) or mapped (2) file,
 * once per file and state of it. `path` may be a link below /proc/PID: the
 * file's own path is recorded. By the leader's thread; known files cost one
 * stat. Files that cannot be looked at are passed over.
 */
void facts_record_file(struct session *s, uint32_t task, const char *path, uint32_t reason);

/* ... for the one that the process has mapped by its descriptor `fd`. No watch of the program's shows it. */
void facts_record_mapped(struct session *s, uint32_t task, pid_t pid, int32_t fd);
