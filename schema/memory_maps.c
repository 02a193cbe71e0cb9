/* Lines of a memory map; see memory_maps.h. */
#include "schema/memory_maps.h"

#include <stdio.h>
#include <string.h>

static const char *skip_field(const char *at, const char *end)
{
	while (at < end && *at != ' ')
		at++;
	while (at < end && *at == ' ')
		at++;
	return at;
}

static uint64_t take_hex(const char **at, const char *end)
{
	uint64_t value = 0;

	for (; *at < end; (*at)++) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	return value;
}

bool mapping_next(const char **maps, struct mapping *m)
{
	const char *at = *maps, *end = strchrnul(at, '\n');

	*m = (struct mapping){ 0 };
	if (!*at)
		return false;
	*maps = *end ? end + 1 : end;
	m->start = take_hex(&at, end);
	if (at == end || *at++ != '-')
		m->end = m->start;
	else
		m->end = take_hex(&at, end);
	at = skip_field(at, end);
	m->executable = end - at > 2 && at[2] == 'x';
	at = skip_field(at, end);
	m->offset = take_hex(&at, end);
	for (int field = 0; field < 3; field++)
		at = skip_field(at, end);
	m->name = at;
	m->name_length = (size_t)(end - at);
	return true;
}

static void mapping_shorten_name(struct mapping *m)
{
	static const char gone[] = " (deleted)";
	const char *slash;

	if (m->name_length > strlen(gone) &&
	    memcmp(m->name + m->name_length - strlen(gone), gone, strlen(gone)) == 0)
		m->name_length -= strlen(gone);
	slash = m->name_length ? memrchr(m->name, '/', m->name_length) : NULL;
	if (slash) {
		m->name_length -= (size_t)(slash + 1 - m->name);
		m->name = slash + 1;
	}
	if (!m->name_length) {
		m->name = "anon";
		m->name_length = strlen(m->name);
	}
}

static size_t written(int length, size_t capacity)
{
	if (length < 0 || !capacity)
		return 0;
	return (size_t)length < capacity ? (size_t)length : capacity - 1;
}

size_t memory_maps_locate(const char *maps, uint64_t addr, char *text, size_t capacity)
{
	struct mapping m;

	if (capacity)
		text[0] = '\0';
	if (!maps)
		return 0;
	while (mapping_next(&maps, &m)) {
		unsigned long long offset = addr - m.start;

		if (addr < m.start || addr >= m.end)
			continue;
		if (m.name_length && m.name[0] == '/')
			offset += m.offset;
		mapping_shorten_name(&m);
		return written(snprintf(text, capacity, "%.*s+0x%llx", (int)m.name_length, m.name,
					offset),
			       capacity);
	}
	return written(snprintf(text, capacity, "(nowhere)"), capacity);
}
