/*
 * answers -- what a person said yes and no to, under each spelling of what they
 * proved, a page at a time.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_ANSWERS_H
#define VOLENS_DB_ANSWERS_H

#include "db/store.h"
#include "policies/permission.h"

/** Answers of one person that are counted; older ones are as if not there. */
#define ANSWERS_MOST ((size_t)20000)

enum answers_of { ANSWERS_ALL, ANSWERS_YES, ANSWERS_NO };

/** A yes that is over is no answer any more. */
struct answers_query {
	const char *aor[2]; /**< that they proved; NULL: none */
	int64_t now;
	enum answers_of of;
	int64_t before; /**< only rows made before this one; 0: all */
	size_t most;	/**< rows of the page */
};
struct answers {
	size_t n_yes, n_no; /**< of all pages */
	struct permission *rows;
	size_t n;
	size_t n_more; /**< on the pages behind this one */
};
/** Newest first. */
enum err store_answers(struct store *store, const struct answers_query *of,
		       struct arena *arena, struct answers *ret) MUST_CHECK;

/** ERR_UNKNOWN: there is no such row, or it is another's. */
enum err store_answers_get(struct store *store, const char *const aor[2],
			   int64_t id, struct arena *arena,
			   struct permission *ret) MUST_CHECK;

#endif
