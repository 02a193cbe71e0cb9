/*
 * Names of flags and enumerations, by format: O_RDONLY|O_CLOEXEC. Bits and
 * values without a name are shown in hexadecimal.
 */
#pragma once

#include "schema/decode_text.h"
#include "schema/syscall_model.h"

/* Flags that stand in structures, or hang on a command: never in a row. */
enum flag_set {
	FLAGS_POLL_EVENTS,
	FLAGS_EPOLL_EVENTS,
	FLAGS_SIGACTION,
	FLAGS_SIGSTACK,
	FLAGS_LOCK_TYPE,
	FLAGS_RESOLVE,
	FLAGS_FD,
	FLAGS_FILE_TYPE,
	FLAGS_CLD_CODE,
	FLAGS_SI_CODE,
	FLAGS_ILL_CODE,
	FLAGS_FPE_CODE,
	FLAGS_SEGV_CODE,
	FLAGS_BUS_CODE,
	FLAGS_TRAP_CODE,
	FLAGS_POLL_CODE,
	FLAGS_SYS_CODE,
	FLAGS_SIGEV_NOTIFY,
	FLAGS_SEAL,
	FLAGS_NOTIFY,
	FLAGS_OWNER_TYPE,
	FLAGS_STATX_ATTRIBUTE,
	FLAGS_FILE_SYSTEM,
	FLAGS_MOUNT_STATE,
	FLAGS_MODE,
	FLAGS_INPUT_MODE,
	FLAGS_OUTPUT_MODE,
	FLAGS_CONTROL_MODE,
	FLAGS_LOCAL_MODE,
	FLAGS_FLUSH_QUEUE,
	FLAGS_FLOW_ACTION,
	FLAGS_IP_OPTION,
	FLAGS_IPV6_OPTION,
	FLAGS_TCP_OPTION,
	FLAGS_UDP_OPTION,
	FLAGS_NETLINK_OPTION,
	FLAGS_PACKET_OPTION,
	FLAGS_NETLINK_PROTOCOL,
	FLAGS_SCM_TYPE,
	FLAGS_INTERFACE,
	FLAGS_INODE,
	FLAGS_SEM_OP,
	FLAGS_CAPABILITY,
	FLAGS_CAPABILITY_VERSION,
	FLAGS_AMBIENT,
	FLAGS_DUMPABLE,
	FLAGS_TSC,
	FLAGS_SECUREBITS,
	FLAGS_VMA,
	FLAGS_MCE,
	FLAGS_SET_COUNT
};

/* Does this format name flags or values? FORMAT_HEX counts. */
bool format_is_flags(enum arg_format format);

/* The name of a value; NULL when it has none, or the format is one of flags. */
const char *decode_value_name_find(enum arg_format format, uint64_t value);

/* Writes the names of a value; a format that names nothing gives hexadecimal. */
void decode_put_flags(struct decode_text *t, enum arg_format format, uint64_t value);
void decode_put_flag_set(struct decode_text *t, enum flag_set set, uint64_t value);
/* S_IFREG|0644 */
void decode_put_file_mode(struct decode_text *t, uint32_t mode);
/* SIGINT, or the number. */
void decode_put_signal(struct decode_text *t, int number);
