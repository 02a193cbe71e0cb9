#!/usr/bin/python3
"""Includes point downward: base <- schema <- monitor/tracee <- monitor, replay; analysis.

Usage: check_includes.py ROOT
"""
import os
import re
import sys

import tree

# Folder -> what its files may include, as folders (ending in /) or headers. The longest
# matching folder decides. Tests and benchmarks may look at everything.
ALLOWED = {
    "base/": ["base/"],
    "schema/": ["base/", "schema/"],
    "monitor/tracee/": ["base/", "schema/", "monitor/tracee/"],
    "monitor/": ["base/", "schema/", "monitor/tracee/", "monitor/"],
    "monitor/agent/": ["base/freestanding.h", "base/limits.h", "schema/agent_abi.h",
                       "schema/syscall_model.h", "schema/syscall_table_x86_64.inc",
                       "monitor/agent/"],
    "replay/": ["base/", "schema/", "monitor/tracee/", "monitor/lane.h", "monitor/compare.h",
                "monitor/replicate.h", "replay/", "analysis/"],
    "analysis/": ["base/", "schema/", "analysis/"],
    "tests/": [""],
    "bench/": [""],
}
# What a folder may not include although a shorter entry of ALLOWED covers it.
EXCEPT = {
    "monitor/": ["monitor/agent/"],
}
# System headers that only these files may include (and tests and benchmarks).
SYSTEM = [
    (r"(sys|linux)/ptrace\.h", r"monitor/tracee/"),
    (r"sqlite3(ext)?\.h", r"analysis/"),
    (r"protobuf-c/.*|google/protobuf-c/.*|schema/trace\.pb-c\.h",
     r"schema/trace_(reader|writer|encode|decode|format)\.c$"),
]
FREE = ("tests/", "bench/")
GENERATED = {"schema/trace.pb-c.h"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def folder_of(name):
    fits = [folder for folder in ALLOWED if name.startswith(folder)]
    return max(fits, key=len) if fits else None


def may_include(folder, target):
    if any(target.startswith(part) for part in EXCEPT.get(folder, [])):
        return False
    return any(target == part or (part.endswith("/") or not part) and target.startswith(part)
               for part in ALLOWED[folder])


def exists(root, name, target):
    # Programs under test are compiled alone, so they name their helper beside them.
    beside = os.path.join(os.path.dirname(name), target)
    return (target in GENERATED or os.path.isfile(os.path.join(root, target)) or
            name.startswith(FREE) and os.path.isfile(os.path.join(root, beside)))


def problems_of(root, name, text):
    folder = folder_of(name)
    if not folder:
        yield 1, "is in no folder of the house"
        return
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        quote, target = match.groups()
        for system, owners in SYSTEM:
            if (re.fullmatch(system, target) and not re.match(owners, name) and
                    not name.startswith(FREE)):
                yield line, f"includes {target}, which only {owners} may"
        if quote == "<":
            if folder_of(target):
                yield line, f"includes <{target}>: write our own headers in quotes"
            continue
        if not exists(root, name, target):
            yield line, f'includes "{target}", which is no file, seen from the root'
        elif not may_include(folder, target):
            yield line, f"includes {target}: {folder} may not"


def main(root):
    names = tree.list_sources(root, (".c", ".h", ".inc"))
    count = 0
    for name in names:
        with open(os.path.join(root, name), errors="replace") as file:
            for line, problem in problems_of(root, name, file.read()):
                print(f"{name}:{line}: {problem}")
                count += 1
    print(f"{len(names)} files, {count} problems")
    return 1 if count or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
