"""Python that starts processes, sorts, hashes, serialises and writes files."""
import collections
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

print(json.dumps({"list": list(range(10)), "text": "\u00e4", "none": None}, sort_keys=True))
words = re.findall(r"\w+", "the quick brown fox jumps over the lazy dog the end")
print(sorted(collections.Counter(words).items()))
print(hashlib.sha256(b"bytes" * 100000).hexdigest())
done = subprocess.run(["sh", "-c", "cat; echo err >&2; exit 3"], input=b"to the child\n",
                      capture_output=True, check=False)
print(done.returncode, done.stdout, done.stderr)
with subprocess.Popen(["sleep", "1000"]) as process:
    process.send_signal(signal.SIGTERM)
    print("ended with", process.wait())
print(subprocess.check_output("echo one | tr a-z A-Z", shell=True, text=True), end="")
with tempfile.TemporaryDirectory() as folder:
    for name in ("b", "a", "c"):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(name * 10)
    print(sorted(os.listdir(folder)), [os.path.getsize(os.path.join(folder, "a"))])
pid = os.fork()
if pid == 0:
    os._exit(9)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
# A set of strings: its order follows the hash seed, which comes from getrandom.
with open("order", "w", encoding="ascii") as file:
    file.write("".join(sorted({"x", "y", "z"})))
order = list({"one", "two", "three", "four", "five"})
os.lstat("/" if order[0] < order[1] else ".")
print("on standard error", file=sys.stderr)
sys.exit(4)
