/*
 * piece -- one body part with the header fields that matter to the relay.
 *
 * A phone may read a part more leniently than RFC 2045 allows: compact header
 * names (RFC 3261 section 7.3.3), escapes, comments, quotes and blanks. Whether
 * a part is a recipient list or a permission document is judged so that no
 * spelling hides it, at any depth.
 */
#ifndef VOLENS_SERVER_RELAY_PIECE_H
#define VOLENS_SERVER_RELAY_PIECE_H

#include "server/base/mime.h"

#define RESLIST_TYPE "application/resource-lists+xml"
#define PIECE_DEPTH_MAX 8 /**< parts in parts in parts */

struct piece {
	struct view type, disposition, encoding, transfer;
	struct view body;
};

/** Read the header fields of a part.  @return false where one stands twice: it
 *  would be one thing for us and another for a phone. */
bool piece_read(const struct mime_part *part, struct piece *ret);

/** The disposition is recipient-list; or the type is that of lists, and no
 *  disposition says what it is for. */
bool piece_is_list(struct arena *arena, const struct piece *piece);
/** RFC 3261 section 20.11: handling is `required` when nothing is said. */
bool piece_is_optional(const struct piece *piece);
/** Compressed, or written for a channel of seven bits. */
bool piece_is_encoded(const struct piece *piece);

/** What a part holds that must not be relayed. */
enum piece_ban {
	PIECE_FINE,
	PIECE_PERMISSION, /**< a permission document, here or inside */
	PIECE_LIST,	  /**< a recipient list inside */
	PIECE_ENCODED,	  /**< parts inside cannot be read */
	PIECE_REPEATED,	  /**< a header field stands twice inside */
	PIECE_UNREADABLE, /**< parts inside cannot be told apart */
	PIECE_TOO_MUCH	  /**< over a bound of parts, headers or depth */
};
/** Look at a part and at all parts inside it.  That it is a list itself is not
 *  looked at. */
enum piece_ban piece_look(struct arena *arena, const struct piece *piece);

#endif
