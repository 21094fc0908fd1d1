/* The canonical text of a URI: what uri.h calls its key. */
#include "server/base/text.h"
#include "server/base/uri.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "server/base/uri_private.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void add_lower(struct text *text, struct view v)
{
	size_t before = text->len;

	text_add_view(text, v);
	for (; before < text->len; before++)
		text->at[before] = lower(text->at[before]);
}

/* As it is, with letters folded, up to the first escape. */
static struct view add_until_escape(struct text *text, struct view v,
				    char fold(char))
{
	size_t before = text->len;

	text_add_view(text, view_head(v, view_find(v, '%', 0)));
	v = view_from(v, text->len - before);
	for (; before < text->len; before++)
		text->at[before] = fold(text->at[before]);
	return v;
}

/*
 * RFC 3261 section 19.1.4: a character outside of `reserved` equals its escape,
 * a reserved one does not.  Of those that need no escape only the unreserved
 * may be written plainly, so these are unescaped and nothing else is.
 */
static void add_unescaped(struct text *text, struct view v, char fold(char))
{
	for (;;) {
		char c;

		v = add_until_escape(text, v, fold);
		if (!v.len)
			return;
		c = (char)uri_next_char(&v);
		if (!is_unreserved(c)) {
			text_printf(text, "%%%02X", (unsigned char)c);
		} else {
			c = fold(c);
			text_add_bytes(text, &c, 1);
		}
	}
}

static char same(char c)
{
	return c;
}

/* IPv6 as inet_ntop() writes it (RFC 5952). */
static void add_host(struct text *text, struct view host)
{
	char written[INET6_ADDRSTRLEN];
	struct sockaddr_storage address;
	struct sockaddr_in6 six;

	if (host.at[0] == '[' && host_is_address(host, &address)) {
		memcpy(&six, &address, sizeof(six));
		inet_ntop(AF_INET6, &six.sin6_addr, written, sizeof(written));
		text_printf(text, "[%s]", written);
		return;
	}
	add_lower(text, host);
}

static void add_sip(struct text *text, const struct uri *uri)
{
	bool secure = uri->scheme == URI_SIPS;
	int usual = secure ? 5061 : 5060;
	struct view value;

	/* Without this the key's key would lose the port. */
	text_add(text, secure && uri->port == 5060 ? "sips:" : "sip:");
	if (uri->user.len) {
		add_unescaped(text, uri->user, same);
		text_add(text, "@");
	}
	add_host(text, uri->host);
	if (uri->port && uri->port != usual) {
		text_add(text, ":");
		text_add_number(text, (uint64_t)uri->port);
	}
	if (uri_param(uri, "user", &value) && value.len &&
	    !uri_text_is(value, "ip")) {
		text_add(text, ";user=");
		add_unescaped(text, value, lower);
	}
}

static void add_phone(struct text *text, struct view number)
{
	size_t i;

	for (i = 0; i < number.len; i++) {
		char c = lower(number.at[i]);

		if (!strchr("-.()", c))
			text_add_bytes(text, &c, 1);
	}
}

/* Is anything left of it without its separators? */
static bool is_number(struct view number)
{
	for (size_t i = 0; i < number.len; i++)
		if (!strchr("-.()", number.at[i]))
			return true;
	return false;
}

/* Parameters in the order that RFC 3966 section 3 gives them. */
void uri_add_number(struct text *text, const struct uri *uri)
{
	struct view value;

	add_phone(text, uri->user);
	if (uri_param(uri, "ext", &value) && is_number(value)) {
		text_add(text, ";ext=");
		add_phone(text, value);
	}
	if (uri_param(uri, "isub", &value) && value.len) {
		text_add(text, ";isub=");
		add_unescaped(text, value, lower);
	}
	/* A global number is whole; a context says nothing about it. */
	if (uri->user.at[0] == '+' ||
	    !uri_param(uri, "phone-context", &value) || !value.len)
		return;
	text_add(text, ";phone-context=");
	if (value.at[0] == '+')
		add_phone(text, value);
	else
		add_unescaped(text, value, lower);
}

