"""Can the tests of mvx-replay record programs of their own?"""

import subprocess
import unittest


def why_not(monitor):
    """A reason, or None."""
    with open(monitor, "rb") as file:
        if b"__asan_init" in file.read():
            return "sanitizers read the clock that a monitor takes from itself"
    if subprocess.run([monitor, "--check-system"], capture_output=True, check=False).returncode:
        return "mvx-monitor cannot run here"
    return None


def skip_unless_possible(monitor):
    reason = why_not(monitor)
    if reason:
        raise unittest.SkipTest(reason)
