#!/usr/bin/python3
"""The commands of mvx-replay that look into a trace: summary, grep, strings, stream.

Usage: test_replay_look.py MVX_REPLAY MAKE_TRACE MVX_MONITOR
"""
import json
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from recording import skip_unless_possible  # noqa: E402

from test_replay_cli import HARMFUL, MAKE_TRACE, REPLAY, Traces, run, shell

MONITOR = os.path.abspath(sys.argv[3])  # the programs run in a folder of their own
# bytes of memory that no answer about a trace of any length may need
MEMORY_BYTES = 64 << 20


class Looks(Traces):
    recorded = {}

    def record(self, program, *options, stdin=b""):
        """The trace of a program as two variants, made once."""
        key = (tuple(program), options)
        if key not in self.recorded:
            skip_unless_possible(MONITOR)
            path = self.path(f"recorded{len(self.recorded)}.mvx.zst")
            done = subprocess.run([MONITOR, "-n", "2", "-o", path, *options, "--", *program], input=stdin,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder.name, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            type(self).recorded[key] = path
        return self.recorded[key]

    def sh(self, script, *options, stdin=b""):
        return self.record(["/bin/sh", "-c", script], *options, stdin=stdin)

    def python(self, script, *options):
        return self.record(["/usr/bin/python3", "-S", "-E", "-c", script], *options)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recorded = {}

    def answer(self, *words, status=0):
        got, out, err = run(*words)
        self.assertEqual(got, status, (words, out, err))
        if status != 3:
            self.assertEqual(err, "", words)
        return out

    def rows(self, *words, status=0):
        return json.loads(self.answer(*words, "-F", "json", status=status))

    def check_harmless(self, out):
        self.assertIsNone(HARMFUL.search(out.decode("utf-8")), out[:300])

    def memory(self, *words):
        """Peak resident bytes of one run, and its status."""
        process = subprocess.Popen([REPLAY, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_maxrss * 1024, process.returncode


class Summary(Looks):
    def test_by_syscall(self):
        trace = self.whole()
        rows = {row["syscall"]: row for row in self.rows("summary", trace)}
        for want in self.query(trace, "SELECT name, count(*) AS calls, count(errno) AS errors, "
                                      "sum(duration_ns) AS total_ns, sum(duration_ns) / count(*) AS average_ns, "
                                      "max(duration_ns) AS longest_ns FROM step GROUP BY name"):
            row = rows.pop(want.pop("name"))
            self.assertEqual({key: row[key] for key in want}, want)
            self.assertEqual(row["bytes"], row["calls"] * 6 if row["syscall"] in ("read", "write") else 0)
        self.assertEqual(rows, {})

    def test_order(self):
        trace = self.whole()
        for sort, column in (("calls", "calls"), ("errors", "errors"), ("time", "total_ns"), ("average", "average_ns"),
                             ("longest", "longest_ns"), ("bytes", "bytes")):
            values = [row[column] for row in self.rows("summary", trace, "--sort", sort)]
            self.assertEqual(values, sorted(values, reverse=True), sort)
        names = [row["syscall"] for row in self.rows("summary", trace, "--sort=name")]
        self.assertEqual(names, sorted(names))
        self.assertEqual(self.answer("summary", trace), self.answer("summary", trace, "--sort=time"))

    def test_by_others(self):
        trace = self.whole()
        self.assertEqual({row["task"]: row["calls"] for row in self.rows("summary", trace, "--by=task")},
                         {"P0.T1": 6667, "P0.T2": 6667, "P0.T0": 6666})
        errors = self.rows("summary", trace, "--by=errno", "--sort=name")
        self.assertEqual([(row["errno"], row["calls"] == row["errors"]) for row in errors],
                         [(None, False), ("ENOENT", True)])
        self.assertEqual([(row["variant"], row["calls"]) for row in self.rows("summary", trace, "--by=variant",
                                                                              "--sort=name")],
                         [(0, 20000), (1, 20000)])
        self.assertEqual(sum(row["calls"] for row in self.rows("summary", trace, "--variants=all")), 40000)

    def test_selected(self):
        trace = self.whole()
        self.assertEqual([(row["syscall"], row["calls"]) for row in self.rows("summary", trace, "1..7", "--sort=name")],
                         [("close", 1), ("getpid", 1), ("mmap", 1), ("openat", 2), ("read", 1), ("write", 1)])
        self.assertEqual([(row["syscall"], row["errors"]) for row in self.rows("summary", trace, "-Z", "1..70")],
                         [("openat", 10)])
        self.assertEqual({row["syscall"] for row in self.rows("summary", trace, "-e", "read,write")}, {"read", "write"})
        self.assertEqual([row["calls"] for row in self.rows("summary", trace, "12.v1")], [1])
        self.assertEqual({row["task"] for row in self.rows("summary", trace, "--by=task", "P0.T1")}, {"P0.T1"})
        self.assertEqual(self.rows("summary", trace, "-e", "fork", status=1), [])
        status, out, err = run("summary", trace, "P9.T9")
        self.assertEqual((status, out), (1, b""))
        self.assertIn("has no P9.T9", err)

    def test_table_has_a_total(self):
        lines = self.answer("summary", self.whole(), "-F", "table").decode().splitlines()
        self.assertEqual(lines[0].split(), "% time seconds us/call longest us calls errors bytes syscall".split())
        self.assertEqual(lines[-1].split()[0], "100.00")
        self.assertEqual(lines[-1].split()[-4:], ["20000", "2857", "34290", "total"])
        self.assertEqual(len(lines), 9)

    def test_files_of_a_program(self):
        trace = self.sh("echo hello >sum.txt; exec 7<sum.txt; read x <&7; cat <&7; echo more >>sum.txt; "
                        "cat sum.txt | cat; (exec 7<&-; : ) ")
        rows = {row["file"]: row for row in self.rows("summary", trace, "--by=file")}
        self.assertEqual(rows["sum.txt"]["bytes"], 6 + 6 + 5 + 11)
        pipe = [row for name, row in rows.items() if name.startswith("pipe2(") and name.endswith("(write end)")]
        self.assertEqual([row["bytes"] for row in pipe], [11])
        # inherited ones have the name they had
        self.assertTrue(any(name.startswith("pipe:") and row["bytes"] == 11 for name, row in rows.items()), rows)

    def test_gap_and_damage(self):
        cut = self.make("-n", "3000", "-u")
        status, out, err = run("summary", cut, "-F", "json")
        self.assertEqual((status, sum(row["calls"] for row in json.loads(out))), (3, 3000))
        self.assertIn("incomplete", err)
        self.assertEqual(run("summary", cut, "--allow-incomplete")[0::2], (0, ""))


class Grep(Looks):
    def places(self, *words, status=0):
        return [(row["step"], row["direction"], row["arg"], row["offset"], row["length"], row["first_step"])
                for row in self.rows("grep", *words, status=status)]

    def test_places(self):
        trace = self.make("-n", "14", "-b")
        self.assertEqual(self.places("ell", trace), [(1, "out", 1, 1, 3, 1), (2, "in", 1, 1, 3, 2),
                                                     (8, "out", 1, 1, 3, 8), (9, "in", 1, 1, 3, 9)])
        self.assertEqual(self.places("ell", trace, "--side=out"), [(1, "out", 1, 1, 3, 1), (8, "out", 1, 1, 3, 8)])
        self.assertEqual(self.places("l", trace, "#2"), [(2, "in", 1, 2, 1, 2), (2, "in", 1, 3, 1, 2)])
        self.assertEqual(self.places("passwd\\0", trace, "-e", "openat", "-z"), [(7, "in", 1, 5, 7, 7),
                                                                                 (14, "in", 1, 5, 7, 14)])
        self.assertEqual(self.places("nosuch", trace, status=1), [])

    def test_patterns(self):
        trace = self.make("-n", "2", "-b")
        for words, found in ((["hello\\n"], True), (["HELLO"], False), (["HELLO", "-i"], True), (["h.llo"], False),
                             (["h.llo", "-E"], True), (["H[D-F]L+O\\x0a$", "-Ei"], True), (["^ello", "-E"], False),
                             (["^h", "-E"], True), (["o$", "-E"], True), (["o.", "-E"], False), (["\\x68\\145"], True),
                             (["68 65:6c6C6f", "-x"], True), (["[\\x67-\\x69]e", "-E"], True), (["hello\\x2e", "-E"], False),
                             (["x*", "-E"], False), (["(l)\\1", "-E"], True)):
            self.assertEqual(run("grep", *words, trace, "-q"), (0 if found else 1, b"", ""), words)

    def test_bad_patterns(self):
        trace = self.make("-n", "2", "-b")
        for words in (["("], ["[a"], ["a{"], ["+\\"]):
            self.assertEqual(run("grep", "-E", *words, trace)[:2], (2, b""), words)
        for words in ([""], ["\\q"], ["-x", "7"], ["-x", "xy"], ["-x", ""], ["a" * 5000], ["-x", "-E", "61"],
                      ["a", "-c", "-C1"], ["a", "--bytes=raw"], ["a", "--side=up"]):
            status, out, err = run("grep", *words, trace)
            self.assertEqual((status, out), (2, b""), words)
            self.assertEqual(err.count("\n"), 1, err)

    def test_lines(self):
        trace = self.make("-n", "14", "-b")
        lines = self.answer("grep", "llo", trace, "#2").decode().splitlines()
        self.assertEqual(lines, ['#2 P0.T0 write(1, "hello\\n", 6) = 6', "    a1 in +2: hello\\n", "                ^^^"])
        colored = self.answer("grep", "llo", trace, "#2", "--color=always").decode()
        self.assertIn("he\033[1;31mllo\033[0m\\n\n", colored)
        self.assertEqual(self.answer("grep", "ell", trace, "-l"), b"#1\n#2\n#8\n#9\n")
        self.assertEqual(self.answer("grep", "l", trace, "-c"), b"8\n")
        self.assertEqual(self.answer("grep", "nosuch", trace, "-c", status=1), b"0\n")
        steps = [line.split()[0] for line in self.answer("grep", "ell", trace, "-B1", "-A2").decode().splitlines()
                 if line[0] != " "]
        self.assertEqual(steps, ["#1", "#2", "#3", "#4", "--", "#7", "#8", "#9", "#10", "#11"])

    def test_across_reads(self):
        trace = self.sh("printf 'one SECRET\\0two' >f.bin; for i in 1 2 3 4 5 6 7; do dd bs=1 count=1 2>/dev/null "
                        ">/dev/null; done <f.bin")
        rows = self.rows("grep", "SEC", trace, "--side=out", "-e", "read")
        self.assertEqual([(row["name"], row["offset"], row["match"]) for row in rows], [("read", -2, "SEC")])
        begin, end = rows[0]["first_step"], rows[0]["step"]
        # three processes each read one byte of the same file
        self.assertEqual([row["text"] for row in self.query(
            trace, f"SELECT text FROM step WHERE step IN ({begin}, {end}) ORDER BY step")],
            ['read(0, "S", 1) = 1', 'read(0, "C", 1) = 1'])
        self.assertEqual(self.rows("grep", "SECR", trace, "--side=out", status=1), [])

    def test_streams_are_kept_apart(self):
        trace = self.python("import os\n"
                            "for name in 'ab':\n"
                            "    w = os.open('apart', os.O_RDWR | os.O_CREAT | os.O_TRUNC)\n"
                            "    os.write(w, b'LEFTRIGHT')\n"
                            "    os.lseek(w, 0, 0)\n"
                            "    os.read(w, 4); os.lseek(w, 0, 0); os.read(w, 5)\n"
                            "    os.pread(w, 4, 0); os.pread(w, 5, 4)\n"
                            "    os.close(w)\n")
        self.assertEqual(self.rows("grep", "LEFTRIGHT", trace, "--side=out", status=1), [])
        self.assertEqual(self.rows("grep", "HTLEFT", trace, status=1), [])
        self.assertEqual(self.rows("grep", "LEFTLEFT", trace, status=1), [])
        self.assertEqual(len(self.rows("grep", "LEFTRIGHT", trace, "-e", "write")), 2)

    def test_long_buffers(self):
        """Windows, and matches that lie across two of them."""
        trace = self.python("import os\n"
                            "data = bytearray(300000)\n"
                            "for at in (0, 65530, 131072, 200000, 299990): data[at:at + 10] = b'Needle0123'\n"
                            "w = os.open('long', os.O_WRONLY | os.O_CREAT)\n"
                            "os.write(w, data)\n")
        want = [0, 65530, 131072, 200000, 299990]
        for words in (["Needle0123"], ["nEEDLE0123", "-i"], ["Needle[0-9]+", "-E"], ["needle[0-9]+", "-Ei"]):
            self.assertEqual([row["offset"] for row in self.rows("grep", *words, trace, "-e", "write")], want, words)

    def test_what_was_cut(self):
        trace = self.sh("echo abcdefghij | cat", "--payload=head:4")
        status, out, err = run("grep", "abcd", trace, "-F", "json", "-e", "read,write")
        self.assertEqual((status, len(json.loads(out))), (3, 3))
        self.assertRegex(err, "[0-9]+ bytes in [0-9]+ buffers were not recorded")
        self.assertEqual(run("grep", "efgh", trace, "-e", "read,write", "--allow-incomplete")[::2], (1, ""))
        self.assertEqual(run("grep", "efgh", trace, "-e", "read,write")[0], 3)

    def test_hostile(self):
        for words in (["gpj"], ["gpj", "-F", "json"], ["gpj", "-F", "table"], ["\\x1b[2J", "-C", "3"],
                      ["exe[^z]*m\\n.*<b>", "-E", "-F", "csv"], ["\\xff", "--color=never"]):
            out = self.answer("grep", *words, self.hostile())
            self.assertIn(b"gpj.exe", out)
            self.check_harmless(out)
        self.check_harmless(self.answer("grep", "gpj", self.hostile(), "-F", "tsv").replace(b"\t", b" "))
        self.assertIn(b"\033[2J", self.answer("grep", "gpj", self.hostile(), "-F", "csv", "--bytes=raw"))


class Strings(Looks):
    def test_runs(self):
        trace = self.make("-n", "4", "-b")
        self.assertEqual(self.answer("strings", trace).decode().splitlines(),
                         ["#1 P0.T0 read a1 out +0: hello", "#2 P0.T0 write a1 in +0: hello",
                          "#3 P0.T0 openat a1 in +0: /etc/passwd"])
        self.assertEqual([row["text"] for row in self.rows("strings", trace, "-n", "6")], ["/etc/passwd"])
        self.assertEqual(self.answer("strings", trace, "-n", "12", status=1), b"")
        self.assertEqual([row["step"] for row in self.rows("strings", trace, "--side=out")], [1])
        self.assertEqual([row["step"] for row in self.rows("strings", trace, "2..3", "-e", "%file")], [3])
        self.assertEqual(run("strings", trace, "-n", "0")[0], 2)

    def test_as_strings_does(self):
        data = bytes(range(256)) + b"tab\there\0abc\0four\xff\xfeend of it"
        path = self.path("strings.bin")
        with open(path, "wb") as file:
            file.write(data)
        trace = self.record(["/bin/cat", path])
        rows = self.rows("strings", trace, "-e", "write")
        want = subprocess.run(["strings", "-a", "-t", "d", path], capture_output=True, text=True, check=True).stdout
        self.assertEqual([f"{row['offset']:7} {row['text']}" for row in rows], want.splitlines())

    def test_hostile(self):
        for words in ([], ["-F", "json"], ["-F", "table"]):
            out = self.answer("strings", self.hostile(), *words)
            self.assertIn(b"gpj.exe", out)
            self.check_harmless(out)


class Stream(Looks):
    def opened(self, trace, path, nth=0):
        """The nth step that opens a path, and its descriptor."""
        rows = self.query(trace, "SELECT step, result FROM step JOIN buf USING (step) WHERE name = 'openat' AND "
                                 f"result >= 0 AND printable(data, 100) LIKE '{path}%' ORDER BY step")
        return f"#{rows[nth]['step']}", str(rows[nth]["result"])

    def test_made(self):
        trace = self.make("-n", "30", "-b")
        self.assertEqual(self.answer("stream", trace, "P0.T0", "1").decode().splitlines(),
                         ["=== a file without a name, opened before the trace tells ===",
                          *(f"#{step} P0.T0 > hello\\n" for step in (2, 9, 16, 23, 30)), "=== closed by an exit after #30 ==="])
        self.assertIn(b"=== open to the end ===", self.answer("stream", self.make("-n", "30", "-b", "-u"), "P0", "1", status=3))
        self.assertEqual(self.answer("stream", trace, "P0", "3", "#9").decode().splitlines(),
                         ["=== /etc/passwd, opened at #7 ===", "#8 P0.T0 < hello\\n", "=== closed at #13 ==="])
        # at the step that closes it, it is still meant
        self.assertEqual(self.answer("stream", trace, "P0", "3", "#13"), self.answer("stream", trace, "P0", "3", "#7"))
        self.assertEqual(self.answer("stream", trace, "P0", "3", "P0.T0:9"), self.answer("stream", trace, "P0", "3", "#7"))
        self.assertEqual(self.rows("stream", trace, "P0.T0", "3", "#8"),
                         [{"step": 8, "task": "P0.T0", "name": "read", "direction": "read", "offset": 0, "length": 6,
                           "missing": 0, "data": "hello\\n"}])
        self.assertEqual(self.answer("stream", trace, "P0", "1", "--direction=in", status=1).count(b"\n"), 2)

    def test_none(self):
        trace = self.make("-n", "30", "-b")
        for words in (["P0", "9"], ["P9", "1"], ["P0", "3", "#31"], ["P0", "3", "d1"], ["P", "1"]):
            status, out, err = run("stream", trace, *words)
            self.assertEqual((status, out), (1, b""), words)
            self.assertEqual(err.count("\n"), 1, err)
        for words in (["P0", "x"], ["P0", "-1"], ["P0", "1", "nowhere"], ["P0"], ["P0", "99999999999"],
                      ["P0", "1", "--direction=up"], ["P0", "1", "-F", "hex", "--bytes=raw"]):
            self.assertEqual(run("stream", trace, *words)[:2], (2, b""), words)

    def test_ambiguous(self):
        trace = self.make("-n", "300", "-b")
        status, out, err = run("stream", trace, "P0.T0", "3")
        self.assertEqual((status, out), (2, b""))
        lines = err.splitlines()
        self.assertIn("more than one open file", lines[0])
        self.assertIn("mvx-replay:   #7  /etc/passwd", lines)
        self.assertEqual(lines[-1], "mvx-replay:   ... and more")

    def test_raw(self):
        data = bytes(range(256)) * 300
        with open(self.path("raw.bin"), "wb") as file:
            file.write(data)
        trace = self.python("import os\n"
                            "r = os.open('raw.bin', os.O_RDONLY); w = os.open('raw.out', os.O_WRONLY | os.O_CREAT)\n"
                            "while piece := os.read(r, 5000): os.write(w, piece)\n")
        for name in ("raw.bin", "raw.out"):
            step, fd = self.opened(trace, name)
            self.assertEqual(self.answer("stream", trace, "P0.T0", fd, step, "--bytes=raw"), data)
            dump = self.answer("stream", trace, "P0.T0", fd, step, "-F", "hex").decode()
            got = bytes.fromhex("".join(line.split(" ", 4)[4].split("|")[0] for line in dump.splitlines()[1:-1]))
            self.assertEqual(got, data)
            lines = [line for line in dump.splitlines() if "00000" in line.split()[3]]
            self.assertEqual(lines[0].split(" ", 3)[3],
                             "00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  |................|")

    def test_dup_fork_exec(self):
        trace = self.python("import os\n"
                            "a = os.open('shared', os.O_RDWR | os.O_CREAT)\n"
                            "os.set_inheritable(a, True)\n"
                            "b = os.dup2(a, 8); os.write(b, b'one ')\n"
                            "os.close(a)\n"
                            "c = os.open('other', os.O_RDWR | os.O_CREAT); assert a == c; os.write(c, b'not this')\n"
                            "pid = os.fork()\n"
                            "if not pid:\n"
                            "    os.write(8, b'two ')\n"
                            "    os.execv('/bin/sh', ['sh', '-c', 'echo three >&8; exec 8>&-; exec 9>late; :'])\n"
                            "os.waitpid(pid, 0)\n"
                            "os.write(8, b'four')\n"
                            "os.closerange(7, 12)\n"
                            "os.write(c, b'nor this')\n")
        step, fd = self.opened(trace, "shared")
        want = b"one two three\nfour"
        self.assertEqual(self.answer("stream", trace, "P0.T0", fd, step, "--bytes=raw"), want)
        self.assertEqual(self.answer("stream", trace, "P0.T0", "8", "--bytes=raw"), want)
        tasks = [row["task"] for row in self.rows("stream", trace, "P0", "8")]
        self.assertEqual(tasks, ["P0.T0", "P0.1.T0", "P0.1.T0", "P0.T0"])
        self.assertRegex(self.answer("stream", trace, "P0", "8").decode().splitlines()[-1], "^=== closed at #[0-9]+ ===$")
        step, fd = self.opened(trace, "other")
        self.assertEqual(self.answer("stream", trace, "P0.T0", fd, step, "--bytes=raw"), b"not thisnor this")

    def test_close_on_exec(self):
        """Number 50 is closed by exec in one and comes back as another file."""
        trace = self.python("import os\n"
                            "a = os.open('cloexec', os.O_RDWR | os.O_CREAT)\n"
                            "os.dup2(a, 50, False); os.write(50, b'before')\n"
                            "os.execv('/bin/sh', ['sh', '-c', 'exec 9>second; echo after >&9'])\n")
        step, fd = self.opened(trace, "cloexec")
        out = self.answer("stream", trace, "P0.T0", fd, step).decode().splitlines()
        self.assertEqual(len(out), 3)
        execve = self.query(trace, "SELECT max(step) AS step FROM step WHERE name = 'execve'")[0]["step"]
        self.assertEqual(out[-1], f"=== closed at #{execve} ===")

    def test_pipes_are_two_ends(self):
        trace = self.sh("printf 'GET /\\r\\n\\r\\nbody' | cat >pipe.out")
        rows = self.query(trace, "SELECT step, task FROM step WHERE name = 'pipe2'")
        step = f"#{rows[0]['step']}"
        ends = self.query(trace, f"SELECT hex(data) AS fds FROM buf WHERE step = {rows[0]['step']} AND direction = 'out'")
        read_end, write_end = (str(int.from_bytes(bytes.fromhex(ends[0]["fds"])[at:at + 4], "little")) for at in (0, 4))
        out = self.answer("stream", trace, "P0.T0", read_end, step).decode().splitlines()
        self.assertEqual([line.split(" ", 2)[2] for line in out[1:-1]], ["< GET /\\r\\n", "< \\r\\n", "< body"])
        self.assertIn("(read end)", out[0])
        written = self.answer("stream", trace, "P0.T0", write_end, step, "--bytes=raw", "--direction=out")
        self.assertEqual(written, b"GET /\r\n\r\nbody")
        self.assertEqual(self.answer("stream", trace, "P0.T0", write_end, step, "--bytes=raw", "--direction=in", status=1),
                         b"")

    def test_partial_writes(self):
        """Only what the pipe took counts, not what was offered."""
        trace = self.python("import os\n"
                            "r, w = os.pipe(); os.set_blocking(w, False)\n"
                            "data = b'x' * 1000 + b'y' * 200000\n"
                            "n = os.write(w, data); assert 0 < n < len(data)\n"
                            "os.close(r)\n")
        row = [row for row in self.query(trace, "SELECT step, result, text FROM step WHERE name = 'write'")][-1]
        fd = row["text"].split("(")[1].split(",")[0]
        out = self.answer("stream", trace, "P0.T0", fd, f"#{row['step']}", "--bytes=raw")
        self.assertEqual(out, (b"x" * 1000 + b"y" * 200000)[:row["result"]])

    def test_sockets(self):
        trace = self.python("import socket, array, os\n"
                            "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)\n"
                            "f = os.open('passed', os.O_RDWR | os.O_CREAT)\n"
                            "a.sendmsg([b'first ', b'part'], [(1, 1, array.array('i', [f]))])\n"
                            "b.recv(5, socket.MSG_PEEK)\n"
                            "message = b.recvmsg(100, 100)\n"
                            "g = array.array('i'); g.frombytes(message[1][0][2])\n"
                            "os.write(g[0], b'through the other')\n"
                            "a.sendall(b' second'); b.recv(100); b.send(b'answer'); a.recv(10)\n"
                            "print(g[0])\n")
        step = self.query(trace, "SELECT step FROM step WHERE name = 'recvmsg'")[0]["step"]
        a, b = (self.query(trace, f"SELECT a0 FROM call WHERE name = '{name}' AND variant = 0 AND result > 0")[0]["a0"]
                for name in ("sendmsg", "recvmsg"))
        rows = self.rows("stream", trace, "P0.T0", str(b), f"#{step}")
        self.assertEqual([(row["direction"], row["data"]) for row in rows],
                         [("read", "first part"), ("read", " second"), ("written", "answer")])
        self.assertEqual([(row["direction"], row["data"]) for row in self.rows("stream", trace, "P0", str(a), f"#{step}")],
                         [("written", "first part"), ("written", " second"), ("read", "answer")])
        received = int(self.query(trace, "SELECT a0 FROM call WHERE name = 'write' AND variant = 0 AND result = 17")[0]["a0"])
        lines = self.answer("stream", trace, "P0.T0", str(received), f"#{step}").decode().splitlines()
        self.assertIn("received as a message", lines[0])
        self.assertTrue(lines[1].endswith("> through the other"), lines)

    def test_cut_by_the_recorder(self):
        trace = self.sh("echo abcdefghij | cat >cut.out", "--payload=head:4")
        step, fd = self.opened(trace, "cut.out")
        # the shell opens it as 3 and dups it to 1, for cat
        status, out, err = run("stream", trace, "P0.2.T0", fd, step)
        self.assertEqual(status, 3)
        lines = out.decode().splitlines()
        self.assertEqual([line.split(" ", 2)[2] for line in lines[1:-1]],
                         ["> abcd", "! 7 bytes written here are not in the trace"])
        self.assertIn("7 of 11 bytes were not recorded", err)
        self.assertEqual(run("stream", trace, "P0.2.T0", fd, step, "--allow-incomplete", "--bytes=raw"), (0, b"abcd", ""))

    def test_moved_by_the_kernel(self):
        trace = self.python("import os\n"
                            "w = os.open('sent', os.O_RDWR | os.O_CREAT); os.write(w, b'0123456789'); os.lseek(w, 0, 0)\n"
                            "v = os.open('sink', os.O_RDWR | os.O_CREAT); os.sendfile(v, w, 0, 10)\n")
        step, fd = self.opened(trace, "sink")
        status, out, err = run("stream", trace, "P0", fd, step, "-F", "json")
        self.assertEqual((status, [(row["length"], row["missing"]) for row in json.loads(out)]), (3, [(10, 10)]))
        self.assertIn("never passed the program", err)

    def test_threads_share(self):
        trace = self.python("import os, _thread, time\n"
                            "lock = _thread.allocate_lock(); lock.acquire()\n"
                            "def work():\n"
                            "    global f\n"
                            "    f = os.open('threads', os.O_RDWR | os.O_CREAT)\n"
                            "    os.write(f, b'thread ')\n"
                            "    lock.release()\n"
                            "_thread.start_new_thread(work, ())\n"
                            "lock.acquire()\n"
                            "os.write(f, b'main')\n")
        step, fd = self.opened(trace, "threads")
        for task in ("P0", "P0.T0", "P0.T1"):
            self.assertEqual(self.answer("stream", trace, task, fd, step, "--bytes=raw"), b"thread main", task)

    def test_hostile(self):
        for words in (["3", "#8"], ["1"]):
            for more in ([], ["-F", "hex"], ["-F", "json"], ["-F", "csv"]):
                self.check_harmless(self.answer("stream", self.hostile(), "P0.T0", *words, *more))
        self.assertIn(b"gpj.exe", self.answer("stream", self.hostile(), "P0.T0", "3", "#8"))
        bytes_sent = b"\x1b[2J\n#99 P0.T0 > forged\n=== end ===\xe2\x80\xae\xff"
        trace = self.python(f"import os; os.write(1, {bytes_sent!r})")
        out = self.answer("stream", trace, "P0.T0", "1")
        self.check_harmless(out)
        lines = out.decode().splitlines()
        self.assertEqual([line.split(" ", 2)[2] for line in lines[1:-1]],
                         ["> \\x1b[2J\\n", "> #99 P0.T0 > forged\\n", "> === end ===\\xe2\\x80\\xae\\xff"])
        self.assertEqual(self.answer("stream", trace, "P0.T0", "1", "--bytes=raw"), bytes_sent)


class Show(Looks):
    def test_signals(self):
        """What comes with one is in strace's words."""
        shown = self.answer("show", self.sh("sh -c 'kill -9 $$'; true")).decode()
        self.assertRegex(shown, r"--- P0\.T0 SIGCHLD \{si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=\d+, si_uid=\d+, "
                                r"si_status=SIGKILL, .*\} delivered")
        self.assertRegex(shown, r"kill\(\d+, SIGKILL\) = \?\n")


class Everywhere(Looks):
    COMMANDS = (["summary", "{}"], ["summary", "--by=file", "{}"], ["grep", "e", "{}"], ["grep", "-E", "e|x", "{}", "-F", "tsv"],
                ["strings", "{}"], ["strings", "{}", "-F", "csv"], ["stream", "{}", "P0.T0", "1"],
                ["stream", "{}", "P0.T0", "1", "--bytes=raw"], ["stream", "{}", "P0.T0", "1", "-F", "hex"])

    def words(self, trace):
        return [[word.format(trace) for word in words] for words in self.COMMANDS]

    def test_flat_memory(self):
        with open(REPLAY, "rb") as file:
            if b"__asan_init" in file.read():
                self.skipTest("the sanitizer keeps what was freed")
        small = self.make("-n", "20000", "-t", "3", "-b")
        large = self.make("-n", "1000000", "-t", "3", "-b")
        for one, other in zip(self.words(small), self.words(large)):
            before, status = self.memory(*one)
            self.assertEqual(status, 0)
            after, status = self.memory(*other)
            self.assertEqual(status, 0)
            # fifty times as much to read; frames known, a few more pages
            self.assertLess(after, before + (24 << 20), other)
            self.assertLess(after, MEMORY_BYTES, other)

    def test_damage(self):
        whole = self.make("-n", "60000", "-b")
        size = os.path.getsize(whole)
        cut = self.copy(whole, "cut", lambda data: data[:int(size * 0.6)])
        unfinished = self.make("-n", "3000", "-b", "-u")
        for trace in (cut, unfinished):
            for words in self.words(trace):
                status, out, err = run(*words)
                self.assertEqual(status, 3, words)
                self.assertTrue(out)
                self.assertEqual(err.count("\n"), 1, err)
                self.assertEqual(run(*words, "--allow-incomplete")[0::2], (0, ""))

    def test_no_damage_crashes(self):
        whole = self.make("-n", "300", "-d", "100", "-s", "50", "-b")
        size = os.path.getsize(whole)
        for at in range(0, size, max(1, size // 25)):
            def flip(data, at=at):
                data[at] ^= 0xff
            path = self.copy(whole, "damaged", flip)
            for words in self.words(path):
                self.assertIn(run(*words)[0], (0, 1, 2, 3), (words, at))

    def test_what_is_no_trace(self):
        text = self.path("text.zst")
        with open(text, "w") as file:
            file.write("no trace at all\n" * 100)
        for path in (text, "/nosuch/file", "/dev/null", self.folder.name):
            for words in self.words(path):
                status, out, err = run(*words)
                self.assertEqual((status, out), (2, b""), words)
                self.assertEqual(err.count("\n"), 1, err)
                self.assertIn(path, err)

    def test_outputs(self):
        trace = self.whole()
        for words in self.words(trace):
            command = " ".join([REPLAY, *(f"'{word}'" for word in words)])
            statuses, _, err = shell(f"{command} >/dev/full")
            self.assertEqual((statuses, err.count("\n")), ([2], 0), words)
            self.assertIn("No space left on device", err)
            statuses, _, err = shell(f"{command} >&-")
            self.assertEqual(statuses, [2], words)
            statuses, out, err = shell(f"{command} | head -1")
            self.assertEqual((statuses[1], err), (0, ""), words)
            self.assertTrue(out)

    def test_bad_usage(self):
        trace = self.diverged()
        for words in self.words(trace):
            for more in (["xyz", "xyz", "xyz"], ["--color=blue"], ["--nosuch"], ["-F", "xml"]):
                status, out, err = run(*words, *more)
                self.assertEqual((status, out), (2, b""), (words, more))
                self.assertEqual(err.count("\n"), 1, err)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
