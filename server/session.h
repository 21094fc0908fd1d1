/*
 * session -- calls: the usage of a dialog that an INVITE makes (RFC 3261
 * sections 12 to 15).
 *
 *   out   session_invite() -> leaving() -> session_go() -> ringing()
 *           -> answered() -> session_confirm() -> media() ... ended()
 *   in    session_accept() -> answered() -> session_confirm()
 *           -> media(), when their ACK came ... ended()
 *
 * The owner (a party of a conference) decides who is called, keeps the records
 * on disk and moves the media; the session does all that SIP asks in between
 * and answers by itself what comes in the dialog: re-INVITE, UPDATE, PRACK,
 * INFO, OPTIONS, BYE.  It refreshes the session (RFC 4028), repeats 2xx and
 * ACK, and ends what a fork or a late answer left behind.
 *
 * No function of session_user is ever called from inside a function of this
 * header, with one exception: still_permitted() and those that session_go()
 * leads to.  An owner that gets ended() may free what `arg` points to in there,
 * and must not touch the session after it.  Loop thread only.
 *
 * server/session implements this; tests link tests/fake/fake_session.c.
 */
#ifndef VOLENS_SERVER_SESSION_H
#define VOLENS_SERVER_SESSION_H

#include <stdbool.h>

#include "policies/media.h"
#include "server/base/mime.h"
#include "server/request.h"

struct sessions;
struct session;
struct dialog;
struct received;

/** What must be on disk to end a call after a crash.  Strings are good during
 *  the call that brings it. */
struct session_record {
	const char *call_id, *local_tag;
	const char *remote_tag;	    /**< ""; until there is a dialog */
	const char *local, *remote; /**< name-addr, without tag */
	const char *request_uri;    /**< of our INVITE; "" for one of theirs */
	const char *target;	    /**< Request-URI of a request in it */
	const char *routes; /**< whole Route lines, each with CRLF; or "" */
	const char *branch; /**< of our INVITE, for CANCEL; or "" */
	const char *hop;    /**< URI that a request is sent to */
	uint32_t cseq;	    /**< of our last request */
	uint32_t invite_cseq;
	bool is_theirs; /**< they sent the INVITE */
};

/** Why a session is over. */
enum session_cause {
	SESSION_REFUSED,     /**< a final response, see status */
	SESSION_SILENT,	     /**< no response; nobody answered in time (408) */
	SESSION_UNREACHABLE, /**< no way there (503) */
	SESSION_WITHDRAWN,   /**< still_permitted() said no */
	SESSION_CANCELLED,   /**< their CANCEL, before they were answered */
	SESSION_LEFT,	     /**< their BYE */
	SESSION_ENDED,	     /**< by session_end() */
	SESSION_LOST,	     /**< not refreshed in time (RFC 4028), 408 or 481
			      *   in the dialog, or no ACK in 64*T1 */
	SESSION_UNUSABLE,    /**< no media could be agreed on, or no Contact */
	SESSION_UNVERIFIED   /**< the certificate of the next hop does not
			      *   prove its domain; nothing was sent (503) */
};
struct session_end {
	enum session_cause cause;
	int status;	   /**< final status, or what stands for it; 0: none */
	const char *text;  /**< for people; never NULL */
	int retry_after_s; /**< from Retry-After; 0: none */
	/** 3xx: URI of the first Contact, which is not called; or NULL. */
	const char *contact;
};

/** What an owner hears.  All are required but those that say otherwise. */
struct session_user {
	/** Out: the INVITE is about to leave to one hop; nothing has left to it
	 *  yet.  Put the record on disk, in the place of the one before, then
	 *  session_go() or session_end().  Comes again for each hop and each
	 *  further INVITE. */
	void (*leaving)(void *arg, const struct session_record *record);
	/** Out: 180, 183 or another 1xx but 100.  NULL: not of interest. */
	void (*ringing)(void *arg, int status);
	/** Out: a 2xx came; in: ours is due.  Put the record on disk, then
	 *  session_confirm(): the ACK, or the 200, leaves only then.  Or
	 *  session_end(). */
	void (*answered)(void *arg, const struct session_record *record);
	/** Confirmed, and what was agreed on; and after each change of it.
	 *  @p stream is good during the call. */
	void (*media)(void *arg, const struct media_stream *stream);
	/** A key by INFO: '0'-'9', '*', '#', 'A'-'D'.  NULL: of no interest. */
	void (*key)(void *arg, char key);
	/** A believed peer says who is at the other end now (RFC 3325): in a
	 *  1xx or 2xx to our INVITE, in any other request or response of the
	 *  dialog; keys are good during the call.  @p who NULL: their 2xx names
	 *  nobody, and a 1xx did.  NULL: of no interest. */
	void (*identified)(void *arg, const struct identity *who);
	/** REFER, SUBSCRIBE or NOTIFY in this dialog: usages of others.
	 *  @return true: it was taken, and is answered by who took it.
	 *  NULL: none is; the first two get 405, NOTIFY 481. */
	bool (*other)(void *arg, struct dialog *dialog,
		      struct received *received);
	/** Once, and last.  Nothing more is to be sent but to late responses.
	 *  The record may go from the disk. */
	void (*ended)(void *arg, const struct session_end *end);
};

