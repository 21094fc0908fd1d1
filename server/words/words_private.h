/*
 * words_private -- the tables of all languages, each in a file of its own.
 */
#ifndef VOLENS_SERVER_WORDS_WORDS_PRIVATE_H
#define VOLENS_SERVER_WORDS_WORDS_PRIVATE_H

#include "server/words/words.h"

/** English first. */
extern const struct language languages[];
extern const char *const words_en[WORDS],
	*const words_de[WORDS], *const words_fr[WORDS],
					*const words_es[WORDS],
						*const words_ar[WORDS];

#endif
