# ed, jq, awk that reads from commands, sort with temporary files, split, tee, paste, tr, od.
command -v ed > /dev/null && command -v jq > /dev/null || exit 77
seq 1 30000 | awk '{ print ($1 * 7919) % 30011 }' > numbers
printf '1,3d\n/77/s/7/seven/g\n$a\nlast\n.\nw edited\nq\n' | ed -s numbers
head -n 3 edited; tail -n 1 edited; grep seven edited
echo '{"a": [1, 2, {"b": "text"}], "c": null}' | jq -c '.a[2].b, (.a[:2] | add), keys'
seq 1 5 | jq -s 'map(. * .)' -c
jq . /dev/null < /dev/null && echo '{' | jq . 2> /dev/null || echo "jq: $?"
gawk 'BEGIN {
	while (("seq 1 3 | sort -r" | getline line) > 0) print "read", line
	close("seq 1 3 | sort -r")
	"date -u -d @0 +%F" | getline day; print day
	print "to a command" | "tr a-z A-Z"; close("tr a-z A-Z")
	cat = "cat"; print "there and back" |& cat; close(cat, "to"); cat |& getline line; print line
	print toupper(substr("gawk", 1, 2)), strftime("%Y", 0, 1), system("exit 3")
}'
sort -n --parallel=1 -S 32k -T . numbers | md5sum
sort -n --parallel=1 -u -o sorted numbers && sort -c -n sorted && wc -l sorted
split -l 10000 numbers part. && wc -l part.* && cat part.* | cmp - numbers
echo several | tee one two three | tr a-z A-Z
paste -d: one two three
od -A d -t x1z -N 32 /bin/true | head -n 1 | cut -c 1-30
printf '%s\n' b a c | shuf --random-source=/bin/true
seq 1 100 | sed -n '$!{h;d};H;x;s/\n/ /p'
fold -w 20 /usr/include/limits.h | tail -n 2
nl -ba one | expand | rev
