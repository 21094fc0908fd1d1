/*
 * spelling -- a few senders, lists and recipients, each in many spellings.
 *
 * The generator knows by itself which spellings make a key of their own and
 * which do not; it asks no code of the relay.
 */
#ifndef VOLENS_TESTS_PROPS_SPELLING_H
#define VOLENS_TESTS_PROPS_SPELLING_H

#include "tests/props/prng.h"

#define ANY_NAME (-1)

struct person {
	const char *user, *host; /**< host NULL: a tel URI */
	int port;
	bool is_number;
};

/** What makes a key of its own, though not another person. */
enum alters {
	ALTERS_USER = 1,       /**< ;user=phone */
	ALTERS_SEPARATORS = 2, /**< +1-555 */
	ALTERS_ESCAPE = 4,     /**< %2B */
	ALTERS_PORT = 8,       /**< sip at 5061 */
	ALTERS_PARAM = 16      /**< ;received=, of recipients */
};

/** Who is meant, and the URI that says so. */
struct spelling {
	int name; /**< place in its table; ANY_NAME: "*" */
	unsigned alters;
	char text[160];
};

/** A sender's URI; a list's; a list's or "*"; a recipient's; "*@domain". */
void spelling_sender(struct prng *prng, struct spelling *ret);
void spelling_target(struct prng *prng, struct spelling *ret);
void spelling_target_scope(struct prng *prng, struct spelling *ret);
void spelling_recipient(struct prng *prng, struct spelling *ret);
void spelling_domain(struct prng *prng, struct spelling *ret);
/** Who is meant by the spelling of a sender; of a domain. */
const struct person *spelling_person(const struct spelling *sender);
const char *spelling_domain_name(const struct spelling *domain);

#endif
