#!/usr/bin/python3
"""What every command of mvx-replay says of traces that are no more, or not yet, what they should be; --follow.

Usage: test_replay_states.py MVX_REPLAY MAKE_TRACE
"""
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
from test_replay_cli import REPLAY, Traces  # noqa: E402

# Every command that takes a trace: its words, T for the trace, O for a file to make.
COMMANDS = {
    "info": ["T"], "show": ["T"], "grep": ["hello", "T"], "strings": ["T"], "stream": ["T", "P0.T0", "3", "#8"],
    "summary": ["T"], "timeline": ["T"], "export": ["--to=ndjson", "T"], "query": ["T", "SELECT * FROM step"],
    "diff": ["T", "T"], "check": ["--golden", "G", "T"], "verify": ["T"], "repair": ["-f", "-o", "O", "T"],
    "load": ["-f", "-o", "O", "T"], "slice": ["-f", "-o", "O", "T"], "redact": ["-f", "-o", "O", "T"],
    "report": ["-f", "-o", "O", "T"], "shell": ["T"],
}
INPUT = {"shell": "SELECT * FROM step;\n"}
WITHOUT_TRACE = {"schema", "completion", "help"}
# State: the status, what the one sentence says, and what is different for some commands.
STATES = {
    "whole": (0, None, {}),
    "growing": (3, "still being recorded", {"repair": 2, "verify": 3}),
    "cut": (3, "cut off here", {"repair": 0}),
    "damaged": (3, "unreadable part", {"verify": 1, "repair": 0, "info": 0, "stream": 0}),  # these read only some of it
    "not ended": (3, "its end is missing", {"repair": 0}),
    "empty": (2, "empty", {}),
    "short": (2, "bytes", {}),
    "foreign": (2, "not an mvx trace", {}),
    "folder": (2, "not a regular file", {}),
    "missing": (2, "No such file", {}),
}


