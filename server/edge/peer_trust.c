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

static enum leg_identity as_leg(enum identity_out told)
{
	switch (told) {
	case IDENTITY_OUT_ASSERTED:
		return LEG_IDENTITY_ASSERTED;
	case IDENTITY_OUT_PREFERRED:
		return LEG_IDENTITY_PREFERRED;
	case IDENTITY_OUT_WITHHELD:
		break;
	}
	return LEG_IDENTITY_WITHHELD;
}

enum leg_identity answer_identity_for(const struct trust_departure *response)
{
	return as_leg(trust_response_out(response));
}

enum leg_identity peer_identity_for(const void *arg, const struct peer *peer,
				    const struct leg_template *template)
{
	const struct trust_domains *domains = arg;
	const struct trust_departure request = {.to = peer_trust(domains, peer),
						.method = template->method,
						.privacy = template->privacy,
						.tells_outside =
							domains->tells_outside};

	return as_leg(trust_request_out(&request));
}
