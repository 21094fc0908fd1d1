/*
 * focus_private -- the inside of focus.h.  Private to focus/.
 *
 *   conferences.c   all of them: those that run, those that are over
 *   callers.c       who has people called, and their limits
 *   conference.c    one: its states and its clocks
 *   party.c         one party, as its session tells
 *   call.c          calling somebody
 *   party_media.c   what is agreed upon, to the mixer, and what it tells
 *   dialout.c       who is called when
 *   create.c        an INVITE to a service
 *   dial_in.c       an INVITE to a conference URI
 *   key_deny.c      a no by the keys of a phone
 *   orders.c        what REST asks for a conference
 *   party_orders.c  what REST and REFER ask for a party
 *   callees.c       who is to be called, from entries of an order
 *   reconsider.c    a permission was taken back
 *   rows.c          what is on disk
 *   record.c        what became of each, for the records of requests
 *   restart.c       what a former process left
 *   views.c         values for others
 */
#ifndef VOLENS_SERVER_FOCUS_FOCUS_PRIVATE_H
#define VOLENS_SERVER_FOCUS_FOCUS_PRIVATE_H

#include <sys/queue.h>

#include "db/conferences.h"
#include "db/job_group.h"
#include "server/base/hash_table.h"
#include "server/base/loop.h"
#include "server/focus/focus.h"
#include "server/list/list_request.h"
#include "server/list/refusals.h"

/** Those that are over are kept so long, so many, with so many parties. */
#define OVER_KEPT_S 86400
#define OVER_KEPT_MAX 1000
#define OVER_PARTIES_MAX 20000
/** A creator who left may come back (RFC 4579 section 5.9). */
#define CREATOR_GRACE_MS 5000
/** An ACK does not wait longer for the disk: nobody is left hanging. */
#define ACK_WAIT_MS 1900

#define REASON_WITHDRAWN "SIP;cause=470;text=\"Consent withdrawn\""
#define REASON_REMOVED "SIP;cause=200;text=\"Removed\""
#define REASON_ANOTHER "SIP;cause=403;text=\"Another caller\""
#define REASON_SILENT "SIP;cause=408;text=\"Media timeout\""
#define REASON_STOPPED "SIP;cause=503;text=\"Stopping\""
#define REASON_RESTARTED "SIP;cause=503;text=\"Restarted\""

struct caller;
struct conference_room;
struct conference_party;
struct media_host;

/** A gate of policies/dialout that many share, by name. */
struct shared_gate {
	struct hash_entry entry; /**< first */
	struct dialout_gate gate;
	unsigned n_users;
	TAILQ_ENTRY(shared_gate) idle; /**< while nobody uses it */
};

struct conference_party {
	TAILQ_ENTRY(conference_party) link; /**< of the conference */
	TAILQ_ENTRY(conference_party) queued;
	struct hash_entry by_participant;
	struct conference_room *room;
	uint64_t id;
	const char *uri, *key, *name, *shown_as, *display_name;
	const char
		*other_key; /**< of who dialled in: their second one; or NULL */
	uint64_t person;    /**< hash of whom the key names */
	struct caller *caller; /**< of who was called; else NULL */
	struct cached_grant cached;
	char (*names)[URI_KEY_ROOM]; /**< party_identified(); "": none */
	bool is_creator, is_dialled_out, is_hidden;
	bool is_queued;	   /**< waits to be called */
	int64_t untold_ms; /**< since when it waits for its notice; 0: not */
	bool is_ringing;   /**< the gates count it */
	bool is_joined;	   /**< it is in the mixer with its media */
	bool is_muted, is_deaf, is_on_hold, is_talking, is_heard;
	bool is_silent;			/**< nothing came for the timeout */
	bool is_revoked, is_unverified; /**< as SESSION_UNVERIFIED */
	bool has_row;
	int volume_db;
	enum sdp_direction direction; /**< ours */
	bool is_media_on;
	enum codec codec;
	union address remote;
	bool has_remote;
	bool is_remote_heard;	    /**< valid media came from there */
	struct media_host *unheard; /**< counts it until then; or NULL */

