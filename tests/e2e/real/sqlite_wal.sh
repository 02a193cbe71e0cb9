# A write-ahead log: its index is a file mapped shared and writable, here by several processes in turn and at once.
sqlite3 data.db 'pragma journal_mode = wal; create table t (a integer primary key, b text);'
seq 1 2000 | sed "s/.*/insert into t values (&, 'row &');/" | sed '1i begin;' | sed '$a commit;' | sqlite3 data.db
sqlite3 data.db 'select count(*), sum(a) from t; pragma wal_checkpoint(truncate);'
(
	echo "begin; insert into t values (100000, 'not yet there');"
	echo ".shell sqlite3 data.db 'select count(*) from t;'"
	echo "commit;"
	echo ".shell sqlite3 data.db 'select count(*) from t;'"
) | sqlite3 data.db
sqlite3 data.db 'pragma integrity_check; delete from t where a % 2; vacuum; select count(*) from t; pragma journal_mode = delete;'
ls
