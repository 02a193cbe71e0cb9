"""What every end-to-end test needs: run a command natively or under
mvx-monitor in a fresh directory with the same path each time, see what it
printed, how it ended, which files it left and whether any process survived.

Standard library only. Knows the monitor's command line, nothing of its insides.
"""

import atexit
import ctypes
import difflib
import hashlib
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time

SKIPPED = 77
NOBODY = 65534
# The status of a monitor that could not do its work.
MONITOR_FAILED = 125
# A safety net against a run that hangs, never a measure of speed.
LIMIT_SECONDS = int(os.environ.get("MVX_CASE_LIMIT", "300"))
# How long processes may take to be gone after the first one has ended.
GRACE_SECONDS = 5
PR_SET_CHILD_SUBREAPER = 36


class Failed(Exception):
    """The test failed; the text says what was expected and what was seen."""


class Skip(Exception):
    """The test cannot run here; the text says why."""


def become_subreaper():
    """Orphans of a run become our children, so that none can hide."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise Failed("prctl(PR_SET_CHILD_SUBREAPER): " + os.strerror(ctypes.get_errno()))


def heed_signals():
    """What nohup, or a shell in the background, has made us ignore, the programs of the tests do not."""
    for signo in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(signo, signal.SIG_DFL)


def read_stat(pid):
    """(name, state, parent) of a process, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read().decode("latin-1")
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return name, fields[0], int(fields[1])


def list_descendants():
    """All processes below this one, as {pid: (name, state)}."""
    parents, facts = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            found = read_stat(int(entry))
            if found:
                parents[int(entry)] = found[2]
                facts[int(entry)] = found[:2]
    below = {}
    for pid in parents:
        ancestor, seen = pid, set()
        while ancestor in parents and ancestor not in seen:
            seen.add(ancestor)
            ancestor = parents[ancestor]
            if ancestor == os.getpid():
                below[pid] = facts[pid]
                break
    return below


def reap_orphans():
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def describe_process(pid, name, state):
    detail = []
    for what in ("wchan", "syscall"):
        try:
            with open(f"/proc/{pid}/{what}", encoding="latin-1") as file:
                detail.append(f"{what} {file.read().strip()}")
        except OSError:
            pass
    return f"{pid} ({name}) state {state} {' '.join(detail)}"


def find_survivors():
    """Processes of the run that still live after the grace time; they are killed."""
    deadline = time.monotonic() + GRACE_SECONDS
    while True:
        reap_orphans()
        alive = list_descendants()
        if not alive or time.monotonic() > deadline:
            break
        time.sleep(0.01)
    texts = [describe_process(pid, *facts) for pid, facts in alive.items()]
    kill_descendants()
    return texts


def kill_descendants():
    for _ in range(50):
        alive = list_descendants()
        if not alive:
            return
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.02)
        reap_orphans()


def snapshot_files(folder):
    """{relative path: what it is} of a folder; times and inodes left out."""
    found = {}
    for top, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(top, name)
            relative = os.path.relpath(path, folder)
            status = os.lstat(path)
            kind = f"{stat.filemode(status.st_mode)} links {status.st_nlink}"
            if stat.S_ISREG(status.st_mode):
                digest = hashlib.sha256()
                with open(path, "rb") as file:
                    while chunk := file.read(1 << 20):
                        digest.update(chunk)
                kind += f" bytes {status.st_size} sha256 {digest.hexdigest()}"
            elif stat.S_ISLNK(status.st_mode):
                kind += f" -> {os.readlink(path)}"
            elif stat.S_ISDIR(status.st_mode):
                kind = stat.filemode(status.st_mode)
            found[relative] = kind
    return found


class Collector:
    """Reads one end of a pipe (or a terminal) to its end, in a thread."""

    def __init__(self, fd):
        self.fd, self.data = fd, bytearray()
        self.thread = threading.Thread(target=self._collect, daemon=True)
        self.thread.start()

    def _collect(self):
        while True:
            try:
                chunk = os.read(self.fd, 1 << 16)
            except OSError:
                # A terminal whose other side is closed says EIO.
                return
            if not chunk:
                return
            self.data += chunk

    def finish(self, seconds):
        self.thread.join(seconds)
        ended = not self.thread.is_alive()
        if ended:
            os.close(self.fd)
        return bytes(self.data), ended


class Outcome:
    """What one run did."""

    def __init__(self):
        self.command = []
        self.stdout = b""
        self.stderr = b""
        self.status = None
        self.files = {}
        self.survivors = []
        self.timed_out = False
        self.seconds = 0.0


