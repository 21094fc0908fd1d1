/*
 * session_private -- what a call is made of, for the files of this room.
 *
 *   session        what happens to a call: the table of life.h, and who is told
 *   sessions       all of them
 *   request        requests that we send: legs with what they need
 *   invite         our INVITE, and what is sent again in another form
 *   invite_answer  what is answered to it
 *   early          reliable provisional responses (RFC 3262)
 *   accept         their INVITE
 *   success        2xx to an INVITE of theirs, until its ACK comes
 *   in_dialog      requests in a dialog
 *   change         those that may change it: re-INVITE and UPDATE
 *   description    offers and answers
 *   liveness       session timers (RFC 4028), and OPTIONS
 *   late           2xx that nobody waits for any more: ACK and BYE
 *   orphan         calls of a process that died
 *   replaces       Replaces (RFC 3891)
 *   life, refresh, retry, body, keys   rules, without any of these
 */
#ifndef VOLENS_SERVER_SESSION_SESSION_PRIVATE_H
#define VOLENS_SERVER_SESSION_SESSION_PRIVATE_H

#include <sys/queue.h>

#include "policies/offer.h"
#include "server/edge.h"
#include "server/session/life.h"
#include "server/session/refresh.h"
#include "server/session/retry.h"
#include "server/session/sessions.h"
#include "server/sip/dialog_request.h"
#include "server/sip/dialog_set.h"
#include "server/sip/dialog_table.h"
#include "server/sip/server_txn.h"
#include "server/sip/sip.h"

#define SESSION_GIVE_UP_MS (64 * (int64_t)T1_MS)
#define SESSION_CONFIRM_MS 2000	 /**< of a slow disk, until ACK and BYE */
#define SESSION_INVITES_MAX 3	 /**< INVITEs of one call */
#define SESSION_SUCCESSES_MAX 16 /**< 2xx to re-INVITEs in 32 s */
#define SESSION_TAG_LEN 16	 /**< 64 random bits in hex */

struct session_fork;
struct session_late;
struct session_request;

TAILQ_HEAD(session_list, session);
TAILQ_HEAD(session_request_list, session_request);
TAILQ_HEAD(session_late_list, session_late);

struct sessions {
	struct sessions_settings settings;
	struct session_list all;
	struct session_request_list requests;
	struct session_late_list lates;
	struct hash_table late_by_call;
	size_t n_lates; /**< without those that have a row */
	struct hash_key key;
	size_t n; /**< that did not end */
	/** For one message at a time: a response or request is read again where
	 *  only its bytes are there. */
	struct message scratch;
};

/* ---- request ------------------------------------------------------------- */

/** A request of ours that is out.  It goes after over(). */
struct session_request {
	TAILQ_ENTRY(session_request) link;
	struct sessions *sessions;
	struct arena *arena; /**< with all of it */
	struct leg leg;
	struct leg_template template;
	struct leg_dialog dialog;
	/** It does not go before this is over, but for ACK; or NULL. */
	struct session *session;
	struct session_fork *fork;
	struct session_late *late; /**< or NULL */
	void (*done)(void *arg);   /**< of an orphan, or NULL */
	void *done_arg;
	bool is_answered; /**< re-INVITE, UPDATE: a 2xx came */
	/** Each response; NULL: none is looked at. */
	void (*response)(struct session_request *request,
			 const struct message *response);
	/** leg.status is final.  NULL: nobody waits. */
	void (*over)(struct session_request *request);
};
/** What is different in them. */
struct session_request_parts {
	const char *method;
	struct view lines;	/**< header lines, each with CRLF */
	struct content content; /**< or none */
	/** User part of our Contact, and its parameters; or NULL. */
	const char *contact, *contact_params;
};
/** In a dialog; takes its next CSeq.  NULL: the dialog allows it not. */
struct session_request *
session_request_new(struct sessions *sessions, struct dialog *dialog,
		    const struct session_request_parts *parts);
/** It tells of the user for whom the call is; is copied.  For those that no
 *  session owns. */
void session_request_identify(struct session_request *request,
			      const struct assertion *assertion);
/** @p from, with all that it points to in @p arena. */
struct assertion assertion_copy(struct arena *arena,
				const struct assertion *from);
