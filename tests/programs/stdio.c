/* The C library's streams: buffering, fopen modes, tmpfile, ungetc, fseek, freopen, perror. */
#include "test.h"

int main(void)
{
	char line[64];
	FILE *file = fopen("data", "w+x");
	must(file);
	for (int i = 0; i < 2000; i++)
		must(fprintf(file, "line %d\n", i) > 0);
	must(fseek(file, 7 * 3, SEEK_SET) == 0 && fgets(line, sizeof(line), file));
	printf("%s", line);
	must(ungetc('#', file) == '#' && fgets(line, sizeof(line), file));
	printf("%s", line);
	printf("%ld\n", ftell(file));
	must(fclose(file) == 0);
	file = fopen("data", "a");
	must(file && fputs("appended\n", file) >= 0 && fclose(file) == 0);
	printf("again %d\n", fopen("data", "wx") == NULL && errno == EEXIST);
	file = tmpfile();
	must(file && fputs("temporary\n", file) >= 0);
	rewind(file);
	must(fgets(line, sizeof(line), file));
	printf("%s", line);
	must(fclose(file) == 0);
	char template[] = "madeXXXXXX";
	int fd = mkstemp(template);
	must(fd >= 0 && write(fd, "x", 1) == 1 && unlink(template) == 0);
	errno = ENOENT;
	perror("on standard error");
	must(fflush(stdout) == 0);
	must(freopen("redirected", "w", stdout));
	printf("into the file\n");
	must(fflush(stdout) == 0);
	must(freopen("/dev/stderr", "w", stdout));
	printf("to standard error by way of standard output\n");
	must(fflush(stdout) == 0);
	dprintf(2, "EXIT-SUCCESS\n");
	return 0;
}