def run(*words):
    done = subprocess.run([REPLAY, *words], input=INPUT.get(words[0], "").encode(), capture_output=True, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def read(path):
    with open(path, "rb") as file:
        return file.read()


class States(Traces):
    def whole(self):
        return self.make("-n", "30000", "-b", "-d", "9000", "-s", "1000")

    def frames(self):
        return json.loads(run("query", self.whole(), "SELECT * FROM frame", "-F", "json")[1])

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def prepare(self, state):
        """The trace, and whoever holds it open as its writer."""
        data, frames = bytearray(read(self.whole())), self.frames()
        self.assertGreater(len(frames), 4)
        middle = frames[2]["offset"] + frames[2]["stored_bytes"] // 2
        path = {"whole": self.whole(), "folder": self.folder.name, "missing": self.path("missing")}.get(state)
        if path:
            return path, None
        if state == "damaged":
            data[middle] ^= 0x10
        content = {"growing": data[:middle], "cut": data[:middle], "damaged": data, "empty": b"",
                   "short": data[:20], "not ended": data[:frames[-1]["offset"]],
                   "foreign": b"#!/bin/sh\necho no trace at all, but long\n" * 9}
        writer = open(self.write("trace", content[state]), "r+b")
        if state == "growing":
            fcntl.flock(writer, fcntl.LOCK_EX)
        return writer.name, writer

    def test_every_command_is_here(self):
        known = set(re.findall(r"(?m)^  ([a-z]+) ", run("help")[1]))
        self.assertEqual(set(COMMANDS) | WITHOUT_TRACE, known)

    def test_states(self):
        os.makedirs(self.path("goldens"), exist_ok=True)
        for state, (usual, sentence, others) in STATES.items():
            trace, writer = self.prepare(state)
            for command, words in COMMANDS.items():
                with self.subTest(state=state, command=command):
                    names = {"T": trace, "O": self.path("made"), "G": self.path("goldens")}
                    if os.path.exists(self.path("made")):
                        os.unlink(self.path("made"))
                    status, out, err = run(command, *[names.get(word, word) for word in words])
                    want = others.get(command, usual)
                    self.assertEqual(status, want, out[-300:] + err)
                    said = out + err if command in ("verify", "check") else err
                    if sentence and want and not (command == "verify" and want == 1):
                        self.assertIn(sentence, said)
                    self.assertNotIn("\n\n", err)
                    # as much as there is
                    if "O" in words:
                        self.assertEqual(os.path.exists(self.path("made")), want != 2)
                    elif want != 2:
                        self.assertGreater(len(out), 20)
                    if want == 2 and command != "check":
                        self.assertEqual((out, err.count("\n")), ("", 1))
            if writer:
                writer.close()

    def test_allowed(self):
        """--allow-incomplete takes the answer as it is, without a word."""
        trace, writer = self.prepare("cut")
        for command, words in COMMANDS.items():
            if "allow-incomplete" not in run("help", command)[1]:
                continue
            with self.subTest(command=command):
                names = {"T": trace, "O": self.path("made"), "G": self.path("goldens")}
                os.makedirs(names["G"], exist_ok=True)
                status, _, err = run(command, "--allow-incomplete", *[names.get(word, word) for word in words])
                self.assertEqual(status, 0, err)
                self.assertNotIn("incomplete", err)
        writer.close()


class Damage(States):
    """repair: of each kind of damage, what can be kept is kept."""

    def test_every_command_is_here(self):
        """Once is enough, as for the others."""

    test_states = test_allowed = test_every_command_is_here

    def damages(self):
        """Kind: the damaged bytes, frames whose steps may be gone, and whether anything is."""
        data, frames = read(self.whole()), self.frames()
        starts = [frame["offset"] for frame in frames]
        ends = [frame["offset"] + frame["stored_bytes"] for frame in frames]
        last = len(frames) - 1
        noise = bytes(range(7, 251)) * 5

        def flip(*numbers):
            flipped = bytearray(data)
            for number in numbers:
                flipped[(starts[number] + ends[number]) // 2] ^= 0x40
            return flipped

        def smash(offset, length, with_byte=b"\xff"):
            return data[:offset] + with_byte * length + data[offset + length:]

        return {
            "none": (data, [], False),
            "signature": (smash(12, 4), [], False),
            "header frame": (flip(0), [], True),
            "one frame": (flip(2), [2], True),
            "two frames": (flip(1, 3), [1, 3], True),
            "head of a frame": (smash(starts[2], 6), [2], True),
            "noise between frames": (data[:starts[2]] + noise + data[starts[2]:], [], True),
            "a frame is gone": (data[:starts[2]] + data[ends[2]:], [2], True),
            "zeros over a border": (smash(starts[3] - 2000, 4000, b"\0"), [2, 3], True),
            "noise at the end": (data + noise, [], False),
            "statistics": (smash(ends[last] + 60, 9), [], False),
            "seek table": (smash(len(data) - 20, 9), [], False),
            "all of the index": (data[:ends[last]], [], False),
            "cut in the index": (data[:-5], [], False),
            "cut at a border": (data[:starts[3]], range(3, last + 1), True),
            "cut in a frame": (data[:(starts[3] + ends[3]) // 2], range(3, last + 1), True),
            "header and index": (flip(0)[:-30], [], True),
            "signature and a frame": (flip(2)[:8] + b"\0\0" + flip(2)[10:], [2], True),
        }

    def test_damages(self):
        frames = self.frames()
        rows = run("query", self.whole(), "SELECT step FROM step", "-F", "json")[1]
        steps = [row["step"] for row in json.loads(rows)]
        for kind, (data, lost, anything) in self.damages().items():
            with self.subTest(damage=kind):
                trace, new = self.write("damaged", data), self.path("new")
                status, out, err = run("repair", "-f", "-o", new, trace)
                self.assertEqual((status, out, err.count("\n")), (0, "", 1), err)
                self.assertEqual("nothing lost" in err, not anything, err)
                status, out, err = run("verify", new)
                self.assertEqual((status, err), (0, ""), out)
                self.assertEqual(run("info", new)[0], 3 if anything else 0)
                got = json.loads(run("query", new, "--allow-incomplete", "SELECT step FROM step", "-F", "json")[1])
                gone = {step for number in lost for step in
                        range(frames[number]["first_step"], frames[number]["last_step"] + 1)}
                self.assertEqual([row["step"] for row in got], [step for step in steps if step not in gone])
                marks = run("query", new, "--allow-incomplete", "SELECT text FROM mark", "-F", "json")[1]
                self.assertEqual("repaired: " in marks, anything)

    def test_of_a_derived_trace(self):
        """What a trace was made of is not forgotten."""
        self.assertEqual(run("slice", "-f", "-o", self.path("part"), self.whole(), "100..20000")[0], 0)
        data = read(self.path("part"))
        cut = self.write("cut", data[:len(data) * 2 // 3])
        self.assertEqual(run("repair", "-f", "-o", self.path("new"), cut)[0], 0)
        self.assertIn("made by     slice 100..20000", run("info", self.path("new"))[1])


class Follow(States):
    """A writer as the monitor is one: it holds a lock, and adds to the file."""

    def test_every_command_is_here(self):
        """Once is enough, as for the others."""

    test_states = test_allowed = test_every_command_is_here

    def start(self, data, *words):
        self.file = open(self.write("live", data), "r+b", buffering=0)
        self.addCleanup(self.file.close)
        fcntl.flock(self.file, fcntl.LOCK_EX)
        self.file.seek(0, os.SEEK_END)
        self.out = open(self.path("out"), "w+b")
        self.err = open(self.path("err"), "w+b")
        self.addCleanup(self.out.close)
        self.addCleanup(self.err.close)
        process = subprocess.Popen([REPLAY, "show", "--follow", self.path("live"), *words], stdout=self.out,
                                   stderr=self.err)
        self.addCleanup(lambda: (process.poll() is None and process.kill(), process.wait()))
        return process

    def wait_for(self, process, step):
        """Until the step was printed, however long that takes."""
        while f"#{step} ".encode() not in read(self.path("out")):
            self.assertIsNone(process.poll(), read(self.path("err")))
            time.sleep(0.02)

    def test_to_the_end(self):
        data, frames = read(self.whole()), self.frames()
        process = self.start(data[:frames[1]["offset"]])
        self.wait_for(process, 0) if frames[0]["last_step"] else time.sleep(0.2)
        for number in (1, 2):
            border = frames[number]["offset"] + frames[number]["stored_bytes"]
            half = frames[number]["offset"] + frames[number]["stored_bytes"] // 2
            self.file.write(data[self.file.tell():half])
            time.sleep(0.2)
            self.file.write(data[half:border])
            self.wait_for(process, frames[number]["last_step"])
        end = frames[-1]["offset"] + frames[-1]["stored_bytes"]
        for border in (end, end + 300, len(data)):  # the index comes in pieces, too
            self.file.write(data[self.file.tell():border])
            time.sleep(0.2)
        self.file.close()
        self.assertEqual(process.wait(timeout=60), 0, read(self.path("err")))
        self.assertEqual(read(self.path("err")), b"")
        self.assertEqual(read(self.path("out")).decode(), run("show", self.whole())[1])

    def test_writer_dies(self):
        data, frames = read(self.whole()), self.frames()
        cut = frames[2]["offset"] + 20
        process = self.start(data[:frames[1]["offset"]])
        self.file.write(data[frames[1]["offset"]:cut])
        self.wait_for(process, frames[1]["last_step"])
        self.file.close()
        self.assertEqual(process.wait(timeout=60), 3)
        self.assertIn(b"its writer is gone and has written no end\n", read(self.path("err")))
        self.assertEqual(read(self.path("out")).decode(), run("show", self.write("cut", data[:cut]))[1])

    def test_interrupt(self):
        data, frames = read(self.whole()), self.frames()
        process = self.start(data[:frames[2]["offset"]])
        self.wait_for(process, frames[1]["last_step"])
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), -signal.SIGINT)  # a shell says 130
        self.assertEqual(read(self.path("err")), b"")

    def follow_into(self, stdout, *words):
        """Of two frames, into a pipe."""
        data, frames = read(self.whole()), self.frames()
        file = open(self.write("live", data[:frames[2]["offset"]]), "r+b")
        self.addCleanup(file.close)
        fcntl.flock(file, fcntl.LOCK_EX)
        process = subprocess.Popen([REPLAY, "show", "--follow", self.path("live"), *words], stdout=stdout,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(lambda: (process.poll() is None and process.kill(), process.wait()))
        return process, frames[1]["last_step"]

    def test_nobody_reads(self):
        """A step that is there is printed without waiting: the reader is gone before."""
        ours, theirs = os.pipe()
        os.close(ours)
        process, _ = self.follow_into(theirs, "#1")
        os.close(theirs)
        self.assertEqual(process.wait(timeout=60), -signal.SIGPIPE)
        self.assertEqual(process.stderr.read(), b"")

    def test_reader_goes(self):
        """While the next step is waited for."""
        process, last = self.follow_into(subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        for line in process.stdout:
            if line.startswith(f"#{last} ".encode()):
                break
        self.assertIsNone(process.poll())
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), -signal.SIGPIPE)
        self.assertEqual(process.stderr.read(), b"")

    def test_a_range(self):
        """Steps still to come; behind the last of them nothing is waited for."""
        data, frames = read(self.whole()), self.frames()
        first = frames[2]["first_step"] + 5
        process = self.start(data[:frames[2]["offset"]], f"{first}..{first + 9}")
        time.sleep(0.2)
        self.assertIsNone(process.poll(), read(self.path("err")))
        self.file.write(data[frames[2]["offset"]:frames[3]["offset"]])
        self.assertEqual(process.wait(timeout=60), 3)
        self.assertEqual(read(self.path("out")).decode(), run("show", self.whole(), f"{first}..{first + 9}")[1])

    def test_whole_trace(self):
        """Nothing to wait for."""
        self.assertEqual(run("show", "--follow", self.whole()), run("show", self.whole()))
        self.assertEqual(run("show", "--follow", "--canon", self.whole())[0], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
