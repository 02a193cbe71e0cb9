"""The files that lint looks at: what git knows, or without git everything but builds."""
import os
import subprocess


def list_files(root):
    """Paths relative to root, sorted; only files that exist."""
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--", "."],
                                capture_output=True, check=True).stdout
        names = [n for n in listed.decode(errors="surrogateescape").split("\0") if n]
    except (OSError, subprocess.CalledProcessError):
        names = []
    if not names:
        names = list(walk(root))
    return sorted(n for n in names if os.path.isfile(os.path.join(root, n)))


def walk(root):
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders
                      if f not in (".git", ".cache", "__pycache__") and
                      not os.path.exists(os.path.join(folder, f, "build.ninja"))]
        for name in files:
            yield os.path.relpath(os.path.join(folder, name), root)


def list_sources(root, endings=(".c", ".h")):
    return [n for n in list_files(root) if n.endswith(endings)]
