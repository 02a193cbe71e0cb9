/* From a trace to a file beside it; see derive.h. */
#include "replay/derive.h"

#include <errno.h>

#include "replay/common.h"
#include "replay/derived.h"
#include "schema/trace_verify.h"

/* The chain's final hash, made from the frames themselves, and the feature words. */
static int look_at(const char *path, uint64_t *hash, struct trace_features *features,
		   struct error *err)
{
	struct trace_reader *reader;
	int ret = trace_reader_open(&reader, path, err);

	if (ret < 0)
		return ret;
	/* without the signature there is no chain: it is not known then */
	if (!trace_reader_features(reader, features) || trace_chain_compute(reader, hash, NULL) < 0)
		*hash = 0;
	trace_reader_close(reader);
	return 0;
}

static int write_derived(struct derived *derived, struct source *source,
			 const struct derive_job *job, bool *none, struct error *err)
{
	struct trace_features features;
	struct trace_writer *writer;
	uint64_t hash;
	int ret = look_at(source_path(source), &hash, &features, err);

	if (ret == 0)
		ret = trace_writer_open_copy(&writer, derived->fd, derived->path, features, err);
	if (ret < 0)
		return ret;
	ret = job->write(job->data, source, hash, writer, none, err);
	if (ret < 0 || *none) {
		trace_writer_abandon(writer);
		return ret;
	}
	ret = trace_writer_close(writer, err);
	return ret == 0 ? derived_commit(derived, err) : ret;
}

int derive_trace(const struct invocation *inv, struct source *source, const struct derive_job *job)
{
	cleanup_derived struct derived derived = { .fd = -1 };
	const char *path = option_value(inv, OPTION_OUTPUT);
	struct error err = { 0 };
	bool none = false;

	if (!path)
		error_set(&err, -EINVAL, "%s needs -o NEW (mvx-replay help %s)", inv->command->name,
			  inv->command->name);
	if (err.code ||
	    derived_open(&derived, path, source_path(source), has_option(inv, OPTION_FORCE), &err) <
		    0 ||
	    write_derived(&derived, source, job, &none, &err) < 0)
		return cannot(&err);
	return none ? EXIT_NO : EXIT_YES;
}
