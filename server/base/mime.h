/*
 * mime -- split a multipart body and write one (RFC 2046, RFC 5621).
 *
 * Over (pointer, length): binary safe, octets of a part are never changed.
 * Part headers are unfolded by the reader, never by a copy.  Bounds: 64 parts,
 * 16 headers a part, 8 KiB of headers a part, 70 bytes of boundary; nested
 * multiparts are parts like others and are not entered.
 *
 * The first delimiter line says how lines end, with CRLF or with a bare LF;
 * from there on only that is a line end, in delimiters and part headers alike.
 */
#ifndef VOLENS_BASE_MIME_H
#define VOLENS_BASE_MIME_H

#include "server/base/view.h"

#define MIME_PARTS_MAX 64

struct mime_part {
	struct view headers; /**< all header lines, with their line ends */
	struct view body;    /**< exactly the octets between the boundaries */
};

/** Step through a block of header lines, which @p rest is moved on in; lines
 *  without a colon are passed over.  Both are trimmed; folded values are
 *  returned as they stand, with the fold.  @return false at the end. */
bool mime_header_next(struct view *rest, struct view *ret_name,
		      struct view *ret_value);

/** Value of the first header @p name (no case), likewise. */
bool mime_header(struct view headers, const char *name, struct view *ret);

/** Compare a Content-Type's type/subtype: no case, parameters left out. */
bool mime_type_is(struct view content_type, const char *type);

/**
 * Split @p body along the boundary of @p content_type.
 *
 * ERR_SYNTAX: no boundary, no part, no closing delimiter, a NUL, bare CR or
 * bare LF in part headers, a header line without a name.  ERR_TOO_LARGE: over a
 * bound.
 *
 * @param ret  array of @p ret_n in the arena; bodies are views into @p body
 */
enum err mime_split(struct arena *arena, struct view content_type,
		    struct view body, struct mime_part **ret,
		    size_t *ret_n) MUST_CHECK;

/** Write parts as multipart/mixed with a boundary that occurs in none of them
 *  and is always the same for the same parts.  There must be one at least.
 *  @p ret_type is the Content-Type value, @p ret_body the body. */
void mime_join(struct arena *arena, const struct mime_part *parts, size_t n,
	       const char **ret_type, struct view *ret_body);

/**
 * The last part of many bodies, each of which has a first one of its own: it is
 * copied, hashed and written once.  Counted; one thread only.
 */
struct mime_tail {
	struct arena *arena;
	size_t n_holders;
	const char *boundary;
	const char *type;  /**< value of Content-Type */
	struct view bytes; /**< they follow what mime_tail_head() writes */
};
/** Held once. */
struct mime_tail *mime_tail_new(const struct mime_part *part);
/** NULL is fine, in both. */
struct mime_tail *mime_tail_hold(struct mime_tail *tail);
void mime_tail_drop(struct mime_tail *tail);
/** Write a body up to its last part.  @return false: @p first has the boundary
 *  in it, and cannot stand before this tail. */
bool mime_tail_head(struct arena *arena, const struct mime_tail *tail,
		    const struct mime_part *first, struct view *ret);

#endif
