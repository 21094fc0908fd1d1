/*
 * model -- what permissions mean, told once more in the fewest words.
 *
 * A small world: five sender scopes, three target scopes, three recipients.
 * For each triple the model remembers one word (yes, no or none), whose it is
 * and when it ends.  It knows nothing of rows, hashes, disks or states; what
 * the program says must agree with it after every step.
 */
#ifndef VOLENS_TESTS_PROPS_MODEL_H
#define VOLENS_TESTS_PROPS_MODEL_H

#include <stdbool.h>

#include "policies/consent.h"
#include "tests/props/prng.h"

#define MODEL_SCOPES 5
#define MODEL_TARGETS 3 /**< the last is "*" */
#define MODEL_RECIPIENTS 3
#define MODEL_SENDERS 5 /**< the last is nobody */

enum word { WORD_NONE, WORD_YES, WORD_NO };

struct model {
	struct model_cell {
		enum word word;
		enum permission_origin whose;
		int64_t ends_at; /**< 0: never */
	} cells[MODEL_SCOPES][MODEL_TARGETS][MODEL_RECIPIENTS];
};

/** Something that happens to one permission. */
struct model_event {
	unsigned scope, target, recipient;
	enum permission_event event;
	enum permission_origin actor;
	int64_t ends_at; /**< -1: not said */
};

/** Who asks for what. */
struct model_question {
	unsigned sender, target, recipient; /**< target is never "*" here */
};

const char *model_scope(unsigned i);
const char *model_target(unsigned i);
const char *model_recipient(unsigned i);
/** NULL for nobody. */
const struct identity *model_sender(unsigned i);

struct model_event model_event_roll(struct prng *prng, int64_t now);
struct model_question model_question_roll(struct prng *prng);
struct facts model_facts(const struct model_question *question, int64_t now);

/** False when the event must be refused: a recipient's own no stands. */
bool model_apply(struct model *model, const struct model_event *event,
		 int64_t now);
enum verdict model_decide(const struct model *model,
			  const struct model_question *question, int64_t now);

#endif
