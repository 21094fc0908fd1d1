/*
 * wording -- in which languages and words people are asked.
 *
 * Built-in words, or those of the operator from a file.  Made once at start,
 * then constant: any thread.
 */
#ifndef VOLENS_SERVER_WORDS_WORDING_H
#define VOLENS_SERVER_WORDS_WORDING_H

#include "server/words/words.h"

#define WORDING_LANGUAGES_MAX 5
/** Between two languages. */
#define WORDING_RULER "\r\n----\r\n\r\n"

/** One language of a text. */
struct wording_part {
	const struct language *language;
	const char *forms[WORD_FORMS]; /**< the operator's; NULL: built-in */
};

/** What one text is written in: one language under the other. */
struct wording {
	struct wording_part parts[WORDING_LANGUAGES_MAX];
	size_t n;
	const char *languages; /**< of Content-Language: "de, en" */
	/** Those of domains that have words of their own, with their names. */
	const struct wording *domains;
	size_t n_domains;
	const char *domain; /**< of one of these */
};

/** Which words a text about @p target (a key, "*" or "*@domain") is in: those
 *  of its domain, or @p wording, which may be NULL: English. */
const struct wording *wording_for(const struct wording *wording,
				  const char *target);
/** The place of a language among its parts, by a tag in whatever case; false:
 *  it has none, or @p wording is NULL. */
bool wording_find(const struct wording *wording, struct view tag,
		  size_t *ret_at);
/** The template of a form. */
struct view wording_form(const struct wording_part *part, enum word_id form);

#endif
