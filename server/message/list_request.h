/*
 * list_request -- one request on its way through the steps of messages.h.
 *
 * Private to message/.  It lives in its request's arena and goes with it
 * once it has its response; what was accepted lives on as an accepted_request
 * (fanout.h).
 */
#ifndef VOLENS_SERVER_MESSAGE_LIST_REQUEST_H
#define VOLENS_SERVER_MESSAGE_LIST_REQUEST_H

#include "server/base/log_events.h"
#include "server/base/mime.h"
#include "db/job_group.h"
#include "server/message/fanout.h"
#include "server/list/recipients.h"
#include "server/message/messages.h"

enum list_stage {
	LIST_STAGE_RATE,
	LIST_STAGE_TRANSLATE,
	LIST_STAGE_AUTHORIZE,
	LIST_STAGE_RECIPIENTS,
	LIST_STAGE_ACCEPT,
	LIST_STAGE_RESPOND,
	LIST_STAGE_FANOUT,
	LIST_STAGE_DONE
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

struct list_request {
	struct messages *messages;
	struct list_request *next, *previous; /**< in messages->first */
	struct request *request;
	struct arena *arena; /**< the request's */
	enum list_stage stage;
	bool is_running; /**< inside the driver */
	size_t bytes;	 /**< of memory that it may need */

	struct recipients recipients;
	struct arena *query_arena; /**< of the query; NULL: handed on */
	struct index_query *query; /**< the sender and the target */
	/** By recipient, while all of them are here; NULL before they are
	 *  authorized, and once only who is granted is left. */
	const enum verdict *verdicts;
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
	struct list_request *first; /**< requests without a response yet */
	size_t n, bytes;
};

/* The steps. */
enum progress list_translate(struct list_request *list);
enum progress list_authorize(struct list_request *list);
/** Are the sender's requests of this second over their limit? */
enum progress list_limit_rate(struct list_request *list);
/** Are their recipients of this hour?  What is refused takes nothing. */
enum progress list_limit_recipients(struct list_request *list);
enum progress message_accept(struct list_request *list);
enum progress list_respond(struct list_request *list);

/** The driver: go on from where it stands. */
void list_run(struct list_request *list);

/** Make the response a refusal; reason is a constant or NULL. */
enum progress list_refuse(struct list_request *list, int status,
			  const char *reason);
/** Add a header field to the response. */
void list_response_header(struct list_request *list, struct view name,
			  struct view value);
/** 470 with Permission-Missing (RFC 5360 section 5.9.3). */
enum progress list_refuse_missing(struct list_request *list);
/** One line of who has no permission: names as many as fit; at debug a line for
 *  each. */
void list_log_missing(const struct list_request *list, enum log_event event);
/** 503 with Retry-After. */
enum progress list_refuse_busy(struct list_request *list, int retry_after_s,
			       const char *reason);

/** Make the content of the legs: the parts, and the history list. */
void message_compose(struct list_request *list, struct envelope *envelope);

#endif
