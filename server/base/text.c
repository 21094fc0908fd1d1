#include "server/base/text.h"

#include <endian.h>

void text_init(struct text *text, struct arena *arena)
{
	*text = (struct text){.arena = arena};
}

void text_release(struct text *text)
{
	if (!text->arena)
		free(text->at);
	text_init(text, text->arena);
}

void text_clear(struct text *text)
{
	text->len = 0;
	if (text->size)
		text->at[0] = '\0';
}

void shared_text_init(struct shared_text *shared)
{
	text_init(&shared->text, NULL);
	shared->is_borrowed = false;
}

void shared_text_release(struct shared_text *shared)
{
	text_release(&shared->text);
}

struct text *text_borrow(struct shared_text *shared)
{
	if (shared->is_borrowed)
		err_fatal("a shared text is borrowed twice");
	shared->is_borrowed = true;
	text_clear(&shared->text);
	return &shared->text;
}

void text_return(struct shared_text *shared)
{
	if (!shared->is_borrowed)
		err_fatal("a shared text is returned twice");
	shared->is_borrowed = false;
}

/* Room for @p size bytes with the NUL, which is more than there is. */
static void text_resize(struct text *text, size_t size)
{
	if (text->arena) {
		char *at = arena_alloc(text->arena, size);

		if (text->len)
			memcpy(at, text->at, text->len);
		text->at = at;
	} else {
		text->at = mem_resize(text->at, size);
	}
	text->size = size;
}

/* What is needed for @p more bytes and the NUL, where there is less; else 0. */
static size_t text_lacks(const struct text *text, size_t more)
{
	size_t need;

	if (more < text->size && text->len < text->size - more)
		return 0;
	if (more > SIZE_MAX / 4 || text->len > SIZE_MAX / 4)
		err_fatal("a text of an absurd size");
	need = text->len + more + 1;
	return need > text->size ? need : 0;
}

static inline void text_grow(struct text *text, size_t more)
{
	size_t need = text_lacks(text, more);
	size_t size = text->size ? text->size : 64;

	if (!need)
		return;
	while (size < need)
		size *= 2;
	text_resize(text, size);
}

void text_reserve(struct text *text, size_t more)
{
	size_t need = text_lacks(text, more);

	if (!need)
		return;
	text_resize(text, need);
	text->at[text->len] = '\0';
}

void text_make_room(struct text *text, size_t more)
{
	text_grow(text, more);
}

void text_add_growing(struct text *text, const void *at, size_t len)
{
	text_grow(text, len);
	if (len)
		memcpy(text->at + text->len, at, len);
	text->len += len;
	text->at[text->len] = '\0';
}

void text_add_header(struct text *text, struct view name, struct view value)
{
	text_add_view(text, name);
	text_add(text, ": ");
	text_add_view(text, value);
	text_add(text, "\r\n");
}

void text_add_number(struct text *text, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	text_add_bytes(text, digits + at, sizeof(digits) - at);
}

void text_vprintf(struct text *text, const char *format, va_list list)
{
	va_list again;
	int len;

	va_copy(again, list);
	text_grow(text, 0);
	len = vsnprintf(text->at + text->len, text->size - text->len, format,
			list);
	if (len < 0)
		err_fatal("a format that cannot be printed");
	if ((size_t)len >= text->size - text->len) {
		text_grow(text, (size_t)len);
		vsnprintf(text->at + text->len, text->size - text->len, format,
			  again);
	}
	va_end(again);
	text->len += (size_t)len;
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	text_vprintf(text, format, list);
	va_end(list);
}

struct view text_view(const struct text *text)
{
	return (struct view){text->at, text->len};
}

/* The eight digits of four bytes: each half byte in a byte of its own, then 10
 * to 15 raised from what follows '9' to 'a'. */
static uint64_t hex_word(const uint8_t *bytes)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t word, letters;
	uint32_t four;

	memcpy(&four, bytes, sizeof(four));
	word = le32toh(four);
	word = (word | word << 16) & UINT64_C(0x0000ffff0000ffff);
	word = (word | word << 8) & UINT64_C(0x00ff00ff00ff00ff);
	word = (word >> 4 | word << 8) & (0x0f * each);
	letters = (word + 6 * each) >> 4 & each;
	return htole64(word + '0' * each + ('a' - '9' - 1) * letters);
}

void hex_encode(const uint8_t *bytes, size_t len, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	size_t i = 0;

	for (; len - i >= 4; i += 4) {
		uint64_t word = hex_word(bytes + i);

		memcpy(ret + 2 * i, &word, sizeof(word));
	}
	for (; i < len; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * len] = '\0';
}

char *hex_copy(struct arena *arena, const uint8_t *bytes, size_t len)
{
	char *hex = arena_alloc(arena, 2 * len + 1);

	hex_encode(bytes, len, hex);
	return hex;
}

enum err hex_decode(struct view hex, uint8_t *ret, size_t len)
{
	/* The value and one; 0 for what is no digit. */
	static const uint8_t digits[256] = {
		['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,
		['4'] = 5,  ['5'] = 6,	['6'] = 7,  ['7'] = 8,
		['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
		['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	};
	const uint8_t *at = (const uint8_t *)hex.at;
	size_t i;

	if (hex.len / 2 != len || hex.len % 2)
		return ERR_SYNTAX;
	for (i = 0; i < hex.len; i++)
		if (!digits[at[i]])
			return ERR_SYNTAX;
	for (i = 0; i < len; i++)
		ret[i] = (uint8_t)((digits[at[2 * i]] - 1) << 4 |
				   (digits[at[2 * i + 1]] - 1));
	return ERR_OK;
}
