/*
 * idempotency -- the answers to requests that came with an Idempotency-Key.
 *
 * A key is claimed before the request is run and the answer is kept after it,
 * so that a repetition gets the answer again and does nothing.  A claim without
 * an answer belongs to a request that runs, or to one that ended with its
 * process.  Claims end after a day.  Their number and their bytes are bounded,
 * for a token and in all.  Runs on the writer.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_IDEMPOTENCY_H
#define VOLENS_DB_IDEMPOTENCY_H

#include "db/store.h"

#define IDEMPOTENCY_S (24 * 60 * 60) /**< a claim ends after it */
#define IDEMPOTENCY_KEYS_TOKEN 50000 /**< claims of one token */
#define IDEMPOTENCY_KEYS_ALL 100000
#define IDEMPOTENCY_BYTES_TOKEN (32 * 1024 * 1024)
#define IDEMPOTENCY_BYTES_ALL (64 * 1024 * 1024)
#define IDEMPOTENCY_ANSWER_MAX                                                 \
	(256 * 1024) /**< bytes of an answer's content                         \
		      */
#define IDEMPOTENCY_ROW                                                        \
	200 /**< bytes that a claim counts besides its answer                  \
	     */

/** Whose key it is, and of which request. */
struct idempotency_key {
	const char *token; /**< name of the bearer token */
	const char *key;
	uint8_t hash[HASH_LEN]; /**< of method, path and body */
	int64_t now;
};
/** What a request was answered. */
struct kept_answer {
	int status;
	const char *location, *etag; /**< NULL: none */
	struct view content;
};
enum idempotency_claim {
	IDEMPOTENCY_NEW,      /**< claimed: run the request */
	IDEMPOTENCY_ANSWERED, /**< it was run: here is its answer */
	IDEMPOTENCY_OPEN,     /**< claimed before, and not answered */
	IDEMPOTENCY_OTHER,    /**< the key is that of another request */
	IDEMPOTENCY_FULL      /**< too many claims, or too many bytes */
};

/** Claim a key.  @p ret_answer: filled for IDEMPOTENCY_ANSWERED. */
enum err store_idempotency_claim(struct store *store,
				 const struct idempotency_key *key,
				 struct arena *arena,
				 struct kept_answer *ret_answer,
				 enum idempotency_claim *ret) MUST_CHECK;
/** Keep the answer of a claim; ERR_TOO_LARGE over IDEMPOTENCY_ANSWER_MAX. */
enum err store_idempotency_keep(struct store *store,
				const struct idempotency_key *key,
				const struct kept_answer *answer) MUST_CHECK;
/** The request did nothing: the key is free again. */
enum err store_idempotency_drop(struct store *store,
				const struct idempotency_key *key) MUST_CHECK;
/** Drop claims that have ended, a thousand at most. */
enum err store_idempotency_sweep(struct store *store, int64_t now) MUST_CHECK;

#endif