class Case:
    """One test: a private folder, and runs in it."""

    def __init__(self, name, build, user=None, keep_files=False):
        self.name, self.build = name, os.path.abspath(build)
        self.user = NOBODY if user and os.geteuid() == 0 else None
        self.keep_files = keep_files
        self.monitor = os.path.join(self.build, "monitor", "mvx-monitor")
        self.replay = os.path.join(self.build, "replay", "mvx-replay")
        self.base = tempfile.mkdtemp(prefix=f"mvx-{re.sub('[^A-Za-z0-9_.-]', '_', name)}-")
        os.chmod(self.base, 0o755)
        if not keep_files:
            atexit.register(shutil.rmtree, self.base, True)
        self.work = os.path.join(self.base, "work")
        self.input = os.path.join(self.base, "input")
        self.traces = os.path.join(self.base, "traces")
        for folder in (self.input, self.traces):
            os.mkdir(folder)
            self._give(folder)
        self.failures = []

    def _give(self, path):
        if self.user is not None:
            os.chown(path, self.user, self.user)

    def has_monitor(self):
        return os.access(self.monitor, os.X_OK)

    def trace_path(self, label):
        return os.path.join(self.traces, label.replace("/", "_") + ".mvx.zst")

    def fresh_work(self):
        if os.path.exists(self.work):
            shutil.rmtree(self.work)
        os.mkdir(self.work, 0o755)
        self._give(self.work)

    def environment(self, extra=None):
        """The same small environment for every run, whoever started the test."""
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": self.work, "TMPDIR": self.work, "INPUT": self.input,
            "LANG": "C", "LC_ALL": "C", "TZ": "UTC",
        }
        environment.update(extra or {})
        return environment

    def as_user(self, command):
        if self.user is None:
            return command
        return ["/usr/bin/setpriv", f"--reuid={self.user}", f"--regid={self.user}",
                "--clear-groups", *command]

    def monitored(self, command, variants=2, label=None, options=(), lines=None):
        """The command line that runs command under the monitor.

        lines, when given, are the --variant command lines and replace command.
        """
        trace = self.trace_path(label or f"{self.name}-n{variants}")
        result = [self.monitor, "-n", str(variants), "-o", trace, *options]
        if lines:
            for line in lines:
                result += ["--variant", line]
            return result
        return result + ["--"] + list(command)

    def prepare(self, shell_command, folder):
        done = subprocess.run(self.as_user(["/bin/sh", "-ec", shell_command]), cwd=folder,
                              env=self.environment(), stdin=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise Failed(f"preparation failed with status {done.returncode}: {shell_command}")

    def run(self, command, *, stdin=None, stdout="pipe", close=(), setup=None,
            extra_environment=None, limit=LIMIT_SECONDS, while_running=None, files=False,
            fresh=True):
        """Runs a command in a work folder, a fresh one if not told otherwise, and returns its Outcome.

        stdin: a path, or None for /dev/null. stdout: pipe, file, tty, or a path.
        close: descriptors that are closed when the command starts.
        while_running(pid): called once the command has been started.
        """
        if fresh:
            self.fresh_work()
        if setup:
            self.prepare(setup, self.work)
        outcome = Outcome()
        command = self.as_user(list(command))
        if close:
            spelled = " ".join(f"{fd}>&-" for fd in close)
            command = ["/bin/sh", "-c", f'exec "$@" {spelled}', "sh", *command]
        outcome.command = command

        collectors = {}
        out_fd, out_path = self._open_stdout(stdout, collectors)
        read_end, err_fd = os.pipe()
        collectors["stderr"] = Collector(read_end)
        in_fd = out_fd if stdout == "tty" else os.open(stdin or "/dev/null", os.O_RDONLY)

        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=self.work, env=self.environment(extra_environment),
            stdin=in_fd, stdout=out_fd, stderr=err_fd, restore_signals=True)
        for fd in {in_fd, out_fd, err_fd}:
            os.close(fd)
        try:
            if while_running:
                while_running(process.pid)
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            outcome.timed_out = True
            outcome.survivors = [describe_process(pid, *facts)
                                 for pid, facts in list_descendants().items()]
            kill_descendants()
            process.wait()
            code = -signal.SIGKILL
        outcome.seconds = time.monotonic() - started
        outcome.status = 128 - code if code < 0 else code
        outcome.survivors += find_survivors()
        outcome.stdout, outcome.stderr = self._collect(collectors, out_path, outcome)
        if files:
            outcome.files = snapshot_files(self.work)
        return outcome

    def _open_stdout(self, mode, collectors):
        if mode == "pipe":
            read_end, write_end = os.pipe()
            collectors["stdout"] = Collector(read_end)
            return write_end, None
        if mode == "tty":
            ours, theirs = pty.openpty()
            os.set_inheritable(ours, False)
            collectors["stdout"] = Collector(ours)
            return theirs, None
        path = os.path.join(self.base, "stdout") if mode == "file" else mode
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if mode == "file" else os.O_WRONLY
        return os.open(path, flags, 0o600), path if mode == "file" else None

    @staticmethod
    def _collect(collectors, out_path, outcome):
        results = {"stdout": b""}
        for name, collector in collectors.items():
            results[name], ended = collector.finish(GRACE_SECONDS)
            if not ended:
                outcome.survivors.append(f"somebody still holds {name} open")
        if out_path:
            with open(out_path, "rb") as file:
                results["stdout"] = file.read()
        return results["stdout"], results["stderr"]

    def fail(self, text):
        self.failures.append(text)

    def check_ended(self, label, outcome):
        """A run must end by itself and leave no process behind."""
        if outcome.timed_out:
            self.fail(f"{label}: still running after {LIMIT_SECONDS} s, killed")
        for survivor in outcome.survivors:
            self.fail(f"{label}: left behind: {survivor}")

    def check_equal(self, label, native, seen):
        """What the monitored run showed must be what the native run showed."""
        if seen.timed_out:
            return
        if seen.status == MONITOR_FAILED != native.status:
            self.fail(f"{label}: the monitor failed: {head(seen.stderr)}")
            return
        if native.status != seen.status:
            self.fail(f"{label}: exit status {seen.status}, natively {native.status}")
        for what in ("stdout", "stderr"):
            one, other = getattr(native, what), getattr(seen, what)
            if one != other:
                self.fail(f"{label}: {what} differs\n{diff_bytes(one, other)}")
        if native.files != seen.files:
            self.fail(f"{label}: files differ\n{diff_files(native.files, seen.files)}")

    def check_trace(self, label, path):
        """A trace was written and is a whole zstd file."""
        if not os.path.exists(path) or os.path.getsize(path) == 0:
            self.fail(f"{label}: no trace was written to {path}")
            return
        zstd = shutil.which("zstd")
        if zstd:
            done = subprocess.run([zstd, "-tq", path], capture_output=True, check=False)
            if done.returncode != 0:
                self.fail(f"{label}: zstd -t: {done.stderr.decode(errors='replace').strip()}")

    def finish(self, shown=()):
        """Reports; keeps the traces of a failed test. Returns the exit status.

        shown: (label, outcome) pairs whose stderr helps to understand a failure.
        """
        if not self.failures:
            if not self.keep_files:
                shutil.rmtree(self.base, ignore_errors=True)
            print(f"ok: {self.name}")
            return 0
        for failure in self.failures:
            print("FAILED:", failure)
        for label, outcome in shown:
            print(f"--- {label}: {' '.join(outcome.command)}")
            print(f"    status {outcome.status}, {outcome.seconds:.2f} s, stderr:")
            print(indent(head(outcome.stderr)))
        self._keep_traces()
        return 1

    def _keep_traces(self):
        kept = os.path.join(self.build, "tests", "kept", self.name)
        shutil.rmtree(kept, ignore_errors=True)
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        shutil.copytree(self.traces, kept)
        for name in sorted(os.listdir(kept)):
            print(f"trace kept: {self.replay} show {os.path.join(kept, name)}")
        shutil.rmtree(self.base, ignore_errors=True)


