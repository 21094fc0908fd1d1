#include "policies/trust.h"

#include <arpa/inet.h>
#include <string.h>

#define MAPPED_BITS 96
#define ADDRESS_TEXT 64 /* longest text of an address, and more */

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

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
	struct trust_network network;
	char address[ADDRESS_TEXT];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	int base = 0;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, network.address + 12) == 1) {
		memcpy(network.address, mapped, sizeof(mapped));
		base = MAPPED_BITS;
	} else if (inet_pton(AF_INET6, address, network.address) != 1) {
		return false;
	}
	network.prefix = 128 - base;
	if (slash && !parse_prefix(slash + 1, 128 - base, &network.prefix))
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
	if (network->prefix < MAPPED_BITS &&
	    memcmp(address, mapped, sizeof(mapped)) == 0)
		return false;
	if (memcmp(network->address, address, bytes) != 0)
		return false;
	return bits == 0 ||
	       ((network->address[bytes] ^ address[bytes]) & mask) == 0;
}

const struct trust_domain *trust_find(const struct trust_domain *domains,
				      size_t n, const struct trust_peer *peer)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < domains[i].n_peers; j++) {
			if (trust_network_holds(&domains[i].peers[j],
						peer->address))
				return &domains[i];
		}
	}
	return NULL;
}

/* RFC 3325 section 5; RFC 5876 section 4: never in ACK and CANCEL. */
enum assertion_in trust_assertion_in(const struct trust_domain *from,
				     const char *method)
{
	if (!from || from->spec != TRUST_RFC3325 || !method)
		return ASSERTION_REMOVE;
	if (strcmp(method, "ACK") == 0 || strcmp(method, "CANCEL") == 0)
		return ASSERTION_REMOVE;
	return ASSERTION_BELIEVE;
}

bool trust_assertion_out(const struct trust_domain *next_hop, unsigned privacy)
{
	return (next_hop && next_hop->spec == TRUST_RFC3325) ||
	       privacy == PRIVACY_NONE;
}
