#include "server/net/address.h"

#include <arpa/inet.h>

#include "server/base/ip_bytes.h"

static char *octet_format(char *at, uint8_t octet)
{
	if (octet >= 100)
		*at++ = (char)('0' + octet / 100);
	if (octet >= 10)
		*at++ = (char)('0' + octet / 10 % 10);
	*at++ = (char)('0' + octet % 10);
	return at;
}

/* Each request has its source written down: inet_ntop() and snprintf() take a
 * thousand steps each. */
static void v4_format(const struct in_addr *address, char *ret)
{
	uint8_t octets[4];

	memcpy(octets, address, sizeof(octets));
	for (int i = 0; i < 4; i++) {
		ret = octet_format(ret, octets[i]);
		*ret++ = i < 3 ? '.' : '\0';
	}
}

void address_host_format(const union address *address, char *ret)
{
	if (address->any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &address->v6.sin6_addr, ret, 64);
	else if (address->any.sa_family == AF_INET)
		v4_format(&address->v4.sin_addr, ret);
	else
		memcpy(ret, "?", 2);
}

static void port_format(int port, char *ret)
{
	int divisor = 1;

	while (port / divisor >= 10)
		divisor *= 10;
	for (; divisor; divisor /= 10)
		*ret++ = (char)('0' + port / divisor % 10);
	*ret = '\0';
}

void address_format(const union address *address, char *ret)
{
	bool is_v6 = address->any.sa_family == AF_INET6;

	if (is_v6)
		*ret++ = '[';
	address_host_format(address, ret);
	ret += strlen(ret);
	if (is_v6)
		*ret++ = ']';
	*ret++ = ':';
	port_format(address_port(address), ret);
}

/* Split "host", "host:port", "[v6]", "[v6]:port", "v6". */
static enum err host_port_split(struct view text, struct view *ret_host,
				struct view *ret_port)
{
	size_t colon = view_find(text, ':', 0);

	*ret_port = VIEW_NONE;
	if (text.len > 0 && text.at[0] == '[') {
		size_t end = view_find(text, ']', 0);

		if (end == SIZE_MAX)
			return ERR_SYNTAX;
		*ret_host = (struct view){.at = text.at + 1, .len = end - 1};
		*ret_port = view_from(text, end + 1);
		if (ret_port->len == 0)
			return ERR_OK;
		if (ret_port->at[0] != ':' || ret_port->len == 1)
			return ERR_SYNTAX;
		*ret_port = view_from(*ret_port, 1);
		return ERR_OK;
	}
	*ret_host = text;
	if (colon == SIZE_MAX || view_find(text, ':', colon + 1) != SIZE_MAX)
		return ERR_OK;
	*ret_host = view_head(text, colon);
	*ret_port = view_from(text, colon + 1);
	return ret_port->len > 0 ? ERR_OK : ERR_SYNTAX;
}

enum err address_parse(struct view text, int port, union address *ret)
{
	union address address = {.v6 = {0}};
	struct view host_view, port_view;
	char host[INET6_ADDRSTRLEN];
	uint64_t number = (uint64_t)port;

	if (host_port_split(text, &host_view, &port_view))
		return ERR_SYNTAX;
	if (port_view.len > 0 && view_to_u64(port_view, 65535, &number))
		return ERR_SYNTAX;
	if (host_view.len == 0 || host_view.len >= sizeof(host) ||
	    view_find(host_view, '\0', 0) != SIZE_MAX)
		return ERR_SYNTAX;
	memcpy(host, host_view.at, host_view.len);
	host[host_view.len] = '\0';
	if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1 &&
	    text.at[0] != '[')
		address.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1)
		address.any.sa_family = AF_INET6;
	else
		return ERR_SYNTAX;
	address_set_port(&address, (int)number);
	*ret = address;
	return ERR_OK;
}

socklen_t address_len(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->v6)
						  : sizeof(address->v4);
}

int address_port(const union address *address)
{
	/* Both families have the port in the same place; say it anyway. */
	return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port
							: address->v4.sin_port);
}

void address_set_port(union address *address, int port)
{
	if (address->any.sa_family == AF_INET6)
		address->v6.sin6_port = htons((uint16_t)port);
	else
		address->v4.sin_port = htons((uint16_t)port);
}

void address_bytes(const union address *address, uint8_t ret[16])
{
	if (address->any.sa_family == AF_INET6)
		memcpy(ret, &address->v6.sin6_addr, IP_BYTES);
	else
		ip_bytes_map(&address->v4.sin_addr, ret);
}

bool address_equal(const union address *a, const union address *b)
{
	uint8_t a_bytes[16], b_bytes[16];

	if (a->any.sa_family != b->any.sa_family ||
	    address_port(a) != address_port(b))
		return false;
	if (a->any.sa_family == AF_INET6 &&
	    a->v6.sin6_scope_id != b->v6.sin6_scope_id)
		return false;
	address_bytes(a, a_bytes);
	address_bytes(b, b_bytes);
	return memcmp(a_bytes, b_bytes, sizeof(a_bytes)) == 0;
}

bool address_is_wildcard(const union address *address)
{
	static const uint8_t four[16] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t six[16];
	uint8_t bytes[16];

	address_bytes(address, bytes);
	return memcmp(bytes, four, sizeof(four)) == 0 ||
	       memcmp(bytes, six, sizeof(six)) == 0;
}
