/*
 * messages -- the module of MESSAGE to a list (pager mode, RFC 5365).
 *
 *   receive -> translate -> authorize -> accept -> respond -> fan out
 *
 * Of a stored list the recipients come from its image in memory, and those who
 * did not grant it are left out (RFC 5360 section 4.1).
 *
 * A plan for server/list: its steps read the list and decide, those of this
 * module keep the request and send it.
 *
 *   accept     the request and its recipients are on disk (writer)
 *   respond    202 (RFC 5365 section 7.2); a refusal jumps here
 *   fan out    the fan-out has it from here (fanout.h)
 *
 * Loop thread only.
 */
#ifndef VOLENS_SERVER_MESSAGE_MESSAGES_H
#define VOLENS_SERVER_MESSAGE_MESSAGES_H

#include "db/index.h"
#include "db/writer.h"
#include "policies/limits.h"
#include "server/base/consent_uri.h"
#include "server/base/counters.h"
#include "server/edge.h"
#include "server/list/lists.h"
#include "server/message_event.h"

struct messages;

struct messages_settings {
	struct loop *loop;
	struct lists *lists; /**< goes after the module */
	struct edge *edge;
	struct writer *writer;
	struct index *index;
	const struct list_table *stored; /**< stored lists; NULL: there are none
					  */
	struct counters *counters;
	const struct secret *secret;  /**< trigger tokens */
	const char *domain;	      /**< the first */
	struct consent_places places; /**< of consent URIs; domains */
	size_t requests_max;	      /**< most requests in work; over it 503 */
	size_t legs_window; /**< most legs in flight, all fan-outs together */
	const int *retry_pauses_s; /**< ascending */
	size_t n_retry_pauses;
	struct away_rule away; /**< statuses that mean: away, try again */
	int64_t lifetime_s; /**< of a delivery without Expires, and at most */
	int64_t keep_failed_s; /**< how long finished deliveries stay readable
				*/
	int64_t keep_done_s;   /**< how long records stay; 0: there are none */
	struct message_listener listener; /**< zeroed: nobody */
	/** Reply-To of legs that would have none of ours is the list or the
	 *  service: STOP reaches the relay there. */
	bool is_reply_to_relay;
	/** A leg waits until the recipient of this permission was told of it.
	 *  NULL: nobody hears of it. */
	void (*untold)(void *arg, int64_t permission);
	void *untold_arg;
};

struct messages *messages_new(const struct messages_settings *settings);
/** For edge_register(), with the messages: to a service, to a stored list. */
extern const struct method_module message_module, message_list_module;
/** An authenticated request for a service or a stored list; owned from now on.
 */
void messages_receive(struct messages *messages, struct request *request);
/** No more can be taken just now: the edge asks before it reads a request, and
 *  refuses it. */
bool messages_are_full(const struct messages *messages);
/** Take up what a former process accepted and did not finish, and the
 *  deliveries that are due; call once after the edge listens. */
void messages_recover(struct messages *messages);
/** Something may be due (REST said so). */
void messages_wake(struct messages *messages);
/** Start nothing more, let legs in flight end: the edge refuses what comes. */
void messages_drain(struct messages *messages);
/** True when no work is left that is not on disk. */
bool messages_idle(const struct messages *messages);
/** Drop what is left; the disk has it.  Before the edge goes.  What the writer
 *  is at work on is freed after it, and so are the lists that wait for it: let
 *  the loop turn once more. */
void messages_free(struct messages *messages);

#endif
