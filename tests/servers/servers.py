#!/usr/bin/python3
"""Servers of the distribution, driven over the loopback interface: natively,
then under mvx-monitor. What clients see, what is in the files afterwards and
how the server ends when it is asked to must be equal.

    servers.py --build BUILD [--count N] [--variants N] [--measure ROUNDS] SERVER
    servers.py --list

Exit status: 0 equal, 1 not, 77 when the server is not installed.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import clients  # noqa: E402
from mvx_case import Case, LIMIT_SECONDS, Skip, diff_bytes, indent, run_main  # noqa: E402

# For a server to be there, to have reread its files, to be gone: a safety net.
READY_SECONDS = 120
# For one start with all its requests, the same.
RUN_SECONDS = 4 * LIMIT_SECONDS
# lines of a difference
SHOWN = 12
PATHS = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


class Phase:
    """One start of a program: what is done with it, and how it has to end.

    drive(pid) gives lines; the signal asks the program to end; None for one
    that ends by itself.
    """

    def __init__(self, command, drive=None, signo=None, status=0):
        self.command, self.drive, self.signo, self.status = command, drive, signo, status


class Server:
    """What all have in common; a subclass says how to start and to drive one."""

    needs = ()   # programs
    setup = None  # shell, in the work folder before each run
    unit = "requests"
    options = ()  # for the monitor
    def __init__(self, case, port, count):
        self.case, self.port, self.count = case, port, count
        self.work, self.input = case.work, case.input
        self.seconds = None
        for name in self.needs:
            if not find_program(name):
                raise Skip(f"there is no {name}")

    def phases(self):
        raise NotImplementedError

    def put(self, path, data, mtime=1000000000):
        """A file in the input folder, which stays the same over all runs."""
        path = os.path.join(self.input, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        os.utime(path, (mtime, mtime))
        return path

    def timed(self, function, *words):
        begin = time.monotonic()
        lines = function(*words)
        self.seconds = time.monotonic() - begin
        return lines

    def is_ready(self):
        return clients.is_listening(self.port)

    def lines_after(self):
        """What the files say when all is over."""
        return []


def find_program(name):
    return shutil.which(name, path=PATHS)


def said(data):
    return data.decode("utf-8", "backslashreplace").splitlines()


def read_lines(path):
    with open(path, encoding="utf-8", errors="backslashreplace") as file:
        return file.read().splitlines()


# HTTP.

class HttpServer(Server):
    setup = "mkdir logs temporary; echo one > generation"

    def __init__(self, case, port, count):
        super().__init__(case, port, count)
        self.root = os.path.join(self.input, "www")
        noise = random.Random(1)
        self.put("www/index.html", "<p>the first page\n")
        self.put("www/small.txt", "a small file of one line\n")
        self.put("www/folder/page.html", "<p>" + "a page in a folder " * 50)
        self.put("www/middle.bin", noise.randbytes(70000))
        self.put("www/big.bin", noise.randbytes(3000000))
        self.put("www" + clients.ABANDONED, noise.randbytes(3000000))

    def drive(self, _pid):
        return self.timed(clients.drive_http, self.port, self.count) + clients.http_oddities(self.port)

    def logged(self, name):
        """In any order: which connection is served first is nobody's to say."""
        return sorted(line for line in read_lines(os.path.join(self.work, "logs", name))
                      if not any(path in line for path in (clients.ABANDONED, "/generation")))