enum err uri_key_of(struct arena *arena, const struct uri *uri,
		    const char **ret)
{
	struct text key;

	if (uri->scheme == URI_OTHER)
		return ERR_SCHEME;
	text_init(&key, arena);
	if (uri->scheme == URI_TEL) {
		text_add(&key, "tel:");
		uri_add_number(&key, uri);
	} else {
		add_sip(&key, uri);
	}
	*ret = key.at;
	return ERR_OK;
}

/* Parameters that change nothing about where a request goes beyond the host:
 * `user` is in the key, the others are the transport (RFC 3261 section 19.1.1),
 * marks of a flow or an instance of the same user (RFC 5626, 5627), and what
 * never goes out. */
static bool is_harmless(struct view name)
{
	static const char *const names[] = {"user", "transport", "lr",
					    "gr",   "ob",	 "method"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (uri_text_is(name, names[i]))
			return true;
	return false;
}

static char *param_text(struct arena *arena, const struct uri_param *param)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, ";");
	add_unescaped(&text, param->name, lower);
	if (param->value.len) {
		text_add(&text, "=");
		add_unescaped(&text, param->value, same);
	}
	return text.at;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err uri_recipient_key(struct arena *arena, const struct uri *uri,
			   const char **ret)
{
	char *others[URI_PARAMS_MAX];
	struct view rest = uri->params;
	struct uri_param param;
	struct text key;
	size_t n = 0;
	enum err err = uri_key_of(arena, uri, ret);

	if (err || uri->scheme == URI_TEL)
		return err;
	while (n < URI_PARAMS_MAX && uri_param_next(&rest, &param))
		if (!is_harmless(param.name))
			others[n++] = param_text(arena, &param);
	if (!n)
		return ERR_OK;
	qsort(others, n, sizeof(others[0]), compare_texts);
	text_init(&key, arena);
	text_add(&key, *ret);
	for (size_t i = 0; i < n; i++)
		text_add(&key, others[i]);
	*ret = key.at;
	return ERR_OK;
}

static bool host_is_canonical(struct view host)
{
	if (!host.len || host.at[0] == '[')
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (lower(host.at[i]) != host.at[i])
			return false;
	return true;
}

/* User, host and port follow each other with nothing else in between. */
bool uri_is_key(const struct uri *uri, struct view text)
{
	struct view rest = view_from(text, 4);

	if (uri->scheme != URI_SIP ||
	    !view_equal(view_head(text, 4), VIEW("sip:")))
		return false;
	if (uri->user.len) {
		if (view_find(uri->user, '%', 0) != SIZE_MAX)
			return false;
		rest = view_from(rest, uri->user.len + 1);
	}
	if (rest.at != uri->host.at || !host_is_canonical(uri->host))
		return false;
	rest = view_from(rest, uri->host.len);
	if (!uri->port)
		return !rest.len;
	return uri->port != 5060 && rest.len > 1 && rest.at[0] == ':' &&
	       rest.at[1] != '0' && !uri->params.len && !uri->headers.len;
}

enum err uri_key(struct arena *arena, struct view text, const char **ret)
{
	struct uri uri;
	enum err err = uri_parse(text, &uri);

	if (err || !uri_is_key(&uri, text))
		return err ? err : uri_key_of(arena, &uri, ret);
	*ret = view_copy(arena, text);
	return ERR_OK;
}

struct view uri_key_domain(const char *key)
{
	struct view rest = view_of(key);
	size_t at = view_find(rest, '@', 0);
	size_t end;

	if (view_starts_nocase(rest, VIEW("tel:")))
		return VIEW_NONE;
	if (at == SIZE_MAX)
		at = view_find(rest, ':', 0);
	if (at == SIZE_MAX)
		return VIEW_NONE;
	rest = view_from(rest, at + 1);
	if (rest.len && rest.at[0] == '[') {
		end = view_find(rest, ']', 0);
		return end == SIZE_MAX ? VIEW_NONE : view_head(rest, end + 1);
	}
	for (end = 0; end < rest.len; end++)
		if (rest.at[end] == ':' || rest.at[end] == ';')
			break;
	return view_head(rest, end);
}

bool uri_key_has_port(const char *key)
{
	struct view domain = uri_key_domain(key);

	return domain.len && domain.at[domain.len] == ':';
}
