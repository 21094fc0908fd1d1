/*
 * permission_requests -- which permission requests are due, and which were
 * sent.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_PERMISSION_REQUESTS_H
#define VOLENS_DB_PERMISSION_REQUESTS_H

#include "db/store.h"
#include "policies/permission.h"

/** Pending rows whose ask_due_at has come, oldest first. */
enum err store_permission_requests_due(struct store *store,
				       struct due_page page,
				       struct arena *arena,
				       struct permission **ret,
				       size_t *ret_n) MUST_CHECK;
/** Put off a permission request. */
enum err store_permission_request_defer(struct store *store, int64_t id,
					int64_t due_at) MUST_CHECK;
/** The same after an attempt that ended with this SIP status, as
 *  policies/kept_status.h keeps it. */
enum err store_permission_request_put_off(struct store *store, int64_t id,
					  int64_t due_at,
					  int status) MUST_CHECK;
/** Why a permission request was sent; each kind has limits of its own. */
enum permission_request_kind {
	PERMISSION_REQUEST_ADDED,
	PERMISSION_REQUEST_RENEWAL, /**< of a grant that ends; no owner's, but
				     *   one of all of a day */
	PERMISSION_REQUEST_TRIGGER
};
/** Permission requests to a recipient. */
struct permission_requests_query {
	const char *recipient;
	enum permission_request_kind kind;
	int64_t now;
	const char *target; /**< only those of its domain count */
	/** Not questions, but what they were told about words that anybody may
	 *  have typed in their name (db/chat.h). */
	bool of_words;
};
/** Instants of those in the last day, ascending. */
enum err store_permission_requests_sent(
	struct store *store, const struct permission_requests_query *of,
	struct arena *arena, int64_t **ret, size_t *ret_n) MUST_CHECK;
/** Record a permission request about to go out, with the hashes of its tokens:
 *  a question of its own, or one more try of that which is open (questions.h).
 *  Older tokens of the permission stay good for deny; older ones for a grant,
 *  too, until a deny by the recipient retires all of these: a page or a chat
 *  then says no alone. */
struct permission_request_record {
	int64_t permission;
	enum permission_request_kind kind;
	uint8_t grant_hash[HASH_LEN], deny_hash[HASH_LEN];
	uint8_t stop_hash[HASH_LEN];
	uint8_t page_hash[HASH_LEN], chat_hash[HASH_LEN];
	int is_secure; /**< 1 when it goes to a SIPS URI over TLS */
	/** Others are granted: deny_hash, page and chat deny its kinds alone,
	 *  stop_hash all. */
	bool is_further;
	/** Where it goes: /24 or /56; NULL: not looked at. */
	const char *network;
	int64_t bytes; /**< of it, as far as they are counted before it leaves
			*/
	int64_t now;
	int64_t ask; /**< filled: the question */
};
/** Are other kinds granted to the same three?  Then a question is about further
 *  ones, and a no to it leaves these. */
enum err store_permission_is_further(struct store *store,
				     const struct permission *row, int64_t now,
				     bool *ret) MUST_CHECK;
enum err store_permission_request_record(
	struct store *store, struct permission_request_record *ask) MUST_CHECK;

#endif
