#!/usr/bin/python3
"""mvx-replay's pager: on a terminal only, for text only, and never in the way of an exit status.

Usage: test_replay_pager.py MVX_REPLAY MAKE_TRACE
"""
import os
import pty
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
from test_replay_cli import REPLAY, Traces, run  # noqa: E402


class Pager(Traces):
    def environment(self, **changes):
        environment = {key: value for key, value in os.environ.items() if key not in ("PAGER", "MVX_PAGER", "LESS")}
        environment.update({"TERM": "vt100"}, **changes)
        return environment

    def script(self, name, text):
        path = self.path(name)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def on_terminal(self, *words, stderr=False, **changes):
        """What a terminal shows, and the status."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([REPLAY, *words], stdin=subprocess.DEVNULL, stdout=theirs,
                                   stderr=theirs if stderr else subprocess.PIPE, env=self.environment(**changes))
        os.close(theirs)
        out = b""
        try:
            while got := os.read(ours, 65536):
                out += got
        except OSError:
            pass  # all have closed it
        os.close(ours)
        err = process.communicate(timeout=60)[1] or b""
        return process.returncode, out.replace(b"\r\n", b"\n"), err.decode()

    def numbered(self):
        """A pager that numbers lines, so that what went through it shows."""
        return self.script("numbered", "exec sed 's/^/paged:/'\n")

    def test_text_goes_through_it(self):
        trace = self.make("-n", "3000", "-b")
        other = self.make("-n", "3010", "-b")
        for words, want in ((["show", trace], 0), (["diff", trace, other], 1), (["query", trace, "SELECT 1"], 0),
                            (["query", trace, "-F", "table", "SELECT 1"], 0), (["help"], 0), (["help", "show"], 0),
                            (["show", "--help"], 0), (["schema"], 0)):
            for name in ("MVX_PAGER", "PAGER"):
                status, out, err = self.on_terminal(*words, NO_COLOR="1", **{name: self.numbered()})
                self.assertEqual((status, err), (want, ""), words)
                lines = out.splitlines()
                self.assertTrue(lines and all(line.startswith(b"paged:") for line in lines), words)
                status, plain, _ = self.on_terminal(*words, "--no-pager", NO_COLOR="1", **{name: self.numbered()})
                self.assertEqual((status, plain), (want, b"".join(line[6:] + b"\n" for line in lines)), words)

    def test_not_where_it_would_be_in_the_way(self):
        trace = self.make("-n", "300", "-b")
        for words in (["query", trace, "-F", "json", "SELECT 1"], ["info", trace], ["verify", trace],
                      ["summary", trace], ["show", "--follow", trace], ["diff", "-F", "csv", trace, trace]):
            self.assertNotIn(b"paged:", self.on_terminal(*words, PAGER=self.numbered())[1], words)
        for none in ({"MVX_PAGER": ""}, {"MVX_PAGER": "", "PAGER": self.numbered()}, {"MVX_PAGER": "cat"},
                     {"PAGER": self.numbered(), "TERM": "dumb"}):
            status, out, err = self.on_terminal("show", trace, **none)
            self.assertEqual((status, err), (0, ""))
            self.assertIn(b"#300 ", out)
            self.assertNotIn(b"paged:", out)
        # not a terminal: a pipe, a file
        done = subprocess.run([REPLAY, "show", trace], capture_output=True, env=self.environment(PAGER=self.numbered()))
        self.assertEqual((done.returncode, done.stdout), (0, run("show", trace)[1]))

    def test_statuses(self):
        trace = self.make("-n", "300", "-b", "-u")
        for pager in ("sed s/^/x/", "sed s/^/x/ | cat", "sh -c 'cat; exit 7'", self.script("fails", "cat\nexit 9\n")):
            self.assertEqual(self.on_terminal("show", trace, PAGER=pager)[0], 3, pager)
            self.assertEqual(self.on_terminal("show", trace, "#9999", "--allow-incomplete", PAGER=pager)[0], 1, pager)
        # what is said comes with the text when it would be on the same screen
        status, out, _ = self.on_terminal("show", trace, stderr=True, PAGER=self.numbered())
        self.assertEqual(status, 3)
        self.assertRegex(out, rb"paged:mvx-replay: .* is incomplete")
        status, out, err = self.on_terminal("show", trace, PAGER=self.numbered())
        self.assertIn("is incomplete", err)

    def test_ends_early(self):
        """Of a long text nobody wants more: silence."""
        trace = self.make("-n", "60000", "-b")
        for pager in ("true", "head -3", "sh -c 'exec <&-; sleep 0.2'"):
            status, out, err = self.on_terminal("show", trace, PAGER=pager)
            self.assertEqual((status, err), (-signal.SIGPIPE, ""), pager)
            self.assertLess(out.count(b"\n"), 4)

    def test_none_to_be_had(self):
        trace = self.make("-n", "300", "-b")
        status, out, err = self.on_terminal("show", trace, PAGER="/nowhere/pager -x")
        self.assertEqual((status, err.count("\n")), (0, 1))
        self.assertIn("cannot run the pager /nowhere/pager -x: No such file", err)
        self.assertIn(b"#300 ", out)
        # no less is no reason for a word
        status, out, err = self.on_terminal("show", trace, PATH="/nowhere")
        self.assertEqual((status, err), (0, ""))
        self.assertIn(b"#300 ", out)

    def test_less(self):
        """Short text comes at once; colours are passed on, and LESS is the user's if it is set."""
        trace = self.make("-n", "9", "-d", "5")
        pager = self.script("shows", "echo LESS=$LESS; cat\n")
        out = self.on_terminal("show", trace, PAGER=pager)[1]
        self.assertIn(b"LESS=FRX\n", out)
        self.assertIn(b"\033[", out)
        self.assertIn(b"LESS=S\n", self.on_terminal("show", trace, PAGER=pager, LESS="S")[1])
        # what a terminal is refused is refused here
        self.assertEqual(self.on_terminal("query", trace, "--bytes=raw", "SELECT 1", PAGER=pager)[0], 2)

    def test_interrupt_waits_for_it(self):
        """The pager lives on behind Ctrl-C: the shell comes back when it ends."""
        trace = self.make("-n", "60000", "-b")
        done, begun = self.path("done"), self.path("begun")
        pager = self.script("stays", f"trap '' INT\nread line\necho > {begun}\nsleep 0.5\necho > {done}\n")
        ours, theirs = pty.openpty()
        process = subprocess.Popen([REPLAY, "show", trace], stdin=subprocess.DEVNULL, stdout=theirs,
                                   env=self.environment(PAGER=pager))
        os.close(theirs)
        while not os.path.exists(begun):
            self.assertIsNone(process.poll())
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), -signal.SIGINT)
        self.assertTrue(os.path.exists(done))
        os.close(ours)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
