/*
 * What ties an answer to what was shown: "LANGUAGE.SHOWN.NO.YES".
 *
 * NO is an HMAC of the token, the language and the hash of what was shown: who
 * has it has seen the page, some time.  YES is one of these, of what it
 * is about and of the hour.  A no is never too late; a yes is.
 */
#include "api/page_private.h"
#include "server/base/secret.h"

#define MAC_HEX 32
#define HOUR_S 3600

static const char *mac(const struct exchange *exchange, const char *label)
{
	uint8_t bytes[HASH_LEN];

	secret_key(exchange->api->settings.secret, label, bytes);
	return hex_copy(exchange->arena, bytes, MAC_HEX / 2);
}

static const char *mac_no(const struct exchange *exchange,
			  const struct page_look *look, const char *language,
			  const char *shown)
{
	return mac(exchange,
		   arena_printf(exchange->arena, "volens page no %s %s %s",
				hex_copy(exchange->arena, look->hash, HASH_LEN),
				language, shown));
}

/** What a yes is about.  While a question is under way its row changes, and
 *  what is asked does not. */
static const char *tag_of(const struct exchange *exchange,
			  const struct page_look *look)
{
	char room[KINDS_TEXT_ROOM];

	if (look->state == PAGE_ASKED || !look->row.etag)
		return arena_strdup(exchange->arena,
				    permission_kinds_text(&look->row, room));
	return look->row.etag;
}

static const char *mac_yes(const struct exchange *exchange,
			   const struct page_look *look, const char *no,
			   int64_t hour)
{
	return mac(exchange, arena_printf(exchange->arena,
					  "volens page yes %s %s %d %lld", no,
					  tag_of(exchange, look),
					  (int)look->state, (long long)hour));
}

void page_form_write(const struct exchange *exchange,
		     const struct page_look *look, const char *shown,
		     char ret[PAGE_FORM_ROOM])
{
	const char *no = mac_no(exchange, look, look->language->tag, shown);

	snprintf(ret, PAGE_FORM_ROOM, "%s.%s.%s.%s", look->language->tag, shown,
		 no, mac_yes(exchange, look, no, exchange->now / HOUR_S));
}

const char *page_take_part(struct arena *arena, struct view *rest)
{
	size_t at = view_find(*rest, '.', 0);
	char *part = view_copy(arena, view_head(*rest, at));

	*rest = view_from(*rest, at == SIZE_MAX ? rest->len : at + 1);
	return part;
}

static bool is_mac(const char *given, const char *right)
{
	return strlen(given) == MAC_HEX && bytes_equal(given, right, MAC_HEX);
}

static size_t n_points(const char *value)
{
	size_t n = 0;

	for (; *value; value++)
		n += *value == '.';
	return n;
}

enum err page_form_read(const struct exchange *exchange,
			const struct page_look *look, const char *value,
			struct page_form *ret)
{
	struct view rest = view_of(value);
	const char *language = page_take_part(exchange->arena, &rest);
	const char *shown = page_take_part(exchange->arena, &rest);
	const char *given = page_take_part(exchange->arena, &rest);
	const char *yes = page_take_part(exchange->arena, &rest);
	const char *no = mac_no(exchange, look, language, shown);
	int64_t hour = exchange->now / HOUR_S;

	if (n_points(value) != 3 || !is_mac(given, no))
		return ERR_SYNTAX;
	*ret = (struct page_form){
		language, shown,
		is_mac(yes, mac_yes(exchange, look, no, hour)) ||
			is_mac(yes, mac_yes(exchange, look, no, hour - 1))};
	return ERR_OK;
}

bool page_says_no(struct view body)
{
	struct view name = VIEW("answer="), answer = VIEW_NONE;
	size_t n = 0;

	while (body.len) {
		size_t at = view_find(body, '&', 0);
		struct view one = view_head(body, at);

		body = view_from(body, at == SIZE_MAX ? body.len : at + 1);
		if (view_equal(view_head(one, name.len), name)) {
			answer = view_from(one, name.len);
			n++;
		}
	}
	return n == 1 && view_equal(answer, VIEW("no"));
}
