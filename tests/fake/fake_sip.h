/*
 * fake_sip -- transactions whose messages the test carries (implements
 * server/sip/sip.h, server_txn.h, respond_reply() and edge_respond() for
 * sessions).
 *
 * Nothing is lost or sent again by itself: fake_sip_take() gives what leaves,
 * message by message, and fake_sip_deliver() brings what comes.  The timers of
 * transactions that nobody answers run on the test's loop.
 */
#ifndef VOLENS_TESTS_FAKE_SIP_H
#define VOLENS_TESTS_FAKE_SIP_H

#include "server/edge.h"
#include "server/session/sessions.h"
#include "server/sip/sip.h"

/** @p host: in Via and Contact, "192.0.2.1". */
struct sip *fake_sip_new(struct loop *loop, const char *host);
void fake_sip_free(struct sip *sip);
/** What edge_respond() takes. */
struct edge *fake_sip_edge(struct sip *sip);
/** First INVITEs go there: they own the request. */
void fake_sip_listen(struct sip *sip,
		     void (*invite)(void *arg, struct request *request),
		     void *arg);
/** Legs that wait leave, or ask if they may. */
int fake_sip_turn(struct sip *sip);
/** The next message that left, NUL terminated; NULL: there is none.  Good until
 *  the next call. */
const char *fake_sip_take(struct sip *sip);
void fake_sip_deliver(struct sip *sip, const char *bytes);
/** The address that responses come from which no transaction waits for; at
 *  first the one that all goes to. */
void fake_sip_stray_from(struct sip *sip, const char *host);
/** Every peer is told who answers in a dialog, or none. */
void fake_sip_tell(struct sip *sip, bool tells);
/** Client transactions that did not end; ACKs that were not dropped. */
size_t fake_sip_legs(const struct sip *sip);

/**
 * A response to a request that left: its Via, From, To with this tag, Call-ID
 * and CSeq; then @p lines, whole header lines, and @p body.
 *
 * @param tag  NULL: To as it came
 */
const char *fake_sip_reply(const char *request, int status, const char *tag,
			   const char *lines, const char *body);
/** Value of a header in a message, in a static buffer; NULL. */
const char *fake_sip_header(const char *message, const char *name);

#endif
