/* struct sockaddr, of whatever length a trace has it; see address.h. */
#include "analysis/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/bytes.h"
#include "schema/syscall_structs.h"

/* bytes of an address of a family this file does not know */
#define OTHER_BYTES 256

/* False when the bytes are too few. */
static bool add_inet(struct text *t, struct bytes *left, bool six)
{
	uint8_t port[2], address[sizeof(struct in6_addr)];
	char host[INET6_ADDRSTRLEN];

	bytes_copy(left, port, sizeof(port));
	if (six)
		bytes_u32(left); /* sin6_flowinfo */
	bytes_copy(left, address, six ? sizeof(struct in6_addr) : sizeof(struct in_addr));
	if (left->failed)
		return false;
	inet_ntop(six ? AF_INET6 : AF_INET, address, host, sizeof(host));
	text_printf(t, six ? "[%s]:%u" : "%s:%u", host, (unsigned)port[0] << 8 | port[1]);
	return true;
}

/* A name that begins with a NUL is no path (unix(7)); one without bytes has none. */
static void add_unix(struct text *t, const struct bytes *left)
{
	const char *path = (const char *)left->at;

	text_add(t, "unix:");
	if (left->left && path[0]) {
		text_add_escaped(t, path, strnlen(path, left->left), ESCAPE_BACKSLASH);
	} else if (left->left) {
		text_add_char(t, '@');
		text_add_escaped(t, path + 1, left->left - 1, ESCAPE_BACKSLASH);
	}
}

/* True when the family is one that has a short form. */
static bool add_known(struct text *t, struct bytes *left, unsigned family)
{
	switch (family) {
	case AF_INET: return add_inet(t, left, false);
	case AF_INET6: return add_inet(t, left, true);
	case AF_UNIX: add_unix(t, left); return true;
	case AF_NETLINK: text_add(t, "netlink"); return true;
	}
	return false;
}

void text_add_address(struct text *t, const struct trace_blob *sockaddr)
{
	struct bytes left = bytes_make(sockaddr->data, sockaddr->length);
	char other[OTHER_BYTES];
	struct decode_text piece = decode_text_make(other, sizeof(other));
	struct decode_view view = { .data = sockaddr->data,
				    .length = sockaddr->length,
				    .full_length = sockaddr->length,
				    .string_bytes = 64 };
	uint8_t family[2];

	bytes_copy(&left, family, sizeof(family));
	if (left.failed || add_known(t, &left, (unsigned)family[0] | (unsigned)family[1] << 8))
		return;
	decode_put_struct(&piece, FORMAT_SOCKADDR, &view);
	text_add_bytes(t, other, decode_text_finish(&piece));
}
