/*
 * list_bodies -- the JSON bodies of requests about stored lists, read and made
 * canonical.  Pure, as bodies.h.
 */
#ifndef VOLENS_API_LIST_BODIES_H
#define VOLENS_API_LIST_BODIES_H

#include "api/bodies.h"
#include "db/lists.h"

#define LIST_ENTRIES_AT_ONCE 1000

/** POST /v1/lists, and PATCH of one: members that were not said keep what @p
 *  ret has. */
struct list_body {
	const char *name; /**< POST only */
	const char *owner;
	const char *title;
	bool is_title_said; /**< "" takes it away */
	int use, replies;   /**< of the enums; -1: not said */
	struct kinds kinds; /**< none: not said */
};
enum err list_body_read(struct view body, struct arena *arena,
			struct list_body *ret,
			struct problem *ret_problem) MUST_CHECK;
/** name must not be there. */
enum err list_patch_read(struct view body, struct arena *arena,
			 struct list_body *ret,
			 struct problem *ret_problem) MUST_CHECK;

/** POST /v1/lists/{name}/entries.  ref_name is what the body says. */
enum err list_entries_read(struct view body, const struct body_rules *rules,
			   struct arena *arena, struct list_entries *ret,
			   struct problem *ret_problem) MUST_CHECK;
/** Name the entry that a problem is about: "entries[3].uri". */
void list_entry_blame(struct problem *problem, struct arena *arena, size_t i,
		      const char *field);

#endif
