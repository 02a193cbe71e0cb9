# A server and its clients on loopback, each a process.
perl -MSocket -MIO::Socket::INET -MIO::Select -e '
use strict; use warnings; $| = 1;
my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", Proto => "tcp") or die $@;
my $port = $server->sockport;
my @clients;
for my $n (1 .. 3) {
	my $pid = fork // die;
	if (!$pid) {
		my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die $@;
		print $socket "question $n\n";
		exit(<$socket> eq "answer to question $n\n" ? $n : 100);
	}
	my $peer = $server->accept;
	my ($from) = sockaddr_in(getpeername $peer);
	chomp(my $line = <$peer>);
	print "$line\n";
	print $peer "answer to $line\n";
	close $peer;
	waitpid $pid, 0;
	print "client: ", $? >> 8, "\n";
}
socketpair(my $left, my $right, AF_UNIX, SOCK_DGRAM, PF_UNSPEC) or die;
send $left, "one", 0; send $left, "two", 0;
recv $right, my $text, 100, 0; print "$text\n";
recv $right, $text, 100, 0; print "$text\n";
my $select = IO::Select->new($right);
print "ready: ", scalar(my @none = $select->can_read(0)), "\n";
socket(my $udp, AF_INET, SOCK_DGRAM, 0) or die;
bind $udp, sockaddr_in(0, INADDR_LOOPBACK) or die;
send $udp, "to itself", 0, getsockname $udp;
recv $udp, $text, 100, 0; print "$text\n";
'
