#!/usr/bin/python3
"""The checks themselves: each is given a small tree with one fault and must find it.

Usage: test_lint.py
"""
import contextlib
import io
import os
import shutil
import sys
import tempfile

import check_format
import check_headers
import check_includes
import check_paths
import check_tidy

GOOD = {
    "base/error.h": "#pragma once\nint error_set(void);\n",
    "schema/row.h": '#pragma once\n#include "base/error.h"\n',
    "schema/trace_reader.c": '#include <protobuf-c/protobuf-c.h>\n#include "schema/trace.pb-c.h"\n',
    "monitor/tracee/spawn.c": '#include <sys/ptrace.h>\n#include "schema/row.h"\n',
    "monitor/lane.h": '#pragma once\n#include "schema/row.h"\n',
    "monitor/agent/agent.h": "#pragma once\n",
    "analysis/load.c": '#include <sqlite3.h>\n#include "base/error.h"\n',
    "replay/run.c": '#include "monitor/lane.h"\n',
    "tests/programs/tell.h": "#pragma once\n",
    "tests/programs/fork.c": '#include <sys/ptrace.h>\n#include "tell.h"\n',
}
# file, content, what is said about it (None: it is right)
INCLUDE_CASES = [
    ("base/up.c", '#include "schema/row.h"\n', "base/ may not"),
    ("schema/up.c", '#include "monitor/lane.h"\n', "schema/ may not"),
    ("schema/up.c", '\n  #  include "monitor/lane.h"\n', "schema/up.c:2:"),
    ("monitor/tracee/up.c", '#include "monitor/lane.h"\n', "monitor/tracee/ may not"),
    ("monitor/calls/io.c", '#include "monitor/lane.h"\n', None),
    ("monitor/main.c", '#include "monitor/agent/agent.h"\n', "monitor/ may not"),
    ("monitor/agent/a.c", '#include "base/error.h"\n', "monitor/agent/ may not"),
    ("analysis/up.c", '#include "monitor/lane.h"\n', "analysis/ may not"),
    ("replay/up.c", '#include "monitor/agent/agent.h"\n', "replay/ may not"),
    ("monitor/main.c", "#include <sys/ptrace.h>\n", "includes sys/ptrace.h"),
    ("replay/main.c", "#include <sqlite3.h>\n", "includes sqlite3.h"),
    ("schema/trace_source.c", '#include "schema/trace.pb-c.h"\n', "includes schema/trace.pb-c.h"),
    ("analysis/a.c", "#include <protobuf-c/protobuf-c.h>\n", "includes protobuf-c/"),
    ("schema/a.c", '#include "row.h"\n', "seen from the root"),
    ("schema/a.c", "#include <base/error.h>\n", "in quotes"),
    ("elsewhere/a.c", "\n", "no folder of the house"),
]


def write(root, name, content):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(content)


def run(check, *args):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = check.main(*args)
    return status, said.getvalue()


def expect(check, args, said_part):
    status, said = run(check, *args)
    if (status != 0) != (said_part is not None) or (said_part or "") not in said:
        print(f"{check.__name__} ended with {status}, expected {said_part!r}, said:\n{said}")
        return 1
    return 0


def with_file(check, name, content, said_part, *args):
    with tempfile.TemporaryDirectory() as root:
        for good_name, good_content in GOOD.items():
            write(root, good_name, good_content)
        if name:
            write(root, name, content)
        return expect(check, [root, *[a.replace("ROOT", root) for a in args]], said_part)


def main(source_root):
    wrong = with_file(check_includes, None, None, None)
    for name, content, said_part in INCLUDE_CASES:
        wrong += with_file(check_includes, name, content, said_part)

    machine = check_paths.MACHINE[0]
    wrong += with_file(check_paths, None, None, None)
    wrong += with_file(check_paths, "README.md", f"a\nsee {machine}x\n", "README.md:2:")
    wrong += with_file(check_paths, "README.md", f"see tests{machine}x\n", None)

    wrong += with_file(check_headers, None, None, None, "ROOT", "gcc")
    wrong += with_file(check_headers, "base/bad.h", "#pragma once\nsize_t f(void);\n", "base/bad.h",
                       "ROOT", "gcc")
    wrong += with_file(check_headers, "base/bad.h", "struct twice { int a; };\n", "base/bad.h",
                       "ROOT", "gcc")
    if shutil.which("clang-format"):
        wrong += with_file(check_format, "base/bad.c", "int  f( void ) { return 0; }\n",
                           "base/bad.c", "clang-format")
    if shutil.which("clang-tidy"):
        wrong += tidy_cases(source_root)
    print(f"{wrong} wrong")
    return 1 if wrong else 0


def tidy_cases(source_root):
    """A fault is found, is found again (never cached), and is gone once repaired."""
    faulty = "#include <fcntl.h>\nint f(void);\nint f(void)\n{\n\treturn open(\"x\", O_RDONLY);\n}\n"
    wrong = 0
    with tempfile.TemporaryDirectory() as root:
        shutil.copy(os.path.join(source_root, ".clang-tidy"), root)
        write(root, "compile_commands.json", "[]")
        args = [root, root, "clang-tidy"]
        write(root, "base/a.c", faulty)
        for _ in range(2):
            wrong += expect(check_tidy, args, "android-cloexec-open")
        write(root, "base/a.c", faulty.replace("O_RDONLY", "O_RDONLY | O_CLOEXEC"))
        for _ in range(2):
            wrong += expect(check_tidy, args, None)
        write(root, "base/a.c", faulty)
        wrong += expect(check_tidy, args, "android-cloexec-open")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
