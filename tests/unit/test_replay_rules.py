#!/usr/bin/python3
"""Rules of mvx-replay diff and check: what each action hides, what it says, and what is no rule.

Usage: test_replay_rules.py MVX_REPLAY MAKE_TRACE MVX_MONITOR
"""
import json
import os
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml

sys.dont_write_bytecode = True
from recording import skip_unless_possible  # noqa: E402

import test_replay_cli  # noqa: E402
from test_replay_cli import HARMFUL, Traces  # noqa: E402

MONITOR = os.path.abspath(sys.argv[3])


def run(*words):
    status, out, err = test_replay_cli.run(*words)
    return status, out.decode(), err


def rule(name, where, action, because="it is known", expires=None):
    lines = [f"[{name}]", f"where = {where}", f"action = {action}", f"because = {because}"]
    return "\n".join(lines + ([f"expires = {expires}"] if expires else [])) + "\n"


class Rules(Traces):
    def rules(self, *parts):
        path = self.path("known.rules")
        with open(path, "w") as file:
            file.write("\n".join(parts))
        return path

    def pair(self):
        return self.make("-n", "300", "-b"), self.make("-n", "340", "-b")

    def diff(self, rules, status, *words):
        got, out, err = run("diff", "--rules", rules, *words)
        self.assertEqual((got, err), (status, ""), out)
        return out

    def test_ignore(self):
        rules = self.rules(rule("later", "step > 300", "ignore"))
        for pair in (self.pair(), self.pair()[::-1]):
            out = self.diff(rules, 0, *pair)
            self.assertRegex(out, r"^rule later \(.*known\.rules:1\) ignored \d+ records: it is known\nsame: ")
        # of some only: the others are told
        out = self.diff(self.rules(rule("closes", "name = 'close' AND step > 300", "ignore")), 1, *self.pair())
        self.assertNotIn("only in B: close", out)
        self.assertIn("only in B: getpid", out)

    def test_mask(self):
        a, b = self.make("-n", "300", "-b"), self.make("-n", "300", "-b", "-x")
        self.assertEqual(run("diff", a, b)[0], 1)
        self.diff(self.rules(rule("all", "1", "mask")), 0, a, b)
        # the name still counts
        self.diff(self.rules(rule("all", "1", "mask")), 1, *self.pair())
        out = self.diff(self.rules(rule("some", "name = 'openat'", "mask=/etc/[a-z]+")), 1, a, b)
        self.assertIn("<masked>", out)
        self.assertNotIn("openat /etc/passwd", out)

    def test_severity(self):
        rules = self.rules(rule("opens", "name = 'openat'", "severity=cosmetic"))
        rows = json.loads(self.diff(rules, 1, "-F", "json", *self.pair()))
        opens = [row for row in rows if "openat" in row["finding"]]
        self.assertTrue(opens)
        self.assertEqual({row["severity"] for row in opens}, {"cosmetic"})
        self.assertEqual([row["places"] > 0 for row in rows if row["change"] == "rule"], [True])

    def test_unused_and_expired(self):
        rules = self.rules(rule("old", "1", "ignore", expires="2020-02-29"),
                           rule("never", "name = 'no such call'", "unorder"),
                           rule("yet", "step > 300", "ignore", expires="9998-12-31"))
        out = self.diff(rules, 0, *self.pair())
        self.assertRegex(out, r"(?m)^rule old \(.*:1\) expired after 2020-02-29 and does not apply: it is known$")
        self.assertRegex(out, r"(?m)^rule never \(.*:7\) is unused: ")
        self.assertRegex(out, r"(?m)^rule yet .* ignored \d+ records: ")

    def test_text_of_a_file(self):
        """Comments, continued lines, a comment of SQL's, blanks at ends, CR."""
        rules = self.rules("# why\r\n\r\n[a-1.b_2]\r\nwhere = name = 'close' -- those\r\n  OR step > 300\r\n"
                           "   # not of the value\r\naction=ignore\r\nbecause =  two\r\n\twords  \r\n")
        out = self.diff(rules, 0, *self.pair())
        self.assertRegex(out, r"^rule a-1\.b_2 \(.*:3\) ignored \d+ records: two words\n")
        self.assertEqual(self.diff(self.rules("# nothing\n"), 0, *self.pair()[:1] * 2).count("\n"), 1)

    def test_not_rules(self):
        good = rule("good", "1", "ignore")
        a, b = self.pair()
        for text, line, about in (
                ("x = 1\n", 1, "a rule begins with"), ("[]\n", 1, "letters"), ("[a b]\n", 1, "letters"),
                ("[a\n", 1, "letters"), ("[" + "n" * 64 + "]\n", 1, "letters"), (good + good, 5, "already"),
                ("[a]\naction = ignore\nbecause = x\n", 1, "no where"),
                ("[a]\nwhere = 1\naction = ignore\n", 1, "no because"),
                ("[a]\nwhere = 1\nbecause = x\n", 1, "no action"),
                ("[a]\nwhere = 1\naction = ignore\nbecause =\n", 1, "no because"),
                ("[a]\nwhere = 1\nwhere = 2\n", 3, "two lines"), ("[a]\nwhere 1\n", 2, "= behind where"),
                ("[a]\nhows = 1\n", 2, "not where"), ("  lost\n", 1, "nothing that could go on"),
                ("[a]\n  lost\n", 2, "nothing that could go on"),
                (rule("a", "1", "hide"), 3, "action is"), (rule("a", "1", "ignore=x"), 3, "action is"),
                (rule("a", "1", "mask=["), 3, "mask: "), (rule("a", "1", "severity=bad"), 3, "severity is"),
                (rule("a", "1", "severity"), 3, "severity is"),
                (rule("a", "1", "ignore", expires="2027-13-01"), 5, "expires is a date"),
                (rule("a", "1", "ignore", expires="tomorrow"), 5, "expires is a date"),
                (good.replace("ignore", "ign\0re"), 3, "NUL"),
                (good + rule("b", "nam = 1", "ignore"), 6, "no such column: nam"),
                (rule("b", "1) OR (", "ignore"), 2, "SQL"),
                (rule("b", "1); DELETE FROM step; SELECT (1", "ignore"), 2, "more than one statement"),
                (rule("b", "load_extension('x')", "ignore"), 2, "not authorized"),
                (rule("b", "text REGEXP '['", "ignore"), 2, "")):
            rules = self.rules(text)
            status, out, err = run("diff", "--rules", rules, a, b)
            self.assertEqual((status, out), (2, ""), text)
            self.assertTrue(err.startswith(f"mvx-replay: {rules}:{line}: "), err)
            self.assertIn(about, err)
        self.assertEqual(run("diff", "--rules", self.path("nowhere"), a, b)[0], 2)
        self.assertEqual(run("diff", "--rules", self.folder.name, a, b)[0], 2)

    def test_ends_and_divergences_stay(self):
        a, b = self.make("-n", "300", "-b"), self.make("-n", "300", "-b", "-d", "100")
        out = self.diff(self.rules(rule("all", "1", "ignore")), 1, a, b)
        self.assertIn("security: only in B: variants diverge", out)

    def test_hostile(self):
        a, b = self.make("-n", "300", "-b"), self.make("-n", "300", "-b", "-x")
        rules = self.rules(rule("n", "name = 'openat'", "mask=e", because="\033[2J\u202e\x9b"))
        for words in ([], ["-F", "json"], ["-F", "markdown"]):
            self.assertIsNone(HARMFUL.search(self.diff(rules, 1, *words, a, b)))

    def test_order(self):
        """Of a run that made two folders the other way round, which only the order tells."""
        skip_unless_possible(MONITOR)
        traces = []
        for names in ("p", "q"), ("q", "p"):
            for name in names:
                if os.path.exists(self.path(name)):
                    os.rmdir(self.path(name))
            traces.append(self.path("".join(names) + ".mvx.zst"))
            subprocess.run([MONITOR, "-n", "2", "-o", traces[-1], "--", "/usr/bin/mkdir", *names],
                           cwd=self.folder.name, check=True, timeout=120)
        argv = rule("argv", "name = 'execve'", "mask")
        self.assertIn("order: elsewhere: mkdir", self.diff(self.rules(argv), 1, *traces))
        self.diff(self.rules(argv, rule("dirs", "name = 'mkdir'", "unorder")), 0, *traces)
        # the same for a golden
        rules = self.rules(argv, rule("dirs", "name = 'mkdir'", "unorder"))
        goldens = self.path("ordered")
        os.mkdir(goldens)
        run("check", "--golden", goldens, "--update", "--rules", rules, traces[0])
        run("check", "--golden", goldens, "--accept")
        os.rename(goldens + "/pq.golden", goldens + "/qp.golden")
        status, out, _ = run("check", "--golden", goldens, "--rules", rules, traces[1])
        self.assertEqual(status, 0, out)

    # ---- check ----

    def check(self, rules, trace, status, *words):
        got, out, err = run("check", "--golden", self.goldens, "--rules", rules, *words, trace)
        self.assertEqual((got, err), (status, ""), out)
        return out

    def test_check(self):
        self.goldens = self.path("goldens")
        os.mkdir(self.goldens)
        short, long = self.pair()
        name = os.path.basename(short)[:-len(".mvx.zst")]
        rules = self.rules(rule("later", "step > 300", "ignore", because="a <b> & c"),
                           rule("old", "1", "ignore", expires="2020-01-01"))
        self.check(rules, short, 0, "--update")
        run("check", "--golden", self.goldens, "--accept")
        os.rename(long, self.path("kept"))
        with open(short, "rb") as file:
            before = file.read()
        try:
            os.replace(self.path("kept"), short)  # the longer run under the name of the shorter one
            out = self.check(rules, short, 0)
            self.assertRegex(out, rf"^PASS {name}\nrule later .*ignored \d+ records: a <b> & c\nrule old .*expired")
            tree = xml.fromstring(self.check(rules, short, 0, "--report=junit"))
            self.assertRegex(tree.find("system-out").text, r"later .* ignored \d+ records: a <b> & c")
            self.assertRegex(self.check(rules, short, 0, "--report=tap"), r"(?m)^# rule later .* ignored ")
            self.assertRegex(self.check(rules, short, 0, "--report=github"),
                             r"(?m)^::notice title=rule later::later .* ignored ")
            answer = json.loads(self.check(rules, short, 0, "--report=json"))
            self.assertEqual((answer["passed"], answer["results"][0]["outcome"]), (1, "passed"))
            self.assertEqual([(r["rule"], r["action"], r["expired"]) for r in answer["rules"]],
                             [("later", "ignore", False), ("old", "ignore", True)])
            self.assertGreater(answer["rules"][0]["hits"], 0)
            out = self.check(rules, short, 0, "--report=markdown")
            self.assertRegex(out, r"(?m)^- passed: .*\n- rule later .*a \\<b\\> & c$")
            other = self.rules(rule("nothing", "0", "ignore"))
            self.assertIn("which was made with other rules", self.check(other, short, 1))
            self.assertIn("**failed**", self.check(other, short, 1, "--report=markdown"))
            self.assertEqual(json.loads(self.check(other, short, 1, "--report=json"))["failed"], 1)
        finally:
            os.rename(short, long)
            with open(short, "wb") as file:
                file.write(before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
