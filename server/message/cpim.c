#include "server/message/cpim.h"

#include "server/base/mime.h"

#define COMPOSING "application/im-iscomposing+xml"

static struct view type_of(struct view lines)
{
	struct view type = VIEW_NONE;

	mime_header(lines, "Content-Type", &type);
	return type;
}

/* Header lines up to the empty line; @p rest is moved past it. */
static bool take_block(struct view *rest, struct view *ret)
{
	size_t end = 0;

	while (end < rest->len) {
		size_t next = view_find(*rest, '\n', end);

		if (next == SIZE_MAX)
			return false;
		if (!view_trim(view_head(view_from(*rest, end), next - end))
			     .len) {
			*ret = view_head(*rest, end);
			*rest = view_from(*rest, next + 1);
			return true;
		}
		end = next + 1;
	}
	return false;
}

static bool is_encoded(struct view lines)
{
	static const char *const plain[] = {"7bit", "8bit", "binary"};
	struct view value;

	if (mime_header(lines, "Content-Encoding", &value))
		return true;
	if (!mime_header(lines, "Content-Transfer-Encoding", &value))
		return false;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (view_equal_nocase(value, view_of(plain[i])))
			return false;
	return true;
}

/* The entity inside; false where @p whole is no CPIM, or not to be read. */
static bool open_cpim(const struct content *whole, struct view *ret_headers,
		      struct content *ret)
{
	struct view rest = whole->body;

	if (!mime_type_is(type_of(whole->lines), "message/cpim") ||
	    is_encoded(whole->lines) || !take_block(&rest, ret_headers) ||
	    !take_block(&rest, &ret->lines))
		return false;
	ret->body = rest;
	return true;
}

bool cpim_text(struct arena *arena, const struct content *whole,
	       struct content *ret)
{
	struct view headers, type, value;
	struct content inside;

	if (!open_cpim(whole, &headers, &inside))
		return false;
	type = type_of(inside.lines);
	if (!view_starts_nocase(type, VIEW("text/")) ||
	    view_has_control(type) || is_encoded(inside.lines) ||
	    mime_header(headers, "Require", &value))
		return false;
	ret->lines = view_of(arena_printf(arena, "Content-Type: %.*s\r\n",
					  (int)type.len, type.at));
	ret->body = inside.body.at ? inside.body : VIEW("");
	return true;
}

bool content_is_composing(const struct content *content)
{
	struct content inside;
	struct view headers;

	if (mime_type_is(type_of(content->lines), COMPOSING))
		return true;
	return open_cpim(content, &headers, &inside) &&
	       mime_type_is(type_of(inside.lines), COMPOSING);
}
