#!/usr/bin/python3
"""The README's tour is what really happens: its commands are run, and print what stands below them.

Usage: readme.py README MVX_MONITOR MVX_REPLAY

Numbers, addresses, hashes and names of symbols may be others; a line `...` stands for any lines.
Exit status: 0 the same, 1 not, 77 when programs cannot be recorded here.
"""
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(TESTS, "unit"))
from recording import why_not  # noqa: E402

SKIPPED = 77
MARK = "\x01"
# What a compiler says is its own affair.
SILENT = re.compile(r"^cc ")


def tour(text):
    """(command, lines below it) of the console blocks between the tour's heading and the next."""
    section = re.search(r"^## A short tour\n(.*?)^## ", text, re.MULTILINE | re.DOTALL).group(1)
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def run(commands, folder, environment):
    """What each prints, stdout and stderr as a terminal shows them."""
    script = ""
    for command in commands:
        script += f"{{ {command}\n}}\nstatus=$?\nprintf '{MARK}'\n(exit $status)\n"
    done = subprocess.run(["sh", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
    return [said.splitlines() for said in done.stdout.decode(errors="backslashreplace").split(MARK)]


def normalise(line, folder):
    # DEL, which no page shows
    line = line.replace(folder, "/home/ann").replace("\x7f", "")
    line = re.sub(r", from \S+", "", line)
    line = re.sub(r" \([^()]*\+0x[^()]*\)", "", line)
    line = re.sub(r"\b[0-9a-f]{16}\b", "HASH", line)
    line = re.sub(r"0x[0-9a-f]+", "0xN", line)
    line = re.sub(r"\^+", "^", line)
    return re.sub(r"\d+", "N", line)


def matches(wanted, seen):
    if "..." in wanted:
        at = wanted.index("...")
        rest = wanted[at + 1:]
        return (len(seen) >= at + len(rest) and wanted[:at] == seen[:at]
                and rest == seen[len(seen) - len(rest):])
    return wanted == seen


def main():
    readme, monitor, replay = (os.path.abspath(path) for path in sys.argv[1:4])
    reason = why_not(monitor)
    if reason:
        print("skipped:", reason)
        return SKIPPED
    with open(readme, encoding="utf-8") as file:
        wanted = tour(file.read())
    folder = os.path.realpath(tempfile.mkdtemp(prefix="mvx-readme-"))
    os.symlink(os.path.realpath(TESTS), os.path.join(folder, "tests"))
    path = os.pathsep.join([os.path.dirname(monitor), os.path.dirname(replay), "/usr/bin", "/bin"])
    environment = {"PATH": path, "HOME": folder, "LANG": "C.UTF-8"}
    seen = run([command for command, _ in wanted], folder, environment)
    shutil.rmtree(folder)
    failed = 0
    for (command, expected), said in zip(wanted, seen):
        one, other = ([normalise(line, folder) for line in lines] for lines in (expected, said))
        if SILENT.match(command) or matches(one, other):
            continue
        failed += 1
        print(f"$ {command}")
        print("\n".join(difflib.unified_diff(one, other, "README", "now", lineterm="")))
    if len(seen) <= len(wanted):
        failed += 1
        print(f"only {len(seen)} of {len(wanted)} commands were run")
    print(f"{len(wanted)} commands, {failed} not as the README has them")
    return 1 if failed or len(wanted) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
