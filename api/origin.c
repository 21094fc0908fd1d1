#include "api/origin.h"

#include "server/base/ip_bytes.h"

bool origin_is_proxy(const struct origin_rules *rules,
		     const uint8_t address[ORIGIN_ADDRESS])
{
	for (size_t i = 0; i < rules->n_proxies; i++) {
		if (trust_network_holds(&rules->proxies[i], address))
			return true;
	}
	return false;
}

static bool is_loopback(const uint8_t address[ORIGIN_ADDRESS])
{
	static const uint8_t one[ORIGIN_ADDRESS] = {[15] = 1};

	if (ip_bytes_are_v4(address))
		return address[IPV4_AT] == 127;
	return !memcmp(address, one, ORIGIN_ADDRESS);
}

/* ---- hosts --------------------------------------------------------------- */

/** "host", "host:port", "[v6]", "[v6]:port". */
static bool host_split(struct view text, struct view *ret)
{
	size_t end = view_find(text, ':', 0);
	struct view port;

	if (text.len && text.at[0] == '[') {
		end = view_find(text, ']', 0);
		if (end == SIZE_MAX)
			return false;
		*ret = view_from(view_head(text, end), 1);
		port = view_from(text, end + 1);
	} else {
		*ret = view_head(text, end);
		port = view_from(text, end);
	}
	for (size_t i = 1; i < port.len; i++) {
		if (port.at[i] < '0' || port.at[i] > '9')
			return false;
	}
	return ret->len && (!port.len || port.at[0] == ':');
}

/** Letters of names, and those of IPv6 in brackets. */
static bool host_is_sound(struct view host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		      c == '_' || c == ':'))
			return false;
	}
	return host.len > 0;
}

/** The same name, whatever its case and a dot at its end. */
static bool is_same(struct view host, struct view other)
{
	uint8_t a[ORIGIN_ADDRESS], b[ORIGIN_ADDRESS];

	if (host.len && host.at[host.len - 1] == '.')
		host.len--;
	if (view_equal_nocase(host, other))
		return true;
	return ip_bytes_read(host, a) && ip_bytes_read(other, b) &&
	       !memcmp(a, b, ORIGIN_ADDRESS);
}

static enum origin_host host_judge(const struct origin_rules *rules,
				   const uint8_t local[ORIGIN_ADDRESS],
				   struct view text)
{
	uint8_t address[ORIGIN_ADDRESS];
	struct view host;

	if (!host_split(view_trim(text), &host) || !host_is_sound(host))
		return HOST_IS_BROKEN;
	if (ip_bytes_read(host, address) &&
	    !memcmp(address, local, ORIGIN_ADDRESS))
		return HOST_IS_OURS;
	if (is_loopback(local) && is_same(host, VIEW("localhost")))
		return HOST_IS_OURS;
	for (size_t i = 0; i < rules->n_hosts; i++) {
		if (is_same(host, view_of(rules->hosts[i])))
			return HOST_IS_OURS;
	}
	return HOST_IS_OTHER;
}

struct view origin_url_host(struct view url)
{
	size_t at = view_find_view(url, VIEW("://"), 0);
	struct view rest = view_from(url, at == SIZE_MAX ? url.len : at + 3);
	struct view host = VIEW_NONE;

	rest = view_head(rest, view_find(rest, '/', 0));
	at = view_find(rest, '@', 0);
	if (at != SIZE_MAX)
		rest = view_from(rest, at + 1);
	return host_split(rest, &host) ? host : VIEW_NONE;
}

/* ---- what proxies say ---------------------------------------------------- */

/**
 * Take the last element off.  Elements are cut at every comma, also in quotes:
 * a quote that a client left open must not take what its proxy added.
 */
static bool last_take(struct view *list, struct view *ret)
{
	size_t at = list->len;

	if (!list->len)
		return false;
	while (at && list->at[at - 1] != ',')
		at--;
	*ret = view_trim(view_from(*list, at));
	*list = view_head(*list, at ? at - 1 : 0);
	return true;
}

/** An element of Forwarded: its parameter. */
static bool forwarded_param(struct arena *arena, struct view element,
			    const char *name, struct view *ret)
{
	const char *text = arena_printf(arena, ";%.*s", (int)element.len,
					element.at ? element.at : "");

	return view_param(view_of(text), name, ret);
}

/** "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80". */
static bool node_read(struct view node, uint8_t ret[ORIGIN_ADDRESS])
{
	struct view host;

	if (ip_bytes_read(node, ret))
		return true;
	return host_split(node, &host) && ip_bytes_read(host, ret);
}

/** From the last one back, as long as it is a proxy that speaks. */
static bool client_read(const struct origin_rules *rules, struct arena *arena,
			struct view list, bool is_forwarded,
			uint8_t ret[ORIGIN_ADDRESS])
{
	struct view element, node;

	do {
		if (!last_take(&list, &element))
			return true; /* all of them are proxies of ours */
		node = element;
		if (is_forwarded &&
		    !forwarded_param(arena, element, "for", &node))
			return false;
		if (!node_read(view_trim(node), ret))
			return false;
	} while (origin_is_proxy(rules, ret));
	return true;
}

void origin_client(const struct origin_rules *rules, struct arena *arena,
		   const uint8_t peer[ORIGIN_ADDRESS],
		   const struct origin_said *said, uint8_t ret[ORIGIN_ADDRESS])
{
	uint8_t by_x[ORIGIN_ADDRESS], by_forwarded[ORIGIN_ADDRESS];
	bool has_x = said->x_for.len > 0, has_forwarded = said->forwarded.len;

	memcpy(ret, peer, ORIGIN_ADDRESS);
	if (!origin_is_proxy(rules, peer))
		return;
	if (has_x && !client_read(rules, arena, said->x_for, false, by_x))
		return;
	if (has_forwarded &&
	    !client_read(rules, arena, said->forwarded, true, by_forwarded))
		return;
	/* A proxy writes one of them, and lets the other pass: of clients. */
	if (has_x && has_forwarded && memcmp(by_x, by_forwarded, sizeof(by_x)))
		return;
	if (has_x)
		memcpy(ret, by_x, ORIGIN_ADDRESS);
	else if (has_forwarded)
		memcpy(ret, by_forwarded, ORIGIN_ADDRESS);
}

enum origin_host origin_host(const struct origin_rules *rules,
			     struct arena *arena,
			     const uint8_t local[ORIGIN_ADDRESS], bool is_proxy,
			     const struct origin_said *said)
{
	enum origin_host judged = host_judge(rules, local, said->host);
	struct view list = said->x_host, element, host;

	if (!is_proxy)
		return judged;
	while (judged == HOST_IS_OURS && last_take(&list, &element))
		judged = host_judge(rules, local, element);
	list = said->forwarded;
	while (judged == HOST_IS_OURS && last_take(&list, &element)) {
		if (forwarded_param(arena, element, "host", &host))
			judged = host_judge(rules, local, host);
	}
	return judged;
}
