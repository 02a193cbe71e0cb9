/* Shows what goes with sockets: addresses, options and their values, control messages. */
#pragma once

#include "schema/decode_text.h"
#include "schema/syscall_structs.h"

/* struct sockaddr; false when there is not even a family. */
bool decode_put_sockaddr(struct decode_text *t, const struct decode_view *view);
/* The name of an option, whose number means something at its level only. */
void decode_put_socket_option(struct decode_text *t, int level, int option);
/* An option's value. */
void decode_put_socket_value(struct decode_text *t, int level, int option,
			     const struct decode_view *view);
/* socket's third argument. */
void decode_put_socket_protocol(struct decode_text *t, int domain, uint32_t protocol);
/* Control messages, one behind the other: [{cmsg_len=20, cmsg_level=SOL_SOCKET, ...}]. */
void decode_put_control(struct decode_text *t, const struct decode_view *view);
/* struct ifreq, of which a request makes one member mean something (netdevice(7)). */
void decode_put_interface(struct decode_text *t, uint32_t request, const struct decode_view *view);
