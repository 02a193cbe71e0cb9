#!/usr/bin/python3
"""What mvx-replay makes of traces, and what it says of damaged ones: load, verify, repair, trace-split.

Usage: test_replay_files.py MVX_REPLAY MAKE_TRACE TRACE_SPLIT
"""
import fcntl
import glob
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
from frames import Kept  # noqa: E402

REPLAY, MAKE_TRACE, TRACE_SPLIT = sys.argv[1:4]


def run(*args, **more):
    done = subprocess.run([REPLAY, *args], capture_output=True, timeout=120, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Traces(Kept):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def make(self, *options):
        key = " ".join(options)
        if key not in self.made:
            path = os.path.join(self.kept.name, f"trace{len(self.made)}.mvx.zst")
            subprocess.run([MAKE_TRACE, "-o", path, *options], check=True)
            type(self).made[key] = path
        return self.made[key]

    def small(self):
        return self.make("-n", "300", "-d", "100", "-s", "50", "-t", "3", "-b")

    def large(self):
        return self.make("-n", "60000", "-b")

    def changed(self, trace, name, change):
        with open(trace, "rb") as file:
            data = bytearray(file.read())
        data = change(data) or data
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def query(self, trace, sql, status=0):
        got, out, err = run("query", trace, sql, "-F", "json")
        self.assertEqual(got, status, err)
        return json.loads(out)

    def query_rows(self, trace, sql):
        """Of a trace that may have holes."""
        out = run("query", trace, sql, "-F", "json", "--allow-incomplete")[1]
        return [tuple(row.values()) for row in json.loads(out)]

    def frames(self, trace):
        return self.query(trace, "SELECT * FROM frame")

    def flip_frame(self, trace, number, name="flipped"):
        frame = self.frames(trace)[number]

        def flip(data):
            data[frame["offset"] + frame["stored_bytes"] // 2] ^= 0x40
        return self.changed(trace, name, flip), frame

    def assert_only(self, *names):
        """Nothing else is in the folder: no temporary file was left."""
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(names))


class Load(Traces):
    def tables(self, database):
        return [name for (name,) in database.execute(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'")]

    def assert_same(self, trace, database):
        """Every value of every row is there, of the type it has in place."""
        names = self.tables(database)
        described = re.findall(r"^([a-z_]+): ", run("schema")[1], re.MULTILINE)
        self.assertEqual(sorted(names), sorted(described))
        for name in names:
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
            line = " || ',' || ".join(f"typeof({c}) || ifnull(hex(CAST({c} AS BLOB)), '')" for c in columns)
            sql = f"SELECT {line} AS line FROM {name}"
            want = [row["line"] for row in self.query(trace, sql)]
            self.assertEqual([row[0] for row in database.execute(sql)], want, name)
            # calls that make_trace makes none of
            self.assertEqual(bool(want), name not in ("v_exec", "v_net", "v_prot"), name)

    def test_every_table_is_the_same(self):
        for self.options in (("-n", "300", "-d", "100", "-s", "50", "-t", "3", "-b"),
                             ("-n", "100", "-d", "20", "-s", "10", "-x", "-v", "5"),
                             # read ahead by a thread: many batches, and records between them
                             ("-n", "6000", "-d", "1000", "-s", "300", "-b", "-v", "3")):
            trace = self.make(*self.options)
            self.assertEqual(run("load", "-f", "-o", self.path("a.db"), trace), (0, "", ""))
            database = sqlite3.connect(self.path("a.db"))
            self.assert_same(trace, database)
            database.close()

    def test_steps_that_come_twice(self):
        """No monitor writes such a trace; its steps are numbers all the same."""
        trace = self.make("-n", "60000", "-b")
        first, last = self.frames(trace)[1:3]
        border = first["offset"], last["offset"]
        twice = self.changed(trace, "t", lambda data: data[:border[1]] + data[border[0]:border[1]])
        status, out, err = run("load", "-o", self.path("a.db"), twice)
        self.assertEqual((status, out), (3, ""), err)
        database = sqlite3.connect(self.path("a.db"))
        self.addCleanup(database.close)
        many = [step for (step,) in self.query_rows(twice, "SELECT step FROM step ORDER BY +step")]
        self.assertGreater(len(many), len(set(many)))
        self.assertEqual([step for (step,) in database.execute("SELECT step FROM step ORDER BY step")], many)
        plan = str(database.execute("EXPLAIN QUERY PLAN SELECT * FROM step WHERE step = 7").fetchall())
        self.assertIn("step_by_step", plan)

    def test_the_file(self):
        trace = self.small()
        run("load", "-o", self.path("a.db"), trace)
        self.assertEqual(os.stat(self.path("a.db")).st_mode & 0o777, 0o600)
        database = sqlite3.connect(self.path("a.db"))
        self.addCleanup(database.close)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        strict = {row[1]: row[5] for row in database.execute("PRAGMA table_list") if row[2] == "table"}
        self.assertEqual({strict[name] for name in strict if not name.startswith("sqlite")}, {1})
        plan = str(database.execute("EXPLAIN QUERY PLAN SELECT * FROM call WHERE step = 7").fetchall())
        self.assertIn("call_by_step", plan)
        plan = str(database.execute("EXPLAIN QUERY PLAN SELECT * FROM step WHERE step = 7").fetchall())
        self.assertIn("PRIMARY KEY", plan)
        self.assertTrue(database.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0])
        self.assertEqual(database.execute("PRAGMA application_id").fetchone()[0], int.from_bytes(b"mvxt", "big"))

    def test_what_is_there_stays(self):
        trace = self.small()
        shutil.copy(trace, self.path("t"))
        with open(self.path("a.db"), "w") as file:
            file.write("mine")
        os.mkdir(self.path("folder"))
        os.symlink("a.db", self.path("link"))
        for words, reason in ((("-o", self.path("a.db")), "-f replaces it"),
                              (("-o", self.path("folder"), "-f"), "regular file"),
                              (("-o", self.path("link"), "-f"), "regular file"),
                              (("-o", "/dev/null", "-f"), "regular file"),
                              (("-o", self.path("t"), "-f"), "the trace itself"),
                              (("-o", self.path("nosuch/a.db")), "No such file"),
                              ((), "needs -o")):
            status, out, err = run("load", *words, self.path("t"))
            self.assertEqual((status, out, err.count("\n")), (2, "", 1), words)
            self.assertIn(reason, err)
        with open(self.path("a.db")) as file:
            self.assertEqual(file.read(), "mine")
        self.assert_only("a.db", "folder", "link", "t")
        self.assertEqual(run("load", "-o", self.path("a.db"), "-f", self.path("t")), (0, "", ""))
        sqlite3.connect(self.path("a.db")).execute("SELECT * FROM v_step").fetchall()
        open(self.path("a.db-wal"), "w").close()
        self.assertEqual(run("load", "-o", self.path("a.db"), "-f", self.path("t"))[0], 2)
        self.assert_only("a.db", "a.db-wal", "folder", "link", "t")

    def test_incomplete_and_damaged_is_3_and_loaded(self):
        flipped, frame = self.flip_frame(self.large(), 2)
        for trace, steps in ((self.make("-n", "3000", "-u"), 3000), (flipped, 60000 - frame["calls"])):
            status, _, err = run("load", "-f", "-o", self.path("a.db"), trace)
            self.assertEqual((status, err.count("\n")), (3, 1))
            self.assertEqual(sqlite3.connect(self.path("a.db")).execute("SELECT count(*) FROM step").fetchone(),
                             (steps,))
            self.assertEqual(run("load", "-f", "--allow-incomplete", "-o", self.path("a.db"), trace), (0, "", ""))

    def test_full_disk_leaves_nothing(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        status, out, err = run("load", "-o", self.path("a.db"), self.large(), preexec_fn=limit)
        self.assertEqual((status, out, err.count("\n")), (2, "", 1), err)
        self.assert_only()

    def test_a_signal_leaves_nothing(self):
        trace = self.make("-n", "300000", "-b")
        for signo in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([REPLAY, "load", "-o", self.path("a.db"), trace])
            while not any(os.stat(path).st_size for path in glob.glob(self.path("a.db.*"))):
                self.assertIsNone(process.poll())
                time.sleep(0.001)
            process.send_signal(signo)
            self.assertEqual(process.wait(timeout=60), -signo)
            self.assert_only()


class Verify(Traces):
    def test_valid(self):
        for trace in (self.small(), self.large(), self.make("-n", "30", "-d", "20", "-x")):
            status, out, err = run("verify", trace)
            self.assertEqual((status, err), (0, ""))
            self.assertRegex(out, r"^[^\n]*: valid, \d+ frames and \d+ records read, chain hash [0-9a-f]{16}\n$")

    def test_no_damage_is_valid(self):
        size = os.path.getsize(self.small())
        for at in range(0, size, 5):
            def flip(data, at=at):
                data[at] ^= 1 << at % 8
            status, out, err = run("verify", self.changed(self.small(), "flipped", flip))
            # 3: in the head of the last frame it looks like an end that was never written.
            self.assertIn(status, (1, 2, 3), (at, out, err))
            self.assertTrue(len(out.splitlines()) > 1 if status != 2 else err.count("\n") == 1, (at, out, err))

    def test_no_cut_is_valid(self):
        size = os.path.getsize(self.small())
        for length in range(1, size, 11):
            status, out, err = run("verify", self.changed(self.small(), "cut", lambda data, n=length: data[:n]))
            self.assertIn(status, (1, 2, 3), (length, out, err))

    def test_cut_between_and_within_frames_is_3(self):
        frame = self.frames(self.large())[3]
        for at in (frame["offset"], frame["offset"] + 1000):
            cut = self.changed(self.large(), "cut", lambda data, n=at: data[:n])
            status, out, err = run("verify", cut)
            self.assertEqual((status, err), (3, ""))
            self.assertIn("its end is missing", out)
            self.assertIn(f": incomplete, 3 frames and {frame['first_step'] + 7} records read", out)
            self.assertEqual(run("verify", "--allow-incomplete", cut)[0], 0)

    def test_damage_is_named(self):
        flipped, frame = self.flip_frame(self.large(), 2)
        status, out, _ = run("verify", flipped)
        self.assertEqual(status, 1)
        self.assertIn(f"offset {frame['offset']}, {frame['stored_bytes']} bytes: frame 2: ", out)
        self.assertEqual(run("verify", "--allow-incomplete", flipped)[0], 1)

    def test_the_worst_of_several_decides(self):
        good, cut = self.small(), self.make("-n", "3000", "-u")
        flipped, _ = self.flip_frame(self.large(), 2)
        for words, want in (((good, good), 0), ((good, cut), 3), ((cut, flipped, good), 1),
                            ((flipped, "/nosuch", cut), 2)):
            self.assertEqual(run("verify", *words)[0], want)
        self.assertEqual(len(run("verify", good, good)[1].splitlines()), 2)

    def test_hash(self):
        trace = self.large()
        status, out, err = run("info", "--hash", trace)
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, "^[0-9a-f]{16}\n$")
        self.assertIn("chain hash " + out, run("verify", trace)[1])
        self.assertEqual(self.query(trace, "SELECT value FROM meta WHERE key = 'chain_hash'"), [{"value": out[:-1]}])
        flipped, _ = self.flip_frame(trace, 2)
        status, other, err = run("info", "--hash", flipped)
        self.assertEqual(status, 1)
        self.assertIn(out[:-1], err)
        self.assertNotEqual(out, other)
        cut = self.changed(trace, "cut", lambda data: data[:-3])
        self.assertEqual(run("info", "--hash", cut)[:2], (3, out))


class Repair(Traces):
    def repair(self, trace, *options):
        status, out, err = run("repair", "-f", "-o", self.path("new"), *options, trace)
        self.assertEqual((status, out, err.count("\n")), (0, "", 1), err)
        self.assertEqual(run("verify", self.path("new"))[0], 0)
        return self.path("new"), err

    def steps(self, trace, status=3):
        return [row["step"] for row in self.query(trace, "SELECT step FROM step", status)]

    def test_a_whole_trace_stays_as_it_is(self):
        for trace in (self.small(), self.large()):
            new, err = self.repair(trace)
            self.assertIn("nothing lost", err)
            with open(trace, "rb") as a, open(new, "rb") as b:
                self.assertEqual(a.read(), b.read())

    def test_a_lost_index_is_made_anew(self):
        for cut in (1, 5, 100, 400):
            new, err = self.repair(self.changed(self.large(), "cut", lambda data, n=cut: data[:-n]))
            self.assertIn("nothing lost", err)
            with open(self.large(), "rb") as a, open(new, "rb") as b:
                self.assertEqual(a.read(), b.read())

    def test_cut(self):
        frame = self.frames(self.large())[3]
        for at in (frame["offset"], frame["offset"] + frame["stored_bytes"] // 2):
            cut = self.changed(self.large(), "cut", lambda data, n=at: data[:n])
            new, _ = self.repair(cut)
            self.assertEqual(os.stat(new).st_mode & 0o777, 0o600)
            self.assertEqual(self.steps(new), list(range(1, frame["first_step"])))
            self.assertEqual(self.query(new, "SELECT value FROM meta WHERE key = 'steps' OR key = 'clean'", 3),
                             [{"value": 0}, {"value": frame["first_step"] - 1}])
            self.assertIn("repaired", self.query(new, "SELECT text FROM mark ORDER BY mark DESC LIMIT 1", 3)[0]["text"])
            facts = json.loads(run("info", "-F", "json", new)[1])
            self.assertEqual((facts["complete"], facts["state"], facts["exit_status"]), (0, "complete", -1))
            if shutil.which("zstd"):
                subprocess.run(["zstd", "-q", "-t", "--format=zstd", "--", new], check=True)

    def test_salvage(self):
        frame = self.frames(self.large())[3]
        cut = self.changed(self.large(), "cut", lambda data: data[:frame["offset"] + frame["stored_bytes"] * 3 // 4])
        new, err = self.repair(cut, "--salvage")
        self.assertIn("of the torn last frame", err)
        steps = self.steps(new)
        self.assertEqual(steps, list(range(1, len(steps) + 1)))
        self.assertTrue(frame["first_step"] < len(steps) < frame["last_step"], len(steps))
        want = self.query(self.large(), f"SELECT text FROM step WHERE step <= {len(steps)}")
        self.assertEqual(self.query(new, "SELECT text FROM step", 3), want)

    def test_a_damaged_frame_is_left_out(self):
        flipped, frame = self.flip_frame(self.large(), 2)
        new, err = self.repair(flipped)
        self.assertIn(f"{frame['stored_bytes']} bytes", err)
        self.assertEqual(self.steps(new), [*range(1, frame["first_step"]), *range(frame["last_step"] + 1, 60001)])
        # what the old end knew is kept, but that it was clean
        self.assertEqual(self.query(new, "SELECT exit_code FROM variant", 3), [{"exit_code": 0}] * 2)

    def test_without_a_header(self):
        flipped, _ = self.flip_frame(self.large(), 0)
        new, err = self.repair(flipped)
        self.assertIn("the header lost", err)
        self.assertEqual(self.query(new, "SELECT count(*) AS n FROM call", 3), [{"n": 120000}])
        self.assertEqual(run("show", new, "#1")[1], run("show", self.large(), "#1")[1])

    def test_any_damage(self):
        size = os.path.getsize(self.small())
        texts = self.query(self.small(), "SELECT step, text FROM step")
        for at in range(0, size, max(1, size // 60)):
            def smash(data, at=at):
                data[at:at + 9] = b"\xff" * 9
            status, _, err = run("repair", "-f", "-o", self.path("new"), "--salvage",
                                 self.changed(self.small(), "damaged", smash))
            self.assertIn(status, (0, 2), (at, err))
            if status == 0:
                self.assertEqual(run("verify", self.path("new"))[0], 0, at)
                got = json.loads(run("query", self.path("new"), "SELECT step, text FROM step", "-F", "json")[1])
                self.assertLessEqual({tuple(row.values()) for row in got}, {tuple(row.values()) for row in texts})

    def test_nothing_to_repair(self):
        only_signature = self.changed(self.small(), "signature", lambda data: data[:40])
        for words, reason in (((only_signature,), "not one record"), ((), "needs -o NEW TRACE"), (("/nosuch",), "No such file")):
            status, out, err = run("repair", "-o", self.path("new"), *words)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(reason, err)
        self.assert_only("signature")

    def test_never_over_another_file(self):
        shutil.copy(self.small(), self.path("t"))
        with open(self.path("new"), "w") as file:
            file.write("mine")
        self.assertEqual(run("repair", "-o", self.path("new"), self.path("t"))[0], 2)
        self.assertEqual(run("repair", "-f", "-o", self.path("t"), self.path("t"))[0], 2)
        self.assert_only("new", "t")
        self.assertEqual(os.path.getsize(self.path("new")), 4)

    def test_not_while_it_is_recorded(self):
        shutil.copy(self.make("-n", "3000", "-u"), self.path("t"))
        with open(self.path("t"), "rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertIn("still being recorded", run("verify", self.path("t"))[1])
            status, _, err = run("repair", "-o", self.path("new"), self.path("t"))
        self.assertEqual(status, 2)
        self.assertIn("still being recorded", err)
        self.assert_only("t")


@unittest.skipUnless(shutil.which("zstd"), "zstd is not installed")
class Split(Traces):
    def split(self, data, *words):
        done = subprocess.run([TRACE_SPLIT, *words], input=data, capture_output=True, timeout=60)
        return done.returncode, done.stdout, done.stderr.decode()

    def stream(self):
        return subprocess.run(["zstd", "-dc", self.small()], capture_output=True, check=True).stdout

    def test_every_record(self):
        stream = self.stream()
        self.assertEqual(self.split(stream, self.path("all")), (0, b"", ""))
        names = sorted(os.listdir(self.path("all")))
        self.assertEqual(len(names), self.query(self.small(), "SELECT sum(records) AS n FROM frame")[0]["n"])
        whole = b""
        for number, name in enumerate(names, 1):
            with open(self.path("all/" + name), "rb") as file:
                record = file.read()
            length = len(record)
            while length >= 0x80:
                whole += bytes([length & 0x7f | 0x80])
                length >>= 7
            whole += bytes([length]) + record
            if number in (1, 7, len(names)):
                self.assertEqual(self.split(stream, "-n", str(number)), (0, record, ""))
        self.assertEqual(whole, stream)
        self.assertEqual(self.split(stream, self.path("all"))[0], 2)
        self.assertEqual(self.split(stream, "-n", "99999")[:2], (1, b""))

    @unittest.skipUnless(shutil.which("protoc"), "protoc is not installed")
    def test_protoc_reads_one(self):
        record = self.split(self.stream(), "-n", "2")[1]
        text = subprocess.run(["protoc", "--decode_raw"], input=record, capture_output=True, check=True).stdout
        self.assertTrue(text.startswith(b"2 {\n"), text)  # VariantStart

    def test_what_is_no_stream(self):
        self.assertEqual(self.split(self.stream()[:-1], self.path("cut"))[0], 3)
        self.assertEqual(self.split(b"\xff" * 100, "-n", "1")[0], 3)
        self.assertEqual(self.split(b"", self.path("empty")), (0, b"", ""))
        self.assertEqual(self.split(b"", "-n", "0")[0], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
