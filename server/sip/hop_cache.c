#include "server/sip/hop_cache.h"

#include "server/base/chars.h"

/** A user that reads the same however it is spelled. */
static bool is_plain_user(char c)
{
	return char_is(c, CHAR_ALNUM) || c == '-' || c == '_' || c == '.';
}

/** What stands after the @ of a URI of the plainest form, and its place;
 *  VIEW_NONE: it is not one. */
static struct view plain_end(const char *uri, size_t *ret_place)
{
	const char *at, *end;
	unsigned hash = 0;

	if (strncmp(uri, "sip:", 4) != 0)
		return VIEW_NONE;
	for (at = uri + 4; is_plain_user(*at); at++)
		;
	if (*at != '@' || at == uri + 4)
		return VIEW_NONE;
	for (end = at + 1;
	     char_is(*end, CHAR_DIGIT) || *end == '.' || *end == ':'; end++)
		hash = hash * 31 + (unsigned char)*end;
	if (*end || end - (at + 1) > HOP_TEXT_MAX)
		return VIEW_NONE;
	*ret_place = (hash ^ hash >> 8) & (HOPS_CACHED - 1);
	return (struct view){at + 1, (size_t)(end - (at + 1))};
}

bool hop_cache_get(const struct hop_cache *cache, const char *uri,
		   struct hop *ret)
{
	const struct cached_hop *cached;
	size_t place;
	struct view text = plain_end(uri, &place);

	if (!text.len)
		return false;
	cached = &cache->hops[place];
	if (cached->len != text.len ||
	    memcmp(cached->text, text.at, text.len) != 0)
		return false;
	*ret = cached->hop;
	return true;
}

void hop_cache_put(struct hop_cache *cache, const char *uri,
		   const struct hop *hop)
{
	struct cached_hop *cached;
	union address address;
	size_t place;
	struct view text = plain_end(uri, &place);

	/* A name of digits would be another one tomorrow. */
	if (!text.len || address_parse(text, 5060, &address) != ERR_OK)
		return;
	cached = &cache->hops[place];
	cached->hop = *hop;
	cached->len = (uint8_t)text.len;
	memcpy(cached->text, text.at, text.len);
}
