#include "server/edge/intake.h"

/* clang-format off */
const struct intake_step intake_steps[] = {
	{ "rate",      intake_rate,      true },
	{ "shed",      intake_shed,      false },
	{ "syntax",    intake_syntax,    false },
	{ "target",    intake_target,    false },
	{ "rules",     intake_rules,     false },
	{ "identify",  intake_identify,  true },
	{ "admit",     intake_admit,     true },
	{ "read",      intake_read,      true },
	{ "loops",     intake_loops,     true },
	{ "hand over", intake_hand_over, true },
};
/* clang-format on */
const size_t n_intake_steps = sizeof(intake_steps) / sizeof(intake_steps[0]);
