#!/usr/bin/python3
"""What mvx-replay makes of a call against what strace makes of it, call by call.

    against_strace.py --build FOLDER [--show] [--keep FOLDER] [NAME...]

Each program of PROGRAMS runs twice: under `strace -ff`, and recorded by `mvx-monitor -n 1`, whose trace
`mvx-replay export --to=strace` prints. Processes correspond by who made them in which order, and their calls
are aligned. What has to be different in two runs is blotted out in both (pids, addresses, times: see
`plain`); what is left must be equal, but for DIFFERENCES, each of which says why.

Exit status: 0 equal, 1 not, 77 without strace.
"""
import argparse
import collections
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
LIMIT_SECONDS = 300

# ---- what runs ----

PYTHON = ["/usr/bin/python3", "-S", "-E", "-c"]
SOCKETS = """
import os, select, socket
a, b = socket.socketpair()
a.send(b'one\\n\\0\\xff two'); print(b.recv(99))
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', 0)); s.listen(3)
c = socket.create_connection(s.getsockname()); d, _ = s.accept()
c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
d.sendall(b'x' * 100); print(len(c.recv(100)), c.getpeername()[0]); c.shutdown(socket.SHUT_WR)
print(d.recv(5)); print(select.select([d], [d], [], 1)[0] == [d])
p = select.poll(); p.register(d, select.POLLIN | select.POLLOUT); p.register(a, select.POLLIN); print(len(p.poll(0)))
e = select.epoll(); e.register(d, select.EPOLLIN); print(len(e.poll(0.1))); e.unregister(d); e.close()
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(('::1', 0)); u.sendto(b'hi', u.getsockname())
print(u.recvfrom(10)[0]); print(u.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE))
socket.send_fds(a, [b'fd'], [1]); print(len(socket.recv_fds(b, 9, 2)[1]))
"""
SIGNALS = """
import os, signal, subprocess, time
signal.signal(signal.SIGUSR1, lambda *_: print('usr1', flush=True)); os.kill(os.getpid(), signal.SIGUSR1)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGINT]); os.kill(os.getpid(), signal.SIGUSR2)
print(signal.sigwait([signal.SIGUSR2])); print(signal.sigpending())
signal.setitimer(signal.ITIMER_REAL, 1000, 2); signal.setitimer(signal.ITIMER_REAL, 0)
print(subprocess.run(['sh', '-c', 'kill -TERM $$']).returncode, subprocess.run(['false']).returncode)
r, w = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
import fcntl
print([fcntl.fcntl(fd, command) for fd in (r, w) for command in (fcntl.F_GETFD, fcntl.F_GETFL)])
try: os.read(r, 5)
except BlockingIOError: print('none')
"""

