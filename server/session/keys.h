/*
 * keys -- keys of a telephone in the body of INFO: application/dtmf-relay
 * ("Signal=5") and application/dtmf ("5"), as phones send them.
 */
#ifndef VOLENS_SERVER_SESSION_KEYS_H
#define VOLENS_SERVER_SESSION_KEYS_H

#include "server/base/view.h"

/** '0'-'9', '*', '#', 'A'-'D'; 0: none is in it. */
char keys_read(struct view content_type, struct view body);
/** Is it a type that keys come in? */
bool keys_are_of(struct view content_type);

#endif
