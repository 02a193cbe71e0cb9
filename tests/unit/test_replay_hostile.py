#!/usr/bin/python3
"""What a trace's maker wrote into it stays text: every command, every format.

Usage: test_replay_hostile.py MVX_REPLAY MAKE_TRACE

Terminals obey escapes, runners of workflows obey lines that start with `::` or `##[`, spreadsheets obey cells
that start with `=`, browsers obey `<script>`, people obey lines that look like ours. A command that `help`
lists and that is not here fails the test.
"""
import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

sys.dont_write_bytecode = True
from report_page import Page  # noqa: E402

REPLAY, MAKE_TRACE = sys.argv[1:3]
os.environ["MVX_PAGER"] = ""  # what a terminal shows is looked at here, not what less makes of it

TEXTS = ("::error file=x::forged", "##[error]forged", "=1+1+cmd|forged", "+forged", "-forged", "@forged",
         "<script>forged</script><img src=x onerror=forged()>", '","forged\n=forged,"\r\n=forged',
         "\n::error ::forged\n##[error]forged\n#9 P0.T0 forged() = 0\n=== forged ===\nok 9 - forged\n\t=forged\n9 passed",
         "\033[2J\033]0;forged\007\x9b31m\u202eforged\u2066\ufeff]]>&forged;<!-- a|b\n|forged| %0A::forged {\"forged\": 1}")
FORMATS = ("table", "tsv", "csv", "json", "ndjson", "line", "markdown")
# {} is the trace, {other} another one, {out} a file to be made.
FORMATTED = (["info", "{}"], ["summary", "{}"], ["summary", "--by=file", "{}"], ["summary", "--by=task", "{}"],
             ["grep", ".", "{}"], ["strings", "-n", "2", "{}"], ["stream", "{}", "P0.T0", "3", "#14"],
             ["diff", "{}", "{other}"], ["diff", "--level=all", "{other}", "{}"], ["timeline", "{}"],
             ["query", "{}", "SELECT text, * FROM mark"], ["query", "{}", "SELECT data, * FROM buf"],
             ["query", "{}", "SELECT text, * FROM v_step"], ["query", "{}", "SELECT location, text, * FROM divergence_side"],
             ["query", "{}", "SELECT path FROM file_identity"], ["query", "{}", "SELECT label, * FROM task"],
             ["query", "{}", "SELECT * FROM meta"])
PLAIN = (["{}"], ["show", "{}"], ["show", "--variants=all", "{}"], ["show", "--canon", "--level=all", "{}"],
         ["show", "{}", "d1"], ["timeline", "{}", "--variants=all"], ["grep", "forged", "{}"], ["strings", "{}"],
         ["export", "--to=strace", "{}"], ["export", "--to=chrome", "{}"], ["export", "--to=csv", "{}", "--table=mark"],
         ["export", "--to=tsv", "{}", "--table=mark"], ["export", "--to=ndjson", "{}", "--table=buf"],
         ["verify", "{}"], ["repair", "-o", "{out}", "{}"], ["load", "-o", "{out}", "{}"], ["schema"],
         ["completion", "bash"], ["help"])
# Traces made of traces: {text} is the hostile text. What others say of them must be harmless, too.
DERIVED = (["redact", "-f", "-o", "{out}", "{}"], ["slice", "-f", "-o", "{out}", "{}"],
           ["slice", "-f", "-o", "{out}", "--path={text}", "{}"], ["slice", "-f", "-o", "{out}", "{}", "d1", "-B", "3"])
READERS = (["{}"], ["show", "{}"], ["show", "--canon", "--level=all", "{}"], ["strings", "{}"], ["verify", "{}"],
           ["query", "{}", "SELECT * FROM meta"], ["query", "{}", "SELECT text, * FROM v_step", "-F", "csv"])
STATEMENTS = ("SELECT text, * FROM mark;", "SELECT data, * FROM buf;", "SELECT text, * FROM v_step;",
              "SELECT location, text, * FROM divergence_side;", "SELECT label, * FROM task;", "SELECT * FROM meta;")
