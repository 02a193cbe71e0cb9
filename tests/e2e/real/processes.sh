# Fifos, timeout, nohup, kill, wait, nice, and what a shell does with them.
mkfifo pipe back
(sed 's/^/> /' < pipe > back) &
cat back &
reader=$!
printf 'one\ntwo\n' > pipe
wait $reader
timeout 1 sleep 1000 || echo "timeout: $?"
timeout -s KILL 1 sleep 1000 || echo "timeout: $?"
timeout 100 true && echo "in time"
nohup echo "kept" > kept 2>&1
cat kept
sleep 1000 &
kill -STOP $!
kill -CONT $!
kill -TERM $!
# dash says "Terminated" only if the end is not seen before the wait: a race, alone too.
wait $! 2> /dev/null || echo "killed: $?"
nice -n 5 nice
setsid sh -c 'echo session; exit 4' || echo "setsid: $?"
env -i PATH="$PATH" A=1 sh -c 'echo "$A ${HOME-none}"'
flock lock sh -c 'flock -n lock true || echo "locked: $?"'
seq 1 8 | xargs -n 1 -P 4 sh -c 'exit 0' && echo "all ended"
sh -c 'kill -SEGV $$' 2> /dev/null || echo "status $?"
ulimit -c 0; ulimit -n 64; ulimit -n
mktemp -u name.XXXXXX | wc -c
