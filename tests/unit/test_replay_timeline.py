#!/usr/bin/python3
"""mvx-replay timeline: its buckets against SQL, its picture against its buckets, screens, locales, bad outputs.

Usage: test_replay_timeline.py MVX_REPLAY MAKE_TRACE MVX_MONITOR
"""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unittest

sys.dont_write_bytecode = True
from frames import Kept, shell  # noqa: E402
from recording import skip_unless_possible  # noqa: E402

REPLAY, MAKE_TRACE, MONITOR = sys.argv[1:4]
HARMFUL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
LABEL_COLUMNS = 15
MARKS = {"D": "divergence", "X": "exit", "S": "signal", "E": "exec", "F": "fork"}
SECOND = 10 ** 9


def run(*args, **env):
    env = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm", **env}
    for name in ("COLUMNS", "NO_COLOR"):
        if env.get(name) is None or name not in env:
            env.pop(name, None)
    done = subprocess.run([REPLAY, *args], capture_output=True, timeout=300, env=env)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Traces(Kept):
    def keep(self, command):
        if command not in self.made:
            if command[0] == MONITOR:
                skip_unless_possible(MONITOR)
            path = os.path.join(self.kept.name, f"trace{len(self.made)}.mvx.zst")
            subprocess.run([command[0], "-o", path, *command[1:]], stdout=subprocess.DEVNULL, timeout=300, check=True)
            type(self).made[command] = path
        return self.made[command]

    def make(self, *options):
        return self.keep((MAKE_TRACE, *options))

    def small(self):
        return self.make("-n", "300", "-d", "100", "-s", "50", "-t", "3", "-b")

    def hostile(self):
        return self.make("-n", "60", "-d", "20", "-s", "10", "-x", "-v", "3")

    def forks(self):
        return self.keep((MONITOR, "-q", "-n", "2", "--", "sh", "-c",
                          "trap : USR1; kill -USR1 $$; sleep 0.2; ls /nosuch 2>/dev/null | cat; true"))

    def slow_follower(self):
        """The leader makes a call at once, the follower after much computing."""
        return self.keep((MONITOR, "-q", "-n", "2", "--env-variant=0:N=1", "--env-variant=1:N=400000", "--", "sh", "-c",
                          "i=0; while [ $i -lt $N ]; do i=$((i+1)); done; echo done"))

    def query(self, trace, sql):
        status, out, err = run("query", trace, sql, "-F", "json", "--allow-incomplete")
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def rows(self, trace, *words, status=0, **env):
        got, out, err = run("timeline", "-F", "ndjson", trace, *words, **env)
        self.assertEqual(got, status, err)
        return [json.loads(line) for line in out.splitlines()]

    def picture(self, trace, *words, status=0, **env):
        got, out, err = run("timeline", trace, *words, **env)
        self.assertEqual(got, status, err)
        return out.splitlines()

    def lanes(self, lines):
        """label: (density, marks) of a picture."""
        lanes, label = {}, None
        for line in lines[3:]:
            if line.startswith("longest") or not line:
                break
            if re.match(r"P\d|~|T\?", line):
                label = line[:LABEL_COLUMNS].strip()
                lanes[label] = [line[LABEL_COLUMNS:], ""]
            elif line.startswith(" " * LABEL_COLUMNS):
                lanes[label][1] = line[LABEL_COLUMNS:]
        return lanes


