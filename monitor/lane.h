/*
 * The lane protocol. A lane is the set of corresponding tasks, one a variant.
 * Each tracer thread publishes what its task has come to in its slot of the
 * lane's current rendezvous; the leader's thread sees all slots arrive,
 * compares, decides, lets the leader act and gives each follower its order.
 *
 *   follower:  slot EMPTY -> ARRIVED            (release; the leader is rung)
 *   leader:    all ARRIVED -> compare, decide, execute -> slot ORDERED (release)
 *   follower:  ORDERED -> acts -> DONE           (release)
 *
 * Two rendezvous are enough: nobody can arrive at number k+2 before all have
 * arrived at k+1, and who has arrived at k+1 is done with k. So the leader may
 * go on at once, and a rendezvous is recorded when its slots are all DONE.
 *
 * The tables of a lane (descriptors, dispositions, memory) belong to the
 * leader's thread alone: no locks.
 */
#pragma once

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/limits.h"
#include "monitor/arbiter.h"
#include "monitor/capture.h"
#include "monitor/tracee/backend.h"
#include "monitor/tracee/fd_map.h"
#include "schema/syscall_model.h"
#include "schema/trace_record.h"

struct lane;
struct session;
struct process;
struct fd_table;
struct seccomp_filter;
struct signal_table;
struct mm;

enum slot_phase { SLOT_EMPTY, SLOT_ARRIVED, SLOT_ORDERED, SLOT_DONE };

/* What a task has come to. */
enum arrival_kind {
	ARRIVAL_CALL,    /* stands before a call */
	ARRIVAL_FAULT,   /* its own instruction raised a signal */
	ARRIVAL_TRAP,    /* rdtsc, rdtscp or cpuid */
	ARRIVAL_FOREIGN, /* stands before a call of another ABI */
	ARRIVAL_SIGNAL,  /* at the stop of a signal that interrupted its own code */
	ARRIVAL_PAUSE,   /* stopped in its own code, because another variant has a signal for it */
	ARRIVAL_VAIN,    /* where it was, without a signal that it should have got */
	ARRIVAL_END,     /* gone */
};

/* What a follower is to do with its task. */
enum order_kind {
	ORDER_ANSWER,  /* its call is not made: it gets `result` and the leader's output */
	ORDER_EXECUTE, /* its call is made by itself, perhaps with other arguments */
	ORDER_RESUME,  /* the trap answered; or the fault's signal delivered */
	ORDER_SIGNAL,  /* it gets the signal where it stands, and comes to the call again */
	ORDER_GO_ON, /* it goes on without the signal that has stopped it, as if it had not arrived */
	ORDER_WAIT, /* it leaves where it stands and waits for its own signal (delivery.h) */
};

/* How the call at which a signal is delivered appears to the program. */
enum signal_resume {
	SIGNAL_KEEP,    /* the call is over: its result stands, then the handler */
	SIGNAL_RESTART, /* the handler runs, then the call is made again */
};

/* One more call that a follower makes for an order, in its own name. */
struct order_call {
	int64_t nr;
	uint64_t args[6];
	int path_arg; /* this argument points to `path` in the scratch page; -1 none */
	char path[64];
	int result_arg;       /* this argument is what an earlier one gave; -1 none */
	unsigned result_back; /* ... so many calls ago */
	int32_t fd;    /* the result is a descriptor and must be this number; -1 it is none */
	int handed_fd; /* openat: the monitor's, which is handed over instead; -1 none */
	bool may_fail;
	bool is_result; /* the program sees the result as its call's */
	int64_t result;
	_Atomic unsigned
		*pending; /* counts orders like this one, made and not carried out; may be NULL */
};

