/*
 * change_private -- the changes of a transaction, for its readers.
 *
 * Private to db/.  change_log.c writes the rows, change_readers.c has what is
 * in memory.
 */
#ifndef VOLENS_DB_CHANGE_PRIVATE_H
#define VOLENS_DB_CHANGE_PRIVATE_H

#include <pthread.h>

#include "db/change_log.h"
#include "db/revocations.h"

/** A change, and what permission_reader.c knows of it. */
struct logged_change {
	struct store_change change; /**< first */
	struct logged_change *previous, *previous_of_noun;
	int depth; /**< of the transactions around it */

	struct revocation was;	/**< before the change */
	struct revocation told; /**< the last that the record was told */
	bool is_read;		/**< `row` is what the commit leaves */
	bool is_silent; /**< memory hears of it by the commit alone: when it is
			 *   undone, there is nothing to take back */
	struct permission *row; /**< NULL: none */
};

struct change_list {
	struct logged_change *first, *last;
};

struct changes {
	pthread_mutex_t lock; /**< of the readers */
	const struct change_reader *readers[CHANGE_READERS_MAX];
	size_t n_readers;
	struct change_list kept, undone; /**< by steps of this transaction */
	struct logged_change *last_of_noun[CHANGE_NOUNS]; /**< of the kept */
	int64_t number;	   /**< the last that was given; -1: the file knows */
	bool is_committed; /**< for those who are told what is undone */
};
struct changes *changes_new(void);
void changes_free(struct changes *changes);

/** Write a change of a list or an account, in its transaction; id and next are
 *  not read.  One of a list that is there already and says the same is enough.
 */
enum err change_add(struct store *store,
		    const struct store_change *change) MUST_CHECK;
/** Likewise of a permission, as it became.  @p was: what stood before. */
enum err change_add_permission(struct store *store,
			       const struct permission *row,
			       enum change_kind kind, int64_t at,
			       const struct revocation *was) MUST_CHECK;

/* ---- change_readers.c ---------------------------------------------------- */

/** The number of the next. */
enum err changes_next_number(struct store *store, int64_t *ret) MUST_CHECK;
/** It is written. */
void changes_append(struct store *store, const struct store_change *change,
		    const struct revocation *was);
/** The last one is told to nobody but by the commit; @p row as it is now. */
void changes_last_is_silent(struct store *store, const struct permission *row);
/** Is there a change of this one in the transaction, its last no removal? */
bool changes_has(const struct store *store, enum change_noun noun,
		 int64_t subject);
/** A step inside the transaction is over. */
void changes_step_kept(struct store *store);
void changes_step_undone(struct store *store);
/** The commit comes. */
enum err changes_before(struct store *store) MUST_CHECK;
/** The transaction is over: readers are told. */
void changes_over(struct store *store, bool is_committed);

extern const struct change_reader permission_reader; /* permission_reader.c */
extern const struct change_reader account_reader;    /* accounts.c */
extern const struct change_reader list_reader;	     /* lists.c */

#endif
