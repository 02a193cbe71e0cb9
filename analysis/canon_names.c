/* The words of canon.h. */
#include "analysis/canon.h"

const char *const canon_level_names[CANON_LEVELS] = { "effects", "calls", "args", "all" };
const char *const canon_weight_names[CANON_WEIGHTS] = {
	"cosmetic", "timing", "order", "extra", "behaviour", "effect", "security",
};
