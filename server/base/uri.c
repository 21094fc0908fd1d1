#include "server/base/uri.h"

#include <netinet/in.h>

#include "server/base/text.h"
#include "server/base/uri_private.h"

#define HOST_MAX 253 /**< RFC 1035 section 2.3.4, without the last dot */
#define LABEL_MAX 63

/* Character sets of RFC 3261 section 25.1, beside `unreserved`. */
#define USER_MORE "&=+$,;?/"
#define PASSWORD_MORE "&=+$,"
#define PARAM_MORE "[]/:&+$"
#define HEADER_MORE "[]/?:+$"

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Nothing but printable ASCII, as nearly all are. */
static bool is_plain(struct view text)
{
	uint64_t others = 0, word;

	/* Eight at a time: from 0x80 on, below "!", or 0x7f. */
	for (; text.len >= sizeof(word); text = view_from(text, sizeof(word))) {
		memcpy(&word, text.at, sizeof(word));
		others |= word | ((word - EACH_BYTE('!')) & ~word) |
			  ((word ^ EACH_BYTE(0x7f)) - EACH_BYTE(1));
	}
	others &= EACH_BYTE(0x80);
	for (size_t i = 0; i < text.len; i++)
		others |= (unsigned char)(text.at[i] - '!') > '~' - '!';
	return !others;
}

static enum err check_charset(struct view text)
{
	size_t i;

	if (!text.len)
		return ERR_SYNTAX;
	if (text.len > URI_MAX_LEN)
		return ERR_TOO_LARGE;
	if (is_plain(text))
		return ERR_OK;
	if (!view_is_utf8(text) || view_has_control(text) ||
	    view_find(text, '\t', 0) != SIZE_MAX)
		return ERR_CHARSET;
	for (i = 0; i < text.len; i++)
		if (text.at[i] == ' ' || (text.at[i] & 0x80))
			return ERR_SYNTAX;
	return ERR_OK;
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), then a colon. */
static size_t scheme_len(struct view text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == ':')
			return i;
		if (!is_alpha(c) && (!i || (!is_digit(c) && !strchr("+-.", c))))
			return 0;
	}
	return 0;
}

static bool is_of_label(char c)
{
	return char_is(c, CHAR_ALNUM) || c == '-' || c == '_';
}

/* hostname, with underscores and with a last label of digits tolerated: those
 * names exist, and uri_check_sendable() refuses what looks like an address. */
static bool host_is_name(struct view host)
{
	size_t begin = 0; /* of the label */

	if (host.len && host.at[host.len - 1] == '.')
		host.len--;
	if (!host.len || host.len > HOST_MAX)
		return false;
	for (size_t i = 0; i <= host.len; i++) {
		while (i < host.len && is_of_label(host.at[i]))
			i++;
		if (i < host.len && host.at[i] != '.')
			return false;
		if (i == begin || i - begin > LABEL_MAX ||
		    host.at[begin] == '-' || host.at[i - 1] == '-')
			return false;
		begin = i + 1;
	}
	return true;
}

static bool host_is_valid(struct view host)
{
	struct sockaddr_storage address;

	if (host.len && host.at[0] == '[')
		return host_is_address(host, &address) &&
		       address.ss_family == AF_INET6;
	return host_is_name(host);
}

/* host [ ":" port ] */
static enum err parse_hostport(struct view hostport, struct uri *uri)
{
	size_t end = 0;
	uint64_t port;

	if (hostport.len && hostport.at[0] == '[')
		end = view_find(hostport, ']', 0);
	if (end == SIZE_MAX)
		return ERR_SYNTAX;
	end = view_find(hostport, ':', end);
	uri->host = view_head(hostport, end);
	if (!host_is_valid(uri->host))
		return ERR_SYNTAX;
	if (uri->host.at[uri->host.len - 1] == '.') /* the root, unsaid */
		uri->host.len--;
	if (end == SIZE_MAX)
		return ERR_OK;
	if (view_to_u64(view_from(hostport, end + 1), 65535, &port) || !port)
		return ERR_SYNTAX;
	uri->port = (int)port;
	return ERR_OK;
}

static enum err parse_userinfo(struct view userinfo, struct uri *uri)
{
	size_t colon = view_find(userinfo, ':', 0);

	uri->user = view_head(userinfo, colon);
	if (!uri->user.len || !uri_all(uri->user, USER_MORE))
		return ERR_SYNTAX;
	if (colon == SIZE_MAX)
		return ERR_OK;
	uri->password = view_from(userinfo, colon + 1);
	return uri_all(uri->password, PASSWORD_MORE) ? ERR_OK : ERR_SYNTAX;
}

/* Same name, however it is escaped? */
static bool names_match(struct view a, struct view b)
{
	char name[URI_MAX_LEN + 1];
	size_t len = 0;
	int c;

	/* Names are hardly ever escaped, and each is held against all. */
	if (view_find(a, '%', 0) == SIZE_MAX &&
	    view_find(b, '%', 0) == SIZE_MAX)
		return view_equal_nocase(a, b);
	while ((c = uri_next_char(&b)) > 0 && len < URI_MAX_LEN)
		name[len++] = (char)c;
	name[len] = '\0';
	return uri_text_is(a, name);
}

static enum err check_params(struct view params)
{
	struct view names[URI_PARAMS_MAX];
	struct uri_param param;
	size_t n = 0, i;

	while (uri_param_next(&params, &param)) {
		bool has_value = param.whole.len > 1 + param.name.len;

		if (!param.name.len || !uri_all(param.name, PARAM_MORE) ||
		    (has_value && !param.value.len) ||
		    !uri_all(param.value, PARAM_MORE))
			return ERR_SYNTAX;
		if (n == URI_PARAMS_MAX)
			return ERR_TOO_LARGE;
		for (i = 0; i < n; i++)
			if (names_match(names[i], param.name))
				return ERR_SYNTAX;
		names[n++] = param.name;
	}
	return ERR_OK;
}

