/*
 * server_txn -- server transactions (RFC 3261 section 17.2.2), and the way from
 * a received request to the relay and back.
 *
 * Only a request that is handed on has one: until it is answered, the header
 * lines of its response are kept; then, over UDP, for 32 s (timer J) what a
 * retransmission does not say itself: the status, and the lines that are not
 * copied from the request.  Strangers are answered without one.
 */
#ifndef VOLENS_SERVER_SIP_SERVER_TXN_H
#define VOLENS_SERVER_SIP_SERVER_TXN_H

#include "server/sip/edge.h"
#include "server/sip/identify.h"

struct server_txns *server_txns_new(struct edge *edge);
/** Unanswered requests stay with their owners, who free them. */
void server_txns_free(struct server_txns *txns);
/** How many wait for an answer. */
size_t server_txns_unanswered(const struct server_txns *txns);

/** Do many wait, and for longer than LATE_MS?  Soon they would all ask again.
 */
bool server_txns_are_late(const struct server_txns *txns);

/** True when it is a retransmission; what there is to send again was sent.
 *  Fills key. */
bool server_txn_absorb(struct received *received);
/** True when a CANCEL names a request that we have. */
bool server_txn_is_cancelled(const struct received *received);
/** Same Call-ID, From tag and CSeq as a request that we have, by another way
 *  (RFC 3261 section 8.2.2.2). */
bool server_txn_is_merged(struct received *received);

/**
 * Keep it until it is answered; sets request->txn.
 * ERR_BUSY: there are too many; the request stays the caller's.
 */
enum err server_txn_keep(struct received *received, struct request *request,
			 const struct proof *proof) MUST_CHECK;

/** A keyed hash of some fields of a request. */
struct hash128 server_txn_hash(const struct received *received,
			       const struct view *fields, size_t n);

/** message_receive.c: a MESSAGE to a service, checked: identify, keep, hand
 * over to the relay; or a reply to send at once. */
void message_receive(struct received *received, struct reply *ret_reply);

/** request.c: our words for a received request, in @p arena.  NULL: answer with
 * what is in @p ret_reply (the arena stays the caller's). */
struct request *request_read(struct received *received,
			     const struct proof *proof, struct arena *arena,
			     struct reply *ret_reply);

#endif
