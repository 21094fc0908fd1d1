/*
 * peer_trust -- the trust domain of a peer (policies/trust.h, RFC 3324).
 */
#ifndef VOLENS_SERVER_SIP_PEER_TRUST_H
#define VOLENS_SERVER_SIP_PEER_TRUST_H

#include "server/net/transport.h"
#include "server/sip/sip.h"

/** NULL: it is in none. */
const struct trust_domain *peer_trust(const struct sip_settings *settings,
				      const struct peer *peer);

#endif
