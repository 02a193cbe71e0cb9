/*
 * Writes a trace with a secret, "hunter2-PLACE", in every place of a record
 * where a program or its user may have put one. The names of the places go to
 * standard output.
 *
 * usage: make_secrets FILE
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/error.h"
#include "schema/trace_writer.h"

/* also in IPv4: 104.117.110.116 is "hunt" */
#define HOST "hunt"

static char places[64][48];
static unsigned n_places;

/* "hunter2-PLACE", for good. */
static const char *secret(const char *place)
{
	char *text = places[n_places++];

	snprintf(text, sizeof(places[0]), "hunter2-%s", place);
	return text;
}

static struct trace_blob blob(const char *text)
{
	return (struct trace_blob){ (const uint8_t *)text, strlen(text) };
}

static struct trace_blob secret_blob(const char *place)
{
	return blob(secret(place));
}

/* Without its NUL. */
static void plant(uint8_t *to, const char *text)
{
	while (*text)
		*to++ = (uint8_t)*text++;
}

static void check(int status, const struct error *err)
{
	if (!status)
		return;
	fprintf(stderr, "make_secrets: %s\n", err->message);
	exit(1);
}

static void add(struct trace_writer *w, const struct trace_record *record)
{
	struct error err = { 0 };

	check(trace_writer_add(w, record, &err), &err);
}

static void add_header(struct trace_writer *w)
{
	struct trace_record record = { .kind = TRACE_HEADER };
	struct trace_header *h = &record.header;
	struct trace_inherited_fd fds[] = {
		{ .fd = 0, .kind = "file", .path = secret("inherited") }
	};
	struct trace_derivation derived = { .how = "slice", .what = secret("derived") };
	struct trace_blob options[] = { blob("-n"), secret_blob("option") };
	struct trace_blob environment[] = { secret_blob("env-name"),
					    blob("HOME=/home/hunter2-home"),
					    blob("TMPDIR=/tmp/hunter2-tmp") };

	secret("home");
	secret("tmp");
	h->variants = 2;
	h->hostname = secret("host");
	h->cwd = secret("cwd");
	h->options = options;
	h->n_options = 2;
	h->environment = environment;
	h->n_environment = 3;
	h->fds = fds;
	h->n_fds = 1;
	h->derived = &derived;
	h->n_derived = 1;
	add(w, &record);
}

static void add_start(struct trace_writer *w)
{
	struct trace_record record = { .kind = TRACE_VARIANT_START };
	struct trace_blob argv[] = { secret_blob("argv0"), blob("--password=hunter2-argv1") };

	secret("argv1");
	for (uint32_t v = 0; v < 2; v++) {
		record.variant_start = (struct trace_variant_start){ .variant = v,
								     .argv = argv,
								     .n_argv = 2,
								     .path = "/opt/hunter2-program",
								     .layout = "independent" };
		record.variant_start.at_random = blob("hunter2-random16");
		add(w, &record);
	}
	secret("program");
	secret("random16");
	record = (struct trace_record){ .kind = TRACE_TASK_START };
	record.task_start = (struct trace_task_start){ .task = 1, .label = "P0.T0", .variants = 3 };
	add(w, &record);
}

/* One call with one buffer. */
static void add_call(struct trace_writer *w, int nr, unsigned arg, unsigned direction,
		     unsigned part, struct trace_blob data)
{
	static uint64_t step;
	struct trace_record record = { .kind = TRACE_STEP };
	struct trace_buf buf = { .arg = (uint8_t)arg,
				 .direction = (uint8_t)direction,
				 .part = (uint8_t)part,
				 .variants = 3,
				 .full_length = data.length,
				 .data = data };

	step++;
	record.step = (struct trace_step){ .step = step,
					   .task_seq = step,
					   .task = 1,
					   .variants = 3,
					   .nr = nr,
					   .executed = EXECUTED_LEADER,
					   .verdict = VERDICT_SAME,
					   .bufs = &buf,
					   .n_bufs = 1 };
	for (unsigned v = 0; v < 2; v++) {
		record.step.entry_ns[v] = step * 1000;
		record.step.exit_ns[v] = step * 1000 + 500;
		record.step.args[v][arg] = 0x1000;
		record.step.result[v] = (int64_t)data.length;
	}
	add(w, &record);
}

