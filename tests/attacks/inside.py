#!/usr/bin/python3
"""A program that has been taken over turns against the monitor and the other
variants (tests/attacks/inside.c). Each try must come to nothing: what would be
out of bounds stops the run with a sentence and status 125, a disagreement with
120; nobody is left, nothing outside has happened.

    inside.py --build BUILD --program INSIDE [--user] CASE
"""

import argparse
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mvx_case import Case, Skip, absolute_program, head, indent, run_main  # noqa: E402

FAILED, DIVERGED, KILLED = 125, 120, 137
BACKENDS = ("seccomp", "ptrace")
# The monitor's id is the shell's, which becomes it.
NAMED = ["/bin/sh", "-c", 'export MVX_TEST_MONITOR=$$; exec "$@"', "sh"]


def run_inside(case, words, variants=2, backend="seccomp"):
    label = "-".join(words + [backend, str(variants)])
    command = case.monitored([case.program, *words], variants, label, [f"--backend={backend}"])
    outcome = case.run(NAMED + command, files=True)
    case.check_ended(label, outcome)
    case.check_trace(label, case.trace_path(label))
    return label, outcome


def expect(case, label, outcome, status, stdout, stderr):
    """Regular expressions for all of stdout and a part of stderr."""
    if outcome.status != status:
        case.fail(f"{label}: exit status {outcome.status}, expected {status}\n" + indent(head(outcome.stderr)))
    if not re.fullmatch(stdout, outcome.stdout):
        case.fail(f"{label}: stdout is {outcome.stdout!r}, expected {stdout!r}")
    if not re.search(stderr, outcome.stderr):
        case.fail(f"{label}: stderr does not match {stderr!r}\n" + indent(head(outcome.stderr)))
    if outcome.files:
        case.fail(f"{label}: there are files: {outcome.files}")


def others(case):
    """Memory, limits, signals and descriptors of the monitor and of a follower, by their ids."""
    for whom in ("monitor", "follower"):
        for what, says in (("vm-write", rb"process_vm_writev of process \d+"), ("mem", rb"it opened /proc/\d+/mem"),
                           ("oom", rb"it opened /proc/\d+/oom_score_adj"), ("limit", rb"prlimit64 of process \d+"),
                           ("kill", rb"kill of process \d+"), ("pidfd", rb"pidfd_open of process \d+")):
            before = rb"there: 0\n" if what == "kill" else b""
            for backend in BACKENDS:
                label, outcome = run_inside(case, [what, whom], 2, backend)
                expect(case, label, outcome, FAILED, before, b"the program reached for the monitor: " + says)


def own(case):
    """What a program may do to itself, it may; and nothing of the monitor's is there to be used."""
    for what in ("descriptors", "our-page", "settings"):
        native = case.run([case.program, what], files=True)
        for variants in (2, 3):
            for backend in BACKENDS:
                label, outcome = run_inside(case, [what], variants, backend)
                # The page is the one thing that is there and is not the program's.
                stdout = re.sub(rb"pages to be seen: \d", rb"pages to be seen: 0", outcome.stdout)
                if (outcome.status, stdout) != (native.status, native.stdout):
                    case.fail(f"{label}: {outcome.status} {outcome.stdout!r}, natively {native.status} "
                              f"{native.stdout!r}\n" + indent(head(outcome.stderr)))


def own_memory(case):
    """/proc/self/mem: where to write is an address, and each variant has its own."""
    for backend in BACKENDS:
        label, outcome = run_inside(case, ["own-memory"], 2, backend)
        expect(case, label, outcome, DIVERGED, b"", rb"argument 4 of pwrite64")


def untraced(case):
    """A child that is not to be traced does not come to be, and the program goes on."""
    for what in ("untraced", "untraced-clone3"):
        for backend in BACKENDS:
            label, outcome = run_inside(case, [what], 2, backend)
            expect(case, label, outcome, 0, rb"EPERM\nend\n", b"")


def set_user_id(case):
    """A traced program gains nothing by being set-user-ID, unless its tracer might do all that itself."""
    if os.geteuid() != 0 or not case.user:
        raise Skip("takes root to make such a program, and --user to run it")
    program = os.path.join(case.base, "set_user_id")
    shutil.copy(shutil.which("id"), program)
    os.chown(program, 0, 0)
    os.chmod(program, 0o4755)
    native = case.run([program, "-u"])
    if native.stdout != b"0\n":
        raise Skip("set-user-ID programs do not work here at all")
    outcome = case.run(case.monitored([program, "-u"], 2, "set-user-id"), files=True)
    case.check_ended("set-user-id", outcome)
    if outcome.status != 0 or outcome.stdout in (b"", b"0\n"):
        case.fail(f"status {outcome.status}, {outcome.stdout!r} {outcome.stderr!r}")


CASES = {
    "others": others,
    "own": own,
    "own-memory": own_memory,
    "untraced": untraced,
    "set-user-id": set_user_id,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--program", required=True, help="inside, where it is built")
    parser.add_argument("--user", action="store_true", help="as nobody, when we are root")
    parser.add_argument("case", choices=CASES)
    arguments = parser.parse_args()
    name = f"inside-{arguments.case}" + ("-as-nobody" if arguments.user else "")
    case = Case(name, arguments.build, arguments.user)
    case.program = absolute_program(arguments.program)
    if not case.has_monitor():
        case.finish()
        raise Skip("mvx-monitor is not built")
    if arguments.user and os.geteuid() != 0:
        case.finish()
        raise Skip("we are an ordinary user already")
    CASES[arguments.case](case)
    return case.finish()


if __name__ == "__main__":
    run_main(main)
