#include "server/base/pack.h"

#include <endian.h>

#define ABSENT UINT32_MAX /**< the length of what is not there */

void pack_u8(struct text *bytes, uint8_t value)
{
	text_add_bytes(bytes, &value, sizeof(value));
}

void pack_u32(struct text *bytes, uint32_t value)
{
	uint32_t octets = htobe32(value);

	text_add_bytes(bytes, &octets, sizeof(octets));
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

size_t packed_len(struct view v)
{
	return v.at ? PACKED_LEN_MIN + v.len + 1 : PACKED_LEN_MIN;
}

static const char *take(struct unpacker *from, size_t len)
{
	const char *at = from->rest.at;

	if (from->is_bad || len > from->rest.len) {
		from->is_bad = true;
		return NULL;
	}
	from->rest = (struct view){at + len, from->rest.len - len};
	return at;
}

uint8_t unpack_u8(struct unpacker *from)
{
	const char *at = take(from, 1);

	return at ? (uint8_t)*at : 0;
}

uint32_t unpack_u32(struct unpacker *from)
{
	const char *at = take(from, sizeof(uint32_t));
	uint32_t value;

	if (!at)
		return 0;
	memcpy(&value, at, sizeof(value));
	return be32toh(value);
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
