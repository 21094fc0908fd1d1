/*
 * branch_table -- finds the client transaction of a response by the branch that
 * it brings back.
 *
 * A branch of ours holds the place of its transaction, made unreadable, and a
 * keyed number: nobody who does not see our requests can name one, or learns
 * how many there are.  A branch of another process (server/leg.h) is found by
 * its hash.  One thread's own.
 */
#ifndef VOLENS_SERVER_SIP_BRANCH_TABLE_H
#define VOLENS_SERVER_SIP_BRANCH_TABLE_H

#include "server/base/hash_table.h"
#include "server/base/view.h"
#include "server/sip/sender.h"

#define BRANCH_LEN (7 + INSTANCE_ID_LEN + 8 + 16)

struct branch_place {
	struct client_txn *txn; /**< NULL: free */
	uint32_t next_free;	/**< index + 1 */
};

struct branch_table {
	const char *instance_id; /**< borrowed */
	struct branch_place *places;
	uint32_t n_places, first_free; /**< index + 1; 0: none */
	struct hash_key key;	       /**< of numbers and places */
	uint64_t serial;
	struct hash_table given; /**< branches of another process */
};

/** What a transaction is found by. */
struct branch {
	uint64_t nonce; /**< of the branch in use */
	uint32_t place;
	struct given_branch *given; /**< NULL: it is one of ours */
};

void branch_table_init(struct branch_table *table, const char *instance_id);
/** All have left it, or are freed. */
void branch_table_release(struct branch_table *table);
/** @p given: use this one; NULL: one of ours, by branch_renew(). */
void branch_take(struct branch_table *table, struct client_txn *txn,
		 const char *given, struct branch *ret);
void branch_leave(struct branch_table *table, struct branch *branch);
/** Another one from now on; what was given stays. */
void branch_renew(struct branch_table *table, struct branch *branch);
/** Somebody else answers for it from now on. */
void branch_hand_over(struct branch_table *table, const struct branch *branch,
		      struct client_txn *txn);
/** @p room: where it may be written.  @return it, NUL terminated */
const char *branch_text(const struct branch_table *table,
			const struct branch *branch, char room[BRANCH_LEN + 1]);
/** NULL: nobody has it. */
struct client_txn *branch_find(const struct branch_table *table,
			       struct view text);
/** Is it still the branch of this one?  @p txn may be gone. */
bool branch_is_held(const struct branch_table *table,
		    const struct branch *branch, const struct client_txn *txn);
/** Does it look like one of this program, in whatever process? */
bool branch_is_of_volens(struct view text);

#endif
