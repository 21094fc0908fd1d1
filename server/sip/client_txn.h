/*
 * client_txn -- client transactions (RFC 3261 section 17.1.2), one for each
 * leg.
 *
 *   resolving -> connecting -> trying -> proceeding -> terminated
 *        \____________\__________\_ next hop (RFC 3263 section 4.3)
 *
 * Timer E and F are one loop timer.  There is no timer K: a final response that
 * comes again finds no transaction and is dropped, which is all that K is for.
 */
#ifndef VOLENS_SERVER_SIP_CLIENT_TXN_H
#define VOLENS_SERVER_SIP_CLIENT_TXN_H

#include "server/leg.h"
#include "server/sip/sender.h"

struct client_txns *client_txns_new(struct sender *sender);
void client_txns_free(struct client_txns *txns);
/** How many legs somebody waits for. */
size_t client_txns_count(const struct client_txns *txns);

/** One that nobody carries yet; @p sender says whom to count for. */
struct client_txn *client_txn_new(struct sender *sender, struct leg *leg);
/** Carry it: until sender->done(). */
void client_txn_carry(struct sender *sender, struct client_txn *txn);
/** It is over: the leg's owner hears of it. */
void client_txn_tell(struct client_txn *txn);
/** ACK: the same once more, if it has left. */
void client_txn_repeat(struct client_txn *txn);
/** The owner goes away. */
void client_txn_free(struct client_txn *txn);

#endif
