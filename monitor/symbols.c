/* Asks libdwfl for symbols. Looks at local files only. */
#include "monitor/symbols.h"

#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct symbols {
	Dwfl *dwfl;
	Dwfl_Callbacks callbacks;
	char *debuginfo_path;
};

struct symbols *symbols_open(pid_t pid)
{
	struct symbols *s = alloc_zeroed(1, sizeof(*s));

	/* No debuginfod: a monitor asks nobody on the network what its program is. */
	unsetenv("DEBUGINFOD_URLS");
	s->callbacks = (Dwfl_Callbacks){
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.debuginfo_path = &s->debuginfo_path,
	};
	s->dwfl = dwfl_begin(&s->callbacks);
	if (s->dwfl && dwfl_linux_proc_report(s->dwfl, pid) == 0 &&
	    dwfl_report_end(s->dwfl, NULL, NULL) == 0)
		return s;
	symbols_close(s);
	return NULL;
}

void symbols_close(struct symbols *s)
{
	if (!s)
		return;
	if (s->dwfl)
		dwfl_end(s->dwfl);
	free(s);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void symbols_append(struct symbols *s, uint64_t addr, char *text, size_t capacity)
{
	Dwfl_Module *module = s ? dwfl_addrmodule(s->dwfl, addr) : NULL;
	size_t used = strlen(text);
	const char *name, *file;
	Dwfl_Line *source;
	GElf_Off offset;
	GElf_Sym symbol;
	int line = 0;

	if (!module)
		return;
	name = dwfl_module_addrinfo(module, addr, &offset, &symbol, NULL, NULL, NULL);
	if (!name)
		return;
	source = dwfl_module_getsrc(module, addr);
	file = source ? dwfl_lineinfo(source, NULL, &line, NULL, NULL, NULL) : NULL;
	if (file)
		snprintf(text + used, capacity - used, " (%s+%#llx at %s:%d)", name,
			 (unsigned long long)offset, base_name(file), line);
	else
		snprintf(text + used, capacity - used, " (%s+%#llx)", name,
			 (unsigned long long)offset);
}
