/*
 * list_table -- the stored lists in memory, by URI key.  Any thread may look.
 *
 * Who looks gets the list as it was at that moment: a constant image with a
 * count of its users, which goes with the last of them.  An image names
 * everybody who is in the list; who of them gets a request is decided from the
 * index, each time.  The store puts an image here after the commit that changed
 * its list.
 */
#ifndef VOLENS_DB_LIST_TABLE_H
#define VOLENS_DB_LIST_TABLE_H

#include "db/store.h"
#include "policies/kinds.h"
#include "policies/list.h"

/** Somebody in a list.  Once, however often the list names them. */
struct list_member {
	const char *uri;	/**< Request-URI of the leg */
	const char *key;	/**< under which permissions are kept */
	const char *person;	/**< the one key of all spellings (uri.h) */
	enum copy_control copy; /**< the strongest of several */
	bool is_anonymous;	/**< one of several asks for it */
};

struct list_image {
	int64_t id;
	const char *uri; /**< key of the target */
	const char *name, *owner;
	enum list_use use;
	enum list_replies replies;
	struct kinds kinds;
	const struct list_member *members;
	size_t n;
};

struct list_table;
struct list_table *list_table_new(void);
/** Images that somebody still has stay until they give them back. */
void list_table_free(struct list_table *table);
/** The list with this key; NULL: there is none.  Give it back. */
const struct list_image *list_table_get(const struct list_table *table,
					const char *uri);
/** Is there one with this key? */
bool list_table_has(const struct list_table *table, const char *uri);
/** Is a recipient with this key one of them, in whatever spelling? */
bool list_table_names(const struct list_table *table, const char *key);
/** One user more. */
void list_image_keep(const struct list_image *image);
/** NULL is fine. */
void list_image_release(const struct list_image *image);
/** Who of it has this key, in whatever spelling; NULL: nobody. */
const struct list_member *list_image_member(const struct list_image *image,
					    const char *key);
/** Has it a member with this very key? */
bool list_image_has(const struct list_image *image, const char *key);
struct index;
struct identity;
/** What an authenticated sender is to it: a member is who granted that its
 *  owner sends them requests of this kind.  A right is for one key, as a grant
 *  is: other spellings have none. */
enum list_role list_image_role(const struct list_image *image,
			       const struct index *index,
			       const struct identity *sender, struct kinds kind,
			       int64_t now);
/** Put a copy of an image in the place of the one with the same key; persons
 *  and double members are seen to.  The store's. */
void list_table_put(struct list_table *table, const struct list_image *image);
void list_table_remove(struct list_table *table, const char *uri);
size_t list_table_count(const struct list_table *table);

#endif