static void add_addresses(struct trace_writer *w)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr_in inet = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct sockaddr_in6 inet6 = { .sin6_family = AF_INET6 };
	struct sockaddr_storage other = { .ss_family = AF_NETLINK };

	snprintf(local.sun_path, sizeof(local.sun_path), "/run/%s", secret("unix"));
	memcpy(&inet.sin_addr, HOST, 4);
	memcpy(&inet.sin_zero, "hunter2-", 8);
	memcpy(&inet6.sin6_addr, "hunter2-address6", 16);
	secret("address6");
	snprintf((char *)&other + 4, 64, "%s", secret("netlink"));
	add_call(w, __NR_connect, 1, DIRECTION_IN, PART_CONTENT,
		 (struct trace_blob){ (uint8_t *)&local, sizeof(local) });
	add_call(w, __NR_connect, 1, DIRECTION_IN, PART_CONTENT,
		 (struct trace_blob){ (uint8_t *)&inet, sizeof(inet) });
	add_call(w, __NR_bind, 1, DIRECTION_IN, PART_CONTENT,
		 (struct trace_blob){ (uint8_t *)&inet6, sizeof(inet6) });
	add_call(w, __NR_accept, 1, DIRECTION_OUT, PART_CONTENT,
		 (struct trace_blob){ (uint8_t *)&other, 64 });
	add_call(w, __NR_sendmsg, 1, DIRECTION_IN, PART_NAME,
		 (struct trace_blob){ (uint8_t *)&local, sizeof(local) });
	local.sun_path[0] = 0;
	snprintf(local.sun_path + 1, 64, "%s", secret("abstract"));
	add_call(w, __NR_bind, 1, DIRECTION_IN, PART_CONTENT,
		 (struct trace_blob){ (uint8_t *)&local, sizeof(local) });
}

static void add_calls(struct trace_writer *w)
{
	static const char strings[] = "program\0hunter2-exec-argv\0",
			  environment[] = "A=hunter2-exec-env\0";
	static const char path[] = "/srv/hunter2-path/x\0";
	/* a control message that is none of descriptors, and one that has something behind it */
	uint8_t control[48] = { 32 }, rights[48] = { 20, [8] = 1, [12] = 1 };

	plant(control + 16, "hunter2-control");
	plant(rights + 24, "hunter2-rights");
	for (size_t i = 0; i < 2; i++)
		secret(i ? "exec-argv" : "exec-env");
	secret("path");
	secret("control");
	secret("rights");
	add_call(w, __NR_openat, 1, DIRECTION_IN, PART_CONTENT,
		 (struct trace_blob){ (const uint8_t *)path, sizeof(path) - 1 });
	add_call(w, __NR_execve, 1, DIRECTION_IN, PART_CONTENT,
		 (struct trace_blob){ (const uint8_t *)strings, sizeof(strings) - 1 });
	add_call(w, __NR_execve, 2, DIRECTION_IN, PART_CONTENT,
		 (struct trace_blob){ (const uint8_t *)environment, sizeof(environment) - 1 });
	add_call(w, __NR_read, 1, DIRECTION_OUT, PART_CONTENT, secret_blob("read"));
	add_call(w, __NR_write, 1, DIRECTION_IN, PART_CONTENT, secret_blob("write"));
	add_call(w, __NR_writev, 1, DIRECTION_IN, PART_CONTENT, secret_blob("writev"));
	add_call(w, __NR_recvmsg, 1, DIRECTION_OUT, PART_CONTENT, secret_blob("recvmsg"));
	add_call(w, __NR_recvmsg, 1, DIRECTION_OUT, PART_CONTROL,
		 (struct trace_blob){ control, 32 });
	add_call(w, __NR_recvmsg, 1, DIRECTION_OUT, PART_CONTROL,
		 (struct trace_blob){ rights, 40 });
	add_call(w, __NR_setxattr, 1, DIRECTION_IN, PART_CONTENT, secret_blob("xattr-name"));
	add_call(w, __NR_setxattr, 2, DIRECTION_IN, PART_CONTENT, secret_blob("xattr-value"));
	add_call(w, __NR_symlink, 0, DIRECTION_IN, PART_CONTENT, secret_blob("link"));
	add_call(w, __NR_readlink, 1, DIRECTION_OUT, PART_CONTENT, secret_blob("readlink"));
	add_call(w, __NR_getdents64, 1, DIRECTION_OUT, PART_CONTENT, secret_blob("dirent"));
	add_call(w, __NR_getcwd, 0, DIRECTION_OUT, PART_CONTENT, secret_blob("getcwd"));
	add_call(w, __NR_uname, 0, DIRECTION_OUT, PART_CONTENT, secret_blob("uname"));
	add_call(w, __NR_prctl, 1, DIRECTION_IN, PART_CONTENT, secret_blob("prctl"));
	add_call(w, __NR_ioctl, 2, DIRECTION_OUT, PART_CONTENT, secret_blob("ioctl"));
	add_call(w, __NR_setsockopt, 3, DIRECTION_IN, PART_CONTENT, secret_blob("sockopt"));
	add_call(w, __NR_write, 1, DIRECTION_IN, PART_LAYOUT, secret_blob("layout"));
	add_call(w, __NR_write, 5, DIRECTION_IN, PART_NAME, secret_blob("stray"));
	add_call(w, 511, 1, DIRECTION_IN, PART_CONTENT, secret_blob("unknown-call"));
}

