#!/bin/sh
# compile.sh ARCHIVE COMPILER FLAG... -- SOURCE...: an archive of the sources as a
# fuzzer wants them, so that all targets have it from one compilation.
set -eu
archive=$1
compiler=$2
shift 2
flags=
while [ "$1" != -- ]; do
	flags="$flags $1"
	shift
done
shift
objects=$archive.p
rm -rf "$archive" "$objects"
mkdir "$objects"
for source; do
	case $source in
	*.c) $compiler $flags -c "$source" -o "$objects/$(echo "$source" | tr ./ __).o" ;;
	esac
done
ar -rcs "$archive" "$objects"/*.o