/** A call to somebody.  All of it is copied but the list. */
struct invitation {
	const char *request_uri; /**< also To */
	const char *user;	 /**< "c-0123456789abcdef": From and Contact */
	const char *domain;  /**< of From and Call-ID, it stays; NULL: first */
	const char *display; /**< of From, as it is: quoted here; or NULL */
	const char *contact_params; /**< ";isfocus", or NULL */
	const char *trigger;	    /**< value of Trigger-Consent, or NULL */
	/** More header lines, each with CRLF: Subject, Accept, Allow-Events,
	 *  Referred-By ... Of From, To, Call-ID, CSeq, Contact, Allow,
	 *  Supported, Session-Expires, Min-SE and Content-* none. */
	struct view headers;
	struct assertion assertion;
	int max_forwards; /**< to be sent */
	int max_breadth;  /**< to be sent; 0: none */
	/** A part that goes along with the SDP, such as the history list; left
	 *  out over UDP where it is too large, and after a 415.  It is held,
	 * not copied.  NULL: none. */
	struct mime_tail *list;
	int ring_s;		/**< until CANCEL; 0: as in the settings */
	struct media_end local; /**< session_id 0: a random one is taken */
	/** Asked before each INVITE and each repeat of it leaves. */
	bool (*still_permitted)(void *arg);
};
/**
 * Call somebody.  Never fails: what is wrong is told by ended().
 *
 * At most 3 INVITEs are sent to a hop: after 415, 420, 422 and 488 another one
 * with less in it.  401, 407 and 3xx end it.
 */
struct session *session_invite(struct sessions *sessions,
			       const struct invitation *invitation,
			       const struct session_user *user, void *arg);

/** A call from somebody that is to be answered with 200. */
struct acceptance {
	/** INVITE; stays the owner's, who frees it in ended() or later, or
	 *  after NULL came back.  The session answers it, and has its members
	 *  `cancelled` and `owner`. */
	struct request *request;
	const char *user;	    /**< of our Contact */
	const char *contact_params; /**< ";isfocus", or NULL */
	struct view headers; /**< more lines for the 200, each with CRLF */
	struct media_end local;
};
/**
 * Accept it, or refuse it by 400, 415, 420, 422, 488 ... and return NULL.
 *
 * The offer in it is taken from the body (application/sdp, alone or in a
 * multipart); without one the 200 has ours, and the ACK is to answer.
 */
struct session *session_accept(struct sessions *sessions,
			       const struct acceptance *acceptance,
			       const struct session_user *user, void *arg);

/** The record of leaving() is on disk. */
void session_go(struct session *session);
/** The record of answered() is on disk. */
void session_confirm(struct session *session);
/**
 * End it: BYE, CANCEL, a final response, or nothing where nothing left.
 *
 * ended() comes later, with SESSION_ENDED, unless it was over anyway.  Until
 * then no INVITE, re-INVITE or UPDATE leaves any more, and no other function
 * but ended() is called.  Harmless when called again.
 *
 * @param status  of the response to an INVITE of theirs: 300 to 699
 * @param reason  value of Reason (RFC 3326) for BYE and CANCEL, or NULL
 */
void session_end(struct session *session, int status, const char *reason);
/** Is the other side there?  OPTIONS in the dialog; the session ends as
 *  SESSION_LOST on 408 or 481.  Only while confirmed; one at a time. */
void session_probe(struct session *session);
/** The owner's. */
void *session_arg(const struct session *session);

/**
 * Which session does the Replaces of this INVITE name (RFC 3891 section 3)?
 *
 * Who may replace whom is the caller's to decide; then: session_accept() and,
 * in its media(), session_end() of the one that is replaced.
 *
 * @param ret  the session; NULL: there is no Replaces
 * @return 0, or the status that refuses it: 400, 481, 486, 603
 */
int session_replaces(struct sessions *sessions, const struct request *request,
		     struct session **ret);

/** After a crash: end the call of a record. */
struct session_orphan {
	const struct session_record *record;
	bool was_confirmed; /**< answered() had come: BYE, else CANCEL */
	bool was_not_found; /**< CANCEL was sent, and found no call */
	int64_t since_ms;   /**< that was so long ago */
	const char *reason; /**< value of Reason, or NULL */
	struct assertion assertion;
	/** CANCEL found no call: from now on a 2xx is only waited for.  Called
	 *  at most once, and before done(). */
	void (*not_found)(void *arg);
	/** The record may go; may be called before session_end_record()
	 *  returns. */
	void (*done)(void *arg);
	void *arg;
};
/**
 * BYE with cseq + 1000; or CANCEL with the stored branch.  The record goes with
 * the answer to BYE, or with the refusal of the INVITE.  A 2xx that comes all
 * the same gets BYE, and when that is over ACK: until then it comes again, to
 * the next process if this one dies.  Where nothing comes the record goes after
 * 64*T1 + 32 s.
 */
void session_end_record(struct sessions *sessions,
			const struct session_orphan *orphan);

/** How many have not ended. */
size_t sessions_count(const struct sessions *sessions);

#endif
