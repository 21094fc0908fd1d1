/*
 * kinds -- what a permission is for: messages, calls, ... (RFC 4453 REQ 8).
 *
 * A permission keeps the kinds that its question named, and covers no other.
 * Known kinds are bits of a set; any other method or event package has a name
 * of its own, and then the set has nothing else in it.
 *
 * As text: names with commas between them, in the order below, no spaces.  What
 * is left of all kinds is "*!message!call": those are not in it.
 * Pure; strings are borrowed.
 */
#ifndef VOLENS_POLICIES_KINDS_H
#define VOLENS_POLICIES_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/view.h"

enum permission_kind {
	KIND_MESSAGE = 1 << 0,	 /**< message: MESSAGE */
	KIND_CALL = 1 << 1,	 /**< call: INVITE */
	KIND_REFER = 1 << 2,	 /**< refer: REFER */
	KIND_RECORDING = 1 << 3, /**< recording: a call of theirs is recorded */
	KIND_LEAVE_MEDIA = 1
			   << 4, /**< leave-media: a recorded message is left */
	KIND_PRESENCE = 1 << 5,	 /**< event:presence: SUBSCRIBE, by package */
	KIND_DIALOG = 1 << 6,	 /**< event:dialog */
	KIND_NAMED =
		1 << 15 /**< "method:INFO", "event:reg": alone in its set */
};
#define KINDS_ALL 0xffff    /**< every kind there is, named ones too */
#define KIND_NAME_MAX 48    /**< bytes of a name */
#define KINDS_TEXT_ROOM 128 /**< for the text of a set, with its NUL */

struct kinds {
	uint16_t set;	  /**< enum permission_kind; 0 in a row: message */
	const char *name; /**< where set is KIND_NAMED, else NULL */
};

static inline struct kinds kinds_only(enum permission_kind kind)
{
	return (struct kinds){(uint16_t)kind, NULL};
}
/** Rows of before there were kinds name none: they are for messages. */
static inline struct kinds kinds_or_message(struct kinds kinds)
{
	return kinds.set ? kinds : kinds_only(KIND_MESSAGE);
}
/** Is it what is left of all kinds? */
static inline bool kinds_is_rest(struct kinds kinds)
{
	return (kinds.set & KIND_NAMED) && kinds.set != KIND_NAMED;
}
/** What a request of this method needs.  @p package: of SUBSCRIBE, else NULL.
 *  Their text is written to @p room where it has a name of its own. */
struct kinds kinds_of_method(const char *method, const char *package,
			     char room[KIND_NAME_MAX + 1]);
/** Read names with commas between them, "*" for all, or what kinds_text()
 * writes; spaces around a name are ignored, one that comes twice counts once.
 * A name of its own is borrowed from @p text, which must have its NUL.  False:
 * empty, not a name, too long, or a name of its own beside others. */
bool kinds_read(const char *text, struct kinds *ret);
/** The text of a set, in @p room. */
const char *kinds_text(struct kinds kinds, char room[KINDS_TEXT_ROOM]);
/** Name of the known kind with this number, from 0; NULL: there are no more. */
const char *kinds_name(size_t number, enum permission_kind *ret);

#define KINDS_OTHER_NAME                                                       \
	"other" /**< all names of their own, beside known kinds */
/** Names in a set, one a call; NULL: that was the last.  @p at: 0 at first. */
const char *kinds_each(struct kinds kinds, size_t *at);

bool kinds_equal(struct kinds a, struct kinds b);
/** Is all of @p wanted in @p have?  Nothing covers the empty set. */
bool kinds_cover(struct kinds have, struct kinds wanted);
/** Is any of one in the other? */
bool kinds_overlap(struct kinds a, struct kinds b);
/** @p from without what is in @p less; its set is 0 where nothing is left. */
struct kinds kinds_without(struct kinds from, struct kinds less);

#endif
