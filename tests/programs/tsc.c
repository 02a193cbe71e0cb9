/* rdtsc and rdtscp count upwards; their low bits as control flow; registers around them live. */
#include "test.h"
#include <x86intrin.h>

int main(void)
{
	uint64_t last = __rdtsc();
	int backwards = 0, odd = 0;
	unsigned int cpu;
	for (int i = 0; i < 500; i++) {
		uint64_t now = i % 2 ? __rdtsc() : __rdtscp(&cpu);
		backwards += now < last;
		odd += (int)(now >> 4 & 1);
		last = now;
	}
	say("backwards %d\n", backwards);
	/* As many calls as the counter says: variants that saw other values would part here. */
	for (int i = 0; i < odd % 50; i++)
		must(lseek(STDIN_FILENO, 0, SEEK_CUR) != -2);
	char text[32];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)last);
	int fd = open("/dev/null", O_WRONLY);
	must(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	uint64_t rbx = 0x1122334455667788, low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high), "+b"(rbx) : : "rcx");
	say("rbx kept %d, upper halves zero %d\n", rbx == 0x1122334455667788,
	    low >> 32 == 0 && high >> 32 == 0);
	return finish();
}
