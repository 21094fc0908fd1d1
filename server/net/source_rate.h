/*
 * source_rate -- how fast each source may send: a token bucket for every
 * address.
 *
 * One source is one IPv4 address or one IPv6 /64 (what a single customer gets,
 * with all its addresses).  The memory is fixed: a table of sets of a few
 * places each, under a keyed hash; when a set is full, the source that was
 * quiet for the longest time makes room and starts again with a full bucket.  A
 * flood from forged addresses can therefore make the table forget, never grow.
 * Not locked: one table, one thread.
 */
#ifndef VOLENS_SERVER_NET_SOURCE_RATE_H
#define VOLENS_SERVER_NET_SOURCE_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "server/net/transport.h"

struct source_rates;

/** A table for about @p places sources, 40 bytes each. */
struct source_rates *source_rates_new(size_t places);
void source_rates_free(struct source_rates *rates);

/**
 * Take one token of the source that @p address belongs to.
 *
 * @param address  as address_bytes() gives it: IPv4 mapped into IPv6
 * @param now_ms   on a monotonic clock
 * @param rate     tokens a second; 0 or less: no limit
 * @return 0 when there was one, else the milliseconds until there is
 */
int64_t source_rate_take(struct source_rates *rates, const uint8_t address[16],
			 int64_t now_ms, int rate, int burst);

/** As source_rate_take(), of a peer's address. */
int64_t source_rate_take_peer(struct source_rates *rates,
			      const struct peer *peer, int64_t now_ms, int rate,
			      int burst);

/** The part of an address that tells one source from another: all of IPv4, the
 *  first 64 bits of IPv6, zeros after them. */
void source_of(const uint8_t address[16], uint8_t ret[16]);

#endif
