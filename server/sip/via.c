#include "server/sip/via.h"

#include "server/base/chars.h"
#include "server/base/text.h"

/* What ends a value that is not quoted. */
static bool is_end(char c)
{
	switch (c) {
	case '\0':
	case ';':
	case ',':
	case '=':
	case '"':
	case '<':
	case '>':
		return true;
	default:
		return is_lws(c);
	}
}

/* Moves @p rest past @p len bytes, which it has, and returns them. */
static inline struct view take(struct view *rest, size_t len)
{
	struct view taken = {rest->at, len};

	if (!len) /* there may be no bytes at all */
		return taken;
	*rest = (struct view){rest->at + len, rest->len - len};
	return taken;
}

static inline void skip_blanks(struct view *rest)
{
	while (rest->len && is_lws(rest->at[0]))
		take(rest, 1);
}

static struct view take_token(struct view *rest)
{
	size_t len = 0;

	while (len < rest->len && char_is(rest->at[len], CHAR_TOKEN))
		len++;
	return take(rest, len);
}

/* Moves @p rest past one @p byte and the blanks around it. */
static inline bool take_byte(struct view *rest, char byte)
{
	struct view v = *rest;

	skip_blanks(&v);
	if (!v.len || v.at[0] != byte)
		return false;
	take(&v, 1);
	skip_blanks(&v);
	*rest = v;
	return true;
}

/* Index after the quoted string at the beginning; 0 when it stays open. */
static size_t quoted_len(struct view v)
{
	for (size_t i = 1; i < v.len; i++) {
		if (v.at[i] == '\\')
			i++;
		else if (v.at[i] == '"')
			return i + 1;
	}
	return 0;
}

/* gen-value = token / host / quoted-string; nothing else is looked at.
 * @p ret gets it without its quotes. */
static bool take_value(struct view *rest, struct view *ret)
{
	size_t len = 0;

	if (rest->len && rest->at[0] == '"') {
		len = quoted_len(*rest);
		if (!len)
			return false;
		*ret = (struct view){rest->at + 1, len - 2};
	} else {
		/* Most are tokens, which end nowhere. */
		while (len < rest->len && char_is(rest->at[len], CHAR_TOKEN))
			len++;
		while (len < rest->len && !is_end(rest->at[len]))
			len++;
		*ret = (struct view){rest->at, len};
	}
	take(rest, len);
	skip_blanks(rest);
	return len > 0;
}

/** One parameter: `;name` or `;name=value`. */
struct param {
	struct view name, value;
};

static bool take_param(struct view *rest, struct param *ret)
{
	ret->value = VIEW_NONE;
	if (!take_byte(rest, ';'))
		return false;
	ret->name = take_token(rest);
	if (!ret->name.len)
		return false;
	return !take_byte(rest, '=') || take_value(rest, &ret->value);
}

bool params_are_strict(struct view params)
{
	struct view rest = params;
	struct param param;

	skip_blanks(&rest);
	while (rest.len) {
		if (!take_param(&rest, &param))
			return false;
		skip_blanks(&rest);
	}
	return true;
}

/* SIP / 2.0 / UDP LWS */
static bool take_protocol(struct view *rest, struct view *ret_transport)
{
	struct view name, version;
	size_t left;

	name = take_token(rest);
	if (!take_byte(rest, '/'))
		return false;
	version = take_token(rest);
	if (!take_byte(rest, '/'))
		return false;
	*ret_transport = take_token(rest);
	left = rest->len;
	skip_blanks(rest);
	return rest->len < left && ret_transport->len &&
	       view_equal_nocase(name, VIEW("SIP")) &&
	       view_equal(version, VIEW("2.0"));
}

/* A reference in brackets, or what may be a name: others look closer. */
static bool take_host(struct view *rest, struct view *ret)
{
	if (rest->len && rest->at[0] == '[') {
		size_t close = view_find(*rest, ']', 0);

		if (close == SIZE_MAX || close < 2)
			return false;
		*ret = take(rest, close + 1);
		return true;
	}
	*ret = take_token(rest);
	return ret->len > 0;
}

static bool take_sent_by(struct view *rest, struct via *via)
{
	struct view port;
	uint64_t value;

	if (!take_host(rest, &via->host))
		return false;
	via->sent_by = via->host;
	if (!take_byte(rest, ':'))
		return true;
	port = take_token(rest);
	if (view_to_u64(port, 65535, &value) != ERR_OK || !value)
		return false;
	via->port = (int)value;
	via->sent_by.len = (size_t)(port.at + port.len - via->host.at);
	return true;
}

