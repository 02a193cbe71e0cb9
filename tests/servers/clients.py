"""Clients for the servers under test: plain sockets, nothing of the monitor.

Each gives back lines of text about what it saw; what the same server says
natively and under the monitor must be the same lines. Times are left out.
"""

import hashlib
import select
import socket
import time

# For a server to answer; a safety net, never a measure of speed.
ANSWER_SECONDS = 60
# What differs from one run to the next, of HTTP's headers.
VOLATILE = (b"date:", b"expires:")
CHUNK = 1 << 16


class ClientFailed(Exception):
    """The server did not answer as any server must."""


def digest(data):
    return f"{len(data)} bytes {hashlib.sha256(data).hexdigest()[:16]}"


def connect(address):
    """A connection to a port of the loopback interface, or to a socket's path."""
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        target = address
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        target = ("127.0.0.1", address)
    try:
        sock.settimeout(ANSWER_SECONDS)
        sock.connect(target)
    except OSError:
        sock.close()
        raise
    return sock


class Stream:
    """A connection that is read by lines and by counted bytes."""

    def __init__(self, address):
        self.sock, self.data = connect(address), bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def _more(self):
        chunk = self.sock.recv(CHUNK)
        self.data += chunk
        return bool(chunk)

    def read_until(self, end):
        while end not in self.data:
            if not self._more():
                raise ClientFailed(f"the server closed after {bytes(self.data)!r}")
        line, _, rest = bytes(self.data).partition(end)
        self.data = bytearray(rest)
        return line

    def read_exactly(self, count):
        while len(self.data) < count:
            if not self._more():
                raise ClientFailed(f"the server closed {count - len(self.data)} bytes too early")
        taken = bytes(self.data[:count])
        del self.data[:count]
        return taken

    def read_all(self):
        while self._more():
            pass
        taken, self.data = bytes(self.data), bytearray()
        return taken


# HTTP.

def http_request(method, path, headers=()):
    lines = [f"{method} {path} HTTP/1.1", "Host: test", *headers, "", ""]
    return "\r\n".join(lines).encode()


def read_chunks(stream):
    body = b""
    while True:
        size = int(stream.read_until(b"\r\n"), 16)
        body += stream.read_exactly(size)
        stream.read_exactly(2)
        if size == 0:
            return body


def http_answer(stream, method):
    """(what it was in a line, whether the server keeps the connection)."""
    head = stream.read_until(b"\r\n\r\n").split(b"\r\n")
    fields = {name.strip().lower(): value.strip()
              for name, _, value in (line.partition(b":") for line in head[1:])}
    keeps = head[0].startswith(b"HTTP/1.1") and fields.get(b"connection", b"").lower() != b"close"
    if method == "HEAD" or head[0].split()[1] in (b"304", b"204"):
        body = b""
    elif fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = read_chunks(stream)
    elif b"content-length" in fields:
        body = stream.read_exactly(int(fields[b"content-length"]))
    else:
        body, keeps = stream.read_all(), False
    shown = [line for line in head if not line.lower().startswith(VOLATILE)]
    return f"{b' | '.join(shown).decode('latin-1')} | {digest(body)}", keeps


# (method, path, headers): what a round consists of. The files are servers.py's.
HTTP_ROUND = (
    ("GET", "/index.html", ()),
    ("GET", "/small.txt", ()),
    ("HEAD", "/small.txt", ()),
    ("GET", "/", ()),
    ("GET", "/missing", ()),
    ("GET", "/folder/page.html", ()),
    ("GET", "/small.txt", ("Range: bytes=3-9",)),
    ("GET", "/middle.bin", ()),
    ("GET", "/small.txt", ("Connection: close",)),
    ("GET", "/folder/page.html", ("If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT",)),
)
# Every so many requests, the file that does not fit into a socket's buffer.
BIG_EVERY = 97
CONNECTIONS = 4
# A big file that no client reads to its end: how much of it was sent is chance.
ABANDONED = "/abandoned.bin"


def drive_http(port, count):
    """So many requests over a few connections at once, kept as long as the server keeps them."""
    lines, streams = [], [None] * CONNECTIONS
    for number in range(0, count, CONNECTIONS):
        asked = []
        for k in range(min(CONNECTIONS, count - number)):
            method, path, headers = HTTP_ROUND[(number + k) % len(HTTP_ROUND)]
            if (number + k) % BIG_EVERY == BIG_EVERY - 1:
                method, path, headers = "GET", "/big.bin", ()
            streams[k] = streams[k] or Stream(port)
            streams[k].send(http_request(method, path, headers))
            asked.append((k, method, path))
        for k, method, path in asked:
            line, keeps = http_answer(streams[k], method)
            lines.append(f"{method} {path}: {line}")
            if not keeps:
                streams[k].sock.close()
                streams[k] = None
    for stream in filter(None, streams):
        stream.sock.close()
    return lines


def http_oddities(port):
    """What a server must survive: garbage, half a request, a client that goes away."""
    lines = []
    for what in (b"garbage\r\n\r\n", b"GET\r\n\r\n", b"GET /../../etc/passwd HTTP/1.0\r\n\r\n",
                 b"BREW /pot HTTP/1.0\r\n\r\n"):
        with Stream(port) as stream:
            stream.send(what)
            lines.append(f"{what!r}: {stream.read_until(bytes([10]))!r}")
    with Stream(port) as stream:
        stream.send(b"GET /index.html HTTP/1.1\r\nHos")
    with Stream(port) as stream:
        stream.send(http_request("GET", ABANDONED))
        stream.read_exactly(1000)
    return lines


