# Children that answer through pipes, are waited for in turn, and one that is killed.
perl -e '
use strict; use warnings; $| = 1;
my @readers;
for my $n (1 .. 4) {
	pipe(my $reader, my $writer) or die;
	my $pid = fork // die;
	if (!$pid) { close $reader; print $writer "child $n: ", $n ** 3, "\n"; close $writer; exit $n }
	close $writer;
	push @readers, [$pid, $reader];
}
for (@readers) { print readline $_->[1]; waitpid $_->[0], 0; print "status ", $? >> 8, "\n" }
my $sleeper = fork // die;
if (!$sleeper) { sleep 1000; exit }
kill "TERM", $sleeper; waitpid $sleeper, 0; print "signal ", $? & 127, "\n";
local $SIG{CHLD} = sub { print "SIGCHLD\n" };
system "true";
print `echo from a shell`;
open my $sorted, "|-", "sort" or die; print $sorted "$_\n" for qw(c a b); close $sorted;
'
