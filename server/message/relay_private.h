/*
 * relay_private -- one request on its way through the steps of relay.h.
 *
 * Private to message/.  A relay lives in its request's arena and goes with it
 * once it has its response; what was accepted lives on as an accepted_request
 * (fanout.h).
 */
#ifndef VOLENS_SERVER_MESSAGE_RELAY_PRIVATE_H
#define VOLENS_SERVER_MESSAGE_RELAY_PRIVATE_H

#include "server/base/log_events.h"
#include "server/base/mime.h"
#include "db/job_group.h"
#include "server/message/fanout.h"
#include "server/list/recipients.h"
#include "server/message/messages.h"

enum relay_stage {
	RELAY_STAGE_RATE,
	RELAY_STAGE_TRANSLATE,
	RELAY_STAGE_AUTHORIZE,
	RELAY_STAGE_RECIPIENTS,
	RELAY_STAGE_ACCEPT,
	RELAY_STAGE_RESPOND,
	RELAY_STAGE_FANOUT,
	RELAY_STAGE_DONE
};

enum progress {
	PROGRESS_NEXT,	/**< done, take the next step now */
	PROGRESS_WAIT,	/**< outstanding work; the step is called again */
	PROGRESS_REFUSE /**< the response is set: go and give it */
};

/** The response as it is made. */
struct response_draft {
	int status;	    /**< 0: not known yet */
	const char *reason; /**< NULL: the usual phrase */
	struct header headers[16];
	size_t n_headers;
};

/** The list is out of the body, this is what is left of it. */
struct translation {
	struct mime_part *parts; /**< the parts that are not lists */
	size_t n_parts;
	struct view lines; /**< content headers of the whole, where there are
			    *   parts; without Content-Type */
};

struct accept_job; /* accept.c */

struct relay {
	struct messages *messages;
	struct relay *next, *previous; /**< in messages->first */
	struct request *request;
	struct arena *arena; /**< the request's */
	enum relay_stage stage;
	bool is_running; /**< inside the driver */
	size_t bytes;	 /**< of memory that it may need */

	struct recipients recipients;
	struct arena *query_arena; /**< of the query; NULL: handed on */
	struct index_query *query; /**< the sender and the target */
	struct view left_out;	   /**< packed, for the record (record.h) */
	/** After a refusal for missing permission: who has one, by recipient;
	 *  NULL: it was refused for something else. */
	const bool *is_granted;
	struct translation translation;
	struct breadth breadth;
	struct accept_job *job;		   /**< NULL until it was submitted */
	struct accepted_request *accepted; /**< what is to be kept; ours */
	bool is_accepted;		   /**< it is on disk */
	struct response_draft response;
};

struct messages {
	struct messages_settings settings;
	struct job_group jobs;
	struct fanouts *fanouts;
	struct retry_queue *retry_queue;
	struct recovery *recovery;
	struct keeper *keeper;
	struct relay *first; /**< requests without a response yet */
	size_t n, bytes;
};

/* The steps. */
enum progress relay_translate(struct relay *relay);
enum progress relay_authorize(struct relay *relay);
/** Are the sender's requests of this second over their limit? */
enum progress relay_limit_rate(struct relay *relay);
/** Are their recipients of this hour?  What is refused takes nothing. */
enum progress relay_limit_recipients(struct relay *relay);
enum progress relay_accept(struct relay *relay);
enum progress relay_respond(struct relay *relay);

/** The driver: go on from where it stands. */
void relay_run(struct relay *relay);

/** Make the response a refusal; reason is a constant or NULL. */
enum progress relay_refuse(struct relay *relay, int status, const char *reason);
/** Add a header field to the response. */
void relay_response_header(struct relay *relay, struct view name,
			   struct view value);
/** 470 with Permission-Missing (RFC 5360 section 5.9.3). */
enum progress relay_refuse_missing(struct relay *relay, const bool *is_missing);
/** One line of who has no permission: names as many as fit; at debug a line for
 *  each. */
void relay_log_missing(const struct relay *relay, enum log_event event,
		       const bool *is_granted);
/** 503 with Retry-After. */
enum progress relay_refuse_busy(struct relay *relay, int retry_after_s,
				const char *reason);

/** Make the content of the legs: the parts, and the history list. */
void relay_compose(struct relay *relay, struct envelope *envelope);

#endif
