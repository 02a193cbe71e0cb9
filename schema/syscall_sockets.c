/*
 * Shows socket addresses by family, option values by level and option, and
 * control messages by type. All of it may be short or hostile.
 */
#include "schema/syscall_sockets.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "schema/syscall_flags.h"
#include "schema/syscall_names.h"

/* struct cmsghdr: length, level, type; what follows is aligned to 8 (cmsg(3)) */
#define CONTROL_HEAD_BYTES  16
#define CONTROL_ALIGN_BYTES 8
/* Descriptors and messages shown before "...". */
#define ELEMENTS_SHOWN 32

/* Socket addresses, by family; `data` starts at the family and has at least two bytes. */

static void put_sockaddr_unix(struct decode_text *t, const struct decode_view *view)
{
	const uint8_t *path = view->data + 2;
	size_t length = view->length - 2;

	if (!length)
		return;
	if (path[0]) {
		length = strnlen((const char *)path, length);
		decode_put(t, ", sun_path=");
	} else {
		decode_put(t, ", sun_path=@");
		path++;
		length--;
	}
	decode_put_quoted(t, path, length, length, length);
}

static void put_sockaddr_inet(struct decode_text *t, const struct decode_view *view)
{
	char text[INET_ADDRSTRLEN] = "?";

	if (view->length < 8)
		return;
	inet_ntop(AF_INET, view->data + 4, text, sizeof(text));
	decode_putf(t, ", sin_port=htons(%u), sin_addr=inet_addr(\"%s\")",
		    (unsigned)view->data[2] << 8 | view->data[3], text);
}

static void put_sockaddr_inet6(struct decode_text *t, const struct decode_view *view)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (view->length < 24)
		return;
	inet_ntop(AF_INET6, view->data + 8, text, sizeof(text));
	decode_putf(
		t,
		", sin6_port=htons(%u), sin6_flowinfo=htonl(%u), inet_pton(AF_INET6, \"%s\", &sin6_addr)",
		(unsigned)view->data[2] << 8 | view->data[3],
		ntohl((uint32_t)decode_load(view->data + 4, 4)), text);
	if (view->length >= 28)
		decode_putf(t, ", sin6_scope_id=%u", (unsigned)decode_load(view->data + 24, 4));
}

static void put_sockaddr_netlink(struct decode_text *t, const struct decode_view *view)
{
	if (view->length >= 12)
		decode_putf(t, ", nl_pid=%u, nl_groups=%08x",
			    (unsigned)decode_load(view->data + 4, 4),
			    (unsigned)decode_load(view->data + 8, 4));
}

bool decode_put_sockaddr(struct decode_text *t, const struct decode_view *view)
{
	uint64_t family;

	if (view->length < 2)
		return false;
	family = decode_load(view->data, 2);
	decode_put(t, "{sa_family=");
	decode_put_flags(t, FORMAT_SOCKET_DOMAIN, family);
	if (family == AF_UNIX) {
		put_sockaddr_unix(t, view);
	} else if (family == AF_INET) {
		put_sockaddr_inet(t, view);
	} else if (family == AF_INET6) {
		put_sockaddr_inet6(t, view);
	} else if (family == AF_NETLINK) {
		put_sockaddr_netlink(t, view);
	} else if (view->length > 2) {
		decode_put(t, ", sa_data=");
		decode_put_quoted(t, view->data + 2, view->length - 2, view->length - 2,
				  view->string_bytes);
	}
	decode_put(t, "}");
	return true;
}

/* Options */

/* Which numbers mean what, by level; SOL_SOCKET's are those of a row. */
static const struct level {
	int level;
	enum flag_set options;
} levels[] = {
	{ IPPROTO_IP, FLAGS_IP_OPTION },       { IPPROTO_IPV6, FLAGS_IPV6_OPTION },
	{ IPPROTO_TCP, FLAGS_TCP_OPTION },     { IPPROTO_UDP, FLAGS_UDP_OPTION },
	{ SOL_NETLINK, FLAGS_NETLINK_OPTION }, { SOL_PACKET, FLAGS_PACKET_OPTION },
};

void decode_put_socket_option(struct decode_text *t, int level, int option)
{
	if (level == SOL_SOCKET) {
		decode_put_flags(t, FORMAT_SOCKET_OPTION, (uint32_t)option);
		return;
	}
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (levels[i].level == level) {
			decode_put_flag_set(t, levels[i].options, (uint32_t)option);
			return;
		}
	}
	decode_put_signed(t, option);
}

static void put_linger(struct decode_text *t, const uint8_t *data)
{
	decode_putf(t, "{l_onoff=%d, l_linger=%d}", (int)decode_load(data, 4),
		    (int)decode_load(data + 4, 4));
}

