/* Turns a rendezvous into the Step record that tells of it. Once a call: nothing is cleared or copied in vain. */
#pragma once

#include "monitor/lane.h"

/*
 * Fills *step from the slots of `r` that `variants` names and that stand
 * before a call; the first one's number is the step's, and a variant that makes
 * another call is left out. The elements of per-variant arrays that
 * step->variants does not name are not written.
 *
 * `bufs` has room for LIMIT_STEP_BUFS and becomes step->bufs; its bytes stay
 * the captures'. Input that is equal in several variants is there once, with
 * their mask. full_length counts what was captured: of a path or string
 * without its NUL, of memory that was not all there only what was. A buffer
 * none of which could be read is left out. Of inputs that differ in every one
 * of many variants the last ones are left out where LIMIT_STEP_BUFS is full.
 */
void step_record_fill(struct trace_step *step, struct trace_buf *bufs, struct lane *lane,
		      const struct rendezvous *r, uint32_t variants);
