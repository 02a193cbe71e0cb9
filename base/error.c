/* Builds error messages in place, without allocating. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int code, const char *format, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, format);
	vsnprintf(err->message, sizeof(err->message), format, ap);
	va_end(ap);
	return code;
}

int error_prefix(struct error *err, const char *format, ...)
{
	char text[ERROR_MESSAGE_BYTES];
	size_t used;
	va_list ap;

	if (!err)
		return 0;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	used = strlen(text);
	snprintf(text + used, sizeof(text) - used, "%s", err->message);
	memcpy(err->message, text, sizeof(text));
	return err->code;
}
