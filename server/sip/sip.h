/*
 * sip -- the edge that carries SIP over UDP and TCP (implements server/edge.h).
 *
 * The one room that knows the SIP stack.  Its sockets, the resolver and the
 * source rates are in server/net.  From the network to the relay:
 *   ingress         before anything costs memory: not SIP, too fast, malformed
 *   message, via    our own readers: lines and body, one Via value
 *   received        its head: what every answer needs, syntax, its target
 *   deny            a request whose Request-URI is a deny URI
 *   common_syntax   header values that need no second reader
 *   sofia_check     the second reader: Sofia-SIP's header parser, nothing else
 *   checks          RFC 3261 section 8.2: method, Request-URI, Require, content
 *   identify        digest and asserted identity
 *   peer_trust      the trust domain of a peer
 *   message_receive a MESSAGE to a service
 *   publish         consent URIs
 *   request         our words for it (server/request.h)
 *   server_txn      server transactions; strangers are answered without one
 *   respond         the bytes of a response, and where it goes
 *
 * From a leg to the network:
 *   sender          the way out, for one thread: names, resolver, transactions
 *   client_txn      client transactions: timers E and F
 *   next_hop        where a leg goes; fall-back between hops
 *   request_writer  the bytes of a request
 *   response_head   what a leg wants to know of a response
 *   worker_pool     hands legs to other threads, in runs, and takes them back
 *   worker          such a thread, with sockets of its own
 *   handoff_queue   legs from one thread to another
 */
#ifndef VOLENS_SERVER_SIP_SIP_H
#define VOLENS_SERVER_SIP_SIP_H

#include "db/accounts.h"
#include "policies/trust.h"
#include "server/base/counters.h"
#include "server/base/loop.h"
#include "server/base/uri.h"
#include "server/consent/consent.h"
#include "server/edge.h"
#include "server/message/relay.h"

struct sip_settings {
	struct loop *loop;
	struct counters *counters;
	struct accounts *accounts;
	struct relays *relays;
	struct consents *consents;
	const char *domain;
	const char *const *listen; /**< "sip:127.0.0.1:5060;transport=udp" */
	size_t n_listen;
	const char *outbound_proxy; /**< URI, or NULL or "" */
	const struct service *services;
	size_t n_services;
	const struct trust_domain *trust;
	size_t n_trust;
	struct uri_rules uri_rules;
	enum md5_rule md5;
	int nonce_lifetime_s;
	size_t message_max; /**< bytes of one message over TCP */
	size_t connections_max, connections_per_source;
	int idle_s;	       /**< an idle connection is closed after it */
	int message_timeout_s; /**< for each whole message */
	int source_rate, source_burst; /**< requests a second from one address,
					    strangers; 0: no limit */
	size_t transactions_max;       /**< server transactions */
	size_t unanswered_max; /**< of them, those that wait for an answer: each
				    holds all of its request */
	int udp_buffer;	       /**< bytes asked of the kernel */
	size_t workers;	       /**< threads that send legs; 0: the loop does */
	const char *nameserver; /**< NULL: the system's; "127.0.0.1:5353" */
};

/** Why an edge could not be made. */
struct sip_problem {
	const char *what;     /**< a text for the log; NULL: nothing to say */
	const char *listener; /**< of the settings, where it is about one */
};
/** Bind every listener; ERR_* with the problem of the first that fails. */
enum err sip_new(const struct sip_settings *settings, struct edge **ret,
		 struct sip_problem *ret_problem) MUST_CHECK;
/** Draining: OPTIONS and new requests get 503 + Retry-After. */
void sip_drain(struct edge *edge);
/** The loop has ended: nothing leaves any more, from no thread. */
void sip_silence(struct edge *edge);
bool sip_idle(const struct edge *edge);
/** Was a request refused for overload of late? */
bool sip_is_shedding(const struct edge *edge);
void sip_free(struct edge *edge);

#endif