# name: (program and arguments, shell script that prepares the working folder)
PROGRAMS = {
    "ls": (["ls", "-l", "dir"], "mkdir dir; echo > dir/file; ln -s file dir/link; mkfifo dir/fifo"),
    "cat": (["cat", "/etc/hostname", "nosuch", "file"], "seq 1 100 > file"),
    "cp": (["cp", "-a", "dir", "copy"], "mkdir dir; seq 1 9 > dir/file; ln -s file dir/link"),
    "mv": (["mv", "-v", "one", "two"], "echo > one"),
    "rm": (["rm", "-rf", "dir", "nosuch"], "mkdir -p dir/sub; echo > dir/sub/file"),
    "mkdir": (["mkdir", "-p", "-m", "750", "a/b"], ""),
    "stat": (["stat", "-c", "%n %s %F", "/dev/null", "/etc/hostname", "."], ""),
    "stat-f": (["stat", "-f", "-c", "%n", "/proc"], ""),
    "touch": (["touch", "-d", "2001-02-03 04:05:06 UTC", "file"], ""),
    "chmod": (["chmod", "-v", "u+s,go-w", "file"], "umask 0; echo > file"),
    "ln": (["ln", "-s", "target", "name"], ""),
    "find": (["find", "dir", "-type", "f", "-newer", "dir"], "mkdir -p dir/sub; echo > dir/sub/file; touch -d @0 dir"),
    "grep": (["grep", "-n", "needle", "file", "nosuch"], "printf 'hay\\nneedle\\n' > file"),
    "sed": (["sed", "-i", "s/a/b/", "file"], "echo a > file"),
    "sort": (["sort", "--parallel=1", "-o", "sorted", "file"], "seq 1 500 > file"),
    "pipe": (["sh", "-c", "head -n 3 file | wc -l"], "seq 1 9 > file"),
    "dd": (["dd", "if=/dev/zero", "of=out", "bs=512", "count=3", "seek=1", "conv=fsync", "status=none"], ""),
    "df": (["df", "/proc"], ""),
    "date": (["date", "-u", "+%Y"], ""),
    "sleep": (["sleep", "0.01"], ""),
    "id": (["id"], ""),
    "uname": (["uname", "-a"], ""),
    "env": (["env", "-i", "A=1", "printf", "%s\\n", "a\\tb"], ""),
    "dash": (["dash", "-c", "printf 'a\\001\\303\\251\\n' > f; read x < f; umask 077; ulimit -c 0; exec cat f"], ""),
    "bash": (["bash", "-c", "for i in 1 2; do echo $i > f$i; done; cat f1 | tr 1 2; (exit 3); echo $?"], ""),
    "tee": (["sh", "-c", "echo word | tee -a out"], ""),
    "tty": (["stty", "-F", "/dev/tty0", "size"], ""),
    "python-sockets": (PYTHON + [SOCKETS], ""),
    "python-signals": (PYTHON + [SIGNALS], ""),
    "killed": (PYTHON + ["import os, select\np = os.fork() or select.select([], [], [], 99)\n"
                         "select.select([], [], [], .2); os.kill(p, 9); os.waitpid(p, 0)"], ""),
    "perl": (["perl", "-e", "open F, '>', 'f'; print F 'x' x 99; close F; print -s 'f', `echo a`; flock(STDIN, 2); "
                            "unlink 'f'; mkdir 'd', 0700; rmdir 'd'; print join ' ', wait, $? >> 8"], ""),
    "sqlite3": (["sqlite3", "data.db", "create table t (a); insert into t values (7); select * from t"], ""),
    "tar": (["tar", "cf", "out.tar", "--format=gnu", "dir"], "mkdir dir; echo text > dir/file; ln dir/file dir/hard"),
    "gzip": (["gzip", "-k", "file"], "seq 1 999 > file"),
    "git": (["git", "status", "--short"], "git init -q .; echo > new"),
    "make": (["make", "-n"], "printf 'all: dep\\n\\techo all\\ndep:\\n\\techo dep\\n' > Makefile"),
    "gcc": (["gcc", "-c", "small.c"], "echo 'int f(int a) { return a + 1; }' > small.c"),
    "curl": (["curl", "-s", "file:///etc/hostname"], ""),
}
# of tests/programs
PROGRAMS.update({"test-" + name: (["PROGRAMS/" + name], "") for name in (
    "poll_select", "socketpair", "timers", "unix_socket", "inet_socket", "epoll", "file_attributes", "xattrs",
    "sigaltstack", "memfd", "pidfd", "inotify", "message_queue", "sysv", "mmsg", "signal_info", "fcntl_commands",
    "locks", "event_objects", "rlimits", "credentials", "modes_times", "scm_rights", "socket_options", "ioctls",
    "file_hints", "transfer", "vmsplice", "memory", "prctl", "sigtimedwait")})

# strace needs a privilege to read the memory of who is not dumpable (ptrace(2)).
if os.geteuid():
    del PROGRAMS["test-prctl"]

# Processes, signals or timers race in these, or files are taken by their inodes' numbers: which calls there
# are is compared, not how often and in what order.
RACING = re.compile("cp|rm|killed|find|tar|pipe|bash|tee|perl|gcc|make|curl|python-signals|test-(timers|signal_info|pidfd|rlimits|sigtimedwait|"
                    "event_objects|fcntl_commands|poll_select|locks|unix_socket|inet_socket)")

# ---- what may differ ----