	struct session *session; /**< NULL: it has none, or not any more */
	struct request *request; /**< of who dialled in */
	/** Only ended() is still to come: it was let go. */
	bool is_let_go;
	bool is_to_go;	      /**< conferences_reconsider() has found it */
	bool is_confirmed;    /**< session_confirm() was called */
	const char *call_id;  /**< NULL: nothing has left */
	bool waits_for_ack;   /**< who was called has answered, and waits */
	uint64_t participant; /**< of the mixer; 0: none */
	char host[64];	      /**< of our media, for the SDP */
	char masked[64];      /**< of theirs, for views */
	struct shared_gate *destination, *recipient;
	struct loop_timer timer;  /**< ACK_WAIT_MS, then silence */
	char keys[DENY_KEYS_MAX]; /**< the last that they pressed */
	size_t n_keys;
	int64_t keyed_ms; /**< when the last one was */

	enum party_state state;
	enum party_left left;
	int sip_status;
	const char *reason;
	int64_t since, answered_at;
	int64_t called_ms, answered_ms, over_ms; /**< wall clock; 0: not yet */
	struct media_stats stats;
	int64_t measured_at;
};
TAILQ_HEAD(party_list, conference_party);

struct conference_room {
	TAILQ_ENTRY(conference_room) link;     /**< running, or over */
	TAILQ_ENTRY(conference_room) dialling; /**< has somebody to call */
	struct hash_entry by_id;
	struct conferences *conferences;
	struct arena *arena;
	char id[CONFERENCE_ID_LEN + 1];
	uint64_t number, version;
	const char *user, *uri; /**< "c-..." and all of it */
	const struct service *service;
	const char *service_name; /**< as it is told: service_is() */
	const char *domain;	  /**< of ours that it is in */
	const char *sender, *subject;
	const char *call_id;  /**< of the INVITE that made it; or "" */
	const char *source;   /**< that it came from */
	struct text left_out; /**< packed (db/records.h) */
	size_t n_left_out;
	struct caller *caller; /**< the sender */
	LIST_HEAD(, caller) callers;
	enum conference_state state;
	enum conference_end ended_by;
	enum conference_end_when end_when;
	bool has_account; /**< its sender was proven by digest */
	bool by_rest, is_locked, is_muted;
	bool is_known; /**< its rows were on disk: others have heard of it */
	bool is_dialling;
	int64_t created_at, ended_at;
	int ring_s, duration_s;
	uint64_t mixing; /**< of the mixer; 0: none */
	struct party_list parties, queue;
	size_t n_parties, n_sessions;
	size_t n_made; /**< parties in its arena, refused ones too */
	size_t n_held; /**< jobs and answers that point to it */
	unsigned n_anonymous;
	struct dialout_gate gate;
	struct loop_timer creator_timer, alone_timer, duration_timer;
	struct loop_timer row_timer; /**< its rows could not be removed */

	/* What is the same in all its calls. */
	int max_forwards;
	struct breadth breadth; /**< share 0: no Max-Breadth */
	struct view headers;
	struct mime_tail *history; /**< or NULL */
};
TAILQ_HEAD(room_list, conference_room);

/** What is known of a sender over their conferences. */
struct caller_record {
	TAILQ_ENTRY(caller_record) link; /**< the latest first */
	const char *key;
	int64_t day;
	int64_t seconds;    /**< of calls on that day */
	int64_t hung_up_ms; /**< when the first of n_hung_up was */
	unsigned n_hung_up; /**< right after the 200 */
};
#define CALLER_RECORDS_MAX 1000

