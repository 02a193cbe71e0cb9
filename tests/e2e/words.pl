# Perl: hashes (their order comes from a random seed), sorting, pipes, files, fork.
use strict;
use warnings;

$| = 1;
my %count;
$count{$_ % 97}++ for 1 .. 20000;
print join(" ", map { "$_:$count{$_}" } sort { $a <=> $b } keys %count), "\n";
# In the hash's own order: variants with other seeds would part here.
for my $key (keys %count) {
	-e "/nonexistent/$key" and die;
	last if $key == 5;
}
open(my $out, ">", "written") or die;
print $out "line $_\n" for 1 .. 1000;
close $out;
open(my $in, "-|", "sort -r written | head -n 3") or die;
print while <$in>;
close $in;
my $pid = fork();
exit 6 if $pid == 0;
waitpid($pid, 0);
print "child ended with ", $? >> 8, "\n";
print "half: ", (sprintf "%.3f", 0.5), " ", scalar(localtime(0)), "\n";
print `echo from a command`;
warn "on standard error\n";
exit 2;
