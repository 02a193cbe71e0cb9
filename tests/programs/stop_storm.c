/*
 * A process stops and continues two others hundreds of times while they write,
 * read and fork, and is stopped itself by a fourth. Nothing is lost.
 */
#include "test.h"

#define ROUNDS 150
#define CHUNKS 300

static void work(int out)
{
	for (int i = 0; i < CHUNKS; i++) {
		must(write(out, "chunk\n", 6) == 6);
		if (i % 100 == 0) {
			pid_t child = fork();
			must(child >= 0);
			if (child == 0)
				_exit(write(out, "child\n", 6) == 6 ? 0 : 1);
			int status;
			must(waitpid(child, &status, 0) == child && status == 0);
		}
	}
	_exit(7);
}

static void storm(const pid_t *pids, int count, int rounds)
{
	for (int i = 0; i < rounds; i++)
		for (int j = 0; j < count; j++) {
			must(kill(pids[j], SIGSTOP) == 0);
			must(kill(pids[(j + i) % count], SIGCONT) == 0);
			must(kill(pids[j], SIGCONT) == 0);
		}
	_exit(8);
}

static pid_t start(void)
{
	pid_t pid = fork();
	must(pid >= 0);
	return pid;
}

int main(void)
{
	int ends[2], status, chunks = 0;
	char byte;
	pid_t workers[2], stormer, other;
	must(pipe(ends) == 0);
	for (int i = 0; i < 2; i++)
		if ((workers[i] = start()) == 0)
			work(ends[1]);
	if ((stormer = start()) == 0)
		storm(workers, 2, ROUNDS);
	if ((other = start()) == 0)
		storm(&stormer, 1, ROUNDS / 2);
	close(ends[1]);
	while (read(ends[0], &byte, 1) == 1)
		chunks += byte == '\n';
	say("chunks %d\n", chunks);
	for (int i = 0; i < 2; i++) {
		must(waitpid(workers[i], &status, 0) == workers[i]);
		say_status("worker", status);
	}
	must(waitpid(stormer, &status, 0) == stormer);
	say_status("stormer", status);
	must(waitpid(other, &status, 0) == other);
	say_status("other", status);
	return finish();
}
