/*
 * lists -- stored lists on disk (RFC 4826): a target that goes to its members.
 *
 * A list is a tree of entries, lists inside it and references to entries of
 * other lists of the same owner (entry-ref); `external` is not kept.  The order
 * is that of adding.  Its members are the recipients that its entries and
 * references name; whom a request goes to is decided each time, from their
 * permissions (policies/consent.h), and written nowhere.
 *
 * What makes somebody a member asks for the list's kinds, in the transaction
 * that does it, unless a permission or a no of theirs stands; what makes them
 * none ends their granted or asked permissions for this list, with tokens and
 * deliveries that wait.  A deny stays (RFC 5360 section 5.8).
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_LISTS_H
#define VOLENS_DB_LISTS_H

#include "db/permissions.h"
#include "db/store.h"
#include "policies/list.h"

#define LIST_TITLE_MAX 256 /**< bytes of a display name */
#define LIST_DEPTH_MOST 8  /**< lists in lists in a stored one */

struct stored_list {
	int64_t id;
	const char *uri;   /**< key of the target: "sip:hikers@example.com" */
	const char *name;  /**< its user part */
	const char *owner; /**< key of an AOR */
	const char *title; /**< for people who look after it; NULL: none */
	enum list_use use;
	enum list_replies replies;
	struct kinds kinds; /**< what members are asked for */
	const char *etag;   /**< changes with its entries, too */
	int64_t created_at, changed_at;
	int64_t n_entries; /**< rows of any kind */
};

enum list_entry_kind {
	LIST_ENTRY,  /**< one recipient */
	LIST_NESTED, /**< a list inside this one */
	LIST_REF,    /**< an entry of another list of the same owner */
	LIST_ENTRY_KINDS
};
const char *list_entry_kind_name(enum list_entry_kind kind);

struct list_entry {
	int64_t id;
	int64_t parent; /**< the list inside that it stands in; 0: in none */
	enum list_entry_kind kind;
	const char *uri;   /**< Request-URI; NULL: a list inside */
	const char *key;   /**< that of the permission; likewise */
	const char *name;  /**< of a list inside; NULL: it has none */
	const char *title; /**< display name; NULL: none */
	/** LIST_REF: key of the list whose entry it is; NULL: that is gone. */
	const char *ref_uri;
	const char *ref_name; /**< of that list; read only */
	int64_t ref_list;     /**< likewise its id */
	int64_t place;	      /**< read only: rises with the order */
	enum copy_control copy;
	bool is_anonymous;
	bool has_term;	/**< of one that is added: term_s is said */
	int64_t term_s; /**< how long a yes of theirs is to live: TERM_*; it
			 *   is kept in their permission */
	/* Read only: what the list has of them for the senders that it asks
	 * for; permission.id 0: nothing. */
	struct permission permission;
};

/** How many there may be. */
struct list_limits {
	int64_t lists;
	int64_t entries; /**< in one list */
};

/**
 * Make a list without entries.  etag and times are filled.  What the name was
 * before leaves it nothing but its denies (db/names.h).
 *
 * ERR_EXISTS: there is one with this URI; ERR_CONFLICT: an account has it as
 * its AOR, or somebody in a list; ERR_TOO_LARGE: there are as many as there may
 * be.
 */
enum err store_list_add(struct store *store, const struct stored_list *list,
			const struct list_limits *limits, struct arena *arena,
			struct stored_list *ret) MUST_CHECK;
enum err store_list_find(struct store *store, const char *uri,
			 struct arena *arena,
			 struct stored_list *ret) MUST_CHECK;
/** NULL: any. */
struct list_filter {
	const char *owner;
	const char *domain; /**< beside the first; "" is that */
	struct page page;
};
enum err store_list_list(struct store *store, const struct list_filter *filter,
			 struct arena *arena, struct stored_list **ret,
			 size_t *ret_n) MUST_CHECK;

