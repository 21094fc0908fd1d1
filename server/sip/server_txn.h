/*
 * server_txn -- server transactions (RFC 3261 sections 17.2.1 and 17.2.2).
 *
 * Only a request that the listener takes has one: until it is answered, the
 * header lines of its response are kept; then, over UDP, for 32 s (timer J)
 * what a retransmission does not say itself: the status, and the lines that are
 * not copied from the request.  Strangers are answered without one.
 *
 * That of an INVITE is opened once its sender was checked: 100 goes out, and it
 * lives by the tables of invite_txn.h until timer H, I or L ends it.  Refusals
 * are repeated until their ACK comes, but not to strangers; a 2xx is repeated
 * by whoever gave it (RFC 3261 section 13.3.1.4, RFC 6026).
 */
#ifndef VOLENS_SERVER_SIP_SERVER_TXN_H
#define VOLENS_SERVER_SIP_SERVER_TXN_H

#include "server/base/arena.h"
#include "server/sip/received.h"
#include "server/sip/respond.h"
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
/** True when an ACK ends here: it is for a refusal.  That of a 2xx belongs to a
 *  dialog. */
bool server_txn_take_ack(const struct received *received);
/** True when a CANCEL was for an INVITE that we have, and was answered (RFC
 *  3261 section 9.2): the owner is told, unless the INVITE has its final
 *  response. */
bool server_txn_take_cancel(const struct received *received);
/** True when a CANCEL names another request that we have: it has no effect. */
bool server_txn_is_cancelled(const struct received *received);
/** Same Call-ID, From tag and CSeq as a request that we have, by another way
 *  (RFC 3261 section 8.2.2.2). */
bool server_txn_is_merged(struct received *received);

/**
 * Keep it until it is answered.
 *
 * @param arena  lives as long as it is not answered
 * @param ret  where its owner has it; NULL again once it is answered or gone:
 *        of an INVITE, with 300 to 699, or 64*T1 after a 2xx (timer L)
 * @return ERR_BUSY: there are too many
 */
enum err server_txn_keep(struct received *received, struct arena *arena,
			 struct server_txn **ret) MUST_CHECK;
/** An INVITE: its sender was checked, 100 leaves, and the arena is not needed
 *  any more.  Nothing happens to others.  In a dialog, server_txn_keep() does
 *  it.  @p received: that of server_txn_keep(), maybe read again. */
void server_txn_open(struct server_txn *txn, const struct received *received);
/** Our tag in To of each response but 100; empty where To has one. */
void server_txn_tag(const struct server_txn *txn,
		    const struct received *received,
		    char ret[RESPOND_TAG_LEN + 1]);
/**
 * An opened INVITE: CANCEL came and was answered, or its Expires is over before
 * a final response.  The owner answers 487; while nobody is told, the
 * transaction does.
 *
 * @param cancelled  called once at most, from the loop, never from in here
 */
void server_txn_on_cancel(struct server_txn *txn, void (*cancelled)(void *arg),
			  void *arg);
/** Its owner has to wait for somebody else before it can answer: it does not
 *  count as late, until it is released. */
void server_txn_hold(struct server_txn *txn);
void server_txn_release(struct server_txn *txn);
/** Its owner has it somewhere else now. */
void server_txn_move(struct server_txn *txn, struct server_txn **ret);
/** The sender is known: the answer may be long, and a refusal is kept. */
void server_txn_identified(struct server_txn *txn);
/** May it be answered so?  An INVITE has one final response. */
bool server_txn_takes(const struct server_txn *txn, int status);
/** Answer it, once: all of @p parts but `lines`.  An INVITE: any 1xx but 100
 *  before the final one, and a 2xx again; what comes else is dropped. */
void server_txn_respond(struct server_txn *txn,
			const struct response_parts *parts);
/** The 2xx to an INVITE once more, byte for byte. */
void server_txn_repeat(struct server_txn *txn);
/** It is not answered at all; an INVITE that got a 2xx is only left alone. */
void server_txn_drop(struct server_txn *txn);

#endif
