/*
 * edge_private -- what the files of this room share: the edge itself, and a
 * request on its way through it.
 */
#ifndef VOLENS_SERVER_EDGE_EDGE_PRIVATE_H
#define VOLENS_SERVER_EDGE_EDGE_PRIVATE_H

#include "server/base/nonce.h"
#include "server/base/ttl_cache.h"
#include "server/edge/edge.h"
#include "server/sip/received.h"
#include "server/sip/respond.h"
#include "server/net/source_rate.h"
#include "server/edge/targets.h"

struct edge {
	struct edge_settings settings;
	struct loop *loop;
	struct counters *counters;
	struct sip *sip;
	struct sip_listener listener;
	struct nonce_book *nonces;
	struct source_rates *sources; /**< requests of each source */
	struct source_rates
		*refusals; /**< 503s to each source that is too fast */
	struct source_rates *repeats; /**< denies of each token that is ours */
	struct ttl_cache *loops; /**< requests of the last minute (RFC 7332) */
	struct text more;	 /**< lines of a response; reused */
	bool is_draining;
	int64_t shed_ms; /**< until when we count as overloaded */
	/** Datagrams have waited for us since then, and will have until then
	 *  even if none does now. */
	int64_t stands_since_ms, stands_until_ms;
};

/** A received request on its way through the edge. */
struct intake {
	struct edge *edge;
	struct received *received;
	const struct trust_domain
		*trust;	  /**< of the sender's address, or NULL */
	bool is_too_fast; /**< over its rate, let through for its credentials */
	const char *from_key; /**< of the URI in From; NULL: not known */
	struct target target; /**< of its Request-URI */
};

#endif