static void put_credentials(struct decode_text *t, const uint8_t *data)
{
	decode_putf(t, "{pid=%d, uid=%u, gid=%u}", (int)decode_load(data, 4),
		    (unsigned)decode_load(data + 4, 4), (unsigned)decode_load(data + 8, 4));
}

static void put_timeout(struct decode_text *t, const uint8_t *data)
{
	decode_putf(t, "{tv_sec=%lld, tv_usec=%lld}", (long long)decode_load(data, 8),
		    (long long)decode_load(data + 8, 8));
}

static void put_error(struct decode_text *t, const uint8_t *data)
{
	int number = (int)decode_load(data, 4);
	const char *name = number > 0 ? errno_name_find(number) : NULL;

	if (name)
		decode_putf(t, "[%s]", name);
	else
		decode_putf(t, "[%d]", number);
}

static void put_inet(struct decode_text *t, const char *name, const uint8_t *data)
{
	char text[INET_ADDRSTRLEN] = "?";

	inet_ntop(AF_INET, data, text, sizeof(text));
	decode_putf(t, "%s=inet_addr(\"%s\")", name, text);
}

static void put_membership(struct decode_text *t, const uint8_t *data)
{
	put_inet(t, "{imr_multiaddr", data);
	put_inet(t, ", imr_interface", data + 4);
	decode_put(t, "}");
}

/* Values that are neither an int nor mere bytes. */
static const struct value {
	int level;
	int option;
	size_t bytes; /* at least */
	void (*put)(struct decode_text *t, const uint8_t *data);
} values[] = {
	{ SOL_SOCKET, SO_LINGER, 8, put_linger },
	{ SOL_SOCKET, SO_PEERCRED, 12, put_credentials },
	{ SOL_SOCKET, SO_RCVTIMEO, 16, put_timeout },
	{ SOL_SOCKET, SO_SNDTIMEO, 16, put_timeout },
	{ SOL_SOCKET, SO_ERROR, 4, put_error },
	{ IPPROTO_IP, IP_ADD_MEMBERSHIP, 8, put_membership },
	{ IPPROTO_IP, IP_DROP_MEMBERSHIP, 8, put_membership },
};

void decode_put_socket_value(struct decode_text *t, int level, int option,
			     const struct decode_view *view)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct value *v = &values[i];

		if (v->level == level && v->option == option && view->length >= v->bytes) {
			v->put(t, view->data);
			return;
		}
	}
	if (view->length == 4 && view->full_length == 4)
		decode_putf(t, "[%d]", (int)decode_load(view->data, 4));
	else
		decode_put_quoted(t, view->data, view->length, view->full_length,
				  view->string_bytes);
}

void decode_put_socket_protocol(struct decode_text *t, int domain, uint32_t protocol)
{
	if (domain == AF_INET || domain == AF_INET6)
		decode_put_flags(t, FORMAT_SOCKET_PROTOCOL, protocol);
	else if (domain == AF_NETLINK)
		decode_put_flag_set(t, FLAGS_NETLINK_PROTOCOL, protocol);
	else
		decode_putf(t, "%u", protocol);
}

/* Control messages */

static void put_descriptors(struct decode_text *t, const uint8_t *data, size_t length)
{
	decode_put(t, "[");
	for (size_t i = 0; i < length / 4; i++) {
		if (i == ELEMENTS_SHOWN) {
			decode_put(t, ", ...");
			break;
		}
		decode_putf(t, i ? ", %d" : "%d", (int)decode_load(data + 4 * i, 4));
	}
	decode_put(t, "]");
}

static void put_control_data(struct decode_text *t, int level, int type, const uint8_t *data,
			     size_t length, uint64_t full_length, size_t string_bytes)
{
	bool is_socket = level == SOL_SOCKET;

	if (is_socket && type == SCM_RIGHTS && length == full_length)
		put_descriptors(t, data, length);
	else if (is_socket && type == SCM_CREDENTIALS && length >= 12)
		put_credentials(t, data);
	else
		decode_put_quoted(t, data, length, full_length, string_bytes);
}

static void put_control_message(struct decode_text *t, const struct decode_view *control, size_t at,
				uint64_t length)
{
	const uint8_t *data = control->data + at;
	size_t left = control->length - at, here = length < left ? (size_t)length : left;
	int level = (int)decode_load(data + 8, 4), type = (int)decode_load(data + 12, 4);

	decode_putf(t, "{cmsg_len=%llu, cmsg_level=", (unsigned long long)length);
	decode_put_flags(t, FORMAT_SOCKET_LEVEL, (uint32_t)level);
	decode_put(t, ", cmsg_type=");
	if (level == SOL_SOCKET)
		decode_put_flag_set(t, FLAGS_SCM_TYPE, (uint32_t)type);
	else
		decode_put_socket_option(t, level, type);
	if (length > CONTROL_HEAD_BYTES) {
		decode_put(t, ", cmsg_data=");
		put_control_data(t, level, type, data + CONTROL_HEAD_BYTES,
				 here - CONTROL_HEAD_BYTES, length - CONTROL_HEAD_BYTES,
				 control->string_bytes);
	}
	decode_put(t, "}");
}

