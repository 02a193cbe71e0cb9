#!/usr/bin/python3
"""mvx-replay as its users meet it: exit statuses, formats, hostile bytes, damage, closed outputs.

Usage: test_replay_cli.py MVX_REPLAY MAKE_TRACE
"""
import csv
import functools
import io
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import frames  # noqa: E402

REPLAY, MAKE_TRACE = sys.argv[1:3]
os.environ["MVX_PAGER"] = ""  # what a terminal shows is looked at here, not what less makes of it
STEPS = 20000
shell = functools.partial(frames.shell, timeout=120)
# What may not reach a terminal: controls but newline, C1, bidi, bytes that are not UTF-8.
HARMFUL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def run(*args, stdin=None, env=None):
    done = subprocess.run([REPLAY, *args], capture_output=True, input=stdin, timeout=120,
                          env={**os.environ, "TERM": "xterm", **(env or {})})
    return done.returncode, done.stdout, done.stderr.decode()


class Traces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.made = {}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def make(self, *options):
        key = " ".join(options)
        if key not in self.made:
            path = self.path(f"trace{len(self.made)}.mvx.zst")
            subprocess.run([MAKE_TRACE, "-o", path, *options], check=True)
            type(self).made[key] = path
        return self.made[key]

    def whole(self):
        return self.make("-n", str(STEPS), "-t", "3", "-s", "1000", "-b")

    def diverged(self):
        return self.make("-n", "50", "-d", "40", "-b")

    def hostile(self):
        return self.make("-n", "30", "-d", "20", "-x")

    def query(self, trace, sql, *options):
        status, out, err = run("query", trace, sql, "-F", "json", *options)
        self.assertEqual((status, err), (0, ""), sql)
        return json.loads(out)

    def copy(self, trace, name, change):
        with open(trace, "rb") as file:
            data = bytearray(file.read())
        data = change(data) or data
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)


class Usage(Traces):
    def test_help_and_version(self):
        for words in (["help"], ["--help"], ["-h"], ["help", "show"], ["show", "--help"],
                      ["query", "-h"], ["--version"], ["schema"], ["schema", "step"]):
            status, out, err = run(*words)
            self.assertEqual((status, err), (0, ""), words)
            self.assertTrue(out, words)
        self.assertEqual(run("help", "show")[1], run("show", "--help")[1])

    def test_every_command_is_helped(self):
        for line in run("help")[1].decode().splitlines():
            if re.match("  [a-z]", line):
                status, out, _ = run("help", line.split()[0])
                self.assertEqual(status, 0)
                self.assertIn(b"options:", out)

    def test_bad_usage_is_2_in_one_sentence(self):
        trace = self.diverged()
        for words in (["nosuch"], ["show"], ["query", trace], ["info", trace, trace], ["info", "--nosuch", trace],
                      ["info", "-q", trace], ["query", trace, "SELECT 1", "-F", "xml"], ["show", trace, "xyz"],
                      ["show", trace, "-A", "x"], ["show", trace, "-e", "trace=nosuch"],
                      ["show", trace, "-e", "status=odd"], ["show", trace, "-e", "trace=/["], ["help", "nosuch"],
                      ["show", trace, "--variants=some"], ["info", "--color=blue", trace], ["show", "-s"],
                      ["query", trace, "SELECT 1", "--timeout", "soon"],
                      ["query", trace, "SELECT 1", "--expect-empty", "--expect-rows"]):
            status, out, err = run(*words)
            self.assertEqual((status, out), (2, b""), words)
            self.assertEqual(err.count("\n"), 1, err)
            self.assertTrue(err.startswith("mvx-replay: "), err)
        self.assertEqual(run()[0], 2)

    def test_what_is_no_trace_is_2_in_one_sentence(self):
        empty, text = self.path("empty"), self.path("text.zst")
        open(empty, "w").close()
        with open(text, "w") as file:
            file.write("no trace at all\n" * 100)
        for path in (empty, text, self.folder.name, "/nosuch/file", "/dev/null", "/dev/zero", REPLAY):
            for words in (["info", path], ["show", path], ["query", path, "SELECT 1"]):
                status, out, err = run(*words)
                self.assertEqual((status, out), (2, b""), words)
                self.assertEqual(err.count("\n"), 1, err)
                self.assertIn(path, err)

    def test_options_stand_anywhere(self):
        trace = self.diverged()
        want = run("query", trace, "SELECT 1 AS one", "-F", "csv")
        for words in (["query", "-Fcsv", trace, "SELECT 1 AS one"], ["query", trace, "--format=csv", "SELECT 1 AS one"],
                      ["query", "--format", "csv", "--", trace, "SELECT 1 AS one"]):
            self.assertEqual(run(*words), want)
        self.assertEqual(want, (0, b"one\n1\n", ""))


