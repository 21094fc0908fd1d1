#include "api/negotiate.h"

/** The media range of an Accept item, and whether its weight is above 0. */
static struct view range_of(struct view item, bool *ret_wanted)
{
	struct view quality;

	*ret_wanted = true;
	if (view_param(item, "q", &quality)) {
		*ret_wanted = false;
		for (size_t i = 0; i < quality.len; i++) {
			if (quality.at[i] >= '1' && quality.at[i] <= '9')
				*ret_wanted = true;
		}
	}
	size_t end = view_find(item, ';', 0);

	return view_trim(end == SIZE_MAX ? item : view_head(item, end));
}

/** 0: does not cover @p type; 1: any type; 2: its family; 3: exactly. */
static int range_covers(struct view range, struct view type)
{
	if (view_equal_nocase(range, type))
		return 3;
	if (view_equal(range, VIEW("*/*")))
		return 1;
	size_t slash = view_find(type, '/', 0);

	if (slash != SIZE_MAX && range.len == slash + 2 &&
	    range.at[slash + 1] == '*' &&
	    view_starts_nocase(range, view_head(type, slash + 1)))
		return 2;
	return 0;
}

bool accept_allows(struct view accept, const char *type)
{
	struct view wanted = view_of(type), item;
	size_t end = view_find(wanted, ';', 0);
	int narrowest = 0;
	bool is_allowed = !view_trim(accept).len;

	if (end != SIZE_MAX)
		wanted = view_head(wanted, end);
	while (view_next_item(&accept, &item)) {
		bool is_wanted;
		int covers = range_covers(range_of(item, &is_wanted), wanted);

		if (covers > narrowest) {
			narrowest = covers;
			is_allowed = is_wanted;
		}
	}
	return is_allowed;
}

bool accept_names(struct view accept, const char *type)
{
	struct view item;

	while (view_next_item(&accept, &item)) {
		bool is_wanted;

		if (view_equal_nocase(range_of(item, &is_wanted),
				      view_of(type)))
			return is_wanted;
	}
	return false;
}

int accept_weight(struct view item)
{
	struct view value;
	uint64_t digits = 0;
	int weight;

	if (!view_param(item, "q", &value))
		return 1000;
	if (!value.len || value.len > 5 || (value.at[0] | 1) != '1')
		return 0;
	weight = value.at[0] == '1' ? 1000 : 0;
	value = view_from(value, 2);
	if (weight || !value.len || view_to_u64(value, 999, &digits))
		return weight;
	for (size_t i = value.len; i < 3; i++)
		digits *= 10;
	return (int)digits;
}

static bool is_any(struct view if_match)
{
	return view_equal(view_trim(if_match), VIEW("*"));
}

/** The next strong tag, without its quotes. */
static bool next_strong(struct view *if_match, struct view *ret)
{
	struct view item;

	while (view_next_item(if_match, &item)) {
		item = view_trim(item);
		if (item.len >= 2 && item.at[0] == '"' &&
		    item.at[item.len - 1] == '"') {
			*ret = view_head(view_from(item, 1), item.len - 2);
			return true;
		}
	}
	return false;
}

bool etag_matches(struct view if_match, const char *etag)
{
	struct view tag;

	if (is_any(if_match))
		return true;
	while (next_strong(&if_match, &tag)) {
		if (view_equal(tag, view_of(etag)))
			return true;
	}
	return false;
}

const char *const *etags_read(struct view if_match, struct arena *arena)
{
	/* A tag has two quotes at least, and a comma after it. */
	size_t room = if_match.len / 3 + 2, n = 0;
	struct view tag;
	const char **tags;

	if (!if_match.len || is_any(if_match))
		return NULL;
	tags = arena_array(arena, room, sizeof(*tags));
	while (next_strong(&if_match, &tag))
		tags[n++] = view_copy(arena, tag);
	tags[n] = NULL;
	return tags;
}

bool type_is(struct view content_type, const char *wanted)
{
	struct view charset;
	size_t end = view_find(content_type, ';', 0);
	struct view type = view_trim(
		end == SIZE_MAX ? content_type : view_head(content_type, end));

	if (!view_equal_nocase(type, view_of(wanted)))
		return false;
	return !view_param(content_type, "charset", &charset) ||
	       view_equal_nocase(charset, VIEW("utf-8"));
}
