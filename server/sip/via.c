#include "server/sip/via.h"

#include "server/sip/message.h"

/* LWS, folds included: a response is read as it came. */
#define BLANKS " \t\r\n"

static struct view skip_blanks(struct view v)
{
	while (v.len && v.at[0] && strchr(BLANKS, v.at[0]))
		v = view_from(v, 1);
	return v;
}

/* Bytes up to a blank or one of @p ends; @p rest is moved past them. */
static struct view take_until(struct view *rest, const char *ends)
{
	struct view whole = *rest;
	size_t len = 0;

	while (len < whole.len && whole.at[len] && !strchr(ends, whole.at[len]))
		len++;
	*rest = view_from(whole, len);
	return view_head(whole, len);
}

/* Moves @p rest past one @p byte and the blanks around it. */
static bool take_byte(struct view *rest, char byte)
{
	struct view v = skip_blanks(*rest);

	if (!v.len || v.at[0] != byte)
		return false;
	*rest = skip_blanks(view_from(v, 1));
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

/* gen-value = token / host / quoted-string; nothing else is looked at. */
static bool take_value(struct view *rest)
{
	struct view v = *rest;
	size_t len;

	if (v.len && v.at[0] == '"') {
		len = quoted_len(v);
		*rest = skip_blanks(view_from(v, len));
		return len > 0;
	}
	v = take_until(rest, BLANKS ";,=\"<>");
	*rest = skip_blanks(*rest);
	return v.len > 0;
}

bool params_are_strict(struct view params)
{
	struct view rest = skip_blanks(params);

	while (rest.len) {
		if (!take_byte(&rest, ';') ||
		    !view_is_token(take_until(&rest, BLANKS ";,=\"<>")))
			return false;
		if (take_byte(&rest, '=') && !take_value(&rest))
			return false;
		rest = skip_blanks(rest);
	}
	return true;
}

/* SIP / 2.0 / UDP LWS */
static bool take_protocol(struct view *rest, struct view *ret_transport)
{
	struct view name, version, after;

	name = take_until(rest, BLANKS "/");
	if (!take_byte(rest, '/'))
		return false;
	version = take_until(rest, BLANKS "/");
	if (!take_byte(rest, '/'))
		return false;
	*ret_transport = take_until(rest, BLANKS "/;");
	after = skip_blanks(*rest);
	if (after.len == rest->len)
		return false;
	*rest = after;
	return view_equal_nocase(name, VIEW("SIP")) &&
	       view_equal(version, VIEW("2.0")) &&
	       view_is_token(*ret_transport);
}

static bool host_is_plausible(struct view host)
{
	size_t i;

	if (host.len > 2 && host.at[0] == '[')
		return host.at[host.len - 1] == ']';
	for (i = 0; i < host.len; i++) {
		char c = host.at[i];

		if (!view_is_token((struct view){&c, 1}) && c != ':')
			return false;
	}
	return host.len > 0;
}

static bool take_sent_by(struct view *rest, struct via *via)
{
	struct view port;
	uint64_t value;

	if (rest->len && rest->at[0] == '[') {
		size_t close = view_find(*rest, ']', 0);

		if (close == SIZE_MAX)
			return false;
		via->host = view_head(*rest, close + 1);
		*rest = view_from(*rest, close + 1);
	} else {
		via->host = take_until(rest, BLANKS ":;,");
	}
	if (!host_is_plausible(via->host))
		return false;
	via->sent_by = via->host;
	if (!take_byte(rest, ':'))
		return true;
	port = take_until(rest, BLANKS ";,");
	if (view_to_u64(port, 65535, &value) != ERR_OK || !value)
		return false;
	via->port = (int)value;
	via->sent_by.len = (size_t)(port.at + port.len - via->host.at);
	return true;
}

enum err via_parse(struct view item, struct via *ret)
{
	struct via via = {.port = 0};
	struct view rest = view_trim(item), value;

	if (!take_protocol(&rest, &via.transport) || !take_sent_by(&rest, &via))
		return ERR_SYNTAX;
	via.params = skip_blanks(rest);
	if (!params_are_strict(via.params))
		return ERR_SYNTAX;
	via.has_branch = view_param(via.params, "branch", &via.branch);
	via.has_rport = view_param(via.params, "rport", &value);
	*ret = via;
	return ERR_OK;
}

/* Name of the parameter at the beginning; @p ret_len is its whole length. */
static struct view param_name(struct view params, size_t *ret_len)
{
	struct view rest = params;
	struct view name;

	take_byte(&rest, ';');
	name = take_until(&rest, BLANKS ";=");
	if (take_byte(&rest, '='))
		take_value(&rest);
	*ret_len = params.len - rest.len;
	return name;
}

/* Without port and brackets; @p ret takes 64 bytes. */
static struct view address_host(const union address *address, char *ret)
{
	struct view host;

	address_format(address, ret);
	host = view_of(ret);
	while (host.len && host.at[host.len - 1] != ':')
		host.len--;
	if (host.len)
		host.len--;
	if (host.len > 1 && host.at[0] == '[')
		host = view_from(view_head(host, host.len - 1), 1);
	return host;
}

/*
 * RFC 3261 section 18.2.1: `received` where sent-by is not the source address;
 * RFC 3581 section 4: always, with rport, where rport is asked for.  What the
 * client wrote there itself is left out.
 */
void via_add_returned(struct text *text, const struct via *via,
		      const union address *source)
{
	struct view rest = via->params;
	struct view host;
	char room[64];

	text_add(text, "SIP/2.0/");
	text_add_view(text, via->transport);
	text_add(text, " ");
	text_add_view(text, via->sent_by);
	while (rest.len) {
		size_t len;
		struct view name = param_name(rest, &len);

		if (!view_equal_nocase(name, VIEW("received")) &&
		    !view_equal_nocase(name, VIEW("rport")))
			text_add_view(text, view_trim(view_head(rest, len)));
		rest = view_from(rest, len);
	}
	host = address_host(source, room);
	if (via->has_rport || !view_equal(host, via->host)) {
		text_add(text, ";received=");
		text_add_view(text, host);
	}
	if (via->has_rport)
		text_printf(text, ";rport=%d", address_port(source));
}