/** The session does not go before it. */
void session_request_own(struct session_request *request,
			 struct session *session);
/** Out of any: an empty one, with a template of its own, and so many bytes for
 *  its strings; more are no harm. */
#define SESSION_REQUEST_ROOM 896 /**< of a request without a body, mostly */
struct session_request *session_request_empty(struct sessions *sessions,
					      size_t room);
/** ACK to a 2xx, with the credentials of its INVITE; NULL: it may be over. */
struct session_request *
session_acknowledgement(struct session_fork *fork,
			const struct session_request *invite);
void session_request_send(struct session_request *request);
/** Nothing is heard of it any more.  NULL is fine. */
void session_request_drop(struct session_request *request);
/** Supported, with CRLF: but the tags in @p without, which are a list. */
void session_supported(const struct sessions *sessions, struct view without,
		       struct text *ret);
/** Reason, with CRLF; nothing where it is NULL. */
void session_reason(const char *reason, struct text *ret);
/** What is served in the dialog of a call. */
#define SESSION_ALLOW                                                          \
	"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, INFO\r\n"

/* ---- description --------------------------------------------------------- */

/** A description of ours as it was sent. */
struct session_ours {
	struct arena *arena;
	struct media_draft draft;
	struct view text;
};

/** Offers and answers in one dialog. */
struct session_fork {
	struct session *session;
	struct dialog *dialog;
	struct offer_turn turn;
	struct media_session media; /**< that is in force */
	bool is_agreed;		    /**< there is one */
	/** Our last one in this dialog; NULL: the offer of our INVITE. */
	struct session_ours *ours;
	/** SDP of an unreliable response: the answer, if the 2xx has none (RFC
	 *  3261 section 13.2.1). */
	char *preview;
	uint32_t rseq; /**< of the last reliable response; 0: none yet */
	struct session_request *prack; /**< to it, until it is answered */
	struct session_request *ack;   /**< to the 2xx of our INVITE */
	/** To the 2xx of our last re-INVITE. */
	struct session_request *reack;
	bool is_over; /**< it is not the one that goes on: ACK, BYE */
};

/** Our offer, as many as we can.  @p fork NULL: the first one. */
struct session_ours *session_offer(struct session *session,
				   const struct session_fork *fork);
/** Our answer to @p theirs, and what is in force after it; NULL: refused. */
struct session_ours *session_answer(const struct session_fork *fork,
				    struct view theirs,
				    struct media_refusal *ret_refusal);
/** @p fork has sent it. */
void session_ours_take(struct session_fork *fork, struct session_ours *ours);
void session_ours_free(struct session_ours *ours);
/** Our last one in this dialog. */
const struct session_ours *session_ours_of(const struct session_fork *fork);
struct content session_content(const struct session_ours *ours);
/** Their answer to our last one: in force if it can be.  False: it cannot. */
bool session_take_answer(struct session_fork *fork, struct view theirs);

/* ---- a call -------------------------------------------------------------- */

/** What the owner is to be told in the next turn; bits, in this order. */
enum session_due {
	SESSION_DUE_LEAVING = 1,
	SESSION_DUE_ANSWERED = 2,
	SESSION_DUE_MEDIA = 4,
	SESSION_DUE_ENDED = 8,
	SESSION_DUE_TURN = 16 /**< LIFE_TURN */
};

/** A 2xx to an INVITE of theirs. */
struct session_success {
	TAILQ_ENTRY(session_success) link;
	struct session *session;
	struct request *request; /**< the first one; NULL: a re-INVITE */
	struct server_txn *txn;	 /**< of a re-INVITE; NULL: over */
	struct loop_timer repeat, give_up;
	int pause_ms;
};
TAILQ_HEAD(session_success_list, session_success);

