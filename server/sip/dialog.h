/*
 * dialog -- a relation between two user agents (RFC 3261 section 12).
 *
 *   early --2xx--> confirmed --its last usage ends--> terminated
 *        \_____________________________________________/
 *
 * A dialog is made of heads: of the INVITE, and of the response to it.  It
 * copies what it keeps.  Whoever it stands for (a session, a subscription) is a
 * usage of it; the dialog goes with the last one (RFC 5057).
 *
 * dialog_set.h has the dialogs of one INVITE of ours, dialog_table.h finds the
 * dialog of a request that came, dialog_request.h says what a request in the
 * dialog must say.  Nothing here knows a socket or a clock.  Loop thread only.
 */
#ifndef VOLENS_SERVER_SIP_DIALOG_H
#define VOLENS_SERVER_SIP_DIALOG_H

#include "server/base/hash_table.h"
#include "server/net/protocol.h"
#include "server/sip/message.h"

#define DIALOG_ROUTES_MAX 32 /**< proxies on the way that want to stay */
#define DIALOG_METHOD_MAX 16 /**< bytes of a method that are compared */

/** Who sent the INVITE that made it. */
enum dialog_side { DIALOG_SIDE_OURS, DIALOG_SIDE_THEIRS };

enum dialog_state { DIALOG_EARLY, DIALOG_CONFIRMED, DIALOG_TERMINATED };

struct dialog;
struct received;

/**
 * Who gets the requests that come in a dialog: a session, a subscription.
 *
 * What comes is well formed and in order (dialog_receive()); it passed neither
 * a rate nor a module.  Answer it by server_txn_keep() and
 * server_txn_respond(): a repeat of what was answered without a transaction
 * gets a 482.  ACK comes, too, and is never answered; CANCEL does not come (see
 * server_txn_on_cancel()).  The owner refuses what it does not know: methods
 * (501, 405), option tags (420), bodies (415).
 */
struct dialog_usage_owner {
	/** @p received is good during the call; the dialog may be freed. */
	void (*request)(void *arg, struct dialog *dialog,
			struct received *received);
	void *arg;
};

struct dialog {
	enum dialog_side side;
	enum dialog_state state;
	bool was_confirmed;
	bool is_secure; /**< sips, and TLS: the target has to be sips */
	/** The response that made it does not say how to reach its sender: it
	 *  has no Contact that can be used, or its routes or the whole of it
	 *  cannot be read.  The target is as before, at first the Request-URI
	 *  of our INVITE.  After a 2xx: ACK, then BYE. */
	bool lacks_reach;
	/** Theirs: the ACK to our 2xx came. */
	bool is_acknowledged;
	char *call_id, *local_tag;
	char *remote_tag;     /**< "": the peer is of RFC 2543 */
	char *local, *remote; /**< name-addr, without parameters */
	char *target;	      /**< remote target, a URI */
	char **routes;	      /**< URIs, the next hop first */
	size_t n_routes;
	uint32_t local_cseq;  /**< of our last request; 0: none yet */
	uint32_t invite_cseq; /**< of our last INVITE, for its ACK; 0: none */
	bool has_remote_cseq;
	uint32_t remote_cseq; /**< of their last request */
	char remote_method[DIALOG_METHOD_MAX];
	uint32_t remote_invite_cseq; /**< of their last INVITE; 0: none */
	uint32_t former_invite_cseq; /**< of the one before */
	uint32_t first_cseq;	     /**< of our first request */
	unsigned n_usages;	     /**< 1 at the beginning */
	int64_t second;		     /**< of the loop's clock, and how many */
	unsigned n_in_second;	     /**< requests came in it */
	bool has_bye;		     /**< one came */
	/** Who gets its requests; NULL: they get 481. */
	const struct dialog_usage_owner *owner;
	struct hash_entry entry; /**< in a table */
};

/** What we say as the one who is called. */
struct dialog_ours {
	struct view tag;       /**< of our responses; 64 random bits */
	uint32_t first_cseq;   /**< of our first request: random, under 2**30 */
	enum protocol channel; /**< that the INVITE came by */
};

/**
 * An early dialog from an INVITE that came: before a response with our tag
 * goes.
 *
 * @return ERR_SYNTAX: 400, most often for want of one Contact (RFC 3261 section
 *         8.1.1.8); ERR_EXISTS: it has a To tag, so it belongs to a dialog;
 *         ERR_TOO_LARGE: too many routes
 */
enum err dialog_accept(const struct message *invite,
		       const struct dialog_ours *ours,
		       struct dialog **ret) MUST_CHECK;
/** The dialog and its usages are gone.  NULL is fine. */
void dialog_free(struct dialog *dialog);

/** A 2xx went out, or came. */
void dialog_confirm(struct dialog *dialog);
/** All its usages end. */
void dialog_terminate(struct dialog *dialog);
void dialog_add_usage(struct dialog *dialog);
/** It is terminated with the last one. */
void dialog_end_usage(struct dialog *dialog);

/** What becomes of a request that came in the dialog. */
enum dialog_verdict {
	DIALOG_VERDICT_TAKEN,  /**< its usage gets it */
	DIALOG_VERDICT_GONE,   /**< 481 (but ACK gets no answer, ever) */
	DIALOG_VERDICT_LATE,   /**< 500: a lower CSeq than one before */
	DIALOG_VERDICT_MERGED, /**< 482: the same again, by another way */
	DIALOG_VERDICT_IGNORED /**< an ACK to nothing: no answer */
};

/** Remembers its CSeq (RFC 3261 section 12.2.2).  A repeat is the server
 *  transaction's, and does not get here. */
enum dialog_verdict dialog_receive(struct dialog *dialog,
				   const struct message *request);

/** Their last INVITE was refused: a 2xx to the one before may still wait for
 * its ACK. */
void dialog_invite_refused(struct dialog *dialog);

/** INVITE, UPDATE, SUBSCRIBE, NOTIFY and REFER say where their sender is; there
 *  is one remote target for all usages (RFC 5057 section 5.4). */
bool dialog_is_refreshed_by(struct view method);
/** A request was accepted, or a 2xx to ours came: take its Contact as the
 *  remote target.  What cannot be a target leaves it as it was. */
void dialog_refresh(struct dialog *dialog, const struct message *message);

/** What a final response to our request in the dialog ends. */
enum dialog_effect {
	DIALOG_EFFECT_NONE,
	DIALOG_EFFECT_USAGE, /**< of the request; a session sends BYE */
	DIALOG_EFFECT_DIALOG /**< all usages */
};
/** RFC 5057 sections 5.1 and 5.2; RFC 3261 section 12.2.1.2.  No response at
 *  all is a 408. */
enum dialog_effect dialog_effect(struct view method, int status);

#endif
