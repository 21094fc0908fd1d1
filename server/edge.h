/*
 * edge -- the seam between the relay and whatever carries SIP.
 *
 * list/, message/ and consent/ know these calls and nothing of sockets; tests
 * swap a scripted edge in at link time.  Loop thread only.
 */
#ifndef VOLENS_SERVER_EDGE_H
#define VOLENS_SERVER_EDGE_H

#include "server/leg.h"
#include "server/method.h"
#include "server/request.h"

struct edge;

/**
 * Answer a request, once.  401 gets WWW-Authenticate challenges added, 407
 * Proxy-Authenticate ones, by the edge.
 */
void edge_respond(struct edge *edge, struct request *request,
		  const struct response *response);

/** Send a leg; leg->ended is called later, exactly once, on this thread.  The
 *  leg, its strings and its template stay as they are until then: others may
 *  read them. */
void edge_send(struct edge *edge, struct leg *leg);

/** The owner goes away: ended will not be called any more.  What was sent is
 *  sent.  Harmless on a leg that is idle or ended. */
void edge_drop(struct edge *edge, struct leg *leg);

/**
 * A permission was taken away, and the index knows: when this returns, nothing
 * leaves any more that was permitted before.  What a full socket has not taken
 * yet is given up; what is still wanted is sent again after it was asked for
 * again (timer E).  What waits for a stream is cut out of it; where a part of
 * it was written, the stream is closed.
 */
void edge_quiesce(struct edge *edge);

/* ---- modules: who takes the requests of a method -------------------------
 *
 * server/message and server/consent have one row each, which the daemon gives
 * to the edge.  What the edge says of methods, extensions and bodies (Allow,
 * Supported, Accept, 405, 415, 420), whom it refuses under overload, and whom
 * it waits for at a stop come from these rows.
 */

enum shed_rule {
	SHED_FIRST, /**< refused under overload, and while is_full() */
	SHED_NEVER
};

enum identity_rule {
	IDENTITY_REQUIRED, /**< 407 to a sender who did not prove who they are,
				and 403 without the right */
	IDENTITY_OPTIONAL  /**< the module says what it is worth; without the
				right they are nobody */
};

struct method_module {
	enum method method;
	enum purpose purpose;	/**< of the Request-URIs that it serves */
	const char *option_tag; /**< that its requests may require; or NULL */
	/** Types of bodies that are read, for Accept; NULL ends.  NULL: none is
	 *  said. */
	const char *const *accepts;
	/** The one type of body that is taken, and not read.  NULL: any type
	 *  is taken. */
	const char *only_type;
	size_t body_max;   /**< bytes; 0: as many as the edge takes */
	const char *event; /**< for Allow-Events; or NULL */
	enum shed_rule shed;
	enum identity_rule identity;
	unsigned right; /**< enum user_right (db/users.h) that it takes */
	/** It goes on to others: loops are looked for, and its body and header
	 *  fields are read. */
	bool is_relayed;
	/** It owns the request from now on, and responds to it. */
	void (*receive)(void *module, struct request *request);
	/** No more can be taken now.  NULL: never so. */
	bool (*is_full)(const void *module);
	/** May this token have been given out?  Asked of deny tokens: those
	 * that may are not limited with those of strangers.  NULL: all may. */
	bool (*knows)(const void *module, const struct token *token);
	/** A stop has begun. */
	void (*drain)(void *module);
	/** Nothing is in work but what is safe on disk. */
	bool (*is_idle)(const void *module);
};

/** @p row lives as long as the edge. */
void edge_register(struct edge *edge, const struct method_module *row,
		   void *module);

#endif