DOT_COMMANDS = (".tables", ".schema", ".saved", ".saved divergences", ".help")
# On a terminal: tables, and what is said besides; without colours, which are escapes of ours.
ON_TERMINAL = (["show", "--color=never", "{}"], ["timeline", "--color=never", "{}"],
               ["query", "--color=never", "{}", "SELECT text, * FROM mark"], ["report", "{}"],
               ["report", "-f", "-o", "{out}", "{}"], ["redact", "-f", "-o", "{out}", "{}"],
               ["slice", "-f", "-o", "{out}", "--path={text}", "{}"], ["slice", "-f", "-o", "{out}", "{}"],
               ["shell", "--color=never", "{}"])
CHECKS = ("text", "tap", "junit", "github")
HARMFUL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
ORDER = re.compile(r"\s*(::|##\[)")
FORGED_LINE = re.compile(r"(#9 P0\.T0 forged|=== forged|ok 9 - forged|9 passed)")


def run(words, script=""):
    done = subprocess.run([REPLAY, *words], input=script.encode(), capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def run_on_terminal(words, script=""):
    """Its status and what a terminal gets of both of its streams, with lines as they were."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([REPLAY, *words], stdin=subprocess.PIPE, stdout=theirs, stderr=theirs,
                               env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    process.stdin.write(script.encode())
    process.stdin.close()
    said = b""
    try:
        while chunk := os.read(ours, 65536):
            said += chunk
    except OSError:  # EIO: the last one at the other end is gone
        pass
    os.close(ours)
    return process.wait(timeout=300), said.decode().replace("\r\n", "\n")


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        cls.other = cls.make("other", "-n", "30", "-b")
        cls.traces = [cls.make(f"trace{i}", "-n", "30", "-t", "2", "-d", "15", "-s", "10", "-b", "-X", text)
                      for i, text in enumerate(TEXTS)]

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def make(cls, name, *options):
        path = os.path.join(cls.folder, name + ".mvx.zst")
        subprocess.run([MAKE_TRACE, "-o", path, *options], check=True)
        return path

    def fill(self, words, trace, text=""):
        names = {"{}": trace, "{other}": self.other, "{out}": os.path.join(self.folder, "out"), "{text}": text}
        return [re.sub(r"\{\w*\}", lambda found: names[found[0]], word) for word in words]

    def answer(self, words, trace, script="", text=""):
        [out] = self.fill(["{out}"], trace)
        if os.path.exists(out):
            os.unlink(out)
        filled = self.fill(words, trace, text)
        status, said, err = run(filled, script)
        # what redact has taken out was not recorded, as strings has it
        self.assertIn(status, (0, 1, 3) if words[0] == "strings" else (0, 1), (filled, err))
        for text in (said, err):
            self.check_text(text, filled)
        return said

    def check_text(self, text, words):
        # str.splitlines knows more ends of lines than a terminal does
        self.assertIsNone(HARMFUL.search(text), words)
        for line in text.split("\n"):
            if "--report=github" not in words:
                self.assertIsNone(ORDER.match(line), (words, line))
            self.assertIsNone(FORGED_LINE.match(line), (words, line))

    def check_rows(self, form, out, words):
        if form == "csv":
            rows = list(csv.reader(io.StringIO(out)))
            self.assertEqual({len(row) for row in rows}, {len(rows[0])}, words)
            for cell in sum(rows, []):
                self.assertNotRegex(cell, r"^[=+@]|^-(?!\d+(\.\d+)?$)", words)
        elif form == "tsv":
            self.assertEqual(len({line.count("\t") for line in out.split("\n")[:-1]}), 1, words)
        elif form == "json":
            json.loads(out)
        elif form == "ndjson":
            for line in out.split("\n")[:-1]:
                json.loads(line)
        elif form == "markdown":
            self.assertNotRegex(out, r"(?<!\\)<", words)
            self.assertEqual(len({len(re.findall(r"(?<!\\)\|", line)) for line in out.split("\n")[:-1]}), 1, words)

    def test_every_format(self):
        for trace in self.traces:
            for words in FORMATTED:
                for form in FORMATS:
                    out = self.answer([*words, "-F", form], trace)
                    if words[0] not in ("info",) or form not in ("table", "line"):
                        self.check_rows(form, out, (words, form, trace))

    def test_every_command(self):
        for trace in self.traces:
            for words in PLAIN:
                self.answer(words, trace)

    def test_the_text_is_there(self):
        """Harmless because escaped, not because left out."""
        for trace in self.traces:
            for words in (["show", "{}"], ["grep", "forged", "{}"], ["query", "{}", "SELECT text FROM mark", "-F", "csv"],
                          ["diff", "{}", "{other}"], ["export", "--to=strace", "{}"], ["timeline", "{}"]):
                self.assertIn("forged", self.answer(words, trace), words)

    def test_reports(self):
        goldens = os.path.join(self.folder, "goldens")
        os.mkdir(goldens)
        for words in (["--update", self.other], ["--accept"]):
            self.assertEqual(run(["check", "--golden", goldens, *words])[0], 0, words)
        for i, trace in enumerate(self.traces):
            changed = os.path.join(self.folder, str(i), os.path.basename(self.other))
            os.mkdir(os.path.dirname(changed))
            os.symlink(trace, changed)
            for report in CHECKS:
                out = self.answer(["check", "--golden", goldens, "--report=" + report, "{}"], changed)
                self.assertIn("forged", out)
                if report == "junit":
                    self.assertIsNone(xml.fromstring(out).find(".//script"))
                elif report == "github":
                    self.assertEqual(len([line for line in out.split("\n") if ORDER.match(line)]), 1, out)
                elif report == "tap":
                    self.assertEqual(len(re.findall("^(?:not )?ok ", out, re.M)), 1, out)

    def test_shell(self):
        for trace in self.traces:
            for form in FORMATS:
                for statement in STATEMENTS:
                    out = self.answer(["shell", "-F", form, "{}"], trace, statement + "\n")
                    self.check_rows(form, out, (statement, form, trace))
            self.answer(["shell", "{}"], trace, "\n".join(DOT_COMMANDS))
            self.assertIn("forged", self.answer(["shell", "{}"], trace, STATEMENTS[0] + "\n"))

    def test_report_page(self):
        """Sent somewhere or in a file it is the same: well-formed, with none but our elements, and the text as text."""
        for text, trace in zip(TEXTS, self.traces):
            page = self.answer(["report", "{}"], trace)
            self.assertEqual(self.answer(["report", "-o", "{out}", "{}"], trace), "")
            [out] = self.fill(["{out}"], trace)
            with open(out, encoding="utf-8", newline="") as file:
                self.assertEqual(file.read(), page)
            tree = Page(self, page)
            self.assertIn("forged", tree.text())
            if "<" in text and text.isprintable():
                self.assertIn(text, tree.text())
                self.assertNotIn(text, page)

    def test_derived_traces(self):
        for text, trace in zip(TEXTS, self.traces):
            for i, words in enumerate(DERIVED):
                self.answer(words, trace, text=text)
                made = os.path.join(self.folder, f"made{i}")
                os.rename(os.path.join(self.folder, "out"), made)
                for reader in READERS:
                    said = self.answer(reader, made)
                    if words[0] == "redact":
                        self.assertNotIn("forged", said, reader)
            # what chose is told, and is a stranger's for whoever gets the slice
            self.assertIn("forged", self.answer(["info", "{}"], os.path.join(self.folder, "made2")))

    def test_terminal(self):
        [out] = self.fill(["{out}"], "")
        for text, trace in zip(TEXTS, self.traces):
            for words in ON_TERMINAL:
                script = "\n".join(STATEMENTS + DOT_COMMANDS) if words[0] == "shell" else ""
                filled = self.fill(words, trace, text)
                status, said = run_on_terminal(filled, script)
                self.assertEqual(status, 2 if words == ["report", "{}"] else 0, (filled, said))
                self.check_text(said, filled)
                if words[0] in ("show", "timeline", "query", "shell"):
                    self.assertIn("forged", said)
                elif status == 0:
                    self.assertTrue(os.path.exists(out))

    def test_no_command_is_left_out(self):
        known = {words[0] for words in FORMATTED + PLAIN + DERIVED + ON_TERMINAL if words[0] != "{}"} | {"check"}
        listed = set(re.findall(r"^  ([a-z]+)\b", run(["help"])[1].split("exit status:")[0], re.M))
        self.assertEqual(listed, known)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
