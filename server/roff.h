/*
 * roff -- text in lines of one width, and as man(7) wants it.
 */
#ifndef VOLENS_SERVER_ROFF_H
#define VOLENS_SERVER_ROFF_H

#include "server/base/text.h"

/** Words of @p string in lines that begin with @p indent. */
void text_wrap(struct text *text, const char *indent, const char *string);
/** Backslashes and hyphens as they are, no line that begins with a dot. */
void roff_add(struct text *text, const char *string);
/** The same in lines of one width. */
void roff_wrap(struct text *text, struct arena *arena, const char *string);

#endif
