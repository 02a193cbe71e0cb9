#!/usr/bin/python3
"""Interactive programs on a terminal: typed to whenever they have said what is
awaited, natively and as two and three variants. What appears on the terminal,
how they end and the files they leave must be equal.

    terminals.py --build BUILD CASE

Exit status: 0 equal, 1 not, 77 skipped (not built, or the program is not there).
"""

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import struct
import sys
import termios
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mvx_case import (Case, Failed, LIMIT_SECONDS, Outcome, Skip, find_survivors, indent,  # noqa: E402
                      kill_descendants, read_stat, run_main, snapshot_files)

# Numbered, so that one that is only drawn again is not taken for the next.
PROMPT, PS1 = b"ready %d> ", r"ready \#> "
BASH = ["bash", "--norc", "--noprofile", "-i"]

# Linked into the work folder for those that name it.
COUNT_SIGNALS = os.path.join("tests", "e2e", "count_signals")
COUNT = ["./count_signals"]


class Size:
    """Typed: the terminal is given another size."""

    def __init__(self, rows, columns):
        self.packed = struct.pack("HHHH", rows, columns, 0, 0)


class Computing:
    """Typed: these keys, once count_signals has the terminal and computes."""

    def __init__(self, keys):
        self.keys = keys


# name: command, setup, and (awaited, typed) pairs; the last awaited is the end, None.
CASES = {
    "bash": (BASH, "", [
        (PROMPT, b"stty size; tty | cut -d/ -f3\n"),
        (PROMPT, b"echo $((6 * 7)) $- | tr -d s\n"),
        (PROMPT, b"sh -c 'echo started; exec sleep 1000'\n"),
        (b"started\r\n", b"\x03"),
        (PROMPT, b"echo status $?\n"),
        (PROMPT, b"sh -c 'echo started; exec cat'\n"),
        (b"started\r\n", b"line\n"),
        (b"line\r\nline\r\n", b"\x1a"),
        (PROMPT, b"jobs\n"),
        (PROMPT, b"fg\n"),
        (b"exec cat'\r\n", b"another\n"),
        (b"another\r\nanother\r\n", b"\x04"),
        (PROMPT, b"\x1b[A\x1b[A\x1b[A\x1b[A\n"),  # the fourth command back
        (PROMPT, b"echo /usr/include/asm-gen\t\n"),
        (PROMPT, b"{ sleep 1000 & } 2> jobs; kill $!; wait $! 2>> jobs; echo $?; rm jobs\n"),
        (PROMPT, b"exit 3\n"),
        (None, 3)]),
    "jobs": (BASH, "", [
        (PROMPT, b"sh -c 'echo started; exec sleep 1000'\n"),
        (b"started\r\n", b"\x1a"),
        (PROMPT, b"echo status $?; jobs\n"),
        (PROMPT, b"bg\n"),
        (PROMPT, b"jobs\n"),
        (PROMPT, b"kill %1; wait %1; echo status $?\n"),
        (PROMPT, b"sh -c 'echo started; exec cat'\n"),
        (b"started\r\n", b"line\n"),
        (b"line\r\nline\r\n", b"\x1a"),
        (PROMPT, b"sh -c 'echo started; exec sleep 1001'\n"),
        (b"started\r\n", b"\x1a"),
        (PROMPT, b"jobs; bg %2\n"),
        (PROMPT, b"fg %1\n"),
        (b"exec cat'\r\n", b"another\n"),
        (b"another\r\nanother\r\n", b"\x03"),
        (PROMPT, b"echo status $?; jobs\n"),
        (PROMPT, b"kill -INT %2; wait %2; echo status $?; jobs\n"),
        (PROMPT, b"exit 3\n"),
        (None, 3)]),
    # The same with jobs that make no calls.
    "jobs-computing": (BASH, "", [
        (PROMPT, b"./count_signals compute 0\n"),
        (b"begins\r\n", b"\x1a"),
        (PROMPT, b"jobs\n"),
        (PROMPT, b"bg; jobs\n"),
        (PROMPT, b"fg\n"),
        (b"compute 0\r\n", Computing(b"\x1a")),
        (PROMPT, b"fg\n"),
        (b"compute 0\r\n", Computing(b"\x03")),
        (PROMPT, b"echo status $?; ./count_signals compute 0\n"),
        (b"begins\r\n", b"\x1c"),
        (PROMPT, b"echo status $?; ./count_signals compute 0\n"),
        (b"begins\r\n", b"\x1a"),
        (PROMPT, b"bg; kill %1; wait %1; echo status $?\n"),
        (PROMPT, b"./count_signals compute 3 say; echo status $?\n"),
        (b"begins\r\n", b"\x03"),
        (b"got INT\r\n", b"\x1a"),
        (PROMPT, b"jobs; kill -USR1 %1; fg\n"),
        (b"got USR1\r\n", b"\x1c"),
        (PROMPT, b"exit 3\n"),
        (None, 3)]),
    # Who reads, and with tostop who writes, in the background: stopped, or told by a handler.
    "background": (BASH, "", [
        (PROMPT, b"settle() { while jobs -r | grep -q .; do sleep 0.1; done; }\n"),
        (PROMPT, b"{ cat & } 2> /dev/null; settle\n"),
        (PROMPT, b"jobs\n"),
        (PROMPT, b"fg\n"),
        (b"\rcat\r\n", b"line\n"),
        (b"line\r\nline\r\n", b"\x04"),
        (PROMPT, b"{ ./count_signals read 1 & } 2> /dev/null; settle\n"),
        (PROMPT, b"stty tostop; { /bin/echo no & } 2> /dev/null; settle\n"),
        (PROMPT, b"jobs\n"),
        (PROMPT, b"fg\n"),
        (PROMPT, b"{ ./count_signals write 1 & } 2> /dev/null; settle\n"),
        (PROMPT, b"stty -tostop; jobs; exit 3\n"),
        (None, 3)]),
    "keys-computing": (COUNT + ["compute", "6", "say"], "", [
        (b"begins\r\n", b"\x03"),
        (b"got INT\r\n", b"\x1c"),
        (b"got QUIT\r\n", b"\x03"),
        (b"got INT\r\n", Size(30, 90)),
        (b"got WINCH\r\n", b"\x03"),
        (b"got INT\r\n", Size(31, 91)),
        (None, 0)]),
    "keys-sleeping": (COUNT + ["suspend", "6", "say"], "", [
        (b"begins\r\n", b"\x03"),
        (b"got INT\r\n", b"\x1c"),
        (b"got QUIT\r\n", b"\x03"),
        (b"got INT\r\n", Size(30, 90)),
        (b"got WINCH\r\n", b"\x03"),
        (b"got INT\r\n", Size(31, 91)),
        (None, 0)]),
    # Handlers that make no call.
    "resize-computing": (COUNT + ["compute", "1"], "", [
        (b"begins\r\n", Size(40, 100)),
        (None, 0)]),
    "interrupt-computing": (COUNT + ["compute", "1"], "", [
        (b"begins\r\n", b"\x03"),
        (None, 0)]),
    "interrupt-default": (COUNT + ["compute", "0"], "", [
        (b"begins\r\n", b"\x03"),
        (None, 130)]),
    "less": (["less", "text"], "seq 1 300 > text", [
        (b"text", b" "),
        (b":", b"/77\n"),
        (b"77", b"G"),
        (b"END", b"p\n"),
        (b"1\r\n", b"q"),
        (None, 0)]),
    "vi": (["vi", "-u", "NONE", "text"], "printf 'one\\ntwo\\n' > text", [
        (b"two", b"oadded\x1b"),
        (b"added", b":%s/o/0/g\n"),
        (b"tw0", b":wq\n"),
        (None, 0)]),
    "python": (["/usr/bin/python3", "-q", "-I"], "", [
        (b">>> ", b"6 * 7\n"),
        (b">>> ", b"for i in range(3): print(i)\n"),
        (b"... ", b"\n"),
        (b">>> ", b"input('question ')\n"),
        (b"\r\nquestion ", b"answer\n"),
        (b">>> ", b"raise SystemExit(4)\n"),
        (None, 4)]),
    "script": (["script", "-q", "-e", "-c", "bash --norc --noprofile -i", "typescript"], "", [
        (PROMPT, b"tty | cut -d/ -f3\n"),
        (PROMPT, b"sh -c 'echo started; exec sleep 1000'\n"),
        (b"started\r\n", b"\x03"),
        (PROMPT, b"exit 5\n"),
        (None, 5)]),
    "tmux": (["tmux", "-f", "/dev/null", "-S", "socket", "new-session", "-x", "80", "-y", "24",
              " ".join(BASH)], "", [
        (PROMPT, b"tmux -S socket display-message -p '#{window_width}' > width\n"),
        (PROMPT, b"tmux -S socket split-window -d 'echo from another window > other; tmux wait-for -S split'; tmux wait-for split\n"),
        # Its own output, not prompts: bash draws these anew when the other window's end makes this one larger.
        (PROMPT, b"echo mark; until tmux -S socket capture-pane -p | grep -cx mark > seen; do :; done; exit\n"),
        (None, 0)]),
}
# What they draw depends on how soon they are asked, so only files and status are compared.
DRAWN = {"tmux"}
# These hold the time of the run.
TIMED = {"typescript"}


