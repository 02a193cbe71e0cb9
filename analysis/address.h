/* Addresses of sockets as one writes them: 127.0.0.1:80, [::1]:80, unix:/run/x, unix:@name. */
#pragma once

#include "analysis/text.h"
#include "schema/trace_record.h"

/* Adds a struct sockaddr, escaped; one without bytes or of another family is left to the decoder. */
void text_add_address(struct text *t, const struct trace_blob *sockaddr);
