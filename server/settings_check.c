/* What must hold of single values: the settings' own checks. */
#include "server/settings_check.h"

#include <arpa/inet.h>

#include "policies/trust.h"
#include "server/base/listen_uri.h"
#include "server/base/uri.h"
#include "server/settings.h"
#include "server/words/words.h"

#define REFRESH_LEAST (7 * INT64_C(86400)) /**< seconds */

static bool is_address(struct view host)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];

	if (host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
		host = view_head(view_from(host, 1), host.len - 2);
	if (host.len == 0 || host.len >= sizeof(text))
		return false;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, address) == 1 ||
	       inet_pton(AF_INET6, text, address) == 1;
}

/** "address:port", "[v6]:port"; the host must be numeric. */
static bool is_address_and_port(const char *value)
{
	struct view v = view_of(value);
	const char *colon = strrchr(value, ':');
	uint64_t port;

	if (!colon)
		return false;
	if (v.at[0] != '[' && strchr(value, ':') != colon)
		return false; /* IPv6 without brackets */
	return is_address(view_head(v, (size_t)(colon - value))) &&
	       !view_to_u64(view_of(colon + 1), 65535, &port);
}

/** It stands in URIs that are compared octet by octet later. */
const char *setting_check_domain(const char *value)
{
	static const char problem[] = "is not a domain name in lower case";
	struct arena *arena = arena_new(0);
	const char *text = arena_printf(arena, "sip:x@%s", value);
	struct uri uri;
	bool is_fine = !uri_parse(view_of(text), &uri) &&
		       uri.host.len == strlen(value);

	for (const char *c = value; *c; c++)
		is_fine &= *c < 'A' || *c > 'Z';
	arena_free(arena);
	return is_fine ? NULL : problem;
}

const char *setting_check_domain_title(const char *value)
{
	const char *problem = setting_check_domain(value);

	if (problem)
		return problem;
	return is_address(view_of(value)) ? "is an address: only `domain` may "
					    "be one"
					  : NULL;
}

const char *setting_check_listen(const char *value)
{
	struct listen_uri listen;
	const char *problem;

	if (listen_uri_read(value, &listen, &problem))
		return problem;
	return is_address(listen.host) ? NULL : "must have a numeric address";
}

/* 0.0.0.0 and :: are addresses to listen on, and lead nowhere. */
static bool is_any(struct view host)
{
	return view_equal(host, VIEW("0.0.0.0")) ||
	       view_equal(host, VIEW("[::]"));
}

bool setting_listens_everywhere(const char *listen)
{
	struct listen_uri uri;

	return !listen_uri_read(listen, &uri, NULL) && is_any(uri.host);
}

static bool is_transport(struct view value)
{
	return view_equal_nocase(value, VIEW("udp")) ||
	       view_equal_nocase(value, VIEW("tcp")) ||
	       view_equal_nocase(value, VIEW("tls"));
}

const char *setting_check_advertise(const char *value)
{
	struct view transport = VIEW("udp");
	struct uri uri;

	if (uri_parse(view_of(value), &uri) || uri.scheme != URI_SIP ||
	    uri.user.len || uri.headers.len)
		return "is not of the form sip:HOST, with :PORT and "
		       ";transport=udp if wanted";
	if (is_any(uri.host))
		return "is not an address that others can send to";
	uri_param(&uri, "transport", &transport);
	if (!is_transport(transport))
		return "must have transport udp, tcp or tls, or none";
	return NULL;
}

const char *setting_check_proxy(const char *value)
{
	struct view transport = VIEW("tcp"), maddr;
	struct uri uri;

	if (*value == '\0')
		return NULL;
	if (uri_parse(view_of(value), &uri) ||
	    (uri.scheme != URI_SIP && uri.scheme != URI_SIPS))
		return "is not a sip: or sips: URI";
	uri_param(&uri, "transport", &transport);
	if (!is_transport(transport))
		return "must have transport udp, tcp or tls, or none";
	if (uri.scheme == URI_SIPS && view_equal_nocase(transport, VIEW("udp")))
		return "has scheme sips, which is never sent over udp";
	if (uri_param(&uri, "maddr", &maddr))
		return "must not have maddr; name that host itself";
	return NULL;
}

const char *setting_check_keys(const char *value)
{
	size_t n = strspn(value, "0123456789*#ABCD");

	return n != 1 && !value[n] ? NULL : "is not of two or more keys";
}

const char *setting_check_nameserver(const char *value)
{
	if (*value == '\0' || is_address(view_of(value)) ||
	    is_address_and_port(value))
		return NULL;
	return "is not a numeric address, with or without a port";
}

const char *setting_check_http_listen(const char *value)
{
	if (!is_address_and_port(value))
		return "is not of the form ADDRESS:PORT";
	return NULL;
}

const char *setting_check_page_listen(const char *value)
{
	return *value ? setting_check_http_listen(value) : NULL;
}

