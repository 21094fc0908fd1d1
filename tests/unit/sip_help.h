/*
 * sip_help -- an edge on loopback sockets with its loop, and a peer to talk to
 * it; a relay and consents that only write down what they are given.
 *
 * Everything happens in one thread: the test sends, and turns the loop until
 * what it waits for is there.
 */
#ifndef VOLENS_TESTS_UNIT_SIP_HELP_H
#define VOLENS_TESTS_UNIT_SIP_HELP_H

#include "server/consent/consent.h"
#include "server/edge/edge.h"
#include "server/message/messages.h"
#include "server/sip/sip.h"
#include "server/net/transport.h"

#define SIP_DOMAIN "relay.example.com"
/** In ms: what another thread does may take so long on a busy machine; nobody
 *  waits longer than it takes. */
#define SIP_SOON 60000
#define SIP_KEPT 16 /**< requests that are kept */

struct sip_fixture {
	struct loop *loop;
	struct counters counters;
	struct accounts *accounts;
	struct list_table *lists; /**< with sip:hikers@ the domain */
	struct service service;
	struct trust_network peer;
	struct trust_domain trust;
	struct trust_domains trust_domains;
	struct sip_settings settings;
	struct edge_settings edge_settings;
	struct sip *sip;
	struct edge *edge;
	char host[16]; /**< of the edge: 127.x.y.z, on port 5060 */
	/** What messages_receive() and consent_receive() got. */
	struct request *requests[SIP_KEPT];
	size_t n_requests;
	bool is_full;  /**< what messages_are_full() says */
	bool is_guess; /**< deny tokens are none of ours */
	bool is_busy;  /**< messages are in work */
	int n_drained; /**< modules */
	/** Called at once with each when set. */
	void (*act)(struct sip_fixture *sip, struct request *request);
};

/** Settings that a test may change before sip_open(). */
void sip_init(struct sip_fixture *sip);
void sip_open(struct sip_fixture *sip);
/** Free what was received and the edge. */
void sip_close(struct sip_fixture *sip);
/** An account: AOR "sip:<name>@relay.example.com", password "secret". */
void sip_account(struct sip_fixture *sip, const char *name);

/** A UDP socket on 127.x.y.@p last, connected to the edge; port 0: any. */
int sip_peer(const struct sip_fixture *sip, int last, int port);
/** The address of that host, as text in a static buffer. */
const char *sip_host(const struct sip_fixture *sip, int last);
/** Send @p format; turn the loop until an answer is there: in a static buffer,
 *  NUL terminated; NULL when none comes in 100 ms. */
const char *sip_ask(struct sip_fixture *sip, int fd, const char *bytes);
/** Turn the loop until there is something to read; NULL after @p most_ms, and
 * at least so many turns as are made in that time on an idle machine. */
const char *sip_await(struct sip_fixture *sip, int fd, int most_ms);
void sip_turn(struct sip_fixture *sip, int ms);
/** Value of a header in a message, in a static buffer; NULL when absent. */
const char *sip_header(const char *message, const char *name);
int sip_status(const char *message);
uint64_t sip_count(const struct sip_fixture *sip, enum counter counter);
int64_t sip_gauge(const struct sip_fixture *sip, enum gauge gauge);

#endif
