/*
 * permission_text -- a permission request in words, in the languages and words
 * that the operator chose.
 */
#ifndef VOLENS_SERVER_CONSENT_PERMISSION_TEXT_H
#define VOLENS_SERVER_CONSENT_PERMISSION_TEXT_H

#include "server/consent/permission_document.h"

/** Languages one under the other, a line between them; lines end in CRLF. */
void permission_text_add(struct text *text, const struct permission_rule *rule);

#endif
