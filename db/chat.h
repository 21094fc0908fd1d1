/*
 * chat -- what the store does for words that people typed: budgets of what they
 * are told, and whom a STOP that nobody proved is about.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_CHAT_H
#define VOLENS_DB_CHAT_H

#include "db/store.h"
#include "policies/limits.h"
#include "policies/permission.h"
#include "server/base/token.h"

/** May the recipient of @p row be told of a word that anybody may have typed in
 *  their name?  Then it is counted.  The limits are those of triggers, the
 * count is another: nobody uses up what a person may ask for themselves. */
enum err store_chat_tell(struct store *store, const struct permission *row,
			 const struct ask_limits *limits, int64_t now,
			 bool *ret) MUST_CHECK;

/** Has this address an account?  Then its phone can answer a challenge. */
enum err store_chat_can_answer(struct store *store, const char *aor,
			       struct arena *arena, bool *ret) MUST_CHECK;

/** A row by which the recipient of @p scopes, in whatever spelling, is, or may
 *  be, reached through its target ("*@domain": one of that domain; "*": of the
 *  first), the granted first; ERR_UNKNOWN. */
enum err store_chat_stoppable(struct store *store,
			      const struct permission *scopes, int64_t now,
			      struct arena *arena,
			      struct permission *ret) MUST_CHECK;

/** Rows of a person, under each spelling of what they proved. */
struct chat_rows_query {
	const char *const *aor;	     /**< two; NULL: none */
	const char *sender, *target; /**< NULL: any */
	/** Of the target, beside the first; "" is that; NULL: any. */
	const char *domain;
	bool is_open; /**< questions with no answer; else answers */
	size_t most;
};
enum err store_chat_rows(struct store *store, const struct chat_rows_query *of,
			 struct arena *arena, struct permission **ret,
			 size_t *ret_n) MUST_CHECK;

/** A token that denies the whole row. */
enum err store_chat_token(struct store *store, const struct permission *row,
			  const struct token *token, int64_t now) MUST_CHECK;

#endif
