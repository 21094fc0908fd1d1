/*
 * revocations -- the record of denies beside the store, which outlives it.
 *
 * The store can be replaced by an older copy, and is then without the denies
 * that came since.  So each deny, and each end of one, is appended to a file of
 * its own as well: as a hash of the sender scope, target and recipient (and of
 * the kind, where it is not to all) under a
 * key that is in a third file, never as a URI, and with no word on who said it.
 *
 *   volens.db.revocations      64 bytes a line, the first says whose it is,
 *                              and has a check under the first key; behind
 *                              the last line zeros, while it is open
 *   volens.db.revocations.key  32 hex digits a line; the last is for new
 * entries
 *
 * For one hash the latest entry counts.  Nobody hears of an outcome before its
 * entries are synced.  Those of a deny are written and synced while SQLite
 * commits it, those that lift a deny after the commit: so after a crash there
 * may be a deny that nobody was promised, and none that was is lacking.  Where
 * the commit fails its denies are lifted again.  At a start both are compared:
 * what the record lacks is appended; a deny that the store lacks, because it is
 * an older copy or a commit was cut off, is written to its row; and where there
 * is no row, the hash alone binds (db/index.h).
 *
 * Private to db/.  Writer's thread only, after the start.
 */
#ifndef VOLENS_DB_REVOCATIONS_H
#define VOLENS_DB_REVOCATIONS_H

#include "db/index.h"
#include "db/index_table.h"
#include "db/store_private.h"

#define REVOCATION_LINE 64 /**< bytes of an entry */
#define STORE_NAME_LEN 32  /**< hex digits */

struct revocations;

/** What stands for one triple by one row. */
struct revocation {
	bool is_denied;
	enum permission_origin
		origin; /**< recipient, or admin for all others */
	int64_t expires_at;
	struct kinds kinds; /**< that are denied; KINDS_ALL: all there are */
};
struct revocation revocation_of(const struct permission *row);
bool revocation_equal(const struct revocation *a, const struct revocation *b);

/**
 * Open the record of @p store, or begin one, and compare the two; the store is
 * changed where it lacks a deny, the index where there is no row for it. Before
 * the index is loaded.
 *
 * ERR_CONFLICT: the store is not the one of the record, or is emptier, and
 * @p accept_new is 0.  ERR_FORBIDDEN, ERR_SYNTAX, ERR_IO: a file cannot be
 * used. Why is in store->problem.
 */
enum err revocations_open(struct store *store, int accept_new,
			  struct revocations **ret) MUST_CHECK;
const struct record_look *revocations_look(const struct revocations *record);
/** What a change makes of the entries of a triple.  What another row of the
 *  triple denies is not lifted. */
struct revocation_change {
	const struct permission *triple; /**< as long as the transaction */
	struct revocation was, now;
};
/** Add its entries, to be written with the next revocations_sync(). */
void revocations_change(struct store *store,
			const struct revocation_change *change);
/** The commit comes: begin to write and sync what was added, beside it. */
void revocations_begin_sync(struct revocations *record);
/** Does the record have a deny whose commit failed, until the next sync? */
bool revocations_must_lift(const struct revocations *record);
/** The transaction is over, and what it changed was added: denies without a row
 *  end that it took the place of. */
void revocations_end(struct revocations *record, bool is_committed);
/** Have what was added on disk.  ERR_FULL, ERR_IO: it is kept for the next
 *  call.  @p ret_is_broken: a sync failed, so that the file cannot be trusted
 *  until it is opened again. */
enum err revocations_sync(struct revocations *record,
			  bool *ret_is_broken) MUST_CHECK;
void revocations_free(struct revocations *record);

/* ---- revocations_file.c, for revocations.c ------------------------------ */

/** The file as it was read. */
struct record_file {
	char *path, *key_path;
	int fd;
	off_t end;  /**< behind the last entry that is on disk */
	off_t room; /**< length of the file: zeros from `end` on */
	char name[STORE_NAME_LEN + 1]; /**< of the store; "" in a new one */
	struct hash_key keys[INDEX_KEYS_MAX];
	size_t n_keys;
	struct table table; /**< what stands, by hash; slot.id is its key */
	size_t n_entries, n_damaged;
	bool is_new;
	bool is_lost;	      /**< the store had one */
	bool has_strange_key; /**< an entry names a key that is not there */
	bool has_room;	      /**< a line of zeros was read */
	char problem[STORE_PROBLEM_MAX];
};
/** The record of the store at this path, before any of the others; given back
 *  by record_release(). */
void record_name(struct record_file *file, const char *store);
/** Can it be read?  Only its keys and its first line are; nothing is made. */
enum err record_look_at(struct record_file *file) MUST_CHECK;
/** Read both files; make the key where there is no record either. */
enum err record_read(struct record_file *file) MUST_CHECK;
/** Write the file anew, with what stands. */
enum err record_rewrite(struct record_file *file) MUST_CHECK;
struct record_entry {
	char kind; /**< 'r' a recipient's deny, 'o' an operator's, 'l' lifted */
	size_t key; /**< which of the keys made the hash */
	struct hash128 hash;
	int64_t expires_at;
};
void record_line(const struct record_file *file, struct text *ret,
		 const struct record_entry *entry);
/**
 * Write entries behind `end`, which is moved once they are synced.  They
 * overwrite zeros, so that the sync has data to write and nothing of the file
 * system's own; once these are used up, a chunk of them is added with the
 * entries.  All behind the entries is zeros: anything else there was not
 * promised.
 *
 * ERR_FULL, ERR_IO: call again with the same entries, and perhaps more.
 */
enum err record_append(struct record_file *file,
		       struct view entries) MUST_CHECK;
/** Cut the zeros off, at a clean end. */
void record_trim(struct record_file *file);
void record_release(struct record_file *file);

/** Store and record have one name (revocations_name.c).  ERR_CONFLICT: the
 * store is not the one of the record, or is emptier; why is in store->problem.
 */
enum err record_agree_on_name(struct store *store, struct record_file *file,
			      int accept_new) MUST_CHECK;

#endif
