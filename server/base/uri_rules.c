/* What a stranger's URI may point at (RFC 3261 section 19.1.5, RFC 4453 REQ
 * 14).
 */
#include "server/base/uri.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "server/base/uri_private.h"

/** What a range of addresses is to us. */
enum reach {
	REACH_PUBLIC,  /**< anyone may be there */
	REACH_PRIVATE, /**< inside: this host, this site */
	REACH_NEVER    /**< not one host: multicast, broadcast, unspecified */
};

struct range4 {
	uint32_t net;
	int bits;
	enum reach reach;
};

static const struct range4 ranges4[] = {
	/* clang-format off */
	{0x00000000,  8, REACH_NEVER},   /* this network */
	{0x0a000000,  8, REACH_PRIVATE}, /* 10.0.0.0/8 */
	{0x64400000, 10, REACH_PRIVATE}, /* 100.64.0.0/10, carriers' NAT */
	{0x7f000000,  8, REACH_PRIVATE}, /* loopback */
	{0xa9fe0000, 16, REACH_PRIVATE}, /* link-local */
	{0xac100000, 12, REACH_PRIVATE}, /* 172.16.0.0/12 */
	{0xc0000000, 24, REACH_PRIVATE}, /* 192.0.0.0/24, protocols */
	{0xc0a80000, 16, REACH_PRIVATE}, /* 192.168.0.0/16 */
	{0xc6120000, 15, REACH_PRIVATE}, /* 198.18.0.0/15, benchmarks */
	{0xe0000000,  4, REACH_NEVER},   /* multicast */
	{0xf0000000,  4, REACH_NEVER},   /* reserved, broadcast */
	/* clang-format on */
};

/** A range of IPv6; where an IPv4 address is inside, that one decides. */
struct range6 {
	uint8_t net[16];
	int bits;
	enum reach reach;
	int inner; /**< offset of the IPv4 address; 0 where there is none */
};

/* The first that fits counts. */
static const struct range6 ranges6[] = {
	/* clang-format off */
	{{0}, 128, REACH_NEVER, 0},                              /* :: */
	{{[15] = 1}, 128, REACH_PRIVATE, 0},                     /* ::1 */
	{{[10] = 0xff, 0xff}, 96, REACH_PUBLIC, 12},             /* v4-mapped */
	{{0}, 96, REACH_PUBLIC, 12},                             /* v4-compatible */
	{{[8] = 0xff, 0xff}, 96, REACH_PUBLIC, 12},              /* v4-translated */
	{{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48, REACH_PRIVATE, 0},  /* local NAT64 */
	{{0x00, 0x64, 0xff, 0x9b}, 96, REACH_PUBLIC, 12},        /* NAT64 */
	{{0x01, 0x00}, 64, REACH_NEVER, 0},                      /* discard */
	{{0x20, 0x01, 0, 0}, 32, REACH_PRIVATE, 0},              /* Teredo */
	{{0x20, 0x02}, 16, REACH_PUBLIC, 2},                     /* 6to4 */
	{{0xfc}, 7, REACH_PRIVATE, 0},                           /* unique local */
	{{0xfe, 0x80}, 10, REACH_PRIVATE, 0},                    /* link-local */
	{{0xfe, 0xc0}, 10, REACH_PRIVATE, 0},                    /* site-local */
	{{0xff}, 8, REACH_NEVER, 0},                             /* multicast */
	/* clang-format on */
};

#define N_ROWS(table) (sizeof(table) / sizeof((table)[0]))

static enum reach reach4(const uint8_t at[4])
{
	uint32_t host = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
			(uint32_t)at[2] << 8 | at[3];
	size_t i;

	for (i = 0; i < N_ROWS(ranges4); i++)
		if ((host ^ ranges4[i].net) >> (32 - ranges4[i].bits) == 0)
			return ranges4[i].reach;
	return REACH_PUBLIC;
}

static bool in_range6(const uint8_t at[16], const struct range6 *range)
{
	int whole = range->bits / 8, left = range->bits % 8;

	if (memcmp(at, range->net, (size_t)whole))
		return false;
	return !left || (at[whole] ^ range->net[whole]) >> (8 - left) == 0;
}

static enum reach reach6(const uint8_t at[16])
{
	size_t i;

	for (i = 0; i < N_ROWS(ranges6); i++) {
		if (!in_range6(at, &ranges6[i]))
			continue;
		if (ranges6[i].inner)
			return reach4(at + ranges6[i].inner);
		return ranges6[i].reach;
	}
	return REACH_PUBLIC;
}

static enum reach reach_of(const struct sockaddr *address)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&four, address, sizeof(four));
		return reach4((const uint8_t *)&four.sin_addr);
	case AF_INET6:
		memcpy(&six, address, sizeof(six));
		return reach6(six.sin6_addr.s6_addr);
	default:
		return REACH_NEVER;
	}
}