class Info(Traces):
    def test_bare_trace_is_info(self):
        trace = self.diverged()
        self.assertEqual(run(trace), run("info", trace))

    def test_lines(self):
        status, out, err = run("info", self.diverged())
        out = out.decode()
        self.assertEqual((status, err), (0, ""))
        self.assertIn("verdict     diverged at #40: variant 1 wrote other bytes\n", out)
        self.assertIn("complete    yes\n", out)
        self.assertIn("program     '/bin/test program' --flag 'it'\\''s'", out)
        out = run("info", self.whole())[1].decode()
        self.assertIn("verdict     no divergence\n", out)
        self.assertIn(f"steps       {STEPS} (3 tasks, 20 signals, 0 divergences)\n", out)

    def test_json(self):
        facts = json.loads(run("info", "-F", "json", self.diverged())[1])
        self.assertEqual((facts["steps"], facts["divergences"], facts["diverged_step"], facts["complete"]),
                         (50, 1, 40, 1))
        self.assertEqual(facts["start_wall_ns"], "1700000000000000000")


class Show(Traces):
    def lines(self, *words, status=0):
        got, out, err = run("show", *words)
        self.assertEqual(got, status, err)
        return out.decode().splitlines()

    def test_everything_in_order(self):
        lines = self.lines(self.whole())
        steps = [int(line[1:].split()[0]) for line in lines if line.startswith("#")]
        self.assertEqual(steps, list(range(1, STEPS + 1)))
        self.assertEqual(sum(line.startswith("--- ") for line in lines), 20)
        self.assertEqual(lines[0], "+++ P0.T0 started, pid 1000 tid 1000 +++")
        self.assertEqual(lines[-1], "+++ P0.T0 exited with 0 +++")

    def test_positions(self):
        trace = self.whole()
        self.assertEqual(self.lines(trace, "#12")[0].split("(")[0], "#12 P0.T0 mmap")
        self.assertEqual([line.split()[0] for line in self.lines(trace, "19998..")],
                         ["#19998", "#19999", "---", "#20000", "+++", "+++", "+++"])
        self.assertEqual([line.split()[0] for line in self.lines(trace, "#10000", "-C", "1")],
                         ["#9999", "---", "#10000", "#10001"])
        self.assertEqual(self.lines(trace, "12.v1")[0].split("(")[0], "#12.v1 P0.T0 mmap")
        self.assertEqual([line.split()[:2] for line in self.lines(trace, "P0.T1:5000")], [["#14998", "P0.T1"]])
        self.assertEqual([line.split()[0] for line in self.lines(trace, "+15us..+18us")], ["#10", "#11", "#12"])
        self.assertEqual([line.split()[0] for line in self.lines(trace, "5", "7")], ["#5", "#7"])

    def test_nothing_there_is_1(self):
        trace = self.whole()
        for position in ("#20001", "d1", "d0", "P9.T9", "P0.T0:999999", "+1h..".replace("h", "s"), "#0"):
            self.assertEqual(self.lines(trace, position, status=1), [], position)
        self.assertEqual(run("show", trace, "-e", "trace=fork", "-e", "status=failed", "#1..#10")[0], 1)

    def test_divergence_marks_what_differs(self):
        lines = self.lines(self.diverged(), "d1")
        self.assertTrue(lines[0].endswith("<diverged>"), lines)
        self.assertEqual(lines[1], "=== divergence d1 at #40 P0.T0: variant 1 wrote other bytes ===")
        self.assertEqual(lines[2], '    v0: write(1, "hello", 5)')
        self.assertEqual(lines[4], '    v1: write(1, "hellX", 5)')
        self.assertEqual(lines[5], " " * lines[4].index("X") + "^")

    def test_filters(self):
        trace = self.whole()
        names = {line.split()[2].split("(")[0] for line in self.lines(trace, "-e", "trace=%file")
                 if line[0] == "#"}
        self.assertEqual(names, {"openat"})
        failed = [line for line in self.lines(trace, "-Z") if line[0] == "#"]
        self.assertTrue(failed and all("ENOENT" in line for line in failed))
        good = [line for line in self.lines(trace, "-z") if line[0] == "#"]
        self.assertEqual(len(good) + len(failed), STEPS)
        self.assertEqual(len([line for line in self.lines(trace, "-e", "!openat") if line[0] == "#"]),
                         self.query(trace, "SELECT count(*) AS n FROM step WHERE name <> 'openat'")[0]["n"])
        self.assertEqual(len([line for line in self.lines(trace, "-P", "/etc/passwd") if line[0] == "#"]),
                         self.query(trace, "SELECT count(*) AS n FROM step WHERE name = 'openat'")[0]["n"])
        self.assertEqual([line for line in self.lines(trace, "-P", "/etc/passw") if line[0] == "#"], [])

    def test_context_around_matches(self):
        lines = [line.split()[0] for line in self.lines(self.make("-n", "20"), "-e", "getpid", "-B1", "-A1")
                 if line[0] in "#-"]
        self.assertEqual(lines, ["#3", "#4", "#5", "--", "#10", "#11", "#12", "--", "#17", "#18", "#19"])

    def test_variants(self):
        trace = self.diverged()
        self.assertEqual([line.split()[0] for line in self.lines(trace, "5", "--variants=all")], ["#5.v0", "#5.v1"])
        self.assertEqual([line.split()[0] for line in self.lines(trace, "5", "--variants=diff")], ["#5"])

    def test_string_limit(self):
        trace = self.whole()
        self.assertIn('"he"...', self.lines(trace, "1", "-s", "2")[0])

    def test_color(self):
        trace = self.diverged()
        self.assertNotIn("\033", "".join(self.lines(trace)))
        self.assertIn("\033[31m", "".join(self.lines(trace, "--color=always")))


