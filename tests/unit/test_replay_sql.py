#!/usr/bin/python3
"""What SQL tells of a program that was recorded: descriptors, memory, functions of a step, views.

Usage: test_replay_sql.py MVX_REPLAY MAKE_TRACE MVX_MONITOR
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from recording import skip_unless_possible  # noqa: E402

REPLAY, MAKE_TRACE, MONITOR = map(os.path.abspath, sys.argv[1:4])

PROGRAM = r"""
import ctypes, mmap, os, socket
os.mkdir("folder")
a = os.open("folder/a", os.O_RDWR | os.O_CREAT, 0o600)
os.write(a, b"first line\n")
os.dup2(a, 77)
os.close(a)
os.write(77, b"second line\n")
os.truncate("folder/a", 8192)
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
accepted, _ = listener.accept()
local = socket.socket(socket.AF_UNIX)
local.bind("folder/socket")
ours, theirs = socket.socketpair(socket.AF_UNIX)
socket.send_fds(ours, [b"x"], [77])
socket.recv_fds(theirs, 1, 1)
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.close(77)
    os._exit(0)
os.waitpid(child, 0)
memory = mmap.mmap(77, 8192, prot=mmap.PROT_READ)
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
pages = libc.mmap(None, 4 * 4096, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
libc.mprotect(pages + 4096, 4096, mmap.PROT_READ | mmap.PROT_EXEC)
libc.munmap(pages, 4096)
os.execv("/bin/true", ["true"])
"""


class Recorded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        skip_unless_possible(MONITOR)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.trace = os.path.join(cls.folder.name, "run.mvx.zst")
        subprocess.run([MONITOR, "-n", "2", "-o", cls.trace, "--", "/usr/bin/python3", "-I", "-S", "-c", PROGRAM],
                       cwd=cls.folder.name, check=True, timeout=300, stdin=subprocess.DEVNULL)

    def ask(self, sql):
        done = subprocess.run([REPLAY, "query", self.trace, sql, "-F", "json"], capture_output=True, text=True,
                              timeout=300, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), sql)
        return json.loads(done.stdout)

    def step_of(self, text, name):
        return self.ask(f"SELECT min(step) AS step FROM step WHERE name = '{name}' AND text LIKE '%{text}%'")[0]["step"]

    def test_file_through_dup_and_fork(self):
        rows = self.ask("SELECT process, fd, how, from_step, to_step, flags, file FROM fd WHERE name = 'folder/a' "
                        "ORDER BY from_step, process")
        self.assertEqual([(row["process"], row["how"]) for row in rows],
                         [("P0", "open"), ("P0", "dup"), ("P0.1", "fork"), ("P0", "dup")])
        opened, duplicate, forked, _ = rows  # mmap of Python keeps a descriptor of its own
        self.assertEqual({row["file"] for row in rows}, {opened["file"]})
        self.assertEqual(opened["flags"], "O_RDWR|O_CREAT|O_CLOEXEC")
        self.assertEqual(opened["from_step"], self.step_of("folder/a", "openat"))
        close = self.ask(f"SELECT text FROM step WHERE step = {opened['to_step']}")
        self.assertEqual(close, [{"text": f"close({opened['fd']}) = 0"}])
        self.assertEqual((duplicate["fd"], forked["fd"]), (77, 77))
        # closed at the exec: dup2 of os makes it inheritable, so it lives on to the end
        self.assertGreater(duplicate["to_step"], self.step_of("/bin/true", "execve"))
        self.assertEqual(forked["to_step"], self.step_of("close(77)", "close"))

    def test_sockets_have_addresses(self):
        rows = self.ask("SELECT how, local, peer FROM fd WHERE local IS NOT NULL OR peer IS NOT NULL")
        ends = {row["how"]: row for row in rows if "127.0.0.1:" in (row["peer"] or "")}
        self.assertRegex(ends["accept"]["peer"], r"^127\.0\.0\.1:\d+$")
        self.assertRegex(ends["socket"]["peer"], r"^127\.0\.0\.1:\d+$")
        self.assertIn("unix:folder/socket", [row["local"] for row in rows])
        self.assertEqual(self.ask("SELECT count(*) AS n FROM fd WHERE how = 'received'")[0]["n"], 1)
        self.assertGreater(self.ask("SELECT count(*) AS n FROM fd WHERE how = 'pipe'")[0]["n"], 1)

    def test_every_end_is_told_once(self):
        self.assertEqual(self.ask("SELECT process, fd, from_step, count(*) FROM fd GROUP BY 1, 2, 3, to_step "
                                  "HAVING count(*) > 1"), [])
        # no two lives of one descriptor at a time
        self.assertEqual(self.ask("WITH f AS MATERIALIZED (SELECT * FROM fd) SELECT * FROM f AS a JOIN f AS b "
                                  "ON a.process = b.process AND a.fd = b.fd AND a.from_step < b.from_step "
                                  "AND a.to_step > b.from_step"), [])

    def test_memory_is_cut_where_it_changes(self):
        step = self.step_of("PROT_READ|PROT_EXEC)", "mprotect")
        for variant in (0, 1):
            start, = (row["a0"] for row in self.ask(
                f"SELECT a0 - 4096 AS a0 FROM call WHERE step = {step} AND variant = {variant}"))
            rows = self.ask(f"SELECT start - {start} AS start, length, prot, from_step, to_step FROM map "
                            f"WHERE variant = {variant} AND process = 'P0' AND start BETWEEN {start} "
                            f"AND {start} + 4 * 4096 - 1 AND from_step >= (SELECT max(step) FROM call "
                            f"WHERE name = 'mmap' AND variant = {variant} AND result = {start} AND step < {step}) "
                            f"ORDER BY from_step, start")
            made, changed = rows[0]["from_step"], step
            self.assertEqual([(r["start"], r["length"], r["prot"], r["from_step"]) for r in rows],
                             [(0, 4096, "PROT_READ|PROT_WRITE", made),
                              (4096, 4096, "PROT_READ|PROT_WRITE", made),
                              (8192, 8192, "PROT_READ|PROT_WRITE", made),
                              (4096, 4096, "PROT_READ|PROT_EXEC", changed)])
            self.assertEqual(rows[1]["to_step"], changed)
            self.assertLess(changed, rows[0]["to_step"])
            self.assertEqual(rows[2]["to_step"], rows[3]["to_step"])

    def test_maps_do_not_overlap(self):
        self.assertEqual(self.ask(
            "WITH m AS MATERIALIZED (SELECT * FROM map WHERE process = 'P0') SELECT * FROM m AS a JOIN m AS b "
            "ON a.variant = b.variant AND a.start < b.start + b.length AND b.start < a.start + a.length "
            "AND a.from_step < b.from_step AND coalesce(a.to_step, 1 << 62) > b.from_step"), [])
        names = {row["path"] for row in self.ask("SELECT DISTINCT path FROM map WHERE variant = 1")}
        self.assertIn("folder/a", names)
        self.assertIn("[heap]", names)
        self.assertTrue(any("/libc.so.6" in (name or "") for name in names))

    def test_path_of(self):
        close = self.step_of("close(77)", "close")
        write = self.step_of("second line", "write")
        opened = self.step_of("folder/a", "openat")
        row = self.ask(f"SELECT path_of('P0', 77, {write}) AS used, path_of('P0.1', 77, {close}) AS closed, "
                       f"path_of('P0.1.T0', 77, {close + 1}) AS gone, path_of(1, 77, {write}) AS task, "
                       f"path_of('P0', 77, {opened}) AS before, path_of('P9', 77, {write}) AS nobody, "
                       f"path_of('P0', (SELECT result FROM step WHERE step = {opened}), {opened}) AS made")[0]
        self.assertEqual(row, {"used": "folder/a", "closed": "folder/a", "gone": None, "task": "folder/a",
                               "before": None, "nobody": None, "made": "folder/a"})
        # going back gives the same as going on
        sql = "SELECT step, path_of(task, a0, step) AS path FROM call WHERE variant = 0 AND name = 'write'"
        self.assertEqual(self.ask(sql + " ORDER BY step"), self.ask(sql + " ORDER BY step DESC")[::-1])

    def test_region(self):
        row = self.ask("SELECT step, variant, region(variant, result + 17, step) AS region FROM call WHERE name = 'mmap' "
                       "AND path_of(task, a4, step) = 'folder/a' AND step > 0")
        self.assertEqual([(r["variant"], r["region"]) for r in row], [(0, "folder/a+0x11"), (1, "folder/a+0x11")])

    def test_canon_is_the_same_in_all_variants(self):
        rows = self.ask("SELECT name, canon(step, 0) AS one, canon(step, 1) AS other, canon(step) AS leader FROM step "
                        "WHERE variants = '0,1' AND name IN ('write', 'mmap', 'mprotect', 'openat', 'close')")
        self.assertGreater(len(rows), 50)
        self.assertEqual([row for row in rows if row["one"] != row["other"] or row["one"] != row["leader"]], [])
        self.assertIn('file:$CWD/folder/a#1', " ".join(row["one"] for row in rows))

    def test_stream_is_what_the_command_says(self):
        step = self.step_of("second line", "write")
        text = self.ask(f"SELECT group_concat(CAST(data AS TEXT), '') AS text FROM stream('P0', 77, {step})")
        self.assertEqual(text, [{"text": "first line\nsecond line\n"}])
        raw = subprocess.run([REPLAY, "stream", self.trace, "P0", "77", f"#{step}", "--bytes=raw"],
                             capture_output=True, text=True, check=True).stdout
        self.assertEqual(raw, "first line\nsecond line\n")
        rows = self.ask(f"SELECT direction, offset, length, missing FROM stream('P0', 77, {step})")
        self.assertEqual([tuple(row.values()) for row in rows], [("written", 0, 11, 0), ("written", 11, 12, 0)])
        self.assertEqual(self.ask("SELECT * FROM stream('P7', 1)"), [])

    def test_views(self):
        paths = [row["path"] for row in self.ask("SELECT path FROM v_file WHERE name = 'openat'")]
        self.assertIn("folder/a", paths)
        self.assertEqual([row["text"].split('"')[1] for row in self.ask("SELECT text FROM v_exec WHERE errno IS NULL")],
                         ["/usr/bin/python3", "/bin/true"])
        self.assertLessEqual({"connect", "accept4", "bind"}, {row["name"] for row in self.ask("SELECT name FROM v_net")})
        kinds = self.ask("SELECT kind, variant FROM v_prot WHERE name = 'mprotect'")
        self.assertEqual([(row["kind"], row["variant"]) for row in kinds], [("changed", 0), ("changed", 1)])
        self.assertEqual(self.ask("SELECT count(*) AS n FROM v_skew WHERE waited_ns <= 0 OR last_variant NOT IN (0, 1)"),
                         [{"n": 0}])
        self.assertGreater(self.ask("SELECT count(*) AS n FROM v_skew")[0]["n"], 10)


class Made(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.trace = os.path.join(cls.folder.name, "made.mvx.zst")
        subprocess.run([MAKE_TRACE, "-o", cls.trace, "-n", "500", "-d", "200", "-t", "3", "-b"], check=True)

    def ask(self, sql, status=0):
        done = subprocess.run([REPLAY, "query", self.trace, sql, "-F", "json"], capture_output=True, text=True,
                              timeout=300, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout) if status == 0 else done.stderr

    def test_context(self):
        rows = self.ask("SELECT step, distance FROM context(200, 2, 1)")
        self.assertEqual([tuple(row.values()) for row in rows], [(198, -2), (199, -1), (200, 0), (201, 1)])
        self.assertEqual(len(self.ask("SELECT step FROM context(3, 9999999999999999999, 1)")), 4)
        self.assertEqual(len(self.ask("SELECT step FROM context(500, 0, 9223372036854775807)")), 1)
        self.assertEqual(self.ask("SELECT step FROM context(NULL)"), [])
        self.assertEqual(self.ask("SELECT step FROM context(-4, 1, 1)"), [])
        self.assertEqual([row["step"] for row in self.ask("SELECT c.step FROM divergence AS d, context(d.step, 1) AS c "
                                                          "WHERE d.divergence = 1")], [199, 200])
        self.assertIn("context() needs 1 argument", self.ask("SELECT * FROM context", 2))
        self.assertIn("stream() needs 2 arguments", self.ask("SELECT * FROM stream('P0')", 2))

    def test_input_before(self):
        rows = self.ask("SELECT divergence, back, step FROM v_input_before")
        for row in rows:
            self.assertLess(row["step"], 200 * row["divergence"] + 1)

    def test_has_path(self):
        path = self.ask("SELECT path FROM v_file LIMIT 1")[0]["path"]
        want = self.ask(f"SELECT DISTINCT step FROM v_file WHERE path = '{path}' ORDER BY step")
        self.assertEqual(self.ask(f"SELECT step FROM step WHERE has_path(step, '{path}')"), want)
        self.assertEqual(self.ask("SELECT step FROM step WHERE has_path(step, '/nosuch')"), [])

    def test_sockaddr(self):
        for blob, text in (("02001f90c0a80001", "192.168.0.1:8080"), ("0200", None), ("02", None), ("", None),
                           ("0a001f90000000000000000000000000000000000000000100000000", "[::1]:8080"),
                           ("0100", "unix:"), ("01002f612062", "unix:/a b"), ("0100006e616d65", "unix:@name"),
                           ("1000", "netlink")):
            got = self.ask(f"SELECT sockaddr(x'{blob}') AS a")[0]["a"]
            if text is None:
                self.assertNotIn(":", got or "", blob)
            else:
                self.assertEqual(got, text)

    # ---- --where and --explain ----

    def run_replay(self, *words):
        done = subprocess.run([REPLAY, *words], capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, done.stdout, done.stderr

    def shown(self, *words):
        status, out, err = self.run_replay("show", self.trace, *words)
        self.assertEqual(err, "", words)
        steps = [int(re.match(r"#(\d+)", line)[1]) for line in out.splitlines() if line.startswith("#")]
        self.assertEqual(status, 0 if out else 1)
        return steps

    def test_where_is_what_query_says(self):
        for where in ("step = 77", "step BETWEEN 30 AND 40", "name = 'mmap'", "name = 'mmap' AND step > 400",
                      "name = 'mmap' OR step = 3", "NOT (name = 'mmap')", "verdict = 'diverged'", "errno IS NOT NULL",
                      "errno IS NULL AND task = 'P0.T1'", "time_ns < 20000", "step = (SELECT min(step) FROM divergence)",
                      "step IN (SELECT step FROM divergence)", "text REGEXP 'mm.p'", "nr = 9 AND task_seq % 2",
                      "step > 490 -- a comment", "step = 5 OR (name = 'close' AND step < 20)", "1", "0", "NULL",
                      "step = '12'", "step = 12.0", "name LIKE 'MMAP'", "has_path(step, '/etc/passwd')"):
            want = [row["step"] for row in self.ask(f"SELECT step FROM v_step WHERE ({where}\n) ORDER BY step")]
            self.assertEqual(self.shown("--where", where), want, where)

    def test_where_goes_with_every_command_that_filters(self):
        want = self.ask("SELECT count(*) AS n FROM step WHERE name = 'write' AND step < 300")[0]["n"]
        where = ("--where", "name = 'write' AND step < 300")
        rows = self.run_replay("summary", self.trace, "-F", "json", *where)[1]
        self.assertEqual([row["calls"] for row in json.loads(rows)], [want])
        rows = self.run_replay("export", "--to=ndjson", self.trace, *where)[1]
        self.assertEqual(len(rows.splitlines()), want)
        steps = {row.split("\t")[0] for row in self.run_replay("grep", "e", self.trace, "-F", "tsv", *where)[1].splitlines()[1:]}
        self.assertLessEqual(len(steps), want)
        self.assertEqual(self.run_replay("grep", "e", self.trace, "--where", "0")[0], 1)
        self.assertEqual(self.run_replay("timeline", self.trace, *where)[0], 0)
        self.assertEqual(self.run_replay("strings", self.trace, "--where", "0")[0], 1)
        self.assertEqual(self.run_replay("diff", self.trace, self.trace, *where)[0], 0)
        self.assertEqual(self.run_replay("show", self.trace, "--canon", *where)[0], 0)

    def test_where_only_reads(self):
        for where in ("", "step =", "1; SELECT 2", "step = 1) UNION SELECT 2 FROM step WHERE (nosuch", "nosuch = 1",
                      "load_extension('x')", "(ATTACH 'x' AS y)", "count(*) > 1", "1 2", "writefile('x', 'y')"):
            status, out, err = self.run_replay("show", self.trace, "--where", where)
            self.assertEqual((status, out), (2, ""), where)
            self.assertTrue(err.startswith("mvx-replay: --where: "), err)
        # what fails only when it is asked: no answer, and nothing made of half of one
        output = os.path.join(self.folder.name, "failed.tsv")
        bad = ("--where", "step < 100 OR text REGEXP substr('a(', 1, 2)")
        for words in (["show", self.trace], ["summary", self.trace], ["export", "--to=tsv", "-o", output, self.trace]):
            status, _, err = self.run_replay(*words, *bad)
            self.assertEqual(status, 2, words)
            self.assertIn("--where: SQL: regular expression", err)
        self.assertFalse(os.path.exists(output))

    def test_explain_is_what_is_done(self):
        path = self.ask("SELECT path FROM v_file LIMIT 1")[0]["path"]
        for words in ([], ["-e", "trace=mmap,close"], ["-e", "trace=!mmap"], ["-e", "trace=%file"], ["-z"], ["-Z"],
                      ["-P", path], ["-P", "it's"], ["#12"], ["#12..#20", "#300"], ["P0.T1"], ["P0.T1:3"],
                      ["+10us..+50us"], ["d1"], ["#12.v1"], ["#100", "-C", "3"], ["#100", "-B", "200", "-A", "1"],
                      ["490..", "-e", "trace=write"], ["--where", "step % 7 = 0 -- every seventh"],
                      ["-e", "trace=mmap", "--where", "step < 50 OR step > 480", "P0.T0", "P0.T2"],
                      ["-e", "trace=none"]):
            status, sql, err = self.run_replay("show", self.trace, "--explain", *words)
            self.assertEqual((status, err), (0, ""), words)
            self.assertEqual([row["step"] for row in self.ask(sql)],
                             [n for n in self.shown(*words)] if words else list(range(1, 501)), sql)

    def test_explain_runs_nothing(self):
        output = os.path.join(self.folder.name, "not made.tsv")
        status, out, err = self.run_replay("export", "--to=tsv", "-o", output, self.trace, "--explain")
        self.assertEqual((status, err), (0, ""))
        self.assertTrue(out.startswith("SELECT "))
        self.assertFalse(os.path.exists(output))
        self.assertIn("name IN ('write')", self.run_replay("grep", "x", self.trace, "--explain", "-e", "write")[1])
        self.assertEqual(self.run_replay("show", self.trace, "--explain", "#9999")[0], 0)
        self.assertEqual(self.run_replay("show", self.trace, "--explain", "P7.T7")[0], 1)
        self.assertEqual(self.run_replay("show", self.trace, "--explain", "--where", "nosuch")[0], 2)
        self.assertEqual(self.run_replay("info", self.trace, "--explain")[0], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
