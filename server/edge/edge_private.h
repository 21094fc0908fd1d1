/*
 * edge_private -- the edge itself; nobody outside of this room includes it.
 */
#ifndef VOLENS_SERVER_EDGE_EDGE_PRIVATE_H
#define VOLENS_SERVER_EDGE_EDGE_PRIVATE_H

#include <sys/queue.h>

#include "server/base/nonce.h"
#include "server/base/ttl_cache.h"
#include "server/edge/edge.h"
#include "server/edge/lockout.h"
#include "server/edge/modules.h"
#include "server/edge/targets.h"
#include "server/sip/received.h"
#include "server/sip/respond.h"
#include "server/net/source_rate.h"

struct edge {
	struct edge_settings settings;
	struct loop *loop;
	struct counters *counters;
	struct sip *sip;
	struct sip_listener listener;
	struct modules modules;
	TAILQ_HEAD(, waiting) waiting; /**< waiting.h */
	size_t n_waiting;
	struct nonce_book *nonces;
	struct lockout *lockout;
	struct source_rates *sources; /**< requests of each source */
	struct source_rates
		*refusals; /**< 503s to each source that is too fast */
	struct source_rates *unproved; /**< unauthenticated senders */
	struct source_rates *repeats;  /**< denies of each token that is ours */
	struct ttl_cache *loops; /**< requests of the last minute (RFC 7332) */
	struct text more;	 /**< lines of a response; reused */
	const char *host_key;	 /**< the first domain, as keys have it */
	struct arena *arena;	 /**< of the key */
	bool is_draining;
	int64_t shed_ms; /**< until when we count as overloaded */
	/** Datagrams have waited for us since then, and will have until then
	 *  even if none does now. */
	int64_t stands_since_ms, stands_until_ms;
};

#endif