struct session {
	TAILQ_ENTRY(session) link;
	struct sessions *sessions;
	struct arena *arena;
	const struct session_user *user;
	struct session_user callbacks; /**< what user points to */
	void *arg;
	enum life_state state;
	bool is_theirs;
	bool is_over; /**< ended() was called */
	unsigned due;
	size_t n_requests; /**< of ours that are out, but for ACK */
	struct loop_task task;
	struct session_end end;
	bool has_end;	    /**< the first reason counts */
	const char *reason; /**< for BYE and CANCEL, or NULL */
	int final_status;   /**< of theirs: what it is refused with */
	struct view final_lines;
	const char *user_part, *contact_params;
	const char *domain; /**< of ours that it is in */
	struct media_end local;
	const struct media_rules *rules; /**< or a part of them: simple_rules */
	struct media_rules simple_rules;
	enum codec simple_codecs[CODECS_MAX];
	struct dialog_usage_owner owner;

	/* ours */
	struct invitation invitation;
	const char *call_id, *local_tag;
	uint32_t cseq; /**< of our INVITE */
	struct retry retry;
	struct retry_refusal refusal; /**< status 0: none came */
	const char *refusal_text, *refusal_contact;
	struct session_request *invite; /**< NULL: it is over */
	struct session_ours *offer;	/**< in it */
	struct dialog_set *set;		/**< NULL: nothing has left */
	char *branch, *hop, *routes;	/**< of the last hop */
	bool is_waiting;		/**< session_go() is due */
	/** An INVITE has left, and 64*T1 after a 2xx are not over. */
	bool may_be_answered;
	bool was_heard; /**< a response to it came */
	bool was_named; /**< a 1xx said who is there */
	struct loop_timer ring, slow;

	/* theirs */
	struct request *request;
	struct view headers;	/**< of the 200 */
	struct assertion self;	/**< who answers it; of ours: invitation's */
	char refresh_lines[64]; /**< of our next 2xx, or "" */
	struct session_success_list successes;

	struct session_fork *forks[DIALOG_SET_MAX];
	size_t n_forks;
	struct session_fork *fork; /**< that goes on; NULL: none yet */

	/* liveness */
	struct refresh refresh;
	struct loop_timer refresh_timer, lost_timer, linger;
	bool takes_update; /**< Allow had it */
	int min_se_s;	   /**< the largest of the 422s to a refresh */
	struct session_request *refreshing, *probe;
};

/** Do what the table says. */
void session_happens(struct session *session, enum life_event event);
/** Why it ends; the first reason counts.  @p text is a constant, or in the
 *  arena of the session. */
void session_because(struct session *session, enum session_cause cause,
		     int status, const char *text);
/** LIFE_LOST, for this reason. */
void session_lose(struct session *session, enum session_cause cause, int status,
		  const char *text);
/** Tell it in the next turn. */
void session_tell(struct session *session, enum session_due due);
struct session *session_new(struct sessions *sessions,
			    const struct session_user *user, void *arg);
/** Is nothing of it left? Then it goes, in the next turn. */
void session_settle(struct session *session);
void session_free(struct session *session);
void session_set_local(struct session *session, const struct media_end *local);
void session_forks_release(struct session *session);
struct session_fork *session_fork_add(struct session *session,
				      struct dialog *dialog);
struct session_fork *session_fork_of(struct session *session,
				     const struct dialog *dialog);
/** Tell the owner whose this message is, where a believed peer says so.  The
 *  call may be over then.  @return false: nobody is named, or it is over. */
bool session_identify(struct session *session,
		      const struct edge_message *message);
/** The same of a message of one dialog: of another one than that which goes on
 *  it says nothing. */
void session_identify_in(struct session_fork *fork,
			 const struct edge_message *message);
/** Is it over but for what is still sent? */
bool session_is_ending(const struct session *session);
/** May an INVITE or UPDATE leave in its dialog? */
bool session_may_change(const struct session *session);
struct loop *session_loop(const struct session *session);
void session_timer_set(struct session *session, struct loop_timer *timer,
		       int64_t in_ms);
uint32_t session_random(void);
/** 64 random bits in hex, in @p arena. */
const char *session_random_hex(struct arena *arena);

/** The record of it now; strings in @p arena. */
void session_record_make(struct session *session, struct arena *arena,
			 struct session_record *ret);

/* ---- our INVITE ---------------------------------------------------------- */

/** Send one, the first or another one. */
void invite_send(struct session *session);
/** What was heard of it is looked at by these. */
void invite_response(struct session_request *request,
		     const struct message *response);
