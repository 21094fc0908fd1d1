/*
 * server_txn -- server transactions (RFC 3261 section 17.2.2).
 *
 * Only a request that the listener takes has one: until it is answered, the
 * header lines of its response are kept; then, over UDP, for 32 s (timer J)
 * what a retransmission does not say itself: the status, and the lines that are
 * not copied from the request.  Strangers are answered without one.
 */
#ifndef VOLENS_SERVER_SIP_SERVER_TXN_H
#define VOLENS_SERVER_SIP_SERVER_TXN_H

#include "server/base/arena.h"
#include "server/sip/received.h"
#include "server/sip/response_writer.h"

#define LATE_MS 200 /**< of T1, before we are behind with requests */

struct server_txns;
struct server_txn;

struct server_txns *server_txns_new(struct sip *sip);
/** The owners of unanswered ones are told by a NULL in their slot. */
void server_txns_free(struct server_txns *txns);
/** How many wait for an answer. */
size_t server_txns_unanswered(const struct server_txns *txns);

/** Do many wait, and for longer than LATE_MS?  Soon they would all ask again.
 */
bool server_txns_are_late(const struct sip *sip);

/** True when it is a retransmission; what there is to send again was sent.
 *  Fills key. */
bool server_txn_absorb(struct received *received);
/** True when a CANCEL names a request that we have. */
bool server_txn_is_cancelled(const struct received *received);
/** Same Call-ID, From tag and CSeq as a request that we have, by another way
 *  (RFC 3261 section 8.2.2.2). */
bool server_txn_is_merged(struct received *received);

/**
 * Keep it until it is answered.
 *
 * @param arena  lives as long as it is not answered
 * @param ret  where its owner has it; NULL again once it is answered or gone
 * @return ERR_BUSY: there are too many
 */
enum err server_txn_keep(struct received *received, struct arena *arena,
			 struct server_txn **ret) MUST_CHECK;
/** Its owner has to wait for somebody else before it can answer: it does not
 *  count as late, until it is released. */
void server_txn_hold(struct server_txn *txn);
void server_txn_release(struct server_txn *txn);
/** Its owner has it somewhere else now. */
void server_txn_move(struct server_txn *txn, struct server_txn **ret);
/** The sender is known: the answer may be long, and a refusal is kept. */
void server_txn_identified(struct server_txn *txn);
/** Answer it, once: status, reason and more lines of @p parts. */
void server_txn_respond(struct server_txn *txn,
			const struct response_parts *parts);
/** It is not answered at all. */
void server_txn_drop(struct server_txn *txn);

#endif
