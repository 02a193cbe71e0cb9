#!/usr/bin/python3
"""Pages of mvx-replay report in a browser: nothing to complain about, nothing fetched, drawn light and dark.

Usage: test_report_browser.py MVX_REPLAY MAKE_TRACE MVX_MONITOR

Wants Debian's package chromium, which nothing else here needs; without it, 77: skipped.
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

sys.dont_write_bytecode = True
from recording import why_not  # noqa: E402

REPLAY, MAKE_TRACE, MONITOR = sys.argv[1:4]
BROWSER = shutil.which("chromium")
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr"]
SKIPPED = 77
DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"


def browse(path, *flags):
    """What it wrote to standard output, and what the page's console said."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run([BROWSER, *QUIET, f"--user-data-dir={profile}", *flags, f"file://{path}"],
                              capture_output=True, timeout=1200, check=True)
    console = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    return done.stdout.decode(), console


def read_png(path):
    """Width and rows of pixels, three or four bytes each, of what the browser writes: 8 bits, not interlaced."""
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and color in (2, 6)
        elif kind == b"IDAT":
            packed += body
        at += length + 12
    size = 3 if color == 2 else 4
    raw, stride = zlib.decompress(packed), width * size
    rows, before = [], bytearray(stride)
    for y in range(height):
        how, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left, up = row[i - size] if i >= size else 0, before[i]
            corner = before[i - size] if i >= size else 0
            if how == 1:
                row[i] = row[i] + left & 255
            elif how == 2:
                row[i] = row[i] + up & 255
            elif how == 3:
                row[i] = row[i] + (left + up) // 2 & 255
            elif how == 4:
                row[i] = row[i] + min((left, up, corner), key=lambda x: abs(left + up - corner - x)) & 255
        rows.append(bytes(row))
        before = row
    return width, size, rows


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.pages = {name: cls.make(name, *options) for name, options in {
            "plain": ("-n", "3000", "-t", "3", "-s", "50", "-b"),
            "diverged": ("-n", "300", "-d", "100", "-s", "50", "-t", "3", "-b"),
            "hostile": ("-n", "60", "-d", "20", "-s", "10", "-x", "-v", "3"),
            "million": ("-n", "1000000", "-t", "3", "-b"),
        }.items()}
        if not why_not(MONITOR):
            cls.pages["recorded"] = cls.record()

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    @classmethod
    def report(cls, name, trace):
        page = os.path.join(cls.kept.name, name + ".html")
        subprocess.run([REPLAY, "report", "-o", page, trace], check=True, timeout=300)
        return page

    @classmethod
    def make(cls, name, *options):
        trace = os.path.join(cls.kept.name, name)
        subprocess.run([MAKE_TRACE, "-o", trace, *options], check=True, timeout=300)
        return cls.report(name, trace)

    @classmethod
    def record(cls):
        trace = os.path.join(cls.kept.name, "recorded")
        subprocess.run([MONITOR, "-q", "-n", "2", "-o", trace, "--env-variant=0:X=a", "--env-variant=1:X=b", "--",
                        "sh", "-c", "ls / | cat; echo $X"], stdout=subprocess.DEVNULL, timeout=300, check=False)
        return cls.report("recorded", trace)

    def shot(self, page, width, height, *flags):
        path = os.path.join(self.kept.name, "shot.png")
        _, console = browse(page, f"--screenshot={path}", f"--window-size={width},{height}", *flags)
        self.assertEqual(console, [])
        return read_png(path)

    def test_the_console_is_empty(self):
        for name, page in self.pages.items():
            dom, console = browse(page, "--dump-dom")
            self.assertEqual(console, [], name)
            self.assertIn("</footer>", dom)
            self.assertNotRegex(dom, "(?i)<script")

    def test_a_console_that_is_not_empty_would_show(self):
        with open(self.pages["plain"], encoding="utf-8") as file:
            page = file.read()
        for addition in ('<p style="color: red">x</p>', "<script>alert(1)</script>", '<img src="nosuch.png"/>'):
            path = os.path.join(self.kept.name, "changed.html")
            with open(path, "w", encoding="utf-8") as file:
                file.write(page.replace("<main>", "<main>" + addition))
            self.assertRegex("\n".join(browse(path, "--dump-dom")[1]), "(?i)content security policy", addition)

    def test_it_reads_as_it_was_written(self):
        """What the browser made of it has the same elements: nothing was escaped so that it came out as a tag."""
        for name, page in self.pages.items():
            with open(page, encoding="utf-8") as file:
                written = file.read()
            dom, _ = browse(page, "--dump-dom")
            for tag in ("section", "table", "tr", "td", "code", "svg", "path", "a", "b", "i", "mark", "details"):
                self.assertEqual(len(re.findall(f"<{tag}[ >]", dom)), len(re.findall(f"<{tag}[ />]", written)), (name, tag))

    def test_it_is_drawn_light_and_dark(self):
        for name in ("plain", "diverged", "million"):
            grounds = []
            for scheme in (LIGHT, DARK):
                width, size, rows = self.shot(self.pages[name], 1000, 700, scheme)
                colors = {row[at:at + 3] for row in rows[::3] for at in range(0, width * size, size)}
                self.assertGreater(len(colors), 20, name)
                grounds.append(sum(rows[0][:3]))
            self.assertGreater(grounds[0], 600, name)
            self.assertLess(grounds[1], 150, name)

    def test_it_fits_a_narrow_screen(self):
        """What is wide scrolls in its own box: the right edge shows the ground, like the left one."""
        for name in ("plain", "diverged"):
            width, size, rows = self.shot(self.pages[name], 600, 1500, LIGHT)
            for row in rows[5::7]:
                self.assertEqual(row[:3], row[(width - 2) * size:(width - 2) * size + 3])


if __name__ == "__main__":
    if not BROWSER:
        print("chromium is not installed")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
