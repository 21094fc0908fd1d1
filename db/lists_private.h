/*
 * lists_private -- the inside of lists.h: lists.c (lists), list_owned.c (those
 * of one owner), list_entries.c (what is in them), list_members.c (what is
 * asked and what ends), list_turns.c (the same by the hundred).  Private to
 * db/.
 */
#ifndef VOLENS_DB_LISTS_PRIVATE_H
#define VOLENS_DB_LISTS_PRIVATE_H

#include "db/list_table.h"
#include "db/lists.h"
#include "db/transaction.h"

/** An entry e that makes a member: itself, or by a reference to one. */
#define LIST_IS_MEMBER                                                         \
	"(e.kind = 'entry' OR EXISTS (SELECT 1 FROM list_entry t "             \
	"WHERE t.list = e.ref_list AND t.key = e.key AND t.kind = 'entry'))"

/** The list, if it is as the caller has read it. */
enum err list_find_matching(struct store *store,
			    const struct list_target *target,
			    struct arena *arena,
			    struct stored_list *ret) MUST_CHECK;
/** As store_list_remove(), in a transaction of the caller's. */
enum err list_remove(struct store *store, const struct list_target *target,
		     struct arena *arena, struct stored_list *row) MUST_CHECK;
/**
 * Remove the lists of an owner, in a transaction of the caller's, until @p room
 * permissions are ended, which is what is left of it; the last list may be
 * there still then.
 */
enum err list_remove_owned(struct store *store, const char *owner, int64_t now,
			   size_t *room) MUST_CHECK;
/** Something happened to the list, in this transaction. */
enum err list_log(struct store *store, const struct stored_list *list,
		  enum change_kind kind, int64_t at) MUST_CHECK;
/** Its entries changed: it gets another tag, and memory another image. */
enum err list_touch(struct store *store, struct stored_list *list, int64_t now,
		    struct arena *arena) MUST_CHECK;

/** Permissions of one person for a target. */
struct member_rows {
	struct permission *at;
	size_t n;
	struct arena *arena;
	const char *target;
};
/** Those of whom @p key names, in every spelling. */
enum err list_person_rows(struct store *store, const char *target,
			  const char *key, struct arena *arena,
			  struct member_rows *ret) MUST_CHECK;

/** A recipient of a list may have become a member, or may be none any more. */
struct list_settling {
	int64_t list;
	const char *key;
	const char *uri;   /**< filled: where they are asked */
	bool is_referring; /**< by a reference: its own row stays as it was */
	/** NULL; or the list before it became another: what it wants no more,
	 *  and was not asked yet, is not asked. */
	const struct stored_list *was;
	const int64_t *term_s; /**< of a yes; NULL: as they have one here */
	bool is_added; /**< now: one who could not be asked is asked again */
	int64_t now;
};
/** Ask who is a member and was not asked; end what is permitted to who is none.
 *  References to the entry from other lists follow. */
enum err list_settle(struct store *store, const struct list_settling *settling,
		     struct arena *arena) MUST_CHECK;
/** The same without the references. */
enum err list_settle_one(struct store *store,
			 const struct list_settling *settling) MUST_CHECK;
/** Does a list that becomes another ask its members for something else? */
bool list_asks_anew(const struct stored_list *was,
		    const struct stored_list *list);
/** May it get the owner that it has in @p list?  ERR_FORBIDDEN: entries refer
 *  from it, or to it, and would then to a list of somebody else. */
enum err list_check_owner(struct store *store, const struct stored_list *was,
			  const struct stored_list *list) MUST_CHECK;
/** All members: use, replies or kinds may want more than before, or less. */
enum err list_settle_all(struct store *store, const struct stored_list *was,
			 int64_t now, struct arena *arena) MUST_CHECK;
/**
 * All members of a list that was written in place of @p was, which has their
 * number: of many they are left to store_list_settle_some(), which finds what
 * the list was in the table list_turn.
 */
enum err list_turn(struct store *store, const struct stored_list *was,
		   int64_t now, struct arena *arena) MUST_CHECK;
/** What a stop left of the last such change, before there is another. */
enum err list_turn_finish(struct store *store, int64_t list, int64_t now,
			  struct arena *arena) MUST_CHECK;
/** The scope of senders that members are asked for. */
const char *list_scope(const struct stored_list *list);

/** Recipients of lists, as they are found. */
struct list_recipients {
	struct list_recipient {
		int64_t list;	 /**< 0: not said */
		const char *key; /**< NULL: a list inside has none */
	} * at;
	size_t n, room;
	struct arena *arena;
};
void list_recipients_add(struct list_recipients *set, int64_t list,
			 const char *key);
/** Those of references to entries of the list @p to; with @p key (NULL: any).
 */
enum err list_references(struct store *store, int64_t to, const char *key,
			 struct list_recipients *ret) MUST_CHECK;

enum err list_by_id(struct store *store, int64_t id, struct arena *arena,
		    struct stored_list *ret) MUST_CHECK;
/** Without the number of its entries, which takes longer the more there are. */
enum err list_uncounted(struct store *store, int64_t id, struct arena *arena,
			struct stored_list *ret) MUST_CHECK;
/** What memory shows of a list (db/list_table.h) that was read with its number
 *  of entries. */
enum err list_read_image(struct store *store, const struct stored_list *list,
			 struct arena *arena,
			 struct list_image *ret) MUST_CHECK;

#endif
