#include "server/edge/peer_trust.h"

const struct trust_domain *peer_trust(const struct trust_domains *domains,
				      const struct peer *peer)
{
	struct trust_peer who = {.names = peer->names};

	address_bytes(&peer->address, who.address);
	return trust_find(domains->domains, domains->n, &who);
}

bool peer_may_assert(const void *arg, const struct peer *peer, unsigned privacy)
{
	return trust_assertion_out(peer_trust(arg, peer), privacy);
}