# The kernel sends the signal of a key before it echoes the key: a handler on another CPU may be first.
LATE_ECHO = re.compile(rb"(got INT\r\n)(\^C)|(got QUIT\r\n)(\^\\)")


def read_cpu_ticks(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return sum(map(int, file.read().rpartition(")")[2].split()[11:13]))
    except OSError:
        return 0


class Session:
    """A command on a terminal of its own."""

    def __init__(self, case, command):
        self.command, self.shown, self.awaited = command, bytearray(), None
        environment = case.environment({"TERM": "vt100", "PS1": PS1, "HISTFILE": "",
                                        "INPUTRC": "/dev/null", "LESS": "", "SHELL": "/bin/sh"})
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(case.work)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
                os.execvpe(command[0], command, environment)
            finally:
                os._exit(127)

    def describe(self):
        return (f"awaited {self.awaited!r} of {' '.join(self.command)}; shown so far:\n"
                + indent(repr(bytes(self.shown[-2000:]))))

    def read_more(self, deadline):
        if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
            raise Failed(f"nothing more after {LIMIT_SECONDS} s: " + self.describe())
        try:
            chunk = os.read(self.fd, 1 << 16)
        except OSError:  # EIO: nobody has the terminal any more
            chunk = b""
        self.shown += chunk
        return bool(chunk)

    def expect(self, awaited, start):
        """Reads until awaited has appeared beyond start, and returns where it ends."""
        deadline, self.awaited = time.monotonic() + LIMIT_SECONDS, awaited
        while (at := self.shown.find(awaited, start)) < 0:
            if not self.read_more(deadline):
                raise Failed("ended: " + self.describe())
        return at + len(awaited)

    def type(self, typed):
        if isinstance(typed, Size):
            fcntl.ioctl(self.fd, termios.TIOCSWINSZ, typed.packed)
        elif isinstance(typed, Computing):
            self.wait_until_computing()
            os.write(self.fd, typed.keys)
        else:
            os.write(self.fd, typed)

    def wait_until_computing(self):
        """A program that has been continued says nothing, but its time passes."""
        deadline, first = time.monotonic() + LIMIT_SECONDS, None
        while True:
            group = os.tcgetpgrp(self.fd)
            if (read_stat(group) or ("",))[0] == "count_signals":
                ticks = read_cpu_ticks(group)
                first = ticks if first is None else first
                if ticks > first + 3:
                    return
            if time.monotonic() > deadline:
                raise Failed("it does not compute: " + self.describe())
            time.sleep(0.01)

    def finish(self):
        deadline = time.monotonic() + LIMIT_SECONDS
        while self.read_more(deadline):
            pass
        os.close(self.fd)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return 128 - code if code < 0 else code


def converse(case, command, setup, talk):
    """One run of the conversation, as an Outcome."""
    case.fresh_work()
    os.symlink(os.path.join(case.build, COUNT_SIGNALS), os.path.join(case.work, "count_signals"))
    if setup:
        case.prepare(setup, case.work)
    outcome = Outcome()
    outcome.command = command
    session, at, prompts = Session(case, command), 0, 0
    try:
        for awaited, typed in talk[:-1]:
            if awaited == PROMPT:
                prompts += 1
                awaited = PROMPT % prompts
            at = session.expect(awaited, at)
            session.type(typed)
        outcome.status = session.finish()
    finally:
        outcome.stdout = LATE_ECHO.sub(rb"\2\4\1\3", bytes(session.shown))
        if outcome.status is None:
            kill_descendants()
    outcome.survivors = find_survivors()
    outcome.files = {path: what for path, what in snapshot_files(case.work).items() if path not in TIMED}
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("case", choices=sorted(CASES))
    arguments = parser.parse_args()
    command, setup, talk = CASES[arguments.case]
    case = Case("terminal-" + arguments.case, arguments.build)
    if not case.has_monitor():
        raise Skip("mvx-monitor is not built")
    if "/" not in command[0] and not shutil.which(command[0]):
        raise Skip(f"{command[0]} is not installed")

    native = converse(case, command, setup, talk)
    case.check_ended("native", native)
    if native.status != talk[-1][1]:
        raise Failed(f"native: status {native.status}, expected {talk[-1][1]}")
    for count in (2, 3):
        label = f"{count} variants"
        seen = converse(case, case.monitored(command, count), setup, talk)
        case.check_ended(label, seen)
        if arguments.case in DRAWN:
            seen.stdout = native.stdout
        case.check_equal(label, native, seen)
        case.check_trace(label, case.trace_path(f"{case.name}-n{count}"))
    return case.finish()


if __name__ == "__main__":
    run_main(main)
