# Tcl computing, running commands and reading files; without waiting for events it has one thread.
command -v tclsh > /dev/null || exit 77
tclsh <<'END' || echo "tclsh: $?"
proc fib n { expr {$n < 2 ? $n : [fib [expr {$n - 1}]] + [fib [expr {$n - 2}]]} }
puts [fib 15]
array set ages {ann 30 bob 25}
foreach name [lsort [array names ages]] { puts "$name $ages($name)" }
set file [open out w]
puts $file [exec sh -c "echo from a command"]
close $file
puts [string map {from out-of} [read [open out]]]
puts [lsort [glob -directory /usr/include/asm-generic -tails *.h]]
catch {exec false} text options
puts "$text [lindex [dict get $options -errorcode] 0]"
exit 3
END
