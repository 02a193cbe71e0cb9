/*
 * One call of one rendezvous, as the leader's thread handles it, and what an
 * irregular family may add to what its row says.
 */
#pragma once

#include <sys/stat.h>

#include "monitor/lane.h"
#include "monitor/session.h"
#include "schema/syscall_args.h"
#include "schema/syscall_model.h"

/* Reading one task's buffers; both the leader's and the followers' threads do it. */
struct gather {
	struct backend *backend;
	pid_t tid;
	pid_t leader_tid; /* of the same lane: its descriptors are what the followers' stand for */
	int64_t nr;
	const struct syscall_row *row;
	const uint64_t *args;
	const struct capture *entry; /* gather_outputs: what was captured at entry */
	struct capture *to;
};

/* All of it or -EFAULT. */
int gather_read(const struct gather *g, uint64_t addr, void *to, size_t length);
/* Adds `length` bytes at addr as a buffer of the argument; marks it faulted when they are not there. */
void gather_add(const struct gather *g, unsigned arg, unsigned part, unsigned format, uint64_t addr,
		size_t length);

/* Adds a string up to its NUL, which stands behind it, or `limit` bytes. */
void gather_add_string(const struct gather *g, unsigned arg, uint64_t addr, size_t limit);
/* Adds what an iovec of `count` parts looks like, and the bytes in them. One a call. */
void gather_add_vector(const struct gather *g, unsigned arg, uint64_t count, bool content);
/* ... what the kernel wrote into the parts: `result` bytes in all. */
void gather_add_filled(const struct gather *g, unsigned arg, int64_t result);

/* Clears what lies between the control messages of `length` bytes: nobody looks there (cmsg(3)). */
void gather_clear_padding(uint8_t *control, size_t length);

/* Adds a mask of memory nodes: max - 1 bits in whole words, a page at most (get_mempolicy(2)). */
void gather_add_nodes(const struct gather *g, unsigned arg, uint64_t max);

/* Captures everything a row's input arguments point to. */
void gather_inputs(struct gather *g);
/* Captures everything the kernel wrote for a call that returned `result`. */
void gather_outputs(struct gather *g, int64_t result);

struct call {
	struct session *session;
	struct tracer *tracer; /* the leader's */
	struct lane *lane;
	struct rendezvous *rendezvous;
	struct task *task; /* the leader's */
	struct slot *slot; /* the leader's */
	const struct syscall_row *row;
	int64_t nr;
	const uint64_t *args; /* the leader's */
	int64_t result;       /* once there is one */
	enum syscall_run run; /* as decided */
	bool early;    /* followers make the call beside the leader, each with its own outcome */
	bool answered; /* NOBODY: `result` and rendezvous->out are the answer */
	struct lane *child;        /* fork: the new lane */
	struct stand_in *stand_in; /* mmap: what the followers map instead */
	struct segment *segment;   /* shmat: what the followers attach instead */
	uint64_t position;         /* where the call was going to write, when it was asked for */
	bool position_known;
	bool in_turn;    /* a fork that is made when it is its turn (turns_fork) */
	bool moved_args; /* the leader's call was made with arguments of ours: its own come back */
	bool among_threads; /* its process had several when it came to it */
	uint8_t inout; /* bit mask of those of them whose structures the kernel writes to, too (outgoing.h) */
	bool copied; /* ... which point to copies of what was compared, from copy_at on (outgoing.h) */
	size_t copy_at;
	int64_t made_nr;   /* the call that the leader makes: nr, or a part of it (outgoing.h) */
	size_t part_bytes; /* of a call made in parts: the most in one; 0 it is made whole */
	size_t part_done;  /* ... and what the parts before have handed over */
	unsigned n_messages, n_sent; /* sendmmsg, one by one */
	uint64_t messages_addr;      /* ... where the leader has the copies of their headers */
	bool new_result;             /* the leader is to see `result` instead of what came out */
};

