#!/usr/bin/python3
"""mvx-replay shell: scripts, and what one types at a terminal.

Usage: test_replay_shell.py MVX_REPLAY MAKE_TRACE
"""
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest

REPLAY, MAKE_TRACE = map(os.path.abspath, sys.argv[1:3])
# Only for what never comes; every wait ends when the text is there.
PATIENCE_S = 100


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.trace = os.path.join(self.folder, "made.mvx.zst")
        subprocess.run([MAKE_TRACE, "-o", self.trace, "-n", "300", "-d", "100", "-b"], check=True)


class Script(Folder):
    def script(self, text, *options):
        done = subprocess.run([REPLAY, "shell", self.trace, *options], input=text.encode(), capture_output=True,
                              timeout=PATIENCE_S, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_statements(self):
        self.assertEqual(self.script("SELECT 1 AS one;\n\n-- nothing\nSELECT\n  2\nAS two\n;\n"),
                         (0, "one\n1\ntwo\n2\n", ""))
        self.assertEqual(self.script("SELECT 1 AS one; SELECT 2 AS two;"), (0, "one\n1\ntwo\n2\n", ""))
        self.assertEqual(self.script("SELECT ';' AS mark\n;"), (0, "mark\n;\n", ""))
        self.assertEqual(self.script("SELECT 'a\n.help\nb' AS text;", "-F", "json"),
                         (0, '[{"text":"a\\n.help\\nb"}]\n', ""))
        self.assertEqual(self.script("SELECT 3 AS last"), (0, "last\n3\n", ""))
        self.assertEqual(self.script(""), (0, "", ""))

    def test_first_error_ends_it(self):
        for line in ("SELECT nosuch;", ".nosuch", ".mode xml", ".schema nosuch", ".saved nosuch", "DELETE FROM step;",
                     "SELECT 'open", "ATTACH 'x' AS y;"):
            status, out, err = self.script(f"SELECT 1 AS one;\n{line}\nSELECT 2 AS two;\n")
            self.assertEqual((status, out), (2, "one\n1\n"), line)
            self.assertTrue(err.startswith("mvx-replay: "), err)

    def test_commands(self):
        out = self.script(".tables\n")[1].split()
        self.assertIn("step", out)
        self.assertIn("v_divergence", out)
        self.assertTrue(self.script(".schema step\n")[1].startswith("step: "))
        self.assertEqual(self.script(".mode csv\nSELECT 1 AS a, 2 AS b;\n.quit\nSELECT 3;\n")[:2], (0, "a,b\n1,2\n"))
        saved = self.script(".saved\n")[1]
        self.assertIn("divergences\t", saved)
        want = subprocess.run([REPLAY, "query", "--saved=divergences", self.trace], capture_output=True, text=True,
                              check=True).stdout
        self.assertEqual(self.script(".saved divergences\n")[1], want)
        for command in (".tables", ".schema", ".mode", ".saved", ".help", ".quit"):
            self.assertIn(command, self.script(".help\n")[1])

    def test_too_long(self):
        status, out, err = self.script("SELECT 1 /*\n" + "x" * 2000000 + "\n*/;\n")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("longer than", err)

    def test_timeout(self):
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;"
        status, out, err = self.script(endless, "--timeout", "0.2")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("took longer", err)

    def test_closed_pipe(self):
        done = subprocess.run(["bash", "-c", 'echo "SELECT text FROM step, (SELECT 1 FROM step);" | "$1" shell "$2" | head -1; '
                               'echo "${PIPESTATUS[1]}"', "x", REPLAY, self.trace], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=True)
        self.assertEqual(done.stderr, "")
        self.assertNotEqual(done.stdout.splitlines()[-1], "2")


class Terminal(Folder):
    """The shell in a terminal of its own."""

    def start(self, *options, **env):
        pid, self.screen = pty.fork()
        if pid == 0:
            for name in ("XDG_STATE_HOME", "EDITRC", "LC_ALL"):
                os.environ.pop(name, None)
            os.environ.update(HOME=self.folder, TERM="vt100", COLUMNS="200", LINES="50", NO_COLOR="1", **env)
            os.execv(REPLAY, [REPLAY, "shell", self.trace, *options])
        self.pid = pid
        self.addCleanup(self.stop)
        self.seen = ""
        self.wait_for("mvx> ")

    def stop(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
        if self.screen >= 0:
            os.close(self.screen)
            self.screen = -1

    def wait_for(self, text):
        """Until the screen has shown the text; gives all that came before it, and takes it off."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.seen:
            ready, _, _ = select.select([self.screen], [], [], max(0, deadline - time.monotonic()))
            self.assertTrue(ready, f"waited for {text!r}, saw {self.seen!r}")
            try:
                self.seen += os.read(self.screen, 65536).decode(errors="replace")
            except OSError:
                self.fail(f"it ended; waited for {text!r}, saw {self.seen!r}")
        before, _, self.seen = self.seen.partition(text)
        return before

    def type(self, text):
        os.write(self.screen, text.encode())

    def end(self):
        """The exit status."""
        deadline = time.monotonic() + PATIENCE_S
        try:
            while True:
                ready, _, _ = select.select([self.screen], [], [], max(0, deadline - time.monotonic()))
                self.assertTrue(ready, f"it did not end; saw {self.seen!r}")
                if not (got := os.read(self.screen, 65536)):
                    break
                self.seen += got.decode(errors="replace")
        except OSError:
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        self.stop()
        return os.waitstatus_to_exitcode(status)

    def test_rows_as_a_table(self):
        self.start()
        self.type("SELECT 6 * 7 AS answer,\r")
        self.wait_for("...> ")
        self.type("'it''s' AS word;\r")
        self.wait_for("it's")
        self.wait_for("mvx> ")
        self.type("SELECT nosuch;\r")
        self.wait_for("no such column: nosuch")
        self.wait_for("mvx> ")
        self.type(".quit\r")
        self.assertEqual(self.end(), 0)

    def test_end_of_file(self):
        """With the prompt the terminal is set up: no key is the line discipline's any more."""
        self.start()
        self.type("\x04")
        self.assertEqual(self.end(), 0)

    def test_completion(self):
        """What completes is seen by what is answered: how a line is drawn is the library's matter."""
        self.start()
        self.type("SELECT count(*) || '!' AS many FROM v_sysc\tWHERE nam\t<> '';\r")
        self.wait_for("!\r\n")
        self.wait_for("mvx> ")
        self.type(".ta\t\r")
        self.wait_for("divergence_side")
        self.wait_for("mvx> ")
        self.type("SELECT printa\t(x'41', 1) || '?' AS a;\r")
        self.wait_for("A?")
        self.wait_for("mvx> ")
        # several: what they have in common, then all of them
        self.type("SELECT * FROM diverg\t\t")
        self.wait_for("divergence_side")
        self.type("\x15SELECT zzz\t\x15.quit\r")
        self.assertEqual(self.end(), 0)

    def test_history(self):
        path = os.path.join(self.folder, ".local", "state", "mvx", "history")
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        self.start()
        self.type("SELECT 'first' AS a;\r")
        self.wait_for("mvx> ")
        self.type("SELECT 'other' AS a;\r")
        self.wait_for("mvx> ")
        self.type("\x10\x10")  # two back
        self.type("\x05\r")
        self.wait_for("\nfirst\r\n")
        self.wait_for("mvx> ")
        self.type(".quit\r")
        self.assertEqual(self.end(), 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read().splitlines()[:2], ["SELECT 'first' AS a;", "SELECT 'other' AS a;"])
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(os.path.dirname(path)).st_mode & 0o777, 0o700)
        # another shell has it
        self.start()
        self.type("\x10\x10\r")
        self.wait_for("\nfirst\r\n")
        self.type(".quit\r")
        self.assertEqual(self.end(), 0)

    def test_history_elsewhere_or_nowhere(self):
        state = os.path.join(self.folder, "state")
        self.start(XDG_STATE_HOME=state)
        self.type("SELECT 1;\r.quit\r")
        self.assertEqual(self.end(), 0)
        self.assertTrue(os.path.exists(os.path.join(state, "mvx", "history")))
        self.start("--history=none")
        self.type("SELECT 1;\r.quit\r")
        self.assertEqual(self.end(), 0)
        self.assertFalse(os.path.exists(os.path.join(self.folder, ".local")))
        # what others could write is made ours alone; what is no file is left as it is
        loose = os.path.join(self.folder, "loose")
        with open(loose, "w", encoding="utf-8"):
            os.chmod(loose, 0o666)
        self.start("--history=" + loose)
        self.type(".quit\r")
        self.assertEqual(self.end(), 0)
        self.assertEqual(os.stat(loose).st_mode & 0o777, 0o600)
        os.symlink(loose, os.path.join(self.folder, "link"))
        self.start("--history=" + os.path.join(self.folder, "link"))
        self.type(".quit\r")
        self.assertEqual(self.end(), 0)
        with open(loose, encoding="utf-8") as file:
            self.assertEqual(file.read(), ".quit\n")

    def test_interrupt_stops_what_runs(self):
        self.start()
        self.type("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS top FROM n;\r")
        self.wait_for("FROM n;")
        self.wait_for("\n")  # it may not run yet: then it never will
        self.type("\x03")
        self.wait_for("interrupted")
        self.wait_for("mvx> ")
        self.answers_and_quits()

    def answers_and_quits(self):
        self.type("SELECT 'alive' || 1 AS a;\r")
        self.wait_for("alive1")
        self.type(".quit\r")
        self.assertEqual(self.end(), 0)

    def test_interrupt_throws_away_what_is_typed(self):
        self.start()
        self.type("SELECT 'gone',\r")
        self.wait_for("...> ")
        self.type("'too' \x03")
        self.wait_for("mvx> ")
        self.answers_and_quits()

    def test_interrupt_ends_a_search(self):
        self.start()
        self.type("SELECT 'old' AS a;\r")
        self.wait_for("mvx> ")
        self.type("\x12ol")
        self.wait_for("SELECT 'old'")
        self.type("\x03")
        self.wait_for("mvx> ")
        self.answers_and_quits()

    def test_no_interrupt_is_lost(self):
        """Whatever the shell is at: each gives a prompt, as nothing else does here."""
        self.start()
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS top FROM n;\r"
        for attempt in range(100):
            self.type(endless)
            time.sleep(attempt * 0.00005)
            self.type("\x03")
            self.wait_for("mvx> ")
        self.answers_and_quits()

    def test_what_comes_after_it_is_left_to_others(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        before = termios.tcgetattr(theirs)
        with subprocess.Popen([REPLAY, "shell", "--history=none", self.trace], stdin=theirs, stdout=theirs, stderr=theirs,
                              env={**os.environ, "HOME": self.folder, "TERM": "vt100"}) as shell:
            seen = b""
            while b"mvx> " not in seen:
                seen += os.read(ours, 65536)
            os.write(ours, b".quit\rwhoami\r")
            self.assertEqual(shell.wait(PATIENCE_S), 0)
        self.assertEqual(termios.tcgetattr(theirs), before)
        self.assertTrue(select.select([theirs], [], [], PATIENCE_S)[0])
        self.assertEqual(os.read(theirs, 100), b"whoami\n")

    def test_hostile_bytes_do_not_reach_the_terminal(self):
        subprocess.run([MAKE_TRACE, "-o", self.trace + ".x", "-n", "30", "-x", "-b"], check=True)
        self.trace += ".x"
        self.start()
        self.type("SELECT * FROM variant; SELECT * FROM mark;\r")
        shown = self.wait_for("mvx> ")
        self.assertNotIn("\x1b]0;owned", shown)
        self.assertNotIn("\u202e", shown)
        self.type(".quit\r")
        self.assertEqual(self.end(), 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
