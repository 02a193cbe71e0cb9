#!/usr/bin/python3
"""mvx-replay check: goldens that hold, break, are new, stale, from another form; all reports.

Usage: test_replay_check.py MVX_REPLAY MAKE_TRACE
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

REPLAY, MAKE_TRACE = sys.argv[1:3]


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.goldens = self.path("goldens")
        os.mkdir(self.goldens)

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def make(self, name, *options):
        path = self.path(name + ".mvx.zst")
        if os.path.exists(path):
            os.unlink(path)
        subprocess.run([MAKE_TRACE, "-o", path, *options], check=True)
        return path

    def check(self, *words, status):
        done = subprocess.run([REPLAY, "check", "--golden", self.goldens, *words],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def accepted(self, *traces):
        self.check("--update", *traces, status=0)
        self.check("--accept", status=0)

    def golden(self, name):
        with open(os.path.join(self.goldens, name + ".golden")) as f:
            return f.read()

    def test_life_of_a_golden(self):
        a = self.make("a", "-n", "300", "-t", "3", "-b")
        self.assertEqual(self.check(a, status=0),
                         "SKIP a: there is no golden yet: --update writes one\n0 passed, 0 failed, 1 skipped\n")
        self.assertEqual(os.listdir(self.goldens), [])
        self.check("--update", a, status=0)
        self.assertEqual(os.listdir(self.goldens), ["a.golden.new"])
        self.check("--ci", a, status=1)
        self.assertEqual(self.check("--accept", status=0), f"accepted {self.goldens}/a.golden\n")
        self.assertEqual(os.listdir(self.goldens), ["a.golden"])
        self.assertEqual(self.check("--ci", a, status=0), "PASS a\n1 passed, 0 failed, 0 skipped\n")
        self.assertTrue(self.golden("a").startswith("# mvx golden, canonical form "))
        tasks = [line.split()[0] for line in self.golden("a").splitlines() if line[0] != "#"]
        self.assertEqual(tasks, sorted(tasks))

    def test_broken(self):
        a = self.make("a", "-n", "300", "-b")
        self.accepted(a)
        before = self.golden("a")
        a = self.make("a", "-n", "340", "-b")
        out = self.check(a, status=1)
        self.assertRegex(out, r"^FAIL a: \d+ lines? (is|are) not as in the golden\n  @@ line \d+")
        self.assertRegex(out, r"(?m)^  \+ P0\.T0 ")
        self.assertTrue(out.endswith("0 passed, 1 failed, 0 skipped\n"))
        self.check("--update", a, status=1)
        self.assertEqual(self.golden("a"), before)
        self.check("--accept", a, status=0)
        self.check(a, status=0)
        self.assertNotEqual(self.golden("a"), before)

    def test_update_takes_back(self):
        """What --update wrote for a run that is right again must not be accepted later."""
        good = self.make("a", "-n", "300", "-b")
        self.accepted(good)
        shutil.copy(good, self.path("kept"))
        self.check("--update", self.make("a", "-n", "340", "-b"), status=1)
        shutil.copy(self.path("kept"), good)
        self.check("--update", good, status=0)
        self.assertEqual(os.listdir(self.goldens), ["a.golden"])

    def test_stale(self):
        a, b = self.make("a", "-n", "30"), self.make("b", "-n", "30")
        self.accepted(a, b)
        self.check(a, status=0)
        self.assertIn("FAIL b: there is a golden and no trace of that name\n", self.check("--ci", a, status=1))

    def test_cannot(self):
        a = self.make("a", "-n", "30")
        self.accepted(a)
        self.check(self.path("none.mvx"), status=2)
        self.check(a, a, status=2)
        self.check("--update", "--ci", a, status=2)
        self.check(status=2)
        self.check("--report=most", a, status=2)
        with open(os.path.join(self.goldens, "a.golden"), "w") as f:
            f.write("something else\n")
        self.check(a, status=2)

    def test_other_form(self):
        a = self.make("a", "-n", "30")
        self.accepted(a)
        text = self.golden("a").split("\n", 1)[1]
        with open(os.path.join(self.goldens, "a.golden"), "w") as f:
            f.write("# mvx golden, canonical form 999\n" + text)
        self.assertIn("FAIL a: the golden has canonical form 999", self.check(a, status=1))

    def test_hole(self):
        a = self.make("a", "-n", "300", "-u")
        self.accepted("--allow-incomplete", a)
        self.check(a, status=3)
        self.check("--allow-incomplete", a, status=0)

    def test_reports(self):
        traces = [self.make(name, "-n", "300", "-b") for name in ("good", "bad<&\">", "new, #1")]
        self.accepted(*traces[:2])
        self.make("bad<&\">", "-n", "340", "-b")
        tap = self.check("--report=tap", *traces, status=1).splitlines()
        self.assertEqual(tap[:3], ["TAP version 13", "1..3", "ok 1 - good"])
        self.assertIn('not ok 2 - bad<&">', tap)
        self.assertIn("ok 3 - new, \\#1 # SKIP there is no golden yet: --update writes one", tap)
        self.assertEqual(tap[-1], "# 1 passed, 1 failed, 1 skipped")
        suite = xml.fromstring(self.check("--report=junit", *traces, status=1))
        self.assertEqual([suite.get(k) for k in ("tests", "failures", "skipped")], ["3", "1", "1"])
        failure = suite.findall("testcase")[1].find("failure")
        self.assertEqual(suite.findall("testcase")[1].get("name"), 'bad<&">')
        self.assertIn(failure.get("message"), failure.text)
        self.assertIn("+ P0.T0 ", failure.text)
        github = self.check("--report=github", *traces, status=1).splitlines()
        self.assertEqual(len(github), 2)
        self.assertTrue(github[0].startswith('::error title=bad<&">::'))
        self.assertIn("%0A", github[0])

    def test_at_most_ten_annotations(self):
        traces = [self.make(f"t{i}", "-n", "30") for i in range(12)]
        out = self.check("--ci", "--report=github", *traces, status=1)
        self.assertEqual(out.count("::error"), 10)
        self.assertTrue(out.endswith("0 passed, 12 failed, 0 skipped\n"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
