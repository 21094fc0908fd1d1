/*
 * conference -- what REST and subscriptions may ask of the focus.
 *
 * The focus (server/focus) has the conferences: who is in them, whom it calls,
 * and why a party is there no more.  Others see values: views that hold during
 * a callback, and events.  Orders are answered by a callback, once, later or
 * at once; those that make rows are answered when these are on disk.
 *
 * All of it on the loop's thread.  Instants are seconds since the epoch; a
 * conference is named by the 16 hex digits of its id, a party by a number that
 * is used once in a process.
 *
 * Bounds: CONFERENCE_SUBJECT_MAX bytes of subject, the parties of a conference
 * and the conferences of a sender as the settings say, and 1,000 conferences
 * that are over, of the last 24 h.
 */
#ifndef VOLENS_SERVER_CONFERENCE_H
#define VOLENS_SERVER_CONFERENCE_H

#include "policies/conference.h"
#include "policies/facts.h"
#include "policies/list.h"
#include "server/base/view.h"

struct conferences;

#define CONFERENCE_ID_LEN 16
#define CONFERENCE_SUBJECT_MAX 256
/** User part of a conference URI: this, and the id (RFC 4579 section 4.2). */
#define CONFERENCE_USER_PREFIX "c-"

/* ---- views --------------------------------------------------------------- */

/** The media of a party, as they were last measured. */
struct party_media {
	const char *codec; /**< "PCMU"; NULL: nothing is agreed upon */
	/** Where it goes to, without its last octets: "192.0.2.x"; or NULL. */
	const char *remote;
	int64_t measured_at; /**< 0: never */
	uint64_t n_received, n_sent, n_lost, n_late, n_concealed;
	uint64_t n_dropped;
	double loss_out;  /**< share that they did not get, by their RTCP: 0..1
			   */
	double jitter_ms; /**< that they see */
};

struct party_view {
	uint64_t id;
	const char *uri; /**< true; for operators, for its creator where they
			    named it, and for the party itself */
	const char *key; /**< of the URI (server/base/uri.h) */
	/** What the other parties may see: the URI, or
	 *  "sip:anonymous1@anonymous.invalid". */
	const char *shown_as;
	const char *display_name; /**< or NULL */
	bool is_creator;
	bool is_dialled_out; /**< else they dialled in */
	enum party_state state;
	enum party_left left; /**< PARTY_DISCONNECTED */
	/** They took their yes back.  For operators only: to all others they
	 *  have departed. */
	bool is_revoked;
	int sip_status;	    /**< that it ended by; 0: none */
	const char *reason; /**< a constant, or the phrase of that status; NULL:
			       none */
	int64_t permission; /**< id of the row that it rests on; 0: none */
	int64_t since;	    /**< when `state` began */
	int64_t answered_at; /**< 0: not yet */
	bool is_muted;	     /**< by us */
	bool is_deaf, is_on_hold, is_talking;
	int volume_db;
	struct party_media media;
};

struct conference_view {
	char id[CONFERENCE_ID_LEN + 1];
	uint64_t number;     /**< in the order they were made; for pages */
	uint64_t version;    /**< another one after each change: for an ETag */
	const char *uri;     /**< "sip:c-<id>@relay.example.com;gr" */
	const char *service; /**< its name: the user part */
	const char *sender;  /**< key of the AOR whose permissions count */
	const char *subject; /**< or NULL */
	enum conference_state state;
	enum conference_end ended_by; /**< CONFERENCE_ENDED, and ENDING */
	bool by_rest; /**< made by REST: it has no creator in it */
	bool is_locked;
	bool is_muted;			  /**< everybody but the creator */
	int64_t created_at, ended_at;	  /**< ended_at 0: it is not over */
	const struct party_view *parties; /**< in the order they were added */
	size_t n_parties;
};

/** @return false: there is none of this id, and @p look was not called. */
bool conferences_look(struct conferences *conferences, const char *id,
		      void (*look)(void *arg,
				   const struct conference_view *conference),
		      void *arg);

enum conference_age { CONFERENCES_ALL, CONFERENCES_RUNNING, CONFERENCES_OVER };
struct conference_filter {
	const char *service; /**< name; NULL: any */
	const char *sender;  /**< key; NULL: any */
	enum conference_age age;
	uint64_t after; /**< numbers above it; 0: from the start */
	size_t limit;
};
/** Ascending numbers. */
void conferences_list(struct conferences *conferences,
		      const struct conference_filter *filter,
		      void (*each)(void *arg,
				   const struct conference_view *conference),
		      void *arg);

