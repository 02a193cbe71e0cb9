#!/usr/bin/python3
"""Completion scripts, run by the shells themselves: is everything there that the help tells of?

Usage: test_completion.py MVX_MONITOR MVX_REPLAY MAKE_TRACE

What is wanted comes from the help and from what the programs refuse, not from
the scripts. MVX_ZSH names a zsh that is not on PATH.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

MONITOR, REPLAY, MAKE_TRACE = sys.argv[1:4]
ZSH = os.environ.get("MVX_ZSH") or shutil.which("zsh")
OPTION = re.compile(r"^ +(?:-(?P<letter>\w), |  *)?(?:--(?P<name>[\w-]+)(?P<valued>=)?|-(?P<alone>\w) [A-Z])",
                    re.MULTILINE)


def ask(program, *words):
    return subprocess.run([program, *words], check=True, capture_output=True, text=True, timeout=60).stdout


def options_in(text):
    """{"--format": takes a value, "-F": ...} of a help."""
    found = {}
    for line in text.splitlines():
        match = OPTION.match(line)
        if match is None:
            continue
        if match["alone"]:
            found["-" + match["alone"]] = True
        else:
            found["--" + match["name"]] = bool(match["valued"])
            if match["letter"]:
                found["-" + match["letter"]] = bool(match["valued"])
    return found


def commands():
    return re.findall(r"^  ([a-z]+) ", ask(REPLAY, "help"), re.MULTILINE)


def command_options(command):
    return options_in(ask(REPLAY, "help", command).partition("\noptions:\n")[2].partition("\nexamples:")[0])


def offered(options):
    """Options as a completion offers them: those with a value as --name=."""
    return {name + "=" if valued and name.startswith("--") else name for name, valued in options.items()}


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for name in ("run.mvx.zst", "with blank.mvx", "notes.txt"):
            open(os.path.join(self.folder.name, name), "w").close()
        os.mkdir(os.path.join(self.folder.name, "sub"))


class Bash(Folder):
    """The words that the shell would offer, in whole."""

    SPLIT = re.compile(r"[=:]+|[^=:]+")

    def complete(self, program, *words, breaks="\"'><=;|&(:"):
        """Of the last word. bash hands words over taken apart at its word breaks."""
        parts = [os.path.basename(program)]
        for word in words:
            pieces = self.SPLIT.findall(word) if "=" in breaks else [word]
            parts += pieces or [""]
        script = os.path.join(self.folder.name, "..script")
        with open(script, "w") as out:
            flag = ["--completion=bash"] if program == MONITOR else ["completion", "bash"]
            out.write(ask(program, *flag))
        name = "_" + os.path.basename(program).replace("-", "_")
        run = (f'source "$0"; COMP_WORDBREAKS=$1; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); {name}; '
               '((!${#COMPREPLY[@]})) || printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", run, script, breaks, *parts], capture_output=True,
                              text=True, timeout=60, cwd=self.folder.name)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout.splitlines()

    def test_commands(self):
        got = self.complete(REPLAY, "")
        self.assertEqual(set(commands()) - set(got), set())
        self.assertIn("run.mvx.zst", got)
        self.assertEqual(self.complete(REPLAY, "sch"), ["schema"])
        self.assertEqual(self.complete(REPLAY, "--v"), ["--version"])

    def test_every_option_of_every_command(self):
        for command in commands():
            want = command_options(command)
            self.assertIn("--help", want)
            self.assertEqual(set(self.complete(REPLAY, command, "-")), offered(want), command)

    def test_every_option_of_the_monitor(self):
        want = options_in(ask(MONITOR, "--help"))
        self.assertIn("-n", want)
        self.assertIn("--layout", want)
        self.assertEqual(set(self.complete(MONITOR, "-")), offered(want))

    def test_values_in_all_spellings(self):
        formats = ["table", "tsv", "csv", "json", "ndjson", "line", "markdown"]
        self.assertEqual(self.complete(REPLAY, "info", "-F", ""), formats)
        self.assertEqual(self.complete(REPLAY, "info", "--format", ""), formats)
        self.assertEqual(self.complete(REPLAY, "info", "--format", "t"), ["table", "tsv"])
        self.assertEqual(self.complete(REPLAY, "info", "--format=j"), ["json"])
        self.assertEqual(self.complete(REPLAY, "info", "--format="), formats)
        # where = does not break words, the whole word is replaced
        self.assertEqual(self.complete(REPLAY, "info", "--format=j", breaks=" \t\n"), ["--format=json"])
        self.assertEqual(self.complete(REPLAY, "info", "run.mvx.zst", "--color=a"), ["auto", "always"])
        self.assertEqual(self.complete(REPLAY, "show", "-e", "s"), ["status=failed", "status=successful"])
        self.assertEqual(self.complete(REPLAY, "show", "-e", "status=f"), ["failed"])
        self.assertEqual(self.complete(REPLAY, "show", "--variants", ""), ["leader", "all", "diff"])
        self.assertEqual(self.complete(REPLAY, "show", "-A", ""), [])
        saved = re.findall(r"^([\w-]+)\t", ask(REPLAY, "query", "--saved=list"), re.MULTILINE)[1:]
        self.assertIn("slowest-calls", saved)
        self.assertEqual(self.complete(REPLAY, "query", "--saved", ""), ["list", *saved])
        self.assertEqual(self.complete(MONITOR, "-n", ""), [])
        self.assertEqual(self.complete(MONITOR, "--payload=h"), ["head:", "hash"])

    def test_values_are_what_the_monitor_takes(self):
        """An option that refuses a word with `only a, b` has these words, and takes them."""
        seen = 0
        for name, valued in options_in(ask(MONITOR, "--help")).items():
            if not valued or not name.startswith("--"):
                continue
            refused = subprocess.run([MONITOR, name + "=:", "--version"], capture_output=True, text=True, timeout=60)
            match = re.search(r" only ([^;]*);", refused.stderr)
            want = match[1].replace("head:N", "head:").split(", ") if match else []
            seen += bool(want)
            if name == "--output":
                continue
            self.assertEqual(sorted(self.complete(MONITOR, name, "")), sorted(want), name)
            for value in want:
                value = value.replace("head:", "head:1")
                taken = subprocess.run([MONITOR, f"{name}={value}", "--version"], capture_output=True, timeout=60)
                self.assertEqual(taken.returncode, 0, (name, value))
        self.assertGreater(seen, 8)

    def test_values_are_what_replay_takes(self):
        trace = os.path.join(self.folder.name, "made.mvx.zst")
        subprocess.run([MAKE_TRACE, "-o", trace, "-n", "20", "-d", "9"], check=True)
        seen = set()
        for command in ("info", "show", "query"):
            operands = [trace, "SELECT 1"] if command == "query" else [trace]
            for name, valued in command_options(command).items():
                values = self.complete(REPLAY, command, name, "") if valued and name.startswith("--") else []
                if not values or name in ("--path", "--saved"):
                    continue
                seen.add(name)
                also = ["--canon"] if name == "--level" else []
                for value in [v + "read" if v.endswith("=") else v for v in values]:
                    status = subprocess.run([REPLAY, command, f"{name}={value}", *also, *operands], capture_output=True,
                                            timeout=60).returncode
                    self.assertIn(status, (0, 1), (command, name, value))
                wrong = subprocess.run([REPLAY, command, f"{name}=nosuch", *also, *operands], capture_output=True,
                                       timeout=60)
                self.assertEqual(wrong.returncode, 2, (command, name))
        self.assertLessEqual({"--format", "--color", "--bytes", "--expression", "--variants"}, seen)

    def test_operands(self):
        traces = ["run.mvx.zst", "with blank.mvx", "sub"]
        for command in ("info", "show", "verify", "query"):
            self.assertEqual(sorted(self.complete(REPLAY, command, "")), sorted(traces), command)
        self.assertEqual(self.complete(REPLAY, "info", "notes"), ["notes.txt"])
        self.assertEqual(self.complete(REPLAY, "verify", "run.mvx.zst", "with"), ["with blank.mvx"])
        self.assertEqual(self.complete(REPLAY, "load", "-o", "no"), ["notes.txt"])
        self.assertEqual(self.complete(REPLAY, "load", "--output=no"), ["notes.txt"])
        self.assertEqual(self.complete(REPLAY, "help", "ve"), ["verify"])
        self.assertEqual(set(self.complete(REPLAY, "help", "")), set(commands()))
        self.assertEqual(self.complete(REPLAY, "completion", ""), ["bash", "zsh"])
        self.assertEqual(self.complete(REPLAY, "show", "--", "-"), [])
        tables = re.findall(r"^(\w+): ", ask(REPLAY, "schema"), re.MULTILINE)
        self.assertIn("v_divergence", tables)
        self.assertEqual(self.complete(REPLAY, "schema", ""), tables)

    def test_the_program_of_the_monitor(self):
        self.assertIn("bash", self.complete(MONITOR, "-n", "3", "bas"))
        self.assertIn("bash", self.complete(MONITOR, "--", "bas"))
        self.assertEqual(self.complete(MONITOR, "./no"), ["./notes.txt"])
        # what follows it is not ours
        self.assertEqual(self.complete(MONITOR, "--layout=off", "cat", "--lay"), [])
        self.assertEqual(self.complete(MONITOR, "--layout=off", "cat", "no"), ["notes.txt"])
        self.assertEqual(self.complete(MONITOR, "--layout", "off", "cat", "no"), ["notes.txt"])


class Text(unittest.TestCase):
    def test_shells_there_are_none_for(self):
        for words in ([REPLAY, "completion", "fish"], [MONITOR, "--completion=fish"]):
            done = subprocess.run(words, capture_output=True, text=True, timeout=60)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(done.stdout, "")
            self.assertIn("bash", done.stderr)

    def test_zsh_has_every_option(self):
        """Also where there is no zsh."""
        script = ask(REPLAY, "completion", "zsh")
        self.assertTrue(script.startswith("#compdef mvx-replay\n"))
        for command in commands():
            self.assertIn(f"\t\t\t'{command}:", script)
            arm = script.partition(f"\t'{command}')\n")[2].partition("\t\t;;\n")[0]
            got = re.findall(r"^\t+'\*(-[^\[+]+)[\[+]", arm, re.MULTILINE)
            self.assertEqual(set(got), offered(command_options(command)), command)
        got = re.findall(r"^\t+'\*(-[^\[+]+)[\[+]", ask(MONITOR, "--completion=zsh"), re.MULTILINE)
        self.assertEqual(set(got), offered(options_in(ask(MONITOR, "--help"))))


@unittest.skipUnless(ZSH, "no zsh")
class Zsh(Folder):
    """What _arguments and _describe are told, in stand-ins for them."""

    STANDINS = r"""
