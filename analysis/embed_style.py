#!/usr/bin/env python3
"""Prints C source with the bytes of a style sheet, and its hash for a Content-Security-Policy.

Usage: embed_style.py FILE.css
"""
import base64
import hashlib
import sys

with open(sys.argv[1], "rb") as file:
    style = file.read()
if any(byte in style for byte in b"<&\0") or not style.isascii():
    sys.exit(f"{sys.argv[1]}: < & NUL and what is not ASCII have no place in a style sheet")
digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
print('#include "analysis/report.h"')
print("const char report_style[] = {" + "".join(f"{byte}," for byte in style) + "0 };")
print(f"const char report_style_hash[] = \"'sha256-{digest}'\";")