static void add_divergence(struct trace_writer *w)
{
	static char maps[256], location[96];
	struct trace_record record = { .kind = TRACE_DIVERGENCE };
	struct trace_divergence_side sides[2] = { 0 };

	snprintf(
		maps, sizeof(maps),
		"1000-2000 r-xp 00000000 08:01 77                 /opt/%s\n%s\n3000-4000 rw-p 0 0:0 0 [%s]\n",
		secret("maps"), secret("maps-line"), secret("maps-name"));
	snprintf(location, sizeof(location), "%s+0x12 (%s+0x3)", secret("image"), secret("symbol"));
	for (uint32_t v = 0; v < 2; v++)
		sides[v] = (struct trace_divergence_side){ .variant = v,
							   .arrived = ARRIVED_CALL,
							   .nr = __NR_write,
							   .location = location,
							   .text = "write(1, \"hunter2-side\", 12)",
							   .registers = blob("hunter2-registers"),
							   .data = blob("hunter2-excerpt"),
							   .maps = maps };
	secret("side");
	secret("registers");
	secret("excerpt");
	record.divergence = (struct trace_divergence){ .step = 3,
						       .task = 1,
						       .kind = DIVERGENCE_BUFFER,
						       .action = secret("action"),
						       .summary = secret("summary"),
						       .odd = 2,
						       .sides = sides,
						       .n_sides = 2 };
	add(w, &record);
}

static void add_events(struct trace_writer *w)
{
	uint8_t siginfo[128] = { 0 };
	struct trace_record record = { .kind = TRACE_SIGNAL };

	plant(siginfo + 24, "hunter2-siginfo");
	secret("siginfo");
	record.signal = (struct trace_signal){ .step = 2,
					       .task = 1,
					       .signo = SIGUSR1,
					       .code = SI_QUEUE,
					       .had_it = 3,
					       .decision = SIGNAL_DELIVERED,
					       .siginfo = { siginfo, sizeof(siginfo) } };
	add(w, &record);
	record = (struct trace_record){ .kind = TRACE_FILE_IDENTITY };
	record.file_identity.path = secret("file");
	add(w, &record);
	record = (struct trace_record){ .kind = TRACE_MARK };
	record.mark.text = "slice: begins here hunter2-mark";
	secret("mark");
	add(w, &record);
	record = (struct trace_record){ .kind = TRACE_TASK_START };
	record.task_start =
		(struct trace_task_start){ .task = 2, .label = secret("label"), .variants = 3 };
	add(w, &record);
}

int main(int argc, char **argv)
{
	struct trace_record end = { .kind = TRACE_END };
	struct trace_writer *w;
	struct error err = { 0 };

	if (argc != 2) {
		fputs("usage: make_secrets FILE\n", stderr);
		return 2;
	}
	check(trace_writer_open(&w, argv[1], &err), &err);
	add_header(w);
	add_start(w);
	add_calls(w);
	add_addresses(w);
	add_divergence(w);
	add_events(w);
	end.end = (struct trace_end){
		.clean = true, .steps = 28, .signals = 1, .divergences = 1, .tasks = 2
	};
	add(w, &end);
	check(trace_writer_close(w, &err), &err);
	for (unsigned i = 0; i < n_places; i++)
		puts(places[i]);
	return 0;
}
