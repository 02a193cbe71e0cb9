/* Fuzz target: files of rules. What is read must be whole rules, each with a reason. */
#include <stdint.h>
#include <string.h>

#include "analysis/rules.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct rules rules;
	int ret = rules_parse(&rules, "rules", (const char *)data, size, "2026-01-01", &err);

	CHECK(ret == 0 || (ret == err.code && err.message[0]));
	for (size_t i = 0; ret == 0 && i < rules.count; i++) {
		const struct rule *rule = &rules.at[i];

		CHECK(rule->name[0] && rule->where[0] && rule->because[0]);
		CHECK(rule->action < RULE_ACTIONS && rule->where_line > rule->line);
		CHECK(!rule->expired || strcmp(rule->expires, "2026-01-01") < 0);
	}
	rules_finish(&rules);
	return 0;
}