void invite_over(struct session_request *request);
/** ACK to the 2xx of this dialog, once. */
void invite_acknowledge(struct session_fork *fork);
/** A reliable provisional response.  @return false: it is ignored. */
bool early_receive(struct session_fork *fork, const struct message *response);
/** The description of a response to our INVITE.  @return false: nothing can be
 *  agreed on. */
bool invite_take_description(struct session_fork *fork,
			     enum offer_message message,
			     const struct message *response);

/* ---- theirs -------------------------------------------------------------- */

/** 200 to their first INVITE, and again until ACK. */
void success_begin_first(struct session *session);
/** 200 to a re-INVITE.  False: there are too many. */
struct in_dialog_answer;
bool success_begin(struct session *session, struct received *received,
		   const struct in_dialog_answer *answer);
/** ACK came to the last one. */
void success_acknowledged(struct session *session);
bool success_is_open(const struct session *session);
void success_free_all(struct session *session);
/** The lines that each 2xx of ours to INVITE has. */
void success_lines(const struct session *session, struct text *ret);

void in_dialog_request(void *arg, struct dialog *dialog,
		       struct received *received);
/** Answer at once: status, lines, content. */
struct in_dialog_answer {
	int status;
	struct view lines;
	struct content content;
	const char *contact, *contact_params;
};
void in_dialog_answer(const struct session *session, struct received *received,
		      const struct in_dialog_answer *answer);
/** Its lines, and whose answer it is. */
void in_dialog_lines(const struct session *session,
		     const struct received *received,
		     const struct in_dialog_answer *answer, struct text *ret);
void change_receive(struct session_fork *fork, struct received *received);
/** Lines and status of a refused description. */
void change_warning(const struct session *session,
		    const struct media_refusal *refusal, struct text *ret);

/* ---- liveness ------------------------------------------------------------ */

/** A 2xx to INVITE or UPDATE agreed on this. */
void liveness_set(struct session *session, const struct refresh *refresh);
void liveness_stop(struct session *session);
void liveness_probe(struct session *session);

/* ---- late ---------------------------------------------------------------- */

/** An INVITE of ours that is over: who answers it all the same gets ACK and BYE
 *  (RFC 3261 sections 9.1 and 13.2.2.4). */
struct session_late {
	TAILQ_ENTRY(session_late) link;
	struct hash_entry by_call; /**< Call-ID, our tag, CSeq, branch, hop */
	struct sessions *sessions;
	struct arena *arena;
	const char *call_id, *local_tag, *local, *remote, *request_uri;
	const char *reason; /**< or NULL */
	struct assertion assertion;
	uint32_t cseq;
	struct dialog_set *set; /**< NULL: nobody answered */
	struct session_request *acks[DIALOG_SET_MAX]; /**< as in the set */
	struct loop_timer timer;
	bool was_left;	 /**< by a process that died */
	const char *hop; /**< the INVITE went there: a URI with an address */
	/* Of a process that died: for ACK to a refusal. */
	const char *branch, *routes;
	struct session_request *refusal_ack;
	struct session_request *cancel; /**< that is out, or NULL */
	struct session_request *byes[DIALOG_SET_MAX]; /**< likewise */
	/* Its row is on disk until done(); both are NULL without a row. */
	void (*not_found)(void *arg);
	void (*done)(void *arg);
	void *arg;
};
/** Copies the strings of @p of; sessions, arena, set and timer are not looked
 *  at. */
struct session_late *late_add(struct sessions *sessions,
			      const struct session_late *of, int64_t for_ms);
/** Its CANCEL has left. */
void late_cancelled(struct session_late *late, struct session_request *cancel);
/** Of an INVITE of this session that is over. */
void late_add_session(struct session *session);
void late_stray(void *arg, const struct message *response,
		const struct flow *from);
/** Nobody is told. */
void late_free_all(struct sessions *sessions);
/** The oldest goes for one more: calls to those who refuse at once are many. */
#define LATES_MOST 10000
#define LATE_FOR_MS (SESSION_GIVE_UP_MS + 32000)
/** No CANCEL could be sent: timer C of the proxies, which is over 3 min (RFC
 *  3261 section 16.6). */
#define LATE_UNCANCELLED_MS (180000 + SESSION_GIVE_UP_MS)

#endif