def absolute_program(word):
    """The runs have another working directory than the test runner."""
    return os.path.abspath(word) if "/" in word else word


def head(data, lines=40):
    text = data.decode("utf-8", "backslashreplace").splitlines()
    if len(text) > lines:
        text = text[:lines] + [f"... {len(text) - lines} more lines"]
    return "\n".join(text)


def indent(text):
    return "\n".join("    " + line for line in text.splitlines())


def diff_bytes(one, other):
    """A short diff, or sizes and the first differing byte for big outputs."""
    if len(one) + len(other) > 1 << 20:
        at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b),
                  min(len(one), len(other)))
        return indent(f"native {len(one)} bytes, monitored {len(other)} bytes, "
                      f"first difference at byte {at}: native {one[at:at + 60]!r}, "
                      f"monitored {other[at:at + 60]!r}")
    lines = difflib.unified_diff(
        one.decode("utf-8", "backslashreplace").splitlines(),
        other.decode("utf-8", "backslashreplace").splitlines(),
        "native", "monitored", lineterm="", n=1)
    return indent("\n".join(list(lines)[:60]))


def diff_files(one, other):
    lines = []
    for path in sorted(one.keys() | other.keys()):
        if one.get(path) != other.get(path):
            lines.append(f"{path}: native {one.get(path, 'absent')}, "
                         f"monitored {other.get(path, 'absent')}")
    return indent("\n".join(lines[:40]))


def run_main(function):
    """Runs a test's main: exit status 0, 1, or 77 for skipped."""
    # The commands run in our process group; it must be nobody else's.
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    become_subreaper()
    heed_signals()
    try:
        sys.exit(function())
    except Skip as reason:
        print("skipped:", reason)
        sys.exit(SKIPPED)
    except Failed as reason:
        print("FAILED:", reason)
        sys.exit(1)
    finally:
        sys.stdout.flush()
        kill_descendants()
