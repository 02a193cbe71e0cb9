/* Scope-bound release of descriptors, heap memory and streams. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free_pointer(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define cleanup_fd   __attribute__((cleanup(cleanup_close_fd)))
#define cleanup_free __attribute__((cleanup(cleanup_free_pointer)))
#define cleanup_file __attribute__((cleanup(cleanup_close_file)))

/* Hands a descriptor over to the caller and forgets it here. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Hands a heap pointer over to the caller and forgets it here. */
#define take_ptr(pointer_to)                                      \
	__extension__({                                           \
		__typeof__(*(pointer_to)) taken_ = *(pointer_to); \
		*(pointer_to) = NULL;                             \
		taken_;                                           \
	})