# What strace writes beside the call itself and we leave out, or the other way round: (calls, pattern in its
# text, what stands there in ours, why).
WORDINGS = [
    (".*", r" /\* [A-Z_]+_\?\?\?? \*/", "",
     "that a number has no name shows by itself"),
    (".*", r" /\* \d{4}-\d\d-\d\dT[\d:.]+[+-]\d{4} \*/", "",
     "a date depends on the time zone of whoever reads"),
    ("ioctl", r"\b(?:[A-Z]+_)+[A-Z]+ or ", "",
     "numbers that drivers share: one name, that of the kernel's own headers"),
    ("open|openat|fcntl", r"\bFASYNC\b", "O_ASYNC",
     "the name that open(2) has"),
    ("setsockopt|getsockopt", r"\b(SO_(?:RCV|SND)TIMEO)_OLD\b", r"\1",
     "the name that socket(7) has"),
    ("getsockopt", r"\bSO_GET_FILTER\b", "SO_ATTACH_FILTER",
     "two names of one number"),
    ("socketpair", r"^(socketpair\(AF_INET6?, [A-Z_|]+, )0,", r"\1IPPROTO_IP,",
     "the protocol by its name, as for socket"),
    ("sendmmsg|recvmmsg", r", msg_iovlen=\d+", "",
     "the bytes of many messages are recorded as one vector each"),
    ("sendmsg|sendmmsg", r", msg_flags=0\}", "}",
     "sendmsg does not look at it (sendmsg(2)), nor do we"),
    ("recvmsg", r"msg_name=(?:0x[0-9a-f]+|ADDR), msg_namelen=\d+ => 0,", "msg_name=NULL, msg_namelen=0,",
     "the room for a name is not recorded, only the name"),
    ("recvmsg", r"msg_namelen=\d+ => ", "msg_namelen=",
     "the room for a name is not recorded, only the name"),
    ("open_by_handle_at", r"\(-100,", "(AT_FDCWD,",
     "the name that openat has"),
    ("ioctl", r"=,", "=0,",
     "no flags are 0"),
]

