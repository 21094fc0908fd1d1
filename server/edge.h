/*
 * edge -- the interface between the modules and SIP: requests come in,
 * responses and legs go out.
 *
 * list/, message/ and consent/ use only these calls and see no socket.
 * server/edge implements them; tests link a scripted edge instead.  Loop thread
 * only.
 */
#ifndef VOLENS_SERVER_EDGE_H
#define VOLENS_SERVER_EDGE_H

#include "server/base/text.h"
#include "server/leg.h"
#include "server/method.h"
#include "server/request.h"

struct edge;

/**
 * Answer a request, once.  401 gets WWW-Authenticate challenges added, 407
 * Proxy-Authenticate ones, by the edge.
 *
 * An INVITE may be answered several times: any 1xx but 100, which has gone out
 * before, then one final response, and a 2xx again until its ACK comes (RFC
 * 3261 section 13.3.1.4).  Refusals are repeated by the transaction, but not
 * those of senders who did not prove who they are.  Record-Route is copied by
 * the edge where a response makes a dialog.
 */
void edge_respond(struct edge *edge, struct request *request,
		  const struct response *response);

/** The 2xx to an INVITE once more, byte for byte (RFC 3261 section 13.3.1.4).
 *  Harmless where there is none. */
void edge_repeat(struct edge *edge, struct request *request);

struct peer;
/** A request or a response in a dialog. */
struct edge_message {
	const struct message *message;
	const struct peer *from; /**< who sent it; NULL: nobody is believed */
	const char *method;	 /**< of a response: its request's; else NULL */
};
/**
 * Whose it is, as a peer asserts that is believed (RFC 3325, RFC 5876).
 *
 * It speaks for this message only: one without says nothing of who sends.
 *
 * @param ret  keys in @p arena
 * @return false: nobody is asserted
 */
bool edge_identify(struct edge *edge, const struct edge_message *message,
		   struct arena *arena, struct identity *ret);

/** The lines by which our response to @p request asserts whose it is; none
 *  where who sent it is not told (policies/trust.h). */
void edge_assert(struct edge *edge, const struct edge_message *request,
		 const struct assertion *whose, struct text *ret);

/** Send a leg; leg->ended is called later, exactly once, on this thread.  The
 *  leg, its strings and its template stay as they are until then: others may
 *  read them. */
void edge_send(struct edge *edge, struct leg *leg);

/** The leg's owner goes away: ended() is not called any more.  What was sent
 *  stays sent.  Harmless on a leg that is idle or ended. */
void edge_drop(struct edge *edge, struct leg *leg);

/**
 * Withdraw legs whose permission was removed.  Call it after the index was
 * changed: when it returns, no request leaves that is not permitted any more.
 *
 * Datagrams that a full socket has not taken are dropped; timer E checks the
 * permission and sends them again.  A message that waits for a stream is
 * removed from it; where a part of it was written, the connection is closed.
 */
void edge_quiesce(struct edge *edge);

/* ---- modules: who takes the requests of a method -------------------------
 *
 * server/message and server/consent have one row each, which the daemon gives
 * to the edge.  What the edge says of methods, extensions and bodies (Allow,
 * Supported, Accept, 405, 415, 420), whom it refuses under overload, and whom
 * it waits for at a stop come from these rows.
 */

/** A text that was typed. */
struct typed {
	struct view text;
	/** Key of the list or service that it was sent to; NULL: it was sent to
	 *  the address of a question. */
	const char *target_key;
	bool is_service;
};
enum typed_verdict {
	TYPED_TEXT, /**< it is no word for the relay */
	TYPED_WORD,
	TYPED_NO /**< one that takes something back: it is never refused for
		  *   load or a stop */
};

enum shed_rule {
	SHED_FIRST, /**< refused under overload, and while is_full() */
	SHED_NEVER
};

enum identity_rule {
	IDENTITY_REQUIRED, /**< 407 to a sender who did not prove who they are,
				and 403 without the right */
	/** Likewise, but where the service takes unauthenticated senders a
	 *  request without anything that could prove one is let in. */
	IDENTITY_BY_SERVICE,
	IDENTITY_OPTIONAL /**< the module decides what is needed; a sender
			       without the right counts as
			       unauthenticated */
};

struct method_module {
	enum method method;
	enum purpose purpose;	/**< of the Request-URIs that it serves */
	const char *option_tag; /**< that its requests may require; or NULL */
	/** More of them, NULL ends; or NULL. */
	const char *const *option_tags;
	/** Types of bodies that are read, for Accept; NULL ends.  NULL: none is
	 *  said. */
	const char *const *accepts;
	/** A body of any other type gets 415, unless it is optional (RFC 3261
	 *  section 8.2.3). */
	bool takes_accepted_only;
	/** The one type of body that is taken, and not read.  NULL: any type
	 *  is taken. */
	const char *only_type;
	size_t body_max;   /**< bytes; 0: as many as the edge takes */
	const char *event; /**< for Allow-Events; or NULL */
	enum shed_rule shed;
	enum identity_rule identity;
	unsigned right; /**< enum account_right (db/accounts.h) that it takes */
	/** Its requests are sent on to others: loops are detected, and body and
	 *  header fields are read. */
	bool is_relayed;
	/**
	 * INVITE, SUBSCRIBE, REFER: a dialog may come of it.  It needs one
	 * Contact (400), the same request by another way gets 482, and body,
	 * header fields and the members of struct request for dialogs are read.
	 */
	bool makes_dialog;
	/** Methods that those dialogs take besides, for Allow; METHOD_UNKNOWN
	 *  ends.  Or NULL. */
	const enum method *dialog_methods;
	/** It owns the request from now on, and responds to it. */
	void (*receive)(void *module, struct request *request);
	/** No more can be taken now.  NULL: never so. */
	bool (*is_full)(const void *module);
	/** May this deny token have been issued?  A request with one is not
	 * limited together with those of strangers.  NULL: all may. */
	bool (*knows)(const void *module, const struct token *token);
	/** Of PURPOSE_CONFERENCE: the domain of the conference with this user
	 *  part, where a URI has an address of ours; NULL: of no other than the
	 *  first.  NULL: all are of that. */
	const char *(*domain_of)(const void *module, const char *user);
	/** PURPOSE_CHAT: what is this text? */
	enum typed_verdict (*hears)(const void *module,
				    const struct typed *typed);
	/** A stop has begun.  NULL: another row of the module is told. */
	void (*drain)(void *module);
	/** No work is left that is not on disk.  NULL: another row says it. */
	bool (*is_idle)(const void *module);
};

/** @p row lives as long as the edge. */
void edge_register(struct edge *edge, const struct method_module *row,
		   void *module);

#endif
