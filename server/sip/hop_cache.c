#include "server/sip/hop_cache.h"

#include "server/base/chars.h"

/** What stands after the @ of a URI whose user is of the plainest form, and
 *  where it is kept; VIEW_NONE: it is not one. */
static struct view text_of(const char *uri, size_t *ret_place)
{
	struct view text;
	const char *at;

	if (strncmp(uri, "sip:", 4) != 0)
		return VIEW_NONE;
	for (at = uri + 4; is_unreserved(*at); at++)
		;
	if (*at != '@' || at == uri + 4)
		return VIEW_NONE;
	text = view_of(at + 1);
	if (text.len < HOP_TEXT_MIN || text.len > HOP_TEXT_MAX)
		return VIEW_NONE;
	at = text.at + text.len;
	*ret_place = (size_t)(at[-1] + 7 * at[-2] + 13 * at[-3] + 29 * at[-6]) &
		     (HOPS_CACHED - 1);
	return text;
}

bool hop_cache_get(const struct hop_cache *cache, const char *uri,
		   struct hop *ret)
{
	const struct cached_hop *cached;
	size_t place;
	struct view text = text_of(uri, &place);

	if (!text.len)
		return false;
	cached = &cache->hops[place];
	if (cached->len != text.len ||
	    memcmp(cached->text, text.at, text.len) != 0)
		return false;
	*ret = cached->hop;
	return true;
}

/** Nothing but an IPv4 address, and maybe a port. */
static bool is_numeric(struct view text)
{
	union address address;

	for (size_t i = 0; i < text.len; i++)
		if (!is_digit(text.at[i]) && text.at[i] != '.' &&
		    text.at[i] != ':')
			return false;
	return address_parse(text, 5060, &address) == ERR_OK;
}

void hop_cache_put(struct hop_cache *cache, const char *uri,
		   const struct hop *hop)
{
	struct cached_hop *cached;
	size_t place;
	struct view text = text_of(uri, &place);

	/* What a name leads to may change. */
	if (!text.len || !is_numeric(text))
		return;
	cached = &cache->hops[place];
	cached->hop = *hop;
	cached->len = (uint8_t)text.len;
	memcpy(cached->text, text.at, text.len);
}
