/*
 * fake_session -- calls that go as the test says (implements server/session.h).
 *
 * What the owner asks is written down as lines of text; what the other side
 * does, the test does:
 *
 *     session = fake_session_find(sessions, "sip:bob@example.org");
 *     fake_sessions_turn(sessions);          leaving() of what was invited
 *     fake_session_ring(session, 180);
 *     fake_session_answer(session);          answered()
 *     fake_sessions_turn(sessions);          after session_confirm(): media()
 *     fake_session_leave(session);           their BYE: ended()
 *
 * As with the real one no callback comes from inside a call of server/session.h
 * but still_permitted(); the others come in turns, or by the calls below.
 */
#ifndef VOLENS_TESTS_FAKE_SESSION_H
#define VOLENS_TESTS_FAKE_SESSION_H

#include "server/base/text.h"
#include "server/session.h"

enum fake_session_state {
	FAKE_SESSION_NEW,      /**< leaving() is due */
	FAKE_SESSION_LEAVING,  /**< session_go() is due */
	FAKE_SESSION_INVITED,  /**< the INVITE left */
	FAKE_SESSION_ACCEPTED, /**< theirs: answered() is due */
	FAKE_SESSION_ANSWERED, /**< session_confirm() is due */
	FAKE_SESSION_CONFIRMED,
	FAKE_SESSION_ENDING, /**< ended() is due */
	FAKE_SESSION_OVER    /**< ended() was called: only for looks */
};

struct edge;

struct session {
	struct session *next;
	struct sessions *sessions;
	struct session_user user;
	void *arg;
	struct arena *arena;
	enum fake_session_state state;
	bool is_theirs;
	struct invitation invitation; /**< ours: a copy */
	struct acceptance acceptance; /**< theirs: views are copies */
	struct media_stream stream;   /**< that media() tells; the test's */
	bool is_media_due;
	struct session_record record;
	struct session_end end;
	int end_status;		/**< of session_end() */
	const char *end_reason; /**< likewise, or NULL */
	bool was_probed;
};

/** @p edge: answers what is accepted or refused; NULL: nobody hears it. */
struct sessions *fake_sessions_new(struct edge *edge);
void fake_sessions_free(struct sessions *sessions);
/** Tell what is due: leaving(), answered() of theirs, media(), ended().
 *  @return how much there was */
int fake_sessions_turn(struct sessions *sessions);
/**
 * What the owner asked for and what ended, a line each:
 *
 *     INVITE sip:bob@example.org
 *     ACK sip:bob@example.org
 *     CANCEL sip:bob@example.org SIP;cause=470
 *     BYE sip:bob@example.org -
 *     200 sip:c-0123456789abcdef@relay.example.com
 *     487 sip:c-0123456789abcdef@relay.example.com
 *     OPTIONS sip:bob@example.org
 *     orphan BYE 4b1d6c2f@relay.example.com
 *     orphan CANCEL 4b1d6c2f@relay.example.com
 *     orphan WAIT 4b1d6c2f@relay.example.com
 */
const char *fake_sessions_log(const struct sessions *sessions);
void fake_sessions_clear(struct sessions *sessions);
/** What is left of it, once some was looked at. */
void fake_sessions_set_log(struct sessions *sessions, const char *log);

/** All that were made, the newest first. */
struct session *fake_sessions_first(struct sessions *sessions);
/** The newest one of ours to this URI that is not over, or NULL. */
struct session *fake_session_find(struct sessions *sessions, const char *uri);
/** The newest one of theirs that is not over, or NULL. */
struct session *fake_session_theirs(struct sessions *sessions);
/** The next session_accept() is refused with this status, by edge_respond().
 *  0: none is. */
void fake_sessions_refuse(struct sessions *sessions, int status);
/** What session_replaces() says from now on. */
void fake_sessions_replace(struct sessions *sessions, int status,
			   struct session *session);

/** Those who were called by a process that died; who was talking ends. */
enum fake_orphans {
	FAKE_ORPHANS_END,     /**< at once */
	FAKE_ORPHANS_UNKNOWN, /**< CANCEL finds no call: they stay */
	FAKE_ORPHANS_SILENT   /**< they stay */
};
void fake_sessions_let_orphans(struct sessions *sessions,
			       enum fake_orphans orphans);

/* ---- the other side, each at once -------------------------------------- */

void fake_session_ring(struct session *session, int status);
/** A 2xx with this codec and address; after session_confirm() media() is due.
 */
void fake_session_answer(struct session *session);
/** Theirs, confirmed by us: their ACK. */
void fake_session_acknowledge(struct session *session);
/** A re-INVITE or UPDATE: media() with session->stream. */
void fake_session_change(struct session *session);
void fake_session_key(struct session *session, char key);
/** A peer that is believed says who is there now. */
void fake_session_identify(struct session *session, const char *aor);
/** It is over by itself. */
void fake_session_end(struct session *session, enum session_cause cause,
		      int status);
/** Their BYE. */
void fake_session_leave(struct session *session);

#endif
