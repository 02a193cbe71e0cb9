#!/usr/bin/python3
"""Each saved query, on made traces and on a recorded one: does it run, does it find what is there?

Usage: test_saved_queries.py MVX_REPLAY MAKE_TRACE MVX_MONITOR
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from recording import skip_unless_possible  # noqa: E402

REPLAY, MAKE_TRACE, MONITOR = map(os.path.abspath, sys.argv[1:4])
QUERIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "analysis", "queries")

# Does one thing for each query to find.
PROGRAM = r"""
import mmap, os, signal, socket, subprocess
signal.signal(signal.SIGUSR1, lambda *_: None)
os.kill(os.getpid(), signal.SIGUSR1)
with open("written.txt", "w") as out:
    out.write("some text")
with open("written.txt") as text:
    text.read()
os.rename("written.txt", "renamed.txt")
try:
    open("no such file")
except FileNotFoundError:
    pass
subprocess.run(["/bin/sh", "-c", "exit 7"])
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
"""


def run(*words):
    done = subprocess.run([REPLAY, "query", *words], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def names():
    return sorted(name[:-len(".sql")] for name in os.listdir(QUERIES))


class Saved(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def make(self, *options):
        path = self.path("made" + "".join(options) + ".mvx.zst")
        if not os.path.exists(path):
            subprocess.run([MAKE_TRACE, "-o", path, *options], check=True)
        return path

    def ask(self, trace, *words):
        status, out, err = run(trace, "-F", "json", *words)
        self.assertEqual((status, err), (0, ""), words)
        return json.loads(out)


class List(Saved):
    def test_all_are_listed_with_their_first_line(self):
        status, out, err = run("--saved=list", "-F", "json")
        self.assertEqual((status, err), (0, ""))
        rows = json.loads(out)
        self.assertEqual([row["query"] for row in rows], names())
        self.assertGreaterEqual(len(rows), 12)
        for row in rows:
            with open(os.path.join(QUERIES, row["query"] + ".sql"), encoding="utf-8") as sql:
                self.assertEqual(sql.readline(), f"-- {row['text']}\n")
        helped = subprocess.run([REPLAY, "help", "query"], capture_output=True, text=True, check=True).stdout
        for row in rows:
            self.assertIn(f"  {row['query']} ", helped)
            self.assertIn(row["text"], helped)

    def test_refusals(self):
        trace = self.make("-n", "5")
        for words in (["--saved", "nosuch", trace], ["--saved", "execs"], ["--saved", "execs", trace, "SELECT 1"],
                      ["--saved"], [], [trace], ["--saved", "", trace]):
            status, out, err = run(*words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertEqual(err.count("\n"), 1, err)

    def test_expectations(self):
        self.assertEqual(run("--saved=divergences", "--expect-empty", self.make("-n", "50", "-d", "40", "-b"))[0], 1)
        self.assertEqual(run("--saved=divergences", "--expect-empty", self.make("-n", "5"))[0], 0)


class Made(Saved):
    def test_every_query_runs_on_every_trace(self):
        for options in (["-n", "0"], ["-n", "5"], ["-n", "5", "-v", "1"], ["-n", "3000", "-t", "3", "-s", "100", "-b"],
                        ["-n", "300", "-d", "40", "-b", "-v", "3"], ["-n", "30", "-d", "20", "-x"]):
            for name in names():
                status, out, err = run("--saved", name, self.make(*options), "-F", "ndjson")
                self.assertEqual((status, err), (0, ""), (name, options))
                for line in out.splitlines():
                    self.assertFalse([key for key in json.loads(line) if ":" in key], name)

    def test_divergences(self):
        rows = self.ask(self.make("-n", "50", "-d", "40", "-b"), "--saved=divergences")
        self.assertEqual([(row["divergence"], row["step"], row["variant"], row["text"]) for row in rows],
                         [(1, 40, 0, 'write(1, "hello", 5)'), (1, 40, 1, 'write(1, "hellX", 5)')])

    def test_input_before_each_divergence(self):
        rows = self.ask(self.make("-n", "300", "-d", "40", "-b", "-v", "3"), "--saved=input-before-divergence")
        self.assertEqual({row["divergence"] for row in rows}, set(range(1, 8)))
        first = [row["step"] for row in rows if row["divergence"] == 1]
        # every seventh call reads
        self.assertEqual(first, [36, 29, 22, 15, 8, 1])
        self.assertEqual(len([row for row in rows if row["divergence"] == 7]), 10)
        self.assertEqual({(row["fd"], row["bytes"], row["input"]) for row in rows}, {(3, 6, "hello\\n")})

    def test_signals(self):
        rows = self.ask(self.make("-n", "3000", "-t", "3", "-s", "100", "-b"), "--saved=signals")
        self.assertEqual(len(rows), 30)
        self.assertEqual({(row["name"], row["decision"], row["delay_ns"]) for row in rows},
                         {("SIGALRM", "delivered", 500)})

    def test_totals(self):
        trace = self.make("-n", "3000", "-t", "3", "-s", "100", "-b")
        self.assertEqual(sum(row["calls"] for row in self.ask(trace, "--saved=syscall-summary")), 3000)
        rows = self.ask(trace, "--saved=failed-calls")
        failed = self.ask(trace, "SELECT count(*) AS n FROM step WHERE errno IS NOT NULL")[0]["n"]
        self.assertEqual([(row["name"], row["errno"], row["times"]) for row in rows], [("openat", "ENOENT", failed)])
        self.assertTrue(rows[0]["first"].startswith('openat(AT_FDCWD, "/etc/passwd'), rows)
        files = self.ask(trace, "--saved=files-opened")
        opens = self.ask(trace, "SELECT count(*) AS n FROM step WHERE name = 'openat'")[0]["n"]
        # make_trace keeps the NUL of a name, as the monitor does not
        self.assertEqual([(row["path"].rstrip("\0"), row["times"], row["failed"]) for row in files],
                         [("/etc/passwd", opens, failed)])
        slow = self.ask(trace, "--saved=slowest-calls")
        self.assertEqual([row["duration_ns"] for row in slow],
                         [row["duration_ns"] for row in
                          self.ask(trace, "SELECT duration_ns FROM step ORDER BY 1 DESC LIMIT 20")])
        # the second variant comes one nanosecond later, each time
        waiting = self.ask(trace, "--saved=waiting")
        self.assertEqual([(row["variant"], row["waited_ns"], row["came_last"], row["kept_waiting_ns"])
                          for row in waiting], [(0, 3000, 0, 0), (1, 0, 3000, 3000)])
        self.assertEqual([(row["task"], row["calls"], row["exit_code"])
                          for row in self.ask(trace, "--saved=processes")],
                         [("P0.T0", 1000, 0), ("P0.T1", 1000, 0), ("P0.T2", 1000, 0)])


class Recorded(Saved):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        skip_unless_possible(MONITOR)
        cls.trace = os.path.join(cls.folder.name, "run.mvx.zst")
        subprocess.run([MONITOR, "-o", cls.trace, "/usr/bin/python3", "-c", PROGRAM], check=True, timeout=300,
                       cwd=cls.folder.name)

    def saved(self, name):
        return self.ask(self.trace, "--saved", name)

    def texts(self, name):
        return "\n".join(row["text"] for row in self.saved(name))

    def test_every_query_runs(self):
        for name in names():
            self.saved(name)

    def test_files(self):
        opened = {row["path"]: row for row in self.saved("files-opened")}
        self.assertEqual((opened["written.txt"]["times"], opened["written.txt"]["failed"]), (2, 0))
        self.assertEqual((opened["no such file"]["times"], opened["no such file"]["failed"]), (1, 1))
        written = self.texts("files-written")
        self.assertEqual(written.count('"written.txt", O_'), 1)
        self.assertIn('rename("written.txt", "renamed.txt")', written)
        self.assertNotIn("O_RDONLY", written.replace("O_RDONLY|O_CREAT", ""))

    def test_processes(self):
        execs = self.saved("execs")
        self.assertTrue(execs[0]["text"].startswith('execve("/usr/bin/python3'), execs)
        self.assertTrue(any(row["text"].startswith('execve("/bin/sh", ["/bin/sh", "-c", "exit 7"]') for row in execs))
        rows = self.saved("processes")
        self.assertEqual([(row["task"], row["parent"], row["exit_code"], row["exit_signal"]) for row in rows],
                         [("P0.T0", None, 0, None), ("P0.1.T0", "P0.T0", 7, None)])
        steps = self.ask(self.trace, "SELECT count(*) AS n FROM step")[0]["n"]
        self.assertEqual(sum(row["calls"] for row in rows), steps)

    def test_network(self):
        rows = self.saved("network")
        self.assertEqual([row["name"] for row in rows], ["bind", "listen", "connect"])
        self.assertIn('inet_addr("127.0.0.1")', rows[2]["text"])

    def test_signals(self):
        rows = [row for row in self.saved("signals") if row["name"] == "SIGUSR1"]
        self.assertEqual([row["decision"] for row in rows], ["delivered"])
        self.assertGreater(rows[0]["delay_ns"], 0)

    def test_executable_memory(self):
        rows = self.saved("executable-memory")
        self.assertEqual((rows[0]["kind"], rows[0]["writable"]), ("anonymous", 1))
        self.assertEqual({(row["kind"], row["writable"]) for row in rows[1:]}, {("file", 0)})

    def test_waiting(self):
        """With two variants, what one waits the other keeps it waiting."""
        one, other = self.saved("waiting")
        self.assertEqual((one["waited_ns"], one["kept_waiting_ns"]), (other["kept_waiting_ns"], other["waited_ns"]))
        self.assertGreater(one["waited_ns"], 0)

    def test_refused(self):
        count = self.ask(self.trace, "SELECT count(*) AS n FROM step WHERE verdict = 'refused'")[0]["n"]
        self.assertEqual(len(self.saved("refused-calls")), count)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
