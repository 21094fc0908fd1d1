/*
 * server_txn_private -- what the files of server transactions share.
 *
 *   server_txn      all of them: who has which, and their ends
 *   server_txn_key  what tells one request from another
 *   invite_server   those of INVITE, from server_txn_open() on
 */
#ifndef VOLENS_SERVER_SIP_SERVER_TXN_PRIVATE_H
#define VOLENS_SERVER_SIP_SERVER_TXN_PRIVATE_H

#include <sys/queue.h>

#include "server/base/hash_table.h"
#include "server/sip/respond.h"
#include "server/sip/server_txn.h"
#include "server/sip/sip_private.h"

struct invite_server;

/** What is needed until there is an answer; lives as long as the request. */
struct pending {
	struct server_txns *all;
	struct server_txn *txn;
	struct server_txn **slot; /**< the owner's */
	struct flow flow;	  /**< where responses go */
	struct view lines;	  /**< that each of them has */
	struct view routes;	  /**< Record-Route lines for a 2xx, or none */
	bool wants_sips;	  /**< of our Contact */
	bool is_named;		  /**< the sender was identified */
	bool is_held;		  /**< server_txn_hold() */
	bool has_reserve;	  /**< as in struct claim */
	bool is_mute;		  /**< it has no Via: nobody can be answered */
	bool is_cancelled;	  /**< INVITE: before it was opened */
};

/*
 * Kept for each request, and for 32 s after its end: so nothing that the
 * request itself says when it comes again.
 */
struct server_txn {
	struct hash_entry by_key;	/**< branch, sent-by, method */
	struct hash_entry by_merge;	/**< Call-ID, From tag, CSeq */
	uint64_t content;		/**< hash of Request-URI and body */
	TAILQ_ENTRY(server_txn) by_age; /**< in one of the queues */
	union {
		struct pending *pending; /**< no status yet */
		/** NULL, or reason phrase, NUL, header lines, NUL, and the body
		 *  if it has one: what cannot be made again. */
		char *kept;
		struct invite_server *invite; /**< is_invite */
	};
	int64_t at_ms;	 /**< when it came; then the end of timer J */
	uint32_t asked;	 /**< bytes of the request */
	uint16_t source; /**< a hash of the address it came from */
	unsigned short status : 10;   /**< of the answer; 0: none yet */
	unsigned short has_body : 1;  /**< in kept */
	unsigned short is_invite : 1; /**< and opened: status stays 0 */
};

TAILQ_HEAD(server_txn_queue, server_txn);

struct server_txns {
	struct sip *sip;
	size_t n_unanswered;
	/** Oldest first: not answered; on hold; for timer J; opened INVITEs. */
	struct server_txn_queue waiting, held, aging, invites;
	struct loop_timer timer; /**< set while aging is not empty */
	struct hash_table by_key, by_merge;
};

#define SERVER_TXN_OF(entry, member)                                           \
	((struct server_txn *)(void *)((char *)(entry)-offsetof(               \
		struct server_txn, member)))

static inline struct server_txn_queue *
pending_queue(const struct pending *pending)
{
	return pending->is_held ? &pending->all->held : &pending->all->waiting;
}

/** It is in no queue any more. */
void server_txn_free(struct server_txns *all, struct server_txn *txn);
/** Record-Route, Contact and the lines of @p parts, put together in @p room. */
struct view server_txn_more(const struct sip *sip,
			    const struct contact_place *place,
			    const struct response_parts *parts,
			    struct view routes, struct text *room);

/* ---- server_txn_key.c --------------------------------------------------- */

/** RFC 3261 section 17.2.3, as if the method were @p method: an ACK or a CANCEL
 *  looks for INVITE. */
struct hash128 server_txn_key(const struct received *received,
			      struct view method);
struct hash128 server_txn_merge(struct received *received);
uint64_t server_txn_content(struct received *received);
uint16_t server_txn_source(const struct received *received);

/* ---- invite_server.c ---------------------------------------------------- */

/** INVITE came again. */
void invite_server_again(struct invite_server *invite);
void invite_server_respond(struct invite_server *invite,
			   const struct response_parts *parts);
void invite_server_move(struct invite_server *invite, struct server_txn **ret);
void invite_server_drop(struct invite_server *invite);
/** Part of server_txn_free(). */
void invite_server_free(struct invite_server *invite);

#endif
