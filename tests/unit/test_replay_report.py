#!/usr/bin/python3
"""mvx-replay report: what its page says, that nothing in it is markup but ours, its bounds, its statuses.

Usage: test_replay_report.py MVX_REPLAY MAKE_TRACE MVX_MONITOR ATTACKS
"""
import json
import os
import pty
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from frames import Kept, shell  # noqa: E402
from recording import skip_unless_possible  # noqa: E402
from report_page import Page, text_of  # noqa: E402

REPLAY, MAKE_TRACE, MONITOR, ATTACKS = sys.argv[1:5]
HOSTILE = "</code><script>alert(1)</script>]]>&lt;'\""
# an address of the program's own, as bytes and as text
ADDRESS_PROGRAM = r"""
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	void *place = (void *)main;
	if (argc > 1) {
		printf("it is at %p, see\n", place);
		fflush(stdout);
	} else {
		struct { char name[8]; void *place; } out = { "place: ", place };
		write(1, &out, sizeof(out));
	}
	return 0;
}
"""


def run(*args, data=None, **options):
    done = subprocess.run([REPLAY, *args], input=data, capture_output=True, timeout=300, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Traces(Kept):
    def keep(self, key, *command, data=b"", status=0):
        if key not in self.made:
            path = self.path(f"trace{len(self.made)}.mvx.zst")
            done = subprocess.run([command[0], "-o", path, *command[1:]], input=data, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, timeout=300, check=False)
            self.assertEqual(done.returncode, status, done.stderr)
            type(self).made[key] = path
        return self.made[key]

    def make(self, *options):
        return self.keep(options, MAKE_TRACE, *options)

    def record(self, *words, data=b"", status=0):
        skip_unless_possible(MONITOR)
        return self.keep((words, data), MONITOR, "-q", *words, data=data, status=status)

    def compile(self, name, source, *flags):
        skip_unless_possible(MONITOR)
        program = self.path(name)
        if not os.path.exists(program):
            subprocess.run(["cc", "-w", *flags, "-o", program, "-x", "c", "-"], input=source, check=True, timeout=300)
        return program

    def page(self, trace, *words, status=0):
        got, out, err = run("report", trace, *words)
        self.assertEqual(got, status, err)
        if status == 0:
            self.assertEqual(err, "")
        return Page(self, out)

    def query(self, trace, sql):
        status, out, err = run("query", trace, sql, "-F", "json", "--allow-incomplete")
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def differing_write(self):
        """Each variant writes bytes of its own, after it read some."""
        return self.record("-n", "2", f"--env-variant=0:X=same {HOSTILE} tail", f"--env-variant=1:X=same {HOSTILE} tall", "--",
                           "sh", "-c", 'read line; printf "%s" "$X"', data=b"GET /secret\n", status=120)

    def forks(self):
        return self.record("-n", "2", "--", "sh", "-c",
                           "trap : USR1; kill -USR1 $$; sleep 0.1; ls /nosuch 2>/dev/null | cat; true")

    def attacked(self):
        with open(os.path.join(ATTACKS, "greet.c"), "rb") as file:
            program = self.compile("greet", file.read(), "-std=c89", "-O0", "-g", "-fPIE", "-pie")
        payload = subprocess.run([os.path.join(ATTACKS, "greet_attack"), program], stdout=subprocess.PIPE, check=True,
                                 timeout=300).stdout
        return self.record("-n", "2", "--layout=leader-fixed", "--", program, data=payload, status=120), payload

    def answers(self, page):
        """cause: (answer, why)"""
        table = page.section("Causes that mean no harm").find(".//table")
        return {text_of(row[0]): (text_of(row[1]), text_of(row[2])) for row in table.iter("tr") if len(row) == 3}


class Divergence(Traces):
    def test_order_of_what_is_told(self):
        page = self.page(self.differing_write())
        self.assertEqual(page.headings()[:9], [
            "What was asked for, and what it would have done", "The variants side by side", "The last input before it",
            "20 steps before, 5 after", "Where in the code", "Causes that mean no harm", "What the task had",
            "Completeness", "Provenance"])
        self.assertIn("Timeline", page.headings())

    def test_verdict(self):
        trace = self.differing_write()
        page = self.page(trace)
        [d] = self.query(trace, "SELECT * FROM divergence")
        [verdict] = page.find("section", id="d1")
        self.assertEqual(text_of(verdict.find("h1")).lower(), d["summary"].lower())
        self.assertIn("Stopped before the kernel saw the call", text_of(verdict))
        self.assertIn("P0.T0", text_of(verdict))
        self.assertIn(str(d["step"]), page.ids)

    def test_each_divergence_has_its_place(self):
        trace = self.make("-n", "40", "-d", "20")
        page = self.page(trace)
        self.assertIn("Stopped before the kernel", text_of(page.find("section", id="d1")[0]))
        self.assertLessEqual({"d1", "d2", "20", "40"}, page.ids)

    def test_effect(self):
        asked = text_of(self.page(self.differing_write()).section("What was asked for, and what it would have done"))
        self.assertIn("It would have written to an open file, socket or pipe.", asked)
        self.assertIn(f"It was given {len('same  tail') + len(HOSTILE)} bytes.", asked)
        self.assertIn("Descriptor 1 is ", asked)
        self.assertRegex(asked, r"differ in argument 2 of write, first at byte \d+")

    def test_sides_and_first_differing_byte(self):
        trace = self.differing_write()
        section = self.page(trace).section("The variants side by side")
        [d] = self.query(trace, "SELECT * FROM divergence")
        self.assertEqual([text_of(th) for th in section.find(".//thead").iter("th")],
                         ["variant 0 (leader)", "variant 1, differs"])
        marked = [text_of(b) for b in section.iter("b") if b.get("class") == "first"]
        # in hex and as text, for each variant
        self.assertEqual(marked, ["69", "i", "6c", "l"])
        self.assertEqual(d["offset"], len(f"same {HOSTILE} ta"))
        rows = {text_of(tr.find("th")): tr.get("class") for tr in section.find(".//tbody").iter("tr")}
        self.assertEqual(rows["argument 1, descriptor"], "same")
        self.assertEqual(rows["argument 2, buffer ≠"], "differs")
        self.assertIn("rip", text_of(section))

    def test_equal_bytes_are_told_from_others(self):
        trace = self.differing_write()
        dump = self.page(trace).section("The variants side by side").find(".//pre")
        sides = [bytes.fromhex(row["data"]) for row in
                 self.query(trace, "SELECT hex(data) AS data FROM divergence_side ORDER BY variant")]
        self.assertEqual(len(sides[0]), len(sides[1]))
        want = []
        for row in range(0, len(sides[0]), 16):
            for side in sides:
                want += [("i" if sides[0][at] == sides[1][at] else "b", f"{side[at]:02x}")
                         for at in range(row, min(row + 16, len(side)))]
        got = [(byte.tag, text_of(byte)) for byte in dump if len(text_of(byte)) == 2 and text_of(byte) != "--"]
        self.assertEqual(got, want)

    def test_input_before(self):
        trace = self.differing_write()
        section = self.page(trace).section("The last input before it")
        card = section.find("div")
        self.assertIn("Probable payload", text_of(card))
        self.assertIn("from descriptor 0", text_of(card))
        self.assertIn("open since the start", text_of(card))
        # sh reads a pipe byte by byte
        self.assertIn("12 bytes in 12 reads", text_of(card))
        self.assertTrue(text_of(card.find(".//pre")).startswith("00000000  47 45 54 20 2f 73 65 63  72 65 74 0a "))
        self.assertIn("GET /secret.", text_of(card.find(".//pre")))

    def test_steps_around(self):
        trace = self.differing_write()
        page = self.page(trace)
        [d] = self.query(trace, "SELECT * FROM divergence")
        rows = [tr for tr in page.section("20 steps before, 5 after").iter("tr") if tr.find("td").find("a") is not None]
        numbers = [int(text_of(tr.find("td"))[1:]) for tr in rows]
        want = [row["step"] for row in self.query(trace, f"SELECT step FROM step WHERE step BETWEEN {d['step'] - 20} AND "
                                                         f"{d['step'] + 5}")]
        self.assertEqual(numbers, want)
        self.assertEqual([int(text_of(tr.find("td"))[1:]) for tr in rows if tr.get("class") == "here"], [d["step"]])

    def test_places(self):
        section = text_of(self.page(self.differing_write()).section("Where in the code"))
        for place in self.query(self.differing_write(), "SELECT location FROM divergence_side"):
            self.assertIn(place["location"], section)

    def test_attack_is_traced_to_its_input(self):
        trace, payload = self.attacked()
        page = self.page(trace)
        [verdict] = page.find("section", id="d1")
        hint = re.search(r"Input decided where it went: the instruction pointer of variant (\d), 0x([0-9a-f]+), stands byte by "
                         r"byte in what #(\d+) read", text_of(verdict))
        self.assertTrue(hint, text_of(verdict))
        address = int(hint[2], 16).to_bytes(8, "little").rstrip(b"\0")
        self.assertIn(address, payload)
        [side] = self.query(trace, f"SELECT ip FROM divergence_side WHERE variant = {hint[1]}")
        self.assertEqual(int(side["ip"], 16), int(hint[2], 16))
        dump = page.section("The last input before it").find(".//pre")
        marked = [text_of(mark) for mark in dump.iter("mark")]
        self.assertEqual([byte for byte in marked if len(byte) == 2], [f"{byte:02x}" for byte in address])
        self.assertIn(f"at offset {payload.index(address)}.", page.text())
        self.assertIn(hint[3], page.ids)

    def test_good_input_is_not_called_an_attack(self):
        self.assertNotIn("attack looks", self.page(self.differing_write()).text())

    def test_addresses_let_out(self):
        program = self.compile("address", ADDRESS_PROGRAM.encode(), "-O1", "-fPIE", "-pie")
        for words in ((), ("text",)):
            trace = self.record("-n", "2", "--", program, *words, status=120)
            answers = self.answers(self.page(trace))
            self.assertEqual(answers["An address let out"][0], "likely", answers)
            self.assertEqual(len(re.findall(r"0x[0-9a-f]+ = address\+0x", answers["An address let out"][1])), 2)
            self.assertEqual(answers["Uninitialised bytes"][0], "possible")

    def test_causes_that_are_not_there(self):
        answers = self.answers(self.page(self.differing_write()))
        self.assertEqual(answers["An address let out"][0], "not found")
        self.assertEqual(answers["A race between threads"], ("not found", "The process had one thread."))
        self.assertEqual(answers["Memory shared with others"][0], "not found")
        self.assertEqual(answers["A signal between"][0], "not found")
        self.assertEqual(answers["A machine too busy"][0], "not found")

    def test_signal_between(self):
        trace = self.record("-n", "2", "--env-variant=0:X=a", "--env-variant=1:X=b", "--", "/usr/bin/python3", "-I", "-S", "-c",
                            "import os, signal; m = os.environ['X'].encode(); "
                            "signal.signal(signal.SIGUSR1, lambda *a: os.write(1, m)); "
                            "os.kill(os.getpid(), signal.SIGUSR1)", status=120)
        [d] = self.query(trace, "SELECT step, task FROM divergence")
        signals = self.query(trace, f"SELECT step FROM signal WHERE task = {d['task']} AND step = {d['step']}")
        answer = self.answers(self.page(trace))["A signal between"]
        self.assertEqual(answer[0], "possible" if signals else "not found")

    def test_surroundings(self):
        section = self.page(self.differing_write()).section("What the task had")
        self.assertIn("open since the start", text_of(section))
        self.assertIn(f"uid {os.getuid()}, euid {os.geteuid()}", text_of(section))
        self.assertEqual([text_of(h3) for h3 in section.iter("h3")],
                         ["Open files", "Peers", "Credentials", "Other tasks that lived"])

    def test_provenance(self):
        trace = self.differing_write()
        section = text_of(self.page(trace).section("Provenance"))
        for row in self.query(trace, "SELECT path, hash, build_id FROM variant"):
            for value in (row["path"], row["hash"], row["build_id"]):
                self.assertIn(value, section)
        status, out, _ = run("info", "--hash", trace)
        self.assertEqual(status, 0)
        self.assertIn(out.split()[-1].strip(), section)

    def test_many_divergences(self):
        page = self.page(self.make("-n", "3000", "-d", "1", "-s", "2"))
        self.assertEqual({name for name in page.ids if re.fullmatch(r"d\d+", name)}, {f"d{n}" for n in range(1, 11)})
        self.assertIn("There are 2990 more divergences", page.text())


class Overview(Traces):
    def test_verdict(self):
        steps = self.query(self.forks(), "SELECT count(*) AS n FROM step")[0]["n"]
        page = self.page(self.forks())
        self.assertEqual(text_of(page.root.find(".//h1")), f"No divergence: 2 variants agreed in {steps} calls.")
        self.assertEqual(page.headings()[:4], ["The run", "Timeline", "Calls", "Files"])
        alone = self.page(self.record("-n", "1", "--", "true"))
        self.assertEqual(text_of(alone.root.find(".//h1")), "One variant: there was nothing to compare.")

    def test_calls_are_what_sql_says(self):
        table = self.page(self.forks()).section("Calls").find(".//table")
        got = {text_of(row[0]): (int(text_of(row[4])), int(text_of(row[5]))) for row in table.find("tbody")}
        want = self.query(self.forks(), "SELECT name, count(*) AS calls, count(errno) AS failed FROM call WHERE variant = 0 "
                                        "GROUP BY name")
        for row in want:
            if row["name"] in got:
                self.assertEqual(got[row["name"]], (row["calls"], row["failed"]), row)
        self.assertEqual(len(got), min(len(want), 25))

    def test_tasks_are_places(self):
        page = self.page(self.forks())
        labels = {row["label"] for row in self.query(self.forks(), "SELECT label FROM task")}
        self.assertGreater(len(labels), 2)
        self.assertLessEqual(labels, page.ids)

    def test_timeline(self):
        trace = self.forks()
        pictures = self.page(trace).find("svg", class_="timeline")
        titles = [text_of(title) for picture in pictures for title in picture.iter("title")]
        want = self.query(trace, "SELECT t.label, c.variant, count(*) AS calls, count(c.errno) AS failed FROM call AS c JOIN "
                                 "task AS t ON t.task = c.task GROUP BY c.task, c.variant ORDER BY c.task, c.variant")
        self.assertEqual(titles, [f"{row['label']}, variant {row['variant']}: {row['calls']} calls, {row['failed']} failed"
                                  for row in want])
        letters = "".join(text_of(text) for picture in pictures for text in picture.iter("text")
                          if "mark" in text.get("class").split())
        self.assertLessEqual(set("EX"), set(letters))
        # a signal at about the same time hides a fork
        self.assertTrue(set("FS") & set(letters), letters)
        for picture in pictures:
            for text in picture.iter("text"):
                if "mark" in text.get("class").split():
                    self.assertEqual(len(text_of(text)), len(text.get("x").split()))

    def test_slowest(self):
        page = self.page(self.forks())
        steps = [int(text_of(a)[1:]) for a in page.section("Calls").iter("a")]
        want = [row["step"] for row in self.query(self.forks(), "SELECT step, max(duration_ns) AS ns FROM call WHERE result "
                                                                "IS NOT NULL GROUP BY step ORDER BY ns DESC, step LIMIT 20")]
        self.assertEqual(steps, want)

    def test_signals(self):
        trace = self.make("-n", "400", "-s", "4")
        section = text_of(self.page(trace).section("Signals"))
        self.assertIn("SIGALRM", section)
        self.assertIn("100 decisions, 100 delivered", section)
        self.assertIn("0.500 us on average, 0.500 us at most", section)
        self.assertIn("And 70 more.", section)

    def test_network(self):
        trace = self.record("-n", "2", "--", "/usr/bin/python3", "-I", "-S", "-c",
                            "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); "
                            "c = socket.create_connection(s.getsockname()); c.sendall(b'hello'); s.accept()[0].recv(9)")
        network = text_of(self.page(trace).section("Network"))
        for name in ("bind", "listen", "connect", "accept4"):
            self.assertIn(f"{name}(", network)
        self.assertIn('inet_addr("127.0.0.1")', network)

    def test_long_lists_have_a_gap(self):
        trace = self.record("-n", "1", "--", "sh", "-c", "i=0; while [ $i -lt 60 ]; do : > /dev/null; i=$((i+1)); done")
        section = self.page(trace).section("Files")
        opened = self.query(trace, "SELECT count(*) AS n FROM step WHERE name = 'openat' AND text LIKE '%/dev/null%'")[0]["n"]
        self.assertGreaterEqual(opened, 60)
        gaps = [text_of(td) for td in section.iter("td") if td.get("class") == "gap"]
        self.assertEqual(gaps, [f"{opened - 40} more"])


class Everything(Traces):
    def test_nothing_of_a_trace_is_markup(self):
        for options in (("-n", "60", "-x", "-v", "3"), ("-n", "60", "-d", "20", "-s", "10", "-x", "-v", "3")):
            page = self.page(self.make(*options))
            self.assertIn("gpj.exe", page.text())
            self.assertIn("</code><script>alert(1)</script>]]>&lt;", page.text())
            self.assertNotIn("<script", page.source)
        page = self.page(self.differing_write())
        self.assertIn(HOSTILE, page.text())
        self.assertNotIn("<script", page.source)

    def test_hostile_program_names(self):
        name = self.path("</title><script>alert(1)</script>\u202e\033[31m")
        os.makedirs(os.path.dirname(name), exist_ok=True)
        trace = self.record("-n", "2", "--", "sh", "-c", 'exec 3> "$1"; echo x >&3', "sh", name)
        page = self.page(trace)
        self.assertIn("</title><script>", text_of(page.root.find("head/title")))
        self.assertIn("\\xe2\\x80\\xae\\x1b[31m", page.text())

    def test_links_lead_somewhere(self):
        for trace in (self.differing_write(), self.forks(), self.make("-n", "300", "-d", "100", "-s", "50", "-t", "3", "-b")):
            page = self.page(trace)
            self.assertLessEqual(page.links, page.ids)

    def test_bounded_for_a_million_calls(self):
        sizes, peaks = [], []
        for steps in ("10000", "1000000"):
            trace = self.make("-n", steps, "-b", "-t", "3", "-s", "7")
            target = self.path(f"page{steps}")
            # a sanitizer keeps what was freed for a while: little, here
            pid = os.posix_spawn(REPLAY, [REPLAY, "report", "-o", target, trace],
                                 {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"})
            _, status, usage = os.wait4(pid, 0)
            self.assertEqual(status, 0)
            with open(target, encoding="utf-8") as file:
                page = Page(self, file.read())
            self.assertLess(len(list(page.root.iter())), 20000)
            sizes.append(os.stat(target).st_size)
            peaks.append(usage.ru_maxrss)
        self.assertLess(sizes[1], sizes[0] * 2)
        self.assertLess(peaks[1], peaks[0] + 16384)

    def test_bounded_for_many_tasks(self):
        page = self.page(self.make("-n", "40000", "-t", "2000", "-v", "4", "-d", "10000"))
        self.assertLess(len(list(page.root.iter())), 20000)
        self.assertIn("And 1900 more.", page.text())

    def test_incomplete_and_cut_traces_are_3_and_say_so_first(self):
        unfinished = self.make("-n", "3000", "-u", "-b", "-t", "2")
        with open(self.make("-n", "60000", "-b", "-d", "1000"), "rb") as file:
            data = file.read()
        cut = self.path("cut")
        for part in (0.5, 0.9):
            with open(cut, "wb") as file:
                file.write(data[:int(len(data) * part)])
            for trace in (unfinished, cut):
                status, out, err = run("report", trace)
                self.assertEqual((status, err.count("\n")), (3, 1), err)
                page = Page(self, out)
                first = page.root.find("body/main")[0]
                self.assertEqual(first.get("class"), "warning")
                self.assertIn(err.split(": ", 1)[1].strip(), text_of(first))
                self.assertEqual(run("report", trace, "--allow-incomplete"), (0, out, ""))
        self.assertIn("The trace is whole", text_of(self.page(self.make("-n", "10")).section("Completeness")))

    def test_damage_never_crashes(self):
        with open(self.make("-n", "300", "-d", "100", "-s", "50", "-t", "3", "-b"), "rb") as file:
            whole = file.read()
        damaged = self.path("damaged")
        for at in range(0, len(whole), max(1, len(whole) // 60)):
            with open(damaged, "wb") as file:
                file.write(whole[:at] + bytes([whole[at] ^ 0xff]) + whole[at + 1:])
            status, out, err = run("report", damaged)
            self.assertIn(status, (0, 2, 3), (at, err))
            if status != 2:
                Page(self, out)

    def test_an_empty_trace(self):
        self.assertIn("There are no calls to draw.", self.page(self.make("-n", "0")).text())

    def test_the_file_gets_its_name_when_whole(self):
        trace, target = self.make("-n", "300", "-d", "100"), self.path("page.html")
        before = set(os.listdir(self.kept.name))
        self.assertEqual(run("report", "-o", target, trace), (0, "", ""))
        self.assertEqual(set(os.listdir(self.kept.name)) - before, {"page.html"})
        with open(target, encoding="utf-8") as file:
            page = file.read()
        self.assertEqual(run("report", trace), (0, page, ""))
        self.assertEqual(os.stat(target).st_mode & 0o777, 0o600)
        status, out, err = run("report", "-o", target, self.make("-n", "10"))
        self.assertEqual((status, out, err.count("\n")), (2, "", 1))
        with open(target, encoding="utf-8") as file:
            self.assertEqual(file.read(), page)
        self.assertEqual(run("report", "-f", "-o", target, self.make("-n", "10"))[0], 0)
        with open(target, encoding="utf-8") as file:
            self.assertNotEqual(file.read(), page)
        os.unlink(target)
        self.assertEqual(run("report", "-f", "-o", trace, trace)[0], 2)

    def test_a_full_disk_leaves_nothing(self):
        target, trace = self.path("full.html"), self.make("-n", "300", "-d", "100")
        before = set(os.listdir(self.kept.name))
        statuses, _, err = shell(f"trap '' XFSZ; ulimit -f 4; {REPLAY} report -o {target} {trace}")
        self.assertEqual((statuses, err.count("\n")), ([2], 0), err)
        self.assertIn("File too large", err)
        self.assertEqual(set(os.listdir(self.kept.name)), before)

    def test_bad_outputs(self):
        trace = self.make("-n", "300", "-d", "100")
        statuses, _, err = shell(f"{REPLAY} report {trace} >/dev/full")
        self.assertEqual((statuses, err.count("\n")), ([2], 0))
        self.assertIn("No space left on device", err)
        statuses, _, err = shell(f"{REPLAY} report {trace} >&-")
        self.assertEqual(statuses, [2])
        self.assertIn("closed", err)
        statuses, out, err = shell(f"{REPLAY} report {trace} | head -c 10")
        self.assertEqual((statuses[1], err, out), (0, "", "<!DOCTYPE "))
        self.assertIn(statuses[0], (0, 141))

    def test_a_terminal_is_no_place_for_it(self):
        ours, theirs = pty.openpty()
        done = subprocess.run([REPLAY, "report", self.make("-n", "10")], stdout=theirs, stderr=subprocess.PIPE, timeout=60,
                              check=False)
        os.close(theirs)
        os.close(ours)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"-o", done.stderr)

    def test_bad_usage_is_2_in_one_sentence(self):
        trace = self.make("-n", "10")
        for words in ((), (trace, "d1"), (trace, "-F", "json"), ("/nosuch",), ("/dev/null",), (trace, "-o", "/nosuch/page"),
                      (trace, "-o", "/dev/null")):
            status, out, err = run("report", *words)
            self.assertEqual((status, out, err.count("\n")), (2, "", 1), words)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:])