bool address_is_private(const struct sockaddr *address)
{
	return reach_of(address) == REACH_PRIVATE;
}

bool address_is_never(const struct sockaddr *address)
{
	return reach_of(address) == REACH_NEVER;
}

/* Would a resolver in a lenient mood read this as a number?  `2130706433`,
 * `0x7f.1`, `127.1`, `017700000001`: the last label tells. */
static bool host_is_numeric(struct view host)
{
	size_t i, first = host.len;

	while (first && host.at[first - 1] != '.')
		first--;
	host = view_from(host, first);
	if (view_starts_nocase(host, VIEW("0x")))
		return true;
	for (i = 0; i < host.len; i++)
		if (!is_digit(host.at[i]))
			return false;
	return host.len;
}

/* `localhost` and all below it (RFC 6761 section 6.3). */
static bool host_is_this(struct view host)
{
	struct view name = VIEW("localhost");

	if (host.len > name.len && host.at[host.len - name.len - 1] != '.')
		return false;
	return host.len >= name.len &&
	       view_equal_nocase(view_from(host, host.len - name.len), name);
}

static enum err check_host(struct view host, const struct uri_rules *rules)
{
	struct sockaddr_storage address;

	if (!host.len)
		return ERR_SYNTAX;
	if (host_is_address(host, &address)) {
		enum reach reach = reach_of((const struct sockaddr *)&address);

		if (reach == REACH_NEVER ||
		    (reach == REACH_PRIVATE && !rules->allow_private))
			return ERR_HOSTILE;
		return ERR_OK;
	}
	if (host_is_numeric(host))
		return ERR_HOSTILE;
	if (host_is_this(host) && !rules->allow_private)
		return ERR_HOSTILE;
	return ERR_OK;
}

static enum err check_params(const struct uri *uri,
			     const struct uri_rules *rules)
{
	struct view value;

	if (!uri->params.len)
		return ERR_OK;
	if (uri_param(uri, "maddr", &value) || uri_param(uri, "ttl", &value))
		return ERR_HOSTILE;
	if (uri_param(uri, "method", &value) &&
	    (!rules->method || !view_equal(value, view_of(rules->method))))
		return ERR_HOSTILE;
	return ERR_OK;
}

enum err uri_check_sendable(const struct uri *uri,
			    const struct uri_rules *rules)
{
	enum err err;

	if (uri->scheme != URI_SIP && uri->scheme != URI_SIPS)
		return ERR_SCHEME;
	err = check_params(uri, rules);
	if (err)
		return err;
	if (uri->port && uri->port < 1024 && !rules->allow_low_port)
		return ERR_HOSTILE;
	return check_host(uri->host, rules);
}

static bool transport_is_served(const struct uri *uri, struct view transport,
				const struct uri_rules *rules)
{
	if (uri_text_is(transport, "tls"))
		return rules->has_tls;
	return uri_text_is(transport, "tcp") ||
	       (uri_text_is(transport, "udp") && uri->scheme != URI_SIPS);
}

enum err uri_check_reachable(const struct uri *uri,
			     const struct uri_rules *rules)
{
	struct view transport;

	if (uri->scheme != URI_SIP &&
	    (uri->scheme != URI_SIPS || !rules->has_tls))
		return ERR_SCHEME;
	if (uri->params.len && uri_param(uri, "transport", &transport) &&
	    !transport_is_served(uri, transport, rules))
		return ERR_UNSUPPORTED;
	return ERR_OK;
}

int uri_err_status(enum err err)
{
	switch ((int)err) {
	case ERR_TOO_LARGE:
		return 413;
	case ERR_SCHEME:
		return 416;
	case ERR_HOSTILE:
		return 403;
	default:
		return 400;
	}
}
