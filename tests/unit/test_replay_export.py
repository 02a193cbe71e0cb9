#!/usr/bin/python3
"""mvx-replay export: rows, strace's text, Chrome's JSON, ClickHouse's SQL; of made traces and of recorded ones.

Usage: test_replay_export.py MVX_REPLAY MAKE_TRACE MVX_MONITOR
"""
import collections
import csv
import io
import json
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
from frames import Kept, shell  # noqa: E402
from recording import skip_unless_possible, why_not  # noqa: E402

REPLAY, MAKE_TRACE, MONITOR = sys.argv[1:4]
FORMATS = ("ndjson", "csv", "tsv", "strace", "chrome")
# What may not reach a terminal: controls but newline, C1, bidi, bytes that are not UTF-8.
HARMFUL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
SECOND = 10 ** 9
START_NS = 1700000000 * SECOND  # of what make_trace makes

# strace's own form, as programs that read it take it apart.
STRACE_LINE = re.compile(r"(?P<pid>\d+) +(?P<time>\d+\.\d{6}) (?:"
                         r"(?P<name>[a-z_]\w*)\((?P<args>.*)\) += (?P<result>-?\d+|0x[0-9a-f]+|\?)"
                         r"(?: (?P<errno>E[A-Z0-9]+) \([^()]+\)| \(.*\))?(?: <(?P<spent>\d+\.\d{6})>)?|"
                         r"--- (?P<signal>SIG\w+) \{si_signo=(?P=signal), si_code=.*\} ---|"
                         r"\+\+\+ (?:exited with (?P<status>\d+)|killed by (?P<killer>SIG\w+)(?: \(core dumped\))?)"
                         r" \+\+\+)")


def run(*args, **more):
    done = subprocess.run([REPLAY, *args], capture_output=True, timeout=300, **more)
    return done.returncode, done.stdout, done.stderr.decode()


