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

/** Does sender scope @p scope cover @p sender (NULL: unauthenticated)?  An
 *  unauthenticated sender never matches a named scope, not even "*". */
bool match_sender(const char *scope, const struct identity *sender);
/** Does target scope @p scope ("*" or a key) cover key @p target? */
bool match_target(const char *scope, const char *target);
/** All three conditions of the row. */
bool match_permission(const struct permission *row, const struct facts *facts);

#endif