# memcached's text protocol (doc/protocol.txt of its source).

def drive_memcached(port, count):
    lines = []
    with Stream(port) as stream:
        def ask(command, ends, data=None):
            stream.send(command.encode() + b"\r\n" + (data + b"\r\n" if data is not None else b""))
            answer = b""
            while True:
                line = stream.read_until(b"\r\n")
                answer += line + b"\n"
                if line.startswith(b"VALUE "):
                    answer += stream.read_exactly(int(line.split()[3]) + 2)
                elif line.split(b" ")[0] in ends or b"ERROR" in line or line.isdigit():
                    break
            lines.append(f"{command}: {answer[:60]!r} {digest(answer)}")

        stored = (b"STORED", b"NOT_STORED", b"EXISTS", b"NOT_FOUND")
        for number in range(count):
            key, kind = f"key{number * 7 % 101}", number % 9
            if kind in (0, 1, 2):
                data = (f"{number}:" * (1 + number % 50) * (400 if number % 97 == 0 else 1)).encode()
                ask(f"set {key} {kind} 0 {len(data)}", stored, data)
            elif kind in (3, 4):
                ask(f"get {key} other{number}", (b"END",))
            elif kind == 5:
                ask(f"gets {key}", (b"END",))
            elif kind == 6:
                ask(f"append {key} 0 0 4", stored, b"more")
            elif kind == 7:
                ask(f"{'set' if number % 2 else 'add'} counter 0 0 2", stored, b"10")
                ask("incr counter 5", (b"NOT_FOUND",))
            else:
                ask(f"delete {key}", (b"DELETED", b"NOT_FOUND"))
        ask("flush_all", (b"OK",))
        ask("get key1", (b"END",))
        ask("no such command", (b"ERROR",))
    return lines


# Redis (RESP 2).

class Redis(Stream):
    def call(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.send(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        return self.answer()

    def answer(self):
        line = self.read_until(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else [self.read_exactly(int(rest)), self.read_exactly(2)][0]
        if kind == b"*":
            return None if rest == b"-1" else [self.answer() for _ in range(int(rest))]
        return line

    def info(self, name):
        text = self.call("INFO", "persistence").decode()
        return next(line.partition(":")[2] for line in text.split("\r\n") if line.startswith(name + ":"))


def redis_command(number):
    key = number * 7 % 53
    return (("SET", f"text{key}", f"{number} " * (1 + number % 100)), ("GET", f"text{key}"),
            ("INCRBY", f"number{key}", number), ("LPUSH", f"list{key}", number, number + 1),
            ("LRANGE", f"list{key}", 0, 5), ("HSET", f"hash{key}", f"field{number % 17}", number),
            ("HGET", f"hash{key}", "field3"), ("SADD", f"set{key}", number % 29),
            ("ZADD", f"sorted{key}", number % 31, f"member{number % 37}"),
            ("ZRANGE", f"sorted{key}", 0, -1, "WITHSCORES"), ("EXPIRE", f"text{key + 1}", 100000),
            ("DEL", f"text{key + 2}"), ("SETRANGE", f"range{key}", number % 2000, "x"),
            ("APPEND", f"range{key}", "end"), ("EVAL", "return redis.call('INCR', KEYS[1]) * 2", 1, "script"),
            ("LPUSH", f"text{key}", "the wrong kind"))[number % 16]


def drive_redis(port, count):
    lines = []
    with Redis(port) as one, Redis(port) as other:
        for number in range(count):
            words = redis_command(number)
            answer = repr((one if number % 3 else other).call(*words))
            lines.append(f"{words[0]} {words[1]}: {answer[:60]} {digest(answer.encode())}")
        one.call("MULTI")
        queued = [one.call("INCR", "multi") for _ in range(5)]
        lines.append(f"MULTI: {queued} {one.call('EXEC')}")
        lines.append(f"DBSIZE: {one.call('DBSIZE')}")
    return lines


def read_redis(port):
    """All that is there, in an order of ours."""
    readers = {b"+string": ("GET",), b"+list": ("LRANGE", 0, -1), b"+hash": ("HGETALL",),
               b"+set": ("SMEMBERS",), b"+zset": ("ZRANGE", 0, -1, "WITHSCORES")}
    lines = []
    with Redis(port) as redis:
        for key in sorted(redis.call("KEYS", "*")):
            kind = redis.call("TYPE", key)
            name, *rest = readers[kind]
            value = redis.call(name, key, *rest)
            if kind == b"+set":
                value = sorted(value)
            elif kind == b"+hash":
                value = sorted(zip(value[::2], value[1::2]))
            lines.append(f"{key.decode()}: {kind.decode()} {digest(repr(value).encode())}")
    return lines


# Readiness.

def wait_until(probe, is_alive, seconds):
    """Probes until it says yes; False when the program has ended or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if probe():
            return True
        if not is_alive():
            return False
        # Between two probes, so that they do not take the server's time.
        select.select([], [], [], 0.01)
    return False


def is_listening(port):
    try:
        connect(port).close()
    except OSError:
        return False
    return True
