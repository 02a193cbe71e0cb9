#!/usr/bin/python3
"""mvx-replay diff and show --canon on made traces: statuses, holes, hostile bytes, formats, memory.

Usage: test_replay_diff.py MVX_REPLAY MAKE_TRACE
"""
import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import unittest

REPLAY, MAKE_TRACE = sys.argv[1:3]
# What may not reach a terminal: controls but newline, C1, bidi, bytes that are not UTF-8.
HARMFUL = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def run(*args):
    done = subprocess.run([REPLAY, *args], capture_output=True, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Traces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.made = {}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def make(self, *options):
        key = " ".join(options)
        if key not in self.made:
            path = os.path.join(self.folder.name, f"trace{len(self.made)}.mvx.zst")
            subprocess.run([MAKE_TRACE, "-o", path, *options], check=True)
            type(self).made[key] = path
        return self.made[key]

    def test_same(self):
        a, b = self.make("-n", "500", "-t", "3", "-b"), self.make("-n", "500", "-t", "3", "-b", "-s", "0")
        for level in ("effects", "calls", "args", "all"):
            status, out, err = run("diff", "--level", level, a, b)
            self.assertEqual((status, err), (0, ""))
            self.assertRegex(out, rf"^same: \d+ records in 3 tasks \(level {level}\)\n$")

    def test_differs(self):
        a, b = self.make("-n", "500", "-b"), self.make("-n", "510", "-b")
        status, out, err = run("diff", a, b)
        self.assertEqual((status, err), (1, ""))
        self.assertTrue(out.startswith(f"--- A {a}: "), out)
        self.assertRegex(out, r"(?m)^\+\+\+ B .*$")
        self.assertRegex(out, r"(?m)^  \+ #\d+ P0\.T0 ")
        self.assertRegex(out, r"\n\d+ findings?: .*\(level calls\)\n$")
        # and the other way round it is the same, said the other way round
        status, turned, _ = run("diff", b, a)
        self.assertEqual(status, 1)
        self.assertEqual(out.count("only in B: "), turned.count("only in A: "))
        self.assertGreater(out.count("only in B: "), 0)

    def test_formats(self):
        a, b = self.make("-n", "500", "-b"), self.make("-n", "510", "-b")
        columns = ["severity", "change", "finding", "places", "task", "step_a", "step_b", "text_a", "text_b"]
        status, out, _ = run("diff", "-F", "json", a, b)
        rows = json.loads(out)
        self.assertEqual((status, list(rows[0])), (1, columns))
        status, out, _ = run("diff", "-F", "csv", a, b)
        self.assertEqual((status, next(csv.reader(io.StringIO(out)))), (1, columns))
        self.assertEqual(len(list(csv.reader(io.StringIO(out)))), len(rows) + 1)
        status, out, _ = run("diff", "-F", "tsv", a, a)
        self.assertEqual((status, out), (0, "\t".join(columns) + "\n"))

    def test_wrong_words(self):
        trace = self.make("-n", "10")
        for words in (["diff", trace], ["diff", trace, "/nowhere"], ["diff", "--level=most", trace, trace],
                      ["diff", "-e", "trace=nothing", trace, trace], ["show", "--canon", trace, "#3"]):
            status, out, err = run(*words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertTrue(err.startswith("mvx-replay: "), err)

    def test_hole(self):
        """No end: what is there may be the same, and nobody can promise it."""
        a, b = self.make("-n", "500", "-u"), self.make("-n", "500")
        for pair in ((a, b), (b, a), (a, a)):
            status, _, err = run("diff", *pair)
            self.assertEqual(status, 3)
            self.assertIn(a, err)
        status, out, err = run("diff", "--allow-incomplete", a, a)
        self.assertEqual((status, err), (0, ""))
        self.assertTrue(out.startswith("same: "))

    def test_hostile(self):
        a, b = self.make("-n", "300", "-b"), self.make("-n", "300", "-b", "-x")
        for words in (["diff", a, b], ["diff", "--level=all", b, a], ["diff", "-F", "ndjson", a, b],
                      ["show", "--canon", "--level=all", b], ["diff", b, b]):
            status, out, _ = run(*words)
            self.assertIn(status, (0, 1))
            self.assertIsNone(HARMFUL.search(out), words)
        self.assertEqual(run("diff", a, b)[0], 1)

    def test_canon_is_what_is_compared(self):
        trace = self.make("-n", "500", "-t", "3", "-b")
        _, out, _ = run("show", "--canon", "--level=args", trace)
        _, same, _ = run("diff", "--level=args", trace, trace)
        self.assertEqual(f"same: {out.count(chr(10))} records", same[:same.index(" in ")])
        # names instead of numbers
        self.assertNotRegex(out, r"0x7f")

    def test_nothing_in_common(self):
        """Another million steps: bounded memory, and it says that it did not tell all."""
        with open(REPLAY, "rb") as file:
            if b"__asan_init" in file.read():
                self.skipTest("a sanitizer needs all the room there is")
        a, b = self.make("-n", "300000", "-b"), self.make("-n", "1", "-b")

        def limit():
            resource.setrlimit(resource.RLIMIT_DATA, (200 << 20, 200 << 20))

        done = subprocess.run([REPLAY, "diff", a, b], capture_output=True, text=True, timeout=120,
                              preexec_fn=limit)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, r"\d+ more records differ: too many to tell them all")

    def test_closed_output(self):
        done = subprocess.run(["bash", "-c", '"$@" | head -n 1; echo "${PIPESTATUS[0]}"', "bash", REPLAY, "show",
                               "--canon", self.make("-n", "20000", "-b")], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.splitlines()[-1], "141")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
