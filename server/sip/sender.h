/*
 * sender -- the sending side of one thread: client transactions, resolver and
 * the names in Via.
 *
 * The loop thread has one that carries everything.  Each worker (worker.h) has
 * one that carries what is one datagram to one address.
 */
#ifndef VOLENS_SERVER_SIP_SENDER_H
#define VOLENS_SERVER_SIP_SENDER_H

#include "server/base/siphash.h"
#include "server/base/text.h"
#include "server/net/own_addresses.h"
#include "server/net/resolve.h"
#include "server/sip/outbound_proxy.h"
#include "server/sip/sip.h"
#include "server/net/transport.h"

#define T2_MS 4000	      /**< longest pause of timer E */
#define T1X64_MS (64 * T1_MS) /**< timers F and J */
#define BRANCH_COOKIE "z9hG4bK"
#define INSTANCE_ID_LEN 9 /**< of the instance id in our branches */

struct client_txn;
struct client_txns;
struct message;

/** Who hears of responses to INVITEs that no transaction knows. */
struct stray_listener {
	void (*stray)(void *arg, const struct message *response,
		      const struct flow *from);
	void *arg;
};

enum sender_kind {
	SENDER_WHOLE,	 /**< UDP and TCP, from hop to hop */
	SENDER_DATAGRAMS /**< gives back what is more than one datagram */
};

struct sender {
	enum sender_kind kind;
	const struct sip_settings *settings;
	struct loop *loop;
	struct counters *counters;
	struct transport *transport;		   /**< borrowed */
	const struct own_addresses *own_addresses; /**< likewise */
	const char *instance_id; /**< likewise: of the process */
	/** It carries this one no longer: it is over, or given back (its state
	 *  says which); whose it is now. */
	void (*done)(struct sender *sender, struct client_txn *txn);

	/** In this turn it may have asked whether a leg is permitted, so that
	 *  what was permitted then may still be in its queues.  The store is
	 *  seq_cst and pairs with worker_has_asked(); see
	 *  client_txn_is_permitted(). */
	atomic_bool has_asked;

	const struct stray_listener *strays; /**< NULL: nobody */
	struct client_txns *txns;
	struct resolver *resolver;
	/** The outbound proxy, when there is one, and a resolver that may go to
	 *  private addresses. */
	struct resolver *proxy_resolver;
	struct outbound_proxy proxy;
	char **sent_by; /**< one for each listener of the transport */
	size_t n_sent_by;
	struct hash_key key; /**< of what is remembered of hops */
	struct text out;     /**< a message being written; reused */
};

/** First: what is borrowed, kind and done are set already. */
void sender_init(struct sender *sender);
/** Once the transport is bound: names and resolvers. */
enum err sender_open(struct sender *sender,
		     const char **ret_problem) MUST_CHECK;
void sender_release(struct sender *sender);

/** A response came. */
void sender_receive(struct sender *sender, struct view message,
		    const struct flow *from);
/** An ICMP error says that a datagram to @p to did not arrive, and quotes its
 *  beginning.  It counts only for a request that waits for its first response
 *  there, and only with its branch; then this hop is given up. */
void sender_undelivered(struct sender *sender, const union address *to,
			struct view quoted);
/** A permission was removed: check the permission of each message that waits to
 *  be written to a stream. */
void sender_quiesce(struct sender *sender);
/** A connection is gone. */
void sender_closed(struct sender *sender, uint64_t connection);

#endif
