/*
 * view -- bytes that somebody else owns.
 *
 * A pointer and a length, never NUL terminated and free to hold NULs: network
 * input is only ever walked as views.
 */
#ifndef VOLENS_BASE_VIEW_H
#define VOLENS_BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/arena.h"
#include "server/base/err.h"

struct view {
	const char *at; /**< first byte; may be NULL when len is 0 */
	size_t len;	/**< bytes */
};

#define VIEW(literal) ((struct view){"" literal, sizeof(literal) - 1})
#define VIEW_NONE ((struct view){NULL, 0})

/* The small ones are here so that the compiler sees through them: parsers do
 * little else. */

/** NULL gives VIEW_NONE. */
static inline struct view view_of(const char *string)
{
	return string ? (struct view){string, strlen(string)} : VIEW_NONE;
}
static inline bool view_equal(struct view a, struct view b)
{
	return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}
bool view_equal_nocase(struct view a, struct view b); /**< ASCII only */
bool view_starts_nocase(struct view whole, struct view head);
/** Is it one of @p strings, in whatever case (ASCII)?  NULL ends them; NULL:
 *  there are none. */
bool view_is_among(struct view v, const char *const *strings);
/** Without spaces, tabs, CR and LF at both ends. */
struct view view_trim(struct view v);
/** Index of the first @p byte at or after @p from, or SIZE_MAX. */
static inline size_t view_find(struct view v, char byte, size_t from)
{
	const char *hit;

	if (from >= v.len)
		return SIZE_MAX;
	hit = (const char *)memchr(v.at + from, byte, v.len - from);
	return hit ? (size_t)(hit - v.at) : SIZE_MAX;
}
/** Index of the first @p needle at or after @p from, or SIZE_MAX. */
size_t view_find_view(struct view v, struct view needle, size_t from);
/** Tail, may be empty. */
static inline struct view view_from(struct view v, size_t from)
{
	return from < v.len ? (struct view){v.at + from, v.len - from}
			    : VIEW_NONE;
}
/** First @p len bytes. */
static inline struct view view_head(struct view v, size_t len)
{
	return (struct view){v.at, len < v.len ? len : v.len};
}
/** NUL terminated copy. */
char *view_copy(struct arena *arena, struct view v);
/** Decimal digits only, no sign, 1 digit or more: ERR_SYNTAX; at most @p max:
 *  ERR_TOO_LARGE. */
enum err view_to_u64(struct view v, uint64_t max, uint64_t *ret) MUST_CHECK;
/** True when all of it is well-formed UTF-8 (no surrogates, no overlong). */
bool view_is_utf8(struct view v);
/** Length of the well-formed UTF-8 character that @p v begins with; 0 when
 *  there is none. */
size_t view_utf8_length(struct view v);
/** True when it holds a byte below 0x20 other than TAB, or 0x7f. */
bool view_has_control(struct view v);
/** True when it is well-formed UTF-8 and view_has_control() is not. */
bool view_is_text(struct view v);
/** RFC 3261 section 25.1: a token, of one character at least. */
bool view_is_token(struct view v);
/**
 * Value of a `;name=value` (or `;name`) parameter in a header value; quotes
 * and <> are respected, quotes are taken off the value, names compare without
 * case.  The first of that name counts; a comma outside of quotes and <> ends
 * the search (step through items first).  A backslash in a quoted value stays
 * as it stands.  @return true when the parameter is there.
 */
bool view_param(struct view header, const char *name, struct view *ret_value);
/**
 * Step through a header value at commas outside quotes and <>.  @p rest is
 * moved on.  Items are trimmed, empty ones left out; an open quote or < takes
 * all that follows.  @return false when nothing is left.
 */
bool view_next_item(struct view *rest, struct view *ret_item);

#endif
