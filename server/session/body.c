#include "server/session/body.h"

#include "server/base/mime.h"

/* One body, or one part of it. */
struct piece {
	struct view type, disposition, encoding, body;
};

static struct piece whole_of(const struct message *message)
{
	return (struct piece){
		.type = message_value(message, FIELD_CONTENT_TYPE),
		.disposition =
			message_value(message, FIELD_CONTENT_DISPOSITION),
		.encoding = message_value(message, FIELD_CONTENT_ENCODING),
		.body = message->body};
}

static struct piece part_of(const struct mime_part *part)
{
	struct piece piece = {.body = part->body};

	mime_header(part->headers, "Content-Type", &piece.type);
	mime_header(part->headers, "Content-Disposition", &piece.disposition);
	mime_header(part->headers, "Content-Encoding", &piece.encoding);
	return piece;
}

/* What stands before the parameters. */
static struct view word_of(struct view value)
{
	size_t end = view_find(value, ';', 0);

	return view_trim(end == SIZE_MAX ? value : view_head(value, end));
}

static bool is_optional(const struct piece *piece)
{
	struct view handling;

	return view_param(piece->disposition, "handling", &handling) &&
	       view_equal_nocase(handling, VIEW("optional"));
}

static bool is_encoded(const struct piece *piece)
{
	return piece->encoding.len &&
	       !view_equal_nocase(word_of(piece->encoding), VIEW("identity"));
}

static bool is_for(const struct piece *piece, struct view disposition)
{
	return !piece->disposition.len ||
	       view_equal_nocase(word_of(piece->disposition), disposition);
}

static bool is_list(const struct piece *piece)
{
	return mime_type_is(piece->type, "application/resource-lists+xml") ||
	       (piece->disposition.len &&
		is_for(piece, VIEW("recipient-list")));
}

/* The first description counts. */
static void take(const struct piece *piece, enum body_place place,
		 struct body_found *ret)
{
	if (mime_type_is(piece->type, "application/sdp") &&
	    is_for(piece, VIEW("session")) && !is_encoded(piece)) {
		if (!ret->has_sdp)
			ret->sdp = piece->body;
		ret->has_sdp = true;
		return;
	}
	if (place == BODY_FIRST_INVITE && is_list(piece))
		return;
	if (is_optional(piece))
		return;
	ret->is_encoded |= is_encoded(piece);
	ret->status = 415;
}

static void take_parts(struct arena *arena, const struct piece *whole,
		       enum body_place place, struct body_found *ret)
{
	struct mime_part *parts;
	size_t n;

	if (mime_split(arena, whole->type, whole->body, &parts, &n) != ERR_OK) {
		ret->status = 400;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct piece piece = part_of(&parts[i]);

		take(&piece, place, ret);
	}
}

void body_find_sdp(struct arena *arena, const struct message *message,
		   enum body_place place, struct body_found *ret)
{
	struct piece whole = whole_of(message);

	*ret = (struct body_found){.status = 0};
	if (!whole.body.len)
		return;
	if (view_starts_nocase(view_trim(whole.type), VIEW("multipart/")) &&
	    !is_encoded(&whole))
		take_parts(arena, &whole, place, ret);
	else
		take(&whole, place, ret);
}