struct order {
	enum order_kind kind;
	int64_t result;
	bool force_result; /* EXECUTE: the program sees `result`, whatever came out */
	bool no_exit;      /* EXECUTE: the call does not come back here (exit, sigreturn) */
	bool in_turn;      /* EXECUTE: made when it is its turn (turns_fork) */
	bool gated; /* after the orders on descriptors that other threads were given before */
	int32_t fd; /* EXECUTE: the descriptor that comes out must be this number; -1 any */
	bool write_output; /* the leader's output bytes go to this variant's memory */
	bool substitute;   /* EXECUTE: nr and args replace the call's own */
	bool no_handler; /* ANSWER: the signal ends the process, whatever the program has set up */
	bool signal_first; /* EXECUTE: the call waits for the signal (sigsuspend) */
	int64_t nr;
	uint64_t args[6];
	int path_arg; /* EXECUTE, substitute: this argument points to `path` in the scratch page; -1 none */
	char path[64]; /* or a structure */
	int signo;     /* delivered with the answer; 0 for none */
	enum signal_resume resume;
	uint8_t *own_bytes; /* ANSWER: these instead of the leader's output, at argument 1; freed by the taker */
	size_t own_length;
	struct lane *child; /* fork: the new lane its child joins */
	int32_t child_tid;  /* fork: the id the program sees for the child */
};

struct slot {
	_Atomic uint32_t phase; /* enum slot_phase */
	enum arrival_kind kind;
	int64_t nr;
	uint64_t args[6];
	uint64_t ip, sp;
	registers regs;    /* as at the arrival */
	int signo;         /* FAULT, SIGNAL, VAIN */
	int status;        /* END: wait status */
	uint8_t trap;      /* TRAP: enum trace_trap_kind */
	uint32_t arch;     /* FOREIGN: AUDIT_ARCH_...; of x32 it is the native one */
	siginfo_t siginfo; /* FAULT, SIGNAL */
	uint64_t first_ns; /* SIGNAL: when it came first */
	uint64_t waited;   /* SIGNAL, VAIN: iterations of the wait loop */
	uint64_t entry_ns, exit_ns;
	int64_t result; /* what the program saw */
	struct capture in;
	struct order order;
	struct order_call *calls; /* ... and then these */
	size_t n_calls, calls_capacity;
};

/* What an instruction that trapped is answered, as struct trace_trap has it. */
struct trap_answer {
	uint64_t value, extra;
};

/* A new program's first stack, from its stack pointer to its end: the followers get the leader's. */
struct initial_stack {
	uint8_t *bytes;
	size_t length;
	uint64_t addr; /* the leader's stack pointer */
};

struct rendezvous {
	struct slot slots[LIMIT_VARIANTS];
	struct capture out;  /* the leader's output bytes */
	siginfo_t siginfo;   /* of the order's signal */
	bool has_own_values; /* ... whose value each variant has its own of */
	uint64_t own_values[LIMIT_VARIANTS];
	struct trap_answer trap;
	uint64_t ticket;
	uint64_t task_seq; /* 0: nothing to record */
	uint8_t executed;  /* enum trace_executed */
	uint8_t verdict;   /* enum trace_verdict */
	bool no_result;
	bool unrecorded;       /* being completed, and not yet in the trace */
	bool same_outcome;     /* the variants' results must agree */
	bool takes_turns;      /* the tasks that go on from here wait for their turns (turns.h) */
	uint8_t at_random[16]; /* exec: the leader's */
	struct initial_stack stack; /* exec: the leader's */
	bool has_signal;            /* decided during this step: recorded after it */
	struct trace_signal signal;
	siginfo_t signal_info;
};

/* Where a task is, as its tracer thread knows it. */
enum task_state {
	TASK_NONE,
	TASK_NEW,          /* created; its first stop or its lane is still to come */
	TASK_RUNNING,      /* in its own code */
	TASK_ARRIVED,      /* stopped; its slot is ARRIVED */
	TASK_EXECUTING,    /* in the kernel, making the call of the rendezvous */
	TASK_INTERRUPTED,  /* the leader: its call was interrupted, the signal's stop comes next */
	TASK_SIGNALLED,    /* the leader: its call is over and a signal's stop comes next */
	TASK_INJECTING,    /* the order's signal was sent, its stop comes next */
	TASK_WAITING,      /* in the wait loop */
	TASK_LOCAL,        /* making a call that is neither compared nor awaited */
	TASK_LOCAL_BROKEN, /* that call was interrupted: it comes again, or a handler runs first */
	TASK_ENDED,
};

