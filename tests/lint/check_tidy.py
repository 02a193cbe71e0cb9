#!/usr/bin/python3
"""clang-tidy over every .c, two at a time.

A file that passed is not looked at again until it, a header of ours that it
includes, its compile command, the configuration or clang-tidy changes: the
build folder keeps one empty file in lint-cache for each pass.

Usage: check_tidy.py ROOT BUILD CLANG_TIDY
"""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

import tree

DEFAULT_FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", '-DMVX_VERSION="0"']
# gcc's options that clang does not have are no matter here.
EXTRA_FLAGS = ["-Wno-everything", "-Wno-unknown-warning-option", "-Qunused-arguments"]
KEPT = re.compile(r"-(D|U|I|isystem|std=|include|m|f(freestanding|PIC|PIE|no-builtin))")


def flags_by_file(build):
    """What the build says about each source: only what changes how it reads."""
    flags = {}
    with open(os.path.join(build, "compile_commands.json")) as file:
        for entry in json.load(file):
            words = shlex.split(entry["command"])[1:]
            path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
            kept = [absolute(w, entry["directory"]) for w in words if KEPT.match(w)]
            flags.setdefault(path, kept)
    return flags


def absolute(word, folder):
    if word.startswith("-I"):
        return "-I" + os.path.normpath(os.path.join(folder, word[2:]))
    return word


def configuration(root):
    digest = hashlib.sha256()
    for name in tree.list_files(root):
        if os.path.basename(name) == ".clang-tidy":
            with open(os.path.join(root, name), "rb") as file:
                digest.update(name.encode() + b"\0" + file.read())
    return digest.hexdigest()


def dependencies(path, flags):
    """The file and all headers of ours below it; None when the preprocessor fails."""
    run = subprocess.run(["clang", "-MM", "-MT", "x", *flags, path], capture_output=True, text=True)
    if run.returncode:
        return None
    return shlex.split(run.stdout.replace("\\\n", " "))[1:]


def cache_key(path, flags, salt):
    files = dependencies(path, flags)
    if files is None:
        return None
    digest = hashlib.sha256("\0".join([salt, path, *flags]).encode())
    for name in files:
        with open(name, "rb") as file:
            digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def check_file(job):
    """None when it passed, else what clang-tidy said."""
    path, flags, salt, cache, clang_tidy = job
    key = cache_key(path, flags, salt)
    mark = key and os.path.join(cache, key)
    if mark and os.path.exists(mark):
        return None
    run = subprocess.run([clang_tidy, "--quiet", path, "--", *flags, *EXTRA_FLAGS],
                         capture_output=True, text=True)
    if run.returncode == 0:
        if mark:
            open(mark, "w").close()
        return None
    return (run.stdout + run.stderr).strip() or f"clang-tidy ended with {run.returncode}"


def main(root, build, clang_tidy):
    root = os.path.realpath(root)
    cache = os.path.join(build, "lint-cache")
    os.makedirs(cache, exist_ok=True)
    version = subprocess.run([clang_tidy, "--version"], capture_output=True, text=True).stdout
    salt = version + configuration(root) + " ".join(EXTRA_FLAGS)
    known = flags_by_file(build)
    paths = [os.path.join(root, name) for name in tree.list_sources(root, (".c",))]
    jobs = [(path, known.get(path, DEFAULT_FLAGS + ["-I" + root, "-I" + build]), salt, cache,
             clang_tidy) for path in paths]
    count = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, said in zip(paths, pool.map(check_file, jobs)):
            if said:
                count += 1
                print(said, flush=True)
    print(f"{len(paths)} files, {count} with problems")
    return 1 if count or not paths else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
