# sqlite3 in WAL mode, which shares an index between processes in a mapped file; a database that is mapped itself.
sqlite3 wal.db "PRAGMA journal_mode=WAL; CREATE TABLE t(x INTEGER); INSERT INTO t VALUES (1), (2);"
sqlite3 wal.db "INSERT INTO t SELECT x + 10 FROM t; SELECT count(*), sum(x) FROM t; PRAGMA wal_checkpoint;"
{
	echo "PRAGMA mmap_size = 1000000;"
	seq 1 200 | sed 's/.*/INSERT INTO t VALUES (&);/'
	echo "SELECT count(*), sum(x) FROM t;"
} | sqlite3 wal.db

# The one that reads has its snapshot while the other writes: both have the index mapped.
mkfifo there back
{
	echo "BEGIN; SELECT count(*) FROM t;"
	echo ".shell echo go > there; read answer < back"
	echo "SELECT count(*) FROM t; COMMIT; SELECT count(*) FROM t;"
} > reader.sql
sqlite3 wal.db < reader.sql > reader.out &
read -r go < there
sqlite3 wal.db "INSERT INTO t VALUES (1000), (2000);"
echo "$go" > back
wait
cat reader.out

sqlite3 wal.db "SELECT count(*), sum(x) FROM t; PRAGMA integrity_check; PRAGMA journal_mode = DELETE;"
rm there back
