#include "server/message/stored_recipients.h"

#include "server/base/pack.h"

#define RECIPIENTS_VERSION 1

static const char *packed_key(const struct recipient *recipient)
{
	return recipient->key == recipient->uri ? NULL : recipient->key;
}

/** @return where it lies */
static const char *add_string(struct text *bytes, const char *string)
{
	size_t before = bytes->len;

	pack_string(bytes, string);
	return string ? bytes->at + before + PACKED_LEN_MIN : NULL;
}

size_t stored_recipients_packed_len(const struct recipients *set)
{
	size_t size = 1 + PACKED_LEN_MIN; /* version, count */

	for (size_t i = 0; i < set->n; i++)
		size += packed_len(view_of(set->at[i].uri)) +
			packed_len(view_of(packed_key(&set->at[i])));
	return size;
}

/* The bytes do not move while they are written: there is room for all. */
struct view stored_recipients_pack(const struct recipients *set, size_t len,
				   struct arena *arena,
				   struct stored_recipient *ret)
{
	struct text bytes;

	text_init(&bytes, arena);
	text_reserve(&bytes, len);
	pack_u8(&bytes, RECIPIENTS_VERSION);
	pack_u32(&bytes, (uint32_t)set->n);
	for (size_t i = 0; i < set->n; i++) {
		const char *uri = add_string(&bytes, set->at[i].uri);
		const char *key = add_string(&bytes, packed_key(&set->at[i]));

		if (ret)
			ret[i] = (struct stored_recipient){uri, key ? key : uri,
							   set->at[i].cached};
	}
	return text_view(&bytes);
}

enum err stored_recipients_unpack(struct view bytes, struct arena *arena,
				  struct stored_recipient **ret, size_t *ret_n)
{
	struct unpacker from = {.rest = bytes};
	struct stored_recipient *stored;
	uint32_t n;

	if (unpack_u8(&from) != RECIPIENTS_VERSION)
		return from.is_bad ? ERR_SYNTAX : ERR_UNSUPPORTED;
	n = unpack_u32(&from);
	if (from.is_bad || n > bytes.len / 9) /* the least that one takes */
		return ERR_SYNTAX;
	stored = arena_array(arena, (size_t)n + 1, sizeof(*stored));
	for (uint32_t i = 0; i < n && !from.is_bad; i++) {
		stored[i].uri = unpack_string(&from);
		stored[i].key = unpack_string(&from);
		if (!stored[i].key)
			stored[i].key = stored[i].uri;
		from.is_bad |= !stored[i].uri;
	}
	if (unpack_end(&from))
		return ERR_SYNTAX;
	*ret = stored;
	*ret_n = n;
	return ERR_OK;
}
