#!/usr/bin/python3
"""Each header compiles alone, twice over, and without a warning.

Usage: check_headers.py ROOT BUILD COMPILER
"""
import concurrent.futures
import os
import subprocess
import sys

import tree

FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", '-DMVX_VERSION="0"', "-fsyntax-only", "-x", "c",
         "-Wall", "-Wextra", "-Wshadow", "-Wswitch-enum", "-Wstrict-prototypes",
         "-Wmissing-prototypes", "-Wvla", "-Wformat=2", "-Wundef", "-Wno-unused-parameter",
         "-Wno-missing-field-initializers", "-Werror"]


def compile_alone(root, build, compiler, name):
    source = f'#include "{name}"\n' * 2
    return subprocess.run([compiler, *FLAGS, "-I", root, "-I", build, "-"], input=source,
                          capture_output=True, text=True)


def main(root, build, compiler):
    names = tree.list_sources(root, (".h",))
    count = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda n: compile_alone(root, build, compiler, n), names)
        for name, run in zip(names, runs):
            if run.returncode:
                print(f"{name} does not compile alone:\n{run.stderr}")
                count += 1
    print(f"{compiler}: {len(names)} headers, {count} problems")
    return 1 if count or not names else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
