/* Every limit on an outside size, with its unit and its reason. */
#pragma once

/* variants: a mask of variants fits in 16 bits everywhere */
#define LIMIT_VARIANTS 16
/* bytes: PATH_MAX of linux/limits.h, terminating NUL included */
#define LIMIT_PATH_BYTES 4096
/* bytes of a string argument that is no path: names, keys, xattr names are far shorter */
#define LIMIT_STRING_BYTES 65536
/* bytes: kernel's MAX_RW_COUNT is just under 2 GiB; one call's captured data stays under this */
#define LIMIT_CALL_BYTES (1u << 31)
/* entries: UIO_MAXIOV */
#define LIMIT_IOVECS 1024
/* arguments and environment strings of one execve; the kernel's own limit is by bytes */
#define LIMIT_EXEC_STRINGS 65536
/* bytes of all arguments and environment strings together: a quarter of an 8 MiB stack, thrice */
#define LIMIT_EXEC_BYTES (6u << 20)
/* descriptors of one process: the default hard limit of a current distribution */
#define LIMIT_DESCRIPTORS (1u << 20)

/* bytes: raw content of one trace frame; a reader allocates no more than this for one */
#define LIMIT_FRAME_BYTES (64u << 20)
/* bytes: raw content at which a frame is closed */
#define TRACE_FRAME_TARGET_BYTES (1u << 20)
/* bytes: one protobuf record; a larger payload is cut with its full length kept */
#define LIMIT_RECORD_BYTES (48u << 20)
/* bytes of payload kept of one buffer at most, whatever --payload says */
#define LIMIT_PAYLOAD_BYTES (16u << 20)
/* frames in a seek table: 2^32 MiB of raw content would need more, no trace does */
#define LIMIT_FRAMES (1u << 24)
/* buffers attached to one step: six arguments, both directions, iovecs folded, each variant */
#define LIMIT_STEP_BUFS 256
/* bytes of a name, label or other word of our own in a record */
#define LIMIT_WORD_BYTES (1u << 16)
/* bytes of a path, note or memory map in a record */
#define LIMIT_TEXT_BYTES (16u << 20)
/* elements of one list in a record: names, groups, descriptors, program counters */
#define LIMIT_RECORD_LIST 65536
/* bytes a reader allocates to decode one record; it holds what LIMIT_RECORD_BYTES allows, and little more */
#define LIMIT_DECODE_BYTES (96u << 20)
/* holes a reader remembers; a damaged file has few, a hostile one as many as it likes */
#define LIMIT_HOLES 4096

/* tasks of one trace a reader keeps in memory: a few hundred bytes each; Linux allows 2^22 at once */
#define LIMIT_TASKS (1u << 20)
/* descriptors of all processes together that a reader follows; a hostile trace opens as many as it likes */
#define LIMIT_FOLLOWED_DESCRIPTORS (1u << 20)
/* descriptors of one process among them: the kernel's usual soft limit is 1024 */
#define LIMIT_FOLLOWED_OF_PROCESS 65536
/* calls remembered of one open file: a shell moves its output twice a command */
#define LIMIT_FILE_TOUCHES (1u << 20)
/* calls remembered that made one process's memory map or directory what they are: as many as mappings */
#define LIMIT_LIVING_CALLS 65536
/* bytes of names a reader remembers for open files */
#define LIMIT_OPEN_FILE_NAMES (64u << 20)
/* mappings of all processes in all variants that a reader follows, and of one process in one variant: vm.max_map_count */
#define LIMIT_FOLLOWED_MAPPINGS      (1u << 20)
#define LIMIT_FOLLOWED_MAPPINGS_EACH 65530
/* groups of one summary: files, mostly; what comes later is counted together */
#define LIMIT_SUMMARY_GROUPS 65536
/* bytes of SQL taken from standard input or a file: SQLite's own default */
#define LIMIT_SQL_BYTES 1000000
/* bytes of a file of rules, and rules in it: people write them, with a reason each */
#define LIMIT_RULES_BYTES 1000000
#define LIMIT_RULES       1000
/* lines of a golden: what people read has hundreds */
#define LIMIT_GOLDEN_LINES 1000000
/* lines of context kept before a match */
#define LIMIT_CONTEXT_LINES 100000

/* bytes: one tracer thread's ring to the recorder; a tenth of a second of the fastest calls; a power of two */
#define RECORDER_RING_BYTES (8u << 20)
/* bytes of records too big for that ring, waiting beside it; any single one is always let in */
#define LIMIT_RECORDER_OUTSIDE_BYTES (64u << 20)
/* bytes: a mapped file's content is hashed up to this size; 64 MiB take some 40 ms */
#define LIMIT_HASHED_FILE_BYTES (64u << 20)
/* bytes: the same for an executable, which is hashed once a run */
#define LIMIT_HASHED_EXECUTABLE_BYTES (1u << 30)
/* files whose identity is remembered; beyond it a file may be recorded twice */
#define LIMIT_KNOWN_FILES 65536