# (programs, pattern for our call, a tab, and strace's, why). A call that one side has alone stands against
# nothing. What is the same in both is a group and its back reference.
CLOCK = r"(clock_gettime|gettimeofday|time|getcpu)\(.*"
FRESH = r"mmap\(NULL, (8192|12288), PROT_READ\|PROT_WRITE, MAP_PRIVATE\|MAP_ANONYMOUS, -1, 0\) = ADDR"
DIFFERENCES = [
    (".*", rf"{CLOCK}\t", "the vDSO is hidden, so that reading a clock is a call"),
    (".*", rf"({FRESH})?\t({FRESH})?", "without a vDSO the loader needs memory a little later, and a little more"),
    (".*", r"rseq\((.*)\) = -1 ENOSYS \(Function not implemented\)\trseq\(\1\) = 0",
     "restartable sequences would tell the variants on which CPU they are: the monitor refuses them"),
    ("killed", r"(pselect6\(.*)\) = \?\t\1 <unfinished \.\.\.>\) = \?",
     "what a kill ended has all its arguments; strace says that it waited for more"),
    (".*", r"(rt_sigreturn\(\) = \?)?\t(rt_sigreturn\(\{mask=~?\[.*\]\}\) = .*)?",
     "the mask and the result lie in a frame on the variant's own stack"),
    (".*", r"(rt_sigsuspend|pause|wait4|nanosleep|clock_nanosleep)\((.*)\) = -1 EINTR \(.*\)\t"
           r"\1\(\2\) = \? ERESTART\w+ \(.*\)",
     "strace sees the kernel's own codes, the program and the trace what they become"),
    (".*", r"\t(clone|clone3|fork|vfork)\(.*\) = \? ERESTARTNOINTR \(.*\)",
     "a fork that a signal breaks off is made again, and nobody but strace sees that"),
    (".*", r"(readlink|readlinkat)\((.*)\"([^\"]*)([^\"]*)\"(, \d+\) = \d+)\t\1\(\2\"\3\"\.\.\.\5",
     "strings are cut, paths are whole, also those that come out"),
    (".*", r"(cachestat|(set|get|list|remove)xattrat|file_[sg]etattr|lsm_\w+)\(.*\t|\tsyscall_0x1[cd][0-9a-f]\(.*",
     "calls that Linux got after strace 6.1"),
    (".*", r"(fcntl\(\d+, )F_(DUPFD_QUERY|CREATED_QUERY|[SG]ET_(FILE_)?RW_HINT), .*\t\1(0x4..|F_\w+), .*",
     "commands that strace 6.1 does not know"),
    (".*", r"(fcntl\(\d+, F_GETOWNER_UIDS, )\[\d+, \d+\]\) = 0\t\1ADDR\) = 0", "the ids themselves"),
    ("test-(signal_info|pidfd|rlimits)", r"((set_robust_list|pause|openat)\(.*)?\t((set_robust_list|pause|openat)\(.*)?",
     "how far a child comes before it is killed"),
    ("test-signal_info", r"(--- SIGCONT \{.*\} ---)?\t(--- (stopped by SIGSTOP|SIGCONT \{.*\}) ---)?",
     "stops and what ends them are the parent's news here; whether it comes to a stop at all is the scheduler's business"),
    ("bash", r"(wait4\(-1, .*, (?:0|WNOHANG), NULL\) = .*)?\t(wait4\(-1, .*, (?:0|WNOHANG), NULL\) = .*)?",
     "whether the shell waits or its handler of SIGCHLD finds a child's end"),
    # what is random or the time of day in what a program reads and writes
    ("sed", r"(getrandom\(BYTES, 8, GRND_NONBLOCK\) = 8)?\t(getrandom\(BYTES, 8, GRND_NONBLOCK\) = 8)?",
     "what is drawn for a name may be of no use, and is drawn again"),
    ("grep", r"(read\(3, \")[0-9a-f]+-[0-9a-f]+ r--p 0\"\.\.\., 8192\) = \d+\t\1[0-9a-f]+-[0-9a-f]+ r--p 0\"\.\.\., 8192\) = \d+",
     "/proc/self/maps"),
    ("grep", r"read\(3, \"\", \d+\) = 0\tread\(3, \"\", \d+\) = 0", "/proc/self/maps"),
    ("perl", r"read\(3, \"[^\t]*\", 4\) = 4\tread\(3, \"[^\t]*\", 4\) = 4", "/dev/urandom"),
    ("sqlite3", r"read\(5, \"[^\t]*\"\.\.\., 44\) = 44\tread\(5, \"[^\t]*\"\.\.\., 44\) = 44", "/dev/urandom"),
    ("sqlite3", r"pwrite64\(4, \"[^\t]*(, (?:4|512), \d+\) = \d+)\tpwrite64\(4, \"[^\t]*\1", "a salt in the journal"),
    ("gzip", r"write\(4, \"\\37\\213[^\t]*\"\.\.\., (\d+)\) = \1\twrite\(4, \"\\37\\213[^\t]*\"\.\.\., \1\) = \1",
     "the time of the file"),
    ("test-inotify", r"read\(3, \"\\1\\0[^\t]*\"\.\.\., 4096\) = (\d+)\tread\(3, \"\\1\\0[^\t]*\"\.\.\., 4096\) = \1",
     "a cookie that the kernel counts"),
    ("test-event_objects", r"(read\(6, \"[^\t]*\", 8\) = 8)?\t(read\(6, \"[^\t]*\", 8\) = 8)?",
     "how often a timer rang before it was read"),
    ("test-event_objects", r"read\(7, \"[^\t]*\"\.\.\., 384\) = 128\tread\(7, \"[^\t]*\"\.\.\., 384\) = 128",
     "process ids in what signalfd gives"),
    # shown otherwise, and nothing is lost
    (".*", r"(\w+\(.*, )\{tv_sec=\d+, tv_usec=\d+\}(, 16\) = 0)\t\1\"[^\t]*\"\2",
     "a socket's timeout as the structure it is"),
    ("test-socket_options", r"(setsockopt\(3, SOL_SOCKET, SO_REUSEADDR, )\"\\1\"(, 1\) = .*)\t\1ADDR\2",
     "the bytes of a value that is too short"),
    ("test-socket_options", r"([gs]etsockopt\(\d+, SOL_SOCKET, SO_ATTACH_FILTER, )(\"[^\t]*\"|ADDR|\[48\])(, .*)\t\1(\{len=4, filter=\w+\}|ADDR)\3",
     "the filter itself"),
    (".*", r"(semctl\(ID, 0, SETVAL, )(\d+)\) = 0\t\1(NULL|0x[0-9a-f]+)\) = 0", "the value is a number (semctl(2))"),
    (".*", r"(semctl\(ID, 0, (?:SETALL|GETALL), )\"[^\t]*\"\) = 0\t\1ADDR\) = 0", "the values themselves"),
    (".*", r"(msgrcv\(ID, \{mtype=5, mtext=\"a m)\"(\}, 16, 5, 0\) = 3)\t\1[^\t]*\"\2",
     "as much of the room as the message filled"),
    ("test-ioctls", r"(ioctl\(\d+, _IOC\(.*\), )\"[^\t]*\"\) = (.*)\t\1ADDR\) = \2", "the bytes of an unknown request"),
    ("test-ioctls", r"(ioctl\(\d+, (?:BLKPG|SG_IO), )ADDR\) = (-1 E.*)\t\1[{[].*\) = \2", "the structure of a request that was refused"),
    ("test-pidfd", r"(ioctl\(\d+, _IOC\(.*\), )\"[^\t]*\"(?:\.\.\.)?\) = (.*)\t\1ADDR\) = \2", "PIDFD_GET_INFO, of Linux 6.13"),
    ("test-ioctls", r"(ioctl\(\d+, (?:FS_IOC_GETVERSION|FIGETBSZ), )\[-?\d+\]\) = 0\t\1ADDR\) = 0", "the number itself"),
    ("test-transfer", r"((?:copy_file_range|splice)\()(.*) => \[\d+\](.*)\t\1.*", "the offsets afterwards"),
    # worse than strace: fewer words
    ("test-socketpair", r"recvmsg\((\d), ADDR, 0\) = (-1 EAGAIN .*)\trecvmsg\(\1, \{msg_namelen=0\}, 0\) = \2",
     "nothing came, so nothing of the header is recorded"),
    ("test-socket_options", r"(setsockopt\(9, SOL_IP, MCAST_JOIN_GROUP, )ADDR(, 136\) = 0)\t\1\{gr_interface=.*\}\2",
     "an address with padding, recorded in parts"),
    ("test-socket_options", r"(sendto|recvfrom)\(9, \"[^\t]*\"(\.\.\.)?(, \d+, .*)\t\1\(9, \[.*\]\3", "netlink messages are bytes"),
    ("test-sysv", r"((?:sem|msg)ctl\(ID, (?:0, )?IPC_SET, )\"[^\t]*\"\) = 0\t\1\{.*\}\) = 0",
     "what IPC_SET looks at is recorded in parts"),
    ("test-ioctls", r"(ioctl\(3, (?:SIOCGIFCONF|FS_IOC_FIEMAP|FIDEDUPERANGE|RNDADDENTROPY), )\"[^\t]*\"(?:\.\.\.)?(\) = .*)\t\1\{.*\}\2",
     "structures with lists behind them are bytes"),
    ("test-file_attributes", r"(name_to_handle_at\(AT_FDCWD, \"data\", )\[\d+\](?: => \[\d+\])?, \[\d+\](, 0\) = .*)\t\1\{.*\}, (?:\[\d+\]|ADDR)\2",
     "the handle is recorded when it is used"),
    ("test-file_attributes", r"(open_by_handle_at\((?:AT_FDCWD|99), \{handle_bytes=\d+, handle_type=1, f_handle=)\"[^\t]*(\}, .*)\t\1\".*\2",
     "a handle is the file's, and files are new in each run; of one too long no bytes are recorded"),
    ("test-vmsplice", r"vmsplice\((\d+), (?:\"[^\t]*\"|ADDR)(, \d, 0\) = .*)\tvmsplice\(\1, \[.*\]\2", "the bytes that went, in one"),
    ("test-prctl", r"(prctl\(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, )0(, 0, 0\) = 0)\t\1CAP_CHOWN\2",
     "the meaning of an argument two places behind the option"),
]