/** The list to change, as it was read. */
struct list_target {
	const char *uri;
	/** NULL: whatever it is; else its tag is one of these (NULL ends). */
	const char *const *if_match;
	int64_t now;
	/** n_entries stays 0: to count takes as long as the list is. */
	bool is_uncounted;
};
/**
 * Write owner, title, use, replies and kinds of @p list, which was read by the
 * same job.  Who has to be asked for more is: a wider scope or more kinds get
 * rows of their own beside the old ones.  What it wants no more is not asked
 * and not renewed, but for questions that have left; grants stay.  ERR_UNKNOWN,
 * ERR_PRECONDITION; ERR_FORBIDDEN: another owner, while entries refer from it
 * or to it.
 */
enum err store_list_change(struct store *store,
			   const struct list_target *target,
			   const struct stored_list *list, struct arena *arena,
			   struct stored_list *ret) MUST_CHECK;
/** Members of a list that are settled in one piece. */
#define LIST_PIECE 100
/**
 * Of a list of more than LIST_PIECE entries store_list_change() writes what the
 * list is now, and this asks, or takes back, for a piece of its members, so
 * that no deny waits for all of them: until @p ret_more says no.  What a stop
 * left goes on where it was.  ERR_UNKNOWN; if_match is not read.
 */
enum err store_list_settle_some(struct store *store,
				const struct list_target *target,
				bool *ret_more) MUST_CHECK;
/** A piece of what store_list_remove() will end. */
enum err store_list_end_some(struct store *store,
			     const struct list_target *target,
			     bool *ret_more) MUST_CHECK;
/** Remove it, with all that is permitted or waits through it.  ERR_UNKNOWN,
 *  ERR_PRECONDITION.  @p ret: as it was. */
enum err store_list_remove(struct store *store,
			   const struct list_target *target,
			   struct arena *arena,
			   struct stored_list *ret) MUST_CHECK;

/** Entries to add, and what became of it. */
struct list_addition {
	const struct list_entry *entries; /**< id, permission are not read */
	size_t n;
	int64_t entries_most; /**< struct list_limits */
	int64_t n_there;      /**< rows in it, where the target is uncounted */
	/* Filled: */
	struct list_entry *added; /**< as they are now */
	struct stored_list list;
	size_t bad; /**< after a failure that is an entry's: which, from 0 */
};
/**
 * Add entries at the end: all of them, or none.
 *
 * ERR_UNKNOWN, ERR_PRECONDITION: of the list.  Of entry `bad`: ERR_EXISTS, its
 * recipient, or its name, is there already; ERR_SYNTAX, parent is no list
 * inside this one, or is too deep; ERR_HOSTILE, the recipient is a stored list;
 * ERR_FORBIDDEN, it refers to a list of another owner, to none, or to itself;
 * ERR_TOO_LARGE, there are as many as there may be.
 */
enum err store_list_entries_add(struct store *store,
				const struct list_target *target,
				struct list_addition *addition,
				struct arena *arena) MUST_CHECK;
/** Remove one; with a list inside all that is in it.  ERR_UNKNOWN (list or
 *  entry), ERR_PRECONDITION.  @p ret: the list. */
enum err store_list_entry_remove(struct store *store,
				 const struct list_target *target, int64_t id,
				 struct arena *arena,
				 struct stored_list *ret) MUST_CHECK;
/** Its entries, in order; the cursor is their place. */
struct list_entries {
	struct list_entry *at;
	size_t n;
};
enum err store_list_entries(struct store *store, const struct stored_list *list,
			    struct page page, struct arena *arena,
			    struct list_entries *ret) MUST_CHECK;
enum err store_list_entry_get(struct store *store,
			      const struct stored_list *list, int64_t id,
			      struct arena *arena,
			      struct list_entry *ret) MUST_CHECK;
/** Is there a list with this URI, in whatever spelling?  For what must not have
 *  the same name. */
enum err store_list_exists(struct store *store, const char *uri,
			   bool *ret) MUST_CHECK;

#endif
