# Python hands descriptors to another process, by itself and in its multiprocessing module.
cat > hand.py <<'END'
import multiprocessing, os, socket
from multiprocessing import reduction

here, there = socket.socketpair()
if os.fork() == 0:
    with open("text", "w") as f:
        f.write("from a file\n")
    with open("text") as f:
        socket.send_fds(here, [b"two"], [f.fileno(), 1])
    os._exit(0)
message, fds, flags, address = socket.recv_fds(there, 10, 4)
print(message, len(fds), os.read(fds[0], 4), flags, flush=True)
os.write(fds[1], b"to the one that was standard output\n")
os.wait()


def child(connection):
    fd = reduction.recv_handle(connection)
    connection.send(os.read(fd, 5))


parent_end, child_end = multiprocessing.Pipe()
process = multiprocessing.get_context("fork").Process(target=child, args=(child_end,))
process.start()
reader, writer = os.pipe()
os.write(writer, b"12345")
reduction.send_handle(parent_end, reader, process.pid)
print(parent_end.recv())
process.join()
END
/usr/bin/python3 -B hand.py