# ---- reading ----

RESULT = re.compile(r"\) += ")
MAKES = ("clone", "clone3", "fork", "vfork")


def split_export(path):
    """{pid: [line]} of one file with the pid first, in the order of their first lines."""
    lines = collections.defaultdict(list)
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            found = re.fullmatch(r"(\d+) +\d+\.\d+ (.*?)(?: <\d+\.\d+>)?\n", line, re.S)
            lines[int(found[1])].append(found[2])
    return dict(lines)


def split_strace(folder):
    """{pid: [line]} of the files that -ff wrote."""
    lines = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as file:
            lines[int(name.rpartition(".")[2])] = file.read().splitlines()
    return lines


def name_of(line):
    found = re.match(r"(\w+)\(", line)
    return found[1] if found else ""


def label_all(lines, first):
    """{pid: label}: the path of creation."""
    labels, waiting = {first: "P"}, [first]
    while waiting:
        pid, count = waiting.pop(0), 0
        for line in lines[pid]:
            found = re.search(r"\) += (\d+)(?: |$)", line) if name_of(line) in MAKES else None
            child = int(found[1]) if found else 0
            if child in lines and child not in labels:
                count += 1
                labels[child] = f"{labels[pid]}.{count}"
                waiting.append(child)
    return labels


# ---- wording and blotting out ----

