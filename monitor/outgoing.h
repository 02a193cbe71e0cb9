/*
 * Copies of what the leader's threads hand to the kernel. What was compared is
 * what the kernel must get: a sibling thread that changes the buffer in between
 * changes nothing, because the call is made with the monitor's copy, in pages
 * that the variant can read and nobody but the monitor can write. Structures
 * that the kernel writes to as well lie meanwhile where no thread knows of.
 */
#pragma once

#include "monitor/call.h"

struct copies;

/* Maps the part of the descriptor's file behind MM_PAGE_BYTES for writing. NULL and errno on failure. */
struct copies *copies_create(int fd);

/*
 * The leader's call, which is over, has mapped memory that other processes
 * write, too. From here on what its process hands over is copied. The leader's
 * thread.
 */
void outgoing_begin(struct call *c);

/*
 * The leader stands before its call, which it is about to make: its input
 * arguments point to copies from here on, and c->moved_args says so. Nothing
 * to do while its process has one thread, and no memory that others write. The
 * leader's thread.
 */
void outgoing_copy(struct call *c);
/*
 * The leader's call has come back with c->result. True when it makes a further
 * part of it, which only needs to be let go: sendmmsg's next message.
 */
bool outgoing_goes_on(struct call *c);
/*
 * The leader's call is over: what the kernel has written beside what was read
 * comes to where the program has it. Before outputs are looked at.
 */
void outgoing_bring_back(struct call *c);
/* The call is over: its copies are free. */
void outgoing_release(struct call *c);
