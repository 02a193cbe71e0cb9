/*
 * Fuzz target: seccomp filters. The first bytes are the call, the others a
 * program; what the checks let pass must run to its end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "monitor/filter_bpf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seccomp_data call;
	struct sock_filter *code;
	size_t length;

	if (size < sizeof(call))
		return 0;
	memcpy(&call, data, sizeof(call));
	length = (size - sizeof(call)) / sizeof(*code);
	/* Exactly as large as it is: what lies behind shows. */
	code = malloc(length * sizeof(*code));
	CHECK(code || !length);
	memcpy(code, data + sizeof(call), length * sizeof(*code));
	if (filter_is_valid(code, length)) {
		uint32_t first = filter_run(code, length, &call);

		CHECK(filter_run(code, length, &call) == first);
		CHECK(filter_stricter(first, SECCOMP_RET_ALLOW) == first ||
		      (first & SECCOMP_RET_ACTION_FULL) > SECCOMP_RET_ALLOW);
	}
	free(code);
	return 0;
}
