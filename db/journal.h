/*
 * journal -- requests that were accepted and are not over.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_JOURNAL_H
#define VOLENS_DB_JOURNAL_H

#include "db/store.h"

struct delivery; /* db/deliveries.h */

/** The first bytes of a key name the request: sender, Call-ID, CSeq and From
 *  tag.  The other half of it is the content: Request-URI and body. */
#define KEY_NAME_LEN 16

/** An accepted request: one row until all its legs ended. */
struct journal_entry {
	int64_t id;	       /**< given by the store, to nothing else ever */
	uint8_t key[HASH_LEN]; /**< a repeat of a request that is still here is
				    not a new one */
	const char *sender;    /**< key, or "anonymous" */
	const char *target;    /**< key */
	const char *method;
	int64_t accepted_at;
	int64_t expires_at;   /**< no try after it */
	const char *call_id;  /**< as received, for the record; may be "" */
	const char *source;   /**< address and port that it came from */
	struct view left_out; /**< packed recipients without a permission, for
			       *   the record (db/records.h) */
	struct view message; /**< packed envelope (server/message/envelope.h) */
	struct view recipients; /**< packed recipients */
};
/** ERR_EXISTS: that request is already accepted (ret_id is its id then too);
 *  ERR_CONFLICT: another one of that name is, with other content; ERR_FULL: no
 * room on the disk; ERR_BUSY: too much of this sender's waits for another try.
 */
enum err store_journal_add(struct store *store,
			   const struct journal_entry *entry,
			   int64_t *ret_id) MUST_CHECK;
/** All first tries of an entry are over: in one transaction write the rows of
 *  those that need one; the entry goes as soon as none waits.  ERR_UNKNOWN:
 *  gone or settled already. */
enum err store_journal_record_outcome(struct store *store, int64_t journal,
				      const struct delivery *rows,
				      size_t n) MUST_CHECK;
/** Bytes of a sender's that wait for another try. */
enum err store_waiting_bytes(struct store *store, const char *sender,
			     uint64_t *ret) MUST_CHECK;
/** Entries without an outcome (a restart), ascending ids after @p after. */
enum err store_journal_without_outcome(struct store *store, struct page page,
				       struct arena *arena,
				       struct journal_entry **ret,
				       size_t *ret_n) MUST_CHECK;
enum err store_journal_get(struct store *store, int64_t id, struct arena *arena,
			   struct journal_entry *ret) MUST_CHECK;
/** Requests journalled but not yet settled: what is on its way.  Without their
 *  messages. */
enum err store_journal_list(struct store *store, struct page page,
			    struct arena *arena, struct journal_entry **ret,
			    size_t *ret_n) MUST_CHECK;

#endif
