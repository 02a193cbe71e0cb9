#!/usr/bin/python3
"""mvx-replay slice: what is chosen, what comes before it so that names resolve, what it says of itself.

Usage: test_replay_slice.py MVX_REPLAY MAKE_TRACE MVX_MONITOR
"""
import json
import os
import re
import resource
import signal
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from recording import skip_unless_possible  # noqa: E402

from test_replay_cli import REPLAY, Traces  # noqa: E402

MONITOR = os.path.abspath(sys.argv[3])
SCRIPT = """cd /etc
exec 5</etc/passwd
(read x <&5; cd /usr; cat /etc/hosts /etc/hostname >/dev/null; ls lib | head -3)
cat <&5 | wc -l
"""

# Memory whose numbers come from what is gone, is moved, is inherited, is another thread's, is a stack.
MEMORY = """
import mmap, os, subprocess, threading
def make(pages): return mmap.mmap(-1, pages * 4096 * 64, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
first, second, third = make(1), make(2), make(3)
first.close()
for i in range(300): make(4).close()
second.resize(7 * 4096 * 64)
fourth = make(5)
if os.fork() == 0:
    second.close()
    fifth, sixth = make(6), make(7)
    fourth.close()
    del sixth
    os._exit(0)
os.wait()
third.close()
kept = []
def thread():
    kept.append(make(8))
    kept.append(make(9))
    kept.pop(0).close()
for i in range(3):
    t = threading.Thread(target=thread)
    t.start()
    t.join()
subprocess.run(["/bin/true"])
ring = [make(2) for i in range(4)]
for i in range(20):
    ring.pop(0).close()
    ring.append(make(2))
del second
last = [make(1) for i in range(3)]
"""
# More calls than are followed: at no time is all undone.
RING = """
import mmap
ring = [mmap.mmap(-1, 1 << 20), mmap.mmap(-1, 1 << 20)]
for i in range(33000):
    ring.append(mmap.mmap(-1, 1 << 20))
    ring.pop(0).close()
"""


