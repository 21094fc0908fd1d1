/*
 * text -- a string of bytes that grows as it is written, in an arena or, with a
 * NULL arena, on the heap.
 */
#ifndef VOLENS_BASE_TEXT_H
#define VOLENS_BASE_TEXT_H

#include <stdarg.h>

#include "server/base/view.h"

struct text {
	char *at;	     /**< NUL terminated whenever len > 0 or size > 0 */
	size_t len;	     /**< bytes without the NUL */
	size_t size;	     /**< room */
	struct arena *arena; /**< NULL: on the heap */
};

void text_init(struct text *text, struct arena *arena);
void text_release(struct text *text); /**< heap text only; arena text: no-op */
void text_clear(struct text *text);

/** Heap text that is used again and again, by one user at a time. */
struct shared_text {
	struct text text;
	bool is_borrowed;
};
void shared_text_init(struct shared_text *shared);
void shared_text_release(struct shared_text *shared);
/** Empty; views of it hold until it is returned.  To borrow it twice, or to
 *  return it twice, ends the process: a view would change under its user. */
struct text *text_borrow(struct shared_text *shared);
void text_return(struct shared_text *shared);

/** Make room for @p more bytes at once. */
void text_reserve(struct text *text, size_t more);
/** The same for text that goes on to grow: much more at once. */
void text_make_room(struct text *text, size_t more);
/** For text_add_bytes() where there is too little room. */
void text_add_growing(struct text *text, const void *at, size_t len);
/* In the header so that the length of a literal is known. */
static inline void text_add_bytes(struct text *text, const void *at, size_t len)
{
	if (len >= text->size - text->len) {
		text_add_growing(text, at, len);
		return;
	}
	if (len)
		memcpy(text->at + text->len, at, len);
	text->len += len;
	text->at[text->len] = '\0';
}
/** @p len bytes at the end that the caller writes. */
static inline char *text_extend(struct text *text, size_t len)
{
	if (len >= text->size - text->len)
		text_make_room(text, len);
	text->len += len;
	text->at[text->len] = '\0';
	return text->at + text->len - len;
}
static inline void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}
static inline void text_add_view(struct text *text, struct view v)
{
	text_add_bytes(text, v.at, v.len);
}
/** The line of a header field, with CRLF; the value is not looked at. */
void text_add_header(struct text *text, struct view name, struct view value);
/** In decimal. */
void text_add_number(struct text *text, uint64_t number);
void text_printf(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *text, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));
struct view text_view(const struct text *text);

/** Lower-case hex of @p len bytes into @p ret, 2*len+1 chars. */
void hex_encode(const uint8_t *bytes, size_t len, char *ret);
/** The same in @p arena. */
char *hex_copy(struct arena *arena, const uint8_t *bytes, size_t len);
/** Lower-case hex only; exactly 2*len characters.  */
enum err hex_decode(struct view hex, uint8_t *ret, size_t len) MUST_CHECK;

#endif
