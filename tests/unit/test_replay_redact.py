#!/usr/bin/python3
"""mvx-replay redact: no secret is left anywhere, what is promised to stay stays, and traces can be compared.

Usage: test_replay_redact.py MVX_REPLAY MAKE_TRACE MVX_MONITOR MAKE_SECRETS
"""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from recording import skip_unless_possible  # noqa: E402

from test_replay_cli import REPLAY, Traces  # noqa: E402

MONITOR, MAKE_SECRETS = map(os.path.abspath, sys.argv[3:5])
SECRET = b"hunter2"


def run(*words, **more):
    done = subprocess.run([REPLAY, *words], capture_output=True, timeout=120, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def unpack(trace):
    """The protobuf stream, as any tool reads it."""
    return subprocess.run(["zstd", "-dcq", trace], check=True, capture_output=True, timeout=60).stdout


class Redacted(Traces):
    def redact(self, trace, *words, name="redacted.mvx.zst"):
        path = self.path(name)
        self.assertEqual(run("redact", "-f", "-o", path, *words, trace), (0, "", ""))
        status, out, err = run("verify", path)
        self.assertEqual((status, err), (0, ""), out)
        return path

    def secrets(self):
        path = self.path("secrets.mvx.zst")
        if not os.path.exists(path):
            out = subprocess.run([MAKE_SECRETS, path], check=True, capture_output=True, timeout=60).stdout
            type(self).places = out.split()
        return path

    def found(self, content):
        return [place for place in self.places if place in content]

    def show(self, trace, *words):
        return run("show", trace, *words)[1]

    @unittest.skipUnless(shutil.which("zstd"), "no zstd")
    def test_no_secret_is_left(self):
        trace = self.secrets()
        self.assertEqual(self.found(unpack(trace)), self.places)  # they are all there to be found
        self.assertGreater(len(self.places), 45)
        for words in ((), ("--payload=none",), ("--key=k",)):
            content = unpack(self.redact(trace, *words))
            self.assertEqual(self.found(content), [])
            self.assertFalse(SECRET in content)
            self.assertFalse(b"hunt" in content)
            with open(self.path("redacted.mvx.zst"), "rb") as file:
                self.assertFalse(SECRET in file.read())

    @unittest.skipUnless(shutil.which("zstd"), "no zstd")
    def test_what_was_asked_to_stay(self):
        trace = self.secrets()
        kept = self.found(unpack(self.redact(trace, "--paths=keep")))
        self.assertIn(b"hunter2-path", kept)
        for place in (b"env-name", b"argv0", b"argv1", b"read", b"write", b"xattr-value", b"exec-argv", b"excerpt",
                      b"symbol", b"option", b"host", b"mark", b"siginfo", b"registers"):
            self.assertNotIn(b"hunter2-" + place, kept)
        # what is asked never to stay does not, and the patterns are not told
        content = unpack(self.redact(trace, "--paths=keep", "--strings=hunt[e]r2", "--keep=.*nter2-p.*"))
        self.assertFalse(SECRET in content)
        self.assertFalse(b"hunt[e]r2" in content)
        self.assertTrue(b"hunter2-path" in unpack(self.redact(trace, "--keep=.*nter2-p.*")))
        # --keep is of whole words
        self.assertFalse(SECRET in unpack(self.redact(trace, "--keep=hunter2")))

    def test_what_stays(self):
        trace = self.make("-n", "3000", "-t", "3", "-b", "-d", "500", "-s", "100")
        path = self.redact(trace)
        columns = "step, task, task_seq, nr, name, time_ns, duration_ns, variants, verdict, result, errno"
        sql = f"SELECT {columns} FROM step"
        self.assertEqual(run("query", path, sql), run("query", trace, sql))
        sql = "SELECT step, arg, direction, full_length FROM buf WHERE arg = 1 AND step IN (SELECT step FROM step" \
              " WHERE name IN ('read', 'write'))"
        self.assertEqual(run("query", path, sql), run("query", trace, sql))
        self.assertEqual(run("query", path, "SELECT count(*) FROM buf WHERE length(data) AND step IN (SELECT step FROM"
                             " step WHERE name IN ('read', 'write'))")[1], "count(*)\n0\n")
        info = run("info", path)[1]
        self.assertRegex(info, r"made by +redact --payload=hash --paths=pseudonyms, of the trace with hash [0-9a-f]+\n")

    def test_paths(self):
        trace = self.make("-n", "300", "-b", "-x")
        self.assertIn('openat(AT_FDCWD, "/etc/passwd"', self.show(self.redact(self.make("-n", "300", "-b"))))
        path = self.redact(trace, "--key=one")
        out = self.show(path)
        name = re.search(r'openat\(AT_FDCWD, "([^"]*p-[0-9a-f]{10}[^"]*)"', out).group(1)
        status, only, _ = run("show", path, "-P", name)
        self.assertEqual(status, 0)
        self.assertEqual(set(re.findall(r'openat\(AT_FDCWD, "([^"]*)"', only)), {name})
        # the same key, the same names; another one, others
        self.assertEqual(self.show(self.redact(trace, "--key=one")), out)
        self.assertNotIn(name, self.show(self.redact(trace, "--key=two")))
        self.assertNotIn(name, self.show(self.redact(trace)))

    def test_compare(self):
        """With one key two redacted traces differ as the recorded ones do."""
        for other, same in ((("-n", "300", "-b", "-s", "0"), True), (("-n", "340", "-b"), False)):
            traces = [self.make("-n", "300", "-b"), self.make(*other)]
            made = [self.redact(trace, "--key=k", name=f"{i}.mvx.zst") for i, trace in enumerate(traces)]
            for level in ("effects", "calls"):
                status, out, _ = run("diff", "--level", level, *made)
                want, recorded, _ = run("diff", "--level", level, *traces)
                self.assertEqual((status, out.count("only in B")), (want, recorded.count("only in B")), level)
            self.assertEqual(want == 0, same)

    @unittest.skipUnless(shutil.which("zstd"), "no zstd")
    def test_recorded(self):
        """A program that has secrets everywhere, really run."""
        skip_unless_possible(MONITOR)
        trace = self.path("recorded.mvx.zst")
        script = "import os,socket,sys\n" \
                 "os.mkdir('hunter2-dir')\n" \
                 "f = open('hunter2-dir/hunter2-file', 'w'); f.write('hunter2-data'); f.close()\n" \
                 "os.symlink('hunter2-target', 'hunter2-link'); os.readlink('hunter2-link'); os.listdir('.')\n" \
                 "s = socket.socket(socket.AF_UNIX); s.bind('hunter2-socket')\n" \
                 "command = 'cat hunter2-dir/hunter2-file; echo $A'\n" \
                 "os.execve('/bin/sh', ['sh', '-c', command, 'hunter2-arg'], {'A': 'hunter2-env'})"
        folder = self.path("hunter2-cwd")
        os.mkdir(folder)
        subprocess.run([MONITOR, "-n", "2", "-o", trace, "--", "/usr/bin/python3", "-S", "-E", "-c", script],
                       check=True, cwd=folder, timeout=120,
                       env={"SECRET": "hunter2-environment", "PATH": "/usr/bin:/bin"},
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.assertTrue(SECRET in unpack(trace))
        self.assertFalse(SECRET in unpack(self.redact(trace)))

    def test_every_command_opens_it(self):
        for trace in (self.redact(self.secrets()), self.redact(self.make("-n", "3000", "-b", "-d", "500", "-x"))):
            for words in (["info"], ["show"], ["show", "--canon"], ["summary"], ["timeline"], ["export", "--to=chrome"],
                          ["verify"], ["repair", "-f", "-o", self.path("r")], ["load", "-f", "-o", self.path("db")],
                          ["diff", trace], ["slice", "-f", "-o", self.path("s")],
                          ["redact", "-f", "-o", self.path("t")]):
                self.assertEqual(run(*words, trace)[0], 0, words)
            # what is not there cannot be looked for, and that is told
            self.assertEqual(run("grep", "hello", trace)[0], 3)
            rows = json.loads(run("query", trace, "SELECT count(*) AS n FROM step", "-F", "json")[1])
            self.assertGreater(rows[0]["n"], 0)

    def test_slices(self):
        """The words that chose a slice may be secrets."""
        trace = self.make("-n", "300", "-b")
        self.assertEqual(run("slice", "-f", "-o", self.path("slice"), trace, "-P", "/etc/passwd")[0], 0)
        self.assertIn("-P /etc/passwd", run("info", self.path("slice"))[1])
        info = run("info", self.redact(self.path("slice")))[1]
        self.assertNotIn("-P /etc/passwd", info)
        self.assertRegex(info, r"made by +slice \(redacted\), steps \d+ to \d+")

    def test_refusals(self):
        trace = self.make("-n", "300", "-b")
        for words in ([trace], ["-o", trace, trace], ["-o", self.path("no"), "--payload=all", trace],
                      ["-o", self.path("no"), "--paths=no", trace], ["-o", self.path("no"), "--keep=[", trace],
                      ["-o", self.path("no"), "--strings=(", trace], ["-o", self.path("no"), "/etc/passwd"]):
            status, out, err = run("redact", *words)
            self.assertEqual((status, out, err.count("\n")), (2, "", 1), words)
            self.assertFalse(os.path.exists(self.path("no")))

    def test_incomplete(self):
        status, _, err = run("redact", "-f", "-o", self.path("no-end"), self.make("-n", "3000", "-b", "-u"))
        self.assertEqual((status, err.count("\n")), (3, 1))
        self.assertEqual(run("show", self.path("no-end"))[0], 3)

    def test_full_disk_leaves_nothing(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
        trace = self.make("-n", "60000", "-b")
        before = sorted(os.listdir(self.folder.name))
        status, out, err = run("redact", "-o", self.path("no"), trace, preexec_fn=limit)
        self.assertEqual((status, out, err.count("\n")), (2, "", 1), err)
        self.assertEqual(sorted(os.listdir(self.folder.name)), before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