def run(*words, **more):
    done = subprocess.run([REPLAY, *words], capture_output=True, timeout=120, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def numbers(text):
    return [int(number) for number in re.findall(r"(?m)^#(\d+) ", text)]


class Slices(Traces):
    def slice(self, trace, *words, status=0):
        path = self.path("slice.mvx.zst")
        got, out, err = run("slice", "-f", "-o", path, trace, *words)
        self.assertEqual((got, out), (status, ""), err)
        self.assertRegex(err, r"slice\.mvx\.zst: \d+ steps? from #\d+ to #\d+, and \d+ that made")
        status, out, err = run("verify", path)
        self.assertEqual((status, err), (0, ""), out)
        return path

    def show(self, trace, *words, status=0):
        got, out, err = run("show", trace, *words)
        self.assertEqual((got, err), (status, ""))
        return out

    def record(self, name, *command):
        skip_unless_possible(MONITOR)
        path = self.path(name)
        if not os.path.exists(path):
            subprocess.run([MONITOR, "-n", "2", "-o", path, "--", *command], check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120)
        return path

    def recorded(self):
        return self.record("recorded.mvx.zst", "/bin/sh", "-c", SCRIPT)

    def canon(self, trace):
        """The records of each step, by its number, without ends."""
        lines = {}
        for line in self.show(trace, "--canon", "--level=all").splitlines():
            if "ends(" not in line and "gets signals(" not in line:
                lines[int(line[1:line.index(" ")])] = line
        return lines

    def test_all_is_all(self):
        for trace in (self.make("-n", "3000", "-t", "3", "-b", "-d", "500", "-s", "100"),
                      self.make("-n", "100", "-x", "-v", "5")):
            part = self.slice(trace)
            self.assertEqual(self.show(part), self.show(trace))

    def test_a_range(self):
        trace = self.make("-n", "9000", "-b", "-d", "1000", "-s", "100")
        part = self.slice(trace, "690..710")
        _, after = self.show(part).split("slice: begins here", 1)
        self.assertEqual(numbers(after), list(range(690, 711)))
        for words in (["690..710", "-e", "trace=all"], ["690..710", "-Z"]):
            self.assertEqual(self.show(part, *words), self.show(trace, *words))
        self.assertEqual(run("show", part, "#711")[0], 1)
        # #700 has the same address in both: its number, its task's number, its time
        for position in ("#700", "700.v1", "P0.T0:700"):
            self.assertEqual(self.show(part, position), self.show(trace, position))
        self.assertLess(os.path.getsize(part), os.path.getsize(trace) / 4)

    def test_what_it_says(self):
        trace = self.make("-n", "3000", "-t", "3", "-b", "-s", "100")
        whole = run("info", "--hash", trace)[1].strip()
        part = self.slice(trace, "100..200", "-e", "trace=openat", "-Z")
        fact = f"slice 100..200 -e trace=openat -Z, steps 101 to 199, of the trace with hash {whole}"
        self.assertRegex(run("info", part)[1], rf"(?m)^made by +{fact}$".replace("101", r"\d+").replace("199", r"\d+"))
        steps = json.loads(run("query", part, "SELECT name, errno FROM step WHERE step >= 100", "-F", "json")[1])
        self.assertGreater(len(steps), 5)
        # slices of slices say both
        os.rename(part, self.path("first.mvx.zst"))
        part = self.slice(self.path("first.mvx.zst"), "150..160")
        self.assertEqual(run("info", part)[1].count("made by"), 2)
        self.assertNotIn("made by", run("info", trace)[1])

    def test_divergence_and_context(self):
        trace = self.make("-n", "3000", "-b", "-d", "500")
        part = self.slice(trace, "d2", "-B", "3", "-A", "2", "-e", "trace=none")
        diverged = run("query", part, "SELECT step FROM divergence", "-F", "json")[1]
        self.assertEqual(json.loads(diverged), [{"step": 1000}])
        part = self.slice(trace, "d2", "-B", "3", "-A", "2")
        self.assertEqual(numbers(self.show(part, "997..1002")), list(range(997, 1003)))
        self.assertIn("#1000 ", self.show(part, "d1"))

    def test_names_resolve(self):
        """Every canonical record of a range is as in the whole trace: paths, descriptors, addresses, tasks."""
        trace = self.recorded()
        whole = self.canon(trace)
        steps = sorted(whole)
        for first in range(0, len(steps), max(1, len(steps) // 12)):
            low, high = steps[first], steps[min(first + 30, len(steps) - 1)]
            # what came in pieces before is another piece here
            pieces = {step for step, line in whole.items() if " read(" in line or " write(" in line}
            part = self.canon(self.slice(trace, f"{low}..{high}"))
            for step in range(low, high + 1):
                if step in whole and step not in pieces:
                    self.assertEqual(part.get(step), whole[step], (low, high))
        descriptors = self.slice(trace, "P0.1.T0", "-e", "trace=read,write")
        self.assertIn("read(file:/etc/passwd#", self.show(descriptors, "--canon"))

    def test_memory_has_its_numbers(self):
        """The number of a mapping depends on those that were there when it was made; stacks have threads' names."""
        trace = self.record("memory.mvx.zst", "/usr/bin/python3", "-I", "-S", "-c", MEMORY)
        whole = {step: line for step, line in self.canon(trace).items()
                 if re.search(r"(anon|stack:|heap)\S*[#+]", line) and " read(" not in line and " write(" not in line}
        steps = sorted(whole)
        self.assertIn("anon@T1#2", "".join(whole.values()))
        for first in range(0, len(steps), max(1, len(steps) // 25)):
            low, high = steps[first], steps[min(first + 20, len(steps) - 1)]
            part = self.canon(self.slice(trace, f"{low}..{high}"))
            for step in steps[first:first + 21]:
                self.assertEqual(part.get(step), whole[step], (low, high))
        for words in (["-e", "trace=mmap"], ["-e", "trace=munmap"], ["-e", "trace=clone,clone3,mremap,brk"], ["P0.1.T0"],
                      ["P0.T2"]):
            path = self.slice(trace, *words)
            chosen = {int(number) for number in numbers(self.show(trace, *words))}
            part = self.canon(path)
            for step in chosen & set(steps):
                self.assertEqual(part.get(step), whole[step], words)

    def test_memory_that_is_gone_leaves_nothing(self):
        """What was mapped and unmapped again does not come along."""
        trace = self.record("memory.mvx.zst", "/usr/bin/python3", "-I", "-S", "-c", MEMORY)
        last = numbers(self.show(trace))[-1]
        before = numbers(self.show(self.slice(trace, str(last))))
        count = json.loads(run("query", trace, "SELECT count(*) AS n FROM step WHERE name = 'munmap'", "-F", "json")[1])
        self.assertGreater(count[0]["n"], 300)
        self.assertLess(len(before), 300)

    def test_more_memory_calls_than_are_followed(self):
        """docs/parts.md: 65536 of a process; it is told when there were more."""
        trace = self.record("ring.mvx.zst", "/usr/bin/python3", "-I", "-S", "-c", RING)
        for step, missing in ((50000, False), (numbers(self.show(trace))[-1], True)):
            status, _, err = run("slice", "-f", "-o", self.path("part"), trace, str(step))
            self.assertEqual((status, "a name may be missing" in err), (0, missing), err)

    def test_every_command_opens_it(self):
        part = self.slice(self.make("-n", "3000", "-t", "3", "-b", "-d", "500", "-s", "100"), "990..1100")
        for words in (["info"], ["show"], ["summary"], ["strings"], ["timeline"], ["export", "--to=chrome"],
                      ["export", "--to=strace"], ["verify"], ["query", None, "SELECT * FROM v_step"],
                      ["repair", "-f", "-o", self.path("r")], ["load", "-f", "-o", self.path("db")],
                      ["diff", part], ["slice", "-f", "-o", self.path("s")]):
            line = [part if word is None else word for word in words]
            status, _, err = run(*line, *([] if None in words else [part]))
            self.assertEqual(status, 0, (words, err))

    def test_refusals(self):
        trace = self.make("-n", "300", "-b")
        for words, status in ((["-o", self.path("no"), trace, "9999"], 1), ([trace], 2),
                              (["-o", self.path("no"), trace, "7.v1"], 2), (["-o", trace, trace], 2),
                              (["-f", "-o", trace, trace], 2), (["-o", self.path("no"), trace, "P7.T0"], 1),
                              (["-o", self.path("nowhere/no"), trace], 2), (["-o", self.path("no"), "/etc/passwd"], 2),
                              (["-o", self.path("no"), trace, "-e", "trace=fork"], 1)):
            got, out, err = run("slice", *words)
            self.assertEqual((got, out), (status, ""), words)
            self.assertEqual(err.count("\n"), 1, err)
            self.assertFalse(os.path.exists(self.path("no")))

    def test_incomplete(self):
        trace = self.make("-n", "3000", "-b", "-u")
        path = self.path("slice.mvx.zst")
        status, _, err = run("slice", "-f", "-o", path, trace, "10..20")
        self.assertEqual(status, 3, err)
        status, _, err = run("info", path)
        self.assertEqual(status, 3)
        self.assertIn("did not end cleanly", err)
        self.assertEqual(run("verify", path)[0], 0)

    def test_full_disk_leaves_nothing(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
        before = sorted(os.listdir(self.folder.name))
        trace = self.make("-n", "60000", "-b")
        before = sorted(set(before) | {os.path.basename(trace)})
        status, out, err = run("slice", "-o", self.path("no"), trace, preexec_fn=limit)
        self.assertEqual((status, out, err.count("\n")), (2, "", 1), err)
        self.assertEqual(sorted(os.listdir(self.folder.name)), before)

    def test_mode(self):
        self.assertEqual(os.stat(self.slice(self.make("-n", "30"))).st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
