#include "server/sip/common_syntax.h"

#include "server/base/chars.h"

#define NUMBER_LEN 9 /**< digits of a number that nobody can mistake */

/* Each of these moves @p rest past what it names, if it begins with that. */

static bool take_byte(struct view *rest, char byte)
{
	if (!rest->len || rest->at[0] != byte)
		return false;
	*rest = (struct view){rest->at + 1, rest->len - 1};
	return true;
}

static size_t take_all(struct view *rest, unsigned classes)
{
	size_t len = 0;

	if (!rest->len) /* at may be NULL */
		return 0;
	while (len < rest->len && char_is(rest->at[len], classes))
		len++;
	*rest = (struct view){rest->at + len, rest->len - len};
	return len;
}

static bool take_token(struct view *rest)
{
	return take_all(rest, CHAR_TOKEN) > 0;
}

static bool take_number(struct view *rest)
{
	size_t len = take_all(rest, CHAR_DIGIT);

	return len > 0 && len <= NUMBER_LEN;
}

/* Letters, digits and marks between quotes. */
static bool take_quoted(struct view *rest)
{
	if (!take_byte(rest, '"'))
		return false;
	do
		take_all(rest, CHAR_TOKEN);
	while (take_byte(rest, ' ') || take_byte(rest, '=') ||
	       take_byte(rest, ':') || take_byte(rest, '/'));
	return take_byte(rest, '"');
}

/* No name without a value, but `;rport` and the like. */
static bool is_params(struct view rest)
{
	while (rest.len) {
		if (!take_byte(&rest, ';'))
			return false;
		take_byte(&rest, ' ');
		if (!take_token(&rest))
			return false;
		if (take_byte(&rest, '=') && !take_quoted(&rest) &&
		    !take_token(&rest))
			return false;
	}
	return true;
}

/* user@host:port;name=value */
static bool take_uri(struct view *rest)
{
	if (rest->len < 5 || memcmp(rest->at, "sip:", 4) != 0)
		return false;
	*rest = (struct view){rest->at + 4, rest->len - 4};
	do {
		if (!take_all(rest, CHAR_ALNUM))
			return false;
	} while (take_byte(rest, '@') || take_byte(rest, '.') ||
		 take_byte(rest, '-') || take_byte(rest, '_') ||
		 take_byte(rest, ':') || take_byte(rest, ';') ||
		 take_byte(rest, '='));
	return true;
}

bool uri_has_common_syntax(struct view uri)
{
	return take_uri(&uri) && !uri.len;
}

/* "Nora" <sip:nora@example.com>;tag=1 */
static bool is_name(struct view rest)
{
	if (rest.len && rest.at[0] == '"') {
		if (!take_quoted(&rest))
			return false;
		take_byte(&rest, ' ');
	}
	return take_byte(&rest, '<') && take_uri(&rest) &&
	       take_byte(&rest, '>') && is_params(rest);
}

static bool is_via(struct view rest)
{
	if (rest.len < 12 || memcmp(rest.at, "SIP/2.0/", 8) != 0)
		return false;
	rest = view_from(rest, 8);
	if (!take_all(&rest, CHAR_ALPHA) || !take_byte(&rest, ' ') ||
	    !take_token(&rest))
		return false;
	return (!take_byte(&rest, ':') || take_number(&rest)) &&
	       is_params(rest);
}

static bool is_call_id(struct view rest)
{
	return take_token(&rest) &&
	       (!take_byte(&rest, '@') || take_token(&rest)) && !rest.len;
}

static bool is_number(struct view rest)
{
	return take_number(&rest) && !rest.len;
}

static bool is_cseq(struct view rest)
{
	return take_number(&rest) && take_byte(&rest, ' ') &&
	       take_all(&rest, CHAR_ALPHA) && !rest.len;
}

static bool is_type(struct view rest)
{
	return take_token(&rest) && take_byte(&rest, '/') &&
	       take_token(&rest) && is_params(rest);
}

bool value_has_common_syntax(enum field field, struct view value)
{
	switch ((int)field) {
	case FIELD_FROM:
	case FIELD_TO:
		return is_name(value);
	case FIELD_VIA:
		return is_via(value);
	case FIELD_CALL_ID:
		return is_call_id(value);
	case FIELD_CSEQ:
		return is_cseq(value);
	case FIELD_CONTENT_LENGTH:
	case FIELD_MAX_FORWARDS:
		return is_number(value);
	case FIELD_CONTENT_TYPE:
		return is_type(value);
	case FIELD_CONTENT_DISPOSITION:
	case FIELD_CONTENT_ENCODING:
	case FIELD_REQUIRE:
	case FIELD_PROXY_REQUIRE:
		return view_is_token(value);
	default:
		return false;
	}
}
