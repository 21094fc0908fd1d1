/*
 * match -- does a permission's scope cover these facts (RFC 5361 section 3).
 */
#ifndef VOLENS_POLICIES_MATCH_H
#define VOLENS_POLICIES_MATCH_H

#include <stdbool.h>

#include "policies/facts.h"
#include "policies/permission.h"

/** A sender scope by its form. */
enum scope_kind {
	SCOPE_ONE,     /**< one AOR */
	SCOPE_DOMAIN,  /**< "*@domain" */
	SCOPE_MANY,    /**< "*": any authenticated sender */
	SCOPE_ANYBODY, /**< "anonymous": unauthenticated senders too */
	SCOPE_INVALID  /**< none of these */
};
enum scope_kind scope_kind(const char *sender);

/** Does sender scope @p scope of a grant cover @p sender (NULL:
 *  unauthenticated)?  An unauthenticated sender never matches a named scope,
 * not even "*"; "*@domain" is that domain at its default port. */
bool match_sender(const char *scope, const struct identity *sender);
/** Does target scope @p scope ("*", "*@domain" or a key) cover key @p target?
 *  That "*" is for the first domain only, who looks has to know
 *  (db/index.h). */
bool match_target(const char *scope, const char *target);
/** Is a row for this kind?  A deny of all kinds is for each. */
bool match_kind(const struct permission *row, struct kinds kind);
/** All conditions of the row, and its kinds.  Those of a denied row are met by
 * every key of the persons that it names (uri_keys_name_one()), and its
 * "*@domain" by every port of that host; those of other rows by the very keys.
 */
bool match_permission(const struct permission *row, const struct facts *facts);
/** Does @p row match only because it is a deny? */
bool match_is_respelled(const struct permission *row,
			const struct facts *facts);
/** Would a deny of @p wide leave nothing of a grant of @p narrow?  Scopes and
 *  recipients are read, states are not. */
bool match_within(const struct permission *wide,
		  const struct permission *narrow);

#endif