/* What the tracer's waiting policy counts. */
enum task_motion { MOTION_STOPPED, MOTION_RUNNING, MOTION_BLOCKED };

struct task {
	struct lane *lane;
	unsigned variant;
	pid_t pid, tid; /* real ones */
	enum task_state state;
	uint64_t seq; /* rendezvous it is at or will come to */
	enum task_motion motion;
	bool may_block; /* the call it makes may block */
	bool job_stopped;
	bool first_stop_seen;        /* NEW: waits for its lane */
	registers regs;              /* at the last stop where they were read */
	enum task_state interrupted; /* ARRIVED by a signal or a pause: what it was doing */
	uint64_t owed;      /* signals of its own that it was sent before they came, bit signo-1 */
	uint64_t postponed; /* ... that came while it made a call */
	uint64_t mark_cpu_ns; /* its CPU time when it came from a signal's delivery or its handler */
	uint64_t mark_seq;    /* ... on the way to this rendezvous */
	int64_t local_nr;
	uint64_t local_args[6], local_entry_ns;
	uint64_t child_tid_addr; /* NEW: where the kernel wrote the child's id; 0 for nowhere */
	int32_t visible_tid;     /* NEW: the id to write there */
	bool at_gate;            /* first or waiting at the gate of its process (pid_map.h) */
	struct task *gated;      /* behind it there */
	bool awaits_turn;        /* to go into its own code (turns.h) */
	int turn_signo;          /* ... with this signal; 0 for none */
	bool turn_forks;         /* ... no: to make the fork at which it stands, or makes it */
	struct task *turn_next;  /* behind it */
	struct task *next;       /* in the tracer's hash chain */
};

/* One of the leader's, kept by the monitor. */
struct lane_signal {
	siginfo_t info;
	uint64_t first_ns;
};

struct lane_signals {
	struct lane_signal *items; /* oldest first */
	unsigned count;
	size_t capacity;
};

/* See hold.h. */
struct hold {
	struct lane_signals signals; /* they wait for the next call */
	struct lane_signals resent; /* given back to the kernel, as the monitor's: they come again */
	uint64_t until_ns;          /* then they wait no longer; 0 when none do */
	uint64_t cpu_ns;            /* the leader's CPU time when they began to */
	uint64_t none_seq;          /* none is held on the way to this rendezvous */
};

/* What the trace says of a signal that goes to all. */
struct delivery {
	siginfo_t info;
	uint64_t first_ns;               /* 0: none is under way */
	uint64_t had_ns[LIMIT_VARIANTS]; /* its own arrival; 0 for none */
	uint32_t listed;                 /* mask: went on without it first */
	uint32_t skipped; /* mask: skipped what they stood at, to wait for it or to get it */
	uint32_t sent;    /* mask: got it from the monitor */
	uint64_t waited;  /* iterations of the wait loop, the most of all variants */
};

enum lane_state {
	LANE_GATHER,  /* not all slots have arrived */
	LANE_EXECUTE, /* the leader makes the call */
	LANE_ENDED,
};

