# A shell script of the usual kind: pipes, subshells, here-documents, functions,
# redirections of every sort, temporary files, traps, job control, arithmetic.
set -eu
umask 022

count_words() {
	local total=0 word
	for word in "$@"; do
		total=$((total + ${#word}))
	done
	echo "$# words, $total letters"
}

cat > input <<END
alpha beta
gamma $((6 * 7)) delta
epsilon
END
cat <<'END' >> input
not expanded: $((6 * 7))
END

echo "lines: $(wc -l < input)"
count_words $(cat input)
(cd /usr && pwd && exit 3) || echo "subshell ended with $?"
sort input | tr a-z A-Z | sed 's/^/> /' | tee sorted | head -n 2
exec 5> by-number
echo "five" >&5
exec 5>&-
exec 6< input
read -r first <&6
read -r second <&6
exec 6<&-
echo "read: $first / $second"
{ echo out; echo err >&2; } 2> errors > output
cat errors output
temporary=$(mktemp)
echo "temporary" > "$temporary"
cat "$temporary"
rm "$temporary"
folder=$(mktemp -d)
touch "$folder/one" "$folder/two"
ls "$folder"
rm -r "$folder"
while read -r line; do
	case $line in
	alpha*) echo "first line" ;;
	*42*) echo "with a number" ;;
	*) echo "other" ;;
	esac
done < input
diff <(sort input) <(sort -r input | sort) && echo "same"
cat <<< "a here-string"
sleep 0.05 &
first_job=$!
(exit 7) &
second_job=$!
wait "$first_job"
wait "$second_job" || echo "job ended with $?"
trap 'echo "trapped"' USR1
kill -USR1 $$
trap 'echo "at exit: $?"' EXIT
bash -c 'kill -TERM $$' || echo "killed: $?"
{ bash -c 'kill -SEGV $$'; } 2> /dev/null || echo "killed: $?"
missing-command-of-this-name 2> /dev/null || echo "missing: $?"
/dev/null 2> /dev/null || echo "not executable: $?"
ls missing-file 2>&1 || echo "ls: $?"
yes | head -n 3
for i in {1..5}; do echo "$i"; done | xargs -n 2 echo
printf '%s\n' "${PIPESTATUS[*]}"
find . -type f | sort | xargs cat | wc -c
mkfifo pipe
echo "through the fifo" > pipe &
cat pipe
wait
echo "done" >&2
exit 5
