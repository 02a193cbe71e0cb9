#!/usr/bin/python3
"""Every .c and .h looks as .clang-format says; shows what would change.

Usage: check_format.py ROOT CLANG_FORMAT
"""
import difflib
import os
import subprocess
import sys

import tree


def main(root, clang_format):
    names = tree.list_sources(root)
    count = 0
    for name in names:
        path = os.path.join(root, name)
        run = subprocess.run([clang_format, "--style=file", path], capture_output=True, text=True)
        if run.returncode:
            print(run.stderr)
            return 1
        with open(path) as file:
            have = file.read()
        if have != run.stdout:
            count += 1
            diff = list(difflib.unified_diff(have.splitlines(), run.stdout.splitlines(),
                                             name, "as clang-format has it", lineterm="", n=1))
            print("\n".join(diff[:40]))
    print(f"{len(names)} files, {count} not formatted")
    return 1 if count or not names else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