struct lane {
	struct session *session;
	_Atomic unsigned refs; /* one while it lives, one for each message under way */
	struct call *call;     /* the leader's thread: the call of the current rendezvous */
	uint32_t variants;     /* mask of those that take part */
	uint32_t id;           /* task number in the trace, from 1 */
	uint32_t parent_id;
	char *label;
	enum lane_state state;
	uint64_t seq;      /* of the current rendezvous, from 1 */
	uint64_t task_seq; /* steps so far */
	struct rendezvous rendezvous[2];
	struct task tasks[LIMIT_VARIANTS];
	struct process *process; /* the one its tasks belong to */
	struct process *thread;  /* their own ids; `process` for the first thread */
	struct fd_table *fds;
	struct fd_list born_with; /* made by one of several threads: what its tasks may begin with */
	struct signal_table *signals;
	struct mm *mm;
	unsigned scratch_place; /* of its tasks, in the scratch pages of `mm` */
	cpu_set_t cpus;         /* the affinity the program sees */
	bool cpus_set;          /* ... because it set one itself */
	bool no_new_privs;      /* the program itself asked for it */
	bool not_dumpable;      /* the same */
	uint32_t personality;   /* as the program has set it (personality(2)) */
	bool moved;             /* into another root or other namespaces: /proc need not be there */
	_Atomic(struct seccomp_filter *)
		filter;          /* the program's own, newest first; the leader's thread sets it */
	_Atomic bool no_counter; /* it has asked for a signal instead of the time stamp counter */
	_Atomic bool strict;     /* seccomp's other mode */
	bool ids_changed;        /* since its last exec: the kernel bars others from /proc/PID/fd */
	bool stopped_by_itself;  /* the last stop signal came from one of the program's processes */
	struct hold hold;        /* the leader's thread */
	struct arbiter arbiter;  /* the leader's thread */
	struct delivery delivery; /* what is known of the signal that it has */
	uint64_t arbiter_seq;     /* the rendezvous whose arrivals it has been told of */
	_Atomic bool signal_came; /* somebody has arrived for it since it was last told */
	_Atomic uint64_t pause_seq[LIMIT_VARIANTS]; /* who is on the way there is to be stopped */
	_Atomic uint64_t pause_after_ns; /* ... when it has had so much CPU time since its mark */
	uint64_t first_arrival_ns;       /* of the current rendezvous; 0 when none has arrived */
	uint64_t ticked_seq; /* the rendezvous in whose call the last tick found the leader */
	_Atomic uint64_t waiting[LIMIT_VARIANTS]; /* mask: sent to a follower that does not notice */
	uint64_t put_off_ns; /* since when some stand at a call that signals put off; 0 none do */
	_Atomic uint32_t ended;     /* mask of the variants whose task is gone */
	int status[LIMIT_VARIANTS]; /* their wait status */
	_Atomic bool die;           /* every task of the lane is to be killed */
	_Atomic bool ending;        /* agreed to end: an exit, or a fault nobody handles */
	struct lane *prev, *next;   /* all live lanes, the leader thread's */
};

static inline struct rendezvous *lane_rendezvous(struct lane *lane, uint64_t seq)
{
	return &lane->rendezvous[seq & 1];
}

static inline struct slot *lane_slot(struct lane *lane, uint64_t seq, unsigned variant)
{
	return &lane->rendezvous[seq & 1].slots[variant];
}

/* The leader's part of the current rendezvous is over: on to the next. */
static inline void lane_advance(struct lane *lane)
{
	lane->state = LANE_GATHER;
	lane->seq++;
	lane->first_arrival_ns = 0;
}

enum lane_progress {
	LANE_WAIT, /* somebody is still to come */
	LANE_MEET, /* the leader: all have arrived */
	LANE_ACT,  /* a follower: its order is there */
	LANE_OVER, /* a follower: done with this rendezvous */
};

/* The last reference frees the lane. Any thread. */
void lane_release(struct lane *lane);

/* Where one variant's part of a rendezvous stands. Never blocks; any thread may ask for its own variant. */
enum lane_progress lane_step(struct lane *lane, uint64_t seq, unsigned variant);

/* An arrival that a signal made, or the end of its handler: the program goes on where it was. */
bool slot_is_signals(const struct slot *slot);

/* The mask of the variants that have arrived (or gone further). */
uint32_t lane_arrived(struct lane *lane, uint64_t seq);

/* All followers are done with rendezvous `seq`: it may be recorded and its storage used again. */
bool lane_is_done(struct lane *lane, uint64_t seq);