class Query(Traces):
    def test_formats_agree(self):
        sql = "SELECT step, name, errno, text FROM step WHERE step < 8"
        trace = self.whole()
        want = [[str(row["step"]), row["name"], row["errno"] or "", row["text"]] for row in self.query(trace, sql)]
        rows = list(csv.reader(io.StringIO(run("query", trace, sql, "-F", "csv")[1].decode())))
        self.assertEqual([[cell.replace("\\\\", "\\") for cell in row] for row in rows[1:]], want)
        tsv = run("query", trace, sql)[1].decode()
        self.assertEqual(tsv, run("query", trace, sql, "-F", "tsv")[1].decode())
        rows = [line.split("\t") for line in tsv.splitlines()[1:]]
        self.assertEqual([[cell.replace("\\N", "").replace("\\\\", "\\") for cell in row] for row in rows], want)
        ndjson = [json.loads(line) for line in run("query", trace, sql, "-F", "ndjson")[1].splitlines()]
        self.assertEqual(ndjson, self.query(trace, sql))

    def test_large_numbers_and_addresses(self):
        row = self.query(self.diverged(), "SELECT value, ip FROM trap")[0]
        self.assertEqual(row, {"value": str(1 << 60), "ip": "0xffffffff81000000"})
        out = run("query", self.diverged(), "SELECT ip FROM (SELECT ip FROM divergence_side) LIMIT 1")[1]
        self.assertEqual(out, b"ip\n0xffffffffff600000\n")

    def test_cpuid(self):
        trace = self.diverged()
        row = self.query(trace, "SELECT leaf, subleaf, value & 255 AS eax, extra >> 32 AS edx FROM trap WHERE kind = 'cpuid'")[0]
        self.assertEqual(row, {"leaf": 7, "subleaf": 1, "eax": 1, "edx": 4})
        self.assertIn("cpuid(0x7, 0x1) = eax 0x1, ebx 0x2, ecx 0x3, edx 0x4 at", run("show", trace)[1].decode())

    def test_same_names_are_kept_apart(self):
        self.assertEqual(self.query(self.diverged(), "SELECT 1 AS a, 2 AS a"), [{"a": 1, "a:2": 2}])

    def test_or_loses_nothing(self):
        """SQLite walks once for each side of an OR and must know rows that both sides gave."""
        trace = self.make("-n", "9000", "-t", "3", "-b", "-d", "100", "-s", "50")
        for table, sides in (("step", "name = 'close' {} step > 8000"), ("call", "name = 'close' {} step > 8000"),
                             ("buf", "step < 50 {} step > 8900"), ("v_step", "errno = 'ENOENT' {} step > 8000"),
                             ("signal", "step < 500 {} step > 8000"), ("task_variant", "task = 1 {} task = 2"),
                             ("divergence", "step < 500 {} step > 8000")):
            one_walk = sides.replace("step", "+step").replace("name", "+name").replace("task", "+task")
            expected = self.query(trace, f"SELECT * FROM {table} WHERE " + one_walk.format("OR"))
            got = self.query(trace, f"SELECT * FROM {table} WHERE " + sides.format("OR"))
            self.assertGreater(len(expected), 2, table)
            self.assertEqual(sorted(map(repr, got)), sorted(map(repr, expected)), table)

    def test_expectations(self):
        trace = self.diverged()
        for option, sql, want in (("--expect-empty", "SELECT * FROM divergence", 1),
                                  ("--expect-empty", "SELECT 1 WHERE 0", 0),
                                  ("--expect-rows", "SELECT * FROM divergence", 0),
                                  ("--expect-rows", "SELECT 1 WHERE 0", 1)):
            self.assertEqual(run("query", trace, sql, option)[0], want, (option, sql))

    def test_sql_errors_show_the_place(self):
        status, out, err = run("query", self.diverged(), "SELECT step,\n  nosuch FROM step")
        self.assertEqual((status, out), (2, b""))
        self.assertEqual(err.splitlines()[1:], ["    nosuch FROM step", "    ^"])

    def test_standard_input(self):
        self.assertEqual(run("query", self.diverged(), "-", stdin=b"SELECT 1 AS a; SELECT 2 AS b")[:2],
                         (0, b"a\n1\nb\n2\n"))

    def test_timeout(self):
        status, out, err = run("query", self.whole(), "SELECT count(*) FROM call, call, call", "--timeout=0.2")
        self.assertEqual((status, out), (2, b""))
        self.assertIn("longer than 0.2 s", err)

    def test_writes_are_refused(self):
        target = self.path("attached")
        for sql in (f"ATTACH '{target}' AS x", f"VACUUM INTO '{target}'", "CREATE TABLE x(a)", "DELETE FROM step"):
            self.assertEqual(run("query", self.diverged(), sql)[0], 2, sql)
        self.assertFalse(os.path.exists(target))