class Buckets(Traces):
    def test_sums_are_what_sql_says(self):
        for trace in (self.small(), self.hostile(), self.forks()):
            for words, where in (((), "variant = 0"), (("--variants=all",), "1")):
                sums = {}
                for row in self.rows(trace, *words):
                    lane = sums.setdefault((row["task"], row["variant"]), [0, 0, 0])
                    for i, name in enumerate(("calls", "failed", "in_call_ns")):
                        lane[i] += row[name]
                want = self.query(trace, "SELECT task, variant, count(*) AS calls, count(errno) AS failed, "
                                         "sum(CASE WHEN result IS NULL THEN 0 ELSE duration_ns END) AS ns "
                                         f"FROM call WHERE {where} GROUP BY task, variant ORDER BY task, variant")
                self.assertEqual(sums, {(row["task"], row["variant"]): [row["calls"], row["failed"], row["ns"]]
                                        for row in want})

    def test_calls_are_in_their_bucket(self):
        for trace in (self.small(), self.forks()):
            for row in self.rows(trace):
                [want] = self.query(trace, "SELECT count(*) AS calls FROM call WHERE variant = 0 AND "
                                           f"task = {row['task']} AND entry_ns >= {row['start_ns']} AND "
                                           f"entry_ns < {row['end_ns']}")
                self.assertEqual(row["calls"], want["calls"])
                self.assertLessEqual(row["in_call_ns"], row["end_ns"] - row["start_ns"])

    def test_marks(self):
        rows = self.rows(self.small())

        def at(name, task=1):
            return [(row["start_ns"], row["end_ns"]) for row in rows
                    if name in row["marks"].split(",") and row["task"] == task]

        for name, table, column in (("divergence", "divergence", "time_ns"), ("signal", "signal", "delivered_ns")):
            times = [row["ns"] for row in self.query(self.small(), f"SELECT {column} AS ns FROM {table}")]
            for ns in times:
                self.assertEqual(sum(start <= ns < end for start, end in at(name)), 1)
            self.assertEqual(len(at(name)), len(times))
        self.assertEqual([len(at("exit", task)) for task in (1, 2, 3)], [1, 1, 1])
        self.assertEqual([len(at("fork", task)) for task in (1, 2, 3)], [1, 0, 0])

    def test_marks_of_a_real_run(self):
        marks = {}
        for row in self.rows(self.forks()):
            marks.setdefault(row["label"], set()).update(row["marks"].split(","))
        self.assertLessEqual({"fork", "exec", "signal", "exit"}, marks["P0.T0"])
        self.assertLessEqual({"exec", "exit"}, marks["P0.1.T0"])
        self.assertNotIn("fork", marks["P0.1.T0"])
        self.assertEqual(len(marks), len(self.query(self.forks(), "SELECT * FROM task")))

    def test_positions_and_filters(self):
        trace = self.small()

        def calls(*words, **more):
            return sum(row["calls"] for row in self.rows(trace, *words, **more))

        self.assertEqual(calls("#7"), 1)
        self.assertEqual(calls("101..200"), 100)
        self.assertEqual(calls("P0.T1"), 100)
        self.assertEqual(calls("-e", "trace=write"),
                         self.query(trace, "SELECT count(*) AS n FROM step WHERE name = 'write'")[0]["n"])
        self.assertEqual(calls("-Z"), self.query(trace, "SELECT count(errno) AS n FROM step")[0]["n"])
        self.assertEqual(calls("d2", "--variants=all"), 2)
        self.assertEqual({row["variant"] for row in self.rows(trace, "9.v1")}, {1})
        rows = self.rows(trace, "+150us..+300us")
        self.assertGreaterEqual(rows[0]["start_ns"], 149000)
        for words in (("#301",), ("d9",), ("P7.T7",), ("-e", "trace=fork", "1..5"), ("+9s..",)):
            self.assertEqual(self.rows(trace, *words, status=1), [])

    def test_a_filter_leaves_the_rest_out(self):
        self.assertEqual({row["calls"] for row in self.rows(self.small(), "-e", "trace=fork")}, {0})


