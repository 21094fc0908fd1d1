#include "server/base/chars.h"

/* clang-format off: ASCII in rows; bytes from 128 on are of no class */
const uint8_t char_classes[256] = {
	0,  0,	0,  0,	0,  0,	0,  0,	0,  0,	0,  0, 0, 0,  0,  0,
	0,  0,	0,  0,	0,  0,	0,  0,	0,  0,	0,  0, 0, 0,  0,  0,
	0,  12, 0,  0,	0,  8,	0,  12, 4,  4,	12, 8, 0, 12, 12, 0,
	26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 0,  0, 0, 0,  0,  0,
	0,  25, 25, 25, 25, 25, 25, 9,	9,  9,	9,  9, 9, 9,  9,  9,
	9,  9,	9,  9,	9,  9,	9,  9,	9,  9,	9,  0, 0, 0,  0,  12,
	8,  25, 25, 25, 25, 25, 25, 9,	9,  9,	9,  9, 9, 9,  9,  9,
	9,  9,	9,  9,	9,  9,	9,  9,	9,  9,	9,  0, 0, 0,  12, 0,
};
/* clang-format on */

int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}
