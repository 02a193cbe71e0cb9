/*
 * A program with the oldest hole there is: it reads a name without looking at
 * how long it is, and what lies behind the name is the function it calls next.
 *
 *     cc -w -std=c89 -O0 -g -fPIE -pie -o greet greet.c
 */
#include <stdio.h>

static void hello(void)
{
	puts("hello");
}

static void secret(void)
{
	puts("the secret");
}

int main(int argc, char **argv)
{
	struct {
		char name[16];
		void (*then)(void);
	} guest = { "", argc > 99 ? secret : hello };

	(void)argv;
	gets(guest.name);
	printf("%s, ", guest.name);
	fflush(stdout);
	guest.then();
	return 0;
}
