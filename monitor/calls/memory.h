/* Memory calls of processes with several threads. */
#pragma once

#include "monitor/lane.h"

/*
 * The task stands before a memory call: is it one that says nothing of what
 * the program does (the heap grows, a stack is made), and touches no page of
 * ours? task->regs are read. Any tracer thread.
 */
bool memory_is_local(const struct task *task);