struct conferences {
	struct conferences_settings settings;
	struct job_group jobs;
	struct refusals *refusals;
	LIST_HEAD(, row_job) row_jobs; /**< that the writer has */
	struct room_list running, over, dialling;
	size_t n_running, n_over, n_over_parties;
	uint64_t last_number, last_party;
	struct hash_key hash_key;
	struct hash_table by_id, by_participant, gates;
	struct hash_table unheard; /**< parties by the host of their media */
	TAILQ_HEAD(, shared_gate) idle_gates;
	size_t n_idle_gates, n_wait_for_ack;
	struct dialout_gate relay_gate;
	struct loop_timer dialout_timer, look_timer;
	struct loop_task dialout_task;
	TAILQ_HEAD(caller_records, caller_record) records;
	LIST_HEAD(, order_work) works;
	size_t n_records;
	struct conference_listener *listeners;
	struct party_view *views; /**< room for those of one conference */
	size_t views_room;
	struct restart_work *restart; /**< NULL: none */
	uint64_t accounts_seen; /**< accounts_changes() when last looked */
	bool is_draining, is_stopped;
};

/* ---- conferences.c ------------------------------------------------------ */

struct conference_room *room_find(const struct conferences *conferences,
				  const char *id);
/** Is it the service of this name, which has "@domain" behind it beside the
 *  first? */
bool service_is(const struct service *service, const char *label);
/** A conference in memory only; @p sender is copied. */
struct room_order {
	const struct service *service;
	const char *service_name;
	const struct identity *sender;
	const char *subject;
	const char *call_id, *source; /**< NULL: none */
	bool by_rest, is_locked;
	enum conference_end_when end_when;
	int ring_s, duration_s;
};
struct conference_room *room_make(struct conferences *conferences,
				  const struct room_order *order);
/** Never was: nobody has heard of it. */
void room_discard(struct conference_room *room);
/** One that a former process has left: it is over. */
struct conference_room *room_restore(struct conferences *conferences,
				     const struct conference_row *row);
void room_set_subject(struct conference_room *room, const char *subject);
/** It is among those that are over, from now on. */
void room_bury(struct conference_room *room);

/* ---- conference.c ------------------------------------------------------- */

/** Its rows are on disk, and its creator is there, or needs not be. */
void room_live(struct conference_room *room);
/** Something changed: look whether it is to end. */
void room_check(struct conference_room *room);
/** Everybody is sent away. */
void room_finish(struct conference_room *room, enum conference_end why);
void room_clocks_clear(struct conference_room *room);

/* ---- party.c ------------------------------------------------------------ */

/** Somebody who is to be called; strings are copied but @p caller. */
struct callee {
	const char *uri, *key, *name, *display_name;
	enum copy_control copy;
	bool is_anonymous, is_muted;
	struct caller *caller;
	struct cached_grant cached;
};
/** Hash of whom a key names: keys of one person have the same. */
uint64_t person_of(const struct conferences *conferences, const char *key);
struct conference_party *party_add_callee(struct conference_room *room,
					  const struct callee *callee);
/** Somebody who dialled in.  @p request is theirs to keep. */
struct conference_party *party_add_dial_in(struct conference_room *room,
					   struct request *request);
enum party_answer {
	PARTY_ACCEPTED,	   /**< the session will answer */
	PARTY_REFUSED,	   /**< the session has answered */
	PARTY_WITHOUT_PORT /**< the caller is to answer: 503 */
};
/** Answer who dialled in.  But for the first the party has no call. */
enum party_answer party_accept(struct conference_party *party);
/** What a session tells of it. */
extern const struct session_user party_user;
void party_enter(struct conference_party *party, enum party_state state);
/** It has failed, for a reason of ours. */
void party_fail(struct conference_party *party, int status, const char *text);

/* ---- call.c ------------------------------------------------------------- */

/** Is on disk: waits to be called. */
void party_queue(struct conference_party *party);
/** Call them; the gates have let them through. */
void party_dial(struct conference_party *party);
/** Has it to wait, because its recipient is yet to be told of the permission?
 *  For half a minute at most: then it is not called. */
