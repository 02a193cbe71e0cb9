"""Sockets on loopback as unittest tests: blocking ones with a process at the other end, select, asyncio."""

import asyncio
import os
import select
import socket
import socketserver
import sys
import tempfile
import unittest


class Blocking(unittest.TestCase):
    def echo(self, family, address):
        server = socket.socket(family, socket.SOCK_STREAM)
        server.bind(address)
        server.listen()
        child = os.fork()
        if child == 0:
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.connect(server.getsockname())
                client.sendall(b"x" * 300000)
                client.shutdown(socket.SHUT_WR)
                received = bytearray()
                while chunk := client.recv(65536):
                    received += chunk
            os._exit(0 if received == b"y" * 300000 else 1)
        peer, _ = server.accept()
        with server, peer:
            received = bytearray()
            while chunk := peer.recv(65536):
                received += chunk
            peer.sendall(received.replace(b"x", b"y"))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_tcp(self):
        self.echo(socket.AF_INET, ("127.0.0.1", 0))

    def test_unix(self):
        with tempfile.TemporaryDirectory() as folder:
            self.echo(socket.AF_UNIX, folder + "/socket")

    def test_udp(self):
        with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as other:
            one.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            one.sendto(b"there", other.getsockname())
            data, sender = other.recvfrom(100)
            other.sendto(data + b" and back", sender)
            self.assertEqual(one.recv(100), b"there and back")

    def test_refused(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with self.assertRaises(ConnectionRefusedError), socket.socket() as client:
                client.connect(unused.getsockname())

    def test_forking_server(self):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(self.rfile.readline().upper())

        with socketserver.ForkingTCPServer(("127.0.0.1", 0), Handler) as server:
            with socket.create_connection(server.server_address) as client:
                client.sendall(b"to a child\n")
                server.handle_request()
                self.assertEqual(client.makefile("rb").readline(), b"TO A CHILD\n")


class Waiting(unittest.TestCase):
    def test_select(self):
        one, other = socket.socketpair()
        with one, other:
            self.assertEqual(select.select([other], [one], [], 0), ([], [one], []))
            one.send(b"a")
            self.assertEqual(select.select([other], [], [], 10), ([other], [], []))

    def test_timeout(self):
        one, other = socket.socketpair()
        with one, other:
            other.settimeout(0.05)
            with self.assertRaises(TimeoutError):
                other.recv(1)

    def test_asyncio(self):
        async def serve(reader, writer):
            writer.write((await reader.readline())[::-1])
            await writer.drain()
            writer.close()

        async def ask(port, text):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(text + b"\n")
            answer = await reader.read()
            writer.close()
            return answer

        async def talk():
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            answers = await asyncio.gather(*(ask(port, b"abc%d" % i) for i in range(5)))
            server.close()
            await server.wait_closed()
            return answers

        self.assertEqual(asyncio.run(talk()), [b"\n%dcba" % i for i in range(5)])


class Result(unittest.TestResult):
    """Says what passed; not, as the usual one, how long it took."""

    def addSuccess(self, test):
        print("ok", test.id(), flush=True)


if __name__ == "__main__":
    result = Result()
    unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]).run(result)
    for _, text in result.errors + result.failures:
        print(text)
    sys.exit(0 if result.wasSuccessful() else 1)
