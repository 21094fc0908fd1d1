/*
 * terms -- how long a yes lives, as a word: "default", "permanent", "30d".
 */
#ifndef VOLENS_API_TERMS_H
#define VOLENS_API_TERMS_H

#include "api/bodies.h"

#define TERM_TEXT_ROOM 32
#define TERM_WORDS "default, permanent, or days from 7d to 3650d"
/** In @p room, or constant. */
const char *term_text(int64_t term_s, char room[TERM_TEXT_ROOM]);
/** ERR_SYNTAX: no such word, or under a week, or over ten years. */
enum err term_parse(const char *word, int64_t *ret) MUST_CHECK;
/** The same, with a problem of the field `term`. */
enum err term_word_read(const char *word, int64_t *ret,
			struct problem *ret_problem) MUST_CHECK;
/** Have @p word, where it is not NULL, in @p body: with a grant it is its end.
 *  Else a problem of the field `term`. */
enum err term_read(const char *word, const struct body_rules *rules,
		   struct permission_body *body,
		   struct problem *ret) MUST_CHECK;
/** Where a term and an end are both said. */
enum err term_and_end(struct problem *ret) MUST_CHECK;

#endif
