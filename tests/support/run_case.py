#!/usr/bin/python3
"""Runs one command natively, then under mvx-monitor with two and three
variants: what it prints, how it ends and the files it leaves must be equal.

    run_case.py --build BUILD --name NAME [options] -- PROGRAM [ARG...]

Exit status: 0 equal, 1 not, 77 when the monitor is not built or the program
says by its own status 77 that it cannot run here.
"""

import argparse
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mvx_case import (Case, MONITOR_FAILED, Skip, SKIPPED, absolute_program, head, indent,  # noqa: E402
                      run_main)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--name", required=True, help="the test's name")
    parser.add_argument("--variants", default="2,3", help="numbers of variants, 2,3 by default")
    parser.add_argument("--native", action="store_true", help="only the native run")
    parser.add_argument("--files", action="store_true", help="compare the files left behind")
    parser.add_argument("--user", action="store_true", help="as nobody, when we are root")
    parser.add_argument("--success", action="store_true", help="the last line is EXIT-SUCCESS")
    parser.add_argument("--status", type=int, help="the native exit status, 0 by default")
    parser.add_argument("--stdin", help="a path; $INPUT is the folder --input fills")
    parser.add_argument("--stdout", default="pipe", help="pipe, file, tty, or a path")
    parser.add_argument("--close", type=int, action="append", default=[],
                        help="a descriptor closed at the start")
    parser.add_argument("--input", help="shell command, run once in the folder $INPUT")
    parser.add_argument("--setup", help="shell command, run in the work folder before each run")
    parser.add_argument("--option", action="append", default=[], help="an option for the monitor")
    parser.add_argument("--refused", metavar="REGEX",
                        help="a call the monitor must name and stop at; two native runs are equal")
    parser.add_argument("--tell-run", action="store_true",
                        help="MVX_CASE_RUN is native or monitored in the environment")
    parser.add_argument("--keep", action="store_true", help="keep the files of a good run")
    parser.add_argument("command", nargs="+", help="PROGRAM [ARG...]")
    arguments = parser.parse_args()
    arguments.command[0] = absolute_program(arguments.command[0])
    return arguments


def check_native(case, arguments, native):
    """The program itself must work before the monitor is blamed for anything."""
    case.check_ended("native", native)
    if native.status == SKIPPED:
        raise Skip("the program says it cannot run here: " + native.stdout.decode(errors="replace"))
    wanted = arguments.status or 0
    if native.status != wanted:
        case.fail(f"native: exit status {native.status}, expected {wanted}\n"
                  + indent(head(native.stdout)))
    if arguments.success and not native.stdout.endswith(b"EXIT-SUCCESS\n"):
        case.fail("native: the last line is not EXIT-SUCCESS\n" + indent(head(native.stdout)))


def check_refused(case, call, label, native, seen):
    """The monitor stopped at this call, said so, and the program got no further than natively."""
    said = seen.stderr.decode("utf-8", "backslashreplace")
    if seen.timed_out:
        return
    if seen.status != MONITOR_FAILED:
        case.fail(f"{label}: exit status {seen.status}, expected {MONITOR_FAILED}")
    if not re.search(f"^mvx-monitor: {call} is not supported yet", said, re.MULTILINE):
        case.fail(f"{label}: stderr does not say that {call} is not supported yet")
    if not native.stdout.startswith(seen.stdout):
        case.fail(f"{label}: stdout is not the beginning of the native run's\n"
                  + indent(head(seen.stdout)))


def main():
    arguments = parse_arguments()
    case = Case(arguments.name, arguments.build, arguments.user, arguments.keep)
    if arguments.input:
        case.prepare(arguments.input, case.input)

    def run(command, which):
        return case.run(
            command, setup=arguments.setup, stdout=arguments.stdout, close=arguments.close,
            stdin=arguments.stdin and arguments.stdin.replace("$INPUT", case.input),
            files=arguments.files,
            extra_environment={"MVX_CASE_RUN": which} if arguments.tell_run else None)

    native = run(arguments.command, "native")
    check_native(case, arguments, native)
    if case.failures:
        return case.finish([("native", native)])
    if arguments.native:
        return case.finish()
    if arguments.refused or not case.has_monitor():
        # At least the test itself must be steady.
        case.check_equal("a second native run", native, run(arguments.command, "native"))
    if case.failures:
        return case.finish()
    if not case.has_monitor():
        case.finish()
        raise Skip("two native runs are alike; mvx-monitor is not built")

    shown = []
    for count in [int(word) for word in arguments.variants.split(",")]:
        label = f"{count} variants"
        seen = run(case.monitored(arguments.command, count, options=arguments.option), "monitored")
        shown.append((label, seen))
        case.check_ended(label, seen)
        if arguments.refused:
            check_refused(case, arguments.refused, label, native, seen)
        else:
            case.check_equal(label, native, seen)
        case.check_trace(label, case.trace_path(f"{case.name}-n{count}"))
    return case.finish(shown)


if __name__ == "__main__":
    run_main(main)
