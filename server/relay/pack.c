#include "server/relay/pack.h"

#define ABSENT UINT32_MAX /**< the length of what is not there */

static void pack_number(struct text *bytes, uint64_t value, int len)
{
	uint8_t octets[8];

	for (int i = 0; i < len; i++)
		octets[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
	text_add_bytes(bytes, octets, (size_t)len);
}

void pack_u8(struct text *bytes, uint8_t value)
{
	pack_number(bytes, value, 1);
}

void pack_u32(struct text *bytes, uint32_t value)
{
	pack_number(bytes, value, 4);
}

void pack_view(struct text *bytes, struct view v)
{
	if (!v.at) {
		pack_u32(bytes, ABSENT);
		return;
	}
	pack_u32(bytes, (uint32_t)v.len);
	text_add_bytes(bytes, v.at, v.len);
	pack_u8(bytes, 0);
}

void pack_string(struct text *bytes, const char *string)
{
	pack_view(bytes, view_of(string));
}

static const char *take(struct unpacker *from, size_t len)
{
	const char *at = from->rest.at;

	if (from->is_bad || len > from->rest.len) {
		from->is_bad = true;
		return NULL;
	}
	from->rest = view_from(from->rest, len);
	return at;
}

static uint64_t unpack_number(struct unpacker *from, size_t len)
{
	const char *at = take(from, len);
	uint64_t value = 0;

	for (size_t i = 0; at && i < len; i++)
		value = value << 8 | (uint8_t)at[i];
	return value;
}

uint8_t unpack_u8(struct unpacker *from)
{
	return (uint8_t)unpack_number(from, 1);
}

uint32_t unpack_u32(struct unpacker *from)
{
	return (uint32_t)unpack_number(from, 4);
}

struct view unpack_view(struct unpacker *from)
{
	uint32_t len = unpack_u32(from);
	const char *at;

	if (from->is_bad || len == ABSENT)
		return VIEW_NONE;
	at = take(from, (size_t)len + 1);
	if (at && at[len] == '\0')
		return (struct view){at, len};
	from->is_bad = true;
	return VIEW_NONE;
}

const char *unpack_string(struct unpacker *from)
{
	struct view v = unpack_view(from);

	if (v.at && memchr(v.at, '\0', v.len)) {
		from->is_bad = true;
		return NULL;
	}
	return v.at;
}

enum err unpack_end(const struct unpacker *from)
{
	return from->is_bad || from->rest.len > 0 ? ERR_SYNTAX : ERR_OK;
}
