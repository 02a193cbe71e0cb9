/* A parent and a child talk over two pipes; end of file when the writers are gone. */
#include "test.h"

static int serve(int in, int out)
{
	char text[64];
	ssize_t n;
	int rounds = 0;
	while ((n = read(in, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			text[i] = (char)(text[i] ^ 0x20);
		must(write(out, text, (size_t)n) == n);
		rounds++;
	}
	return n == 0 ? rounds : 99;
}

int main(void)
{
	int to_child[2], to_parent[2];
	char text[64];
	must(pipe(to_child) == 0 && pipe2(to_parent, O_CLOEXEC) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(to_child[1]);
		close(to_parent[0]);
		_exit(serve(to_child[0], to_parent[1]));
	}
	close(to_child[0]);
	close(to_parent[1]);
	for (int i = 0; i < 7; i++) {
		int length = snprintf(text, sizeof(text), "Message %d", i);
		show(write(to_child[1], text, (size_t)length));
		memset(text, 0, sizeof(text));
		show(read(to_parent[0], text, sizeof(text) - 1));
		say("%s\n", text);
	}
	show(close(to_child[1]));
	show(read(to_parent[0], text, sizeof(text)));
	wait_and_say("child", pid);
	int nowait[2];
	must(pipe2(nowait, O_NONBLOCK) == 0);
	show(read(nowait[0], text, 1));
	show(close(nowait[1]));
	show(read(nowait[0], text, 1));
	return finish();
}
