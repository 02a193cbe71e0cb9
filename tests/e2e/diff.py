#!/usr/bin/python3
"""mvx-replay diff on recorded runs: a planted change is named, and the same is the same.

Usage: diff.py MVX_MONITOR MVX_REPLAY RELEASES [unittest's words]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

MONITOR, REPLAY, RELEASES = (os.path.abspath(path) for path in sys.argv[1:4])

# What the release does otherwise: severity, change, words of the finding; of each that there must be.
CHANGES = {
    "open": [("effect", "openat", "/etc/passwd becomes /etc/hostname")],
    "flag": [("behaviour", "openat loses O_CLOEXEC", "")],
    "byte": [("effect", "write", "13 bytes"), ],
    "content": [("effect", "write", "becomes 13 bytes")],
    "create-mode": [("effect", "openat", "0644 becomes 0666")],
    "fsync": [("effect", "only in A: fsync", "out")],
    "truncate": [("effect", "only in B: ftruncate", "3")],
    "save": [("effect", "write", "becomes 3 bytes")],
    "chmod": [("effect", "chmod", "0640 becomes 0600")],
    "rename": [("effect", "rename", "kept becomes $CWD/kept2")],
    "symlink": [("effect", "symlink", '"kept" becomes "kept2"')],
    "unlink": [("effect", "only in B: unlink", "link")],
    "mkdir": [("effect", "mkdir", "folder becomes $CWD/folder2")],
    "umask": [("effect", "umask", "022 becomes 000")],
    "port": [("effect", "connect", "127.0.0.1:7 becomes 127.0.0.1:9")],
    "host": [("effect", "connect", "127.0.0.1:7 becomes 127.0.0.2:7")],
    "mprotect": [("security", "only in B: mprotect", "PROT_READ|PROT_EXEC")],
    "setuid": [("security", "only in A: setuid", "")],
    "no-truncate": [("effect", "openat", "loses O_TRUNC")],
    "cut": [("effect", "write", "becomes 12 bytes")],
    "exclusive": [("effect", "openat", "loses O_EXCL")],
    "order-of-renames": [("order", "elsewhere: rename($CWD/", "")],
    "bind": [("effect", "bind", "127.83.72.11:7007 becomes 127.83.72.11:7008")],
    "message": [("effect", "sendmmsg", "becomes 127.0.0.1:7 7 bytes")],
    "message-port": [("effect", "sendmmsg", "127.0.0.1:7 6 bytes")],
    "handed": [("effect", "openat", "handed becomes $CWD/handed2")],
    "inherit": [("security", "execve", "keeps file:/etc/hosts#1")],
    "environment": [("security", "execve", '["no word"] becomes ["another"]')],
    "no-new-privs": [("security", "only in A: prctl", "PR_SET_NO_NEW_PRIVS")],
    "exec": [("security", "execve", "/bin/true becomes /bin/false"),
             ("effect", "ends", "exited with 0 becomes exited with 1")],
    "argv": [("security", "execve", '["child"] becomes ["infant"]')],
    "kill": [("effect", "only in B: kill", "SIGTERM"), ("effect", "ends", "killed by SIGTERM")],
    "exit": [("effect", "ends", "exited with 3 becomes exited with 4")],
}
# These show at the level of calls, and nobody outside would notice.
CALLS_ONLY = {
    "flag": CHANGES["flag"],
    "order": [("order", "elsewhere: access(/", "ENOENT")],
    "more": [("extra", "only in B: access(/third", "")],
}


class Runs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.recorded = {}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def record(self, name, release):
        """A run in a fresh folder that always has the same name."""
        work = os.path.join(self.folder.name, "work")
        trace = os.path.join(self.folder.name, name + ".mvx.zst")
        shutil.rmtree(work, ignore_errors=True)
        os.mkdir(work)
        environment = {**os.environ, "RELEASE": release,
                       "WORD": "another" if release == "environment" else "no word"}
        done = subprocess.run([MONITOR, "-n", "1", "-o", trace, "--", RELEASES], cwd=work, env=environment,
                              capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        self.assertLess(done.returncode, 120 if release != "kill" else 144, done.stderr)
        return trace

    def diff(self, *words, status):
        done = subprocess.run([REPLAY, "diff", *words], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def release(self, name):
        if name not in self.recorded:
            type(self).recorded[name] = self.record("release-" + name, name)
        return self.recorded[name]

    def check_named(self, name, wanted, *words):
        rows = json.loads(self.diff(*words, "-F", "json", self.release("first"), self.release(name),
                                    status=1))
        for severity, start, rest in wanted:
            found = [r for r in rows if r["severity"] == severity and
                     r["finding"].startswith(start) and rest in r["finding"]]
            self.assertEqual(len(found), 1, f"{name}: {start} .. {rest} in {rows}")
        return rows

    def test_releases_alike(self):
        again = self.record("release-again", "first")
        for level in ("effects", "calls"):
            self.diff("--level=" + level, self.release("first"), again, status=0)

    def test_pieces_of_a_stream(self):
        """The same bytes in other pieces are the same."""
        for level in ("effects", "calls"):
            self.diff("--level=" + level, self.release("first"), self.release("pieces"), status=0)

    def test_changes_are_named(self):
        for name, wanted in CHANGES.items():
            with self.subTest(release=name):
                self.check_named(name, wanted)
                if name in CALLS_ONLY:
                    continue
                rows = self.check_named(name, wanted, "--level=effects")
                text = self.diff("--level=effects", self.release("first"), self.release(name), status=1)
                for row in rows:
                    self.assertIn(f"{row['severity']}: {row['finding']}", text)

    def test_calls_without_effect(self):
        for name, wanted in CALLS_ONLY.items():
            with self.subTest(release=name):
                rows = self.check_named(name, wanted)
                self.assertEqual(len(rows), 1)
                self.diff("--level=effects", self.release("first"), self.release(name), status=0)

    def test_equal_changes_are_one_finding(self):
        rows = self.check_named("more", CALLS_ONLY["more"])
        self.assertEqual(rows[0]["places"], 37)
        text = self.diff(self.release("first"), self.release("more"), status=1)
        self.assertIn(", 37 places, first at #", text)
        self.assertTrue(text.endswith("1 finding: 1 extra (level calls)\n"), text)

    def test_missing_task(self):
        text = self.diff("--level=effects", self.release("first"), self.release("fork"), status=1)
        self.assertIn("security: only in A: execve(/bin/true", text)

    def test_one_child_more(self):
        """Those that follow have other creation paths, and are compared with themselves all the same."""
        rows = json.loads(self.diff("--level=effects", "-F", "json", self.release("first"),
                                    self.release("spawn"), status=1))
        self.assertEqual({row["change"] for row in rows}, {"extra"}, rows)
        self.assertEqual({row["task"] for row in rows}, {"P0.2.T0"})
        self.assertEqual(rows[0]["finding"], 'only in B: execve(/bin/true, ["one more"], environment) = 0')

    def test_handed_over(self):
        """A descriptor that came in a message is what was sent, whichever call is recorded first."""
        done = subprocess.run([REPLAY, "show", "--canon", "--level=effects", self.release("first")],
                              capture_output=True, text=True, timeout=60)
        self.assertRegex(done.stdout, r"(?m)^#\d+ P0\.1\.T0 writes\(file:\$CWD/handed, 13 bytes ")

    def test_places(self):
        """Where things lie in memory is told by name, the same in every run."""
        done = subprocess.run([REPLAY, "show", "--canon", "--level=args", self.release("first")],
                              capture_output=True, text=True, timeout=60)
        for words in (r"brk\(heap\) = heap", r"mprotect\(program\+0x[0-9a-f]+, ", r"mprotect\(ld\.so\+0x",
                      r"mprotect\(libc\.so\.6\+0x", r"set_tid_address\(anon#\d+\) = P0\.T0",
                      r"P0\.2\.T0 mprotect\(program, ", r"sendmmsg\(sock#1, 127\.0\.0\.1:7 6 bytes "):
            self.assertRegex(done.stdout, words)
        self.assertNotRegex(done.stdout, "0x[5-7][0-9a-f]{11}")

    def test_filter(self):
        first, chmod = self.release("first"), self.release("chmod")
        self.diff("-e", "trace=!chmod", first, chmod, status=0)
        self.assertIn("1 finding: 1 effect", self.diff("-e", "trace=chmod", first, chmod, status=1))

    def test_both_sides(self):
        text = self.diff(self.release("first"), self.release("chmod"), status=1)
        self.assertRegex(text, r"(?m)^  - #\d+ P0\.T0 chmod\(\$CWD/out, 0640\) = 0$")
        self.assertRegex(text, r"(?m)^  \+ #\d+ P0\.T0 chmod\(\$CWD/out, 0600\) = 0$")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
