/*
 * client_txn_private -- what client_txn.c (the life of a transaction),
 * next_hop_find.c (where it goes) and next_hop.c (how) share; nobody else
 * includes it.
 */
#ifndef VOLENS_SERVER_SIP_CLIENT_TXN_PRIVATE_H
#define VOLENS_SERVER_SIP_CLIENT_TXN_PRIVATE_H

#include <sys/queue.h>

#include "server/sip/client_txn.h"
#include "server/base/block_pool.h"
#include "server/base/ttl_cache.h"
#include "server/sip/branch_table.h"
#include "server/sip/hop_cache.h"
#include "server/sip/login.h"
#include "server/sip/message.h"
#include "server/sip/request_writer.h"

#define SERVER_NAME_ROOM 256 /**< bytes of a domain with its NUL */
/** Of a hop that goes on record: the domain whose certificate it must have. */
#define SERVER_NAME_PARAM "volens-name"
#define UDP_GOOD 1300	 /**< bytes that go by UDP (RFC 3261 section 18.1.1) */
#define CONNECTIONS 1024 /**< lists of legs by connection; a power of two */

enum client_txn_state {
	TXN_NEW, /**< no sender carries it (yet, or any more) */
	TXN_RESOLVING,
	TXN_CONNECTING,
	TXN_WAITING,	/**< INVITE: for sip_go() */
	TXN_TRYING,	/**< waits for a response */
	TXN_PROCEEDING, /**< a provisional one came */
	TXN_SENT,	/**< ACK: it left, and waits for nothing */
	TXN_ANSWERED,	/**< INVITE: stays for copies of what came */
	TXN_ENDING,	/**< is over in the next turn */
	TXN_TERMINATED	/**< no sender carries it; the owner is told */
};

struct client_txn;
struct invite_client;
struct response_head;

/* What a leg needs on its way to more than one known address: while names are
 * resolved, while a connection opens, and when there are other hops to try. */
struct route_state {
	struct client_txn *txn;
	struct resolver *resolver;
	struct resolve resolve;
	struct transport_wait wait;
	struct transport_unsent unsent;
	/** TLS: who must be there (RFC 5922 section 7.3). */
	char server_name[SERVER_NAME_ROOM];
};

struct client_txn {
	struct sender *sender;	 /**< that carries it, or did */
	struct block_pool *pool; /**< that it came from: the loop's */
	/** NULL: dropped while between two threads, or a refused INVITE that
	 *  acknowledges copies of the refusal. */
	struct leg *leg;
	struct pool_slot *pool_slot;   /**< the pool's own */
	STAILQ_ENTRY(client_txn) link; /**< in a batch (handoff_queue.h) */
	struct route_state *route;     /**< NULL: `only` is all there is */
	struct hop only;
	struct invite_client *invite; /**< NULL: it is no INVITE */
	struct branch branch;
	uint32_t cseq;
	struct login_history history; /**< challenges that were answered */
	struct logins *logins;	      /**< of this attempt; NULL: none */
	bool has_logins;	      /**< they were looked for */
	enum client_txn_state state;
	uint32_t hop; /**< index of the one that is tried */
	/** To be sent (a 415 makes it simpler), and what was written last. */
	enum body_variant variant, sent_variant;
	bool is_on_connection;
	bool is_first;	  /**< waits for timer E the first time */
	bool is_ack;	  /**< no response comes to it */
	bool is_by_proxy; /**< it goes to the outbound proxy */
	/** Plain hops are none: of sips, of transport=tls, and where a
	 *  certificate was not the one expected. */
	bool needs_tls;
	struct flow flow;
	LIST_ENTRY(client_txn) by_connection;
	TAILQ_ENTRY(client_txn) by_first;
	struct loop_timer timer; /**< E and F, or the end */
	int64_t begun_ms;	 /**< when it was sent */
	int pause_ms;
	int status, retry_after_s; /**< what it ends with, so far */
};

TAILQ_HEAD(client_txn_queue, client_txn);
LIST_HEAD(client_txn_list, client_txn);

