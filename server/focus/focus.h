/*
 * focus -- conferences: who is in them, whom the relay calls, and when a call
 * has to end (RFC 4353, RFC 4579, RFC 5366).
 *
 * An INVITE to a service makes one.  Nothing is dialled and nothing exists
 * before it is known that the list is permitted, that there is room and that
 * its media can be served; the 200 leaves when the rows are on disk, and people
 * are called after the creator's ACK.  An order of REST makes one, too
 * (server/conference.h, which this room implements).
 *
 *   WAITING --ACK--> LIVE --last leaves, time, order--> ENDING --> ENDED
 *
 * Who dialled in stays until they leave; who was called stays while they are
 * permitted: conferences_reconsider().
 *
 * The session (server/session.h) speaks SIP, the mixer (server/media/mixer.h)
 * moves media, the writer keeps the rows (db/conferences.h).  Loop thread only.
 */
#ifndef VOLENS_SERVER_FOCUS_FOCUS_H
#define VOLENS_SERVER_FOCUS_FOCUS_H

#include "db/account_table.h"
#include "db/index.h"
#include "db/writer.h"
#include "policies/dialout.h"
#include "server/base/consent_uri.h"
#include "server/base/counters.h"
#include "server/base/secret.h"
#include "server/conference.h"
#include "server/edge.h"
#include "server/list/lists.h"
#include "server/media/mixer.h"
#include "server/session.h"

#define DENY_KEYS_MAX 8

struct conferences_settings {
	struct loop *loop;
	struct edge *edge;
	struct lists *lists; /**< goes after this room */
	struct sessions *sessions;
	struct mixer *mixer;
	struct writer *writer;
	struct index *index;
	/** Conferences of who has no account any more end.  NULL: nobody's. */
	const struct accounts *accounts;
	struct counters *counters;
	const struct secret *secret;  /**< trigger tokens */
	const char *domain;	      /**< the first */
	struct consent_places places; /**< of consent URIs; domains */
	const struct service *services;
	size_t n_services;
	struct ours ours;
	struct uri_rules uri_rules;
	int breadth_max; /**< most Max-Breadth we take */
	struct dialout_limits dialout;

	size_t conferences_max;	 /**< at a time; over it 503 */
	size_t parties_max;	 /**< of a conference, its creator included */
	size_t per_sender;	 /**< conferences of a sender at a time */
	size_t calls_per_sender; /**< in all of these */
	int64_t minutes_per_day; /**< of all calls of a sender; 0: any */
	int ring_s, duration_s;
	int alone_s; /**< one party without anybody else; 0: for ever */
	enum conference_end_when end_when; /**< of those that an INVITE made */
	/** Keys that take a permission back in the call that rests on it, up to
	 *  DENY_KEYS_MAX; NULL or "": none do. */
	const char *deny_keys;
	int64_t keep_done_s;	/**< how long records stay; 0: there are none */
	bool expiry_ends_calls; /**< else an expired yes lets a call be */
	int media_timeout_s;	/**< without media; 0: any time */
	bool is_nat; /**< media may come from another address than the SDP says
		      */
	/** A call waits until the recipient of this permission was told of it.
	 *  NULL: nobody hears of it. */
	void (*untold)(void *arg, int64_t permission);
	void *untold_arg;
	/** AORs, as keys, for whom REST may call. */
	const char *const *rest_senders;
	size_t n_rest_senders;
};

struct conferences *
conferences_new(const struct conferences_settings *settings);
/** For edge_register(): INVITE to a service, and to a conference URI. */
extern const struct method_module conference_module;
extern const struct method_module conference_dial_in_module;
/** An authenticated INVITE to a service; owned from now on. */
void conferences_receive(struct conferences *conferences,
			 struct request *request);
/** The same to a conference URI. */
void conferences_receive_dial_in(struct conferences *conferences,
				 struct request *request);
/** The domain of the conference with this user part; NULL: there is none. */
const char *conferences_domain_of(const struct conferences *conferences,
				  const char *user);
bool conferences_are_full(const struct conferences *conferences);
/** End the calls that a former process left; call once after the edge
 *  listens, and before the loop runs: there are no others yet. */
void conferences_recover(struct conferences *conferences);
/** What the mixer tells of somebody. */
void conferences_hear(struct conferences *conferences,
		      const struct media_event *event);
/**
 * The index has changed.  When it returns, no packet leaves any more to anybody
 * who was called and is not permitted, nothing of theirs is heard by others,
 * and their BYE or CANCEL was handed over.
 */
void conferences_reconsider(struct conferences *conferences);
/** Start nothing more, and end all that runs. */
void conferences_drain(struct conferences *conferences);
/** Nothing is left that needs a turn. */
bool conferences_idle(const struct conferences *conferences);
/** Before the sessions, the lists and the edge go.  What the writer is at work
 *  on is freed after it: let the loop turn once more. */
void conferences_free(struct conferences *conferences);

#endif
