#include "server/edge/peer_trust.h"

const struct trust_domain *peer_trust(const struct trust_domains *domains,
				      const struct peer *peer)
{
	struct trust_peer who = {
		.names = peer->names,
		.is_secure = protocol_is_secure(peer->protocol),
		.is_stream = protocol_is_reliable(peer->protocol)};

	address_bytes(&peer->address, who.address);
	return trust_find(domains->domains, domains->n, &who);
}

bool peer_may_assert(const void *arg, const struct peer *peer, unsigned privacy)
{
	const struct trust_domains *domains = arg;

	return trust_request_out(&(struct trust_departure){
		       .to = peer_trust(domains, peer),
		       .method = "MESSAGE",
		       .privacy = privacy,
		       .tells_outside = domains->tells_outside}) ==
	       IDENTITY_OUT_ASSERTED;
}
