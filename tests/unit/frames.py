"""What tests of mvx-replay begin with."""

import os
import subprocess
import tempfile
import unittest


def shell(command, timeout=300):
    """(the statuses of all of a pipe, standard output, standard error) of a command line for bash."""
    done = subprocess.run(["bash", "-c", command + '; echo "${PIPESTATUS[@]}" >&2'],
                          capture_output=True, text=True, timeout=timeout, check=False)
    lines = done.stderr.splitlines()
    return [int(word) for word in lines[-1].split()], done.stdout, "\n".join(lines[:-1])


class Kept(unittest.TestCase):
    """A folder, and a dictionary of what was made in it, for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.made = {}

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def path(self, name):
        return os.path.join(self.kept.name, name)