compdef() { print -r -- "compdef $*" }
_arguments() { print -rl -- "$@" }
_describe() { print -rl -- "${(@P)4}" }
_files() { print -r -- "_files $*" }
"""

    def complete(self, program, *words):
        flag = ["--completion=zsh"] if program == MONITOR else ["completion", "zsh"]
        script = os.path.join(self.folder.name, "script")
        with open(script, "w") as out:
            out.write(self.STANDINS + ask(program, *flag))
        name = "_" + os.path.basename(program).replace("-", "_")
        run = f'script=$1; shift; source $script; words=("$@"); CURRENT=$#; {name}'
        done = subprocess.run([ZSH, "-f", "-c", run, "zsh", script, os.path.basename(program), *words],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stderr, "", words)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], f"compdef {name} {os.path.basename(program)}")
        return lines[1:]

    def options_told(self, lines):
        return {match[1] for match in (re.match(r"\*(-[^\[+]+)[\[+]", line) for line in lines) if match}

    def test_commands(self):
        got = self.complete(REPLAY, "")
        self.assertEqual({line.partition(":")[0] for line in got if ":" in line}, set(commands()))
        self.assertIn("_files -g *.mvx*", got)

    def test_options(self):
        for command in commands():
            got = self.complete(REPLAY, command, "-")
            self.assertEqual(self.options_told(got), offered(command_options(command)), command)
        self.assertEqual(self.options_told(self.complete(MONITOR, "-")), offered(options_in(ask(MONITOR, "--help"))))

    def test_values_and_operands(self):
        got = self.complete(REPLAY, "query", "")
        self.assertIn("*:trace:_files -g \"*.mvx*\"", got)
        self.assertTrue(any(line.endswith(":WHEN:(auto always never)") for line in got), got)
        self.assertIn("*:word:(bash zsh)", self.complete(REPLAY, "completion", ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
