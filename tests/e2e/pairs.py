#!/usr/bin/python3
"""Two runs of one command are the same: mvx-replay diff --level=effects says so, without any rules.

    pairs.py --build BUILD [--pairs N] [--variants N] PROGRAM
    pairs.py --list

Exit status: 0 the same, 1 not, 77 when the program is not installed.
"""

import argparse
import os
import re
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(TESTS, "support"), os.path.join(TESTS, "servers")]
import clients  # noqa: E402
import servers  # noqa: E402
from mvx_case import Case, Failed, Skip, indent, run_main  # noqa: E402

BASH = """
d=$(mktemp -d); f=$(mktemp $d/XXXXXXXX); for i in 1 2 3; do echo $i; done > $f
sort -r < $f | cat > sorted; cp $f kept; rm -r $d; echo "in $f" | wc -l
"""
THREADS = """
import threading
def work(n):
    with open(f"part{n}", "w") as f:
        f.write("x" * n)
threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for t in threads: t.start(); t.join()
"""
PERL = """
use File::Temp; my ($h, $n) = File::Temp::tempfile(); print $h "a\\n"; close $h;
rename $n, "kept" or open(my $o, ">", "kept"); unlink $n; print "done\\n";
"""
NODE = """
const { execFileSync } = require("child_process");
const fs = require("fs");
fs.writeFileSync("out", [3, 1, 2].sort() + execFileSync("echo", ["from a command"]).toString());
fs.readFile("out", "utf8", (error, text) => { console.log(text); setTimeout(() => process.exit(3), 10); });
"""
HANDED = """
import os, socket
here, there = socket.socketpair()
if os.fork() == 0:
    with open("text", "w") as f:
        socket.send_fds(here, [b"one"], [f.fileno()])
    os._exit(0)
fds = socket.recv_fds(there, 10, 4)[1]
os.write(fds[0], b"into what the child has opened")
os.wait()
"""
GIT = """
export GIT_AUTHOR_DATE='@1000000000 +0000' GIT_COMMITTER_DATE='@1000000000 +0000'
git init -q . && echo a > a && git add a && git -c user.name=a -c user.email=a@b commit -qm a
touch -d '1 hour ago' a && git status > status && rm status && echo b > b
"""
CODE = ["--layout=code"]


class Program:
    """A command that ends by itself: what prepares its folder, its words, the monitor's options."""

    def __init__(self, words, prepare=None, options=(), status=0):
        self.words, self.prepare, self.options, self.status = words, prepare, options, status

    def record(self, case, variants, label):
        if not servers.find_program(self.words[0]):
            raise Skip(f"there is no {self.words[0]}")
        outcome = case.run(case.monitored(self.words, variants, label, self.options if variants > 1 else ()),
                           setup=self.prepare)
        case.check_ended(label, outcome)
        if outcome.status != self.status:
            raise Failed(f"{label}: exit status {outcome.status}, expected {self.status}\n"
                         + indent(outcome.stderr.decode(errors="backslashreplace")))


class Nginx(servers.Nginx):
    """One worker: which of several gets a connection is chance. Each request waits for the one before."""

    workers = 1

    def drive(self, _pid):
        return [repr(ask(self.port, path)) for _ in range(20)
                for path in ("/index.html", "/small.txt", "/folder/page.html", "/middle.bin", "/missing")]


def ask(port, path):
    with clients.Stream(port) as stream:
        stream.send(clients.http_request("GET", path, ("Connection: close",)))
        return stream.read_all()


class Redis(servers.Redis):
    """A script of commands, in memory."""

    def phases(self):
        return [servers.Phase(super().phases()[0].command, self.drive, signal.SIGTERM)]

    def drive(self, _pid):
        with clients.Redis(self.port) as redis:
            return [repr(redis.call(*clients.redis_command(number))) for number in range(self.count)]


class Served:
    """A server with its clients."""

    def __init__(self, server, count):
        self.server, self.count, self.made = server, count, {}

    def record(self, case, variants, label):
        if case not in self.made:
            # held to the end: the same port for all runs, and nobody else's
            self.reserved = servers.reserve_port()
            self.made[case] = self.server(case, self.reserved.getsockname()[1], self.count)
        run = servers.run_server(case, self.made[case], variants, label)
        servers.check_native(case, run)
        os.rename(run.traces[0], case.trace_path(label))


PROGRAMS = {
    "ls": Program(["ls", "-la", "/usr"]),
    "python": Program(["python3", "-c", "import json, random; print(json.dumps([1]))"]),
    "gcc": Program(["gcc", "-c", "a.c"], "echo 'int main(void) { return 0; }' > a.c", CODE),
    "bash": Program(["bash", "-c", BASH]),
    "threads": Program(["python3", "-c", THREADS]),
    "node": Program(["node", "-e", NODE], options=CODE, status=3),
    "git": Program(["git", "status"], GIT),
    "sqlite": Program(["sqlite3", "data.db", "create table t (a); insert into t values (1), (2); "
                       "select random() is null, sum(a) from t;"]),
    "redis": Served(Redis, 200),
    "nginx": Served(Nginx, 100),
    "tar": Program(["tar", "cf", "d.tar", "d"],
                   "mkdir d && echo a > d/a && touch -d @1000000000 d/a d"),
    "perl": Program(["perl", "-e", PERL]),
    # beside the twelve: what the kernel is asked about the network, descriptors in messages
    "getent": Program(["getent", "ahosts", "localhost"]),
    "handed": Program(["python3", "-c", HANDED]),
}


def compare(case, first, second):
    done = subprocess.run([case.replay, "diff", "--level=effects", case.trace_path(first),
                           case.trace_path(second)], capture_output=True, text=True, check=False,
                          timeout=servers.RUN_SECONDS)
    if done.returncode or not re.fullmatch(r"same: \d+ records in \d+ tasks? \(level effects\)\n", done.stdout):
        case.fail(f"{first} and {second}: status {done.returncode}\n" + indent(done.stdout + done.stderr))
    return done.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="only says which programs there are")
    parser.add_argument("--build", default="build", help="the build folder (build)")
    parser.add_argument("--pairs", type=int, default=1, help="1 by default")
    parser.add_argument("--variants", type=int, default=1, help="1 by default")
    parser.add_argument("program", nargs="?", choices=PROGRAMS)
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(PROGRAMS))
        return 0
    if not arguments.program:
        parser.error("which program?")
    case = Case(f"pairs-{arguments.program}-n{arguments.variants}", arguments.build, user=True)
    case.options = ()
    if not case.has_monitor():
        raise Skip("mvx-monitor is not built")
    for number in range(1, arguments.pairs + 1):
        labels = [f"{number}{letter}" for letter in "ab"]
        for label in labels:
            PROGRAMS[arguments.program].record(case, arguments.variants, label)
            if case.failures:
                return case.finish()
        said = compare(case, *labels)
        if case.failures:
            return case.finish()
        for label in labels:
            os.unlink(case.trace_path(label))
    print(f"{arguments.pairs} times two runs of {arguments.program}: {said}")
    return case.finish()


if __name__ == "__main__":
    run_main(main)
