#!/usr/bin/python3
"""The commands of mvx-replay that look into a trace: summary, grep, strings, stream.

Usage: test_replay_look.py MVX_REPLAY MAKE_TRACE MVX_MONITOR
"""
import csv
import io
import json
import os
import subprocess
import sys
import unittest

from test_replay_cli import HARMFUL, MAKE_TRACE, REPLAY, Traces, run, shell

MONITOR = sys.argv[3]
# bytes of memory that no answer about a trace of any length may need
MEMORY_BYTES = 64 << 20


class Looks(Traces):
    recorded = {}

    def record(self, program, *options, stdin=b""):
        """The trace of a program as two variants, made once."""
        key = (tuple(program), options)
        if key not in self.recorded:
            path = self.path(f"recorded{len(self.recorded)}.mvx.zst")
            done = subprocess.run([MONITOR, "-n", "2", "-o", path, *options, "--", *program], input=stdin,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder.name, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            type(self).recorded[key] = path
        return self.recorded[key]

    def sh(self, script, *options, stdin=b""):
        return self.record(["/bin/sh", "-c", script], *options, stdin=stdin)

    def python(self, script, *options):
        return self.record(["/usr/bin/python3", "-S", "-E", "-c", script], *options)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recorded = {}

    def answer(self, *words, status=0):
        got, out, err = run(*words)
        self.assertEqual(got, status, (words, out, err))
        if status != 3:
            self.assertEqual(err, "", words)
        return out

    def rows(self, *words, status=0):
        return json.loads(self.answer(*words, "-F", "json", status=status))

    def check_harmless(self, out):
        self.assertIsNone(HARMFUL.search(out.decode("utf-8")), out[:300])

    def memory(self, *words):
        """Peak resident bytes of one run, and its status."""
        process = subprocess.Popen([REPLAY, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_maxrss * 1024, process.returncode


class Summary(Looks):
    def test_by_syscall(self):
        trace = self.whole()
        rows = {row["syscall"]: row for row in self.rows("summary", trace)}
        for want in self.query(trace, "SELECT name, count(*) AS calls, count(errno) AS errors, "
                                      "sum(duration_ns) AS total_ns, sum(duration_ns) / count(*) AS average_ns, "
                                      "max(duration_ns) AS longest_ns FROM step GROUP BY name"):
            row = rows.pop(want.pop("name"))
            self.assertEqual({key: row[key] for key in want}, want)
            self.assertEqual(row["bytes"], row["calls"] * 6 if row["syscall"] in ("read", "write") else 0)
        self.assertEqual(rows, {})

    def test_order(self):
        trace = self.whole()
        for sort, column in (("calls", "calls"), ("errors", "errors"), ("time", "total_ns"), ("average", "average_ns"),
                             ("longest", "longest_ns"), ("bytes", "bytes")):
            values = [row[column] for row in self.rows("summary", trace, "--sort", sort)]
            self.assertEqual(values, sorted(values, reverse=True), sort)
        names = [row["syscall"] for row in self.rows("summary", trace, "--sort=name")]
        self.assertEqual(names, sorted(names))
        self.assertEqual(self.answer("summary", trace), self.answer("summary", trace, "--sort=time"))

    def test_by_others(self):
        trace = self.whole()
        self.assertEqual({row["task"]: row["calls"] for row in self.rows("summary", trace, "--by=task")},
                         {"P0.T1": 6667, "P0.T2": 6667, "P0.T0": 6666})
        errors = self.rows("summary", trace, "--by=errno", "--sort=name")
        self.assertEqual([(row["errno"], row["calls"] == row["errors"]) for row in errors],
                         [(None, False), ("ENOENT", True)])
        self.assertEqual([(row["variant"], row["calls"]) for row in self.rows("summary", trace, "--by=variant",
                                                                              "--sort=name")],
                         [(0, 20000), (1, 20000)])
        self.assertEqual(sum(row["calls"] for row in self.rows("summary", trace, "--variants=all")), 40000)

    def test_selected(self):
        trace = self.whole()
        self.assertEqual([(row["syscall"], row["calls"]) for row in self.rows("summary", trace, "1..7", "--sort=name")],
                         [("close", 1), ("getpid", 1), ("mmap", 1), ("openat", 2), ("read", 1), ("write", 1)])
        self.assertEqual([(row["syscall"], row["errors"]) for row in self.rows("summary", trace, "-Z", "1..70")],
                         [("openat", 10)])
        self.assertEqual({row["syscall"] for row in self.rows("summary", trace, "-e", "read,write")}, {"read", "write"})
        self.assertEqual([row["calls"] for row in self.rows("summary", trace, "12.v1")], [1])
        self.assertEqual({row["task"] for row in self.rows("summary", trace, "--by=task", "P0.T1")}, {"P0.T1"})
        self.assertEqual(self.rows("summary", trace, "-e", "fork", status=1), [])
        status, out, err = run("summary", trace, "P9.T9")
        self.assertEqual((status, out), (1, b""))
        self.assertIn("has no P9.T9", err)

    def test_table_has_a_total(self):
        lines = self.answer("summary", self.whole(), "-F", "table").decode().splitlines()
        self.assertEqual(lines[0].split(), "% time seconds us/call longest us calls errors bytes syscall".split())
        self.assertEqual(lines[-1].split()[0], "100.00")
        self.assertEqual(lines[-1].split()[-4:], ["20000", "2857", "34290", "total"])
        self.assertEqual(len(lines), 9)

    def test_files_of_a_program(self):
        trace = self.sh("echo hello >sum.txt; exec 7<sum.txt; read x <&7; cat <&7; echo more >>sum.txt; "
                        "cat sum.txt | cat; (exec 7<&-; : ) ")
        rows = {row["file"]: row for row in self.rows("summary", trace, "--by=file")}
        self.assertEqual(rows["sum.txt"]["bytes"], 6 + 6 + 5 + 11)
        pipe = [row for name, row in rows.items() if name.startswith("pipe2(") and name.endswith("(write end)")]
        self.assertEqual([row["bytes"] for row in pipe], [11])
        # inherited ones have the name they had
        self.assertTrue(any(name.startswith("pipe:") and row["bytes"] == 11 for name, row in rows.items()), rows)

    def test_gap_and_damage(self):
        cut = self.make("-n", "3000", "-u")
        status, out, err = run("summary", cut, "-F", "json")
        self.assertEqual((status, sum(row["calls"] for row in json.loads(out))), (3, 3000))
        self.assertIn("incomplete", err)
        self.assertEqual(run("summary", cut, "--allow-incomplete")[0::2], (0, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
