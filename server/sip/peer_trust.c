#include "server/sip/peer_trust.h"

const struct trust_domain *peer_trust(const struct sip_settings *settings,
				      const struct peer *peer)
{
	struct trust_peer who = {.names = peer->names};

	address_bytes(&peer->address, who.address);
	return trust_find(settings->trust, settings->n_trust, &who);
}