struct call_ops {
	/* Adds what irregular arguments point to. Any tracer thread. */
	void (*gather)(struct gather *g);
	void (*gather_output)(struct gather *g, int64_t result);
	/* ... what the kernel wrote although the call failed. */
	void (*gather_failed)(struct gather *g, int64_t result);
	/*
	 * Bytes behind an irregular argument that the kernel reads, and whether it
	 * writes to them; 0 for none, or where they must stay where the program has them.
	 */
	size_t (*extent)(const struct call *c, unsigned arg, bool *written);
	/* The rest: the leader's thread. All variants stand at the call and agree. */
	void (*decide)(struct call *c);
	/* The leader's call has come back with c->result: true when it is to be made once more. */
	bool (*goes_on)(struct call *c);
	/* The leader is done: how variant v does its part; *o is set up from the row. */
	void (*order)(struct call *c, unsigned v, struct order *o);
	/* The leader is done: bookkeeping. Before the orders are made. */
	void (*apply)(struct call *c);
	/* The orders are made: bookkeeping that they still needed. */
	void (*done)(struct call *c);
};

/* Never NULL; a family without code has an empty struct. */
const struct call_ops *call_ops_get(unsigned family);

extern const struct call_ops calls_open, calls_fd, calls_io, calls_fcntl, calls_ioctl, calls_memory,
	calls_clone, calls_exec, calls_exit, calls_wait, calls_signal, calls_poll, calls_socket,
	calls_sched, calls_prctl, calls_ids, calls_stat, calls_epoll, calls_futex, calls_timers,
	calls_sysv, calls_made, calls_system, calls_keys, calls_remote, calls_place, calls_shm,
	calls_seccomp, calls_listing;

/* Flags of a task's descriptor, O_CLOEXEC among them; -EBADF when it is not open. */
int call_fd_flags(pid_t tid, int32_t fd);
/* What a descriptor of the task's names, as stat has it. 0, or -1 and errno. */
int call_fd_stat(pid_t tid, int32_t fd, struct stat *st);

/* Captured input of the leader, or NULL. */
const uint8_t *call_input(const struct call *c, unsigned arg, unsigned part, size_t *length);

/* A path argument of the leader's as text, or ""; of a call that has nothing captured behind it. */
const char *call_path(const struct call *c, unsigned arg);

/* Clone flags of a fork, vfork, clone or clone3; where the kernel writes the child's id (0: nowhere). */
uint64_t clone_flags_get(const struct slot *slot, uint64_t *parent_tid_addr,
			 uint64_t *child_tid_addr);

/*
 * Threads share descriptors, and the leader's make and close them in an order
 * of their own: such calls, and the making of a copy of them all, the
 * followers do in the order in which the leader's thread gave their orders.
 * The same where mappings are alike in all variants.
 */
bool call_is_gated(const struct call *c);

/* Answers the call without making it. */
void call_answer(struct call *c, int64_t result);
/* Adds output bytes to an answer. */
void call_answer_bytes(struct call *c, unsigned arg, const void *data, size_t length);

/* Follower v's further calls, in the order they are added: after its own, or after the answer. */
struct order_call *call_add_order(struct call *c, unsigned v, int64_t nr);
/* ... a descriptor `fd` that stands for one only the leader has. */
void call_add_placeholder(struct call *c, unsigned v, int32_t fd, bool cloexec);
/*
 * Do the followers find each other and the monitor below /proc? Not after a
 * change of user or root: then the monitor hands over what they cannot open.
 */
bool call_followers_see_proc(const struct call *c);
/* ... a descriptor `fd` of the very object that the leader has at `fd`; flags as open(2) has them. */
void call_add_same_object(struct call *c, unsigned v, int32_t fd, uint64_t flags);

/*
 * The leader alone has made the descriptor `c->result`: it is a leader's in the
 * table (apply), and follower v holds a placeholder at its number (order).
 */
void call_made_fd_apply(struct call *c);
void call_made_fd_order(struct call *c, unsigned v);

/* ... a mapping of the monitor's `monitor_fd` as its call's result; `args` as mmap has them but for the
   descriptor. The call that maps. */
struct order_call *call_add_mapping(struct call *c, unsigned v, int monitor_fd, uint64_t open_flags,
				    const uint64_t args[6]);

/* Stops the run: "NAME (NR) is not supported yet: WHY". */
void call_unsupported(struct call *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
