#!/usr/bin/python3
"""No file names a folder of the machine it was written on.

Usage: check_paths.py ROOT
"""
import os
import re
import sys

import tree

# Put together here so that this file does not name them itself.
MACHINE = ["/" + "work" + "/", "/" + "root" + "/"]


def pattern_for(root):
    folders = MACHINE + [os.path.realpath(root) + "/"]
    # Only at the start of a path: tests/support/... has such parts inside.
    return re.compile(r"(?<![\w.~)}*-])(?:" + "|".join(map(re.escape, folders)) + ")")


def main(root):
    pattern = pattern_for(root)
    names = tree.list_files(root)
    count = 0
    for name in names:
        with open(os.path.join(root, name), "rb") as file:
            text = file.read().decode("latin-1")
        for number, line in enumerate(text.split("\n"), 1):
            match = pattern.search(line)
            if match:
                print(f"{name}:{number}: names {match.group(0)}, a folder of one machine")
                count += 1
    print(f"{len(names)} files, {count} problems")
    return 1 if count or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