def reword(line):
    """What strace wrote, in our words."""
    for calls, pattern, instead, _ in WORDINGS:
        if re.fullmatch(calls, name_of(line)):
            line = re.sub(pattern, instead, line)
    return line


# Whose numbers may be those of processes.
OF_PIDS = re.compile(r"(clone|clone3|fork|vfork|wait4|waitid|kill|tkill|tgkill|get(pid|ppid|tid|pgrp|pgid|sid)|setpgid|"
                     r"setsid|set_tid_address|pidfd_open|pidfd_send_signal|rt_sigqueueinfo|rt_tgsigqueueinfo|rt_sigtimedwait|"
                     r"prlimit64|fcntl|ioctl|sched_\w+|ioprio_\w+|getpriority|setpriority|msgctl|semctl|shmctl|kcmp|"
                     r"process_\w+|recvmsg|sendmsg|recvmmsg|sendmmsg|getsockopt|read|signalfd4|capget|timer_create|--- SIG\w+)\b")
# What is never the same twice.
BLOTS = [
    (re.compile(r"\b0x[0-9a-f]{6,16}\b(?! /\* [A-Z])"), "ADDR"),
    (re.compile(r"(st_mtime|st_atime|st_ctime)=\d+ /\* \S+ \*/"), r"\1=TIME"),
    (re.compile(r"si_(utime|stime)=\d+( /\* [\d.]+ s \*/)?"), r"si_\1=TIME"),
    (re.compile(r"tv_sec=\d{6,}, tv_(n|u)sec=\d+"), r"tv_sec=NOW, tv_\1sec=NOW"),
    (re.compile(r"si_(ptr=ADDR|int=-?\d{4,}|int=(?=-?\d+, si_ptr=ADDR))"), lambda m: "si_" + m[1].partition("=")[0]),
    (re.compile(r"sival_int=-?\d+, sival_ptr=ADDR"), "sival_ptr=ADDR"),
    (re.compile(r"(?<=mvx-test-)\d+"), "PID"),
    (re.compile(r"(?<=/sed|p/cc)[A-Za-z0-9]{6}\b"), "RANDOM"),
    (re.compile(r"nl_pid=\d+"), "nl_pid=PORT"),
    (re.compile(r"data=\{u32=\d+, u64=\d{9,}\}"), "data=ADDR"),
    (re.compile(r"htons\((3[2-9]|[4-6]\d)\d{3}\)"), "htons(PORT)"),
    (re.compile(r"left \{tv_sec=\d+, tv_(n|u)sec=\d+\}"), "left TIME"),
]
OF_CALL = {
    "ioctl": [(re.compile(r"(?<=TIOCGPTN, )\[\d+\]"), "[N]")],
    "getrusage": [(re.compile(r"(tv_u?sec)=\d+"), r"\1=TIME")],
    "wait4": [(re.compile(r"(tv_u?sec)=\d+"), r"\1=TIME")],
    "waitid": [(re.compile(r"(tv_u?sec)=\d+"), r"\1=TIME")],
    "clock_gettime": [(re.compile(r"(tv_n?sec)=\d+"), r"\1=TIME")],
    "times": [(re.compile(r"=(\s*)\d+"), r"=\1TIME")],
    "sysinfo": [(re.compile(r"=\d+|\[.*\]"), "=N")],
    "getrandom": [(re.compile(r'"(\\.|[^"\\])*"'), "BYTES")],
    "getppid": [(re.compile(r"= \d+"), "= OTHER")],
    "gettimeofday": [(re.compile(r"(tv_u?sec)=\d+"), r"\1=TIME")],
    "time": [(re.compile(r"\d{9,}"), "NOW")],
    "statfs": [(re.compile(r"(f_bfree|f_bavail|f_ffree)=\d+"), r"\1=N")],
    "fstatfs": [(re.compile(r"(f_bfree|f_bavail|f_ffree)=\d+"), r"\1=N")],
    "recvmmsg": [(re.compile(r"iov_len=\d+"), "iov_len=ROOM")],
    "setitimer": [(re.compile(r"tv_sec=999, tv_usec=\d+"), "tv_sec=REST, tv_usec=REST")],
    "timer_settime": [(re.compile(r"tv_sec=999, tv_nsec=\d+"), "tv_sec=REST, tv_nsec=REST")],
    "timer_gettime": [(re.compile(r"tv_sec=\d+, tv_nsec=\d+"), "tv_sec=REST, tv_nsec=REST")],
    "execve": [(re.compile(r"0x[0-9a-f]{5,}(?= /\* \d+ vars)"), "ADDR")],
    "brk": [(re.compile(r"0x[0-9a-f]{5,}"), "ADDR")],
    "mmap": [(re.compile(r"0x[0-9a-f]{6,}"), "ADDR")],
}


