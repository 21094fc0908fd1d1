/*
 * journal_private -- what the writer's handle knows of the journal without
 * asking the file.
 *
 * Private to db/.
 */
#ifndef VOLENS_DB_JOURNAL_PRIVATE_H
#define VOLENS_DB_JOURNAL_PRIVATE_H

#include "db/accepted_keys.h"
#include "db/store.h"

#define SETTLED_MAX 512

struct journal_change; /* db/journal_memory.c */

struct journal_memory {
	struct accepted_keys *keys; /**< of what is accepted; NULL: not read */
	struct journal_change
		*changes;  /**< what the transaction accepted or settled */
	int64_t next_id;   /**< of an accepted request, while there are */
	unsigned ids_left; /**< such ids */
	int64_t settled[SETTLED_MAX]; /**< ids that are to leave the accepted
					 before the outermost commit */
	size_t n_settled;
};
struct journal_memory *journal_memory_new(void);
void journal_memory_free(struct journal_memory *memory);

/** Know the keys of what is accepted; once after the start is enough. */
enum err journal_read_keys(struct store *store);
/** This transaction was undone: what memory knows of the entries that it
 *  accepted or settled is read again. */
void journal_undone(struct store *store);
/** The transaction accepted it, or settled it. */
void journal_note_passed(struct store *store, int64_t id);
/** This one leaves the accepted before the commit, with others.  Only in the
 *  outermost transaction, and where it is known to be there.  @return false
 * where there are too many already */
bool journal_put_off(struct store *store, int64_t id);
/** What was put off is done; where it fails the transaction cannot be kept. */
enum err journal_remove_settled(struct store *store) MUST_CHECK;
/** Drop a settled entry that no delivery waits for. */
enum err journal_close(struct store *store, int64_t journal);
/** An id that was never given before. */
enum err journal_give_id(struct store *store, int64_t *ret);

#endif