const char *setting_check_host(const char *value)
{
	struct view v = view_of(value);
	struct uri uri;
	struct arena *arena = arena_new(0);
	const char *text = arena_printf(arena, "sip:%s", value);
	bool is_fine = is_address(v) || (!uri_parse(view_of(text), &uri) &&
					 uri.host.len == v.len);

	arena_free(arena);
	return is_fine ? NULL : "is not a name or an address, without a port";
}

/** Does "//" precede a host, with a port or without? */
static bool has_host(struct view url)
{
	size_t at = view_find_view(url, VIEW("://"), 0);
	struct view host = view_from(url, at + 3);
	struct arena *arena = arena_new(0);
	struct uri uri;
	const char *text;
	bool is_fine;

	host = view_head(host, view_find(host, '/', 0));
	text = arena_printf(arena, "sip:%s", view_copy(arena, host));
	is_fine = !uri_parse(view_of(text), &uri) && !uri.params.len;
	arena_free(arena);
	return is_fine;
}

const char *setting_check_url(const char *value)
{
	struct view v = view_of(value);

	for (size_t i = 0; i < v.len; i++) {
		if (v.at[i] <= ' ' || v.at[i] > '~' ||
		    strchr("\"#<>?\\", v.at[i]))
			return "has characters that a URL without a query "
			       "cannot have";
	}
	if (!v.len)
		return NULL;
	if (!view_starts_nocase(v, VIEW("http://")) &&
	    !view_starts_nocase(v, VIEW("https://")))
		return "is not an http: or https: URL";
	return has_host(v) ? NULL : "names no host";
}

const char *setting_check_language(const char *value)
{
	const struct language *language = language_find(view_of(value));

	return language && strcmp(language->tag, value) == 0
		       ? NULL
		       : "is none of en, de, fr, es, ar";
}

const char *setting_check_refresh(const char *value)
{
	const struct setting seconds = {.type = SETTING_SECONDS,
					.max = INT64_MAX};
	struct arena *arena = arena_new(0);
	const char *problem;
	int64_t refresh_s;
	enum err err =
		setting_parse(&seconds, arena, value, &refresh_s, &problem);

	arena_free(arena);
	if (!err && refresh_s != 0 && refresh_s < REFRESH_LEAST)
		return "must be 0 (never) or at least 7d";
	return NULL;
}

const char *setting_check_method(const char *value)
{
	if (strcmp(value, "MESSAGE") == 0 || strcmp(value, "INVITE") == 0)
		return NULL;
	return "is not supported; MESSAGE and INVITE are";
}

const char *setting_check_aor(const char *value)
{
	struct uri uri;

	if (uri_parse(view_of(value), &uri) || !uri.user.len ||
	    (uri.scheme != URI_SIP && uri.scheme != URI_SIPS))
		return "is not of the form sip:USER@DOMAIN";
	return NULL;
}

const char *setting_check_media_address(const char *value)
{
	return *value == '\0' || is_address(view_of(value))
		       ? NULL
		       : "is not a numeric address";
}

const char *setting_check_ports(const char *value)
{
	struct view v = view_of(value);
	size_t dash = view_find(v, '-', 0);
	uint64_t first, last;

	if (dash == SIZE_MAX ||
	    view_to_u64(view_head(v, dash), 65535, &first) ||
	    view_to_u64(view_from(v, dash + 1), 65535, &last))
		return "is not of the form FIRST-LAST";
	return first >= 1024 && first < last
		       ? NULL
		       : "is not a range of ports from 1024 to 65535";
}

const char *setting_check_codec(const char *value)
{
	return strcmp(value, "PCMU") == 0 || strcmp(value, "PCMA") == 0
		       ? NULL
		       : "is not supported; PCMU and PCMA are";
}

/* 2xx is delivered, and 3xx is never followed. */
const char *setting_check_status(const char *value)
{
	uint64_t status;

	if (!view_to_u64(view_of(value), 699, &status) && status >= 400)
		return NULL;
	return "is not a status from 400 to 699";
}

const char *setting_check_peer(const char *value)
{
	struct trust_network network;

	return trust_network_parse(value, &network)
		       ? NULL
		       : "is not an address or a network like 192.0.2.0/24";
}

const char *setting_check_home(const char *value)
{
	struct trust_network network;

	if (trust_network_parse(value, &network) ||
	    !setting_check_domain(value))
		return NULL;
	return "is neither a domain name in lower case nor a network like "
	       "192.0.2.0/24";
}

const char *setting_check_users(const char *value)
{
	struct view number = view_of(value);

	if (!view_starts_nocase(number, VIEW("tel:")))
		return setting_check_domain(value);
	number = view_from(number, 4);
	if (number.len && number.at[0] == '+')
		number = view_from(number, 1);
	for (size_t i = 0; i < number.len; i++) {
		if (number.at[i] < '0' || number.at[i] > '9')
			return "is not the beginning of a number like "
			       "tel:+1212";
	}
	return NULL;
}

const char *setting_check_quotable(const char *value)
{
	return view_has_control(view_of(value)) || strpbrk(value, "\"\\")
		       ? "has a quote, a backslash or a control character"
		       : NULL;
}
