/*
 * chat_words -- the words that people type, in their languages: one table a
 * language, as of words.h.  Constant data: any thread.
 */
#ifndef VOLENS_SERVER_WORDS_CHAT_WORDS_H
#define VOLENS_SERVER_WORDS_CHAT_WORDS_H

#include "policies/chat.h"
#include "server/words/wording.h"

/** chat_read() with the words of all languages.  Those of @p wording are
 *  spoken, and English is. */
void chat_words_read(struct view text, const struct wording *wording,
		     struct chat_typed *ret);
/** Those of the language number @p i of language_at(); NULL: there are no
 *  more. */
const struct chat_word *chat_words_at(size_t i);

#endif
