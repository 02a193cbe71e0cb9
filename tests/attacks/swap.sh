#!/bin/sh
# A sibling, thread or process, that changes a buffer between check and use gets nothing out that was not compared.
#   swap.sh MONITOR SWAP
set -u
for how in buffer vector messages process; do
	alone=$("$2" $how)
	[ "$alone" = changed ] || { echo "alone: $alone, so the test shows nothing"; exit 1; }
	for n in 2 3; do
		out=$("$1" -n $n -o none "$2" $how 2>&1)
		status=$?
		echo "$how, $n variants: $out"
		[ $status = 0 ] && [ "$out" = compared ] || { echo "status $status"; exit 1; }
	done
done