SYSTEM_V = re.compile(r"(?:sem|msg|shm)(?:ctl|op|timedop|snd|rcv|get|at)$")


def plain_ids(line):
    """Without the ids that the kernel counts on."""
    line = re.sub(r"(?<=\()\d{2,}(?=,)", "ID", line)
    line = re.sub(r"(get\(.*\)|IPC_INFO, .*\)|_INFO, .*\)) = \d+$", r"\1 = ID", line)
    return re.sub(r"(_[a-z]*time)=\d{9,}", r"\1=NOW", line)


class Line(str):
    """A line that two runs may be compared by; `marked` tells the numbers that have become processes, too."""
    marked = ""


def line_make(text, marked):
    line = Line(text)
    line.marked = marked
    return line


def alike(ours, theirs):
    """Equal, but for a number that is that of a process by chance: 832 bytes read by process 832."""
    if ours is None or theirs is None or ours == theirs:
        return ours == theirs
    # texts, and between them numbers
    a, b = (re.split(r"(<[P.\d]+\|\d+>|\d+)", line.marked) for line in (ours, theirs))
    return a[::2] == b[::2] and all(set(x.strip("<>").split("|")) & set(y.strip("<>").split("|"))
                                    for x, y in zip(a[1::2], b[1::2]))


def plain(line, labels):
    line = RESULT.sub(") = ", line, count=0) if name_of(line) else line
    if not OF_PIDS.match(line):
        text = blot(line)
        return line_make(text, text)
    # Not what is multiplied.
    marked = blot(re.sub(r"\b\d{2,}\b(?!\*)", lambda m: f"<{labels[int(m[0])]}|{m[0]}>"
                         if int(m[0]) in labels else m[0], line))
    return line_make(re.sub(r"(<[P.\d]+)\|\d+>", r"\1>", marked), marked)


def blot(line):
    if SYSTEM_V.match(name_of(line)):
        line = plain_ids(line)
    for pattern, instead in BLOTS + OF_CALL.get(name_of(line), []):
        line = pattern.sub(instead, line)
    return line


# ---- comparing ----

def align(ours, theirs):
    """Pairs (ours or None, theirs or None) in order."""
    pairs = []
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pairs += zip(ours[a:b], theirs[c:d])
            continue
        names = difflib.SequenceMatcher(None, [name_of(line) for line in ours[a:b]],
                                        [name_of(line) for line in theirs[c:d]], autojunk=False)
        for what, e, f, g, h in names.get_opcodes():
            if what == "equal":
                pairs += zip(ours[a + e:a + f], theirs[c + g:c + h])
            else:
                pairs += [(line, None) for line in ours[a + e:a + f]]
                pairs += [(None, line) for line in theirs[c + g:c + h]]
    return pairs


def signals_apart(lines):
    """(calls, signals in alphabetical order): when a signal comes is the scheduler's business."""
    return ([line for line in lines if not line.startswith("---")],
            sorted(line for line in lines if line.startswith("---")))


def is_known(name, ours, theirs):
    both = f"{ours or ''}\t{theirs or ''}"
    return any(re.fullmatch(programs, name) and re.fullmatch(pattern, both, re.S)
               for programs, pattern, _ in DIFFERENCES)


def match_loosely(name, ours, theirs):
    """Pairs of what only one side has, as far as a known difference makes them pairs."""
    # which of two children ends first
    ours, theirs = ({line_make(re.sub(r"(?<=si_pid=<P)[.\d]+>", ".CHILD>", line), line.marked) for line in lines}
                    for lines in (ours, theirs))
    left = sorted(theirs - ours)
    for a in sorted(ours - theirs):
        b = next((b for b in left if name_of(a) == name_of(b) and (alike(a, b) or is_known(name, a, b))), None)
        if b:
            left.remove(b)
        yield a, b
    yield from ((None, b) for b in left)


