/*
 * edge -- what a request passes between SIP (server/sip/sip.h) and its module:
 * rates, checks, identity.  Implements server/edge.h.
 *
 * It listens for requests.  From outside in:
 *   ingress       before anything costs memory: too fast, overload
 *   intake        the steps of a request, and their driver
 *   waiting       steps that wait, and how many may
 *   deny          known by its Request-URI: nothing else in it can spoil it
 *   checks        RFC 3261 section 8.2: method, Request-URI, Require, content
 *   targets       what a Request-URI stands for
 *   lockout       who guesses passwords waits
 *   identify      digest and asserted identity; admit: what that is worth
 *   request_read  what was received becomes a struct request
 *   modules       which module takes it; Allow, Accept, Supported
 */
#ifndef VOLENS_SERVER_EDGE_EDGE_H
#define VOLENS_SERVER_EDGE_EDGE_H

#include "db/account_table.h"
#include "db/list_table.h"
#include "server/base/counters.h"
#include "server/base/domains.h"
#include "server/base/loop.h"
#include "server/edge.h"
#include "server/edge/peer_trust.h"
#include "server/sip/sip.h"

struct edge_settings {
	struct loop *loop;
	struct counters *counters;
	struct sip *sip;
	struct accounts *accounts;
	const struct list_table *lists; /**< stored ones; NULL: there are none
					 */
	const char *domain;		/**< the first */
	struct domains domains;		/**< beside it */
	const struct service *services;
	size_t n_services;
	const struct trust_domains *trust_domains;
	enum md5_rule md5;
	int nonce_lifetime_s;
	size_t message_max;	       /**< bytes of a body */
	int source_rate, source_burst; /**< requests a second from one address,
					    strangers; 0: no limit */
	/** Requests a minute of unauthenticated senders at one address, where a
	 *  service takes them; 0: no limit. */
	int unproved_per_minute;
};

/** It listens from now on; for modules see server/edge.h. */
struct edge *edge_new(const struct edge_settings *settings);
/** A stop: OPTIONS and new requests get 503 + Retry-After, modules drain. */
void edge_drain(struct edge *edge);
/** No work is left, here or in a module, that is not on disk. */
bool edge_is_idle(const struct edge *edge);
/** Was a request refused for overload of late? */
bool edge_is_shedding(const struct edge *edge);
/** Before sip_free(). */
void edge_free(struct edge *edge);

#endif
