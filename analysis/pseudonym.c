/* Pseudonyms; see pseudonym.h. */
#include "analysis/pseudonym.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <xxhash.h>

#include "base/bytes.h"

/* bytes of a struct sockaddr_in and _in6 up to the end of their host */
#define INET_BYTES  8
#define INET6_BYTES 24
/* longer than any word that is worth a look by a pattern */
#define MATCHED_BYTES 4096

/* Parts of paths that say nothing of whose system it is. */
static const char *const common_parts[] = {
	".",
	"..",
	"bin",
	"boot",
	"dev",
	"etc",
	"home",
	"lib",
	"lib32",
	"lib64",
	"libexec",
	"local",
	"media",
	"mnt",
	"opt",
	"proc",
	"root",
	"run",
	"sbin",
	"share",
	"srv",
	"sys",
	"tmp",
	"usr",
	"var",
	"include",
	"locale",
	"cache",
	"log",
	"fd",
	"self",
	"task",
	"status",
	"stat",
	"maps",
	"meminfo",
	"cpuinfo",
	"null",
	"zero",
	"urandom",
	"random",
	"tty",
	"ptmx",
	"pts",
	"shm",
	"stdin",
	"stdout",
	"stderr",
	"passwd",
	"group",
	"hosts",
	"hostname",
	"resolv.conf",
	"nsswitch.conf",
	"localtime",
	"ld.so.cache",
	"ld.so.preload",
	"x86_64-linux-gnu",
	"libc.so.6",
	"libm.so.6",
	"libdl.so.2",
	"libpthread.so.0",
	"ld-linux-x86-64.so.2",
	"gconv",
	"gconv-modules.cache",
	"locale-archive",
	"C.utf8",
	"zoneinfo",
	"terminfo",
	"sh",
	"bash",
	"dash",
	"cat",
	"ls",
	"python3",
	"perl",
	"env",
};

/* ---- SipHash-2-4 (Aumasson and Bernstein, 2012) ---- */

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], unsigned count)
{
	while (count--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;
}

uint64_t pseudonym_hash(const struct pseudonyms *p, const void *bytes, size_t length)
{
	uint64_t v[4] = { p->key[0] ^ 0x736f6d6570736575, p->key[1] ^ 0x646f72616e646f6d,
			  p->key[0] ^ 0x6c7967656e657261, p->key[1] ^ 0x7465646279746573 };
	struct bytes left = bytes_make(bytes, length);
	uint8_t last[8] = { 0 };

	while (left.left >= 8)
		sip_word(v, bytes_u64(&left));
	last[7] = (uint8_t)length;
	if (left.left)
		bytes_copy(&left, last, left.left);
	left = bytes_make(last, sizeof(last));
	sip_word(v, bytes_u64(&left));
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

int pseudonyms_init(struct pseudonyms *p, const char *words, struct error *err)
{
	*p = (struct pseudonyms){ 0 };
	if (words) {
		XXH128_hash_t hash = XXH3_128bits(words, strlen(words));

		p->key[0] = hash.low64;
		p->key[1] = hash.high64;
		return 0;
	}
	if (getrandom(p->key, sizeof(p->key), 0) != (ssize_t)sizeof(p->key))
		return error_set(err, -EIO, "no random numbers for a key");
	return 0;
}

/* ---- words ---- */

static bool matches(const regex_t *pattern, const char *word, size_t length, bool whole)
{
	char copy[MATCHED_BYTES + 1];
	regmatch_t match;

	if (!pattern || length > MATCHED_BYTES || memchr(word, '\0', length))
		return false;
	if (length)
		memcpy(copy, word, length);
	copy[length] = '\0';
	return regexec(pattern, copy, 1, &match, 0) == 0 &&
	       (!whole || (match.rm_so == 0 && (size_t)match.rm_eo == length));
}

static bool is_common(const char *part, size_t length)
{
	for (size_t i = 0; i < sizeof(common_parts) / sizeof(common_parts[0]); i++)
		if (strlen(common_parts[i]) == length && memcmp(common_parts[i], part, length) == 0)
			return true;
	return false;
}

static void put_part(const struct pseudonyms *p, struct text *out, const char *part, size_t length,
		     bool stays)
{
	if (!length)
		return;
	stays = stays || matches(p->keep, part, length, true);
	if (stays && !(length > MATCHED_BYTES) && !matches(p->strings, part, length, false))
		text_add_bytes(out, part, length);
	else
		text_printf(out, "p-%010" PRIx64, pseudonym_hash(p, part, length) >> 24);
}

void pseudonym_put_word(const struct pseudonyms *p, struct text *out, const void *word,
			size_t length)
{
	if (length && memchr(word, '/', length) && !matches(p->keep, word, length, true))
		pseudonym_put_path(p, out, word, length);
	else
		put_part(p, out, word, length, false);
}

void pseudonym_put_path(const struct pseudonyms *p, struct text *out, const void *path,
			size_t length)
{
	const char *at = path, *end = at + length;

	while (at < end) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t n = slash ? (size_t)(slash - at) : (size_t)(end - at);

		put_part(p, out, at, n, p->keeps_paths || is_common(at, n));
		at += n;
		if (at < end) {
			text_add_char(out, '/');
			at++;
		}
	}
}

/* ---- socket addresses ---- */

static void put_host(const struct pseudonyms *p, struct text *out, const uint8_t *host, size_t n,
		     uint8_t first)
{
	uint64_t hash[2] = { pseudonym_hash(p, host, n), 0 };

	hash[1] = pseudonym_hash(p, hash, sizeof(hash[0]));
	text_add_char(out, (char)first);
	text_add_bytes(out, hash, n - 1);
}

void pseudonym_put_address(const struct pseudonyms *p, struct text *out, const void *address,
			   size_t length)
{
	static const uint8_t loopback6[16] = { [15] = 1 };
	const uint8_t *at = address;
	size_t start = out->length;
	uint16_t family = 0;

	if (length < sizeof(family))
		return;
	memcpy(&family, at, sizeof(family));
	if (family == AF_INET && length >= INET_BYTES) {
		text_add_bytes(out, at, 4);
		if (at[4] == 127 || (!at[4] && !at[5] && !at[6] && !at[7]))
			text_add_bytes(out, at + 4, 4);
		else
			put_host(p, out, at + 4, 4, 10);
	} else if (family == AF_INET6 && length >= INET6_BYTES) {
		text_add_bytes(out, at, 4);
		text_add_bytes(out, "\0\0\0", 4); /* flow information */
		if (memcmp(at + 8, loopback6, 15) == 0 && at[23] <= 1)
			text_add_bytes(out, at + 8, 16);
		else
			put_host(p, out, at + 8, 16, 0xfd);
	} else if (family == AF_UNIX) {
		bool abstract = length > 2 && !at[2];
		size_t skip = 2 + (size_t)abstract;

		text_add_bytes(out, at, skip < length ? skip : length);
		if (length > skip)
			pseudonym_put_path(p, out, at + skip,
					   strnlen((const char *)at + skip, length - skip));
	} else {
		text_add_bytes(out, at, sizeof(family));
	}
	/* what is left is nothing, or nobody's business */
	if (family != AF_UNIX)
		text_pad(out, '\0', length - (out->length - start));
}
