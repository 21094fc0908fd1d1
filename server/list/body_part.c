#include "server/list/body_part.h"

#include "server/base/chars.h"

/* A value as the most lenient reader takes it: escapes undone, in lower case,
 * without quotes, blanks and line ends. */
static struct view loosen(struct arena *arena, struct view value)
{
	char *text = arena_alloc(arena, value.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		int high, low;

		if (c == '%' && i + 2 < value.len &&
		    (high = hex_digit(value.at[i + 1])) >= 0 &&
		    (low = hex_digit(value.at[i + 2])) >= 0) {
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c > ' ' && c != '"' && c != '\\' && c != 0x7f)
			text[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a'
								: c);
	}
	text[n] = '\0';
	return (struct view){text, n};
}

/* Without (comments), which may be nested. */
static struct view without_comments(struct arena *arena, struct view value)
{
	size_t n = 0, depth = 0;
	char *text;

	if (view_find(value, '(', 0) == SIZE_MAX)
		return value;
	text = arena_alloc(arena, value.len + 1);
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == '(')
			depth++;
		else if (value.at[i] == ')' && depth)
			depth--;
		else if (!depth)
			text[n++] = value.at[i];
	}
	text[n] = '\0';
	return (struct view){text, n};
}

/* Is @p word what stands before the parameters, or one of several there? */
static bool leads(struct view loose, struct view word)
{
	struct view rest = view_head(loose, view_find(loose, ';', 0));

	while (rest.len) {
		size_t end = view_find(rest, ',', 0);

		if (view_equal(view_head(rest, end), word))
			return true;
		rest = end == SIZE_MAX ? VIEW_NONE : view_from(rest, end + 1);
	}
	return false;
}

/* With or without what may be comments. */
static bool is_led_by(struct arena *arena, struct view value, struct view word)
{
	struct view loose = loosen(arena, value);

	return leads(loose, word) ||
	       leads(without_comments(arena, loose), word);
}

static bool is_word(struct view value, const char *word)
{
	struct view head = view_head(value, view_find(value, ';', 0));

	return view_equal_nocase(view_trim(head), view_of(word));
}

bool body_part_is_list(struct arena *arena, const struct body_part *body_part)
{
	if (!body_part->disposition.len)
		return is_led_by(arena, body_part->type,
				 VIEW(RESOURCE_LIST_TYPE));
	return is_led_by(arena, body_part->disposition, VIEW("recipient-list"));
}

bool body_part_is_optional(const struct body_part *body_part)
{
	struct view handling;

	return view_param(body_part->disposition, "handling", &handling) &&
	       view_equal_nocase(handling, VIEW("optional"));
}

bool body_part_is_encoded(const struct body_part *body_part)
{
	if (body_part->encoding.len &&
	    !is_word(body_part->encoding, "identity"))
		return true;
	return body_part->transfer.len &&
	       !is_word(body_part->transfer, "7bit") &&
	       !is_word(body_part->transfer, "8bit") &&
	       !is_word(body_part->transfer, "binary");
}

bool body_part_read(const struct mime_part *part, struct body_part *ret)
{
	const struct {
		struct view name, compact;
		struct view *value;
	} fields[] = {
		{VIEW("Content-Type"), VIEW("c"), &ret->type},
		{VIEW("Content-Disposition"), VIEW_NONE, &ret->disposition},
		{VIEW("Content-Encoding"), VIEW("e"), &ret->encoding},
		{VIEW("Content-Transfer-Encoding"), VIEW_NONE, &ret->transfer}};
	struct view rest = part->headers, name, value;
	unsigned seen = 0;

	*ret = (struct body_part){.body = part->body};
	while (mime_header_next(&rest, &name, &value)) {
		for (unsigned i = 0; i < sizeof(fields) / sizeof(*fields);
		     i++) {
			if (!view_equal_nocase(name, fields[i].name) &&
			    (!fields[i].compact.len ||
			     !view_equal_nocase(name, fields[i].compact)))
				continue;
			if (seen & 1U << i)
				return false;
			seen |= 1U << i;
			*fields[i].value = value;
		}
	}
	return true;
}

/* ---- permission documents ---------------------------------------------- */

static const struct view permission_type = VIEW("auth-policy+xml");

/* @p loose: the type; @p plain: without what may be comments. */
static bool is_permission(struct view loose, struct view plain)
{
	return view_find_view(loose, permission_type, 0) != SIZE_MAX ||
	       view_find_view(plain, permission_type, 0) != SIZE_MAX;
}

