/*
 * keyctl: keys and keyrings are the leader's, so its calls are the program's.
 * A table says what each operation's arguments are (keyctl(2), keyctl_*(3)).
 */
#include <linux/keyctl.h>

#include "monitor/call.h"

/* bytes: a page holds any type, description or information the kernel takes */
#define STRING_LIMIT 4096
#define DH_BYTES     12 /* struct keyctl_dh_params: three serial numbers */

enum key_argument {
	KEY_NOTHING = 0, /* not looked at */
	KEY_VALUE,
	KEY_STRING,
	KEY_BYTES,  /* input, as long as the next argument says */
	KEY_OUTPUT, /* room as the next argument says, filled as the result says */
	KEY_DH,
	KEY_NULL,     /* anything else here is not supported */
	KEY_ANYTHING, /* not supported */
};

static const uint8_t operations[][4] = {
	[KEYCTL_GET_KEYRING_ID] = { KEY_VALUE, KEY_VALUE },
	[KEYCTL_JOIN_SESSION_KEYRING] = { KEY_STRING },
	[KEYCTL_UPDATE] = { KEY_VALUE, KEY_BYTES, KEY_VALUE },
	[KEYCTL_REVOKE] = { KEY_VALUE },
	[KEYCTL_CHOWN] = { KEY_VALUE, KEY_VALUE, KEY_VALUE },
	[KEYCTL_SETPERM] = { KEY_VALUE, KEY_VALUE },
	[KEYCTL_DESCRIBE] = { KEY_VALUE, KEY_OUTPUT, KEY_VALUE },
	[KEYCTL_CLEAR] = { KEY_VALUE },
	[KEYCTL_LINK] = { KEY_VALUE, KEY_VALUE },
	[KEYCTL_UNLINK] = { KEY_VALUE, KEY_VALUE },
	[KEYCTL_SEARCH] = { KEY_VALUE, KEY_STRING, KEY_STRING, KEY_VALUE },
	[KEYCTL_READ] = { KEY_VALUE, KEY_OUTPUT, KEY_VALUE },
	[KEYCTL_INSTANTIATE] = { KEY_VALUE, KEY_BYTES, KEY_VALUE, KEY_VALUE },
	[KEYCTL_NEGATE] = { KEY_VALUE, KEY_VALUE, KEY_VALUE },
	[KEYCTL_SET_REQKEY_KEYRING] = { KEY_VALUE },
	[KEYCTL_SET_TIMEOUT] = { KEY_VALUE, KEY_VALUE },
	[KEYCTL_ASSUME_AUTHORITY] = { KEY_VALUE },
	[KEYCTL_GET_SECURITY] = { KEY_VALUE, KEY_OUTPUT, KEY_VALUE },
	[KEYCTL_SESSION_TO_PARENT] = { KEY_NOTHING },
	[KEYCTL_REJECT] = { KEY_VALUE, KEY_VALUE, KEY_VALUE, KEY_VALUE },
	[KEYCTL_INSTANTIATE_IOV] = { KEY_ANYTHING },
	[KEYCTL_INVALIDATE] = { KEY_VALUE },
	[KEYCTL_GET_PERSISTENT] = { KEY_VALUE, KEY_VALUE },
	[KEYCTL_DH_COMPUTE] = { KEY_DH, KEY_OUTPUT, KEY_VALUE, KEY_NULL },
	[KEYCTL_PKEY_QUERY] = { KEY_ANYTHING },
	[KEYCTL_PKEY_ENCRYPT] = { KEY_ANYTHING },
	[KEYCTL_PKEY_DECRYPT] = { KEY_ANYTHING },
	[KEYCTL_PKEY_SIGN] = { KEY_ANYTHING },
	[KEYCTL_PKEY_VERIFY] = { KEY_ANYTHING },
	[KEYCTL_RESTRICT_KEYRING] = { KEY_VALUE, KEY_STRING, KEY_STRING },
	[KEYCTL_MOVE] = { KEY_VALUE, KEY_VALUE, KEY_VALUE, KEY_VALUE },
	[KEYCTL_CAPABILITIES] = { KEY_OUTPUT, KEY_VALUE },
	[KEYCTL_WATCH_KEY] = { KEY_VALUE, KEY_VALUE, KEY_VALUE },
};

static const uint8_t *operation_find(uint64_t operation)
{
	static const uint8_t unknown[4] = { KEY_NOTHING };
	uint32_t number = (uint32_t)operation;

	return number < sizeof(operations) / sizeof(operations[0]) ? operations[number] : unknown;
}

static void gather_argument(struct gather *g, unsigned i, enum key_argument kind)
{
	uint64_t value = g->args[i];

	switch (kind) {
	case KEY_NOTHING:
	case KEY_ANYTHING:
	case KEY_OUTPUT: return;
	case KEY_VALUE: g->to->value_args |= (uint8_t)(1u << i); return;
	case KEY_STRING:
		if (value)
			gather_add_string(g, i, value, STRING_LIMIT);
		return;
	case KEY_BYTES:
		if (value)
			gather_add(g, i, PART_CONTENT, FORMAT_BYTES, value, g->args[i + 1]);
		return;
	case KEY_DH: gather_add(g, i, PART_CONTENT, FORMAT_BYTES, value, DH_BYTES); return;
	case KEY_NULL: return;
	}
}

static void keys_gather(struct gather *g)
{
	const uint8_t *kinds = operation_find(g->args[0]);

	for (unsigned i = 0; i < 4; i++)
		gather_argument(g, i + 1, (enum key_argument)kinds[i]);
}

/* A result longer than the room says only how much there would be. */
static void keys_gather_output(struct gather *g, int64_t result)
{
	const uint8_t *kinds = operation_find(g->args[0]);

	for (unsigned i = 0; i < 4; i++)
		if (kinds[i] == KEY_OUTPUT && g->args[i + 1] && result > 0 &&
		    (uint64_t)result <= g->args[i + 2])
			gather_add(g, i + 1, PART_CONTENT, FORMAT_BYTES, g->args[i + 1],
				   (size_t)result);
}

static void keys_decide(struct call *c)
{
	const uint8_t *kinds = operation_find(c->args[0]);

	for (unsigned i = 0; i < 4; i++)
		if (kinds[i] == KEY_ANYTHING || (kinds[i] == KEY_NULL && c->args[i + 1]))
			call_unsupported(c, "operation %d", (int)c->args[0]);
}

const struct call_ops calls_keys = {
	.gather = keys_gather,
	.gather_output = keys_gather_output,
	.decide = keys_decide,
};
