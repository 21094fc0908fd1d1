/*
 * invite_client -- what an INVITE needs besides client_txn.c: the machine of
 * invite_txn.h with its timers, ACK to refusals, CANCEL.
 *
 *   resolving -> connecting -> waiting -> trying -> proceeding -> answered
 *      \____________\_____________\_________\_ next hop: 503, silence
 *
 * It waits in between for the row of the call to be on disk (may_leave()), and
 * stays after its final response: 64*T1 for more 2xx, which the leg hears, or
 * timer D for copies of a refusal, which the leg does not hear.  After a 2xx or
 * CANCEL there is no other hop.  Loop thread only; parts of client_txn, which
 * alone includes it.
 */
#ifndef VOLENS_SERVER_SIP_INVITE_CLIENT_H
#define VOLENS_SERVER_SIP_INVITE_CLIENT_H

#include "server/base/text.h"
#include "server/sip/client_txn.h"
#include "server/sip/invite_txn.h"
#include "server/sip/response_head.h"

struct invite_client {
	struct invite_txn machine;
	int64_t due_ms[INVITE_TXN_TIMERS]; /**< monotonic; 0: not set */
	/** CANCEL again (timer E): when, and after which pause; 0: not. */
	int64_t cancel_due_ms;
	int cancel_pause_ms;
	struct text bytes;  /**< the INVITE as it is sent */
	struct text lines;  /**< for CANCEL, such as Reason */
	struct text cancel; /**< as it was sent; empty: it was not */
	bool is_withdrawn;  /**< still_permitted() said no after it was sent */
	/** CANCEL waits for a stream, by transport_wait of the route. */
	bool is_reconnecting;
};

struct invite_client *invite_client_new(void);
/** txn->invite goes; NULL is fine. */
void invite_client_free(struct client_txn *txn);
/** It waits for no stream any more. */
void invite_client_rest(struct client_txn *txn);

/* invite_leave.c */
/** What stands in sender->out may leave for this hop, if the owner says so. */
void invite_client_ready(struct client_txn *txn);
/** The owner says so now. */
void invite_client_go(struct client_txn *txn);

/* invite_client.c */
/** It has left: the machine begins. */
void invite_client_begin(struct client_txn *txn);
/** The earliest of its timers. */
void invite_client_fire(struct client_txn *txn);
/** @return false: it is not of this transaction, or nobody hears it any more
 */
bool invite_client_receive(struct client_txn *txn,
			   const struct response_head *head,
			   struct view message);
/** Its stream is gone. */
void invite_client_closed(struct client_txn *txn);
/** See sip_add_credentials(). */
void invite_client_credentials(struct client_txn *txn, struct text *lines);
/** See sip_cancel(). */
void invite_client_cancel(struct client_txn *txn, struct view lines);
/** Nobody wants it any more: no other hop is tried. */
bool invite_client_is_cancelled(const struct client_txn *txn);
/** How a cancelled one ends without a final response. */
int invite_client_status(const struct client_txn *txn);

#endif
