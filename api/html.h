/*
 * html -- the only two ways to put a value into a page.
 *
 * Markup characters become references; what is not UTF-8, or not seen
 * (controls, marks and overrides of the bidirectional algorithm), becomes
 * U+FFFD.
 */
#ifndef VOLENS_API_HTML_H
#define VOLENS_API_HTML_H

#include "server/base/text.h"

/** As text between tags. */
void html_text(struct text *to, const char *value);
/** As the value of an attribute in double quotes, which the caller writes. */
void html_attr(struct text *to, const char *value);

#endif