def compare(name, ours, theirs):
    """Pairs that are neither equal nor known to differ."""
    pairs = []
    for label in sorted(set(ours) | set(theirs)):
        for a, b in zip(signals_apart(ours.get(label, [])), signals_apart(theirs.get(label, []))):
            pairs += match_loosely(name, a, b) if RACING.fullmatch(name) else align(a, b)
    return [pair for pair in pairs if not alike(*pair) and not is_known(name, *pair)]


# ---- running ----

class Runner:
    def __init__(self, build, folder):
        self.build, self.folder = os.path.abspath(build), folder
        self.monitor = os.path.join(self.build, "monitor", "mvx-monitor")
        self.replay = os.path.join(self.build, "replay", "mvx-replay")
        self.environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": folder, "LC_ALL": "C"}

    def run(self, words, work, log):
        """Runs one command in a working folder of its own."""
        with open(log, "wb") as file:
            return subprocess.run(words, cwd=work, env=self.environment, stdin=subprocess.DEVNULL, stdout=file,
                                  stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS, check=False).returncode

    def prepare(self, script):
        """The same folder for both runs, so that paths are alike."""
        work = os.path.join(self.folder, "work")
        shutil.rmtree(work, ignore_errors=True)
        os.mkdir(work)
        subprocess.run(["sh", "-ec", script], cwd=work, env=self.environment, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, check=True)
        return work

    def words(self, name):
        words, script = PROGRAMS[name]
        return [word.replace("PROGRAMS", os.path.join(self.build, "tests", "programs")) for word in words], script

    def traced(self, name):
        words, script = self.words(name)
        kept = os.path.join(self.folder, name + ".strace")
        os.mkdir(kept)
        self.run(["strace", "-q", "-ff", "-o", os.path.join(kept, "pid"), "--", *words],
                 self.prepare(script), os.path.join(self.folder, name + ".theirs"))
        lines = {pid: list(map(reword, written)) for pid, written in split_strace(kept).items()}
        return lines, min(lines, key=lambda pid: 'execve(' not in lines[pid][0])

    def recorded(self, name):
        words, script = self.words(name)
        trace, text = (os.path.join(self.folder, name + end) for end in (".mvx", ".text"))
        self.run([self.monitor, "-q", "-n", "1", "-o", trace, "--", *words], self.prepare(script),
                 os.path.join(self.folder, name + ".ours"))
        self.run([self.replay, "export", "--to=strace", trace, "-o", text], self.folder, text + ".log")
        lines = split_export(text)
        return lines, next(iter(lines))

    def sides(self, name):
        for lines, first in (self.recorded(name), self.traced(name)):
            labels = label_all(lines, first)
            yield {labels[pid]: [plain(line, labels) for line in lines[pid]] for pid in labels}


def why_not(build):
    """Why nothing can be compared here, or None."""
    if not shutil.which("strace"):
        return "no strace"
    said = subprocess.run(["strace", "--version"], capture_output=True, text=True, check=False).stdout
    if not said.startswith("strace -- version 6.1\n"):
        return "the differences listed are those of strace 6.1"
    if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode:
        return "strace cannot trace here"
    monitor = os.path.join(build, "monitor", "mvx-monitor")
    if subprocess.run([monitor, "--check-system"], capture_output=True, check=False).returncode:
        return "mvx-monitor cannot run here"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--keep", help="leaves everything in this folder")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    reason = why_not(options.build)
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    folder = options.keep or tempfile.mkdtemp(prefix="mvx-strace-")
    os.makedirs(folder, exist_ok=True)
    runner, failed = Runner(options.build, folder), 0
    for name in options.names or PROGRAMS:
        if not shutil.which(runner.words(name)[0][0]):
            print(f"{name}: not here")
            continue
        ours, theirs = runner.sides(name)
        count = sum(map(len, theirs.values()))
        unknown = compare(name, ours, theirs)
        print(f"{name}: {count} calls, {len(unknown)} unlisted differences", flush=True)
        for a, b in unknown:
            print(f"  ours   {a}\n  theirs {b}")
        failed += bool(unknown)
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
