/* posix_spawn with file actions, attributes, environment; posix_spawnp; system; popen. */
#include "test.h"
#include <spawn.h>

static void spawn_with_actions(void)
{
	posix_spawn_file_actions_t actions;
	char *argv[] = { "sh", "-c", "read line; echo \"got $line, $NAME\"; echo err >&2", NULL };
	char *environment[] = { "NAME=value", "PATH=/usr/bin:/bin", NULL };
	pid_t pid;
	make_file("in", "a line\n");
	must(posix_spawn_file_actions_init(&actions) == 0);
	must(posix_spawn_file_actions_addopen(&actions, 0, "in", O_RDONLY, 0) == 0);
	must(posix_spawn_file_actions_addopen(&actions, 5, "out", O_WRONLY | O_CREAT, 0644) == 0);
	must(posix_spawn_file_actions_adddup2(&actions, 5, 2) == 0);
	must(posix_spawn_file_actions_addclose(&actions, 5) == 0);
	must(posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, environment) == 0);
	wait_and_say("sh", pid);
	say_file("out");
	must(posix_spawn_file_actions_destroy(&actions) == 0);
}

static void spawn_with_attributes(void)
{
	posix_spawnattr_t attributes;
	char *argv[] = { "sh", "-c", "kill -TERM $$; echo masked; exit 3", NULL };
	sigset_t mask;
	pid_t pid;
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	must(posix_spawnattr_init(&attributes) == 0);
	must(posix_spawnattr_setsigmask(&attributes, &mask) == 0);
	must(posix_spawnattr_setflags(&attributes,
				      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP) == 0);
	must(posix_spawn(&pid, "/bin/sh", NULL, &attributes, argv, environ) == 0);
	wait_and_say("masked sh", pid);
	must(posix_spawnattr_destroy(&attributes) == 0);
}

int main(void)
{
	char *argv[] = { "true", NULL };
	char line[64] = "";
	pid_t pid;
	spawn_with_actions();
	spawn_with_attributes();
	say("missing: %s\n",
	    strerrorname_np(posix_spawn(&pid, "/missing", NULL, NULL, argv, environ)));
	must(posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0);
	wait_and_say("true", pid);
	say_status("system", system("echo from system; exit 5"));
	FILE *stream = popen("echo from popen; exit 4", "r");
	must(stream && fgets(line, sizeof(line), stream));
	say("%s", line);
	say_status("popen", pclose(stream));
	stream = popen("tr a-z A-Z", "w");
	must(stream && fputs("written to popen\n", stream) >= 0);
	say_status("popen", pclose(stream));
	return finish();
}