/* ---- orders -------------------------------------------------------------- */

/** Somebody who is to be called. */
struct conference_entry {
	const char *uri;	  /**< as given */
	const char *display_name; /**< or NULL */
	enum copy_control copy;
	bool is_anonymous; /**< the others see that somebody is there */
	bool is_muted;	   /**< from the start */
};

/** What became of an order.  All of it holds during the callback. */
struct conference_result {
	/**
	 * ERR_OK;
	 * ERR_SYNTAX, ERR_CHARSET, ERR_SCHEME, ERR_HOSTILE: entry `index` is
	 * no recipient (422, by SIP 400, 403 or 416);
	 * ERR_TOO_LARGE: too many entries, or too long a subject (422, 413);
	 * ERR_AUTHENTICATE: permissions are `missing` (409, by SIP 470);
	 * ERR_UNKNOWN: there is no such service, conference or party (404);
	 * ERR_FORBIDDEN: this sender, or this role, may not (403);
	 * ERR_CONFLICT: it is over or full, or the party is there already
	 * (409);
	 * ERR_BUSY: over a limit of the sender or of the relay; see
	 * retry_after_s (429, by SIP 486 or 503);
	 * ERR_SHUTDOWN, ERR_FULL, ERR_IO: not now (503).
	 */
	enum err err;
	int sip_status;	    /**< the same for a REFER: 200, 470, 403 ... */
	const char *reason; /**< a constant; NULL: none */
	size_t index; /**< of the bad entry; SIZE_MAX: it is none of them */
	const char *const *missing; /**< URIs as they were given */
	size_t n_missing;
	int retry_after_s; /**< 0: not told */
	/** As it is now; NULL where there is none. */
	const struct conference_view *conference;
	const uint64_t *added; /**< parties, in the order of their entries but
				  without those who are left out or there
				  already */
	size_t n_added;
};
typedef void conference_done_fn(void *arg,
				const struct conference_result *result);

/** What `missing` of an order says. */
enum conference_missing {
	CONFERENCE_MISSING_DEFAULT, /**< as its service is set */
	CONFERENCE_MISSING_REFUSES,
	CONFERENCE_MISSING_OMITS /**< call those who are granted */
};
enum conference_end_when {
	CONFERENCE_END_WHEN_DEFAULT, /**< as the settings say; by REST:
					last-leaves */
	CONFERENCE_END_WHEN_CREATOR_LEAVES,
	CONFERENCE_END_WHEN_LAST_LEAVES
};

struct conference_order {
	const char *service; /**< its name */
	/** AOR whose permissions count, any spelling: one of those that the
	 *  settings allow REST to call for (ERR_FORBIDDEN). */
	const char *sender;
	const char *subject; /**< or NULL */
	const struct conference_entry *entries;
	size_t n_entries;
	enum conference_missing missing;
	enum conference_end_when end_when;
	int ring_s, duration_s; /**< 0, or over the setting: the setting */
	bool is_locked;
	const char *token; /**< name of the one that orders it; for records */
};
/** Make one and call everybody.  @p order is not needed after the return.
 *  `conference` and `added` are set on ERR_OK. */
void conferences_create(struct conferences *conferences,
			const struct conference_order *order,
			conference_done_fn *done, void *arg);

/** Each of them: -1 leaves it as it is, else 0 or 1. */
struct conference_patch {
	const char *subject; /**< NULL: as it is */
	int locked, muted;
};
void conference_change(struct conferences *conferences, const char *id,
		       const struct conference_patch *patch,
		       conference_done_fn *done, void *arg);

/** End it: BYE and CANCEL to all.  Answered at once, while they leave; ERR_OK
 *  with CONFERENCE_ENDED: it was over already. */
void conference_end(struct conferences *conferences, const char *id,
		    conference_done_fn *done, void *arg);

/** Who orders, and by what right. */
struct conference_actor {
	/** ROLE_OPERATOR: REST, for the conference's sender.  Else the focus
	 *  finds the role of `who` out. */
	bool is_operator;
	/** A proven identity; its permissions count for whom it adds. */
	const struct identity *who;
	uint64_t party; /**< which of the parties they are by their dialog; 0:
			   none */
};
struct conference_addition {
	struct conference_actor actor;
	const struct conference_entry *entries;
	size_t n_entries;
	enum conference_missing missing;
};
/** Call more people, all or none.  Who is in it already is not called again:
 *  ERR_CONFLICT where that is everybody. */
