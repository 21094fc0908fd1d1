/*
 * quota -- how many connections and buffered bytes each source and each network
 * has.
 *
 * One source is an IPv4 address or an IPv6 /64, as in source_rate.h; its
 * network is the /24 or the /48 around it.  A quota exists while somebody has a
 * reference to it, so there are at most two for each connection.  Counting
 * only: admission.c decides which connection is closed.  Not locked: one
 * transport, one thread.
 */
#ifndef VOLENS_SERVER_NET_QUOTA_H
#define VOLENS_SERVER_NET_QUOTA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "server/base/siphash.h"

/** What bytes are held for; each kind has bounds of its own. */
enum quota_kind {
	QUOTA_UNIDENTIFIED, /**< input while no sender is known yet */
	QUOTA_IN,	    /**< input of accepted connections after that */
	QUOTA_OUT,	    /**< output on accepted connections: responses */
	QUOTA_OPENED_IN,    /**< input of connections that we opened */
	QUOTA_OPENED_OUT,   /**< output on them: requests */
	QUOTA_KINDS
};

/** Which limit is reached. */
enum quota_level {
	QUOTA_LEVEL_SOURCE,
	QUOTA_LEVEL_NETWORK,
	QUOTA_LEVEL_ALL,
	QUOTA_LEVELS
};

struct quota {
	uint8_t key[16];
	struct quota *network; /**< of a source; NULL for a network */
	size_t references;
	size_t n_accepted, n_opened; /**< connections */
	size_t n_half_open; /**< accepted ones that are in their handshake */
	size_t bytes[QUOTA_KINDS];
	LIST_ENTRY(quota) in_chain;
};

LIST_HEAD(quota_chain, quota);

struct quotas {
	struct hash_key key;
	size_t mask;
	struct quota_chain *chains;
	size_t bytes[QUOTA_KINDS];
	size_t most[QUOTA_LEVELS][QUOTA_KINDS];
};

/**
 * @param places      how many connections there may be
 * @param held_max    bytes of each kind in all
 * @param message_max one message always fits into a quota
 */
void quotas_init(struct quotas *quotas, size_t places, size_t held_max,
		 size_t message_max);
/** All references must have been given back. */
void quotas_release(struct quotas *quotas);

/** A reference to the quota of @p source (source_of()), made when needed. */
struct quota *quota_take(struct quotas *quotas, const uint8_t source[16]);
void quota_give_back(struct quota *quota);

/** Count connections of this origin in or (-1) out. */
void quota_count_accepted(struct quota *quota, int by);
void quota_count_opened(struct quota *quota, int by);
void quota_count_half_open(struct quota *quota, int by);

void quota_charge(struct quotas *quotas, struct quota *quota,
		  enum quota_kind kind, size_t bytes);
void quota_refund(struct quotas *quotas, struct quota *quota,
		  enum quota_kind kind, size_t bytes);
/** The first level at which @p more bytes are too many; QUOTA_LEVELS: at none.
 */
enum quota_level quota_limit(const struct quotas *quotas,
			     const struct quota *quota, enum quota_kind kind,
			     size_t more);

#endif
