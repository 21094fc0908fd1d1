/*
 * phrases -- the facts of a permission in words: who, what for, through what,
 * until when.
 *
 * Nothing in them was chosen by a sender or the owner of a list but addresses,
 * as they were authenticated, and names of methods and event packages.  Each
 * adds to @p text.
 */
#ifndef VOLENS_SERVER_WORDS_PHRASES_H
#define VOLENS_SERVER_WORDS_PHRASES_H

#include "policies/kinds.h"
#include "server/words/words.h"

/** @p scope: of a permission (policies/permission.h).  @p is_list: it is one
 *  through a stored list, and covers all who may write to it, now or later. */
void phrase_who(struct text *text, const struct language *language,
		const char *scope, bool is_list);
/** "send you messages, call you and record calls with you". */
void phrase_kinds(struct text *text, const struct language *language,
		  struct kinds kinds);
/** @p target: a URI, or "*": any of @p domain. */
void phrase_through(struct text *text, const struct language *language,
		    const char *target, const char *domain);
/** How long a yes lives.  @param seconds  0: without an end */
void phrase_until(struct text *text, const struct language *language,
		  int64_t seconds);
/** The same in a renewal: "for 180 days from your answer". */
void phrase_on(struct text *text, const struct language *language,
	       int64_t seconds);

#endif