class Nginx(HttpServer):
    needs = ("nginx",)
    workers = 2
    config = """
        daemon off;
        worker_processes {workers};
        pid {work}/logs/pid;
        error_log {work}/logs/error.log notice;
        events {{ worker_connections 128; }}
        http {{
            client_body_temp_path {work}/temporary/body;
            proxy_temp_path {work}/temporary/proxy;
            fastcgi_temp_path {work}/temporary/fastcgi;
            uwsgi_temp_path {work}/temporary/uwsgi;
            scgi_temp_path {work}/temporary/scgi;
            log_format plain '$request_method $uri $status $body_bytes_sent';
            access_log {work}/logs/access.log plain;
            sendfile on;
            server {{
                listen 127.0.0.1:{port};
                root {root};
                include {work}/generation.conf;
            }}
        }}
    """
    setup = HttpServer.setup + "; echo 'location = /generation { return 200 one; }' > generation.conf"

    def phases(self):
        path = self.put("nginx.conf", self.config.format(
            workers=self.workers, work=self.work, root=self.root, port=self.port))
        command = [find_program("nginx"), "-p", self.work, "-e", os.path.join(self.work, "logs/error.log"),
                   "-c", path]
        return [Phase(command, self.drive, signal.SIGQUIT)]

    def generation(self):
        with clients.Stream(self.port) as stream:
            stream.send(clients.http_request("GET", "/generation", ("Connection: close",)))
            stream.read_until(b"\r\n\r\n")
            return stream.read_all()

    def drive(self, pid):
        lines = super().drive(pid)
        lines.append(f"generation {self.generation()!r}")
        with open(os.path.join(self.work, "generation.conf"), "w", encoding="ascii") as file:
            file.write("location = /generation { return 200 two; }\n")
        # To the process whose id the server has written down, as an administrator does it.
        os.kill(int(read_lines(os.path.join(self.work, "logs/pid"))[0]), signal.SIGHUP)
        wait_for("the new workers", lambda: self.generation() == b"two", pid)
        return lines + clients.drive_http(self.port, self.count // 10)

    def lines_after(self):
        alarms = [line for line in read_lines(os.path.join(self.work, "logs/error.log"))
                  if any(word in line for word in ("[alert]", "[crit]", "[emerg]"))]
        return self.logged("access.log") + alarms


class Lighttpd(HttpServer):
    needs = ("lighttpd",)
    config = """
        server.modules = ("mod_accesslog")
        server.document-root = "{root}"
        server.bind = "127.0.0.1"
        server.port = {port}
        server.errorlog = "{work}/logs/error.log"
        server.upload-dirs = ("{work}/temporary")
        etag.use-inode = "disable"
        index-file.names = ("index.html")
        accesslog.filename = "{work}/logs/access.log"
        accesslog.format = "%m %U %s %b"
    """

    def phases(self):
        path = self.put("lighttpd.conf", self.config.format(work=self.work, root=self.root, port=self.port))
        return [Phase([find_program("lighttpd"), "-D", "-f", path], self.drive, signal.SIGINT)]

    def drive(self, pid):
        """Logs are opened again at SIGHUP: the old one must be whole, the new one go on."""
        log = os.path.join(self.work, "logs/access.log")
        lines = super().drive(pid)
        os.rename(log, log + ".1")
        os.kill(pid, signal.SIGHUP)
        wait_for("the new log", lambda: os.path.exists(log), pid)
        return lines + clients.drive_http(self.port, self.count // 10)

    def lines_after(self):
        return self.logged("access.log.1") + ["after SIGHUP:"] + self.logged("access.log")


class BusyboxHttpd(HttpServer):
    needs = ("busybox",)

    def phases(self):
        command = [find_program("busybox"), "httpd", "-f", "-p", f"127.0.0.1:{self.port}", "-h", self.root]
        return [Phase(command, self.drive, signal.SIGTERM, 128 + signal.SIGTERM)]


class PythonHttp(HttpServer):
    """A thread for each connection. One that is about to write when the process ends makes Python
    abort ("could not acquire lock for <stderr>"), so no client here gives cause for complaints."""

    needs = ("python3",)
    def drive(self, _pid):
        return self.timed(clients.drive_http, self.port, self.count)

    def phases(self):
        command = ["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1",
                   "--directory", self.root, str(self.port)]
        return [Phase(command, self.drive, signal.SIGINT)]


# Others.


class Dropbear(Server):
    """Sessions by key of a user that only a preloaded library knows, who is the one we are."""

    needs = ("dropbear", "dropbearkey", "dbclient")
    names = "libnss_wrapper.so"
    setup = 'umask 077; mkdir .ssh; cp "$INPUT/authorized_keys" .ssh'
    requests_a_login = 100

    def __init__(self, case, port, count):
        super().__init__(case, port, count)
        uid, gid = (case.user, case.user) if case.user is not None else (os.getuid(), os.getgid())
        self.passwd = self.put("passwd", f"tester:x:{uid}:{gid}::{self.work}:/bin/sh\n")
        self.group = self.put("group", f"tester:x:{gid}:\n")
        self.keys = {}
        for name in ("host", "user"):
            self.keys[name] = os.path.join(self.input, name + ".key")
            case.prepare(f"dropbearkey -t ed25519 -f {name}.key > /dev/null 2>&1", self.input)
        case.prepare("dropbearkey -y -f user.key | grep ^ssh- > authorized_keys", self.input)

    def phases(self):
        command = ["/usr/bin/env", f"LD_PRELOAD={self.names}", f"NSS_WRAPPER_PASSWD={self.passwd}",
                   f"NSS_WRAPPER_GROUP={self.group}", find_program("dropbear"), "-F", "-E", "-s",
                   "-r", self.keys["host"], "-P", os.path.join(self.work, "pid"),
                   "-p", f"127.0.0.1:{self.port}"]
        return [Phase(command, self.drive, signal.SIGTERM, 1)]

    def words(self, command):
        return [find_program("dbclient"), "-y", "-y", "-T", "-i", self.keys["user"], "-p", str(self.port),
                "tester@127.0.0.1", command]

    def login(self, command, data=b""):
        done = subprocess.run(self.words(command), input=data, capture_output=True, check=False,
                              timeout=RUN_SECONDS, env=self.case.environment())
        said = [line for line in done.stderr.splitlines() if b"Host '127.0.0.1' key" not in line]
        return f"{command}: {done.returncode} {clients.digest(done.stdout)} {said}"

    def session(self, first, count):
        """Of one login: each request waits for the answer to the one before."""
        answers = []
        with subprocess.Popen(self.words('while read n; do echo "answer $n"; done; exit 3'),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=self.case.environment()) as client:
            for n in range(first, first + count):
                client.stdin.write(f"request {n}\n".encode())
                client.stdin.flush()
                answers.append(client.stdout.readline())
            client.stdin.close()
            client.wait(RUN_SECONDS)
        return f"requests from {first}: {client.returncode} {clients.digest(b''.join(answers))}"

    def requests(self):
        lines = []
        for first in range(0, self.count, self.requests_a_login):
            lines.append(self.login(f"echo {first}; echo error {first} >&2; exit {first % 7}"))
            lines.append(self.session(first, min(self.requests_a_login, self.count - first)))
        return lines

    def drive(self, _pid):
        noise = random.Random(2).randbytes(300000)
        return self.timed(self.requests) + [
            self.login("cat", noise), self.login("cat > kept; wc -c < kept; rm kept", noise),
            self.login("kill -9 $$"), self.login("head -c 1000000 /dev/zero"),
            self.login("sleep 1000 & echo the session is over; exec >&- 2>&-; kill $!")]


class Postgres(Server):
    unit = "inserts"
    folder = "/usr/lib/postgresql"
    # It logs invalidation messages with what happened to lie in their padding: parts of return addresses.
    options = ("--layout=same",)
    # Little memory, and no helpers that come and go by the clock; data go to the disk as they should.
    settings = ("listen_addresses=", "shared_memory_type=mmap", "dynamic_shared_memory_type=mmap",
                "shared_buffers=16MB", "max_connections=10", "jit=off", "autovacuum=off",
                "max_parallel_workers=0")

    def __init__(self, case, port, count):
        super().__init__(case, port, count)
        versions = sorted(os.listdir(self.folder)) if os.path.isdir(self.folder) else []
        if not versions or not find_program("psql"):
            raise Skip("there is no PostgreSQL")
        self.programs = os.path.join(self.folder, versions[-1], "bin")
        self.data = os.path.join(self.work, "data")

    def phases(self):
        init = [os.path.join(self.programs, "initdb"), "-D", self.data, "-A", "trust", "-U", "tester",
                "-E", "UTF8", "--locale=C", "--no-sync"]
        start = [os.path.join(self.programs, "postgres"), "-D", self.data, "-k", self.work,
                 "-p", str(self.port)]
        for setting in self.settings:
            start += ["-c", setting]
        return [Phase(init), Phase(start, self.drive, signal.SIGINT), Phase(start, self.read_back, signal.SIGINT)]

    def psql(self, script):
        done = subprocess.run(
            [find_program("psql"), "-X", "-q", "-A", "-t", "-h", self.work, "-p", str(self.port),
             "-U", "tester", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=script, capture_output=True, text=True, check=False, timeout=RUN_SECONDS)
        return (done.stdout + done.stderr).splitlines() + [f"status {done.returncode}"]

    def is_ready(self):
        try:
            return self.psql("select 1;") == ["1", "status 0"]
        except subprocess.TimeoutExpired:
            return False

    def drive(self, _pid):
        lines = self.psql("create table numbers (n integer primary key, t text);")
        lines += self.timed(self.psql, "".join(
            f"insert into numbers values ({n}, 'row {n}');\n" for n in range(self.count)))
        lines += self.psql("select count(*), sum(n) from numbers; "
                           "update numbers set t = upper(t) where n % 7 = 0; "
                           "delete from numbers where n % 5 = 0; checkpoint; "
                           "create index on numbers (t); analyze numbers; "
                           "select t from numbers where t = 'ROW 7'; select 1 / 0;")
        return lines

    def read_back(self, _pid):
        return self.psql("select * from numbers order by n;")


class Memcached(Server):
    needs = ("memcached",)

    def phases(self):
        command = [find_program("memcached"), "-l", "127.0.0.1", "-p", str(self.port), "-U", "0",
                   "-t", "1", "-m", "64"]
        return [Phase(command, self.drive, signal.SIGTERM)]

    def drive(self, _pid):
        return self.timed(clients.drive_memcached, self.port, self.count)


class Redis(Server):
    """Writes everything to disk in two ways, and reads it back."""

    # jemalloc, which it is linked with, prefers memory at lower addresses.
    options = ("--layout=code",)
    needs = ("redis-check-rdb", "redis-benchmark")

    def is_ready(self):
        """It listens before it has read its files."""
        try:
            with clients.Redis(self.port) as redis:
                return redis.call("PING") == b"+PONG"
        except (OSError, clients.ClientFailed):
            return False

    def phases(self):
        # One program with several names; Debian has this one in redis-tools.
        program = os.path.join(self.input, "redis-server")
        if not os.path.exists(program):
            os.symlink(find_program("redis-check-rdb"), program)
        start = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.work,
                 "--save", "", "--daemonize", "no"]
        appending = [*start, "--appendonly", "yes"]
        return [Phase(start, self.drive, signal.SIGTERM), Phase(start, self.read_snapshot, signal.SIGTERM),
                Phase(appending, self.append, signal.SIGTERM), Phase(appending, self.read_log, signal.SIGTERM)]

    def benchmark(self):
        """Many clients at once; what it measures is its own affair."""
        done = subprocess.run(
            [find_program("redis-benchmark"), "-p", str(self.port), "-n", str(max(self.count // 10, 1)),
             "-c", "10", "-q", "-t", "set,get,incr,lpush,lrange_100,mset"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=RUN_SECONDS)
        return [f"redis-benchmark: {done.returncode} {'rror' in done.stdout + done.stderr}"]

    def drive(self, pid):
        lines = self.timed(clients.drive_redis, self.port, self.count) + self.benchmark()
        with clients.Redis(self.port) as redis:
            lines.append(f"SAVE: {redis.call('SAVE')}")
            lines.append(f"SET: {redis.call('SET', 'after', 'the first snapshot')}")
            lines.append(f"BGSAVE: {redis.call('BGSAVE')}")
            wait_for("the snapshot", lambda: redis.info("rdb_bgsave_in_progress") == "0", pid)
            lines.append(f"BGSAVE: {redis.info('rdb_last_bgsave_status')}")
        return lines

    def read_snapshot(self, _pid):
        return clients.read_redis(self.port)

    def append(self, pid):
        lines = clients.drive_redis(self.port, self.count // 10)
        with clients.Redis(self.port) as redis:
            lines.append(f"BGREWRITEAOF: {redis.call('BGREWRITEAOF')}")
            wait_for("the new log", lambda: redis.info("aof_rewrite_in_progress") == "0", pid)
            lines.append(f"BGREWRITEAOF: {redis.info('aof_last_bgrewrite_status')}")
            lines.append(f"SET: {redis.call('SET', 'after', 'the new log')}")
        return lines

    def read_log(self, _pid):
        return clients.read_redis(self.port)


SERVERS = {
    "memcached": Memcached,
    "redis": Redis,
    "nginx": Nginx,
    "lighttpd": Lighttpd,
    "busybox-httpd": BusyboxHttpd,
    "dropbear": Dropbear,
    "postgres": Postgres,
    "python-http": PythonHttp,
}


# Running one.

def is_alive(pid):
    """A zombie has not been waited for yet, and does nothing more."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(what, probe, pid):
    def tried():
        try:
            return probe()
        except (OSError, clients.ClientFailed):
            return False

    if not clients.wait_until(tried, lambda: is_alive(pid), READY_SECONDS):
        raise clients.ClientFailed(f"{what}: not there")


class Run:
    """All phases of a server, natively or monitored: the lines, and the traces."""

    def __init__(self):
        self.lines, self.traces = [], []
        self.rate = 0


def run_phase(case, server, phase, command, run, first):
    def drive(pid):
        try:
            if phase.drive:
                wait_for("the server", server.is_ready, pid)
                run.lines += phase.drive(pid)
        except (OSError, ValueError, clients.ClientFailed, subprocess.TimeoutExpired) as problem:
            run.lines.append(f"the client failed: {problem}")
        if phase.signo and is_alive(pid):
            os.kill(pid, phase.signo)

    outcome = case.run(command, setup=server.setup if first else None, fresh=first,
                       while_running=drive, limit=RUN_SECONDS)
    return outcome


def run_server(case, server, variants, label):
    """variants: 0 for a native run."""
    run = Run()
    for number, phase in enumerate(server.phases()):
        command = phase.command
        if variants:
            trace = f"{label}-{number + 1}"
            command = case.monitored(command, variants, trace, options=[*server.options, *case.options])
            run.traces.append(case.trace_path(trace))
        outcome = run_phase(case, server, phase, command, run, number == 0)
        case.check_ended(f"{label}, start {number + 1}", outcome)
        if outcome.status != phase.status:
            case.fail(f"{label}, start {number + 1}: exit status {outcome.status}, expected {phase.status}\n"
                      + indent("\n".join(said(outcome.stderr)[-SHOWN:])))
            return run
    try:
        run.lines += server.lines_after()
    except OSError as problem:
        run.lines.append(f"after the end: {problem}")
    if server.seconds:
        run.rate = server.count / server.seconds
    return run


def compare_runs(case, native, seen):
    one, other = ("\n".join(run.lines).encode("utf-8", "backslashreplace") for run in (native, seen))
    if one != other:
        case.fail("what the clients saw differs\n" + "\n".join(diff_bytes(one, other).splitlines()[:SHOWN]))


def check_native(case, run):
    """The server itself must work before the monitor is blamed for anything."""
    for line in run.lines:
        if line.startswith("the client failed"):
            case.fail("native: " + line)


def show_rates(server, native, variants, seen):
    print(f"{server.count} {server.unit}: {native:.4g}/s natively, {seen:.4g}/s with {variants} variants: "
          f"{native / seen:.1f} times as long")


def measure(case, server, rounds, variants):
    """Alternating runs; medians of the rates."""
    rates = {0: [], variants: []}
    for number in range(rounds):
        for count in rates:
            run = run_server(case, server, count, f"round{number}-n{count}")
            if case.failures:
                return case.finish()
            rates[count].append(run.rate)
            for trace in run.traces:
                os.unlink(trace)
    show_rates(server, statistics.median(rates[0]), variants, statistics.median(rates[variants]))
    return case.finish()


def reserve_port():
    """A port, bound for as long as the test runs: nobody else is given it, and a
    server that sets SO_REUSEADDR, as all do, can still listen there."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="only says which servers there are")
    parser.add_argument("--build", default="build", help="the build folder (build)")
    parser.add_argument("--count", type=int, default=2000, help="requests (2000)")
    parser.add_argument("--variants", type=int, default=2, help="2 by default")
    parser.add_argument("--measure", type=int, metavar="ROUNDS", help="only measures, so many times")
    parser.add_argument("--option", action="append", default=[], help="an option for the monitor")
    parser.add_argument("server", nargs="?", choices=SERVERS)
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(SERVERS))
        return 0
    if not arguments.server:
        parser.error("which server?")
    # As nobody when we are root: none of them needs to be, and some will not be.
    case = Case(f"server-{arguments.server}", arguments.build, user=True)
    case.options = arguments.option
    with reserve_port() as reserved:
        server = SERVERS[arguments.server](case, reserved.getsockname()[1], arguments.count)
        if not case.has_monitor():
            raise Skip("mvx-monitor is not built")
        if arguments.measure:
            return measure(case, server, arguments.measure, arguments.variants)
        native = run_server(case, server, 0, "native")
        check_native(case, native)
        if case.failures:
            return case.finish()
        label = f"n{arguments.variants}"
        seen = run_server(case, server, arguments.variants, label)
        compare_runs(case, native, seen)
        for trace in seen.traces:
            case.check_trace(label, trace)
        if not case.failures:
            show_rates(server, native.rate, arguments.variants, seen.rate)
        return case.finish()


if __name__ == "__main__":
    run_main(main)