/* The first of a name counts. */
static bool take_params(struct view *rest, struct via *via)
{
	struct param param;

	while (rest->len) {
		if (!take_param(rest, &param))
			return false;
		if (!via->has_branch &&
		    view_equal_nocase(param.name, VIEW("branch"))) {
			via->has_branch = true;
			via->branch = param.value;
		} else if (view_equal_nocase(param.name, VIEW("rport"))) {
			via->has_rport = true;
		}
		skip_blanks(rest);
	}
	return true;
}

enum err via_parse(struct view item, struct via *ret)
{
	struct via via = {.port = 0};
	struct view rest = view_trim(item);

	if (!take_protocol(&rest, &via.transport) || !take_sent_by(&rest, &via))
		return ERR_SYNTAX;
	skip_blanks(&rest);
	via.params = rest;
	if (!take_params(&rest, &via))
		return ERR_SYNTAX;
	*ret = via;
	return ERR_OK;
}

/** Where the token at @p at ends; at @p end the bytes do. */
static inline const char *token_end(const char *at, const char *end)
{
	while (at < end && char_is(*at, CHAR_TOKEN))
		at++;
	return at;
}

/** ":" and a port, in digits that need no sum: from 1 to 59999. */
static const char *plain_port_end(const char *at, const char *end)
{
	const char *first = at + 1, *last = first;

	while (last < end && is_digit(*last))
		last++;
	if (last == first || *first == '0' || last - first > 5 ||
	    (last - first == 5 && *first > '5'))
		return NULL;
	return last;
}

/** "SIP/2.0/", a transport, a blank, a host, and maybe a port. */
static const char *plain_sent_by_end(struct view value)
{
	static const struct view protocol = VIEW("SIP/2.0/");
	const char *end = value.at + value.len, *at, *token;

	if (value.len < protocol.len ||
	    memcmp(value.at, protocol.at, protocol.len) != 0)
		return NULL;
	token = value.at + protocol.len;
	at = token_end(token, end);
	if (at == token || at == end || *at != ' ')
		return NULL;
	token = at + 1;
	at = token_end(token, end);
	if (at == token)
		return NULL;
	return at < end && *at == ':' ? plain_port_end(at, end) : at;
}

bool via_plain_branch(struct view value, struct view *ret)
{
	const char *end, *at, *name, *after, *token;
	struct view branch = VIEW_NONE;

	if (!value.len) /* then it may point nowhere */
		return false;
	end = value.at + value.len;
	at = plain_sent_by_end(value);
	while (at && at < end && *at == ';') {
		name = at + 1;
		after = token = at = token_end(name, end);
		if (at == name)
			return false;
		if (at < end && *at == '=') {
			token = at + 1;
			at = token_end(token, end);
			if (at == token)
				return false;
		}
		if (after - name != 6 || (*name | 0x20) != 'b')
			continue;
		/* Spelled otherwise, without a value, or once more? */
		if (branch.len || token == after || memcmp(name, "branch", 6))
			return false;
		branch = (struct view){token, (size_t)(at - token)};
	}
	*ret = branch;
	return at == end && branch.len;
}

/*
 * RFC 3261 section 18.2.1: `received` where sent-by is not the source address;
 * RFC 3581 section 4: always, with rport, where rport is asked for.  What the
 * client wrote there itself is left out.
 */
void via_add_returned(struct text *text, const struct via *via,
		      const union address *source)
{
	struct view rest = via->params, whole = rest, host;
	struct param param;
	char room[64];

	text_add(text, "SIP/2.0/");
	text_add_view(text, via->transport);
	text_add(text, " ");
	text_add_view(text, via->sent_by);
	for (; take_param(&rest, &param); whole = rest) {
		whole.len -= rest.len;
		if (!view_equal_nocase(param.name, VIEW("received")) &&
		    !view_equal_nocase(param.name, VIEW("rport")))
			text_add_view(text, view_trim(whole));
	}
	address_host_format(source, room);
	host = view_of(room);
	if (via->has_rport || !view_equal(host, via->host)) {
		text_add(text, ";received=");
		text_add_view(text, host);
	}
	if (via->has_rport) {
		text_add(text, ";rport=");
		text_add_number(text, (uint64_t)address_port(source));
	}
}