class Traces(Kept):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def keep(self, key, command):
        if key not in self.made:
            path = os.path.join(self.kept.name, f"trace{len(self.made)}.mvx.zst")
            status = subprocess.run(command(path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    timeout=300).returncode
            type(self).made[key] = path, status
        return self.made[key]

    def make(self, *options):
        path, status = self.keep(options, lambda path: [MAKE_TRACE, "-o", path, *options])
        self.assertEqual(status, 0)
        return path

    def record(self, *command, variants=2):
        """The trace of a real run, and the status it ended with."""
        skip_unless_possible(MONITOR)
        return self.keep((variants, command),
                         lambda path: [MONITOR, "-q", "-n", str(variants), "-o", path, "--", *command])

    def small(self):
        return self.make("-n", "300", "-d", "100", "-s", "50", "-t", "3", "-b")

    def hostile(self):
        return self.make("-n", "60", "-d", "20", "-s", "10", "-x", "-v", "3")

    def live(self):
        """Recorded programs: forks, execs, failures, a handler, a death by a signal."""
        if why_not(MONITOR):
            return []
        script = "trap : USR1; ls /nosuch 2>/dev/null; kill -USR1 $$; echo word | wc -c; (exit 3); kill -TERM $$"
        return [self.record("true"), self.record("cat", "/etc/hostname", variants=3), self.record("sh", "-c", script)]

    def export(self, form, trace, *words, status=0):
        got, out, err = run("export", "--to=" + form, trace, *words)
        self.assertEqual(got, status, err)
        if status == 0:
            self.assertEqual(err, "")
        return out.decode()

    def query(self, trace, sql):
        status, out, err = run("query", trace, sql, "-F", "json", "--allow-incomplete")
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def cut(self, trace, part):
        with open(trace, "rb") as file:
            data = file.read()
        with open(self.path("cut"), "wb") as file:
            file.write(data[:int(len(data) * part)])
        return self.path("cut")


def tsv_value(text):
    """A field as PostgreSQL and ClickHouse read it: None, or bytes."""
    if text == "\\N":
        return None
    one = {"t": b"\t", "n": b"\n", "r": b"\r", "\\": b"\\"}
    return b"".join(word.encode() if word[0] != "\\" else one.get(word[1]) or bytes([int(word[2:], 16)])
                    for word in re.findall(r"\\x[0-9a-f]{2}|\\[tnr\\]|[^\\]+", text))


class Rows(Traces):
    def test_every_table_in_every_format_is_what_sql_says(self):
        for trace in [self.small(), self.hostile()] + [trace for trace, _ in self.live()[2:]]:
            for table in re.findall(r"^(\w+): ", run("schema")[1].decode(), re.M):
                want = self.query(trace, f"SELECT * FROM {table}")
                ndjson = [json.loads(line) for line in
                          self.export("ndjson", trace, "--table=" + table).splitlines()]
                self.assertEqual(ndjson, want, table)
                tsv = [line.split("\t") for line in self.export("tsv", trace, "--table", table).split("\n")[:-1]]
                sheet = list(csv.reader(io.StringIO(self.export("csv", trace, "--table", table))))
                for rows in (tsv, sheet):
                    self.assertEqual(len(rows), len(want) + 1, table)
                    for row, record in zip(rows[1:], want):
                        self.assertEqual(rows[0], list(record) or rows[0])
                        self.assertEqual(len(row), len(rows[0]))
                        for cell, value in zip(row, record.values()):
                            if value is None:
                                self.assertIn(cell, ("\\N", ""))
                            elif isinstance(value, int):
                                self.assertEqual(cell, str(value))

    def test_without_a_table_one_row_is_a_step(self):
        for form in ("tsv", "csv", "ndjson"):
            self.assertEqual(self.export(form, self.small()), self.export(form, self.small(), "--table=step"))
        self.assertEqual(len(self.export("ndjson", self.small()).splitlines()), 300)

    def test_large_numbers_and_addresses_in_json(self):
        trap = json.loads(self.export("ndjson", self.small(), "--table=trap").splitlines()[0])
        self.assertEqual((trap["value"], trap["ip"]), (str(2 ** 60), "0xffffffff81000000"))
        self.assertIn("\t0xffffffff81000000\t", self.export("tsv", self.small(), "--table=trap"))

    def test_tsv_gives_the_bytes_back(self):
        lines = self.export("tsv", self.hostile(), "--table=buf").splitlines()
        column = lines[0].split("\t").index("data")
        values = {tsv_value(line.split("\t")[column]) for line in lines[1:]}
        self.assertTrue(any(value.startswith(b"/tmp/a\033[2J") and b"\xff\xc2\x9b31m\n\t\"\\|" in value
                            for value in values), values)

    def test_positions_and_filters(self):
        trace = self.small()

        def steps(*words, table="step"):
            return [json.loads(line)["step"] for line in
                    self.export("ndjson", trace, "--table=" + table, *words).splitlines()]

        def sql(where, table="step"):
            return [row["step"] for row in self.query(trace, f"SELECT step FROM {table} WHERE {where} ORDER BY step")]

        self.assertEqual(steps("#7"), [7])
        self.assertEqual(steps("7..9", "#50"), [7, 8, 9, 50])
        self.assertEqual(steps("d2"), [200])
        self.assertEqual(steps("P0.T1"), sql("task = 2"))
        self.assertEqual(steps("P0.T1:4"), sql("task = 2 AND task_seq = 4"))
        self.assertEqual(steps("+15us..+30us"), sql("time_ns BETWEEN 15000 AND 30000"))
        self.assertEqual(steps("7..9", table="call"), [7, 7, 8, 8, 9, 9])
        self.assertEqual(steps("d1..".replace("d1", "199"), table="divergence"), [200, 300])
        self.assertEqual(steps("100..150", table="signal"), [100, 150])
        self.assertEqual(steps("-Z"), sql("errno IS NOT NULL"))
        self.assertEqual(steps("-z"), sql("errno IS NULL"))
        self.assertEqual(steps("-e", "trace=write,read", "-e", "status=successful"), sql("name IN ('read', 'write')"))
        self.assertEqual(steps("-P", "/etc/passwd", "..100"), sql("name = 'openat' AND step <= 100"))
        self.assertEqual(steps("-e", "%file", table="buf"), sql("step IN (SELECT step FROM step WHERE name = 'openat')",
                                                                 table="buf"))

    def test_one_variants_part(self):
        rows = [json.loads(line) for line in
                self.export("ndjson", self.hostile(), "--table=call", "7.v1", "8.v2").splitlines()]
        self.assertEqual([(row["step"], row["variant"]) for row in rows], [(7, 1), (8, 2)])
        row = json.loads(self.export("ndjson", self.hostile(), "7.v1"))
        self.assertEqual((row["variants"], row["time_ns"]), ("1", 7 * 1500 + 1))

    def test_one_variants_bytes(self):
        skip_unless_possible(MONITOR)
        trace, _ = self.keep("bytes", lambda path: [MONITOR, "-q", "--env-variant=0:WORD=ours", "--env-variant=1:WORD=other",
                                                    "-o", path, "--", "sh", "-c", "echo $WORD"])
        [step] = {row["step"] for row in self.query(trace, "SELECT step FROM divergence")}
        for variant, word in ((0, "ours"), (1, "other")):
            rows = [json.loads(line) for line in
                    self.export("ndjson", trace, "--table=buf", f"{step}.v{variant}").splitlines()]
            self.assertEqual([row["data"] for row in rows], [word + "\\n"])
            self.assertIn(f'write(1, "{word}\\n", {len(word) + 1})', self.export("strace", trace, f"{step}.v{variant}"))
        self.assertEqual(self.export("ndjson", trace, "--table=buf", f"#{step}").count("\n"), 2)

    def test_divergences_keep_their_numbers(self):
        row = json.loads(self.export("ndjson", self.small(), "--table=divergence", "#300"))
        self.assertEqual((row["divergence"], row["step"]), (3, 300))

    def test_nothing_chosen_is_1_and_an_empty_table_0(self):
        trace = self.make("-n", "20")
        self.assertEqual(self.export("tsv", trace, "--table=divergence").count("\n"), 1)
        for words in (("#21",), ("d1",), ("-e", "trace=fork"), ("--table=signal", "1..5"), ("P9.T9",)):
            self.export("tsv", trace, *words, status=1)
        for form in ("strace", "chrome"):
            self.export(form, trace, "-e", "trace=fork", "1..5", status=1)

    def test_choosing_where_nothing_can_be_chosen_is_2(self):
        for words in (("--table=meta", "#1"), ("--table=divergence", "-Z"), ("--table=file_identity", "#1"),
                      ("--table=v_signal", "-e", "trace=read")):
            self.export("tsv", self.small(), *words, status=2)
        self.assertEqual(self.export("csv", self.small(), "--table=v_step", "-e", "trace=close", "1..10").count("\n"), 2)


class Strace(Traces):
    def parse(self, text):
        parsed = []
        for line in text.splitlines():
            found = STRACE_LINE.fullmatch(line)
            self.assertIsNotNone(found, line)
            parsed.append(found)
        return parsed

    def test_every_line_has_straces_form(self):
        threads = ("import os, select, signal, subprocess, threading, time; r, w = os.pipe(); "
                   "signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.05); "
                   "t = threading.Thread(target=os.read, args=(r, 9)); t.start(); time.sleep(0.1); "
                   "os.write(w, b'\\xff) = 1 \\n\\0'); t.join(); select.select([w], [w], [], 0); subprocess.run(['true'])")
        traces = [self.small(), self.hostile(), *(trace for trace, _ in self.live()),
                  self.record("/usr/bin/python3", "-c", threads)[0], self.record("sh", "-c", "kill -SEGV $$")[0]]
        for trace in traces:
            for words in ((), ("--variants=all",)):
                calls = [line for line in self.parse(self.export("strace", trace, *words))
                         if line["name"]]
                variants = "" if words else "variant = 0 AND "
                want = self.query(trace, "SELECT name, errno, task_variant.tid AS tid, duration_ns / 1000 AS us, result "
                                         f"FROM call LEFT JOIN task_variant USING (task, variant) WHERE {variants} 1")
                self.assertEqual([(line["name"], line["errno"], int(line["pid"])) for line in calls],
                                 [(row["name"], row["errno"], row["tid"]) for row in want])
                for line, row in zip(calls, want):
                    self.assertEqual(line["result"] == "?", row["result"] is None, line[0])
                    if line["spent"]:
                        self.assertEqual(int(line["spent"].replace(".", "")), row["us"])

    def test_strace_itself_has_this_form(self):
        """The parser would take what strace writes: it is no invention of ours."""
        if not shutil.which("strace"):
            self.skipTest("no strace")
        done = subprocess.run(["strace", "-f", "-ttt", "-T", "-o", self.path("out"), "cat", "/etc/hostname", "/nosuch"],
                              capture_output=True)
        if done.returncode != 1:
            self.skipTest("strace cannot trace here")
        with open(self.path("out")) as file:
            theirs = self.parse(file.read())
        ours = self.parse(self.export("strace", self.record("cat", "/etc/hostname", "/nosuch")[0]))
        for lines in (theirs, ours):
            self.assertEqual(lines[0]["name"], "execve")
            self.assertEqual(lines[-1]["status"], "1")
            self.assertIn(("openat", "ENOENT"), [(line["name"], line["errno"]) for line in lines])
        files = [[line["args"] for line in lines if line["name"] == "openat" and "hostname" in line["args"]]
                 for lines in (theirs, ours)]
        self.assertEqual(*files)
        # results stand in the same column
        columns = [{line[0].index(" = ") for line in lines if line["name"] == "close" and line["result"] == "0"}
                   for lines in (theirs, ours)]
        self.assertEqual(*columns)

    def test_times_are_of_the_clock(self):
        first = self.parse(self.export("strace", self.small(), "#1"))[0]
        self.assertEqual(first["time"], f"{(START_NS + 1500) // SECOND}.000001")
        for trace, _ in self.live():
            now = time.time()
            for line in self.parse(self.export("strace", trace)):
                self.assertLess(abs(float(line["time"]) - now), 3600)

    def test_signals_and_ends_of_a_real_run(self):
        skip_unless_possible(MONITOR)
        trace, status = self.live()[2]
        lines = self.parse(self.export("strace", trace))
        self.assertEqual(status, 128 + signal.SIGTERM)
        shell_pid = lines[0]["pid"]
        self.assertEqual({line["signal"] for line in lines if line["pid"] == shell_pid and line["signal"]},
                         {"SIGUSR1", "SIGCHLD", "SIGTERM"})
        self.assertEqual([line["killer"] for line in lines if line["killer"]], ["SIGTERM"])
        self.assertEqual(lines[-1]["pid"], shell_pid)
        ends = collections.Counter(line["status"] for line in lines if line["status"])
        self.assertEqual((ends["3"], ends["2"]), (1, 1))

    def test_a_kill_is_seen_as_strace_sees_it(self):
        """SIGKILL has no line of its own; another signal that ends a program has one, in every variant."""
        for name in ("KILL", "SEGV"):
            trace, status = self.record("sh", "-c", f"ulimit -c 0; kill -{name} $$")
            self.assertEqual(status, 128 + signal.Signals["SIG" + name])
            for words, variants in (((), 1), (("--variants=all",), 2)):
                lines = self.parse(self.export("strace", trace, *words))
                self.assertEqual([line["killer"] for line in lines if line["killer"]], ["SIG" + name] * variants)
                self.assertEqual([line["signal"] for line in lines if line["signal"]],
                                 ["SIGSEGV"] * variants if name == "SEGV" else [])

    def test_filters_and_variants(self):
        text = self.export("strace", self.small(), "-e", "trace=write", "1..50")
        self.assertEqual({line["name"] for line in self.parse(text)} - {None}, {"write"})
        self.assertEqual([line["pid"] for line in self.parse(self.export("strace", self.small(), "3.v1"))], ["1001"])
        pids = {line["pid"] for line in self.parse(self.export("strace", self.small(), "--variants=all"))}
        self.assertEqual(pids, {str(1000 + task * 100 + v) for task in range(3) for v in range(2)})

    def test_string_limit(self):
        self.assertIn('write(1, "he"..., 6)', self.export("strace", self.small(), "-s", "2", "-e", "trace=write"))
        self.assertIn('write(1, \\"he\\"..., 6)', self.export("chrome", self.small(), "-s", "2"))


class Chrome(Traces):
    def events(self, trace, *words, status=0):
        data = json.loads(self.export("chrome", trace, *words, status=status))
        self.assertEqual(data["displayTimeUnit"], "ns")
        for event in data["traceEvents"]:
            self.assertIn(event["ph"], "MXstfi")
            self.assertIsInstance(event["pid"], int)
            self.assertIsInstance(event["tid"], int)
            if event["ph"] != "M":
                self.assertGreaterEqual(event["ts"], 0)
                self.assertTrue(event["cat"])
        return data["traceEvents"]

    def test_calls_are_complete_events(self):
        for trace in (self.small(), self.hostile(), *(trace for trace, _ in self.live())):
            calls = [event for event in self.events(trace) if event["ph"] == "X"]
            want = self.query(trace, "SELECT step, variant, task, name, entry_ns, duration_ns, result FROM call")
            self.assertEqual([(e["args"]["step"], e["pid"], e["tid"], e["name"], round(e["ts"] * 1000)) for e in calls],
                             [(w["step"], w["variant"] + 1, w["task"], w["name"], w["entry_ns"]) for w in want])
            for event, row in zip(calls, want):
                self.assertEqual(event["args"].get("result"), row["result"])
                self.assertEqual(round(event["dur"] * 1000), row["duration_ns"] or 0 if row["result"] is not None else 0)

    def test_calls_of_a_thread_do_not_overlap(self):
        """Viewers nest what overlaps, and refuse what overlaps in part."""
        for trace, _ in self.live():
            last = {}
            calls = [event for event in self.events(trace) if event["ph"] == "X"]
            for event in sorted(calls, key=lambda event: event["ts"]):
                thread = event["pid"], event["tid"]
                self.assertGreaterEqual(round(event["ts"] * 1000), last.get(thread, 0), event)
                last[thread] = round((event["ts"] + event["dur"]) * 1000)

    def test_flows_join_the_variants_of_a_step(self):
        for trace, variants in ((self.small(), 2), (self.hostile(), 3)):
            flows = collections.defaultdict(list)
            calls = {}
            for event in self.events(trace):
                if event["ph"] in "stf":
                    flows[int(event["id"], 16)].append(event)
                elif event["ph"] == "X":
                    calls[event["args"]["step"], event["pid"]] = event
            self.assertEqual(len(calls), variants * len(flows))
            for step, flow in flows.items():
                self.assertEqual("".join(event["ph"] for event in flow), "s" + "t" * (variants - 2) + "f")
                self.assertEqual([event["ts"] for event in flow], sorted(event["ts"] for event in flow))
                self.assertEqual({event["pid"] for event in flow}, set(range(1, variants + 1)))
                for event in flow:
                    call = calls[step, event["pid"]]
                    self.assertEqual((event["ts"], event["tid"]), (call["ts"], call["tid"]))

    def test_names_and_instants(self):
        events = self.events(self.small())
        names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e.get("name") == "thread_name"}
        self.assertEqual(names, {(pid, task): f"P0.T{task - 1}" for pid in (1, 2) for task in (1, 2, 3)})
        processes = [e["args"]["name"] for e in events if e["name"] == "process_name"]
        self.assertEqual(processes, ["variant 0 (leader): /bin/test", "variant 1: /bin/test"])
        instants = collections.Counter((e["cat"], e["name"], e["s"]) for e in events if e["ph"] == "i")
        self.assertEqual(instants["signal", "SIGALRM", "t"], 12)
        self.assertEqual([instants["divergence", f"divergence d{n}", "g"] for n in (1, 2, 3, 4)], [1, 1, 1, 0])
        self.assertEqual(instants["task", "exited with 0", "t"], 6)

    def test_divergence_shows_both_sides(self):
        events = self.events(self.small(), "d2")
        [divergence] = [e for e in events if e.get("cat") == "divergence"]
        self.assertEqual((divergence["name"], divergence["args"]["step"]), ("divergence d2", 200))
        self.assertEqual(divergence["args"]["v1.1"], 'write(1, "hellX", 5)')
        self.assertEqual(sum("text" in e["args"] for e in events if e["ph"] == "X"), 2)

    def test_filters_and_variants(self):
        events = self.events(self.small(), "1..60", "-e", "trace=close", "--variants=leader")
        self.assertEqual({(e["name"], e["pid"]) for e in events if e["ph"] == "X"}, {("close", 1)})
        self.assertFalse([e for e in events if e["ph"] in "stf"])

    def test_damaged_traces_are_valid_json_too(self):
        trace = self.make("-n", "60000", "-b")
        for part in (0.45, 0.9):
            self.assertTrue(self.events(self.cut(trace, part), status=3))
        size = os.path.getsize(self.hostile())
        with open(self.hostile(), "rb") as file:
            whole = file.read()
        valid = 0
        for at in range(0, size, max(1, size // 60)):
            with open(self.path("damaged"), "wb") as file:
                file.write(whole[:at] + bytes([whole[at] ^ 0xff]) + whole[at + 1:])
            status, out, _ = run("export", "--to=chrome", self.path("damaged"))
            self.assertIn(status, (0, 2, 3))
            if status != 2:
                json.loads(out)
                valid += 1
        self.assertGreater(valid, 10)


class Everything(Traces):
    def test_hostile_bytes_are_escaped(self):
        for form in FORMATS:
            out = self.export(form, self.hostile(), *(("--variants=all",) if form == "strace" else ()))
            self.assertIsNone(HARMFUL.search(out.replace("\t", " ") if form == "tsv" else out), form)
        for table in ("mark", "divergence_side", "meta", "file_identity", "buf"):
            for form in FORMATS[:3]:
                out = self.export(form, self.hostile(), "--table=" + table)
                self.assertIsNone(HARMFUL.search(out.replace("\t", " ")), table)
                self.assertIn("gpj.exe", out)

    def test_an_incomplete_trace_is_3(self):
        trace = self.make("-n", "3000", "-u", "-b")
        for form in FORMATS:
            status, out, err = run("export", "--to", form, trace)
            self.assertEqual((status, err.count("\n")), (3, 1), err)
            self.assertIn("incomplete", err)
            self.assertEqual(run("export", "--to", form, trace, "--allow-incomplete"), (0, out, ""))
            self.assertEqual(run("export", "--to", form, "-o", self.path(form), trace)[0], 3)
            with open(self.path(form), "rb") as file:
                self.assertEqual(file.read(), out)

    def test_damage_never_crashes(self):
        with open(self.small(), "rb") as file:
            whole = file.read()
        for at in range(0, len(whole), max(1, len(whole) // 50)):
            with open(self.path("damaged"), "wb") as file:
                file.write(whole[:at] + bytes([whole[at] ^ 0xff]) + whole[at + 1:])
            for words in (("--to=strace", "--variants=all"), ("--to=tsv", "--table=call"), ("--to=ndjson", "--table=buf")):
                self.assertIn(run("export", *words, self.path("damaged"))[0], (0, 2, 3), (words, at))

    def test_a_file_gets_its_name_when_whole(self):
        trace = self.small()
        for form in FORMATS:
            self.assertEqual(run("export", "--to", form, "-o", self.path("out"), "-f", trace), (0, b"", ""))
            with open(self.path("out"), encoding="utf-8", newline="") as file:
                self.assertEqual(file.read(), self.export(form, trace))
        self.assertEqual(os.listdir(self.folder), ["out"])

    def test_what_is_there_stays(self):
        trace = shutil.copy(self.small(), self.path("t"))
        with open(self.path("mine"), "w") as file:
            file.write("mine")
        os.mkdir(self.path("folder"))
        os.symlink("mine", self.path("link"))
        for words, reason in ((("mine",), "-f replaces it"), (("folder", "-f"), "regular file"),
                              (("link", "-f"), "regular file"), (("t", "-f"), "the trace itself"),
                              (("nosuch/out",), "No such file")):
            for form in ("tsv", "chrome"):
                status, out, err = run("export", "--to", form, trace, "-o", self.path(words[0]), *words[1:])
                self.assertEqual((status, out, err.count("\n")), (2, b"", 1), words)
                self.assertIn(reason, err)
        with open(self.path("mine")) as file:
            self.assertEqual(file.read(), "mine")
        self.assertEqual(sorted(os.listdir(self.folder)), ["folder", "link", "mine", "t"])

    def test_full_disk_is_2_and_leaves_nothing(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        trace = self.make("-n", "3000", "-b")
        for form in FORMATS:
            # in the middle, and when the little there is goes out at the end
            for size, words in ((1 << 16, ()), (10, ("#1",))):
                status, out, err = run("export", "--to", form, "-o", self.path("out"), trace, *words, preexec_fn=limit)
                self.assertEqual((status, out, err.count("\n")), (2, b"", 1), err)
                self.assertIn(self.path("out"), err)
                self.assertIn("File too large", err)
                self.assertEqual(os.listdir(self.folder), [])
            for rows in (trace, f"{trace} 1"):
                statuses, _, err = shell(f"{REPLAY} export --to {form} {rows} >/dev/full")
                self.assertEqual((statuses, err.count("\n")), ([2], 0), err)
                self.assertIn("standard output: No space left on device", err)

    def test_closed_outputs(self):
        for form in FORMATS:
            statuses, out, err = shell(f"{REPLAY} export --to {form} {self.make('-n', '20000', '-b')} | head -1")
            self.assertEqual((statuses[1], err), (0, ""))
            self.assertIn(statuses[0], (141,))
            self.assertTrue(out)
            statuses, _, err = shell(f"{REPLAY} export --to {form} {self.small()} >&-")
            self.assertEqual(statuses, [2])
            self.assertIn("closed", err)

    def test_bad_usage_is_2_in_one_sentence(self):
        trace = self.small()
        for words in ((trace,), ("--to=xml", trace), ("--to=tsv",), ("--to=tsv", trace, "xyz"),
                      ("--to=tsv", "--table=nosuch", trace), ("--to=tsv", "--table=step; DROP", trace),
                      ("--to=strace", "--table=step", trace), ("--to=csv", "--variants=all", trace),
                      ("--to=csv", "-s", "5", trace), ("--to=chrome", "--variants=diff", trace),
                      ("--to=strace", "-s", "99999999", trace), ("--to=tsv", "-e", "trace=nosuch", trace),
                      ("--to=clickhouse-ddl", trace), ("--to=clickhouse-ddl", "--table=v_step"),
                      ("--to=tsv", "/nosuch"), ("--to=chrome", "/dev/null")):
            status, out, err = run("export", *words)
            self.assertEqual((status, out, err.count("\n")), (2, b"", 1), words)
            self.assertTrue(err.startswith("mvx-replay: "), err)

    def test_progress_is_for_terminals(self):
        trace = self.make("-n", "1000000", "-b", "-t", "3")
        for form in ("ndjson", "chrome"):
            ours, theirs = pty.openpty()
            start = time.monotonic()
            process = subprocess.Popen([REPLAY, "export", "--to", form, trace], stdout=subprocess.DEVNULL, stderr=theirs)
            os.close(theirs)
            said = b""
            try:
                while got := os.read(ours, 65536):
                    said += got
            except OSError:
                pass
            os.close(ours)
            self.assertEqual(process.wait(timeout=300), 0)
            if time.monotonic() - start > 2:  # it speaks after a second
                self.assertRegex(said.decode(), r"export: \d+ rows, \d+ a second")
            self.assertRegex(said.decode(), "^$|\033\\[K$")

    def test_memory_stays_flat(self):
        """A million steps take no more memory than ten thousand, but for the trace's own index."""
        few, many = self.make("-n", "10000", "-b", "-t", "3"), self.make("-n", "1000000", "-b", "-t", "3")
        for form in FORMATS:
            peaks = []
            for trace in (few, many):
                # a sanitizer keeps what was freed for a while: little, here
                pid = os.posix_spawn(REPLAY, [REPLAY, "export", "--to", form, trace],
                                     {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"},
                                     file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
                _, status, usage = os.wait4(pid, 0)
                self.assertEqual(status, 0)
                peaks.append(usage.ru_maxrss)
            self.assertLess(peaks[1], peaks[0] + 16384, form)


class ClickHouse(Traces):
    def test_every_table_and_column(self):
        ddl = run("export", "--to=clickhouse-ddl")[1].decode()
        schema = run("schema")[1].decode()
        for table, body in re.findall(r"^(\w+): [^\n]*\n((?:    [^\n]*\n)*)", schema, re.M):
            columns = re.findall(r"^    (\w+) +(?:integer|address|text|blob|any) ", body, re.M)
            if table.startswith("v_"):
                continue
            [create] = re.findall(rf"CREATE TABLE IF NOT EXISTS mvx\.`{table}`\n\((.*?)\n\)\n", ddl, re.S)
            self.assertEqual(re.findall(r"^    `(\w+)` ", create, re.M), ["trace", *columns])
            [keys] = re.findall(rf"mvx\.`{table}`\n\([^;]*\) *\nENGINE = MergeTree ORDER BY \(([^()]*)\);", ddl)
            self.assertEqual(keys, "`trace`, `step`" if "step" in columns else "`trace`")
            self.assertEqual(set(re.findall(r"^    `(?:trace|step)` (.*?),?(?: --.*)?$", create, re.M)) - {"String", "Int64"},
                             set())
            [insert] = re.findall(rf"INSERT INTO mvx\.`{table}`\n.*?'TabSeparatedWithNames', '(.*?)'\);", ddl, re.S)
            self.assertEqual(re.findall(r"`(\w+)`", insert), columns)
            header = self.export("tsv", self.small(), "--table=" + table).split("\n")[0]
            self.assertEqual(header.split("\t"), columns)

    def test_keys_are_never_null_and_numbers_fit(self):
        """What the DDL promises of the columns holds for the files."""
        ddl = run("export", "--to=clickhouse-ddl")[1].decode()
        for trace in [self.small(), self.hostile()] + [trace for trace, _ in self.live()[2:]]:
            for table, columns in re.findall(r"INSERT INTO mvx\.`(\w+)`\n.*?'TabSeparatedWithNames', '(.*?)'\);", ddl,
                                             re.S):
                types = re.findall(r"`\w+` ([^,]+)", columns)
                for line in self.export("tsv", trace, "--table=" + table).split("\n")[1:-1]:
                    for cell, kind in zip(line.split("\t"), types, strict=True):
                        if kind == "Int64" or (kind == "Nullable(Int64)" and cell != "\\N"):
                            self.assertTrue(-2 ** 63 <= int(cell) < 2 ** 63, (table, line))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
