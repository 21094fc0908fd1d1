/*
 * negotiate -- Accept, Accept-Language, If-Match, Content-Type (RFC 9110).
 * Pure.
 */
#ifndef VOLENS_API_NEGOTIATE_H
#define VOLENS_API_NEGOTIATE_H

#include "server/base/arena.h"
#include "server/base/view.h"

/** May content of @p type be sent to one who said this?  An empty value means
 *  anything (RFC 9110 section 12.5.1); the narrowest range that fits decides.
 */
bool accept_allows(struct view accept, const char *type);
/** Does it name this very type, with a weight above 0? */
bool accept_names(struct view accept, const char *type);
/** The weight of an item (RFC 9110 section 12.4.2) in thousandths: "q=0.8" is
 *  800.  1000 where none is said, 0 where it cannot be read. */
int accept_weight(struct view item);
/** RFC 9110 section 13.1.1: true when the value is "*" or holds @p etag as a
 *  strong tag. */
bool etag_matches(struct view if_match, const char *etag);
/** The strong tags of an If-Match value, NULL at the end; NULL where any will
 * do. In the arena. */
const char *const *etags_read(struct view if_match, struct arena *arena);
/** Is this Content-Type value of the type @p wanted, in UTF-8? */
bool type_is(struct view content_type, const char *wanted);

#endif
