/*
 * index -- the grants and denies in memory, so that deciding and re-checking a
 * leg never wait for the disk.
 *
 * A hash table keyed by SipHash of the triple, in which all spellings of the
 * persons of a triple stand together (server/base/uri.h); any thread may look,
 * and only functions of the store change it.  It is filled from the database at
 * the start.  A deny changes it before its commit, a grant after it.
 *
 * Locks are held for the time of a few memory accesses, never over a commit.
 * A put, a removal or a pending deny is visible to every thread that
 * synchronizes with its return.
 */
#ifndef VOLENS_DB_INDEX_H
#define VOLENS_DB_INDEX_H

#include "policies/consent.h"
#include "policies/facts.h"
#include "server/base/arena.h"
#include "server/base/domains.h"
#include "server/base/sha256.h"
#include "server/base/siphash.h"

struct index;

struct index *index_new(void);
void index_free(struct index *index);

/** The domains beside the first: what is for any target ("*") is for none of
 *  theirs, which have "*@domain".  Of the first a deny for "*@domain" holds
 * too, which was there when the domain was another.  Before anybody looks;
 *  borrowed. */
void index_set_domains(struct index *index, const struct domains *domains);
/** Are two targets in one domain? */
bool index_are_one(const struct index *index, const char *target,
		   const char *other);

/** Everything about sender and target hashed once, for many recipients.
 *  @p kind: one, of the request (kinds_of_method()); a row of other kinds is
 * not found. */
struct index_query;
struct index_query *index_query_new(const struct index *index,
				    struct arena *arena,
				    const struct identity *sender,
				    const char *target, struct kinds kind);
#define INDEX_ROWS_MAX 56
/** The granted and denied rows that may cover this recipient (id, scopes,
 * kinds, state, origin, expires_at filled; strings borrowed from the query and
 *  @p recipient, also those of a deny under another spelling).  A triple
 *  with a pending deny shows as the recipient's deny. */
size_t index_find(const struct index *index, const struct index_query *query,
		  const char *recipient, struct permission ret[INDEX_ROWS_MAX]);
/** index_find() and consent_decide() in one; the decision's row is copied to
 *  @p ret_row when there is one (decision.row points at it). */
struct decision index_decide(const struct index *index,
			     const struct index_query *query,
			     const char *recipient, int64_t now,
			     struct permission *ret_row);

/**
 * A grant that was found, to be used again without a search.  All zero: none
 * was. It is good for one query and one recipient.
 */
struct cached_grant {
	int64_t row;	     /**< id of the row that decided; 0: none did, or
			      *   the deny has none.  Of a deny only this is
			      *   filled: it is no grant */
	int64_t from, until; /**< instants between which it does; until 0: no
			      *   end */
	uint64_t version;    /**< of the index, read before it was looked at */
};
/**
 * The verdict of index_decide() at @p now.  A grant in @p cached is used again
 * without a search while nothing in the index has changed since it was filled,
 * and @p now is within its span.
 *
 * @param cached  read, and filled: see there
 */
enum verdict index_decide_cached(const struct index *index,
				 const struct index_query *query,
				 const char *recipient, int64_t now,
				 struct cached_grant *cached);
struct index_lookup {
	const char *recipient;
	struct cached_grant *cached;
	enum verdict verdict; /**< what is found */
};
/** The same for many: the memory of several is sent for before the first of
 *  them is looked at, so that a large index costs little more than a small. */
void index_decide_all(const struct index *index,
		      const struct index_query *query,
		      struct index_lookup *lookups, size_t n, int64_t now);

/**
 * Denies that cover all that a row with the scopes of @p row does, but not the
 * row of these very keys: what a grant of it would not get past.
 *
 * @param row  sender, target, recipient are read
 * @param ret  filled as by index_find(): at most INDEX_ROWS_MAX; id 0 where a
 *             deny is only pending.  Strings live in @p arena.
 */
size_t index_denies(const struct index *index, const struct permission *row,
		    int64_t now, struct arena *arena,
		    struct permission ret[INDEX_ROWS_MAX]);

/** Is a permission request with the scopes of @p row forbidden?  Its own row is
 *  denied, or the recipient denied a wider one. */
bool index_forbids_asking(const struct index *index,
			  const struct permission *row, int64_t now);

/** Is nothing about @p row to go to its recipient, question or notice?  Asking
 *  is forbidden, or a wider deny of anybody's forbids what a yes would permit.
 */
bool index_silences(const struct index *index, const struct permission *row,
		    int64_t now);

/** Does the row of this id, with these scopes and kinds, still grant, on the
 *  word of others than the recipient?  A deny that covers it is another
 *  question (index_forbids_asking()). */
bool index_grants_by_others(const struct index *index,
			    const struct permission *row, int64_t now);

/** Put or replace a row (one that is neither granted nor denied is removed, it
 *  decides nothing); remove it.  By its triple and kinds. */
void index_put(struct index *index, const struct permission *row);
void index_remove(struct index *index, const struct permission *row);
/** As index_put(), but only where it allows less than what is there: for what
 *  is said and not yet on disk. */
void index_apply_deny(struct index *index, const struct permission *row);
/**
 * From now on the triple counts as denied for the kinds of @p row, or for all
 * where it says so, whatever is put, until the same is removed
 * (db/pending_denies.h).  They nest.
 */
void index_pending_deny_add(struct index *index, const struct permission *row);
void index_pending_deny_remove(struct index *index,
			       const struct permission *row);

/* Denies without a row, of which only the hash is known (db/revocations.h). */
#define INDEX_KEYS_MAX 8
/** The hash of a triple in the record: the first half is that of the persons,
 *  whatever the spelling, the second that of the keys as they are.  @p kind:
 * name of the one kind that is denied; NULL: all are. */
struct hash128 revocation_hash(const struct hash_key *key,
			       const struct permission *triple,
			       const char *kind);
/** The keys of the record, at most INDEX_KEYS_MAX; before anybody looks. */
void index_set_keys(struct index *index, const struct hash_key *keys, size_t n);
/** This hash is denied.  Looks by index_find() and all below it see it. */
void index_rowless_add(struct index *index, struct hash128 hash,
		       enum permission_origin origin, int64_t expires_at);
/** Whatever the spelling; @p kind as above. */
void index_rowless_remove(struct index *index, const struct permission *triple,
			  const char *kind);
/** The deny of the sender scope, target and recipient of @p scopes in any
 *  spelling, of all kinds or of some of its own, if there is one; its strings
 *  are those given. */
bool index_rowless_find(const struct index *index,
			const struct permission *scopes,
			struct permission *ret);
size_t index_rowless_count(const struct index *index);

/** The clock has shown @p now.  One that shows less later is not believed: what
 *  had ended does not come back.  Any thread. */
void index_note_time(struct index *index, int64_t now);
/** A token was made by which one can say no: to deny, of a page or a chat; its
 *  hash as stored.  Before its permission request leaves. */
void index_deny_add(struct index *index, const uint8_t hash[HASH_LEN]);
/** Was it?  Never false for one of ours; true for few others.  Any thread; does
 *  not wait. */
bool index_deny_known(const struct index *index, const uint8_t hash[HASH_LEN]);
/** Rows, granted or denied. */
size_t index_count(const struct index *index);
/** Bytes of memory in use. */
size_t index_size(const struct index *index);

#endif
