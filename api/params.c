#include "api/params.h"

#include "server/base/chars.h"

/** Undo percent-encoding; what comes out is text and nothing else. */
static enum err percent_decode(struct arena *arena, struct view from,
			       const char **ret)
{
	char *to = arena_alloc(arena, from.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < from.len; i++) {
		char c = from.at[i];

		if (c == '%') {
			if (from.len - i < 3)
				return ERR_SYNTAX;
			int high = hex_digit(from.at[i + 1]);
			int low = hex_digit(from.at[i + 2]);

			if (high < 0 || low < 0)
				return ERR_SYNTAX;
			c = (char)(high * 16 + low);
			i += 2;
		}
		to[len++] = c;
	}
	struct view whole = {to, len};

	if (view_has_control(whole) || !view_is_utf8(whole))
		return ERR_CHARSET;
	*ret = to;
	return ERR_OK;
}

const char *params_value(const struct params *params, const char *name)
{
	for (size_t i = 0; i < params->n; i++) {
		if (!strcmp(params->items[i].name, name))
			return params->items[i].value;
	}
	return NULL;
}

const char *params_unknown(const struct params *params,
			   const char *const *known)
{
	for (size_t i = 0; i < params->n; i++) {
		const char *const *name = known;

		while (*name && strcmp(*name, params->items[i].name))
			name++;
		if (!*name)
			return params->items[i].name;
	}
	return NULL;
}

/** One `name=value` or `name`. */
static enum err item_read(struct arena *arena, struct view item,
			  struct params *params)
{
	size_t equals = view_find(item, '=', 0);
	struct view name = item, value = VIEW_NONE;
	struct param read;

	if (equals != SIZE_MAX) {
		name = view_head(item, equals);
		value = view_from(item, equals + 1);
	}
	enum err err = percent_decode(arena, name, &read.name);

	if (!err)
		err = percent_decode(arena, value, &read.value);
	if (err)
		return err;
	if (params_value(params, read.name))
		return ERR_SYNTAX;
	if (params->n == PARAMS_MAX)
		return ERR_TOO_LARGE;
	params->items[params->n++] = read;
	return ERR_OK;
}

enum err params_read(struct arena *arena, const char *target,
		     const char **ret_path, struct params *ret)
{
	struct view whole = view_of(target), rest = VIEW_NONE;
	size_t mark = view_find(whole, '?', 0);
	struct params params = {.n = 0};
	const char *path;

	if (mark != SIZE_MAX) {
		rest = view_from(whole, mark + 1);
		whole = view_head(whole, mark);
	}
	enum err err = percent_decode(arena, whole, &path);

	while (!err && rest.len) {
		size_t end = view_find(rest, '&', 0);
		struct view item = rest;

		if (end != SIZE_MAX) {
			item = view_head(rest, end);
			rest = view_from(rest, end + 1);
		} else {
			rest = VIEW_NONE;
		}
		if (item.len)
			err = item_read(arena, item, &params);
	}
	if (err)
		return err;
	*ret_path = path;
	*ret = params;
	return ERR_OK;
}
