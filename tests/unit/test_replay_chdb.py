#!/usr/bin/python3
"""Raw traces, read by the current ClickHouse as file('*.mvx.zst', 'Protobuf'), as export --to=clickhouse-ddl says.

The engine is the npm package chdb, where node finds it (NODE_PATH=FOLDER/node_modules); it is half a gigabyte,
so nothing installs it. Skipped (77) without it. What it answers to each question must be what SQLite answers.

Usage: test_replay_chdb.py MVX_REPLAY MAKE_TRACE TRACE_PROTO
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

REPLAY, MAKE_TRACE, TRACE_PROTO = map(os.path.abspath, sys.argv[1:4])
TRACES = {
    "plain": ("-n", "20000", "-t", "3", "-b"),
    "diverged": ("-n", "900", "-d", "300", "-s", "50", "-v", "3"),
    "hostile": ("-n", "200", "-d", "100", "-s", "20", "-x"),
}
# SQLite's question of one trace, ClickHouse's of all: its columns begin with the file's name.
QUESTIONS = (
    ("SELECT nr, count(*), max(step), sum(ticket) FROM step GROUP BY nr",
     "SELECT _file, step.nr, count(), max(step.step), sum(step.ticket) FROM {} WHERE step.step > 0 GROUP BY 1, 2"),
    ("SELECT task, count(*) FROM step GROUP BY task",
     "SELECT _file, step.task, count() FROM {} WHERE step.step > 0 GROUP BY 1, 2"),
    ("SELECT signo, count(*), sum(delay_ns) FROM signal GROUP BY signo",
     "SELECT _file, signal.signo, count(), sum(signal.delivered_ns - signal.first_ns) FROM {} "
     "WHERE signal.signo > 0 GROUP BY 1, 2"),
    ("SELECT step, hex(summary) FROM divergence",
     "SELECT _file, divergence.step, hex(divergence.summary) FROM {} WHERE divergence.step > 0"),
)
SCRIPT = """
const { query } = require("chdb");
for (const sql of JSON.parse(process.argv[1]))
    console.log("[" + query(sql, "JSONCompactEachRow").trim().split("\\n").filter(line => line).join(",") + "]");
"""


def plain(rows):
    """64-bit integers come as text."""
    return sorted([str(cell) for cell in row] for row in rows)


def main():
    node = shutil.which("node")
    if not node or subprocess.run([node, "-e", "require('chdb')"], capture_output=True, check=False).returncode:
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(TRACE_PROTO, os.path.join(folder, "trace.proto"))
        for name, options in TRACES.items():
            subprocess.run([MAKE_TRACE, "-o", os.path.join(folder, name + ".mvx.zst"), *options], check=True)
        asked = [theirs.format("file('*.mvx.zst', 'Protobuf')") + " SETTINGS format_schema = 'trace.proto:Record'"
                 for _, theirs in QUESTIONS]
        done = subprocess.run([node, "-e", SCRIPT, json.dumps(asked)], cwd=folder, capture_output=True, text=True,
                              timeout=600, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        wrong = 0
        for (ours, theirs), line in zip(QUESTIONS, done.stdout.splitlines(), strict=True):
            want = []
            for name in TRACES:
                rows = subprocess.run([REPLAY, "query", os.path.join(folder, name + ".mvx.zst"), ours, "-F", "json"],
                                      check=True, capture_output=True).stdout
                want += [[name + ".mvx.zst", *row.values()] for row in json.loads(rows)]
            if plain(json.loads(line)) != plain(want):
                print(f"{theirs}\n  SQLite:     {plain(want)}\n  ClickHouse: {plain(json.loads(line))}")
                wrong += 1
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
