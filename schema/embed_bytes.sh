#!/bin/sh
# embed_bytes.sh FILE NAME: prints C source with the bytes of FILE as NAME and NAME_bytes.
set -eu
echo '#include "schema/trace_encode.h"'
echo "const uint8_t $2[] = {"
od -An -v -tu1 "$1" | sed 's/\([0-9][0-9]*\)/\1,/g'
echo "};"
echo "const size_t $2_bytes = sizeof($2);"
