#!/bin/sh
# A variant that finds the monitor and opens its memory is stopped before it can write there.
#   monitor_memory.sh MONITOR
set -u
# The list of all processes does not have the monitor, but its number is a little below.
look='n=$(($$ - 400)); while [ $n -lt $$ ]; do
	n=$((n + 1))
	read -r name < /proc/$n/comm || continue
	[ "$name" != mvx-monitor ] || : 3<> /proc/$n/mem && continue
done 2> /dev/null; echo "went on"'
out=$("$1" -n 2 -o none sh -c "$look" 2>&1)
status=$?
echo "$out"
[ $status = 125 ] || { echo "status $status instead of 125"; exit 1; }
case $out in
*"went on"*) exit 1 ;;
*"the program reached for the monitor: it opened /proc/"*"/mem"*) exit 0 ;;
esac
exit 1
