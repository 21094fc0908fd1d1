/*
 * body_part -- one body part with the header fields that matter to the relay.
 *
 * A phone may read a part more leniently than RFC 2045 allows: compact header
 * names (RFC 3261 section 7.3.3), escapes, comments, quotes and blanks. Whether
 * a part is a recipient list or a permission document is judged so that no
 * spelling hides it, at any depth.
 */
#ifndef VOLENS_SERVER_LIST_BODY_PART_H
#define VOLENS_SERVER_LIST_BODY_PART_H

#include "server/base/mime.h"

#define RESOURCE_LIST_TYPE "application/resource-lists+xml"
#define BODY_PART_DEPTH_MAX 8 /**< parts in parts in parts */

struct body_part {
	struct view type, disposition, encoding, transfer;
	struct view body;
};

/** Read the header fields of a part.  @return false where one stands twice: it
 *  would be one thing for us and another for a phone. */
bool body_part_read(const struct mime_part *part, struct body_part *ret);

/** The disposition is recipient-list; or the type is that of lists, and no
 *  disposition says what it is for. */
bool body_part_is_list(struct arena *arena, const struct body_part *body_part);
/** RFC 3261 section 20.11: handling is `required` when nothing is said. */
bool body_part_is_optional(const struct body_part *body_part);
/** Compressed, or written for a channel of seven bits. */
bool body_part_is_encoded(const struct body_part *body_part);

/** What a part holds that must not be relayed. */
enum body_part_ban {
	BODY_PART_FINE,
	BODY_PART_PERMISSION, /**< a permission document, here or inside */
	BODY_PART_LIST,	      /**< a recipient list inside */
	BODY_PART_ENCODED,    /**< parts inside cannot be read */
	BODY_PART_REPEATED,   /**< a header field stands twice inside */
	BODY_PART_UNREADABLE, /**< parts inside cannot be told apart */
	BODY_PART_TOO_MUCH    /**< over a bound of parts, headers or depth */
};
/** Look at a part and at all parts inside it.  That it is a list itself is not
 *  looked at. */
enum body_part_ban body_part_check(struct arena *arena,
				   const struct body_part *body_part);

#endif
