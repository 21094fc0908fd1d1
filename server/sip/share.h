/*
 * share -- what each source and each network holds of the room for streams.
 *
 * One source is an IPv4 address or an IPv6 /64, as in source_rate.h; its
 * network is the /24 or the /48 around it.  A share exists while somebody has a
 * reference to it, so there are never more of them than connections, twice.
 * Pure book-keeping: who has to go is decided in room.c.  Loop thread only.
 */
#ifndef VOLENS_SERVER_SIP_SHARE_H
#define VOLENS_SERVER_SIP_SHARE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "server/base/token.h"

/** What bytes are held for; each kind has bounds of its own. */
enum hold {
	HOLD_STRANGER,	 /**< input while no sender is known yet */
	HOLD_IN,	 /**< input of accepted connections after that */
	HOLD_OUT,	 /**< output on accepted connections: responses */
	HOLD_OPENED_IN,	 /**< input of connections that we opened */
	HOLD_OPENED_OUT, /**< output on them: requests */
	HOLDS
};

/** Who has too much. */
enum level { LEVEL_SOURCE, LEVEL_NETWORK, LEVEL_ALL, LEVELS };

struct share {
	uint8_t key[16];
	struct share *network; /**< of a source; NULL for a network */
	size_t references;
	size_t n_accepted, n_opened; /**< connections */
	size_t bytes[HOLDS];
	LIST_ENTRY(share) in_chain;
};

LIST_HEAD(share_chain, share);

struct shares {
	struct hash_key key;
	size_t mask;
	struct share_chain *chains;
	size_t bytes[HOLDS];
	size_t most[LEVELS][HOLDS];
};

/**
 * @param places      how many connections there may be
 * @param held_max    bytes of each kind in all
 * @param message_max one message always fits into a share
 */
void shares_init(struct shares *shares, size_t places, size_t held_max,
		 size_t message_max);
/** All references must have been given back. */
void shares_release(struct shares *shares);

/** A reference to the share of @p source (source_of()), made when needed. */
struct share *share_take(struct shares *shares, const uint8_t source[16]);
void share_give_back(struct share *share);

/** Count connections of this origin in or (-1) out. */
void share_count_accepted(struct share *share, int by);
void share_count_opened(struct share *share, int by);

void share_hold(struct shares *shares, struct share *share, enum hold hold,
		size_t bytes);
void share_let_go(struct shares *shares, struct share *share, enum hold hold,
		  size_t bytes);
/** The first level at which @p more bytes are too many; LEVELS: at none. */
enum level share_limit(const struct shares *shares, const struct share *share,
		       enum hold hold, size_t more);

#endif
