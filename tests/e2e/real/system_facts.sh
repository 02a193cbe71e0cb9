# What tells about the system. Values that move are only counted.
command -v lsof > /dev/null && command -v fuser > /dev/null || exit 77
id
whoami
groups
uname -srm
nproc
stat -c '%n %F %a %U' / /tmp /dev/null /dev/zero
stat -f -c '%T' /proc
df -P / | wc -l
du -s --apparent-size /usr/include/asm-generic
date -u -d @86400 +%c
date -u +%Y | wc -c
ps -o comm= -p $$
ps -e -o pid= -o comm= | grep -c "^ *$$ "
ps aux | wc -l > /dev/null
uptime -p | cut -c 1-3
free | head -n 1
who | wc -l
hostname | wc -l
cat /proc/sys/kernel/ostype
readlink /proc/self/exe
wc -l < /proc/self/cmdline
test "$(cut -d ' ' -f 4 /proc/self/stat)" = $$ && echo "its parent is this shell"
getconf PAGE_SIZE
locale | head -n 1
tty || echo "tty: $?"
# -O: otherwise a child makes its calls, and is told by the addresses of functions which.
lsof -O -a -p $$ -d cwd -Fn | grep -c '^n'
exec 7> held
test "$(fuser held 2> /dev/null | tr -d ' ')" = $$ && echo "held by this shell"
apt-get --version | head -n 1 | cut -c 1-4
vmstat -s | wc -l > /dev/null
getent passwd root
