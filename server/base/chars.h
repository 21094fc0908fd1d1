/*
 * chars -- classes of characters by one table, for the parsers of base and the
 * edge.  A NUL belongs to none.
 */
#ifndef VOLENS_BASE_CHARS_H
#define VOLENS_BASE_CHARS_H

#include <stdbool.h>
#include <stdint.h>

enum char_class {
	CHAR_ALPHA = 1 << 0,
	CHAR_DIGIT = 1 << 1,
	CHAR_MARK = 1 << 2,  /**< RFC 3261 section 25.1: - _ . ! ~ * ' ( ) */
	CHAR_TOKEN = 1 << 3, /**< RFC 3261 section 25.1: token, letters too */
	CHAR_HEX = 1 << 4    /**< of either case */
};
#define CHAR_ALNUM (CHAR_ALPHA | CHAR_DIGIT)
#define CHAR_UNRESERVED (CHAR_ALPHA | CHAR_DIGIT | CHAR_MARK)

extern const uint8_t char_classes[256];

/** Is @p c in one of these classes? */
static inline bool char_is(char c, unsigned classes)
{
	return (char_classes[(unsigned char)c] & classes) != 0;
}

static inline bool is_alpha(char c)
{
	return char_is(c, CHAR_ALPHA);
}

static inline bool is_digit(char c)
{
	return char_is(c, CHAR_DIGIT);
}

/** RFC 3261 section 25.1: alphanum and mark. */
static inline bool is_unreserved(char c)
{
	return char_is(c, CHAR_UNRESERVED);
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/** Line folds included. */
static inline bool is_lws(char c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

/** Value of a hex digit of either case, or -1. */
int hex_digit(char c);

#endif