class Hostile(Traces):
    SQL = ("SELECT * FROM mark, file_identity, meta, divergence, divergence_side, step LEFT JOIN buf USING (step) "
           "WHERE step.step IN (7, 20)")

    def check(self, out):
        self.assertIsNone(HARMFUL.search(out.decode("utf-8")), out[:200])

    def test_every_format_is_harmless(self):
        for form in ("table", "csv", "json", "ndjson", "line", "markdown"):
            status, out, err = run("query", self.hostile(), self.SQL, "-F", form)
            self.assertEqual((status, err), (0, ""))
            self.assertIn(b"gpj.exe", out)
            self.check(out)
        out = run("query", self.hostile(), self.SQL, "-F", "tsv")[1]
        self.assertIn(b"gpj.exe", out)
        self.check(out.replace(b"\t", b" "))
        widths = {line.count(b"\t") for line in out.splitlines()}
        self.assertEqual(len(widths), 1)

    def test_show_and_info_are_harmless(self):
        for words in (["show"], ["show", "--variants=all"], ["info"], ["info", "-F", "json"]):
            status, out, err = run(*words, self.hostile())
            self.assertEqual((status, err), (0, ""))
            self.assertIn(b"gpj.exe", out)
            self.check(out)

    def test_raw_only_when_asked(self):
        sql = "SELECT text FROM mark"
        self.assertIn(b"\033[2J", run("query", self.hostile(), sql, "--bytes=raw")[1])
        self.assertEqual(run("query", self.hostile(), sql, "--bytes=raw", "-F", "json")[0], 2)

    def test_terminals(self):
        def on_terminal(*words):
            ours, theirs = pty.openpty()
            process = subprocess.Popen([REPLAY, *words], stdout=theirs, stderr=subprocess.PIPE)
            os.close(theirs)
            out = b""
            try:
                while True:
                    got = os.read(ours, 65536)
                    if not got:
                        break
                    out += got
            except OSError:
                pass
            os.close(ours)
            err = process.communicate(timeout=60)[1]
            return process.returncode, out.decode().replace("\r\n", "\n"), err.decode()

        sql = "SELECT text FROM mark"
        status, out, err = on_terminal("query", self.hostile(), sql, "--bytes=raw")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("terminal", err)
        status, out, _ = on_terminal("query", self.hostile(), sql, "--color=never")
        self.assertEqual(status, 0)
        self.assertIn("\n----", out)
        self.assertIsNone(HARMFUL.search(out))

    def test_sql_text_comes_back_escaped(self):
        status, _, err = run("query", self.hostile(), "SELECT '\033[2J' FROM nosuch")
        self.assertEqual(status, 2)
        self.assertNotIn("\033", err)
        self.assertNotIn(b"\033", run("query", self.hostile(), "SELECT 1 AS '\033[2J'")[1])


