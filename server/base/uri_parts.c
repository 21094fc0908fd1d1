#include "server/base/uri_private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "server/base/ip_bytes.h"

/* Does @p v begin with %XX? */
static bool is_escape(struct view v)
{
	return v.len >= 3 && v.at[0] == '%' && hex_digit(v.at[1]) >= 0 &&
	       hex_digit(v.at[2]) >= 0;
}

bool uri_all(struct view v, const char *more)
{
	size_t i = 0;

	while (i < v.len) {
		char c = v.at[i];

		if (is_unreserved(c) || (c && strchr(more, c)))
			i++;
		else if (is_escape(view_from(v, i)))
			i += 3;
		else
			return false;
	}
	return true;
}

int uri_next_char(struct view *rest)
{
	int c;

	if (!rest->len)
		return -1;
	c = (unsigned char)rest->at[0];
	if (is_escape(*rest)) {
		c = hex_digit(rest->at[1]) * 16 + hex_digit(rest->at[2]);
		*rest = view_from(*rest, 3);
	} else {
		*rest = view_from(*rest, 1);
	}
	return c;
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool uri_is_sips(struct view text)
{
	return view_starts_nocase(text, VIEW("sips:"));
}

bool uri_text_is(struct view written, const char *name)
{
	for (; *name; name++)
		if (lower(uri_next_char(&written)) !=
		    lower((unsigned char)*name))
			return false;
	return !written.len;
}

bool uri_param_next(struct view *rest, struct uri_param *ret)
{
	size_t end, equals;
	struct view param;

	if (!rest->len || rest->at[0] != ';')
		return false;
	end = view_find(*rest, ';', 1);
	ret->whole = view_head(*rest, end);
	param = view_from(ret->whole, 1);
	equals = view_find(param, '=', 0);
	ret->name = view_head(param, equals);
	ret->value =
		equals == SIZE_MAX ? VIEW_NONE : view_from(param, equals + 1);
	*rest = view_from(*rest, ret->whole.len);
	return true;
}

/* As inet_pton() reads it: four decimal numbers without leading zeros. */
static bool parse_four(struct view host, uint8_t ret[4])
{
	const char *at = host.at, *end = at + host.len;

	for (int n = 0; n < 4; n++) {
		const char *begin = at;
		unsigned value = 0, digit;

		for (; at < end && (digit = (unsigned)(*at - '0')) < 10; at++)
			value = value * 10 + digit;
		if (at == begin || at > begin + 3 || value > 255 ||
		    (*begin == '0' && at > begin + 1))
			return false;
		ret[n] = (uint8_t)value;
		if (n < 3 && (at == end || *at++ != '.'))
			return false;
	}
	return at == end;
}

static bool parse_six(struct view host, struct in6_addr *ret)
{
	char copy[INET6_ADDRSTRLEN + 1];

	if (!host.len || host.len >= sizeof(copy) ||
	    view_find(host, ':', 0) == SIZE_MAX ||
	    view_find(host, '\0', 0) != SIZE_MAX)
		return false;
	memcpy(copy, host.at, host.len);
	copy[host.len] = '\0';
	return inet_pton(AF_INET6, copy, ret) == 1;
}

/* IPv4 as IPv6 (RFC 4291 section 2.5.5.2), so that there is one kind. */
static bool host_bytes(struct view host, uint8_t ret[16])
{
	struct sockaddr_storage address;
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (!host_is_address(host, &address))
		return false;
	if (address.ss_family == AF_INET) {
		memcpy(&four, &address, sizeof(four));
		ip_bytes_map(&four.sin_addr, ret);
	} else {
		memcpy(&six, &address, sizeof(six));
		memcpy(ret, &six.sin6_addr, 16);
	}
	return true;
}

/* Apart, so that the usual way has no room to make on the stack. */
static __attribute__((noinline)) bool addresses_equal(struct view a,
						      struct view b)
{
	uint8_t bytes_a[16], bytes_b[16];

	return host_bytes(a, bytes_a) && host_bytes(b, bytes_b) &&
	       memcmp(bytes_a, bytes_b, sizeof(bytes_a)) == 0;
}

bool uri_hosts_equal(struct view a, struct view b)
{
	if (view_equal_nocase(a, b))
		return true;
	/* Names, and IPv4 addresses, have one spelling. */
	if (view_find(a, ':', 0) == SIZE_MAX &&
	    view_find(b, ':', 0) == SIZE_MAX)
		return false;
	return addresses_equal(a, b);
}

/* Apart: most that ask have IPv4. */
static __attribute__((noinline)) bool host_is_six(struct view host,
						  struct sockaddr_storage *ret)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};

	if (!parse_six(host, &six.sin6_addr))
		return false;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, &six, sizeof(six));
	return true;
}

bool host_is_address(struct view host, struct sockaddr_storage *ret)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	uint8_t octets[4];

	if (host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
		host = view_from(view_head(host, host.len - 1), 1);
	if (parse_four(host, octets)) {
		memcpy(&four.sin_addr, octets, sizeof(octets));
		memset(ret, 0, sizeof(*ret));
		memcpy(ret, &four, sizeof(four));
		return true;
	}
	return host_is_six(host, ret);
}
