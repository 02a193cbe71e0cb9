# Tcl's notifier thread: a timer, and a server and its client on loopback.
command -v tclsh > /dev/null || exit 77
tclsh <<'END'
after 50 {set done 1}
vwait done
puts done
set server [socket -server {apply {{channel host port} {puts $channel hello; close $channel}}} -myaddr 127.0.0.1 0]
set client [socket 127.0.0.1 [lindex [fconfigure $server -sockname] 2]]
fileevent $client readable {gets $client line; puts "got $line"; set done 2}
vwait done
END
