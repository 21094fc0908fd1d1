/*
 * list -- from the decisions on each recipient to what becomes of the request
 * (RFC 5360 sections 4.1 and 5.9.1, RFC 5363 section 5.2).
 */
#ifndef VOLENS_POLICIES_LIST_H
#define VOLENS_POLICIES_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "policies/consent.h"

/** The role of a recipient (RFC 5364 section 3), the stronger the higher. */
enum copy_control {
	COPY_BCC, /**< not named to the others; also when nothing is said */
	COPY_CC,
	COPY_TO
};

/** What a missing permission does. */
enum missing_rule {
	MISSING_REFUSES, /**< request-contained list: refuse it whole, 470 */
	MISSING_OMITS /**< stored list; or a service set to it (a deviation) */
};

enum list_outcome {
	LIST_RELAY,  /**< send to every granted recipient */
	LIST_REFUSE, /**< 470, nothing goes out */
	LIST_NOBODY  /**< nobody left to send to: 480 for stored lists */
};

/** Who may send to a stored list. */
enum list_use {
	LIST_USE_OWNER,
	LIST_USE_MEMBERS, /**< who is in it and granted it, and the owner */
	LIST_USE_ANYONE,  /**< every authenticated sender */
	LIST_USES
};
/** Where replies to what a stored list sends are asked to go. */
enum list_replies {
	LIST_REPLIES_NONE,
	LIST_REPLIES_LIST,   /**< to the list: its members talk in it */
	LIST_REPLIES_SENDER, /**< to who sent it, where they did not hide */
	LIST_REPLIES_WAYS
};
/** What a sender is to a stored list. */
enum list_role {
	LIST_ROLE_STRANGER,
	LIST_ROLE_MEMBER, /**< in it, and has granted it */
	LIST_ROLE_OWNER
};
/** May an authenticated sender use it?  Where replies go to the list its
 *  members may. */
bool list_may_use(enum list_use use, enum list_replies replies,
		  enum list_role role);
/** Does it have to ask its members for any authenticated sender, and not for
 *  its owner alone?  A yes to one sender is no yes to others (RFC 5361 section
 *  3.1.2). */
bool list_asks_for_many(enum list_use use, enum list_replies replies);

#define LIST_AT_MAX 318	 /**< bytes of a name, "@" and its domain */
#define LIST_NAME_MAX 64 /**< bytes of the name of a stored list */
/** Can a stored list be called so: lower-case letters, digits, `-`, `_`, `.`?
 */
bool list_name_is_fine(const char *name);
/** Is it such a name, or one with "@" and something behind it that has no other
 *  "@"? */
bool list_at_is_fine(const char *name);
/** Does it begin like a consent, question or conference URI? */
bool list_name_is_reserved(const char *name);
const char *list_use_name(enum list_use use);
bool list_use_from(const char *name, enum list_use *ret);
const char *list_replies_name(enum list_replies replies);
bool list_replies_from(const char *name, enum list_replies *ret);
const char *copy_control_name(enum copy_control copy);
bool copy_control_from(const char *name, enum copy_control *ret);

struct list_tally {
	size_t granted, missing, denied;
};
struct list_tally list_tally(const enum verdict *verdicts, size_t n);
/** An empty list is LIST_NOBODY. */
enum list_outcome list_decide(enum missing_rule rule, struct list_tally tally);

#endif
