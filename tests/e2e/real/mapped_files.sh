# Python's mmap and shared memory, on files that several processes have.
cat > mapped.py <<'END'
import mmap, os, subprocess, sys
from multiprocessing import shared_memory

with open("data", "w+b") as f:
    f.write(b"x" * 10000)
    f.flush()
    with mmap.mmap(f.fileno(), 0) as m:
        m[0:5] = b"hello"
        m.flush()
        os.pwrite(f.fileno(), b"WORLD", 5)
        print(m[:12], m.find(b"WORLD"))
        m.resize(20000)
        m[15000] = 65
        pid = os.fork()
        if pid == 0:
            m[16000] = 66
            os._exit(0)
        os.waitpid(pid, 0)
        print(m[15000], m[16000], len(m))
        # Another program changes it by its name.
        subprocess.run(["dd", "if=/dev/stdin", "of=data", "bs=1", "seek=100", "conv=notrunc", "status=none"],
                       input=b"from dd", check=True)
        print(m[98:110])
        subprocess.run([sys.executable, "-c", """
import mmap
with open("data", "r+b") as f, mmap.mmap(f.fileno(), 0) as m:
    m[200:204] = m[100:104].upper()
"""], check=True)
        print(m[200:206])
        m.move(300, 0, 12)
        print(m[300:312], f.read(0))
with open("data", "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
    print(m[16000:16001], m[:5])
with open("data", "r+b") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY) as m:
    m[0] = 0
    print(m[:3])

name = "mvx-test-%d" % os.getpid()
a = shared_memory.SharedMemory(create=True, size=5000, name=name)
b = shared_memory.SharedMemory(name=name)
a.buf[10] = 7
pid = os.fork()
if pid == 0:
    b.buf[11] = a.buf[10] + 1
    os._exit(0)
os.waitpid(pid, 0)
print(b.buf[10], a.buf[11])
b.close()
a.close()
a.unlink()
END
/usr/bin/python3 -B mapped.py
cksum data