class Damage(Traces):
    def test_no_end(self):
        trace = self.make("-n", "3000", "-u")
        for words in (["info", trace], ["show", trace], ["query", trace, "SELECT count(*) FROM step"]):
            status, out, err = run(*words)
            self.assertEqual(status, 3, words)
            self.assertTrue(out)
            self.assertEqual(err.count("\n"), 1, err)
            self.assertIn("incomplete", err)
            self.assertEqual(run(*words, "--allow-incomplete")[0::2], (0, ""))
        self.assertEqual(run("query", trace, "SELECT count(*) FROM step")[1], b"count(*)\n3000\n")

    def test_cut(self):
        whole = self.make("-n", "60000", "-b")
        size = os.path.getsize(whole)
        for part in (0.9, 0.6, 0.45):
            cut = self.copy(whole, "cut", lambda data: data[:int(size * part)])
            status, out, err = run("query", cut, "SELECT count(*), max(step) FROM step")
            self.assertEqual(status, 3, err)
            count, last = map(int, out.split()[-2:])
            self.assertEqual(count, last)
            self.assertTrue(0 < count < 60000)
            self.assertEqual(run("show", cut, "#1")[0], 3)

    def test_flipped(self):
        whole = self.make("-n", "60000", "-b")
        frames = self.query(whole, "SELECT offset, stored_bytes, first_step, last_step FROM frame "
                                   "WHERE first_step > 1")
        hit = frames[len(frames) // 2]

        def flip(data):
            data[hit["offset"] + hit["stored_bytes"] // 2] ^= 0x40

        flipped = self.copy(whole, "flipped", flip)
        status, out, err = run("query", flipped, "SELECT count(step) FROM step")
        self.assertEqual(status, 3)
        self.assertIn("unreadable part", err)
        lost = hit["last_step"] - hit["first_step"] + 1
        self.assertEqual(int(out.split()[-1]), 60000 - lost)
        # what does not need the frame is answered in full
        self.assertEqual(run("show", flipped, "#1")[0], 0)
        self.assertEqual(run("show", flipped, f"#{hit['first_step'] + 1}")[0], 3)
        rows = json.loads(run("query", flipped, "SELECT name FROM stat WHERE severity = 'data_loss'", "-F", "json")[1])
        self.assertIn({"name": "hole"}, rows)

    def test_no_damage_crashes(self):
        whole = self.make("-n", "300", "-d", "100", "-s", "50", "-b")
        size = os.path.getsize(whole)
        for at in range(0, size, max(1, size // 60)):
            def flip(data, at=at):
                data[at] ^= 0xff
            path = self.copy(whole, "damaged", flip)
            for words in (["info"], ["show"], ["query"]):
                more = ["SELECT count(text), (SELECT count(*) FROM stat) FROM call"] if words == ["query"] else []
                status = run(*words, path, *more)[0]
                self.assertIn(status, (0, 2, 3), (words, at))


class Outputs(Traces):
    def test_closed_pipe_is_silent(self):
        for words in ("show {0}", "query {0} 'SELECT * FROM call'", "query {0} 'SELECT * FROM call' -F json"):
            statuses, out, err = shell(f"{REPLAY} {words.format(self.whole())} | head -1")
            self.assertEqual((statuses[1], err), (0, ""), words)
            self.assertTrue(out)

    def test_full_disk_is_2(self):
        trace = self.whole()
        for words in (f"show {trace}", f"show {trace} 1", f"info {trace}", f"query {trace} 'SELECT 1'", "help",
                      f"query {trace} 'SELECT * FROM call'", "schema", "--version", f"info {trace} -F json"):
            statuses, _, err = shell(f"{REPLAY} {words} >/dev/full")
            self.assertEqual(statuses, [2], words)
            self.assertIn("No space left on device", err)
            self.assertEqual(err.count("\n"), 0, err)

    def test_closed_output_is_2(self):
        trace = self.diverged()
        size = os.path.getsize(trace)
        statuses, _, err = shell(f"{REPLAY} show {trace} >&-")
        self.assertEqual(statuses, [2])
        self.assertIn("closed", err)
        self.assertEqual(os.path.getsize(trace), size)

    def test_interrupt_is_130(self):
        statuses, _, err = shell(f"timeout --foreground -s INT --preserve-status 1 {REPLAY} query {self.whole()} "
                                 "'SELECT count(*) FROM call, call, call'")
        self.assertEqual((statuses, err), ([130], ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