/* Is the type mentioned anywhere in there?  Found by its plus sign. */
static bool mentions_permission(struct view text)
{
	static const struct view before = VIEW("auth-policy"),
				 after = VIEW("+xml");
	size_t at = 0;

	while ((at = view_find(text, '+', at)) != SIZE_MAX) {
		if (at >= before.len &&
		    view_starts_nocase(view_from(text, at - before.len),
				       before) &&
		    view_starts_nocase(view_from(text, at), after))
			return true;
		at++;
	}
	return false;
}

/* ---- parts in parts ----------------------------------------------------- */

static enum body_part_ban look(struct arena *arena,
			       const struct body_part *body_part, int depth);

static enum body_part_ban look_at_part(struct arena *arena,
				       const struct mime_part *part,
				       const struct body_part *around,
				       int depth)
{
	struct body_part body_part;

	if (!body_part_read(part, &body_part))
		return BODY_PART_REPEATED;
	/* RFC 2046 section 5.1.5: the type that a digest gives its parts. */
	if (!body_part.type.len &&
	    is_led_by(arena, around->type, VIEW("multipart/digest")))
		body_part.type = VIEW("message/rfc822");
	if (body_part_is_list(arena, &body_part))
		return BODY_PART_LIST;
	return look(arena, &body_part, depth);
}

static enum body_part_ban look_into_multipart(struct arena *arena,
					      const struct body_part *body_part,
					      int depth)
{
	struct mime_part *parts;
	size_t n;
	enum err err =
		mime_split(arena, body_part->type, body_part->body, &parts, &n);
	enum body_part_ban ban = BODY_PART_FINE;

	if (err)
		return err == ERR_TOO_LARGE ? BODY_PART_TOO_MUCH
					    : BODY_PART_UNREADABLE;
	for (size_t i = 0; i < n && ban == BODY_PART_FINE; i++)
		ban = look_at_part(arena, &parts[i], body_part, depth);
	return ban;
}

/* Header lines up to an empty one, and what comes after it.  @return false
 * where a reader may find other line ends than we do. */
static bool split_head(struct view text, struct mime_part *ret)
{
	size_t at = 0, end;

	ret->headers = text;
	ret->body = VIEW_NONE;
	while ((end = view_find(text, '\n', at)) != SIZE_MAX) {
		struct view line = view_from(view_head(text, end), at);

		if (line.len && line.at[line.len - 1] == '\r')
			line.len--;
		if (!line.len) {
			ret->headers = view_head(text, at);
			ret->body = view_from(text, end + 1);
			return true;
		}
		if (view_find(line, '\r', 0) != SIZE_MAX ||
		    view_find(line, '\0', 0) != SIZE_MAX)
			return false;
		at = end + 1;
	}
	return true;
}

/* RFC 3862 section 2: in message/cpim the head of the message comes first, and
 * after it the head of what it carries. */
static enum body_part_ban look_into_message(struct arena *arena,
					    const struct body_part *body_part,
					    int depth)
{
	int n_heads =
		is_led_by(arena, body_part->type, VIEW("message/cpim")) ? 2 : 1;
	struct view rest = body_part->body;
	enum body_part_ban ban = BODY_PART_FINE;

	while (n_heads-- > 0 && ban == BODY_PART_FINE) {
		struct mime_part part;

		if (!split_head(rest, &part))
			return BODY_PART_UNREADABLE;
		ban = look_at_part(arena, &part, body_part, depth);
		rest = part.body;
	}
	return ban;
}

static enum body_part_ban look(struct arena *arena,
			       const struct body_part *body_part, int depth)
{
	struct view loose = loosen(arena, body_part->type);
	struct view plain = without_comments(arena, loose);
	bool is_multipart = view_starts_nocase(plain, VIEW("multipart/"));

	if (is_permission(loose, plain))
		return BODY_PART_PERMISSION;
	if (!is_multipart && !view_starts_nocase(plain, VIEW("message/")))
		return BODY_PART_FINE;
	if (mentions_permission(body_part->body))
		return BODY_PART_PERMISSION;
	if (body_part_is_encoded(body_part))
		return BODY_PART_ENCODED;
	if (depth == BODY_PART_DEPTH_MAX)
		return BODY_PART_TOO_MUCH;
	return is_multipart ? look_into_multipart(arena, body_part, depth + 1)
			    : look_into_message(arena, body_part, depth + 1);
}

enum body_part_ban body_part_check(struct arena *arena,
				   const struct body_part *body_part)
{
	return look(arena, body_part, 0);
}
