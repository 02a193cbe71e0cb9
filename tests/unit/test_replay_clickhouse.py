#!/usr/bin/python3
"""mvx-replay export --to=clickhouse-ddl, by ClickHouse itself: three traces through TSV, five questions, and what
SQLite answers to the same. Skipped (77) where there is no clickhouse-local.

Usage: test_replay_clickhouse.py MVX_REPLAY MAKE_TRACE
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

REPLAY, MAKE_TRACE = sys.argv[1:3]
TRACES = {
    "plain": ("-n", "5000", "-t", "3", "-b"),
    "diverged": ("-n", "900", "-d", "300", "-s", "50", "-v", "3"),
    "hostile": ("-n", "200", "-d", "100", "-s", "20", "-x"),
}
# For SQLite, one trace at a time; ClickHouse has all of them and is asked with its trace.
QUESTIONS = (
    "SELECT name, count(*) AS calls, count(errno) AS errors, sum(duration_ns) AS ns FROM step GROUP BY name ORDER BY name",
    "SELECT variant, min(a0) AS least, max(entry_ns) AS last FROM call GROUP BY variant ORDER BY variant",
    "SELECT divergence, step, kind, hex(summary) AS summary FROM divergence ORDER BY divergence",
    "SELECT step, hex(data) AS data FROM buf WHERE step < 30 ORDER BY step",
    "SELECT name, decision, count(*) AS signals, min(delay_ns) AS ns FROM signal GROUP BY name, decision ORDER BY name",
)


def find_clickhouse():
    for words in (["clickhouse-local"], ["clickhouse", "local"]):
        if shutil.which(words[0]):
            return words
    sys.exit(77)


def replay(*words):
    return subprocess.run([REPLAY, *words], check=True, capture_output=True, timeout=300).stdout.decode()


def main():
    clickhouse = find_clickhouse()
    ddl = replay("export", "--to=clickhouse-ddl")
    tables = re.findall(r"INSERT INTO mvx\.`(\w+)`", ddl)
    with tempfile.TemporaryDirectory() as folder:
        for name, options in TRACES.items():
            trace = os.path.join(folder, name + ".mvx.zst")
            subprocess.run([MAKE_TRACE, "-o", trace, *options], check=True)
            for table in tables:
                replay("export", "--to=tsv", "--table=" + table, "-o", os.path.join(folder, f"{name}.{table}.tsv"), trace)

        def ask(sql):
            done = subprocess.run([*clickhouse, "--path", os.path.join(folder, "db"), "--multiquery", "--query", sql],
                                  cwd=folder, capture_output=True, text=True, timeout=600)
            if done.returncode:
                sys.exit(f"{sql[:200]}: {done.stderr}")
            return [json.loads(line) for line in done.stdout.splitlines()]

        ask(ddl)
        wrong = 0
        for name in TRACES:
            for question in QUESTIONS:
                want = json.loads(replay("query", os.path.join(folder, name + ".mvx.zst"), question, "-F", "json"))
                theirs = re.sub(r" FROM (\w+)( WHERE)?",
                                lambda found: f" FROM mvx.`{found[1]}` WHERE trace = '{name}'" +
                                (" AND" if found[2] else ""), question)
                got = ask(theirs + " FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0")
                if got != want:
                    print(f"{name}: {question}\n  SQLite:     {want}\n  ClickHouse: {got}")
                    wrong += 1
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