bool party_is_untold(struct conference_party *party);
bool party_is_permitted(struct conference_party *party);
/** Has one whom a believed peer names there said no? */
bool party_is_refused(const struct conference_party *party, int64_t now);
/** A peer names somebody: as session_user.identified. */
void party_identified(void *arg, const struct identity *who);

/** How it is that a party goes. */
struct farewell {
	enum party_left left;
	bool is_revoked, is_unverified;
	int status;	    /**< of a response to their INVITE, and shown */
	const char *text;   /**< shown; a constant or NULL */
	const char *reason; /**< value of Reason, or NULL */
};
/** No media any more, BYE, CANCEL or a response; the session's ended() is still
 *  to come.  Harmless where they are gone. */
void party_let_go(struct conference_party *party,
		  const struct farewell *farewell);
/** One that a former process has left: it is gone. */
void party_restore(struct conference_room *room, const struct call_row *row);
/** It is in progress or connected. */
static inline bool party_is_there(const struct conference_party *party)
{
	return party->state != PARTY_DISCONNECTED;
}

/* ---- party_media.c ------------------------------------------------------ */

/** A place in the mixer.  ERR_BUSY, ERR_FULL, ERR_IO. */
enum err party_open_media(struct conference_party *party,
			  struct media_end *ret) MUST_CHECK;
/** What was agreed upon.  @return false: it cannot be served. */
bool party_set_media(struct conference_party *party,
		     const struct media_stream *stream);
/** Tell the mixer who is muted, deaf or on hold now; @p done may be NULL. */
enum err party_set_controls(struct conference_party *party, mixer_done_fn *done,
			    void *arg) MUST_CHECK;
void party_close_media(struct conference_party *party);
/** It counts no more for the host of its media.  Harmless when again. */
void party_leave_host(struct conference_party *party);
/** The party of an id of the mixer; NULL: there is none any more. */
struct conference_party *
participants_find(const struct conferences *conferences, uint64_t participant);
void participants_add(struct conference_party *party);
void participants_remove(struct conference_party *party);
/** The time of a party that says nothing is over. */
void party_check_silence(struct conference_party *party);
const char *party_codec_name(const struct conference_party *party);

/* ---- key_deny.c --------------------------------------------------------- */

/** They pressed it: it is told, and may be the last of their no. */
void party_take_key(struct conference_party *party, char key);

/* ---- dialout.c ---------------------------------------------------------- */

/** Somebody may be called, or somebody rings no more. */
void dialout_wake(struct conferences *conferences);
void dialout_add(struct conference_party *party);
void dialout_remove(struct conference_party *party);
void dialout_wait_for_ack(struct conference_party *party, bool waits);
/** It rings no more. */
void dialout_answered(struct conference_party *party);
void dialout_refused(struct conference_party *party, int status,
		     int retry_after_s);
void dialout_start(struct conferences *conferences);
void dialout_stop(struct conferences *conferences);
void dialout_gates_free(struct conferences *conferences);

/* ---- rows.c ------------------------------------------------------------- */

struct party_array {
	struct conference_party *const *at;
	size_t n;
};
/** A job that points to a conference, which stays until it is back. */
struct row_job {
	struct store_job store_job; /**< first */
	LIST_ENTRY(row_job) link;   /**< until it is back */
	struct conference_room *room;
	struct conference_party *party; /**< or NULL */
	struct arena *arena;
	struct conference_row conference;
	struct request_record record; /**< of one that is over */
	struct call_row *calls;
	size_t n_calls;
	/** On the loop, with store_job.write.err; NULL: nobody waits. */
	void (*over)(struct row_job *job);
	void *arg;
};
/** A job of somebody else; store_job.write.run is theirs to set. */
struct row_job *row_job_new(struct conference_room *room,
			    struct conference_party *party);
/** Never refused for a full queue.  @p over NULL: nobody waits. */
void row_job_submit(struct row_job *job, void (*over)(struct row_job *job));
/** The conference with all its parties; @p creator, or NULL, has a call with
 *  this record. */