struct client_txns {
	struct sender *sender;
	struct branch_table branches;
	size_t n;
	size_t n_settled;	  /**< of them, those that nobody waits for */
	struct ttl_cache *no_tcp; /**< hops that take UDP only */
	struct ttl_cache *dead;	  /**< hops that did not say a word of late */
	struct hop_cache hops;
	struct login_memory *logins; /**< NULL: there are no credentials */
	struct client_txn_list by_connection[CONNECTIONS];
	size_t n_on_connections; /**< in all of these lists */
	/** Those that wait for timer E the first time, oldest first: nearly all
	 *  are answered before, so the loop's heap is spared them. */
	struct client_txn_queue first;
	struct loop_timer timer;   /**< set if `first` is not empty */
	struct route_state *spare; /**< for the next one to resolve */
	/** Being looked at; NULL: none was yet. */
	struct message *response, *invite;
	const struct peer *from; /**< whose response is looked at */
	struct block_pool pool;	 /**< of transactions */
};

/** Of the lists. */
struct client_txn_list *connection_list(struct client_txns *all,
					uint64_t connection);

/* client_txn.c */
/** What it waits for is given up. */
void client_txn_rest(struct client_txn *txn);
/** It is over now. */
void client_txn_end(struct client_txn *txn);
/** It goes by a stream: if that is gone, it has to hear of it. */
void client_txn_join_connection(struct client_txn *txn);
void client_txn_leave_connection(struct client_txn *txn);
/** A final response came: what of it has not left may leave. */
void client_txn_let_leave(struct client_txn *txn);
/** Nobody waits for it any more. */
void client_txn_settle(struct client_txn *txn);
/** One without a leg takes over branch and INVITE of @p txn, which gets another
 *  branch; it is settled. */
struct client_txn *client_txn_split(struct client_txn *txn);
/** It is over in the next turn: we may be below a call of its owner's. */
void client_txn_end_soon(struct client_txn *txn, int status);
/** The message in sender->out was sent: timers E and F from now on, but for
 *  ACK. */
void client_txn_begin(struct client_txn *txn);
/** Somebody else is to carry it. */
void client_txn_give_back(struct client_txn *txn);
/** Its owner is asked. */
bool client_txn_is_permitted(const struct client_txn *txn);
/** It was refused.  @return true where that was a challenge which we answer:
 *  it is to be sent again, with the next CSeq. */
bool client_txn_logs_in(struct client_txn *txn, int status,
			struct view message);
/** Its next attempt has credentials of its own. */
void client_txn_forget_logins(struct client_txn *txn);
/** Does a sender carry it? */
bool client_txn_is_carried(const struct client_txn *txn);

/** One to another method than INVITE that waits for it. */
void client_txn_receive(struct client_txn *txn,
			const struct response_head *head, struct view message);
/** Read a response and tell its owner, if they listen.  @return false where
 *  the transaction is gone since then. */
bool client_txn_tell_response(struct client_txn *txn, struct view bytes);

/* next_hop_find.c */
/** Find out where to go, and go there. */
void next_hop_start(struct client_txn *txn);
/** The domain that a certificate must have, before DNS: that of the route, else
 *  of the Request-URI. */
void next_hop_server_name(const struct client_txn *txn,
			  char ret[SERVER_NAME_ROOM]);

/* next_hop.c */
/** On to the hop whose turn it is; none is left: it is over. */
void next_hop_try(struct client_txn *txn);
/** How many are known. */
size_t next_hop_count(const struct client_txn *txn);
/** All that would be tried, in order; none is after it.  @p ret has room for
 *  RESOLVE_HOPS_MAX. */
size_t next_hops_left(struct client_txn *txn, struct hop *ret);
/** Those of its route; the ones that seem dead come last. */
void next_hops_order(struct client_txn *txn);
/** Room to resolve; who keeps it takes it away. */
struct route_state *route_state_spare(struct client_txns *all);
void route_state_take(struct client_txn *txn);
/** What stands in sender->out goes out, if the recipient still wants it. */
void next_hop_leave(struct client_txn *txn);
/** This hop is of no use: on to the next one, if any (RFC 3263 section 4.3). */
void next_hop_failed(struct client_txn *txn, int status);
/** Nobody is there: the others of a name are tried before it for a while. */
void next_hop_is_dead(const struct client_txn *txn);
/** Is there another one to try, and does its owner want that? */
bool next_hop_exists(const struct client_txn *txn);
/** Once more to the same hop, with another branch. */
void next_hop_again(struct client_txn *txn);
/** The same bytes once more: they are written again from the leg, which has to
 *  stay as it is. */
enum err next_hop_repeat(struct client_txn *txn);
/** The next variant that is simpler than what was sent last; BODY_VARIANTS:
 * none.
 */
enum body_variant simpler_variant(const struct client_txn *txn);

#endif
