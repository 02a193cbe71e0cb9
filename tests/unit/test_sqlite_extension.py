#!/usr/bin/python3
"""mvx.so in the sqlite3 shell, and in Python where its sqlite3 loads extensions.

Usage: test_sqlite_extension.py MVX_SO MVX_REPLAY MAKE_TRACE
"""
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

EXTENSION, REPLAY, MAKE_TRACE = map(os.path.abspath, sys.argv[1:4])
EXTENSION = EXTENSION.removesuffix(".so")
SQLITE = shutil.which("sqlite3")
QUESTIONS = [
    "SELECT count(*) FROM step",
    "SELECT name, count(*) FROM step GROUP BY name ORDER BY 1",
    "SELECT step, task, text FROM v_step WHERE step BETWEEN 40 AND 60",
    "SELECT step, variant, text FROM v_divergence",
    "SELECT step, canon(step), path_of('P0', 1, step) FROM step WHERE step < 30",
    "SELECT step, distance FROM context(100, 2, 2)",
    "SELECT process, fd, how, name FROM fd",
    "SELECT variant, start, length, prot FROM map",
    "SELECT label FROM task WHERE label REGEXP 'T[12]$'",
    "SELECT hex64(255), printable(x'41ff'), errno_name(-2)",
]


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.trace = self.path("it's made.mvx.zst")
        subprocess.run([MAKE_TRACE, "-o", self.trace, "-n", "300", "-d", "100", "-t", "3", "-b"], check=True)
        self.open = "SELECT mvx_open('" + self.trace.replace("'", "''") + "');"

    def path(self, name):
        return os.path.join(self.folder, name)


@unittest.skipUnless(SQLITE, "there is no sqlite3 shell")
class Shell(Folder):
    def shell(self, *lines, database=":memory:", load=True):
        text = "\n".join(([f".load {EXTENSION}"] if load else []) + list(lines)) + "\n"
        done = subprocess.run([SQLITE, "-bail", "-noheader", "-separator", "\t", "-nullvalue", "\\N", database], input=text,
                              capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_answers_are_those_of_query(self):
        for sql in QUESTIONS:
            want = subprocess.run([REPLAY, "query", "-F", "tsv", self.trace, sql], capture_output=True, text=True,
                                  check=True).stdout.partition("\n")[2]
            status, out, err = self.shell(self.open, sql + ";")
            self.assertEqual((status, err), (0, ""), sql)
            # the shell writes backslashes and addresses as they are
            if "start" not in sql and "printable" not in sql and "text" not in sql:
                self.assertEqual(out.partition("\n")[2], want, sql)
            self.assertEqual(out.count("\n") - 1, want.count("\n"), sql)

    def test_refusals(self):
        for lines, sentence in ((["SELECT mvx_open('/nosuch');"], "/nosuch"),
                                ([f"SELECT mvx_open('{REPLAY}');"], REPLAY),
                                (["SELECT mvx_open(NULL);"], "needs the name"),
                                (["SELECT * FROM mvx;"], "mvx_open"),
                                ([self.open, self.open], "open here already"),
                                ([self.open, "DELETE FROM step;"], "may not be modified"),
                                # a database cannot open files by its own views
                                (["CREATE VIEW trap AS SELECT mvx_open('x') AS a;", "SELECT a FROM trap;"], "unsafe use")):
            status, _, err = self.shell(*lines)
            self.assertNotEqual(status, 0, lines)
            self.assertIn(sentence, err)

    def test_after_a_refusal_it_still_opens(self):
        done = subprocess.run([SQLITE, "-noheader"], text=True, capture_output=True, timeout=120, check=False,
                              input=f".load {EXTENSION}\nSELECT mvx_open('/nosuch');\n{self.open}\n"
                                    "SELECT count(*) FROM step;\n")
        self.assertEqual(done.stdout.splitlines()[-1], "300")

    def test_the_database_stays_as_it_is(self):
        database = self.path("own.db")
        self.assertEqual(self.shell("CREATE TABLE note(step, text);", "INSERT INTO note VALUES(7, 'look');",
                                    database=database, load=False)[0], 0)
        with open(database, "rb") as file:
            before = file.read()
        status, out, err = self.shell(self.open, "SELECT n.text, s.name FROM note AS n JOIN main.note USING(step) "
                                                 "JOIN step AS s ON s.step = n.step;",
                                      "SELECT count(*) FROM v_step;", database=database)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("look\t", out)
        with open(database, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_hosts_regexp_stays(self):
        out = self.shell("SELECT 'abc' REGEXP '^\\w+$';", self.open, "SELECT 'abc' REGEXP '^\\w+$';")[1].splitlines()
        self.assertEqual(out[0], out[-1])

    def test_two_connections(self):
        other = self.path("other.mvx.zst")
        subprocess.run([MAKE_TRACE, "-o", other, "-n", "77"], check=True)
        status, out, err = self.shell(self.open, ".connection 1", f".load {EXTENSION}", f"SELECT mvx_open('{other}');",
                                      "SELECT count(*) FROM step;", ".connection 0", "SELECT count(*) FROM step;")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual([line for line in out.splitlines() if line.isdigit()], ["77", "300"])

    def test_damage_is_an_error_or_an_answer(self):
        with open(self.trace, "rb") as file:
            data = bytearray(file.read())
        for at in range(0, len(data), max(1, len(data) // 40)):
            broken = bytearray(data)
            broken[at] ^= 0x5a
            with open(self.path("broken.zst"), "wb") as file:
                file.write(broken)
            status, _, _ = self.shell(f"SELECT mvx_open('{self.path('broken.zst')}');", "SELECT count(text) FROM step;",
                                      "SELECT count(*) FROM fd;", "SELECT count(*) FROM map;")
            self.assertIn(status, (0, 1), at)


@unittest.skipUnless(hasattr(sqlite3.Connection, "enable_load_extension"), "Python's sqlite3 loads no extensions")
class Python(Folder):
    def test_questions(self):
        connection = sqlite3.connect(":memory:")
        connection.enable_load_extension(True)
        connection.load_extension(EXTENSION)
        connection.enable_load_extension(False)
        self.assertEqual(connection.execute("SELECT mvx_open(?)", (self.trace,)).fetchone(), (self.trace,))
        for sql in QUESTIONS:
            self.assertTrue(connection.execute(sql).fetchall(), sql)
        half_read = connection.execute("SELECT * FROM step")
        half_read.fetchone()
        connection.close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
