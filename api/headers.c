#include "api/headers.h"

static void line_join(struct text *text, struct view value)
{
	if (text->len)
		text_add(text, ", ");
	text_add_view(text, value);
}

/* RFC 9112 section 5.1: a space before the colon is refused, for a proxy may
 * have read the name without it. */
static bool has_space(struct view key)
{
	return view_find(key, ' ', 0) != SIZE_MAX ||
	       view_find(key, '\t', 0) != SIZE_MAX;
}

void headers_take(struct request_headers *headers, struct view key,
		  struct view is)
{
	headers->bytes += key.len + is.len + sizeof(": \r\n") - 1;
	if (has_space(key))
		headers->is_broken = true;
	else if (view_equal_nocase(key, VIEW("Authorization"))) {
		headers->n_authorization++;
		headers->authorization = is;
	} else if (view_equal_nocase(key, VIEW("Content-Length"))) {
		headers->n_length++;
		headers->length = view_trim(is);
	} else if (view_equal_nocase(key, VIEW("Transfer-Encoding"))) {
		headers->n_coding++;
		if (!view_equal_nocase(view_trim(is), VIEW("chunked")))
			headers->is_broken = true;
	} else if (view_equal_nocase(key, VIEW("Host"))) {
		headers->n_host++;
		headers->host = is;
	} else if (view_equal_nocase(key, VIEW("Forwarded"))) {
		line_join(&headers->forwarded, is);
	} else if (view_equal_nocase(key, VIEW("X-Forwarded-For"))) {
		line_join(&headers->x_for, is);
	} else if (view_equal_nocase(key, VIEW("X-Forwarded-Host"))) {
		line_join(&headers->x_host, is);
	} else if (view_equal_nocase(key, VIEW("Content-Type"))) {
		headers->content_type = view_trim(is);
	} else if (view_equal_nocase(key, VIEW("Content-Encoding"))) {
		headers->content_encoding = view_trim(is);
	} else if (view_equal_nocase(key, VIEW("Accept-Language"))) {
		line_join(&headers->languages, is);
	} else if (view_equal_nocase(key, VIEW("Accept"))) {
		line_join(&headers->accept, is);
	} else if (view_equal_nocase(key, VIEW("Idempotency-Key"))) {
		headers->n_key++;
		headers->key = is;
	} else if (view_equal_nocase(key, VIEW("Last-Event-ID"))) {
		headers->last_event = is;
	} else if (view_equal_nocase(key, VIEW("Sec-Fetch-Site"))) {
		headers->fetch_site = view_trim(is);
	} else if (view_equal_nocase(key, VIEW("Origin"))) {
		headers->origin = view_trim(is);
	} else if (view_equal_nocase(key, VIEW("If-Match"))) {
		line_join(&headers->if_match, is);
	}
}

struct origin_said headers_origin(const struct request_headers *headers)
{
	return (struct origin_said){.host = headers->host,
				    .forwarded = text_view(&headers->forwarded),
				    .x_for = text_view(&headers->x_for),
				    .x_host = text_view(&headers->x_host)};
}

bool headers_are_sound(const struct request_headers *headers)
{
	return !headers->is_broken && headers->n_length <= 1 &&
	       headers->n_coding <= 1 && headers->n_host <= 1 &&
	       headers->n_authorization <= 1 &&
	       !(headers->n_length && headers->n_coding);
}
