#include "policies/trust_domain.h"

#include <string.h>

#include "server/base/ip_bytes.h"
#include "server/base/uri.h"

#define MAPPED_BITS 96

/** One to three digits, nothing else. */
static bool parse_prefix(const char *text, int most, int *ret)
{
	int value = 0;
	size_t len = strlen(text);

	if (len < 1 || len > 3)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (text[i] - '0');
	}
	if (value > most)
		return false;
	*ret = value;
	return true;
}

bool trust_network_parse(const char *text, struct trust_network *ret)
{
	struct view whole = view_of(text);
	size_t slash = view_find(whole, '/', 0);
	struct trust_network network;
	int base;

	if (!ip_bytes_read(view_head(whole, slash), network.address))
		return false;
	base = ip_bytes_are_v4(network.address) &&
			       view_find(whole, ':', 0) == SIZE_MAX
		       ? MAPPED_BITS
		       : 0;
	network.prefix = 128 - base;
	if (slash != SIZE_MAX &&
	    !parse_prefix(text + slash + 1, 128 - base, &network.prefix))
		return false;
	network.prefix += base;
	*ret = network;
	return true;
}

bool trust_network_holds(const struct trust_network *network,
			 const uint8_t address[16])
{
	size_t bytes = (size_t)network->prefix / 8;
	int bits = network->prefix % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - bits));

	/* A wide IPv6 network says nothing of IPv4 peers. */
	if (network->prefix < MAPPED_BITS && ip_bytes_are_v4(address))
		return false;
	if (memcmp(network->address, address, bytes) != 0)
		return false;
	return bits == 0 ||
	       ((network->address[bytes] ^ address[bytes]) & mask) == 0;
}

static bool is_among_peers(const struct trust_domain *domain,
			   const uint8_t address[16])
{
	for (size_t i = 0; i < domain->n_peers; i++) {
		if (trust_network_holds(&domain->peers[i], address))
			return true;
	}
	return false;
}

/* RFC 5922 section 7.2: without case, and a wildcard fits nothing. */
static bool has_name(const struct trust_domain *domain,
		     const char *const *proved)
{
	for (size_t i = 0; i < domain->n_names; i++) {
		if (view_is_among(view_of(domain->names[i]), proved))
			return true;
	}
	return false;
}

/* RFC 3324 section 2.3: a trusts b only over a connection that is secure. */
static bool is_secured(const struct trust_domain *domain,
		       const struct trust_peer *peer)
{
	switch (domain->plain) {
	case TRUST_PLAIN_YES:
		return true;
	case TRUST_PLAIN_TCP:
		return peer->is_secure || peer->is_stream;
	case TRUST_PLAIN_NO:
		break;
	}
	return peer->is_secure;
}

enum trust_standing trust_standing(const struct trust_domain *domain,
				   const struct trust_peer *peer)
{
	bool has_address = is_among_peers(domain, peer->address);

	if (!has_address && (domain->n_peers || !domain->n_names))
		return TRUST_OTHER_ADDRESS;
	if (domain->n_names && !has_name(domain, peer->names))
		return TRUST_OTHER_NAME;
	return is_secured(domain, peer) ? TRUST_MEMBER : TRUST_NOT_SECURE;
}

const struct trust_domain *trust_find(const struct trust_domain *domains,
				      size_t n, const struct trust_peer *peer)
{
	for (size_t i = 0; i < n; i++) {
		if (trust_standing(&domains[i], peer) == TRUST_MEMBER)
			return &domains[i];
	}
	return NULL;
}

bool trust_vouches(const struct trust_domain *domain, const char *key)
{
	struct view host = uri_key_domain(key);

	if (uri_key_has_port(key))
		return false;
	for (size_t i = 0; i < domain->n_users; i++) {
		struct view users = view_of(domain->users[i]);

		if (host.len ? view_equal_nocase(host, users)
			     : view_starts_nocase(users, VIEW("tel:")) &&
				       view_starts_nocase(view_of(key), users))
			return true;
	}
	return false;
}
