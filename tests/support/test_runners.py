#!/usr/bin/python3
"""Do run_case.py and run_diverge.py notice what they are there to notice?

A shell script takes the monitor's place: an honest one, and ones that each do
one thing wrong.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# Finds the trace's name and the program in the monitor's command line.
HONEST = '''#!/bin/sh
while [ "$1" != -- ]; do [ "$1" = -o ] && trace=$2; shift; done
shift
echo | zstd -qc > "$trace"
'''
DIVERGING = '''#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = -o ] && trace=$2; shift; done
echo | zstd -qc > "$trace"
'''

SHELL_LINE = ["/bin/sh", "-c", "echo out; echo err >&2; echo text > file; exit 3"]

CASES = (
    ("honest", HONEST + 'exec "$@"', True),
    ("another status", HONEST + '"$@"; exit 4', False),
    ("more on stdout", HONEST + 'echo more; exec "$@"', False),
    ("more on stderr", HONEST + 'echo more >&2; exec "$@"', False),
    ("twice", HONEST + '"$@"; exec "$@"', False),
    ("a file more", HONEST + 'touch more; exec "$@"', False),
    ("a file with other content", HONEST + '"$@"; status=$?; echo x >> file; exit $status', False),
    ("a process left", HONEST + 'sleep 1000 > /dev/null 2>&1 & exec "$@"', False),
    ("a process left in another session",
     HONEST + 'setsid sleep 1000 > /dev/null 2>&1 & exec "$@"', False),
    ("standard output held", HONEST + 'sleep 1000 & exec "$@"', False),
    ("no trace", HONEST + 'rm "$trace"; exec "$@"', False),
    ("a torn trace", HONEST + 'echo torn > "$trace"; exec "$@"', False),
)

REFUSES = HONEST + 'echo out; echo "mvx-monitor: mmap (9) is not supported yet: why" >&2; exit 125'

REFUSED_CASES = (
    ("honest", REFUSES, True),
    ("carries it", HONEST + 'exec "$@"', False),
    ("another status", REFUSES.replace("125", "1"), False),
    ("another call", REFUSES.replace("mmap (9)", "mmap (10)"), False),
    ("more on stdout", REFUSES.replace("echo out", "echo out; echo more"), False),
)

DIVERGE_CASES = (
    ("honest", DIVERGING + 'echo "buffer differs" >&2; exit 120', True),
    ("another kind", DIVERGING + 'echo "number differs" >&2; exit 120', False),
    ("another status", DIVERGING + 'echo "buffer differs" >&2; exit 0', False),
    ("an effect on stdout", DIVERGING + 'echo x; echo "buffer differs" >&2; exit 120', False),
    ("an effect on files", DIVERGING + 'touch x; echo "buffer differs" >&2; exit 120', False),
    ("a process left", DIVERGING + 'sleep 1000 > /dev/null 2>&1 & echo "buffer differs" >&2; exit 120',
     False),
)


def run(build, script, runner, words):
    path = os.path.join(build, "monitor", "mvx-monitor")
    with open(path, "w", encoding="ascii") as file:
        file.write(script + "\n")
    os.chmod(path, 0o755)
    command = ["/usr/bin/python3", os.path.join(HERE, runner), "--build", build, "--name", "runner",
               *words, "--", *SHELL_LINE]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main():
    bad = 0
    with tempfile.TemporaryDirectory() as build:
        os.mkdir(os.path.join(build, "monitor"))
        tries = [(name, "run_case.py", ["--status", "3", "--files", "--variants", "2"], script, good)
                 for name, script, good in CASES]
        tries += [(name, "run_case.py",
                   ["--status", "3", "--variants", "2", "--refused", r"mmap \(9\)"], script, good)
                  for name, script, good in REFUSED_CASES]
        tries += [(name, "run_diverge.py", ["--kind", "buffer"], script, good)
                  for name, script, good in DIVERGE_CASES]
        for name, runner, words, script, good in tries:
            done = run(build, script, runner, words)
            wanted = 0 if good else 1
            if done.returncode != wanted:
                bad += 1
                print(f"{runner}, {name}: status {done.returncode}, expected {wanted}")
                print(done.stdout + done.stderr)
    print(f"{len(tries)} tries, {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
