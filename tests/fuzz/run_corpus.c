/*
 * Runs a fuzz target over the files of the folders named, without a fuzzer:
 * what once was found stays found, in every build.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	cleanup_file FILE *file = fopen(path, "rbe");
	cleanup_free uint8_t *data = NULL;
	size_t size;
	long end;

	if (!file || fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0) {
		perror(path);
		return -1;
	}
	rewind(file);
	/* Exactly as large as the input: a sanitizer sees one byte too many. */
	data = malloc(end ? (size_t)end : 1);
	size = data ? fread(data, 1, (size_t)end, file) : 0;
	if (size != (size_t)end) {
		perror(path);
		return -1;
	}
	LLVMFuzzerTestOneInput(data, size);
	return 0;
}

static int run_folder(const char *folder, unsigned *count)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int status = 0;

	if (!dir) {
		perror(folder);
		return -1;
	}
	while ((entry = readdir(dir)) && !status) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		status = run_file(path);
		*count += 1;
	}
	closedir(dir);
	return status;
}

int main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++)
		if (run_folder(argv[i], &count))
			return 1;
	printf("%u inputs\n", count);
	return count ? 0 : 1;
}
