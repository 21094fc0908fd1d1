/*
 * wording_file -- forms in the operator's own words, from a file.
 *
 *   # A comment; nothing else stands before the first form.
 *   [question de]
 *   Gemeinde Hinterwald, Meldungen aufs Telefon.
 *   {who} bittet um Ihre Erlaubnis: {kinds}, {through}, an {recipient}.
 *   ...
 *
 * A line that begins with [ begins a form, which goes to the next such line;
 * blank lines at its ends are not of it.  Each form has the facts of the
 * built-in one (word_facts()), so that no question or notice lacks one.
 */
#ifndef VOLENS_SERVER_WORDS_WORDING_FILE_H
#define VOLENS_SERVER_WORDS_WORDING_FILE_H

#include "server/words/wording.h"

#define WORDING_FILE_MAX 65536 /**< bytes */
#define WORDING_FORM_MAX 1500  /**< bytes of a form */

struct wording_problem {
	size_t line;	  /**< from 1 */
	const char *what; /**< in the arena */
};

/** Built-in words in these languages, all known and none twice; at most
 *  WORDING_LANGUAGES_MAX. */
void wording_make(struct arena *arena, const char *const *tags, size_t n,
		  struct wording *ret);

/** Read forms, in languages that @p wording has.  ERR_SYNTAX, ERR_CHARSET or
 *  ERR_TOO_LARGE, and what is wrong; else they are in the arena. */
enum err wording_read(struct arena *arena, struct view file,
		      struct wording *wording,
		      struct wording_problem *ret) MUST_CHECK;

#endif