void conference_add(struct conferences *conferences, const char *id,
		    const struct conference_addition *addition,
		    conference_done_fn *done, void *arg);

struct party_patch {
	uint64_t party;
	int muted, deaf; /**< -1: as it is */
	bool sets_volume;
	int volume_db; /**< of what others hear: -40 to 20 */
};
/** Answered when the mixer does so. */
void party_change(struct conferences *conferences, const char *id,
		  const struct party_patch *patch, conference_done_fn *done,
		  void *arg);
/** Call somebody again who is disconnected; `added` has the new party. */
void party_redial(struct conferences *conferences, const char *id,
		  uint64_t party, conference_done_fn *done, void *arg);
struct party_removal {
	struct conference_actor actor;
	uint64_t party;
};
/** Send somebody away: booted, or departed where it is the actor's own party.
 *  Answered when nothing is sent to them any more but BYE or CANCEL. */
void party_remove(struct conferences *conferences, const char *id,
		  const struct party_removal *removal, conference_done_fn *done,
		  void *arg);
/** Measure the media of all parties, then answer. */
void conference_measure(struct conferences *conferences, const char *id,
			conference_done_fn *done, void *arg);

/** Do the settings let REST call for this sender, a key?  Any thread: they do
 *  not change. */
bool conferences_rest_calls_for(const struct conferences *conferences,
				const char *sender);

/** What would refuse @p n_calls more of a sender now, by their limits or those
 * of all: status 0: nothing. */
struct conference_limit {
	int status;	    /**< 486 or 503 */
	const char *reason; /**< a constant */
	int retry_after_s;
};
struct conference_limit conferences_limit(struct conferences *conferences,
					  const char *sender, size_t n_calls);

/* ---- who is who, for SUBSCRIBE and REFER --------------------------------- */

struct conference_access {
	enum conference_role role;
	uint64_t party; /**< theirs; 0: they are in it no more, or not yet */
	struct conference_rules rules;
};
/** ERR_UNKNOWN: no such conference, or it is over. */
enum err conference_access(const struct conferences *conferences,
			   const char *id, const struct identity *who,
			   struct conference_access *ret) MUST_CHECK;
/** The party whose AOR is @p key, also where it is shown as @p key ("anonymous1
 *  @anonymous.invalid"); 0: none. */
uint64_t conference_find_party(const struct conferences *conferences,
			       const char *id, const char *key);

/* ---- events -------------------------------------------------------------- */

enum conference_event_kind {
	CONFERENCE_EVENT_CREATED,
	CONFERENCE_EVENT_LIVE,
	CONFERENCE_EVENT_CHANGED, /**< subject, locked, muted */
	CONFERENCE_EVENT_ENDED,	  /**< the last of it */
	PARTY_EVENT_QUEUED,
	PARTY_EVENT_DIALING,
	PARTY_EVENT_ALERTING,
	PARTY_EVENT_CONNECTED,
	PARTY_EVENT_HELD,    /**< on hold, or not any more */
	PARTY_EVENT_MUTED,   /**< muted, deaf or volume changed */
	PARTY_EVENT_TALKING, /**< or not any more */
	PARTY_EVENT_KEY,
	/** `is_revoked`: they took their yes back; only operators are told. */
	PARTY_EVENT_DISCONNECTED
};
/** "conference.created", "party.dtmf" ... */
const char *conference_event_name(enum conference_event_kind kind);

struct conference_event {
	enum conference_event_kind kind;
	int64_t at_ms; /**< since the epoch */
	/** Its parties are all of them in an event of the conference, and the
	 *  one that it is about in an event of a party. */
	const struct conference_view *conference;
	const struct party_view *party; /**< NULL: it is of the conference */
	char key;			/**< PARTY_EVENT_KEY: 0-9 * # A-D */
};
/** In its owner's memory. */
struct conference_listener {
	/** Must not give orders from inside: it posts, or sets a timer. */
	void (*event)(void *arg, const struct conference_event *event);
	void *arg;
	struct conference_listener *next; /**< the focus' own */
};
void conferences_listen(struct conferences *conferences,
			struct conference_listener *listener);

/** For /metrics. */
struct conference_gauges {
	size_t n_conferences;
	size_t n_parties[PARTY_STATES]; /**< of those that are not over */
	size_t n_waiting; /**< who wait for their turn to be called */
};
void conferences_gauges(const struct conferences *conferences,
			struct conference_gauges *ret);

#endif