/* The length that a message states; 0 where there is none that could be right. */
static uint64_t control_length(const struct decode_view *control, size_t at)
{
	uint64_t length;

	if (control->length - at < CONTROL_HEAD_BYTES)
		return 0;
	length = decode_load(control->data + at, 8);
	return length >= CONTROL_HEAD_BYTES && length <= control->full_length - at ? length : 0;
}

void decode_put_control(struct decode_text *t, const struct decode_view *view)
{
	const char *separator = "[";
	size_t at = 0;
	uint64_t length;

	for (unsigned n = 0; n < ELEMENTS_SHOWN && (length = control_length(view, at)); n++) {
		size_t left = view->length - at;

		decode_put(t, separator);
		put_control_message(t, view, at, length);
		if (length < left)
			length = (length + CONTROL_ALIGN_BYTES - 1) / CONTROL_ALIGN_BYTES *
				 CONTROL_ALIGN_BYTES;
		at += length < left ? (size_t)length : left;
		separator = ", ";
	}
	if (at < view->length || *separator == '[') {
		decode_put(t, separator);
		decode_put_quoted(t, view->data + at, view->length - at, view->full_length - at,
				  view->string_bytes);
	}
	decode_put(t, "]");
}

/* Network devices */

enum interface_member { MEMBER_INT, MEMBER_FLAGS, MEMBER_ADDRESS, MEMBER_NAME };

static const struct {
	uint32_t request;
	enum interface_member member;
	const char *name;
} interface_requests[] = {
	{ SIOCGIFNAME, MEMBER_NAME, "ifr_ifindex" },
	{ SIOCGIFINDEX, MEMBER_INT, "ifr_ifindex" },
	{ SIOCGIFFLAGS, MEMBER_FLAGS, "ifr_flags" },
	{ SIOCSIFFLAGS, MEMBER_FLAGS, "ifr_flags" },
	{ SIOCGIFADDR, MEMBER_ADDRESS, "ifr_addr" },
	{ SIOCGIFDSTADDR, MEMBER_ADDRESS, "ifr_dstaddr" },
	{ SIOCGIFBRDADDR, MEMBER_ADDRESS, "ifr_broadaddr" },
	{ SIOCGIFNETMASK, MEMBER_ADDRESS, "ifr_netmask" },
	{ SIOCGIFMTU, MEMBER_INT, "ifr_mtu" },
	{ SIOCGIFMETRIC, MEMBER_INT, "ifr_metric" },
	{ SIOCGIFTXQLEN, MEMBER_INT, "ifr_qlen" },
};

static void put_interface_name(struct decode_text *t, const struct decode_view *view)
{
	size_t room = view->length < IFNAMSIZ ? view->length : IFNAMSIZ;
	size_t length = strnlen((const char *)view->data, room);

	decode_put(t, "ifr_name=");
	decode_put_quoted(t, view->data, length, length, IFNAMSIZ);
}

static void put_interface_member(struct decode_text *t, const char *name,
				 enum interface_member member, const struct decode_view *view)
{
	struct decode_view address = { .data = view->data + IFNAMSIZ,
				       .length = view->length - IFNAMSIZ,
				       .full_length = view->length - IFNAMSIZ };

	decode_putf(t, "%s=", name);
	switch (member) {
	case MEMBER_NAME:
	case MEMBER_INT: decode_put_signed(t, (int)decode_load(address.data, 4)); break;
	case MEMBER_FLAGS:
		decode_put_flag_set(t, FLAGS_INTERFACE, decode_load(address.data, 2));
		break;
	case MEMBER_ADDRESS:
		address.length = address.length < 16 ? address.length : 16;
		decode_put_sockaddr(t, &address);
		break;
	}
}

void decode_put_interface(struct decode_text *t, uint32_t request, const struct decode_view *view)
{
	size_t count = sizeof(interface_requests) / sizeof(interface_requests[0]), i = 0;

	while (i < count && interface_requests[i].request != request)
		i++;
	decode_put(t, "{");
	if (i == count || view->length < IFNAMSIZ + 4) {
		put_interface_name(t, view);
	} else if (interface_requests[i].member == MEMBER_NAME) {
		put_interface_member(t, interface_requests[i].name, MEMBER_NAME, view);
		decode_put(t, ", ");
		put_interface_name(t, view);
	} else {
		put_interface_name(t, view);
		decode_put(t, ", ");
		put_interface_member(t, interface_requests[i].name, interface_requests[i].member,
				     view);
	}
	decode_put(t, "}");
}
