/*
 * peer_trust -- the trust domain of a peer (policies/trust.h, RFC 3324).
 */
#ifndef VOLENS_SERVER_EDGE_PEER_TRUST_H
#define VOLENS_SERVER_EDGE_PEER_TRUST_H

#include "policies/trust.h"
#include "server/leg.h"
#include "server/net/transport.h"

/** All of them; not changed while somebody looks. */
struct trust_domains {
	const struct trust_domain *domains;
	size_t n;
	int tells_outside; /**< as in struct trust_departure */
};

/** NULL: it is in none. */
const struct trust_domain *peer_trust(const struct trust_domains *domains,
				      const struct peer *peer);
/** Of a response of ours, to a request of this method. */
enum leg_identity answer_identity_for(const struct trust_departure *response);
/** sip_settings.identity_for; @p arg: a struct trust_domains.  Any thread. */
enum leg_identity peer_identity_for(const void *arg, const struct peer *peer,
				    const struct leg_template *template);

#endif
