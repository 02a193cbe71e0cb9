#!/bin/sh
# embed_queries.sh FILE.sql...: prints C source with saved_queries (analysis/saved.h).
# The first line of a file is a comment that says what it asks; other than that it is SQL.
set -eu
words=list rows=
echo '#include "analysis/saved.h"'
for file; do
	name=$(basename "$file" .sql)
	text=$(sed -n '1s/^-- //p' "$file")
	case $name:$text in
	list:* | *: | *[\"\\]*)
		echo "$file: the first line must be a comment, without quotes; and list is no name" >&2
		exit 1
		;;
	esac
	variable=sql_$(echo "$name" | tr - _)
	echo "static const char $variable[] = {"
	od -An -v -tu1 "$file" | sed 's/\([0-9][0-9]*\)/\1,/g'
	echo "0 };"
	words="$words $name"
	rows="$rows	{ \"$name\", \"$text\", $variable },
"
done
echo "const struct saved_query saved_queries[] = {"
printf '%s' "$rows"
echo "	{ 0, 0, 0 },"
echo "};"
echo "const char saved_query_words[] = \"$words\";"
