/* Name and address of a header value: the name_addr part of uri.h. */
#include "server/base/uri.h"

#include "server/base/chars.h"

/* Index after the quoted string at the beginning, or SIZE_MAX. */
static size_t quoted_end(struct view v)
{
	size_t i;

	for (i = 1; i < v.len; i++) {
		if (v.at[i] == '\\')
			i++;
		else if (v.at[i] == '"')
			return i + 1;
	}
	return SIZE_MAX;
}

/* display-name = *( token LWS ) / quoted-string */
static bool display_is_valid(struct view display)
{
	size_t i;

	if (display.len && display.at[0] == '"')
		return quoted_end(display) == display.len;
	for (i = 0; i < display.len; i++) {
		char c = display.at[i];

		if (!char_is(c, CHAR_TOKEN) && !is_lws(c))
			return false;
	}
	return true;
}

/* Header parameters: from a semicolon on, quotes closed, no second value. */
static bool params_are_valid(struct view params)
{
	struct view rest = params, item;

	if (!params.len)
		return true;
	if (params.at[0] != ';')
		return false;
	for (size_t i = 0; i < params.len; i++) {
		size_t end = 1;

		if (params.at[i] == ',')
			return false;
		if (params.at[i] == '"')
			end = quoted_end(view_from(params, i));
		if (end == SIZE_MAX)
			return false;
		i += end - 1;
	}
	/* And nothing that hides a comma from those who split at commas. */
	rest = params;
	return view_next_item(&rest, &item) && item.len == params.len;
}

static bool uri_is_plausible(struct view uri)
{
	for (size_t i = 0; i < uri.len; i++) {
		char c = uri.at[i];

		if (c <= '>' && (is_lws(c) || c == '<' || c == '>' ||
				 c == '"' || c == '\0'))
			return false;
	}
	return uri.len;
}

/* `uri;params`: RFC 3261 section 20 wants <> where the URI holds a comma, a
 * question mark or a semicolon. */
static enum err parse_bare(struct view value, struct name_addr *ret)
{
	size_t semicolon = view_find(value, ';', 0);
	struct view uri = view_trim(view_head(value, semicolon));
	struct view params = VIEW_NONE;

	if (semicolon != SIZE_MAX)
		params = view_from(value, semicolon);
	if (!uri_is_plausible(uri) || view_find(uri, ',', 0) != SIZE_MAX ||
	    view_find(uri, '?', 0) != SIZE_MAX || !params_are_valid(params))
		return ERR_SYNTAX;
	*ret = (struct name_addr){.uri = uri, .params = params};
	return ERR_OK;
}

enum err name_addr_parse(struct view value, struct name_addr *ret)
{
	struct name_addr found;
	size_t open = 0, close;

	value = view_trim(value);
	if (view_find(value, '\0', 0) != SIZE_MAX || !view_is_utf8(value))
		return ERR_CHARSET;
	if (value.len && value.at[0] == '"')
		open = quoted_end(value);
	if (open == SIZE_MAX)
		return ERR_SYNTAX;
	open = view_find(value, '<', open);
	/* A < behind a semicolon belongs to a parameter of the short form. */
	if (open == SIZE_MAX ||
	    (value.at[0] != '"' && view_find(value, ';', 0) < open))
		return parse_bare(value, ret);
	close = view_find(value, '>', open);
	if (close == SIZE_MAX)
		return ERR_SYNTAX;
	found.display = view_trim(view_head(value, open));
	found.uri = view_from(view_head(value, close), open + 1);
	found.params = view_trim(view_from(value, close + 1));
	if (!display_is_valid(found.display) || !uri_is_plausible(found.uri) ||
	    !params_are_valid(found.params))
		return ERR_SYNTAX;
	*ret = found;
	return ERR_OK;
}
