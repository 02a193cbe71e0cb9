# Two programs in Rust, without threads: a search and a dump.
command -v rg > /dev/null && command -v hexyl > /dev/null || exit 77
rg -j1 --no-config --sort path -n '^#define.*SYS' /usr/include/asm-generic
rg -j1 --no-config --sort path --count-matches 'include' /usr/include/linux | head -n 40
seq 1 1000 | rg -j1 --no-config -o '9+$' | sort | uniq -c
rg -j1 --no-config 'nowhere to be found' /usr/include/asm-generic || echo "status $?"
seq 1 50 | hexyl --color never --border ascii
hexyl --color never --border ascii -n 64 /usr/include/stdio.h
