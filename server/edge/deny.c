#include "server/edge/deny.h"

#include "server/base/chars.h"
#include "server/edge/intake.h"
#include "server/edge/typed.h"

#define LINE_MAX_LEN 4096 /**< bytes of a Request-Line that are looked at */

/* The next word of the Request-Line. */
static struct view take_word(struct view *line)
{
	struct view word;

	while (line->len && is_blank(line->at[0]))
		*line = view_from(*line, 1);
	word = view_head(*line, view_find(*line, ' ', 0));
	word = view_head(word, view_find(word, '\t', 0));
	*line = view_from(*line, word.len);
	return word;
}

static struct view request_line(struct view message)
{
	struct view line = view_head(message, LINE_MAX_LEN);

	line = view_head(line, view_find(line, '\n', 0));
	return view_head(line, view_find(line, '\r', 0));
}

static bool is_deny_method(struct view method)
{
	static const struct view others[] = {
		VIEW("ACK"),	  VIEW("BYE"),	     VIEW("CANCEL"),
		VIEW("INFO"),	  VIEW("INVITE"),    VIEW("NOTIFY"),
		VIEW("OPTIONS"),  VIEW("PRACK"),     VIEW("REFER"),
		VIEW("REGISTER"), VIEW("SUBSCRIBE"), VIEW("UPDATE"),
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (view_equal_nocase(method, others[i]))
			return false;
	return method.len > 0;
}

/* Between the scheme and whatever ends the token: "@", ":", ";", nothing.  In
 * brackets or not, and with slashes behind the scheme as on the web. */
static struct view user_of(struct view uri)
{
	size_t colon;

	if (uri.len && uri.at[0] == '<')
		uri = view_from(uri, 1);
	colon = view_find(uri, ':', 0);
	uri = colon == SIZE_MAX ? uri : view_from(uri, colon + 1);
	while (uri.len && uri.at[0] == '/')
		uri = view_from(uri, 1);
	return uri;
}

/* What the log and digest credentials are told of a method that is none. */
static struct view shown_method(struct view method)
{
	return view_is_token(method) ? method : VIEW("PUBLISH");
}

_Static_assert(CLAIM_LEN == TOKEN_LEN, "a token is the identity of a deny");

static enum purpose purpose_of(enum token_kind kind)
{
	return kind == TOKEN_CHAT ? PURPOSE_CHAT : PURPOSE_CONSENT;
}

static bool is_known(const struct edge *edge, enum token_kind kind,
		     const struct token *token)
{
	const struct registered *consent =
		modules_of_purpose(&edge->modules, purpose_of(kind));

	return consent && (!consent->row->knows ||
			   consent->row->knows(consent->module, token));
}

/* At the address of a question it is the word that counts. */
static bool is_deny(const struct edge *edge, enum token_kind kind,
		    struct view method, struct view text)
{
	if (kind == TOKEN_CHAT)
		return view_equal_nocase(method, VIEW("MESSAGE")) &&
		       typed_denies(edge, text);
	return kind == TOKEN_DENY && is_deny_method(method);
}

bool deny_claim(void *arg, struct view message, struct claim *ret)
{
	struct edge *edge = arg;
	struct view line = request_line(message), method, uri, text;
	enum token_kind kind;
	struct token token;

	method = take_word(&line);
	uri = take_word(&line);
	if (token_find(user_of(uri), &kind, &token) != ERR_OK)
		return false;
	text = kind == TOKEN_CHAT ? typed_body(message) : VIEW_NONE;
	if (!is_deny(edge, kind, method, text))
		return false;
	ret->text = text;
	ret->method = shown_method(method);
	ret->uri = uri;
	memcpy(ret->identity, token.bytes, CLAIM_LEN);
	ret->has_reserve = is_known(edge, kind, &token);
	return true;
}

void deny_open(struct intake *intake)
{
	const struct claim *claim = intake->received->claim;
	struct uri uri;

	intake->target.kind = TARGET_TOKEN;
	intake->target.token_kind = claim->text.len ? TOKEN_CHAT : TOKEN_DENY;
	memcpy(intake->target.token.bytes, claim->identity, TOKEN_LEN);
	if (uri_parse(claim->uri, &uri) == ERR_OK)
		intake->target.domain =
			domains_find(&intake->edge->settings.domains, uri.host);
	intake->module = modules_of_purpose(
		&intake->edge->modules, purpose_of(intake->target.token_kind));
}
