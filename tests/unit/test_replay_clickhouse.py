#!/usr/bin/python3
"""mvx-replay export --to=clickhouse-ddl, by ClickHouse itself: three traces through TSV, five questions, and what
SQLite answers to the same. By clickhouse-local, which reads the files, where there is one; by a server of
Debian's package clickhouse-server, started on loopback for this, which gets them through a pipe. Skipped (77)
where there is neither.

Usage: test_replay_clickhouse.py MVX_REPLAY MAKE_TRACE
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

REPLAY, MAKE_TRACE = sys.argv[1:3]
TRACES = {
    "plain": ("-n", "5000", "-t", "3", "-b"),
    "diverged": ("-n", "900", "-d", "300", "-s", "50", "-v", "3"),
    "hostile": ("-n", "200", "-d", "100", "-s", "20", "-x"),
}
# For SQLite, one trace at a time; ClickHouse has all of them and is asked with its trace.
QUESTIONS = (
    "SELECT name, count(*) AS calls, count(errno) AS errors, sum(duration_ns) AS ns FROM step GROUP BY name ORDER BY name",
    "SELECT variant, min(a0) AS least, max(entry_ns) AS last FROM call GROUP BY variant ORDER BY variant",
    "SELECT divergence, step, kind, hex(summary) AS summary FROM divergence ORDER BY divergence",
    "SELECT step, hex(data) AS data FROM buf WHERE step < 30 ORDER BY step",
    "SELECT name, decision, count(*) AS signals, min(delay_ns) AS ns FROM signal GROUP BY name, decision ORDER BY name",
)


def replay(*words):
    return subprocess.run([REPLAY, *words], check=True, capture_output=True, timeout=300).stdout.decode()


def lines_of(done, sql):
    if done.returncode:
        sys.exit(f"{sql[:200]}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


class Local:
    """clickhouse-local: no server, tables in a folder."""

    def __init__(self, words, folder):
        self.words, self.folder = words, folder

    @staticmethod
    def find():
        return next((words for words in (["clickhouse-local"], ["clickhouse", "local"]) if shutil.which(words[0])), None)

    def ask(self, sql):
        return lines_of(subprocess.run(
            [*self.words, "--path", os.path.join(self.folder, "db"), "--multiquery", "--query", sql,
             "--output_format_json_quote_64bit_integers=0"],
            cwd=self.folder, capture_output=True, text=True, timeout=600, check=False), sql)

    def load(self, ddl, tables):
        del tables
        self.ask(ddl)

    def end(self):
        pass


CONFIG = """<yandex>
    <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
    <listen_host>127.0.0.1</listen_host><tcp_port>{port}</tcp_port>
    <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path><user_files_path>{folder}/</user_files_path>
    <users_config>{folder}/users.xml</users_config>
    <default_profile>default</default_profile><default_database>default</default_database>
    <mark_cache_size>5368709120</mark_cache_size>
</yandex>
"""
USERS = """<yandex>
    <profiles><default/></profiles><quotas><default/></quotas>
    <users><default><password/><networks><ip>127.0.0.1</ip></networks>
        <profile>default</profile><quota>default</quota></default></users>
</yandex>
"""


class Server:
    """A server of its own, of a release whose file() does not tell the name of the file."""

    def __init__(self, words, folder):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        for name, text in (("config.xml", CONFIG), ("users.xml", USERS)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text.format(folder=folder, port=self.port))
        self.server = subprocess.Popen([*words, "--config-file=" + os.path.join(folder, "config.xml")],
                                       cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while self.client("SELECT 1").returncode:
            if self.server.poll() is not None or time.monotonic() > deadline:
                self.server.kill()
                sys.exit(f"the server does not answer: {self.read('errors')}")
            time.sleep(0.2)

    @staticmethod
    def find():
        path = shutil.which("clickhouse-server", path=os.environ["PATH"] + ":/usr/sbin")
        return [path] if path and shutil.which("clickhouse-client") else None

    def read(self, name):
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as file:
                return file.read()[-2000:]
        except OSError as problem:
            return problem

    def client(self, sql, **more):
        return subprocess.run(["clickhouse-client", "--host=127.0.0.1", f"--port={self.port}", "--multiquery",
                               "--output_format_json_quote_64bit_integers=0", "--query", sql],
                              capture_output=True, timeout=600, check=False, **({"text": True} | more))

    def ask(self, sql):
        return lines_of(self.client(sql), sql)

    def load(self, ddl, tables):
        """Step 2 of the file's head: the tables, then every export through a pipe."""
        self.ask(re.sub(r"^INSERT INTO.*?;\n", "", ddl, flags=re.MULTILINE | re.DOTALL))
        for name in TRACES:
            for table in tables:
                with open(os.path.join(self.folder, f"{name}.{table}.tsv"), "rb") as file:
                    rows = b"".join(name.encode() + b"\t" + line for line in file.readlines()[1:])
                if rows:
                    done = self.client(f"INSERT INTO mvx.`{table}` FORMAT TabSeparated", input=rows, text=False)
                    if done.returncode:
                        sys.exit(f"{name}.{table}: {done.stderr.decode(errors='replace')}")

    def end(self):
        self.server.terminate()
        self.server.wait(timeout=120)


def compare(engine_class, words):
    """The number of answers that are not SQLite's."""
    ddl = replay("export", "--to=clickhouse-ddl")
    tables = re.findall(r"INSERT INTO mvx\.`(\w+)`", ddl)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, options in TRACES.items():
            trace = os.path.join(folder, name + ".mvx.zst")
            subprocess.run([MAKE_TRACE, "-o", trace, *options], check=True)
            for table in tables:
                replay("export", "--to=tsv", "--table=" + table, "-o", os.path.join(folder, f"{name}.{table}.tsv"), trace)
        engine = engine_class(words, folder)
        try:
            engine.load(ddl, tables)
            for name in TRACES:
                for question in QUESTIONS:
                    want = json.loads(replay("query", os.path.join(folder, name + ".mvx.zst"), question, "-F", "json"))
                    theirs = re.sub(r" FROM (\w+)( WHERE)?",
                                    lambda found: f" FROM mvx.`{found[1]}` WHERE trace = '{name}'" +
                                    (" AND" if found[2] else ""), question)
                    got = engine.ask(theirs + " FORMAT JSONEachRow")
                    if got != want:
                        print(f"{name}: {question}\n  SQLite:     {want}\n  ClickHouse: {got}")
                        wrong += 1
        finally:
            engine.end()
    return wrong


def main():
    found = [(engine, engine.find()) for engine in (Local, Server) if engine.find()]
    if not found:
        sys.exit(77)
    sys.exit(sum(compare(engine, words) for engine, words in found) > 0)


if __name__ == "__main__":
    main()
