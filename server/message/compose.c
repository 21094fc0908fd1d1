/* The content of the legs (RFC 5365 section 7.2, RFC 5364 section 5). */
#include "server/message/message_private.h"

/** A history list is for people to look at, and goes to everyone: a longer one
 *  is left out (it is optional). */
#define HISTORY_MAX 65536

static const struct view history_headers =
	VIEW("Content-Type: application/resource-lists+xml\r\n"
	     "Content-Disposition: recipient-list-history;"
	     "handling=optional\r\n");

static bool is_token(struct view name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return name.len > 0;
}

/* The next header field of a part, folds undone by the caller. */
static bool next_field(struct view *rest, struct view *ret)
{
	size_t end = 0;

	if (!rest->len)
		return false;
	do {
		end = view_find(*rest, '\n', end);
		end = end == SIZE_MAX ? rest->len : end + 1;
	} while (end < rest->len &&
		 (rest->at[end] == ' ' || rest->at[end] == '\t'));
	*ret = view_head(*rest, end);
	*rest = view_from(*rest, end);
	return true;
}

/* One line of what may be folded (the space of a fold stays); false when it
 * cannot be a header line. */
static bool add_unfolded(struct text *lines, struct view value)
{
	size_t before = lines->len;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (c != '\r' && c != '\n')
			text_add_bytes(lines, &c, 1);
	}
	if (!view_has_control(view_from(text_view(lines), before)))
		return true;
	lines->len = before;
	return false;
}

static void add_part_field(struct text *lines, struct view field)
{
	size_t colon = view_find(field, ':', 0);
	struct view name = view_trim(view_head(field, colon));
	size_t before = lines->len;

	if (colon == SIZE_MAX || !is_token(name) ||
	    !view_starts_nocase(name, VIEW("Content-")) ||
	    view_equal_nocase(name, VIEW("Content-Length")))
		return;
	text_add_view(lines, name);
	text_add(lines, ": ");
	if (add_unfolded(lines, view_trim(view_from(field, colon + 1))))
		text_add(lines, "\r\n");
	else
		lines->len = before;
}

/* RFC 5365 section 7.2: where one part is left the wrapper goes, and the part
 * is the body.  RFC 2046 section 5.2: no type means plain text. */
static struct content unwrap(struct arena *arena, struct view headers,
			     struct view body)
{
	struct view rest = headers, field, type;
	struct text lines;

	text_init(&lines, arena);
	if (!mime_header(headers, "Content-Type", &type))
		text_add(&lines, "Content-Type: text/plain\r\n");
	while (next_field(&rest, &field))
		add_part_field(&lines, field);
	return (struct content){text_view(&lines), body};
}

static struct content wrap(struct list_request *list,
			   const struct mime_part *parts, size_t n)
{
	struct content content;
	struct text lines;
	const char *type;

	if (n == 0)
		return (struct content){VIEW_NONE, VIEW_NONE};
	if (n == 1)
		return unwrap(list->arena, parts->headers, parts->body);
	mime_join(list->arena, parts, n, &type, &content.body);
	text_init(&lines, list->arena);
	text_printf(&lines, "Content-Type: %s\r\n", type);
	text_add_view(&lines, list->translation.lines);
	content.lines = text_view(&lines);
	return content;
}

/* Who may be named to the others; counts whom they do not hear of. */
static bool write_history(struct list_request *list, struct view *ret)
{
	const struct recipients *set = &list->recipients;
	struct resource_list_name *names =
		arena_array(list->arena, set->n + 1, sizeof(*names));
	struct text text;

	for (size_t i = 0; i < set->n; i++) {
		names[i] = (struct resource_list_name){set->at[i].name,
						       set->at[i].copy,
						       set->at[i].is_anonymous};
		if (names[i].copy == COPY_BCC || names[i].is_anonymous)
			count(list->lists->settings.counters,
			      COUNT_HIDDEN_ENTRIES);
	}
	text_init(&text, list->arena);
	if (!resource_list_write_history(names, set->n, &text))
		return false;
	*ret = text_view(&text);
	return ret->len <= HISTORY_MAX;
}

void message_compose(struct list_request *list, struct envelope *envelope)
{
	const struct translation *translation = &list->translation;
	size_t n = translation->n_parts;
	struct content plain = wrap(list, translation->parts, n);
	struct mime_part *parts;
	struct view history;

	envelope->content = plain;
	envelope->small = (struct content){VIEW_NONE, VIEW_NONE};
	if (!write_history(list, &history))
		return;
	parts = arena_array(list->arena, n + 1, sizeof(*parts));
	if (n)
		memcpy(parts, translation->parts, n * sizeof(*parts));
	parts[n] = (struct mime_part){history_headers, history};
	envelope->content = wrap(list, parts, n + 1);
	envelope->small = plain;
	if (!plain.body.at)
		envelope->small.body = VIEW(""); /* nothing is smaller too */
}
