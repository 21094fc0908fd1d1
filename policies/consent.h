/*
 * consent -- may one recipient be sent one request (RFC 5360 section 4.1)?
 */
#ifndef VOLENS_POLICIES_CONSENT_H
#define VOLENS_POLICIES_CONSENT_H

#include <stddef.h>

#include "policies/facts.h"
#include "policies/permission.h"

enum verdict {
	VERDICT_MISSING, /**< no permission: none there, pending, expired ... */
	VERDICT_DENIED,	 /**< a deny covers it */
	VERDICT_GRANTED, /**< a granted, current row covers it, and no deny */
	/** Likewise, but the recipient is yet to be told of the grant: a
	 *  request is taken, and its leg waits (policies/notice.h). */
	VERDICT_UNTOLD
};
/** What it will be once the recipient was told. */
enum verdict verdict_when_told(enum verdict verdict);

struct decision {
	enum verdict verdict;
	/** What it rests on; NULL when on nothing. */
	const struct permission *row;
	const char *rule; /**< constant sentence: which rule, and RFC */
};

/**
 * Decide for one recipient.
 *
 * Denied beats granted, whatever the order of rows; a deny counts for every
 * spelling of those it names, a grant for its own.  An expired row counts as no
 * row.  Rows that do not match change nothing.  Among rows of equal weight
 * the narrowest scope, then the lowest id, is named.
 *
 * @param facts  facts->sender may be NULL (unauthenticated)
 * @param rows   any rows, any order; may be NULL when @p n_rows is 0
 * @return the decision; it borrows from @p rows and owns nothing
 */
struct decision consent_decide(const struct facts *facts,
			       const struct permission *rows, size_t n_rows);

const char *verdict_name(enum verdict verdict);

#endif
