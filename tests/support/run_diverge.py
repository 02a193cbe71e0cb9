#!/usr/bin/python3
"""Runs a program whose variants must disagree, and checks what the monitor
does about it: status 120, the reason on stderr, the call without effect, no
process left behind, and the same kind of divergence in the trace.

    run_diverge.py --build BUILD --name NAME --kind REGEX [options] -- PROGRAM [ARG...]

With --variant (one for each variant: its arguments) each variant gets
arguments of its own; without, N copies of one command line run, and differ by
their addresses.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mvx_case import Case, Skip, absolute_program, run_main  # noqa: E402

DIVERGED = 120


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--name", required=True, help="the test's name")
    parser.add_argument("--kind", required=True, help="regular expression of the kind's name")
    parser.add_argument("--says", action="append", default=[],
                        help="regular expression that stderr must match")
    parser.add_argument("--variant", action="append", default=[], help="arguments of one variant")
    parser.add_argument("--variants", type=int, default=2, help="without --variant: how many")
    parser.add_argument("--option", action="append", default=[], help="an option for the monitor")
    parser.add_argument("--no-native", action="store_true",
                        help="do not try the command lines natively first")
    parser.add_argument("--stdout", default="", help="what stdout must be, exactly")
    parser.add_argument("--file", action="append", default=[],
                        help="NAME=BYTES: a file that exists, of that size; no other may")
    parser.add_argument("--user", action="store_true", help="as nobody, when we are root")
    parser.add_argument("--limit", type=int, default=120, help="seconds before we give up")
    parser.add_argument("command", nargs="+", help="PROGRAM [ARG...]")
    arguments = parser.parse_args()
    arguments.command[0] = absolute_program(arguments.command[0])
    return arguments


def try_natively(case, lines):
    """Each variant on its own must work, or end by a signal of its own making."""
    for line in lines:
        outcome = case.run(line, limit=20)
        case.check_ended("natively: " + shlex.join(line), outcome)
        if outcome.status == 77:
            raise Skip("this machine cannot do it: " + shlex.join(line))


def check_outcome(case, arguments, outcome):
    case.check_ended("monitored", outcome)
    text = outcome.stderr.decode("utf-8", "backslashreplace")
    if outcome.status != DIVERGED:
        case.fail(f"exit status {outcome.status}, expected {DIVERGED}")
    for wanted in [arguments.kind] + arguments.says:
        if not re.search(wanted, text, re.IGNORECASE):
            case.fail(f"stderr does not match /{wanted}/")
    expected = arguments.stdout.encode().decode("unicode_escape").encode()
    if outcome.stdout != expected:
        case.fail(f"stdout is {outcome.stdout!r}, expected {expected!r}")
    wanted_files = dict(item.split("=") for item in arguments.file)
    for name, what in outcome.files.items():
        size = re.search(r" bytes (\d+) ", what)
        if wanted_files.pop(name, None) != (size and size.group(1)):
            case.fail(f"the work folder has {name}: {what}")
    for name in wanted_files:
        case.fail(f"the work folder lacks {name}")


def check_trace_kind(case, arguments, trace):
    case.check_trace("monitored", trace)
    if case.failures or not os.access(case.replay, os.X_OK):
        return
    done = subprocess.run([case.replay, "query", trace, "SELECT kind FROM divergence"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        case.fail(f"mvx-replay query ended with {done.returncode}: {done.stderr.strip()}")
    elif not re.search(arguments.kind, done.stdout, re.IGNORECASE):
        case.fail(f"the trace says kind {done.stdout!r}, expected /{arguments.kind}/")


def main():
    arguments = parse_arguments()
    case = Case(arguments.name, arguments.build, arguments.user)
    lines = [arguments.command + shlex.split(line) for line in arguments.variant]
    if not arguments.no_native:
        try_natively(case, lines or [arguments.command])
    if case.failures:
        return case.finish()
    if not case.has_monitor():
        case.finish()
        raise Skip("the native runs are good; mvx-monitor is not built")

    count = len(lines) or arguments.variants
    label = f"{case.name}-n{count}"
    command = case.monitored(arguments.command, count, label, arguments.option,
                             [shlex.join(line) for line in lines])
    outcome = case.run(command, files=True, limit=arguments.limit)
    check_outcome(case, arguments, outcome)
    check_trace_kind(case, arguments, case.trace_path(label))
    return case.finish([("monitored", outcome)])


if __name__ == "__main__":
    run_main(main)
