# Two writers at once on a write-ahead log: who finds what in the shared index decides on their calls.
sqlite3 wal.db "PRAGMA journal_mode=WAL; CREATE TABLE t(x INTEGER);"
writer() {
	for i in 1 2 3 4 5; do
		sqlite3 -cmd ".timeout 60000" wal.db "INSERT INTO t VALUES ($1 * $i);"
	done
}
writer 7 &
writer 11 &
wait
sqlite3 wal.db "SELECT count(*), sum(x) FROM t; PRAGMA integrity_check; PRAGMA journal_mode = DELETE;"
rm wal.db