/* "?" hname "=" hvalue *( "&" hname "=" hvalue ) */
static bool headers_are_valid(struct view headers)
{
	struct view rest = view_from(headers, 1);
	size_t end, equals;

	for (;;) {
		struct view header;

		end = view_find(rest, '&', 0);
		header = view_head(rest, end);
		equals = view_find(header, '=', 0);
		if (!equals || equals == SIZE_MAX ||
		    !uri_all(view_head(header, equals), HEADER_MORE) ||
		    !uri_all(view_from(header, equals + 1), HEADER_MORE))
			return false;
		if (end == SIZE_MAX)
			return true;
		rest = view_from(rest, end + 1);
	}
}

/*
 * An unescaped "@" occurs only after the userinfo, so the first one ends it:
 * semicolons and question marks before it belong to the user.
 */
static enum err parse_sip(struct view rest, struct uri *uri)
{
	size_t at = view_find(rest, '@', 0);
	size_t end;
	enum err err;

	if (at != SIZE_MAX) {
		err = parse_userinfo(view_head(rest, at), uri);
		if (err)
			return err;
		rest = view_from(rest, at + 1);
	}
	end = view_find(rest, '?', 0);
	if (end != SIZE_MAX) {
		uri->headers = view_from(rest, end);
		if (!headers_are_valid(uri->headers))
			return ERR_SYNTAX;
		rest = view_head(rest, end);
	}
	end = view_find(rest, ';', 0);
	if (end != SIZE_MAX)
		uri->params = view_from(rest, end);
	err = parse_hostport(view_head(rest, end), uri);
	return err ? err : check_params(uri->params);
}

/* RFC 3966 section 3: "+" and digits, or local digits with a phone-context;
 * visual separators anywhere. */
static enum err parse_tel(struct view rest, struct uri *uri)
{
	size_t end = view_find(rest, ';', 0);
	size_t i, n_digits = 0;
	struct view context;
	bool global;

	uri->user = view_head(rest, end);
	if (end != SIZE_MAX)
		uri->params = view_from(rest, end);
	global = uri->user.len && uri->user.at[0] == '+';
	for (i = global ? 1 : 0; i < uri->user.len; i++) {
		char c = uri->user.at[i];

		if (is_digit(c) ||
		    (!global && (hex_digit(c) >= 0 || c == '*' || c == '#')))
			n_digits++;
		else if (!strchr("-.()", c))
			return ERR_SYNTAX;
	}
	if (!n_digits)
		return ERR_SYNTAX;
	if (!global &&
	    (!uri_param(uri, "phone-context", &context) || !context.len))
		return ERR_SYNTAX;
	return check_params(uri->params);
}

static enum err parse_other(struct view rest)
{
	size_t i;

	if (!rest.len)
		return ERR_SYNTAX;
	for (i = 0; i < rest.len; i++)
		if (strchr("<>\"{}|\\^`", rest.at[i]))
			return ERR_SYNTAX;
	return ERR_OK;
}

enum err uri_parse(struct view text, struct uri *ret)
{
	struct uri uri = {0};
	struct view scheme, rest;
	enum err err = check_charset(text);

	if (err)
		return err;
	scheme = view_head(text, scheme_len(text));
	if (!scheme.len)
		return ERR_SYNTAX;
	rest = view_from(text, scheme.len + 1);
	if (view_equal_nocase(scheme, VIEW("sip"))) {
		uri.scheme = URI_SIP;
		err = parse_sip(rest, &uri);
	} else if (view_equal_nocase(scheme, VIEW("sips"))) {
		uri.scheme = URI_SIPS;
		err = parse_sip(rest, &uri);
	} else if (view_equal_nocase(scheme, VIEW("tel"))) {
		uri.scheme = URI_TEL;
		err = parse_tel(rest, &uri);
	} else {
		uri.scheme = URI_OTHER;
		err = parse_other(rest);
	}
	if (!err)
		*ret = uri;
	return err;
}

bool uri_param(const struct uri *uri, const char *name, struct view *ret)
{
	struct view rest = uri->params;
	struct uri_param param;

	while (uri_param_next(&rest, &param)) {
		if (uri_text_is(param.name, name)) {
			*ret = param.value;
			return true;
		}
	}
	return false;
}

char *uri_request(struct arena *arena, const struct uri *uri,
		  struct view original)
{
	struct view rest = uri->params;
	struct uri_param param;
	struct text text;

	if (!rest.len && !uri->headers.len)
		return view_copy(arena, original);
	text_init(&text, arena);
	text_add_view(&text, view_head(original, original.len - rest.len -
							 uri->headers.len));
	while (uri_param_next(&rest, &param))
		if (!uri_text_is(param.name, "method"))
			text_add_view(&text, param.whole);
	return text.at;
}

char *uri_name(struct arena *arena, const struct uri *uri, struct view original)
{
	struct view rest = uri->params;
	bool is_tel = uri->scheme == URI_TEL;
	struct uri_param param;
	struct text text;

	if (uri->scheme == URI_OTHER)
		return view_copy(arena, original);
	text_init(&text, arena);
	text_add_view(&text, view_head(original, view_find(original, ':', 0)));
	text_add(&text, ":");
	text_add_view(&text, uri->user);
	text_add(&text, uri->user.len && !is_tel ? "@" : "");
	text_add_view(&text, uri->host);
	if (uri->port)
		text_printf(&text, ":%d", uri->port);
	while (uri_param_next(&rest, &param))
		if (is_tel || uri_text_is(param.name, "user"))
			text_add_view(&text, param.whole);
	return text.at;
}