class Picture(Traces):
    def test_lanes_are_the_buckets(self):
        for trace in (self.small(), self.forks()):
            for width in (40, 80, 133):
                lines = self.picture(trace, "--ascii", COLUMNS=str(width))
                lanes, rows = self.lanes(lines), self.rows(trace, COLUMNS=str(width))
                first = int(re.search(r"from \+([\d.]+)ms", lines[1])[1].replace(".", ""))
                step = rows[0]["end_ns"] - rows[0]["start_ns"]
                most = max(row["calls"] for row in rows)
                self.assertEqual(set(lanes), {row["label"] for row in rows})
                drawn = {label: {} for label in lanes}
                for row in rows:
                    drawn[row["label"]][(row["start_ns"] - first) // step] = row
                for label, (density, marks) in lanes.items():
                    for at in range(width - LABEL_COLUMNS):
                        row = drawn[label].get(at, {"calls": 0, "in_call_ns": 0, "marks": ""})
                        look = density[at:at + 1]
                        if row["calls"]:
                            self.assertEqual(look, str(-(-row["calls"] * 8 // most)))
                        else:
                            self.assertIn(look, ("-",) if row["in_call_ns"] else (".", " ", ""), (label, at))
                        mark = marks[at:at + 1].strip()
                        self.assertEqual(bool(mark), bool(row["marks"]), (label, at, row))
                        if mark:
                            self.assertIn(MARKS[mark], row["marks"].split(","))

    def test_width(self):
        for columns, width in ((None, 80), ("132", 132), ("10", 40), ("many", 80), ("-7", 80), ("99999", 1000)):
            lines = self.picture(self.forks(), "--ascii", COLUMNS=columns)
            drawn = [line for line in lines[2:] if "  v" not in line and not line.startswith(("D ", "8 "))]
            self.assertLessEqual(max(map(len, drawn)), width)
            self.assertGreater(max(map(len, self.lanes(lines)["P0.T0"])), (width - LABEL_COLUMNS) * 9 // 10)

    def test_terminal_gives_its_width(self):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 61, 0, 0))
        env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        process = subprocess.Popen([REPLAY, "timeline", "--ascii", "--color=never", self.small()], stdout=theirs, env=env)
        os.close(theirs)
        out = b""
        try:
            while got := os.read(ours, 65536):
                out += got
        except OSError:
            pass
        os.close(ours)
        self.assertEqual(process.wait(timeout=60), 0)
        lanes = self.lanes(out.decode().replace("\r\n", "\n").splitlines())
        self.assertIn(max(len(density) for density, _ in lanes.values()), range(61 - LABEL_COLUMNS - 4,
                                                                              61 - LABEL_COLUMNS + 1))

    def test_locale_decides_and_ascii_wins(self):
        for words, locale, blocks in (((), "C.UTF-8", True), ((), "C", False), (("--ascii",), "C.UTF-8", False)):
            out = "\n".join(self.picture(self.forks(), *words, LC_ALL=locale))
            self.assertEqual("█" in out, blocks)
            self.assertEqual(out.isascii(), not blocks)

    def test_colour_adds_nothing(self):
        plain = self.picture(self.small(), "--color=never")
        colored = self.picture(self.small(), "--color=always")
        self.assertNotEqual(plain, colored)
        self.assertEqual([re.sub("\033\\[\\d*m", "", line) for line in colored], plain)
        self.assertIn("D", self.lanes(plain)["P0.T0"][1])
        self.assertIn("D divergence", "\n".join(plain))

    def test_scale_is_of_positions(self):
        """A time read off the scale, given as a position, starts there."""
        lines = self.picture(self.forks(), "--ascii", COLUMNS="120")
        first, step = (int(round(float(number) * 10 ** 6)) for number in
                       (re.search(r"from \+([\d.]+)ms", lines[1])[1], re.search(r"([\d.]+) ms a column", lines[1])[1]))
        ticks = list(re.finditer(r"\|\+(\d+)(s|ms|us|ns)", lines[2]))
        self.assertTrue(ticks)
        for tick in ticks:
            ns = int(tick[1]) * {"s": SECOND, "ms": 10 ** 6, "us": 1000, "ns": 1}[tick[2]]
            column = tick.start() - LABEL_COLUMNS
            self.assertLess(abs(first + column * step - ns), 2 * step + 1000 * column)
            part = self.rows(self.forks(), f"+{tick[1]}{tick[2]}..")
            self.assertGreaterEqual(min(row["start_ns"] for row in part), ns)

    def test_variants_have_lanes(self):
        lanes = self.lanes(self.picture(self.hostile(), "--variants=all"))
        self.assertEqual(list(lanes), ["P0.T0 v0", "P0.T0 v1", "P0.T0 v2"])
        for _, marks in lanes.values():
            self.assertEqual(set(marks) - {" "}, {"D", "S", "X"})

    def test_longest_calls(self):
        """Which they are depends on how busy the machine is; that they are those that SQL names does not."""
        units = {"s": SECOND, "ms": 10 ** 6, "us": 1000, "ns": 1}
        for words, where in (((), "1"), (("-e", "trace=clock_nanosleep"), "name = 'clock_nanosleep'")):
            lines = self.picture(self.forks(), *words, COLUMNS="200")
            longest = [re.match(r"  #(\d+) P\S+ ([\d.]+) (s|ms|us|ns) +(\w+)\(", line)
                       for line in lines[lines.index("longest calls"):] if line.startswith("  #")]
            want = self.query(self.forks(), "SELECT step, name, duration_ns FROM call WHERE variant = 0 AND result IS NOT "
                                            f"NULL AND {where} ORDER BY duration_ns DESC, step LIMIT 5")
            self.assertEqual([(int(line[1]), line[4]) for line in longest], [(row["step"], row["name"]) for row in want])
            for line, row in zip(longest, want):
                self.assertAlmostEqual(float(line[2]) * units[line[3]], row["duration_ns"], delta=units[line[3]] / 1000)
        self.assertEqual(len(longest), 1)
        self.assertGreaterEqual(want[0]["duration_ns"], 0.2 * SECOND)

    def test_who_waited_for_whom(self):
        lines = self.picture(self.slow_follower(), "-e", "trace=write", COLUMNS="200")
        longest = lines[lines.index("longest calls"):]
        [at] = [i for i, line in enumerate(longest) if ' write(1, "done\\n", 5)' in line]
        self.assertRegex(longest[at + 1], r"^ +v0 waited \d+\.\d+ (ms|s) for v1 to come$")

    def test_long_labels_keep_their_end(self):
        trace = self.keep((MONITOR, "-q", "-n", "2", "--", "sh", "-c", "(((((((true; true); true); true); true); true); "
                                                                       "true); true)"))
        deepest = max((row["label"] for row in self.query(trace, "SELECT label FROM task")), key=len)
        for label in self.lanes(self.picture(trace, "--variants=all")):
            self.assertLess(len(label), LABEL_COLUMNS)
        self.assertGreater(len(deepest + " v0"), LABEL_COLUMNS - 1)
        self.assertIn("~" + (deepest + " v0")[-(LABEL_COLUMNS - 2):],
                      self.lanes(self.picture(trace, "--variants=all")))

    def test_many_tasks(self):
        trace = self.make("-n", "4000", "-t", "2000")
        lines = self.picture(trace)
        self.assertEqual(len(self.lanes(lines)), 1024)
        self.assertIn("There are more than 1024 lanes", "\n".join(lines))
        for label in ("P0.T0", "P0.T1999"):
            self.assertEqual(list(self.lanes(self.picture(trace, label))), [label])
        self.assertIn("F", self.lanes(self.picture(trace, "P0.T0"))["P0.T0"][1])
        status, out, err = run("timeline", trace, "-F", "tsv")
        self.assertEqual((status, err.count("\n")), (0, 1))
        self.assertIn("1024", err)


class Everything(Traces):
    def test_hostile_bytes_are_escaped(self):
        for words in ((), ("--variants=all",), ("-F", "csv"), ("-F", "line"), ("-F", "json")):
            status, out, err = run("timeline", self.hostile(), *words)
            self.assertEqual((status, err), (0, ""))
            self.assertIsNone(HARMFUL.search(out))

    def test_incomplete_and_cut_traces_are_3(self):
        unfinished = self.make("-n", "3000", "-u", "-b", "-t", "2")
        with open(self.make("-n", "60000", "-b"), "rb") as file:
            data = file.read()
        cut = os.path.join(self.kept.name, "cut")
        for part in (0.5, 0.9):
            with open(cut, "wb") as file:
                file.write(data[:int(len(data) * part)])
            for trace in (unfinished, cut):
                status, out, err = run("timeline", trace)
                self.assertEqual((status, err.count("\n")), (3, 1), err)
                self.assertRegex(err, "incomplete|unreadable")
                self.assertEqual(run("timeline", trace, "--allow-incomplete"), (0, out, ""))
                steps = self.query(trace, "SELECT count(step) AS n FROM step")[0]["n"]
                self.assertEqual(sum(row["calls"] for row in self.rows(trace, "--allow-incomplete")), steps)

    def test_damage_never_crashes(self):
        with open(self.small(), "rb") as file:
            whole = file.read()
        damaged = os.path.join(self.kept.name, "damaged")
        for at in range(0, len(whole), max(1, len(whole) // 60)):
            with open(damaged, "wb") as file:
                file.write(whole[:at] + bytes([whole[at] ^ 0xff]) + whole[at + 1:])
            self.assertIn(run("timeline", damaged, "--variants=all")[0], (0, 2, 3), at)

    def test_an_empty_trace(self):
        lines = self.picture(self.make("-n", "0"))
        self.assertEqual(lines[0], "0 calls (0 failed), 0 divergences")

    def test_bad_outputs(self):
        for words in ("", "-F json", "--variants=all"):
            statuses, _, err = shell(f"{REPLAY} timeline {words} {self.small()} >/dev/full")
            self.assertEqual((statuses, err.count("\n")), ([2], 0))
            self.assertIn("No space left on device", err)
            statuses, _, err = shell(f"{REPLAY} timeline {words} {self.small()} >&-")
            self.assertEqual(statuses, [2])
            self.assertIn("closed", err)
        statuses, out, err = shell(f"{REPLAY} timeline {self.make('-n', '4000', '-t', '2000')} | head -1")
        self.assertEqual((statuses[1], err), (0, ""))
        self.assertIn(statuses[0], (0, 141))
        self.assertTrue(out)

    def test_bad_usage_is_2_in_one_sentence(self):
        for words in ((), (self.small(), "xyz"), (self.small(), "--variants=diff"), (self.small(), "-F", "xml"),
                      (self.small(), "-e", "trace=nosuch"), ("/nosuch",), ("/dev/null",)):
            status, out, err = run("timeline", *words)
            self.assertEqual((status, out, err.count("\n")), (2, "", 1), words)

    def test_memory_stays_flat(self):
        peaks = []
        for steps in ("10000", "1000000"):
            # a sanitizer keeps what was freed for a while: little, here
            pid = os.posix_spawn(REPLAY, [REPLAY, "timeline", self.make("-n", steps, "-b", "-t", "3")],
                                 {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"},
                                 file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
            _, status, usage = os.wait4(pid, 0)
            self.assertEqual(status, 0)
            peaks.append(usage.ru_maxrss)
        self.assertLess(peaks[1], peaks[0] + 16384)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