void rows_add_room(struct conference_room *room,
		   struct conference_party *creator,
		   const struct session_record *record,
		   void (*over)(struct row_job *job), void *arg);
/** These parties of a conference that is on disk. */
void rows_add_parties(struct conference_room *room,
		      const struct party_array *parties,
		      void (*over)(struct row_job *job), void *arg);
void rows_record(struct conference_party *party, enum call_state state,
		 const struct session_record *record,
		 void (*over)(struct row_job *job));
/** Jobs that nobody is told of: the group is closed. */
void rows_free_jobs(struct conferences *conferences);
void rows_remove_party(struct conference_party *party);
void rows_remove_room(struct conference_room *room);
/** Take it, and let it go, by who points to it besides. */
void room_hold(struct conference_room *room);
void room_unhold(struct conference_room *room);

/* ---- callees.c ---------------------------------------------------------- */

/** What became of the entries of an order. */
struct callees {
	struct arena *arena;
	struct recipients recipients;
	const struct conference_entry **entries; /**< the first of each */
	enum verdict *verdicts;
	struct conference_result refusal;
};
/** Read, and decide: false: refused, see `refusal`. */
struct callees_order {
	const struct conference_entry *entries;
	size_t n_entries;
	enum missing_rule missing;
	const struct index_query *query;
};
bool callees_read(struct conferences *conferences,
		  const struct callees_order *order, struct callees *ret);
void callees_release(struct callees *callees);
/** Those who are not there yet become parties; @return how many. */
size_t callees_add(struct callees *callees, struct conference_room *room,
		   struct caller *caller, struct conference_party **ret);

/** What an order says of missing permissions, or its service. */
enum missing_rule missing_of(const struct service *service,
			     enum conference_missing missing);

/* ---- create.c ----------------------------------------------------------- */

/** What its calls have in common, without a creator's INVITE. */
void room_compose(struct conference_room *room);
void room_write_history(struct conference_room *room,
			const struct recipients *set);

/* ---- orders.c ----------------------------------------------------------- */

struct order_answer {
	conference_done_fn *done;
	void *arg;
};
/** An order that waits for the disk or the mixer; it holds the conference,
 *  which its owner lets go of. */
struct order_work {
	LIST_ENTRY(order_work) link; /**< of all */
	struct conference_room *room;
	struct order_answer to;
	struct conference_party **parties; /**< that it added */
	size_t n_parties;
	size_t n_left; /**< answers that it waits for */
};
struct order_work *order_work_new(struct conference_room *room,
				  const struct order_answer *to);
void order_work_free(struct order_work *work);
/** Answer it, and free it. */
void order_work_answer(struct order_work *work, enum err err);
void order_works_free(struct conferences *conferences);
void order_refuse(const struct order_answer *to, enum err err, int status,
		  const char *reason);
void order_refuse_limit(const struct order_answer *to,
			const struct conference_limit *limit);
void order_accept(const struct order_answer *to, struct conference_room *room);
/** One that is live; NULL: it was refused. */
struct conference_room *order_running(struct conferences *conferences,
				      const char *id,
				      const struct order_answer *to);

/* ---- views.c ------------------------------------------------------------ */

/** One that its creator has been told of; NULL: there is none. */
struct conference_room *room_find_known(const struct conferences *conferences,
					const char *id);
struct conference_party *party_find(const struct conference_room *room,
				    uint64_t id);
bool is_one_of(const struct identity *who, const char *key);
/** The one of this person, rather one who is there; NULL: none. */
struct conference_party *party_of(const struct conference_room *room,
				  const struct identity *who);

/** Good until the next one is made. */
struct conference_view room_view(struct conference_room *room);
void room_tell(struct conference_room *room, enum conference_event_kind kind);
void party_tell(struct conference_party *party,
		enum conference_event_kind kind);
void party_tell_key(struct conference_party *party, char key);

#include "server/focus/callers_private.h"
#include "server/focus/record_private.h"
#include "server/focus/restart_private.h"

#endif
